"""The models that are open or on their way; the one in use stays in use until another is ready."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from creative.engines.contract import Engine, EngineInfo
from creative.errors import CreativeError, EngineFailed

Stage = Literal["downloading", "opening", "ready", "failed"]
Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all while files are fetched."""
OpenModel = Callable[[str, str, Progress], Engine]
"""Give an engine for a model (hub id or folder; empty for the starter) in a precision, or raise CreativeError."""


@dataclass(frozen=True)
class Arrival:
    """A model on its way, or one that did not arrive."""

    model: str
    precision: str
    stage: Stage
    done_bytes: int = 0
    total_bytes: int = 0
    problem: CreativeError | None = None


@dataclass(frozen=True)
class PoolState:
    """What a person may know about the models just now."""

    in_use: EngineInfo | None
    arrival: Arrival | None
    """The latest choice while it is on its way, or why it failed; None when it is in use."""


class Pool:
    """Opens models behind the page and lends them out; safe from many threads."""

    def __init__(self, open_model: OpenModel) -> None:
        self._open_model = open_model
        self._changed = threading.Condition()
        self._in_use: Engine | None = None
        self._own: dict[str, Engine] = {}  # models that forms name for themselves
        self._lent: Counter[int] = Counter()
        self._retired: dict[int, Engine] = {}
        self._arrival: Arrival | None = None
        self._turn = 0  # counts choices: only the latest may come into use
        self._closed = False

    def choose(self, model: str, precision: str, background: bool = True) -> None:
        """Open a model and use it from then on; meanwhile the one in use goes on writing."""
        with self._changed:
            self._turn += 1
            turn = self._turn
            self._arrival = Arrival(model, precision, "opening")
            self._changed.notify_all()
        if background:
            threading.Thread(
                target=self._bring, args=(turn, model, precision), name="model-opening", daemon=True
            ).start()
        else:
            self._bring(turn, model, precision)

    def state(self) -> PoolState:
        """Give what is in use and what is on its way."""
        with self._changed:
            return PoolState(self._in_use.info if self._in_use else None, self._arrival)

    def wait(self, timeout_s: float) -> bool:
        """Tell whether a model is in use, waiting at most so long; raises the error of one that never was."""
        with self._changed:
            self._changed.wait_for(self._settled, timeout_s)
            if self._in_use is None and self._arrival and self._arrival.problem:
                raise self._arrival.problem
            return self._in_use is not None

    @contextmanager
    def lend(self, model: str = "", precision: str = "auto") -> Iterator[Engine]:
        """Give the engine in use, or the one a form names; it is not closed before it is given back."""
        engine = self._open_own(model, precision) if model else None
        with self._changed:
            engine = engine or self._in_use
            if engine is None or self._closed:
                raise EngineFailed("No model is open.", "Wait until the model is ready, then try again.")
            self._lent[id(engine)] += 1
        try:
            yield engine
        finally:
            self._give_back(engine)

    def close(self) -> None:
        """Close every model; requests under way end as cancelled."""
        with self._changed:
            self._closed = True
            engines = [*filter(None, [self._in_use]), *self._own.values(), *self._retired.values()]
            self._in_use = None
            self._own.clear()
            self._retired.clear()
        for engine in engines:
            engine.close()

    def _settled(self) -> bool:
        return self._in_use is not None or bool(self._arrival and self._arrival.problem)

    def _bring(self, turn: int, model: str, precision: str) -> None:
        def report(done: int, total: int) -> None:
            self._tell(turn, Arrival(model, precision, "downloading", done, total))

        try:
            engine = self._open_model(model, precision, report)
        except CreativeError as err:
            self._tell(turn, Arrival(model, precision, "failed", problem=err))
            return
        with self._changed:
            unwanted: Engine | None = engine
            latest = turn == self._turn
            # One that was overtaken still writes until the latest is there.
            if not self._closed and (latest or self._in_use is None):
                unwanted, self._in_use = self._in_use, engine
                self._arrival = None if latest else self._arrival
            closing = unwanted is not None and not self._lent[id(unwanted)]
            if unwanted is not None and not closing:
                self._retired[id(unwanted)] = unwanted
            self._changed.notify_all()
        if unwanted is not None and closing:
            unwanted.close()

    def _tell(self, turn: int, arrival: Arrival) -> None:
        with self._changed:
            if turn == self._turn:
                self._arrival = arrival
                self._changed.notify_all()

    def _open_own(self, model: str, precision: str) -> Engine | None:
        with self._changed:
            if self._in_use and self._in_use.info.model == model:
                return self._in_use
            if model in self._own:
                return self._own[model]
        engine = self._open_model(model, precision, lambda done, total: None)
        with self._changed:
            first = self._own.setdefault(model, engine)
        if first is not engine:
            engine.close()
        return first

    def _give_back(self, engine: Engine) -> None:
        with self._changed:
            self._lent[id(engine)] -= 1
            done = self._lent[id(engine)] == 0
            if done:
                del self._lent[id(engine)]
            closing = self._retired.pop(id(engine), None) if done else None
        if closing is not None:
            closing.close()
