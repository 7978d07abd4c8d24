"""Names, addresses and numbers in the pages; what only looks like one is left alone."""

from __future__ import annotations

from creative.training.personal import find_personal


def found(text: str, kind: str) -> dict[str, int]:
    return {p.text: p.count for p in find_personal([text]) if p.kind == kind}


def test_addresses_are_found_and_counted_over_all_texts() -> None:
    texts = [
        "Write to olga.brandt+x@ferry-line.example.org.",
        "olga.brandt+x@ferry-line.example.org or <p@a.de>",
    ]
    mails = {p.text: p.count for p in find_personal(texts) if p.kind == "email"}
    assert mails == {"olga.brandt+x@ferry-line.example.org": 2, "p@a.de": 1}


def test_phone_numbers_are_told_from_dates_prices_and_plain_numbers() -> None:
    numbers = "Call +44 20 7946 0958, (030) 901820, 555-0123 or 13912345678. "
    others = "1914-1918, 2026-11-22, 12.10.1999, 1,250,000, "
    others += "ISBN 978-3-16-148410-0, £2 300 000, 10000000 or 3.14159265."
    assert set(found(numbers + others, "phone")) == {
        "+44 20 7946 0958",
        "(030) 901820",
        "555-0123",
        "13912345678",
    }


def test_people_are_named_and_places_and_days_are_not() -> None:
    text = (
        "Olga Brandt counted. “No,” said Olga. On Monday Olga went to London. In London it rained on Piet. "
        "Piet said so. Nobody in London knew Piet. Mrs Holt waited. Then it was Monday. "
        "He said Monday. The Council said nothing."
    )
    names = found(text, "name")
    assert {"Olga", "Piet", "Holt"} <= set(names)
    assert not {"Monday", "London", "Nobody", "Then", "The", "Council"} & set(names)


def test_chinese_names_are_found_where_they_speak() -> None:
    text = "老郝说，今天不放了。小满问他为什么。老郝看着门口。小满说没什么。老郝走了，小满也走了。"
    assert {"老郝", "小满"} <= set(found(text, "name"))
