"""How much of the training text comes back word for word in samples; linear in the length of both.

Runs of 50 tokens are what Carlini et al. take for memorised (arXiv 2202.07646); that is about 40 English words
or 60 Chinese characters. Overlap counts runs of eight, as in the GPT-2 report's look at train and test.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from creative.evaluation.words import Word, find_words, is_chinese, split_words

RUN = 8
"""Words in a run of the overlap."""
MOST_WORDS = 40
"""A copied run this long is a warning."""
MOST_CHARACTERS = 60
"""The same in Chinese."""
MOST_OVERLAP = 0.10
"""So large a share of runs of eight from the training text is a warning."""
_SHOWN = 3
_SHOWN_CHARACTERS = 300


@dataclass(frozen=True)
class Run:
    """A passage of a sample that stands so in the training text, but for case and punctuation."""

    words: int
    sample: int
    """Which sample, from 0."""
    excerpt: str
    """The sample's own words, at most 300 characters."""


@dataclass(frozen=True)
class Copies:
    """What the samples have in common with the training text."""

    longest: int
    """Words (Chinese: characters) of the longest run."""
    unit: str
    """`words` or `characters`."""
    overlap: float
    """Share of all runs of eight words in the samples that stand so in the training text."""
    level: int
    """A run this long is a warning."""
    runs: tuple[Run, ...]
    """The longest ones of at least eight words, longest first."""

    @property
    def is_warning(self) -> bool:
        """Tell whether the voice gives its training text back."""
        return self.longest >= self.level or self.overlap >= MOST_OVERLAP


def find_copies(samples: Sequence[str], training: Iterable[str]) -> Copies:
    """Compare samples with the training text; a million words take seconds."""
    told = [find_words(sample) for sample in samples]
    matches = _match(told, training)
    possible = sum(max(0, len(words) - RUN + 1) for words in told)
    copied = sum(1 for ends in matches for length in ends if length >= RUN)
    characters = is_chinese("\n".join(samples))
    runs = _longest_runs(samples, told, matches)
    return Copies(
        longest=max((max(ends, default=0) for ends in matches), default=0),
        unit="characters" if characters else "words",
        overlap=copied / possible if possible else 0.0,
        level=MOST_CHARACTERS if characters else MOST_WORDS,
        runs=runs,
    )


@dataclass
class _State:
    """A set of runs that end at the same places of the samples (Blumer et al. 1985, suffix automaton)."""

    length: int
    link: int = -1
    then: dict[str, int] = field(default_factory=dict)
    matched: int = 0
    """Words of its longest run that stand in the training text."""


def _match(samples: Sequence[Sequence[Word]], training: Iterable[str]) -> list[list[int]]:
    """Give for every word of every sample the words of the longest run of the training text that ends there."""
    states, ends = _build([[word.text for word in words] for words in samples])
    for text in training:
        at, length = 0, 0
        for word in split_words(text):
            while at and word not in states[at].then:
                at = states[at].link
                length = states[at].length
            if word in states[at].then:
                at, length = states[at].then[word], length + 1
                states[at].matched = max(states[at].matched, length)
    order = sorted(range(1, len(states)), key=lambda place: states[place].length)
    for place in reversed(order):
        if states[place].matched:
            # Where a run stands, all that it ends in stands whole.
            shorter = states[states[place].link]
            shorter.matched = shorter.length
    for place in order:
        states[place].matched = states[place].matched or states[states[place].link].matched
    return [[states[place].matched for place in places] for places in ends]


def _build(samples: Sequence[Sequence[str]]) -> tuple[list[_State], list[list[int]]]:
    """Give the automaton of all samples, and for each the states that its words lead to."""
    states = [_State(0)]
    ends: list[list[int]] = []
    for words in samples:
        last = 0  # every sample begins anew, so no run crosses from one into the next
        places = []
        for word in words:
            last = _grow(states, last, word)
            places.append(last)
        ends.append(places)
    return states, ends


def _grow(states: list[_State], last: int, word: str) -> int:
    known = states[last].then.get(word)
    if known is not None and states[known].length == states[last].length + 1:
        return known
    if known is not None:
        return _split(states, last, known, word)
    new = len(states)
    states.append(_State(states[last].length + 1))
    at = last
    while at >= 0 and word not in states[at].then:
        states[at].then[word] = new
        at = states[at].link
    if at < 0:
        states[new].link = 0
        return new
    found = states[at].then[word]
    exact = states[found].length == states[at].length + 1
    states[new].link = found if exact else _split(states, at, found, word)
    return new


def _split(states: list[_State], at: int, found: int, word: str) -> int:
    copy = len(states)
    states.append(_State(states[at].length + 1, states[found].link, dict(states[found].then)))
    states[found].link = copy
    while at >= 0 and states[at].then.get(word) == found:
        states[at].then[word] = copy
        at = states[at].link
    return copy


def _longest_runs(
    samples: Sequence[str], told: Sequence[Sequence[Word]], matches: Sequence[Sequence[int]]
) -> tuple[Run, ...]:
    found: list[Run] = []
    for sample, lengths in enumerate(matches):
        for place, length in enumerate(lengths):
            goes_on = place + 1 < len(lengths) and lengths[place + 1] == length + 1
            if length < RUN or goes_on:
                continue
            words = told[sample]
            excerpt = samples[sample][words[place - length + 1].start : words[place].end]
            found.append(Run(length, sample, _shorten(excerpt)))
    found.sort(key=lambda run: -run.words)
    return tuple(found[:_SHOWN])


def _shorten(excerpt: str) -> str:
    line = " ".join(excerpt.split())
    return line if len(line) <= _SHOWN_CHARACTERS else f"{line[: _SHOWN_CHARACTERS - 1].rstrip()}…"
