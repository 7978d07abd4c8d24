"""Thoughts and similes in the action are told; the same words in a speech are the character's."""

from __future__ import annotations

import pytest

from creative import checks


def read(name: str, text: str, language: str = "English") -> list[str]:
    return [text[f.start : f.end] for f in checks.run((name,), text, {}, language) if f.level != "pass"]


@pytest.mark.parametrize(
    ("action", "quote"),
    [
        ("The ferry lies on its side like something asleep.", "like something asleep"),
        ("Maren remembers the summer her father left.", "Maren remembers the summer her father left"),
        (
            "She slowly realises that the door was never locked.",
            "She slowly realises that the door was never locked",
        ),
        ("He waits as if nobody had told him.", "as if nobody had told him"),
        ("阿宁想起那年夏天。", "想起那年夏天"),
    ],
)
def test_what_no_camera_sees_is_told(action: str, quote: str) -> None:
    language = "Chinese" if "阿" in action else "English"
    assert read("hard_to_film", f"INT. OFFICE - DAY\n\n{action}\n\nMAREN\nHm.", language) == [quote]


@pytest.mark.parametrize(
    "action",
    [
        "She looks like her father.",
        "Maren opens the letter.",
        "A sign: WISHES. It sounds like rain.",
        "He knows Ines.",
    ],
)
def test_what_can_be_seen_passes(action: str) -> None:
    assert read("hard_to_film", f"INT. OFFICE - DAY\n\n{action}") == []


def test_a_speech_may_think_and_compare() -> None:
    assert read("hard_to_film", "MAREN\nShe remembers it like something asleep.") == []
