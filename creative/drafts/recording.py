"""Keeping a run on disk while it is written: never more than half a second behind the page."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from creative.drafts.drafts import Drafts
from creative.drafts.records import GROWING, NewNode

SAVE_EVERY_S = 0.5


class Recording:
    """The versions of one run, one per variant; each holds the whole text, `place` puts what is new in it."""

    def __init__(
        self, drafts: Drafts, writer: str, draft: str, new: NewNode, places: list[Callable[[str], str]]
    ) -> None:
        """Add one growing version per entry of `places`; `new` says what they have in common."""
        self.draft = draft
        self._drafts = drafts
        self._places = places
        self._written = [""] * len(places)
        self._saved_at = [time.monotonic()] * len(places)
        self.nodes = tuple(
            drafts.add(writer, draft, replace(new, text=place(""), finish=GROWING)) for place in places
        )
        self._open = set(range(len(places)))

    def write(self, index: int, text: str, finish: str = "") -> None:
        """Add to one variant; `finish` ends it."""
        self._written[index] += text
        now = time.monotonic()
        if finish or now - self._saved_at[index] >= SAVE_EVERY_S:
            self._saved_at[index] = now
            self._drafts.grow(self.nodes[index], self._places[index](self._written[index]), finish or GROWING)
        if finish:
            self._open.discard(index)

    def end(self, finish: str) -> None:
        """End every variant that has not ended."""
        for index in sorted(self._open):
            self.write(index, "", finish)
