"""Who writes when: requests join and leave between two steps of one model, and none waits for another's end.

A turn drops the cancelled, lets in who fits, reads a bounded piece of the new prompts, and takes every row
one token on. `Batch.turn` is all there is; `runner.py` has who calls it.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice

import torch

from creative.engines.cache import Past, Slab
from creative.engines.kept import WORTH_KEEPING, Kept
from creative.engines.network import Network
from creative.engines.samplers import choose
from creative.engines.ticket import Job, Row, Ticket
from creative.errors import CreativeError, EngineFailed

READ_IN_A_STEP = 32  # tokens of all rows, guessed ones too: so many take little longer than one
_LEAST_GUESS = 3  # shorter ones cost every row more than they give
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
    kept_bytes: int = 1 << 28
    """How much of it may hold what was read before, as long as no row needs it."""


@dataclass
class _Reading:
    """A request whose prompt is being read."""

    ticket: Ticket
    job: Job
    slab: Slab | None = None  # none before its first piece is read
    apart: bool = False
    """Whether it is read on its own, because it failed among others."""

    @property
    def done(self) -> int:
        """Columns read."""
        return 0 if self.slab is None else self.slab.lengths[0]

    @property
    def piece(self) -> tuple[int, ...]:
        """What is read next. Prompts are cut at the same places in any company: other cuts would round otherwise."""
        return self.job.columns[self.done : self.done + READ_AT_ONCE]


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
        self._kept = Kept(limits.kept_bytes)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do."""
        return not (self._arrived or self._waiting or self._reading or self._groups)

    @property
    def bytes_held(self) -> int:
        """Memory of the caches of all rows, in bytes; what is kept from earlier ones is not counted."""
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
        self._kept.shrink(0)
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
                    if not row.ticket.left:  # nobody goes on from there
                        self._keep(group, place)
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
        # What was read before gives way to who is here.
        self._kept.shrink(self.limits.cache_bytes - tokens * self._network.bytes_per_token)
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
            ticket.fail(failed(err))
            return
        for voice in self._network.voices.tidy({job.voice, *self._voices_in_use()}):
            self._kept.forget(voice)
        self._reading.append(_Reading(ticket, job))

    def _voices_in_use(self) -> set[str]:
        rows = {row.job.voice for group in self._groups.values() for row in group.rows}
        return rows | {reading.job.voice for reading in self._reading}

    def _read_prompts(self) -> None:
        allowed = READ_AT_ONCE
        while readings := self._next_readings(allowed):
            allowed -= len(readings) * max(len(reading.piece) for reading in readings)
            try:
                scores = self._network.read(
                    [reading.piece for reading in readings],
                    [reading.slab for reading in readings if reading.slab is not None],
                    [reading.job.voice for reading in readings],
                )
            except _BROKEN as err:
                for reading in readings:
                    if len(readings) == 1:
                        self._reading.remove(reading)
                        reading.ticket.fail(failed(err))
                    reading.apart = True
                continue
            done = [at for at, reading in enumerate(readings) if reading.done == len(reading.job.columns)]
            if done:
                self._finish([readings[at] for at in done], scores[done])

    def _next_readings(self, allowed: int) -> list[_Reading]:
        """Give the first in line, and those behind it that can be read in the same pass."""
        found: list[_Reading] = []
        width = 0
        for reading in self._reading:
            job = reading.job
            if reading.slab is None:
                past = self._kept.find(job.columns, job.voice) or self._network.voices.past(job.voice)
                if self._is_being_read(job, past.length if past else 0, found):
                    continue
                reading.slab = Slab.for_prompt(len(job.columns), past)
            wider = max(width, len(reading.piece))
            joins = self._network.voices.mixes(job.voice) and not reading.apart
            if wider * (len(found) + 1) > allowed or (found and not joins):
                break
            found.append(reading)
            width = wider
            if not joins:
                break
        return found

    def _is_being_read(self, job: Job, known: int, found: list[_Reading]) -> bool:
        """Tell whether another of the pass reads what a prompt begins with; it is found kept afterwards."""
        needed = known + WORTH_KEEPING
        begin = job.columns[:needed]
        return len(job.columns) > needed and any(
            other.job.voice == job.voice
            and other.job.columns[:needed] == begin
            and self._kept.has_room(len(other.job.columns) * self._network.bytes_per_token)
            for other in found
        )

    def _finish(self, readings: list[_Reading], scores: torch.Tensor) -> None:
        """Give each prompt that has been read its first tokens, then its rows their places."""
        for reading in readings:
            self._reading.remove(reading)
        going: list[tuple[_Reading, list[Row]]] = []
        for reading, rows, tokens in self._draw_first(readings, scores):
            try:
                left = [row for row, token in zip(rows, tokens, strict=True) if row.take(token, self._ends)]
            except _BROKEN as err:
                reading.ticket.fail(failed(err))
            else:
                going.append((reading, left))
        # The first tokens are out; whoever waits for them does not wait for this.
        groups: dict[str, list[tuple[_Reading, list[Row]]]] = {}
        for reading, left in going:
            voice = reading.job.voice
            groups.setdefault("" if self._network.voices.mixes(voice) else voice, []).append((reading, left))
        for key, newcomers in groups.items():
            try:
                self._join(key, newcomers)
            except _BROKEN as err:
                for reading, _ in newcomers:
                    reading.ticket.fail(failed(err))

    def _draw_first(
        self, readings: list[_Reading], scores: torch.Tensor
    ) -> list[tuple[_Reading, list[Row], list[int]]]:
        """Draw for the rows of all prompts at once; a prompt for which that breaks fails alone."""
        try:
            made = [
                [
                    Row(reading.ticket, reading.job, index, self._decode)
                    for index in range(reading.job.request.n)
                ]
                for reading in readings
            ]
            places = [at for at, rows in enumerate(made) for _ in rows]
            tokens = iter(choose(scores[places], [row.drawer for rows in made for row in rows]))
            return [
                (reading, rows, list(islice(tokens, len(rows))))
                for reading, rows in zip(readings, made, strict=True)
            ]
        except _BROKEN as err:
            if len(readings) > 1:
                return [
                    drawn
                    for at, reading in enumerate(readings)
                    for drawn in self._draw_first([reading], scores[at : at + 1])
                ]
            readings[0].ticket.fail(failed(err))
            return []

    def _join(self, key: str, newcomers: list[tuple[_Reading, list[Row]]]) -> None:
        pasts: list[Past] = []
        for reading, rows in newcomers:
            assert reading.slab is not None
            past = reading.slab.past(0)
            kept = past.copy() if reading.slab.shared else past
            self._kept.keep(reading.job.columns, reading.job.voice, kept)
            pasts += [past] * len(rows)
        if pasts:
            group = self._groups.get(key) or _Group()
            group.slab.join(*pasts)
            group.rows += [row for _, rows in newcomers for row in rows]
            self._groups[key] = group

    def _step(self, key: str) -> None:
        group = self._groups[key]
        rows = group.rows
        most = READ_IN_A_STEP // len(rows) - 1
        guesses = [row.guess(most if most >= _LEAST_GUESS else 0) for row in rows]
        width = 1 + max(len(guess) for guess in guesses)
        # Rows that guess less are filled up with anything: what is read past a guess never counts.
        tokens = [
            [row.latest, *guess, *[row.latest] * (width - 1 - len(guess))]
            for row, guess in zip(rows, guesses, strict=True)
        ]
        try:
            scores = self._network.step(tokens, group.slab, [row.job.voice for row in rows])
        except torch.OutOfMemoryError as err:
            # The latest to come gives way; a step can be run again as long as it has not been closed.
            torch.cuda.empty_cache()
            self._fail(key, {rows[-1].ticket}, err)
            return
        except _BROKEN as err:
            self._fail(key, {row.ticket for row in rows}, err)
            return
        try:
            counts, ended = self._take(rows, guesses, scores)
        except _BROKEN as err:
            self._fail(key, {row.ticket for row in rows}, err)
            return
        group.slab.close_step(counts)
        for place in sorted(ended, reverse=True):
            self._keep(group, place)
            self._remove(key, place)

    def _take(
        self, rows: list[Row], guesses: list[list[int]], scores: torch.Tensor
    ) -> tuple[list[int], set[int]]:
        """Draw each row's tokens as long as they are what was guessed; give how many stay, and who ended."""
        counts, ended = [0] * len(rows), set[int]()
        going = list(range(len(rows)))
        for place in range(scores.shape[1]):
            part = scores[:, place] if len(going) == len(rows) else scores[going, place]
            tokens = choose(part, [rows[at].drawer for at in going])
            right = []
            for at, token in zip(going, tokens, strict=True):
                counts[at] += 1
                if not rows[at].take(token, self._ends):
                    ended.add(at)
                elif guesses[at][place : place + 1] == [token]:
                    right.append(at)
            going = right
            if not going:
                break
        for row, guess, count in zip(rows, guesses, counts, strict=True):
            row.learn(len(guess), count - 1)
        return counts, ended

    def _keep(self, group: _Group, place: int) -> None:
        row, past = group.rows[place], group.slab.past(place)
        if self._kept.has_room(past.bytes_held):
            columns = [-1] * row.job.lead + row.drawer.past
            self._kept.keep(columns[: past.length], row.job.voice, past.copy())

    def _fail(self, key: str, tickets: set[Ticket], err: BaseException) -> None:
        for place in reversed(range(len(self._groups[key].rows))):
            if self._groups[key].rows[place].ticket in tickets:
                self._remove(key, place)
                if key not in self._groups:
                    break
        for ticket in tickets:
            ticket.fail(failed(err))


def failed(err: BaseException) -> EngineFailed:
    """Say in a person's words what broke."""
    if isinstance(err, torch.OutOfMemoryError | MemoryError):
        return EngineFailed(
            "The memory ran out while writing.",
            "Try again with a shorter text, fewer variants or a smaller model.",
        )
    reason = (str(err).strip() or type(err).__name__).splitlines()[0][:200]
    return EngineFailed(
        f"The model could not go on writing: {reason}.", "Try again; if it stays, choose another model."
    )
