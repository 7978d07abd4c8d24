"""Words and sentences in English and Chinese."""

from __future__ import annotations

import pytest

from creative.evaluation.words import find_words, is_chinese, split_sentences, split_words


def test_words_have_no_case_and_no_punctuation() -> None:
    assert split_words("“Don’t go,” she said — it's 9 o'clock.") == [
        *("don't", "go", "she", "said", "it's", "9", "o'clock"),
    ]


def test_chinese_characters_are_words_of_their_own() -> None:
    assert split_words("他说：OK吧。") == ["他", "说", "ok", "吧"]
    assert is_chinese("他说：OK吧。")
    assert not is_chinese("He said 好.")
    assert not is_chinese("")


def test_words_know_their_places() -> None:
    text = "Ah! The İ lamp."
    assert [text[word.start : word.end] for word in find_words(text)] == ["Ah", "The", "İ", "lamp"]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! “Three?” Four", ["One.", "Two!", "“Three?”", "Four"]),
        ("It cost 3.50 then.\n\nA line\nAnother", ["It cost 3.50 then.", "A line", "Another"]),
        ("他走了。“你来？”她问。好……走吧", ["他走了。", "“你来？”", "她问。", "好……", "走吧"]),
        ("... \n — \n", []),
        ("", []),
    ],
)
def test_sentences_end_at_their_marks_and_with_their_line(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences
