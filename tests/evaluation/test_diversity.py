"""Variety of samples, counted by hand."""

from __future__ import annotations

import pytest

from creative.evaluation.diversity import measure_diversity


def test_distinct_runs_are_counted_over_all_samples() -> None:
    found = measure_diversity(["The cat sat.", "the cat ran"])
    assert found.words == 6
    assert found.distinct_1 == pytest.approx(4 / 6)
    assert found.distinct_2 == pytest.approx(3 / 4)
    assert found.distinct_3 == 1.0
    assert found.repeated_4 == 0.0


def test_a_loop_is_seen_and_the_same_line_in_two_samples_is_none() -> None:
    assert measure_diversity(["and then he said " * 10]).repeated_4 == pytest.approx(1 - 4 / 37)
    assert measure_diversity(["and then he said so"] * 10).repeated_4 == 0.0


def test_only_so_many_words_are_looked_at() -> None:
    assert measure_diversity(["one two three", "four five six"], 4).words == 4
    assert measure_diversity(["one two three", "four five six"], 4).distinct_1 == 1.0


def test_no_words_are_no_trouble() -> None:
    for samples in ([], [""], ["..."], ["one"]):
        assert measure_diversity(samples).repeated_4 == 0.0
