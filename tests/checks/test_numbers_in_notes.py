"""No number gets into a report that is not in its notes, however it is written; what the notes hold is let be."""

from __future__ import annotations

import pytest

from creative import checks
from creative.checks._numbers import numbers

NOTES = """Harrow town council voted 7 to 4 on Tuesday night to close Harrow Bridge to lorries from 1 March.
Engineers found cracks in two of the five piers in November. Repairs are put at £2.3 million and take 14 months.
Pell Quarry sends 60 lorries a day; 1,187 people signed. The meeting began at 7.30pm. Traffic fell by half. Road A55."""


def read(text: str, notes: str = NOTES, language: str = "English") -> list[str]:
    brief = {"notes": notes, "quotes": "“It was 99 days,” said Joan Pell.", "length": "400 words"}
    return [
        text[f.start : f.end]
        for f in checks.run(("numbers_in_notes",), text, brief, language)
        if f.level != "pass"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "The council voted 7-4 on Tuesday.",
        "The council voted seven to four.",
        "Repairs cost £2.3m, or £2,300,000.",
        "It takes fourteen months.",
        "1187 people signed. Nearly 1,200 people signed. More than 1,100 signed.",
        "The meeting began at 7:30 p.m. It began at 19:30.",
        "Traffic fell by 50 percent.",
        "It was 99 days.",
        "From March 1, lorries must use the A55. In November cracks were found.",
        "One of the two men was the first to speak; a third left.",
        "Five piers stand.",
        "1. The bridge\n2. The road\n3. The council",
        "You may march on. He may go.",
    ],
)
def test_what_the_notes_hold_may_be_written_any_way(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    ("text", "invented"),
    [
        ("The council voted 8 to 3.", ["8", "3"]),
        ("About 300 people came.", ["300"]),
        ("Repairs cost £2.5 million.", ["2.5 million"]),
        ("It takes twenty-four months.", ["twenty-four"]),
        ("Only 45% agreed.", ["45"]),
        ("It closed on Friday, 9 April 2019.", ["Friday", "9", "April", "2019"]),
        ("It opened in the 1990s.", ["1990s"]),
        ("Two hundred and fifty people came.", ["Two hundred and fifty"]),
        ("They took the M25.", ["M25"]),
        ("The meeting began at 8:15 p.m.", ["8:15 p.m"]),
        ("It is 400 words away.", ["400"]),
    ],
)
def test_an_invented_number_fails_at_its_place(text: str, invented: list[str]) -> None:
    assert read(text) == invented


def test_the_dateline_may_carry_its_date() -> None:
    assert read("Bridge shut\n\nHARROW, 12 February — The council voted 7 to 4.") == []


def test_chinese_numerals_are_read() -> None:
    notes = "镇议会周二晚以7比4通过：3月1日起旧桥禁行货车。维修费230万元，工期14个月。每天有60辆货车，百分之四十绕行。"
    assert (
        read(
            "星期二，议会以七比四通过，三月一日起禁行，工期十四个月，六十辆货车，40%绕行，费用230万元。",
            notes,
            "Chinese",
        )
        == []
    )
    assert read("十分重要的一天，千万小心，成千上万的人统一了三心二意。", notes, "Chinese") == []
    assert read("共有三百人到场，费用250万元，周五开会。", notes, "Chinese") == ["三百", "250万", "周五"]


def test_without_notes_nothing_is_judged() -> None:
    assert read("It cost 9 pounds.", "") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [("1,200", 1200), ("1.2 million", 1.2e6), ("£3bn", 3e9), ("12th", 12), ("twelve hundred", 1200), ("a dozen", 12),
     ("two hundred thousand", 200000), ("一千二百", 1200), ("两万三千", 23000), ("1.5亿", 1.5e8), ("百分之四十", 40)],
)  # fmt: skip
def test_a_number_has_its_value(text: str, value: float) -> None:
    assert next(n.values for n in numbers(text)) == {value}
