"""Guesses what a row writes next: what followed the latest words where they stood before in its text.

A guess costs only its reading; every token is still drawn from its own scores, and the first that differs ends
the guess (prompt lookup decoding, github.com/apoorvumang/prompt-lookup-decoding).
"""

from __future__ import annotations

from collections.abc import Sequence

_RUN = 3  # tokens that must stand there as they stand here
_FIRST_GUESS = 4
_LONGEST_GUESS = 16
_LONGEST_PAUSE = 64  # tokens without a guess, for a text that does not repeat


class Lookup:
    """The guesses of one row, fewer the more of them fail."""

    def __init__(self) -> None:
        self._follows: dict[tuple[int, ...], int] = {}  # run -> where its continuation begins, the latest
        self._noted = 0
        self._length = _FIRST_GUESS
        self._failures = 0
        self._pause_until = 0

    def guess(self, past: Sequence[int], most: int) -> list[int]:
        """Give up to `most` tokens that may come after the past, often none."""
        if most < 1 or len(past) < max(self._pause_until, _RUN):
            return []
        for end in range(max(self._noted, _RUN), len(past)):
            self._follows[tuple(past[end - _RUN : end])] = end
        self._noted = len(past)
        begin = self._follows.get(tuple(past[-_RUN:]))
        return [] if begin is None else list(past[begin : begin + min(most, self._length)])

    def learn(self, past: Sequence[int], guessed: int, right: int) -> None:
        """Take note of how many tokens of a guess were right, to guess further or to pause."""
        if not guessed:
            return
        if right == guessed:
            self._length = min(2 * self._length, _LONGEST_GUESS)
        else:
            self._length = max(2, min(right + 2, _LONGEST_GUESS))
        self._failures = 0 if right else self._failures + 1
        if self._failures > 1:
            self._pause_until = len(past) + min(2**self._failures, _LONGEST_PAUSE)
