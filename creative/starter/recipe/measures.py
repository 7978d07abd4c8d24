"""What the report measures on a text: the brief's words in it, its format, its variety, its copies from the corpus."""

from __future__ import annotations

import lzma
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from creative import checks
from creative.starter.recipe.corpus import KINDS

FORMAT_CHECKS = {
    "screenplay": ("fountain_format", "scene_headings"),
    "lyrics": ("asked_sections",),
    "news": ("headline_and_lead",),
    "ad_copy": ("channel_limits",),
}
"""The craft checks that say whether a form's format is kept."""
RUN = 8
"""Words that must agree before a copy is looked at: shorter runs are common phrases."""

_WORD = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?")


def split_words(text: str) -> list[str]:
    """The words of a text, lower case, without punctuation."""
    return _WORD.findall(text.lower())


def share_used(wanted: Sequence[str], text: str) -> float | None:
    """Share of the wanted names and key words that stand in the text; None where none is wanted."""
    if not wanted:
        return None
    lower = text.lower()
    return sum(1 for word in wanted if word.lower() in lower) / len(wanted)


def keeps_format(form: str, text: str, brief: dict[str, str]) -> bool | None:
    """Whether the form's own format checks find nothing wrong; None where it has none."""
    wanted = tuple(name for name in FORMAT_CHECKS.get(form, ()) if name in checks.names())
    if not wanted:
        return None
    return bool(text.strip()) and not any(
        f.level == "fail" for f in checks.run(wanted, text, brief, "English")
    )


def distinct_2(texts: Sequence[str]) -> float:
    """Different pairs of neighbouring words over all such pairs in all the texts."""
    pairs = [pair for text in texts for pair in pairwise(split_words(text))]
    return len(set(pairs)) / max(1, len(pairs))


def cut_choruses(text: str) -> str:
    """A lyric without the sections that come again in the same words."""
    return re.sub(r"(?s)\[(?:Chorus|Pre-Chorus)\].*?(?=\n\n\[|\Z)", "", text)


def loops(text: str) -> bool:
    """Whether the text says the same four words more than three times outside a chorus."""
    words = split_words(cut_choruses(text))
    runs = Counter(tuple(words[i : i + 4]) for i in range(len(words) - 3))
    return max(runs.values(), default=0) > 3


def longest_copies(texts: Sequence[str], corpus: Path) -> list[int]:
    """For each text the most words in a row that stand so in the corpus; 0 under eight."""
    told = [split_words(text) for text in texts]
    numbers = {word: i + 1 for i, word in enumerate(sorted({w for words in told for w in words}))}
    coded = [np.array([numbers[w] for w in words], dtype=np.uint64) for words in told]
    sought = np.unique(np.concatenate([_runs(ids) for ids in coded]))
    places: dict[int, list[tuple[int, int]]] = {}
    for i, ids in enumerate(coded):
        for at, key in enumerate(_runs(ids).tolist()):
            places.setdefault(key, []).append((i, at))
    longest = [0] * len(texts)
    for document in _documents(corpus):
        ids = np.array([numbers.get(w, 0) for w in split_words(document)], dtype=np.uint64)
        keys = _runs(ids)
        # Sought once sorted: isin would sort it again for every document.
        near = sought[np.minimum(np.searchsorted(sought, keys), len(sought) - 1)]
        for at in np.flatnonzero(near == keys).tolist():
            for text, start in places[int(keys[at])]:
                same = _same(coded[text], start, ids, at)
                longest[text] = max(longest[text], same if same >= RUN else 0)
    return longest


def _runs(ids: np.ndarray) -> np.ndarray:
    if len(ids) < RUN:
        return np.zeros(0, dtype=np.uint64)
    key = np.zeros(len(ids) - RUN + 1, dtype=np.uint64)
    for i in range(RUN):
        # Overflow is wanted: it is a hash, and what it finds is compared word by word.
        key = key * np.uint64(1_000_003) + ids[i : len(ids) - RUN + 1 + i]
    return key


def _same(a: np.ndarray, i: int, b: np.ndarray, j: int) -> int:
    count = 0
    while i + count < len(a) and j + count < len(b) and a[i + count] == b[j + count] and b[j + count]:
        count += 1
    return count


def _documents(corpus: Path) -> Iterator[str]:
    for names in KINDS.values():
        for name in names:
            text = lzma.decompress((corpus / f"{name}.txt.xz").read_bytes()).decode("utf-8")
            yield from text.split("<|endoftext|>")
