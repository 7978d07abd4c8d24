"""One request on its way through the engine, and the rows that write its variants."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from creative.engines.contract import Counts, FinishReason, Piece, WriteRequest
from creative.engines.lookup import Lookup
from creative.engines.samplers import Drawer, WordMarks
from creative.engines.stops import Assembler
from creative.errors import CreativeError

_CONTEXT_FOR_DECODING = 6  # tokens of the prompt's end that stand before the text when it is decoded


@dataclass(frozen=True)
class Job:
    """A checked request: everything the batch needs to know to write it."""

    request: WriteRequest
    tokens: tuple[int, ...]
    """The prompt."""
    limit: int
    """Most new tokens for each variant; never past the context."""
    seed: int
    voice: str
    """Key of the loaded adapter; empty for the plain model."""
    marks: WordMarks
    lead: int = 0
    """Columns that the voice puts before the prompt."""
    counted_from: int = 0
    """Where in the prompt the text begins that the penalties on repetition count."""

    @cached_property
    def columns(self) -> tuple[int, ...]:
        """What the caches hold for the prompt: the lead, whose tokens are none, and the tokens."""
        return (-1,) * self.lead + self.tokens


@dataclass(eq=False)
class Ticket:
    """What the asking thread and the batch share. Pieces go one way, `cancel` and `left` the other."""

    request: WriteRequest
    prepare: Callable[[], Job]
    """Loads the voice; called by the thread that runs the model."""
    prompt_tokens: int
    limit: int
    """Most new tokens of each variant."""
    seed: int
    cancel: threading.Event | None = None
    left: bool = False
    """Set when nobody listens any more."""
    ahead: int = 0
    unfinished: int = 0
    items: queue.SimpleQueue[Piece | CreativeError | None] = field(default_factory=queue.SimpleQueue)
    """Pieces; then None when all is written, or the error that ended it."""

    @property
    def most_tokens(self) -> int:
        """Tokens each variant may come to hold in the cache."""
        return self.prompt_tokens + self.limit

    @property
    def cancelled(self) -> bool:
        """Whether the one who asked wants no more."""
        return self.left or (self.cancel is not None and self.cancel.is_set())

    def give(self, piece: Piece) -> None:
        """Pass a piece on, and the end after the last variant's last piece."""
        self.items.put(piece)
        if piece.finish_reason:
            self.unfinished -= 1
            if self.unfinished == 0:
                self.items.put(None)

    def tell_place(self, ahead: int) -> None:
        """Say how many requests come first, when that has changed."""
        if ahead != self.ahead:
            self.ahead = ahead
            self.items.put(Piece("", ahead=ahead))

    def fail(self, error: CreativeError) -> None:
        """End with an error."""
        self.items.put(error)

    def cancel_unread(self) -> None:
        """End every variant of a request that has no rows yet as cancelled."""
        counts = Counts(self.prompt_tokens, 0, self.seed)
        for index in range(self.request.n):
            self.give(Piece("", index=index, finish_reason="cancelled", counts=counts))


class Row:
    """One variant while it is written."""

    def __init__(self, ticket: Ticket, job: Job, index: int, decode: Callable[[list[int]], str]) -> None:
        self.ticket = ticket
        self.job = job
        self.index = index
        self.drawer = Drawer(job.request.sampling, job.seed, index, job.tokens, job.counted_from)
        self.drawer.marks = job.marks
        self.new_tokens = 0
        self._lookup = Lookup()
        self._text = Assembler(decode, job.request.stop, job.tokens[-_CONTEXT_FOR_DECODING:])

    @property
    def latest(self) -> int:
        """The token that the next step reads."""
        return self.drawer.past[-1]

    def guess(self, most: int) -> list[int]:
        """Give tokens that may come next, at most so many and never past the row's own end."""
        return self._lookup.guess(self.drawer.past, min(most, self.job.limit - self.new_tokens - 1))

    def learn(self, guessed: int, right: int) -> None:
        """Take note of how many of the guessed tokens came."""
        self._lookup.learn(self.drawer.past, guessed, right)

    def take(self, token: int, ends: Sequence[int] | frozenset[int]) -> bool:
        """Take the drawn token, pass on what can be shown, and tell whether the row goes on."""
        self.new_tokens += 1
        if token in ends:
            self.end("stop", self._text.finish(complete=True))
            return False
        self.drawer.accept(token)
        text = self._text.push(token)
        if self._text.stopped:
            self.end("stop", text)
            return False
        if self.new_tokens >= self.job.limit:
            self.end("length", text + self._text.finish(complete=False))
            return False
        if text:
            self.ticket.give(Piece(text, index=self.index))
        return True

    def end(self, reason: FinishReason, text: str = "") -> None:
        """Give the last piece."""
        counts = Counts(len(self.job.tokens), self.new_tokens, self.job.seed)
        self.ticket.give(Piece(text, index=self.index, finish_reason=reason, counts=counts))
