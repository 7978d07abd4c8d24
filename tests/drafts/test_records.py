"""Counting words and shortening text."""

from __future__ import annotations

import pytest

from creative.drafts.records import count_words, excerpt


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("  \n\t—", 0),
        ("Don't count the well-known twice.", 5),
        ("今天下雨。", 4),
        ("我用Python写诗", 5),
        ("ひらがなとカナ", 7),
        ("قال مرحبا", 2),
        ("snow 👩‍👩‍👧 fell", 2),
    ],
)
def test_words_are_counted_as_a_writer_counts_them(text: str, words: int) -> None:
    assert count_words(text) == words


def test_an_excerpt_is_one_short_line() -> None:
    assert excerpt("One\n\n  two\tthree") == "One two three"
    assert excerpt("word " * 100, limit=12) == "word word w…"
