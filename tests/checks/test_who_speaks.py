"""Whoever speaks in a script was brought in, and does not answer themselves."""

from __future__ import annotations

import pytest

from creative import checks
from creative.checks.who_speaks import guide

BRIEF = {
    "logline": "A baker cannot leave a funeral.",
    "characters": "Pru, 28, baker. Mr Adeyemi, 70. A boy of six.",
}
SCENE = "INT. HALL - DAY\n\nPru looks for the door. A waiter comes in.\n\nPRU\nThis is the wrong cake.\n\n"


def read(text: str, brief: dict[str, str] = BRIEF, language: str = "English") -> list[tuple[str, str]]:
    found = checks.run(("who_speaks",), text, brief, language)
    return [(f.title, text[f.start : f.end]) for f in found if f.level != "pass"]


@pytest.mark.parametrize(
    "cue",
    [
        "MR ADEYEMI",
        "THE BOY",
        "BAKER (CONT'D)",
        "WAITER",
        "RADIO (O.S.)",
        "BOTH",
        "BOY & BAKER",
        "THE BOY AND PRU",
    ],
)
def test_people_of_the_brief_and_of_the_scene_may_speak_and_unseen_voices(cue: str) -> None:
    assert read(f"{SCENE}{cue}\nI would like a slice.\n") == []


def test_who_was_not_brought_in_is_told_once() -> None:
    text = SCENE + "PILEN\nHello.\n\nPRU\nWho are you?\n\nPILEN\nNobody.\n"
    assert read(text) == [("Not introduced", "PILEN")]
    assert read(text, {}) == [], "nobody was named, so anybody may come"


def test_a_title_alone_is_nobody() -> None:
    assert read(SCENE + "MR\nHello.\n") == [("Not introduced", "MR")]


def test_a_speech_after_ones_own_is_told_and_action_between_lets_it_be() -> None:
    assert read(SCENE + "PRU (CONT'D)\nAnd the wrong room.\n") == [("Speaks twice", "PRU (CONT'D)")]
    assert read(SCENE + "She sits.\n\nPRU\nAnd the wrong room.\n") == []
    assert read(SCENE + "THE BOY\nMay I?\n\nPRU\nYes.\n") == []


def test_chinese_scripts_are_read_too() -> None:
    brief = {"characters": "老郝，62岁，放映员。小满，20岁。"}
    scene = "内景 放映间 - 夜\n\n老郝坐着。\n\n@老郝\n开始吧。\n\n"
    assert read(f"{scene}@小满\n好。\n", brief, "Chinese") == []
    assert read(f"{scene}@老郝\n再等等。\n", brief, "Chinese") == [("连说两段", "@老郝")]
    assert read(f"{scene}@阿珍\n我也来。\n", brief, "Chinese") == [("没有交代", "@阿珍")]
    assert guide(brief, "Chinese") is None


@pytest.mark.parametrize(
    ("line", "breaks", "fit"),
    [
        ("MR ADEYEMI", "\n", "full"),
        ("WAITER", "\n", "full"),
        ("RADIO (V.O.)", "\n", "full"),
        ("PRU", "\n", "wrong"),
        ("PRU (CONT'D)", "\n", "wrong"),
        ("PILEN", "\n", "wrong"),
        ("She sits down.", "\n\n", "near"),
        ("BANG.", "\n\n", "near"),
        ("INT. STREET - DAY", "\n\n", "free"),
        ("", "\n", "free"),
    ],
)
def test_a_cue_is_weighed_while_it_is_written(line: str, breaks: str, fit: str) -> None:
    made = guide(BRIEF, "English")
    assert made
    assert made.weigh(SCENE, line, breaks) == fit


def test_capitals_at_a_paragraphs_beginning_are_held_and_nothing_else() -> None:
    made = guide(BRIEF, "English")
    assert made
    assert [made.holds(SCENE, begun) for begun in ("", "P", "PR", "Pr", "She")] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert not made.holds(SCENE + "PRU\n", "NO")
    assert made.weigh(SCENE + "PRU\n", "PILEN", "\n") == "free"
