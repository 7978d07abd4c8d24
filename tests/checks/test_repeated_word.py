"""A telling word three times in a breath is told; names, speech, plain words and drumbeats are not."""

from __future__ import annotations

import pytest

from creative import checks


def read(text: str, language: str = "English") -> list[str]:
    found = checks.run(("repeated_word",), text, {}, language)
    return [text[f.start : f.end] for f in found if f.level != "pass"]


def test_a_word_three_times_in_two_sentences_is_told_once() -> None:
    text = (
        "The boat left the harbour. In the harbour a gull sat, and the harbour slept. The harbour was grey."
    )
    found = checks.run(("repeated_word",), text, {}, "English")
    assert [(f.title, f.start) for f in found] == [("Same word three times", text.index("harbour"))]
    assert "“harbour” returns 4 times" in found[0].message


@pytest.mark.parametrize(
    "text",
    [
        "Maren met Maren in the house of Maren.",
        "“The harbour, the harbour, the harbour,” said Ines of the harbour.",
        "Faces, faces, faces everywhere.",
        "She said it was said that he had said nothing.",
        "The harbour slept.\n\nThe harbour woke.\n\nThe harbour slept.",
        "The harbour slept. "
        + "So it was, and she had it from him, and he from them. " * 3
        + "The harbour! Then one day came and went, and the two of them sat on at the inn by the sea. The harbour.",
    ],
)
def test_what_returns_with_reason_passes(text: str) -> None:
    assert read(text) == []


def test_chinese_is_not_judged() -> None:
    assert read("港口睡了，港口醒了，港口又睡了。", "Chinese") == []
