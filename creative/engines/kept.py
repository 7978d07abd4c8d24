"""What was read before and may be read again: keys and values by the tokens and the voice that gave them.

A draft that goes on finds its own past, requests of one form find their common head, and an edit finds what
stands before it. What was longest of no use goes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from creative.engines.cache import Past

_WORTH_IT = 16  # fewer tokens are read as fast as they are copied


@dataclass(frozen=True, eq=False)
class _Entry:
    tokens: tuple[int, ...]
    voice: str
    past: Past


class Kept:
    """Pasts by their tokens, within a limit of bytes."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._entries: list[_Entry] = []  # the least recently used first
        self.bytes_held = 0
        """Memory of all of it, in bytes."""

    def find(self, tokens: Sequence[int], voice: str) -> Past | None:
        """Give the longest past that begins this prompt, short of its last token; None when it is not worth it."""
        wanted = tuple(tokens[:-1])
        best, length = None, _WORTH_IT - 1
        for entry in self._entries:
            if entry.voice == voice and (found := _common(entry.tokens, wanted)) > length:
                best, length = entry, found
        if best is None:
            return None
        self._entries.remove(best)
        self._entries.append(best)
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
        for entry in list(self._entries):
            shared = _common(entry.tokens, kept) if entry.voice == voice else 0
            if shared == len(kept) <= len(entry.tokens):
                return
            if shared == len(entry.tokens):
                self._drop(entry)
        self._entries.append(_Entry(kept, voice, past))
        self.bytes_held += past.bytes_held
        self.shrink(self._most_bytes)

    def shrink(self, most_bytes: int) -> None:
        """Let go of the least recently used until the rest takes at most so many bytes."""
        while self._entries and self.bytes_held > most_bytes:
            self._drop(self._entries[0])

    def forget(self, voice: str) -> None:
        """Let go of all that was read with a voice."""
        for entry in [entry for entry in self._entries if entry.voice == voice]:
            self._drop(entry)

    def _drop(self, entry: _Entry) -> None:
        self._entries.remove(entry)
        self.bytes_held -= entry.past.bytes_held


def _common(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """Give how many tokens two texts have in common from their beginning."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if one[least:middle] == other[least:middle]:
            least = middle
        else:
            most = middle - 1
    return least
