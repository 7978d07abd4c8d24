"""The measures of the report: copies are found to the word, loops are seen, variety and use are shares."""

import lzma
from pathlib import Path

import pytest

from creative.starter.recipe.corpus import KINDS, read_corpus
from creative.starter.recipe.measures import distinct_2, keeps_format, longest_copies, loops, share_used

TALE = "The old clock on the wall of the inn had stopped at nine, and nobody in the village could say in which year."


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    for names in KINDS.values():
        for name in names:
            path = tmp_path / f"{name}.txt.xz"
            path.parent.mkdir(parents=True, exist_ok=True)
            docs = [f"{TALE} {name} number {i}." for i in range(6)] + ["The darky sang. " + TALE]
            path.write_bytes(lzma.compress("\n<|endoftext|>\n".join(docs).encode()))
    return tmp_path


def test_the_longest_copy_is_counted_in_words(corpus: Path) -> None:
    texts = [
        "She said: the old clock on the wall of the inn had stopped at NINE; and everybody left.",
        "Nothing here was ever written in any of those books, as far as anyone can tell.",
        "the old clock",
    ]
    assert longest_copies(texts, corpus) == [14, 0, 0]


def test_the_split_is_the_same_each_time_and_drops_slurs(corpus: Path) -> None:
    first, second = read_corpus(corpus), read_corpus(corpus)
    assert first == second
    for split in first.values():
        assert not set(split.train) & set(split.held_out)
        assert not any("darky" in doc for doc in split.train + split.held_out)
    assert read_corpus(corpus, held_out_only=True)["plays"].held_out == first["plays"].held_out


def test_a_loop_is_seen_but_a_chorus_is_none() -> None:
    assert loops("I love you so much and " * 6)
    chorus = "[Chorus]\n" + "Row the boat home to me\n" * 5
    assert not loops(f"[Verse 1]\nOne line alone\n\n{chorus}".rstrip())


def test_variety_is_the_share_of_different_pairs() -> None:
    assert distinct_2(["a b a b a b"]) == pytest.approx(2 / 5)
    assert distinct_2([]) == 0


def test_use_of_the_brief_is_a_share() -> None:
    assert share_used(("Nora", "kite"), "nora ran") == 0.5
    assert share_used((), "nora ran") is None


def test_an_empty_text_keeps_no_format() -> None:
    assert keeps_format("screenplay", "", {}) is False
    assert keeps_format("story", "", {}) is None
