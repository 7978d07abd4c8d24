"""The runs under way on the pages, so that each can be stopped by whoever began it, and only by them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

MOST_STOPPED_EARLY = 1000


@dataclass(frozen=True)
class Run:
    """One run: set `cancel` to end it; `ended` tells that it has."""

    cancel: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


class Runs:
    """Runs by the writer's secret and the page's number for them. Safe from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[tuple[str, str], Run] = {}
        self._stopped_early: dict[tuple[str, str], None] = {}

    @contextmanager
    def begin(self, writer: str, number: str) -> Iterator[Run]:
        """Give the run while it goes on; however it ends, it is cancelled and ended then."""
        key, run = (writer, number), Run()
        with self._lock:
            self._runs[key] = run
            # Stop may overtake the run while it waits for its turn.
            if key in self._stopped_early:
                del self._stopped_early[key]
                run.cancel.set()
        try:
            yield run
        finally:
            run.cancel.set()
            run.ended.set()
            with self._lock:
                self._runs.pop(key, None)

    def goes_on(self, writer: str, number: str) -> bool:
        """Tell whether a run is under way."""
        with self._lock:
            return (writer, number) in self._runs

    def stop(self, writer: str, number: str, wait_s: float = 2.0) -> bool:
        """End a run within a token, and tell whether it has ended within `wait_s`."""
        key = (writer, number)
        with self._lock:
            run = self._runs.get(key)
            if run is None:
                self._stopped_early[key] = None
                while len(self._stopped_early) > MOST_STOPPED_EARLY:
                    self._stopped_early.pop(next(iter(self._stopped_early)))
                return True
        run.cancel.set()
        return run.ended.wait(wait_s)
