"""A feeling named in the narration is told; in speech, in the first person or shown, it is let be."""

from __future__ import annotations

import pytest

from creative import checks


def read(text: str, language: str = "English") -> list[str]:
    return [
        text[f.start : f.end] for f in checks.run(("named_feeling",), text, {}, language) if f.level != "pass"
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "She was very nervous about the letter.",
        "Maren felt a sudden wave of sadness.",
        "They were overcome with grief.",
        "He is so angry.",
    ],
)
def test_a_named_feeling_is_told_with_its_sentence(sentence: str) -> None:
    assert read("The tide went out. " + sentence + " It rained.") == [sentence]


@pytest.mark.parametrize(
    "text",
    [
        "“She was very nervous about the letter,” said Ines.",
        "She counted the stairs twice and kept her coat on.",
        "She was happy to help.",
        "I was angry with him.",
        "The house was sad-looking.",
        "He was an angry man with happy eyes.",
    ],
)
def test_speech_and_shown_feelings_pass(text: str) -> None:
    assert read(text) == []


def test_a_long_sentence_is_quoted_in_part() -> None:
    text = "He was afraid, " + "and the tide went out over the mud " * 5 + "until dark."
    assert read(text) == ["He was afraid"]


def test_chinese_feelings_are_told() -> None:
    assert read("潮水退了。她感到非常难过。“我很难过。”她说。", "Chinese") == ["她感到非常难过。"]
    assert read("他高兴地跑了。", "Chinese") == []
