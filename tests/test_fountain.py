"""The Fountain parser: every element of the syntax, its place, and the drafts it must survive."""

from __future__ import annotations

import time

import pytest

from creative import fountain

SCRIPT = """Title: Low Water
Credit: written by
Author:
    M. Writer

FADE IN:

INT. HARBOUR OFFICE - DAWN #1A#

A single strip light. [[check the lamp]]
Charts curl.

MAREN
(turning a page)
It's been off since the storm.

INES (V.O.) ^
Yes.

CUT TO:

> BURN TO WHITE.

> THE END <

===

# Act one
= They meet.

~A song nobody knows

@McCLANE
Well.

.SNIPER SCOPE

!BANG
"""


def kinds(text: str) -> list[tuple[str, str]]:
    return [(e.kind, e.text) for e in fountain.parse(text).elements if e.kind not in {"note", "boneyard"}]


def test_every_kind_of_element_is_read() -> None:
    script = fountain.parse(SCRIPT)
    assert script.title_page == (("Title", "Low Water"), ("Credit", "written by"), ("Author", "M. Writer"))
    assert kinds(SCRIPT) == [
        ("action", "FADE IN:"),
        ("scene_heading", "INT. HARBOUR OFFICE - DAWN"),
        ("action", "A single strip light.\nCharts curl."),
        ("character", "MAREN"),
        ("parenthetical", "(turning a page)"),
        ("dialogue", "It's been off since the storm."),
        ("character", "INES (V.O.)"),
        ("dialogue", "Yes."),
        ("transition", "CUT TO:"),
        ("transition", "BURN TO WHITE."),
        ("centered", "THE END"),
        ("page_break", ""),
        ("section", "Act one"),
        ("synopsis", "They meet."),
        ("lyric", "A song nobody knows"),
        ("character", "McCLANE"),
        ("dialogue", "Well."),
        ("scene_heading", "SNIPER SCOPE"),
        ("action", "BANG"),
    ]
    heading = next(e for e in script.elements if e.kind == "scene_heading")
    assert heading.number == "1A"
    assert [e.dual for e in script.elements if e.kind == "character"] == [False, True, False]


def test_a_span_points_at_the_words_in_the_source() -> None:
    for element in fountain.parse(SCRIPT).elements:
        source = SCRIPT[element.start : element.end]
        assert source == source.strip()
        assert element.text.split("\n")[0].split(" [[")[0] in source


@pytest.mark.parametrize(
    "heading",
    [
        "INT. A - DAY",
        "ext. a - day",
        "INT/EXT CAR - DAY",
        "I/E. CAR - DAY",
        "EST. CITY - NIGHT",
        "内景 码头 - 夜",
        "外景 海 - 日",
    ],
)
def test_headings_are_known_by_how_they_begin(heading: str) -> None:
    assert kinds(f"{heading}\n\nRain.")[0] == ("scene_heading", heading)


@pytest.mark.parametrize(
    "line", ["Integrity is all.", "Extra bread.", "外景很美。", "Interior light.", "...and then", "BANG!"]
)
def test_what_only_looks_like_a_heading_or_a_name_is_action(line: str) -> None:
    assert kinds(f"{line}\n\nRain.")[0] == ("action", line)


def test_a_chinese_name_above_a_speech_is_a_character() -> None:
    assert kinds("老王（低声）\n你来了。\n\n@阿宁\n嗯。") == [
        ("character", "老王（低声）"),
        ("dialogue", "你来了。"),
        ("character", "阿宁"),
        ("dialogue", "嗯。"),
    ]


def test_boneyards_and_notes_are_not_printed_and_open_ones_are() -> None:
    assert kinds("He /* never\n\nreally */waits.") == [("action", "He"), ("action", "waits.")]
    assert kinds("He waits [[for her.") == [("action", "He waits [[for her.")]
    assert kinds("A [[note\n\nthat]] is torn.")[0] == ("action", "A [[note")


def test_two_spaces_keep_a_speech_going_over_an_empty_line() -> None:
    assert [k for k, _ in kinds("MAREN\nOne.\n  \nTwo.\n\nShe goes.")] == [
        "character",
        "dialogue",
        "dialogue",
        "action",
    ]


def test_emphasis_is_split_into_runs_and_a_lone_star_stays() -> None:
    faces = [
        (r.text, r.bold, r.italic, r.underline) for r in fountain.runs("A **big** _old *sea*_ 2 * 3 \\*x")
    ]
    assert ("big", True, False, False) in faces
    assert ("sea", False, True, True) in faces
    assert "".join(text for text, *_ in faces) == "A big old sea 2 * 3 *x"


@pytest.mark.parametrize("seed", ["[[", "/*", "A(", "*a ", "[[a\n", "A\n", "> ", "TITLE: a:", " "])
def test_hostile_text_is_read_in_time(seed: str) -> None:
    began = time.process_time()
    fountain.parse(seed * (200_000 // len(seed)))
    assert time.process_time() - began < 4


@pytest.mark.parametrize("text", [" Title: x", "Title" + " " * 60 + ": x", "Title:", "标题：海\n编剧：我"])
def test_an_odd_title_page_is_read_or_left_as_action(text: str) -> None:
    script = fountain.parse(text)
    assert bool(script.title_page) != any(element.kind == "action" for element in script.elements)
