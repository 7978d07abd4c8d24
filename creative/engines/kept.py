"""What was read before and may be read again: keys and values by the tokens and the voice that gave them.

A draft that goes on finds its own past, requests of one form find their common head, and an edit finds what
stands before it. What was longest of no use goes first.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass

from creative.engines.cache import Past

WORTH_KEEPING = 16  # fewer tokens are read as fast as they are copied


@dataclass(frozen=True, eq=False)
class _Entry:
    tokens: tuple[int, ...]
    voice: str
    past: Past


class Kept:
    """Pasts by their tokens, within a limit of bytes."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._entries: dict[_Entry, None] = {}  # the least recently used first
        # Sorted by their tokens, so that whatever shares the longest beginning stands next to where a prompt
        # would stand. No entry is the beginning of another.
        self._sorted: dict[str, list[_Entry]] = {}
        self.bytes_held = 0
        """Memory of all of it, in bytes."""

    def find(self, tokens: Sequence[int], voice: str) -> Past | None:
        """Give the longest past that begins this prompt, short of its last token; None when it is not worth it."""
        wanted = tuple(tokens[:-1])
        best, length = None, WORTH_KEEPING - 1
        for entry in self._neighbours(wanted, voice):
            if (found := count_common(entry.tokens, wanted)) > length:
                best, length = entry, found
        if best is None:
            return None
        del self._entries[best]
        self._entries[best] = None
        return best.past.begin(length)

    def has_room(self, size: int) -> bool:
        """Tell whether a past of so many bytes would be kept."""
        return size <= self._most_bytes

    def keep(self, tokens: Sequence[int], voice: str, past: Past) -> None:
        """Keep a past, which must not change from now on; those that it goes on from make room for it."""
        kept = tuple(tokens)
        assert len(kept) == past.length
        if not self.has_room(past.bytes_held):
            return
        for entry in self._neighbours(kept, voice):
            shared = count_common(entry.tokens, kept)
            if shared == len(kept) <= len(entry.tokens):
                return
            if shared == len(entry.tokens):
                self._drop(entry)
        entry = _Entry(kept, voice, past)
        self._entries[entry] = None
        insort(self._sorted.setdefault(voice, []), entry, key=_tokens_of)
        self.bytes_held += past.bytes_held
        self.shrink(self._most_bytes)

    def shrink(self, most_bytes: int) -> None:
        """Let go of the least recently used until the rest takes at most so many bytes."""
        while self._entries and self.bytes_held > most_bytes:
            self._drop(next(iter(self._entries)))

    def forget(self, voice: str) -> None:
        """Let go of all that was read with a voice."""
        for entry in list(self._sorted.get(voice, ())):
            self._drop(entry)

    def _neighbours(self, tokens: tuple[int, ...], voice: str) -> list[_Entry]:
        """Give the entries between which the tokens would stand."""
        entries = self._sorted.get(voice, [])
        place = bisect_left(entries, tokens, key=_tokens_of)
        return entries[max(0, place - 1) : place + 1]

    def _drop(self, entry: _Entry) -> None:
        del self._entries[entry]
        entries = self._sorted[entry.voice]
        entries.pop(bisect_left(entries, entry.tokens, key=_tokens_of))
        if not entries:
            del self._sorted[entry.voice]
        self.bytes_held -= entry.past.bytes_held


def _tokens_of(entry: _Entry) -> tuple[int, ...]:
    return entry.tokens


def count_common(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """Give how many tokens two texts have in common from their beginning."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if one[least:middle] == other[least:middle]:
            least = middle
        else:
            most = middle - 1
    return least
