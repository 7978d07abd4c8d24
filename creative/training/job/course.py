"""The course of a training: when it is measured, which step is the best, and when it is time to stop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LEAST_GAIN = 1e-4
"""Nats per token by which a measurement must be better than the best to count as better."""


class Course:
    """Measurements of the held-out loss, step 0 (the base) first."""

    def __init__(self, steps: int, steps_per_epoch: float, evaluations_per_epoch: int, patience: int) -> None:
        self.steps = steps
        self.steps_per_epoch = steps_per_epoch
        self._patience = patience
        every = steps_per_epoch / evaluations_per_epoch
        count = int(steps / every + 1e-9)
        self._due = {max(1, round(every * number)) for number in range(1, count + 1)} | {steps}
        self.losses: dict[int, float] = {}

    def is_due(self, step: int) -> bool:
        """Tell whether the held-out pages are measured after this step."""
        return step in self._due

    def left(self, step: int) -> int:
        """Give the number of measurements still to come."""
        return sum(due > step for due in self._due)

    @property
    def count(self) -> int:
        """Give the number of measurements of the whole course, the base's included."""
        return len(self._due) + 1

    def add(self, step: int, loss: float) -> bool:
        """Note a measurement and tell whether it is the best so far."""
        best = self.best
        self.losses[step] = loss
        return best is None or loss < self.losses[best] - LEAST_GAIN

    @property
    def best(self) -> int | None:
        """Give the step of the best measurement; the earliest of those that are as good; None before the first."""
        best: int | None = None
        for step in sorted(self.losses):
            if best is None or self.losses[step] < self.losses[best] - LEAST_GAIN:
                best = step
        return best

    @property
    def learned(self) -> bool:
        """Whether a step is better than the base."""
        return bool(self.best)

    def is_over(self) -> bool:
        """Tell whether the last measurements in a row, as many as the patience, were none the better."""
        best = self.best
        later = [step for step in self.losses if best is not None and step > best]
        return bool(self._patience) and len(later) >= self._patience

    def to_json(self) -> dict[str, Any]:
        """Give what must survive a restart."""
        return {"losses": {str(step): loss for step, loss in self.losses.items()}}

    def restore(self, values: Mapping[str, Any]) -> None:
        """Take up a course where a checkpoint noted it."""
        self.losses = {int(step): float(loss) for step, loss in values["losses"].items()}
