"""What the job says of itself: to the folder from the first process, to nobody from the others."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path
from typing import Any

from creative.training.job.trainer import Step
from creative.training.progress import EventLog

_WINDOW = 12
"""Steps over which speed is told."""


class Teller:
    """Writes events; silent in every process but the first."""

    def __init__(self, folder: Path, first: bool) -> None:
        self._log = EventLog(folder) if first else None

    def tell(self, kind: str, **facts: Any) -> None:
        """Write an event. Raises `StorageFull`."""
        if self._log is not None:
            self._log.write(kind, **facts)


class Clock:
    """How fast it goes, and how long it will take; measurements are counted apart from steps."""

    def __init__(self, step_s: float) -> None:
        self._recent: deque[tuple[float, int]] = deque(maxlen=_WINDOW)
        self._trial_s = step_s
        self._last = time.monotonic()
        self._tokens = 0
        self.measuring_s = 0.0
        """Seconds of the latest measurement with its samples."""

    def take(self, step: Step) -> None:
        """Note a step that has just ended."""
        now = time.monotonic()
        self._recent.append((now - self._last, step.tokens - self._tokens))
        self._last, self._tokens = now, step.tokens

    def pause(self, began: float) -> None:
        """Leave out the time of a measurement that began then and ends now."""
        now = time.monotonic()
        self.measuring_s = now - began
        self._last = now

    @property
    def tokens_per_s(self) -> float | None:
        """Give the tokens read a second, over the last steps."""
        seconds = sum(spent for spent, _ in self._recent)
        return round(sum(tokens for _, tokens in self._recent) / seconds, 1) if seconds else None

    def eta_s(self, steps: int, measurements: int) -> float:
        """Give the seconds that so many steps and measurements will still take."""
        spent = [spent for spent, _ in self._recent]
        step_s = sum(spent) / len(spent) if spent else self._trial_s
        return round(steps * step_s + measurements * self.measuring_s, 1)
