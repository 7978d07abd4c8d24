"""Who turns a batch: a thread of its own, or the thread that asks."""

from __future__ import annotations

import threading

from creative.engines.batch import Batch, failed
from creative.engines.contract import Piece
from creative.engines.ticket import Ticket
from creative.errors import CreativeError, EngineFailed


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
        error: CreativeError | None = failed(RuntimeError("the writing thread ended"))
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
