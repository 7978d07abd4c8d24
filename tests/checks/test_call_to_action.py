"""Every variant of an ad must hold the step the brief asks for, address and all."""

from __future__ import annotations

import pytest

from creative import checks


def read(text: str, asked: str = "", language: str = "English") -> list[tuple[str, str]]:
    found = checks.run(("call_to_action",), text, {"call_to_action": asked}, language)
    return [(f.title, text[f.start : f.end]) for f in found if f.level != "pass"]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Paper for rain. Order your sample page.", "Order a sample page"),
        ("Booking a bench is free.", "Book a bench"),
        ("Ring 0161 496 0000 and book.", "Book on 0161-496-0000"),
        ("Book at lowtide.com/sample", "Book at https://lowtide.com/sample"),
        ("一壶茶。今天就早退一小时吧。", "今天早退一小时"),
        ("Bread by seven. Try a loaf.", ""),
        ("Bread by seven.\nButton: Get my loaf", ""),
        ("雨天的本子。扫码领一张。", ""),
    ],
)
def test_copy_with_its_step_passes(text: str, asked: str) -> None:
    assert read(text, asked) == []


def test_a_missing_step_is_told_at_the_last_line_of_its_variant() -> None:
    text = "Variant 1\nPaper for rain.\nOrder a sample page.\n\nVariant 2\nPaper for rain.\nIt lies flat."
    assert read(text, "Order a sample page") == [("Another call to action", "It lies flat.")]
    assert read("Bread is warm.\nBread is good.") == [("No call to action", "Bread is good.")]


def test_a_missing_address_fails() -> None:
    assert read("Book a bench today.", "Book a bench at mendit.org") == [
        ("Missing: mendit.org", "Book a bench today.")
    ]
    assert read("Ring 0161 496 0001 to book.", "Ring 0161 496 0000")[0][0] == "Missing: 0161 496 0000"
