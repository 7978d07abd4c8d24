"""How varied samples are: distinct-n (Li et al. 2016) and repeated runs of four words (Welleck et al. 2020)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from creative.evaluation.words import split_words


@dataclass(frozen=True)
class Diversity:
    """Shares between 0 and 1."""

    distinct_1: float
    """Different words over all words, all samples together."""
    distinct_2: float
    """Different pairs of neighbouring words over all such pairs."""
    distinct_3: float
    repeated_4: float
    """Share of runs of four words that stood in the same sample before; 0.1 reads as a loop."""
    words: int
    """Words that were looked at."""


def measure_diversity(samples: Sequence[str], most_words: int = 0) -> Diversity:
    """Give the diversity of samples, of the first `most_words` (0: all): longer texts are always less distinct."""
    told: list[list[str]] = []
    left = most_words
    for sample in samples:
        words = split_words(sample)
        told.append(words[:left] if most_words else words)
        left = max(0, left - len(words))
    return Diversity(
        distinct_1=_distinct(told, 1),
        distinct_2=_distinct(told, 2),
        distinct_3=_distinct(told, 3),
        repeated_4=_repeated(told, 4),
        words=sum(map(len, told)),
    )


def _runs(words: Sequence[str], length: int) -> list[tuple[str, ...]]:
    return list(zip(*(words[start:] for start in range(length)), strict=False))


def _distinct(told: Sequence[Sequence[str]], length: int) -> float:
    runs = [run for words in told for run in _runs(words, length)]
    return len(set(runs)) / len(runs) if runs else 0.0


def _repeated(told: Sequence[Sequence[str]], length: int) -> float:
    runs = [_runs(words, length) for words in told]
    count = sum(map(len, runs))
    return 1 - sum(len(set(of_one)) for of_one in runs) / count if count else 0.0
