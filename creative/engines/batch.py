"""Who writes when: requests join and leave between two steps of one model, and none waits for another's end.

A turn drops the cancelled, lets in who fits, reads a bounded piece of the new prompts, and takes every row
one token on. `Batch.turn` is all there is; `Scheduler` runs it in a thread of its own.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from transformers.cache_utils import DynamicCache

from creative.engines.cache import Slab
from creative.engines.contract import Piece
from creative.engines.network import Network
from creative.engines.samplers import choose
from creative.engines.ticket import Job, Row, Ticket
from creative.errors import CreativeError, EngineFailed

READ_AT_ONCE = 256  # prompt tokens between two steps: what the others may notice of a newcomer
_BROKEN = (
    RuntimeError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    MemoryError,
    OSError,
)
_SEVERAL = 4  # one owner may hold a fourth of the rows while others wait


@dataclass(frozen=True)
class Limits:
    """What one model may take on at once."""

    rows: int = 16
    """Variants written side by side."""
    cache_bytes: int = 1 << 30
    """Memory for what the rows have read and will write."""


@dataclass
class _Reading:
    """A request whose prompt is being read."""

    ticket: Ticket
    job: Job
    past: DynamicCache = field(default_factory=DynamicCache)
    done: int = 0


@dataclass
class _Group:
    """Rows that can share a step: all voices that mix, or one that does not."""

    slab: Slab = field(default_factory=Slab)
    rows: list[Row] = field(default_factory=list)


class Batch:
    """The requests of one model. `submit` may be called from any thread, `turn` from one at a time."""

    def __init__(
        self, network: Network, decode: Callable[[list[int]], str], ends: frozenset[int], limits: Limits
    ) -> None:
        self.limits = limits
        self._network = network
        self._decode = decode
        self._ends = ends
        self._arrived: deque[Ticket] = deque()  # the only thing that two threads touch
        self._waiting: list[Ticket] = []
        self._reading: deque[_Reading] = deque()
        self._groups: dict[str, _Group] = {}

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do."""
        return not (self._arrived or self._waiting or self._reading or self._groups)

    @property
    def bytes_held(self) -> int:
        """Memory of the caches of all rows, in bytes."""
        return sum(group.slab.bytes_held for group in self._groups.values())

    def submit(self, ticket: Ticket) -> None:
        """Queue a request for the next turn."""
        ticket.unfinished = ticket.request.n
        self._arrived.append(ticket)

    def turn(self) -> None:
        """Take every row one token on, and the newcomers one step nearer."""
        with torch.inference_mode():
            while self._arrived:
                self._waiting.append(self._arrived.popleft())
            self._drop_cancelled()
            self._admit()
            self._read_prompts()
            for key in list(self._groups):
                self._step(key)

    def end_all(self, error: CreativeError | None) -> None:
        """End every request: as cancelled, or with an error."""
        tickets = {row.ticket for group in self._groups.values() for row in group.rows}
        tickets |= {*self._waiting, *self._arrived, *(reading.ticket for reading in self._reading)}
        rows = [row for group in self._groups.values() for row in group.rows]
        with_rows = {row.ticket for row in rows}
        self._waiting.clear()
        self._arrived.clear()
        self._reading.clear()
        self._groups.clear()
        if error is not None:
            for ticket in tickets:
                ticket.fail(error)
            return
        for row in rows:
            row.end("cancelled")
        for ticket in tickets - with_rows:
            ticket.cancel_unread()

    def _drop_cancelled(self) -> None:
        for ticket in [ticket for ticket in self._waiting if ticket.cancelled]:
            self._waiting.remove(ticket)
            ticket.cancel_unread()
        for reading in [reading for reading in self._reading if reading.ticket.cancelled]:
            self._reading.remove(reading)
            reading.ticket.cancel_unread()
        for key, group in list(self._groups.items()):
            for place in reversed(range(len(group.rows))):
                if group.rows[place].ticket.cancelled:
                    row = group.rows[place]
                    self._remove(key, place)
                    row.end("cancelled")

    def _remove(self, key: str, place: int) -> None:
        group = self._groups[key]
        group.slab.leave(place)
        group.rows[place] = group.rows[-1]  # as the slab does
        group.rows.pop()
        if not group.rows:
            del self._groups[key]

    def _admit(self) -> None:
        held = Counter[str]()
        tokens = 0
        for ticket, rows in self._held():
            held[ticket.request.owner] += rows
            tokens += rows * ticket.most_tokens
        used = sum(held.values())
        room = self.limits.cache_bytes // self._network.bytes_per_token
        left: list[Ticket] = []
        full = False
        for ticket in self._waiting:
            request = ticket.request
            needed = request.n * ticket.most_tokens
            fits = used == 0 or (used + request.n <= self.limits.rows and tokens + needed <= room)
            # Once one in front does not fit, nobody overtakes it: a large request would wait for ever.
            full = full or not fits
            if full or self._greedy(request.owner, held, request.n):
                left.append(ticket)
                continue
            held[request.owner] += request.n
            used += request.n
            tokens += needed
            self._start(ticket)
        self._waiting = left
        for place, ticket in enumerate(left, start=1):
            ticket.tell_place(place)

    def _held(self) -> list[tuple[Ticket, int]]:
        rows = Counter(row.ticket for group in self._groups.values() for row in group.rows)
        rows.update({reading.ticket: reading.ticket.request.n for reading in self._reading})
        return list(rows.items())

    def _greedy(self, owner: str, held: Counter[str], n: int) -> bool:
        if not owner or not held[owner]:
            return False
        others = any(ticket.request.owner != owner for ticket in self._waiting)
        return others and held[owner] + n > max(1, self.limits.rows // _SEVERAL)

    def _start(self, ticket: Ticket) -> None:
        try:
            job = ticket.prepare()
        except CreativeError as err:
            ticket.fail(err)
            return
        except _BROKEN as err:
            ticket.fail(_failed(err))
            return
        self._reading.append(_Reading(ticket, job))

    def _read_prompts(self) -> None:
        allowed = READ_AT_ONCE
        while self._reading:
            reading = self._reading[0]
            # Prompts are cut at the same places in any company: other cuts would round otherwise.
            chunk = reading.job.tokens[reading.done : reading.done + READ_AT_ONCE]
            if len(chunk) > allowed:
                return
            allowed -= len(chunk)
            try:
                scores = self._network.read(chunk, reading.past, reading.job.voice)
                reading.done += len(chunk)
                if reading.done == len(reading.job.tokens):
                    self._reading.popleft()
                    self._join(reading, scores)
            except _BROKEN as err:
                if self._reading and self._reading[0] is reading:
                    self._reading.popleft()
                reading.ticket.fail(_failed(err))

    def _join(self, reading: _Reading, scores: torch.Tensor) -> None:
        job = reading.job
        rows = [Row(reading.ticket, job, index, self._decode) for index in range(job.request.n)]
        tokens = choose(scores.expand(len(rows), -1), [row.drawer for row in rows])
        going = [row for row, token in zip(rows, tokens, strict=True) if row.take(token, self._ends)]
        if going:
            key = "" if self._network.voices.mixes(job.voice) else job.voice
            group = self._groups.setdefault(key, _Group())
            group.slab.join(reading.past, len(going))
            group.rows += going

    def _step(self, key: str) -> None:
        group = self._groups[key]
        try:
            scores = self._network.step(
                [row.latest for row in group.rows], group.slab, [row.job.voice for row in group.rows]
            )
            tokens = choose(scores, [row.drawer for row in group.rows])
        except torch.OutOfMemoryError as err:
            # The latest to come gives way; a step can be run again as long as it has not been closed.
            torch.cuda.empty_cache()
            self._fail(key, {group.rows[-1].ticket}, err)
            return
        except _BROKEN as err:
            self._fail(key, {row.ticket for row in group.rows}, err)
            return
        for place in reversed(range(len(group.rows))):
            if not group.rows[place].take(tokens[place], self._ends):
                self._remove(key, place)

    def _fail(self, key: str, tickets: set[Ticket], err: BaseException) -> None:
        for place in reversed(range(len(self._groups[key].rows))):
            if self._groups[key].rows[place].ticket in tickets:
                self._remove(key, place)
                if key not in self._groups:
                    break
        for ticket in tickets:
            ticket.fail(_failed(err))


class Scheduler:
    """Runs the turns of a batch in a thread of its own for as long as there is something to do."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="writing", daemon=True)
        self._thread.start()

    def submit(self, ticket: Ticket) -> None:
        """Queue a request; raises EngineFailed once closed."""
        with self._changed:
            if self._closed:
                raise _closed()
            self._batch.submit(ticket)
            self._changed.notify()

    def next_item(self, ticket: Ticket) -> Piece | CreativeError | None:
        """Wait for what the batch has for a request."""
        return ticket.items.get()

    def close(self) -> None:
        """End every request as cancelled and the thread with them."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        error: CreativeError | None = _failed(RuntimeError("the writing thread ended"))
        try:
            while self._wait():
                self._batch.turn()
            error = None
        finally:
            # Whatever ended this thread, nobody may wait for it in vain.
            with self._changed:
                self._closed = True
                self._batch.end_all(error)

    def _wait(self) -> bool:
        with self._changed:
            while self._batch.idle and not self._closed:
                self._changed.wait()
            return not self._closed


class Inline:
    """Runs the turns in the thread that asks, where a thread of our own cannot be."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._turning = threading.Lock()
        self._closed = False

    def submit(self, ticket: Ticket) -> None:
        """Queue a request; raises EngineFailed once closed."""
        if self._closed:
            raise _closed()
        self._batch.submit(ticket)

    def next_item(self, ticket: Ticket) -> Piece | CreativeError | None:
        """Turn until the batch has something for a request."""
        with self._turning:
            while ticket.items.empty():
                self._batch.turn()
        return ticket.items.get()

    def close(self) -> None:
        """End every request as cancelled."""
        with self._turning:
            self._closed = True
            self._batch.end_all(None)


def _closed() -> EngineFailed:
    return EngineFailed("This model has been closed.", "Ask again: the model now in use will answer.")


def _failed(err: BaseException) -> EngineFailed:
    if isinstance(err, torch.OutOfMemoryError | MemoryError):
        return EngineFailed(
            "The memory ran out while writing.",
            "Try again with a shorter text, fewer variants or a smaller model.",
        )
    reason = (str(err).strip() or type(err).__name__).splitlines()[0][:200]
    return EngineFailed(
        f"The model could not go on writing: {reason}.", "Try again; if it stays, choose another model."
    )
