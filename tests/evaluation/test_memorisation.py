"""Copies between samples and training text, held against a slow search that cannot be wrong."""

from __future__ import annotations

import random
import time

import pytest

from creative.evaluation.memorisation import MOST_WORDS, find_copies
from creative.evaluation.words import split_words


def slow_longest(sample: list[str], training: list[list[str]]) -> int:
    """Give the longest common run by trying every pair of places."""
    return max(
        (
            length
            for words in training
            for i in range(len(sample))
            for j in range(len(words))
            for length in range(1, min(len(sample) - i, len(words) - j) + 1)
            if sample[i : i + length] == words[j : j + length]
        ),
        default=0,
    )


@pytest.mark.parametrize("seed", range(12))
def test_it_finds_what_a_slow_search_finds(seed: int) -> None:
    draw = random.Random(seed)
    texts = [" ".join(draw.choices(["a", "b", "c"], k=draw.randint(1, 18))) for _ in range(6)]
    samples, training = texts[:3], texts[3:]
    told = [split_words(text) for text in training]
    assert find_copies(samples, training).longest == max(slow_longest(split_words(s), told) for s in samples)
    eights = {tuple(words[i : i + 8]) for words in told for i in range(len(words) - 7)}
    of_samples = [tuple(w[i : i + 8]) for w in map(split_words, samples) for i in range(len(w) - 7)]
    expected = sum(run in eights for run in of_samples) / max(1, len(of_samples))
    assert find_copies(samples, training).overlap == pytest.approx(expected)


def test_a_run_does_not_cross_from_one_text_into_the_next() -> None:
    copies = find_copies(
        ["one two three four five six seven eight"], ["one two three four", "five six seven eight"]
    )
    assert (copies.longest, copies.overlap, copies.runs) == (4, 0.0, ())
    copies = find_copies(
        ["one two three four", "five six seven eight"], ["one two three four five six seven eight"]
    )
    assert (copies.longest, copies.overlap) == (4, 0.0)


def test_a_long_copy_is_a_warning_and_is_shown_in_the_samples_own_words() -> None:
    copied = " ".join(f"Word{n}," for n in range(MOST_WORDS))
    copies = find_copies(["Nothing here.", f"Then: “{copied} and on."], [f"before {copied.lower()} behind"])
    assert copies.is_warning
    assert (copies.longest, copies.unit, copies.runs[0].sample) == (MOST_WORDS, "words", 1)
    assert copies.runs[0].excerpt.startswith("Word0, Word1,")
    assert len(copies.runs[0].excerpt) <= 300
    assert not find_copies([copied], ["word1 and word2"]).is_warning


def test_a_text_made_of_many_short_copies_is_a_warning_too() -> None:
    draw = random.Random(5)
    training = " ".join(f"w{n}" for n in range(3000))
    bits = [" ".join(f"w{n}" for n in range(start, start + 12)) for start in draw.sample(range(2000), 20)]
    copies = find_copies([" x ".join(bits)], [training])
    assert copies.longest == 12
    assert copies.overlap > 0.3
    assert copies.is_warning


def test_chinese_is_counted_in_characters() -> None:
    text = "灯塔看守人每天晚上都要爬上一百二十级台阶去点灯"
    copies = find_copies([f"他说，{text}。"], [f"从前，{text}，一直如此。"])
    assert (copies.longest, copies.unit, copies.level) == (len(text), "characters", 60)
    assert copies.runs[0].excerpt == text


def test_nothing_to_compare_is_no_copy() -> None:
    for samples, training in ([], ["a b c"]), (["a b c"], []), ([""], [""]), ([], []):
        assert (find_copies(samples, training).longest, find_copies(samples, training).overlap) == (0, 0.0)


def test_a_million_words_take_seconds_even_when_they_repeat_themselves() -> None:
    draw = random.Random(3)
    words = [f"w{n}" for n in range(5000)]
    training = [" ".join(draw.choices(words, k=1000)) for _ in range(500)] + ["la la la la " * 250] * 500
    samples = ["la " * 1000, " ".join(draw.choices(words, k=5000)), training[7][:3000]]
    began = time.perf_counter()
    copies = find_copies(samples, training)
    assert time.perf_counter() - began < 10
    assert copies.longest == 1000
