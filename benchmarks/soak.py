"""Sixty-four writers who join, stop, vanish and edit at random, each with a voice and a prompt of their own.

`python -m benchmarks.soak [--minutes 10] [--writers 64] [--seed 1] [--json]`. Every writer has a text that was written
for it alone, before the others came; whatever the company, what it reads must be the beginning of that text. It
fails on the first error, mixed text, row that outlives its writer by more than a step, or growth of memory.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch

from benchmarks.engine import GREEDY, STARTER
from benchmarks.voices import NAMES, Shelf, make_voices
from creative.engines.batch import Limits
from creative.engines.cache import Slab
from creative.engines.contract import EngineInfo, WriteRequest
from creative.engines.loading import load_model
from creative.engines.local import LocalEngine
from creative.errors import CreativeError

_GROWTH = 0.05  # of the memory after the warm-up: what an allocator may keep
_LIMITS = Limits(rows=16, cache_bytes=256 << 20, kept_bytes=32 << 20)


@dataclass
class Outcome:
    """What happened."""

    minutes: float
    writers: int
    longest: int
    """Tokens of the longest texts."""
    written: int = 0
    stopped: int = 0
    vanished: int = 0
    edited: int = 0
    waited: int = 0
    most_steps_after_stop: int = 0
    memory_mb: list[float] = field(default_factory=list)
    """Resident memory every tenth of the time."""
    problems: list[str] = field(default_factory=list)

    @property
    def growth(self) -> float:
        """Memory at the end against memory after the first minute, or the first tenth of a shorter run."""
        warm = self.memory_mb[max(1, round(len(self.memory_mb) / self.minutes)) if self.minutes > 1 else 1]
        return self.memory_mb[-1] / warm - 1


def main() -> None:
    """Run and print; the exit code is 1 when something went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--writers", type=int, default=64)
    parser.add_argument("--longest", type=int, default=48)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    wishes = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make_voices(Path(folder))
        outcome = soak(Path(folder), Outcome(wishes.minutes, wishes.writers, wishes.longest), wishes.seed)
    if outcome.growth > _GROWTH:
        outcome.problems.append(f"memory grew by {100 * outcome.growth:.0f} %")
    print(json.dumps(asdict(outcome)) if wishes.json else as_text(outcome))
    raise SystemExit(bool(outcome.problems))


def as_text(outcome: Outcome) -> str:
    """Give what happened in three lines."""
    return (
        f"{outcome.writers} writers, {outcome.minutes:g} minutes: {outcome.written} texts, {outcome.stopped} stopped, "
        f"{outcome.vanished} vanished, {outcome.edited} edited, {outcome.waited} waited; "
        f"at most {outcome.most_steps_after_stop} step after a stop; memory {100 * outcome.growth:+.1f} %\n"
        f"memory from tenth to tenth, MB: {' '.join(f'{mb:.0f}' for mb in outcome.memory_mb)}\n"
        f"{len(outcome.problems)} problems{': ' if outcome.problems else ''}{'; '.join(outcome.problems[:5])}"
    )


def soak(voices: Path, outcome: Outcome, seed: int) -> Outcome:
    """Run the writers and give what happened; asked for are the minutes, the writers and the longest text."""
    info = EngineInfo("starter", "", "fp32", 1024, True, "", 0.0, "")
    engine = LocalEngine(load_model(STARTER, "fp32"), info, Shelf(voices), _LIMITS)
    minutes = outcome.minutes
    try:
        desks = [_Desk(engine, number, seed, outcome) for number in range(outcome.writers)]
        for desk in desks:
            desk.write_alone()
        # What the writers have is counted from here on: the model, the voices and the first texts are there.
        end = time.monotonic() + 60 * minutes
        _watch(engine, outcome)
        threads = [threading.Thread(target=desk.work, args=(end,)) for desk in desks]
        for thread in threads:
            thread.start()
        while (left := end - time.monotonic()) > 0:
            outcome.memory_mb.append(_resident_mb())
            time.sleep(min(left, 6 * minutes))
        for thread in threads:
            thread.join(60)
        lost = sum(not desk.finished for desk in desks)
        if lost:
            outcome.problems.append(f"{lost} writers were never answered")
        outcome.memory_mb.append(_resident_mb())
        if engine._batch.bytes_held:
            outcome.problems.append(f"{engine._batch.bytes_held} bytes of rows are held for nobody")
    finally:
        engine.close()
    return outcome


def _watch(engine: LocalEngine, outcome: Outcome) -> None:
    """Count the steps that a row goes on for after its writer has stopped or left."""
    step = engine._network.step
    # The row is held beside its count, so that no later row has its id.
    late: dict[int, tuple[object, int]] = {}

    def watched(tokens: Sequence[Sequence[int]], slab: Slab, voices: Sequence[str]) -> torch.Tensor:
        groups = list(engine._batch._groups.values())
        there = {id(row) for group in groups for row in group.rows}
        for gone in [key for key in late if key not in there]:
            del late[gone]
        group = next(group for group in groups if group.slab is slab)
        for row in group.rows:
            if row.ticket.cancelled:
                _, before = late.get(id(row), (row, 0))
                late[id(row)] = (row, before + 1)
                outcome.most_steps_after_stop = max(outcome.most_steps_after_stop, before + 1)
        return step(tokens, slab, voices)

    engine._network.step = watched  # type: ignore[method-assign]


class _Desk:
    """One writer: a voice, two versions of a text, and a mind of its own."""

    def __init__(self, engine: LocalEngine, number: int, seed: int, outcome: Outcome) -> None:
        self._engine = engine
        self._outcome = outcome
        self._voice = NAMES[number % len(NAMES)]
        self._mind = random.Random(f"{seed}:{number}")
        self._name = f"writer {number}"
        words = [f"{self._mind.choice(('fox', 'king', 'ferry', 'lamp', 'wood'))} {number}" for _ in range(12)]
        self._prompts = [f"Page of writer {number}: {', '.join(words[:count])}. Then" for count in (12, 7)]
        self._alone: list[str] = []
        self.finished = False
        """Whether it came to its end by itself."""

    def write_alone(self) -> None:
        """Note what this writer's prompts give when nobody else is there."""
        for prompt in self._prompts:
            self._alone.append(
                "".join(p.text for p in self._engine.stream(self._request(prompt, self._outcome.longest)))
            )

    def work(self, end: float) -> None:
        """Write, stop, vanish and edit until the time is over."""
        version = 0
        while time.monotonic() < end:
            if self._mind.random() < 0.3:
                version = 1 - version
                self._outcome.edited += 1
            try:
                self._write_once(version)
            except CreativeError as err:
                self._outcome.problems.append(f"{self._name}: {type(err).__name__} {err}")
            time.sleep(self._mind.random() * 0.05)
        self.finished = True

    def _request(self, prompt: str, tokens: int) -> WriteRequest:
        return WriteRequest(prompt, tokens, GREEDY, adapter=self._voice, owner=self._name)

    def _write_once(self, version: int) -> None:
        cancel = threading.Event()
        request = self._request(self._prompts[version], self._mind.randint(1, self._outcome.longest))
        leaves_after = self._mind.choice((0, 3, 10, 1000))
        vanishes = self._mind.random() < 0.5
        stream = self._engine.stream(request, cancel)
        text, reason = "", None
        for count, piece in enumerate(stream):
            text += piece.text
            reason = piece.finish_reason
            self._outcome.waited += bool(piece.ahead)
            if count >= leaves_after and not reason:
                if vanishes:
                    stream.close()
                    self._outcome.vanished += 1
                    break
                cancel.set()
        self._outcome.stopped += reason == "cancelled"
        self._outcome.written += 1
        if not self._alone[version].startswith(text):
            self._outcome.problems.append(
                f"{self._name} read {text!r} where {self._alone[version]!r} was due"
            )


def _resident_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


if __name__ == "__main__":
    torch.set_num_threads(2)
    main()
