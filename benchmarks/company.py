"""Measures how long a writer waits for the first words: alone, and among sixteen who come and go.

`python -m benchmarks.company [--rounds 3] [--texts 6] [--json]`, on the starter in fp32, 95th percentiles. Each
writer writes one text after the other, with a pause of its own before each; every prompt begins alike and goes on in
its own way, as a form's do. "All at once" is sixteen who ask in the same moment. The turns run one after the other in
one thread, and the clock is that thread's processor time: what else the machine does is not counted. A wait is over
when the engine gives the words out, which may be long before its turn ends.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import random
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any
from unittest.mock import patch

import torch

from benchmarks.engine import GREEDY, STARTER, Line, as_row, compare
from creative.engines.batch import Batch
from creative.engines.contract import WriteRequest
from creative.engines.local import LocalEngine, open_engine
from creative.engines.ticket import Ticket

WRITERS = 16
TOKENS = 64
_HEAD = (
    "Write the opening of a story in plain words, in the past tense, with two people and one place. Premise: "
)
_THINGS = ("a ferry", "a lamp", "an old coin", "a letter", "a bell", "the river", "a red hat", "a small door")
_ENDS = ("is lost", "comes back", "speaks at night", "is sold", "burns", "was never there")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--texts", type=int, default=6)
    parser.add_argument("--json", action="store_true")
    wishes = parser.parse_args()
    for line in measure(wishes.rounds, wishes.texts):
        print(json.dumps(asdict(line)) if wishes.json else as_row(line), flush=True)


def measure(rounds: int, texts: int) -> Iterator[Line]:
    """Give the 95th percentile among sixteen against that of a lone writer in the same round."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the clock sees one
    with patch.dict(os.environ, SPACES_ZERO_GPU="1"):  # turns are run by whoever asks
        engine = open_engine(STARTER, "fp32")
    try:
        first_waits(engine, 1, texts, 0.0, 0)  # warm
        for what, pause_s in (("who come and go", 2.0), ("all at once", 0.0)):
            pairs = []
            for turn in range(rounds):
                together = first_waits(engine, WRITERS, texts if pause_s else 1, pause_s, turn)
                alone = first_waits(engine, 1, 4 * texts, pause_s, turn)
                pairs.append((_high(together), _high(alone)))
            yield compare("fp32", f"first token, 95 % of 16 {what}, against one", pairs, "ms")
    finally:
        engine.close()
        torch.set_num_threads(threads)


class _Clock:
    """The processor time of the turns, and of the pauses in between."""

    def __init__(self) -> None:
        self._before_s = 0.0
        self._started: float | None = None

    @property
    def now_s(self) -> float:
        """Seconds since the beginning, also within a turn."""
        return self._before_s + (time.thread_time() - self._started if self._started is not None else 0.0)

    def turn(self, batch: Batch) -> None:
        """Let the engine take a turn."""
        self._started = time.thread_time()
        batch.turn()
        self._before_s, self._started = self.now_s, None

    def skip_to(self, moment_s: float) -> None:
        """Let time go by in which nobody asks."""
        self._before_s = moment_s


class _Items(queue.SimpleQueue[Any]):
    """What a writer reads, each item with the moment at which it was given out."""

    def __init__(self, clock: _Clock) -> None:
        self._clock = clock

    def put(self, item: object, block: bool = True, timeout: float | None = None) -> None:
        super().put((self._clock.now_s, item), block, timeout)


@dataclass
class _Desk:
    """One writer: when the next text is asked for, or since when the first words are waited for."""

    mind: random.Random
    left: int
    due_s: float
    ticket: Ticket | None = None
    read: bool = False


def first_waits(engine: LocalEngine, writers: int, texts: int, pause_s: float, seed: int) -> list[float]:
    """Give the milliseconds to the first words of every text of every writer."""
    # By the pause too: prompts that were written before would be kept and read no more.
    minds = [random.Random(f"{seed}:{writers}:{pause_s}:{number}") for number in range(writers)]
    desks = [_Desk(mind, texts, mind.random() * pause_s) for mind in minds]
    batch, clock = engine._batch, _Clock()
    waits: list[float] = []
    while any(desk.left or desk.ticket for desk in desks):
        for desk in desks:
            if desk.ticket is None and desk.left and desk.due_s <= clock.now_s:
                desk.ticket, desk.read = engine._take(_request(desk.mind), None), False
                desk.ticket.items = _Items(clock)
                batch.submit(desk.ticket)
        if batch.idle:
            clock.skip_to(min(desk.due_s for desk in desks if desk.left))
            continue
        clock.turn(batch)
        for desk in desks:
            _listen(desk, pause_s, waits)
    return waits


def _listen(desk: _Desk, pause_s: float, waits: list[float]) -> None:
    while desk.ticket is not None and not desk.ticket.items.empty():
        given_s, item = desk.ticket.items.get()
        if not desk.read:
            waits.append((given_s - desk.due_s) * 1000)
            desk.read = True
        if item is None:
            desk.ticket, desk.left = None, desk.left - 1
            desk.due_s = given_s + desk.mind.random() * pause_s


def _request(mind: random.Random) -> WriteRequest:
    prompt = f"{_HEAD}{mind.choice(_THINGS)} {mind.choice(_ENDS)}, number {mind.randrange(10**6)}."
    return WriteRequest(prompt, TOKENS, GREEDY)


def _high(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, round(0.95 * len(values)))]


if __name__ == "__main__":
    main()
