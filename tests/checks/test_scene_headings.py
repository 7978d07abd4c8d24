"""Headings that leave place or time out are found; the ones in use on real pages are not."""

from __future__ import annotations

import pytest

from creative import checks


def read(text: str, language: str = "English") -> list[tuple[str, str]]:
    found = checks.run(("scene_headings",), text, {}, language)
    return [(f.title, text[f.start : f.end]) for f in found if f.level != "pass"]


@pytest.mark.parametrize(
    "heading",
    [
        "INT. HARBOUR OFFICE - DAWN",
        "EXT. FERRY RAMP - CONTINUOUS",
        "INT./EXT. CAR (MOVING) - LATE AFTERNOON",
        "I/E. FRONT DOOR - MOMENTS LATER",
        "INT. MAREN'S HOUSE - KITCHEN - NIGHT",
        "EXT. PARIS, 1974",
        "INT. DAY CARE - MORNING",
        "INT. NIGHTCLUB - SAME TIME",
        "INT. BUNKER -- 3 A.M.",
        "EXT. STREET – THE NEXT DAY",
        ".SNIPER SCOPE",
        "内景 港务所 - 清晨",
        "外景 海边 日",
        "第三场 内景 客厅 夜",
        "内外景 车上 - 黄昏",
    ],
)
def test_headings_from_real_scripts_pass(heading: str) -> None:
    assert read(f"{heading}\n\nRain.") == []


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("INT. KITCHEN", "Heading without a time"),
        ("INT. HOUSE - KITCHEN", "Heading without a time"),
        ("EXT. NIGHT", "Heading without a place"),
        ("int. kitchen - night", "Heading in small letters"),
        (
            "INT. KITCHEN WHERE MAREN HAS WAITED FOR HER SISTER SINCE THE FERRY STOPPED RUNNING - NIGHT",
            "Heading tells the action",
        ),
        ("外景 码头", "Heading without a time"),
    ],
)
def test_a_lacking_heading_is_named(heading: str, title: str) -> None:
    assert read(f"{heading}\n\nRain.") == [(title, heading)]


def test_a_script_without_headings_and_one_that_opens_late_are_told_apart() -> None:
    assert read("MAREN\nHello.")[0][0] == "No scene heading"
    assert read("MAREN\nHello.\n\nINT. A - DAY\n\nRain.") == [("Opens without a heading", "MAREN")]
    assert read("FADE IN:\n\nOVER BLACK\n\nMAREN (V.O.)\nHello.\n\nINT. A - DAY\n\nRain.") == []


def test_the_same_heading_twice_running_is_one_scene() -> None:
    text = "INT. A - DAY\n\nRain.\n\nINT. A - DAY\n\nMore.\n\nEXT. B - DAY\n\nSun.\n\nINT. A - DAY\n\nRain."
    assert read(text) == [("Same heading again", "INT. A - DAY")]
