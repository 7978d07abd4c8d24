"""Turns tokens into text that can be shown: whole characters only, and never a part of a stop string."""

from __future__ import annotations

from collections.abc import Callable, Sequence

BROKEN = "\ufffd"  # what a decoder gives for bytes that are not a character (yet)
_MOST_BROKEN = 16  # a character has at most four bytes: so many broken ones in a row are no character


class Assembler:
    """The text of one row as it grows."""

    def __init__(
        self, decode: Callable[[list[int]], str], stop: Sequence[str] = (), before: Sequence[int] = ()
    ) -> None:
        self._decode = decode
        self._stop = tuple(mark for mark in stop if mark)
        # Some tokenizers drop the space of the first token they decode: the prompt's end stands before it.
        self._tokens = list(before)
        self._anchor = 0
        self._read = len(self._tokens)
        self._given = 0  # characters of the window's text that were passed on
        self._held = ""
        self.stopped = False
        """Whether a stop string has come; what follows it is dropped."""

    def push(self, token: int) -> str:
        """Give the text that became safe to show with this token; often nothing."""
        if self.stopped:
            return ""
        self._tokens.append(token)
        fresh = self._fresh_text()
        return self._release(fresh) if fresh else ""

    def finish(self, complete: bool) -> str:
        """Give what is still held: all of it when the writer came to an end of its own (`complete`).

        When the writing was cut short, the held text may be the first part of a stop string and is dropped.
        """
        if self.stopped:
            return ""
        given = self._release(self._fresh_text())
        if complete and not self.stopped:
            given, self._held = given + self._held, ""
        return given

    def _fresh_text(self) -> str:
        before = self._decode(self._tokens[self._anchor : self._read])
        text = self._decode(self._tokens[self._anchor :])
        settled = len(text.rstrip(BROKEN))
        fresh = text[max(len(before), self._given) : settled]
        self._given = max(self._given, settled)
        # Tokens stay in the window while a character is open; a long run of broken bytes will never close one.
        if settled == len(text) or len(text) - settled > _MOST_BROKEN:
            self._anchor, self._read, self._given = self._read, len(self._tokens), 0
        return fresh.replace(BROKEN, "")

    def _release(self, fresh: str) -> str:
        text = self._held + fresh
        places = [place for mark in self._stop if (place := text.find(mark)) >= 0]
        if places:
            self.stopped, self._held = True, ""
            return text[: min(places)]
        keep = max((_overlap(text, mark) for mark in self._stop), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]


def _overlap(text: str, mark: str) -> int:
    """Give the length of the longest end of `text` that begins `mark`."""
    for length in range(min(len(mark) - 1, len(text)), 0, -1):
        if text.endswith(mark[:length]):
            return length
    return 0
