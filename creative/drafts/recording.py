"""Keeping a run on disk while it is written: never more than half a second behind the page."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from creative.drafts.drafts import Drafts
from creative.drafts.records import GROWING, NewNode
from creative.errors import CreativeError

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
        self._saved = [""] * len(places)
        self._saved_at = [time.monotonic()] * len(places)
        self.nodes = tuple(
            drafts.add(writer, draft, replace(new, text=place(""), finish=GROWING)) for place in places
        )
        self._open = set(range(len(places)))
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def write(self, index: int, text: str, finish: str = "") -> None:
        """Add to one variant; `finish` ends it."""
        with self._lock:
            self._written[index] += text
            if finish or time.monotonic() - self._saved_at[index] >= SAVE_EVERY_S:
                self._save(index, finish)
            elif self._timer is None:
                # The next piece may be long in coming: the model can be reading another writer's prompt.
                self._timer = threading.Timer(SAVE_EVERY_S, self._save_late)
                self._timer.daemon = True
                self._timer.start()
            if finish:
                self._open.discard(index)
            if self._timer and not self._open:
                self._timer.cancel()

    def end(self, finish: str) -> None:
        """End every variant that has not ended."""
        for index in sorted(self._open):
            self.write(index, "", finish)

    def _save(self, index: int, finish: str = "") -> None:
        self._saved_at[index] = time.monotonic()
        text = self._written[index]
        self._drafts.grow(self.nodes[index], self._places[index](text), finish or GROWING)
        self._saved[index] = text

    def _save_late(self) -> None:
        with self._lock:
            self._timer = None
            for index in sorted(self._open):
                if self._written[index] != self._saved[index]:
                    try:
                        self._save(index)
                    except CreativeError:
                        return  # the next piece tries again, where the writer can be told
