"""What a Fountain program would misread is found, and a clean script is left alone."""

from __future__ import annotations

import pytest

from creative import checks

CLEAN = """INT. HARBOUR OFFICE - DAWN

A single strip light. SUPER: Three weeks later.

SUPER: Low water

MAREN
(turning a page)
You could have knocked.

INES (V.O.)
The door was off.

BANG!

CUT TO:

EXT. FERRY RAMP - CONTINUOUS

Low water.
"""


def read(text: str, characters: str = "", language: str = "English") -> list[tuple[str, str]]:
    found = checks.run(("fountain_format",), text, {"characters": characters}, language)
    return [(f.title, text[f.start : f.end]) for f in found if f.level != "pass"]


def test_a_clean_script_earns_one_silent_pass() -> None:
    found = checks.run(("fountain_format",), CLEAN, {"characters": "Maren, 34"}, "English")
    assert [(f.level, f.line, f.start, f.end) for f in found] == [("pass", 0, 0, 0)]


def test_prose_is_not_a_script() -> None:
    found = checks.run(("fountain_format",), "Once there was a ferry.\n\nIt stopped.", {}, "English")
    assert [(f.level, f.title, f.line) for f in found] == [("fail", "Not yet a script", 0)]


@pytest.mark.parametrize(
    ("text", "title", "quote"),
    [
        (
            "INT. A - DAY\n\nMAREN: You could have knocked.",
            "Name beside the speech",
            "MAREN: You could have knocked.",
        ),
        ("INT. A - DAY\n\nMAREN\n\nYou could have knocked.\n\nMAREN\nHm.", "Name without a speech", "MAREN"),
        ("INT. A - DAY\n\nMaren\nYou could have knocked.", "Name in small letters", "Maren"),
        ("**INT. A - DAY**\n\nMAREN\nHm.", "Heading under asterisks", "**INT. A - DAY**"),
        ("INT. A - DAY\nRain falls.\n\nMAREN\nHm.", "No line after the heading", "INT. A - DAY"),
        ("Int. a - day\nRain falls.\n\nMAREN\nHm.", "No line after the heading", "Int. a - day"),
        ("INT. A - DAY\n\nRain. [[check the\n\nMAREN\nHm.", "Note left open", "[["),
        ("```fountain\n\nINT. A - DAY\n\nMAREN\nHm.\n", "Stray marks", "```fountain"),
    ],
)
def test_a_slip_is_found_at_its_place(text: str, title: str, quote: str) -> None:
    assert read(text, "Maren, 34, who left.") == [(title, quote)]


def test_a_chinese_script_is_advised_in_chinese() -> None:
    text = "内景 码头 - 夜\n\n阿宁：走吧。\n\n@阿宁\n嗯。\n\n阿宁：再见。"
    assert read(text, "阿宁", "Chinese") == [
        ("人名与台词同行", "阿宁：走吧。"),
        ("人名与台词同行", "阿宁：再见。"),
    ]
