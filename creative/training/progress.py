"""What a job tells while it runs: events, one JSON object a line, and the state that they add up to."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from creative.errors import CreativeError
from creative.training.folder import EVENTS, LOCK, read_order, read_recipe, telling_of_a_full_disk
from creative.training.records import Card, Evaluation, JobState, State

MOST_POINTS = 400
_RESERVE = ".reserve"
_RESERVED_BYTES = 65_536
"""Given up when the disk is full, so that the last sentences still find room."""
_FINAL: dict[str, State] = {"done": "done", "stopped": "stopped", "failed": "failed"}
_PHASES: dict[str, tuple[State, str]] = {
    "opening": ("starting", "Opening the model."),
    "measuring": ("starting", "Measuring memory, disk and time."),
    "training": ("training", "Learning from the pages."),
    "evaluating": ("training", "Measuring the held-out pages and writing samples."),
    "comparing": ("finishing", "Comparing before and after."),
    "shelving": ("finishing", "Putting the voice on the shelf."),
}


class EventLog:
    """The job's diary; each event is one line, on the disk before `write` returns."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / EVENTS
        self._reserve = folder / _RESERVE

    def write(self, kind: str, **facts: Any) -> None:
        """Add an event. Raises `StorageFull`; `failed` and `notice` still find room then, in the reserve."""
        line = json.dumps({"at": round(time.time(), 3), "kind": kind} | facts, ensure_ascii=False)
        try:
            self._append(line)
        except OSError:
            if kind not in {"failed", "notice"}:
                with telling_of_a_full_disk("The progress could not be written down"):
                    raise
            self._reserve.unlink(missing_ok=True)
            with telling_of_a_full_disk("The progress could not be written down"):
                self._append(line)

    def keep_reserve(self) -> None:
        """Put aside the room for the last sentences. Raises `StorageFull`."""
        with telling_of_a_full_disk("The training could not begin"):
            self._reserve.write_bytes(os.urandom(_RESERVED_BYTES))

    def give_up_reserve(self) -> None:
        """Free the room again, at the end of the work."""
        self._reserve.unlink(missing_ok=True)

    def _append(self, line: str) -> None:
        with self._file.open("ab+") as stream:
            stream.seek(0, os.SEEK_END)
            end = stream.tell()
            torn = False
            if end:
                stream.seek(end - 1)
                torn = stream.read(1) != b"\n"  # Killed, or out of room, within a line.
            stream.write(("\n" if torn else "").encode() + line.encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())


def read_events(folder: Path) -> Iterator[dict[str, Any]]:
    """Give the events so far, oldest first; a line that is torn is passed over."""
    try:
        lines = (folder / EVENTS).read_bytes().split(b"\n")
    except OSError:
        return
    for line in lines:
        with suppress(ValueError):
            event = json.loads(line)
            if isinstance(event, dict) and isinstance(event.get("kind"), str):
                yield event


def is_running(folder: Path) -> bool:
    """Tell whether a process works on the job now: it holds the folder's lock as long as it lives."""
    try:
        with (folder / LOCK).open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def read_state(folder: Path) -> JobState:
    """Give the state of a job from its folder, read anew. Raises `ModelDamaged` when it is none."""
    order = read_order(folder)
    state = JobState(
        id=order.id, title=order.title, form=order.form, state="waiting", message="", created=order.created
    )
    with suppress(CreativeError):
        state = replace(state, recipe=asdict(read_recipe(folder)))  # type: ignore[call-overload]
    running = is_running(folder)
    reading = _Reading(state)
    for event in read_events(folder):
        reading.take(event)
    return reading.finish(running)


class _Reading:
    """The events added up, one after the other."""

    def __init__(self, state: JobState) -> None:
        self._state = state
        self._last: dict[str, Any] = {"kind": "queued"}
        self._curve: dict[int, float] = {}
        self._evaluations: dict[int, Evaluation] = {}
        self._notices: list[str] = []

    def take(self, event: Mapping[str, Any]) -> None:
        """Add one event; what an older or newer program wrote and this one does not know is passed over."""
        take = getattr(self, f"_take_{event['kind']}", None)
        if take is not None:
            with suppress(KeyError, TypeError, ValueError, AttributeError):
                take(event)

    def finish(self, running: bool) -> JobState:
        """Give the state, knowing whether a process is at work."""
        kind = self._last["kind"]
        state: State
        hint = str(self._last.get("hint") or "")
        if kind == "phase":
            state, message = _PHASES.get(self._last.get("name", ""), ("training", "At work."))
            if not running:
                state, message = "interrupted", "The training was cut off without a word."
                hint = "Resume it: it goes on from where it last saved."
        elif kind == "queued":
            state, message = ("starting", "Starting.") if running else ("waiting", "Waiting for its turn.")
        else:
            state, message = _FINAL[kind], str(self._last.get("message", ""))
        return replace(
            self._state,
            state=state,
            message=message,
            hint=hint,
            curve=_thin(sorted(self._curve.items())),
            evaluations=tuple(self._evaluations[step] for step in sorted(self._evaluations)),
            notices=tuple(self._notices),
            eta_s=self._state.eta_s if state == "training" else None,
        )

    def _take_queued(self, event: Mapping[str, Any]) -> None:
        self._last = dict(event)

    def _take_started(self, event: Mapping[str, Any]) -> None:
        self._last = {"kind": "phase", "name": "opening"}
        # What came after the checkpoint it goes on from is done again.
        begun = int(event.get("resumed_from") or 0)
        self._curve = {step: loss for step, loss in self._curve.items() if step <= begun}
        before = [one for step, one in self._evaluations.items() if begun and step <= begun]
        best = min(before, key=lambda one: one.held_out_loss, default=None)
        self._evaluations = {one.step: replace(one, kept=one is best) for one in before}
        # A voice that a stopped run put on the shelf still stands there.
        self._state = replace(self._state, step=begun, report={})

    def _take_phase(self, event: Mapping[str, Any]) -> None:
        self._last = dict(event)

    _take_done = _take_stopped = _take_failed = _take_phase

    def _take_preflight(self, event: Mapping[str, Any]) -> None:
        facts = {key: value for key, value in event.items() if key not in {"at", "kind"}}
        self._state = replace(self._state, preflight=facts)

    def _take_step(self, event: Mapping[str, Any]) -> None:
        self._curve[int(event["step"])] = float(event["loss"])
        self._state = replace(
            self._state,
            step=int(event["step"]),
            total=int(event["total"]),
            epoch=float(event["epoch"]),
            epochs=float(event["epochs"]),
            loss=float(event["loss"]),
            tokens_per_s=event.get("tokens_per_s"),
            eta_s=event.get("eta_s"),
            memory_gb=event.get("memory_gb"),
        )

    def _take_evaluation(self, event: Mapping[str, Any]) -> None:
        step, kept = int(event["step"]), bool(event["kept"])
        if kept:
            self._evaluations = {at: replace(one, kept=False) for at, one in self._evaluations.items()}
        loss = float(event["held_out_loss"])
        self._evaluations[step] = Evaluation(step, float(event["epoch"]), loss, kept)
        self._state = replace(self._state, eval_loss=loss)

    def _take_samples(self, event: Mapping[str, Any]) -> None:
        step = int(event["step"])
        cards = tuple(Card(str(c["title"]), int(c["seed"]), str(c["text"])) for c in event["cards"])
        self._evaluations[step] = replace(self._evaluations[step], cards=cards)

    def _take_notice(self, event: Mapping[str, Any]) -> None:
        self._notices.append(str(event["message"]))

    def _take_report(self, event: Mapping[str, Any]) -> None:
        facts = {key: value for key, value in event.items() if key not in {"at", "kind"}}
        self._state = replace(self._state, report=facts)

    def _take_shelved(self, event: Mapping[str, Any]) -> None:
        self._state = replace(self._state, voice=str(event["voice"]), kept_step=int(event["kept_step"]))


def _thin(points: list[tuple[int, float]]) -> tuple[tuple[int, float], ...]:
    """Give at most `MOST_POINTS` points, each the mean of its neighbours, the last step among them."""
    if len(points) <= MOST_POINTS:
        return tuple(points)
    size = -(-len(points) // MOST_POINTS)
    groups = [points[at : at + size] for at in range(0, len(points), size)]
    return tuple((group[-1][0], sum(loss for _, loss in group) / len(group)) for group in groups)
