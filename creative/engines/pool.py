"""The models that are open or on their way: the one in use, and those that forms name; at most what fits."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from creative.engines.contract import Engine, EngineInfo
from creative.errors import CreativeError, DoesNotFit, EngineFailed, EngineUnreachable

Stage = Literal["downloading", "opening", "failed", "making_room"]
Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all while files are fetched; may hold the caller for a while."""
OpenModel = Callable[[str, str, Progress], Engine]
"""Give an engine for a model (hub id or folder; empty for the starter) in a precision, or raise CreativeError."""

MOST_OPEN = 4
RETRY_S = 5.0
"""How often a server that does not answer is tried again."""


@dataclass(frozen=True)
class Arrival:
    """A model on its way, one that did not arrive, or one that made room for training."""

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


@dataclass(frozen=True)
class _Wish:
    model: str
    precision: str
    turn: int = 0
    """Which choice of the model in use it is; 0 for a model that a form names."""


@dataclass(eq=False)
class _Place:
    """An open model, how many hold it, and when it was last asked for."""

    engine: Engine
    lent: int = 0
    used: int = 0


class Pool:
    """Opens models behind the page and lends them out; safe from many threads.

    A model that nobody holds may be closed to let another in, the least recently used first; whoever asks for it
    again opens it again. `most_open` counts the models that forms name together with the one in use.
    """

    def __init__(self, open_model: OpenModel, most_open: int = MOST_OPEN) -> None:
        self._open_model = open_model
        self._most_open = most_open
        self._changed = threading.Condition()
        self._places: dict[str, _Place] = {}
        self._retired: list[_Place] = []  # others have their places; closed as soon as nobody holds them
        self._waiting: Counter[str] = (
            Counter()
        )  # who waits for a model: it is not closed just before they take it
        self._main: _Wish | None = None
        self._info: EngineInfo | None = None
        self._arrival: Arrival | None = None
        self._opening: set[str] = set()  # models on their way because somebody asked for them
        self._problems: dict[str, CreativeError] = {}
        self._loading = 0  # calls of open_model under way that may be taking memory
        self._too_large: set[tuple[str, str]] = set()  # did not fit though nothing else was open
        self._turn = 0  # counts choices: only the latest may come into use
        self._clock = 0
        self._giving_way = False
        self._closed = False

    def choose(self, model: str, precision: str) -> None:
        """Open a model behind the page and use it from then on; meanwhile the one in use goes on writing.

        A server that does not answer is tried again until it does, or until another model is chosen.
        """
        with self._changed:
            self._turn += 1
            wish = _Wish(model, precision, self._turn)
            self._arrival = Arrival(model, precision, "opening")
            self._changed.notify_all()
        threading.Thread(target=self._bring, args=(wish,), name="model-opening", daemon=True).start()

    def state(self) -> PoolState:
        """Give what is in use and what is on its way."""
        with self._changed:
            main = self._main or _Wish("", "auto")
            info = self._main_info()
            if self._giving_way and not (info and info.remote):
                return PoolState(None, Arrival(main.model, main.precision, "making_room"))
            if info and info.away and not self._arrival:
                away = EngineUnreachable(info.away, "Your text is kept. Try again in a moment.")
                return PoolState(info, Arrival(main.model, main.precision, "failed", problem=away))
            return PoolState(info, self._arrival)

    def wait(self, timeout_s: float, model: str = "", precision: str = "auto") -> bool:
        """Tell whether a model can be lent, opening it where needed and waiting at most so long.

        Without a name it is the one in use. Raises the error of one that could not be opened.
        """
        ends = time.monotonic() + timeout_s
        with self._changed:
            while self._look(model, precision) is None:
                left_s = ends - time.monotonic()
                if left_s <= 0 or self._closed:
                    self._changed.notify_all()  # whoever needs the place need not wait for this one
                    return False
                self._await(model, left_s)
            return True

    @contextmanager
    def lend(self, model: str = "", precision: str = "auto") -> Iterator[Engine]:
        """Give the engine in use, or the one a form names; it is not closed before it is given back."""
        place = self._take(model, precision)
        try:
            yield place.engine
        finally:
            self._give_back(place)

    def give_way(self, timeout_s: float | None = None) -> bool:
        """Close every model here, to leave the memory to somebody else, once none of them writes.

        Those on a server take none and go on.

        Whoever asks from now on waits until `come_back`. False, and all as before, when the writing took longer.
        """
        with self._changed:
            self._giving_way = True
            self._changed.notify_all()
            if not self._changed.wait_for(self._is_quiet, timeout_s):
                self._giving_way = False
                self._changed.notify_all()
                return False
            engines = self._take_out([place for place in self._all() if _takes_memory(place)])
        for engine in engines:
            engine.close()
        return True

    def come_back(self) -> None:
        """Take the memory again: the model in use is opened anew, others when they are asked for."""
        with self._changed:
            self._giving_way = False
            if self._main and not self._closed and self._main.model not in self._places:
                self._fetch(self._main.model, self._main.precision)
            self._changed.notify_all()

    def close(self) -> None:
        """Close every model; requests under way end as cancelled."""
        with self._changed:
            self._closed = True
            self._info = None
            engines = self._take_out(self._all())
            self._changed.notify_all()
        for engine in engines:
            engine.close()

    # --- lending; whoever calls `_look` and `_fetch` holds the lock ---------------------

    def _look(self, model: str, precision: str) -> _Place | None:
        """Give the place of a model that is open; see that another is on its way, or raise why it is not."""
        if self._closed:
            return None
        key = self._key(model)
        place = self._places.get(key)
        if self._giving_way and (place is None or _takes_memory(place)):
            return None
        if not model and self._main is None:
            if self._arrival and self._arrival.problem:
                raise self._arrival.problem
            return None
        if place:
            self._clock += 1
            place.used = self._clock
            return place
        if problem := self._problems.pop(key, None):
            raise problem
        is_main = self._main is not None and key == self._main.model
        if is_main and self._arrival and self._arrival.stage == "opening":
            return None  # it was closed to let the next one in
        self._fetch(key, self._main.precision if self._main and is_main else precision)
        return None

    def _key(self, model: str) -> str:
        info = self._main_info()
        is_main = not model or (info is not None and info.model == model)
        return self._main.model if self._main and is_main else model

    def _main_info(self) -> EngineInfo | None:
        # A server may have changed what it serves, so an open one is asked.
        place = self._places.get(self._main.model) if self._main else None
        return place.engine.info if place else self._info

    def _await(self, model: str, timeout_s: float | None = None) -> None:
        key = self._key(model)
        self._waiting[key] += 1
        self._changed.wait(timeout_s)
        self._waiting[key] -= 1

    def _take(self, model: str, precision: str) -> _Place:
        with self._changed:
            while (place := self._look(model, precision)) is None:
                if self._giving_way:
                    raise EngineFailed(
                        "The models have made room for training.", "Try again when it has ended."
                    )
                if self._closed or (not model and self._main is None):
                    raise EngineFailed("No model is open.", "Wait until the model is ready, then try again.")
                self._await(model)
            place.lent += 1
            return place

    def _give_back(self, place: _Place) -> None:
        with self._changed:
            place.lent -= 1
            done = not place.lent and place in self._retired
            if done:
                self._retired.remove(place)
            self._changed.notify_all()
        if done:
            place.engine.close()

    def _fetch(self, model: str, precision: str) -> None:
        if model not in self._opening:
            self._opening.add(model)
            wish = _Wish(model, precision)
            threading.Thread(target=self._bring_asked, args=(wish,), name="model-asked", daemon=True).start()

    # --- opening -------------------------------------------------------------------------

    def _bring(self, wish: _Wish) -> None:
        """Open what was chosen; a server that is away is asked until it is there."""
        while True:
            try:
                engine = self._open(wish)
                break
            except CreativeError as err:
                self._tell(wish, Arrival(wish.model, wish.precision, "failed", problem=err))
                if not isinstance(err, EngineUnreachable):
                    return
            with self._changed:
                if self._changed.wait_for(lambda: self._closed or wish.turn != self._turn, RETRY_S):
                    return
        with self._changed:
            latest = wish.turn == self._turn
            # One that was overtaken still writes until the latest is there.
            if self._closed or not (latest or self._main is None):
                unwanted = [_Place(engine)]
            else:
                unwanted = self._put_in_use(wish, engine)
                self._arrival = None if latest else self._arrival
            self._changed.notify_all()
        for place in unwanted:
            place.engine.close()

    def _put_in_use(self, wish: _Wish, engine: Engine) -> list[_Place]:
        """Give the places that can be closed now; what is lent is closed when it comes back."""
        keys = {wish.model, self._main.model} if self._main else {wish.model}
        old = [self._places.pop(key) for key in keys if key in self._places]
        self._main, self._info = wish, engine.info
        self._places[wish.model] = _Place(engine)
        self._retired += [place for place in old if place.lent]
        return [place for place in old if not place.lent]

    def _bring_asked(self, wish: _Wish) -> None:
        engine: Engine | None = None
        problem: CreativeError | None = None
        try:
            engine = self._open(wish)
        except CreativeError as err:
            problem = err
        with self._changed:
            self._opening.discard(wish.model)
            kept = engine is not None and not self._closed and wish.model not in self._places
            if engine and kept:
                self._places[wish.model] = _Place(engine)
            elif problem:
                self._problems[wish.model] = problem
            self._changed.notify_all()
        if engine and not kept:
            engine.close()

    def _open(self, wish: _Wish) -> Engine:
        """Open a model, closing what nobody holds while it does not fit."""

        def report(done: int, total: int) -> None:
            self._tell(wish, Arrival(wish.model, wish.precision, "downloading", done, total))
            with self._changed:
                if not self._giving_way:
                    return
                # A download must not become a loaded model while the memory is somebody else's.
                self._loading -= 1
                self._changed.notify_all()
                self._changed.wait_for(lambda: not self._giving_way or self._closed)
                self._loading += 1

        while True:
            alone = self._make_space(wish)
            try:
                return self._open_model(wish.model, wish.precision, report)
            except DoesNotFit as err:
                too_large = err
            finally:
                with self._changed:
                    self._loading -= 1
                    self._changed.notify_all()
            self._unload_for(wish, too_large, alone)

    def _make_space(self, wish: _Wish) -> bool:
        """Wait until this model may be opened: nobody else needs the memory, and one place is free."""
        with self._changed:
            while True:
                self._changed.wait_for(lambda: not self._giving_way or self._closed)
                # A new choice opens beside the one whose place it takes.
                if self._closed or wish.turn or len(self._places) < self._most_open:
                    alone = self._is_alone()
                    self._loading += 1
                    return alone
                self._changed.wait_for(lambda: self._idle() is not None or self._giving_way or self._closed)
                unwanted = self._pop_idle()
                if unwanted:
                    # Closed under the lock: the memory has to be free before the next is opened.
                    unwanted.engine.close()

    def _unload_for(self, wish: _Wish, err: DoesNotFit, alone: bool) -> None:
        """Close the least recently used model that nobody holds; the error is raised when there is nothing to close."""

        def settled() -> bool:
            return self._idle() is not None or self._is_alone() or self._giving_way or self._closed

        with self._changed:
            # What was open when it was tried may have gone since: then it is tried again.
            if alone and self._is_alone():
                self._too_large.add((wish.model, wish.precision))
            if (wish.model, wish.precision) in self._too_large:
                raise err
            self._changed.wait_for(settled)
            if self._closed:
                raise err
            unwanted = self._pop_idle()
            if unwanted:
                unwanted.engine.close()

    def _idle(self) -> str | None:
        """Give the model that has not been asked for the longest among those nobody holds."""
        free = [name for name, place in self._places.items() if not place.lent and not self._waiting[name]]
        return min(free, key=lambda name: self._places[name].used, default=None)

    def _pop_idle(self) -> _Place | None:
        name = self._idle()
        return self._places.pop(name) if name is not None else None

    def _is_alone(self) -> bool:
        return not (self._places or self._retired or self._loading)

    def _is_quiet(self) -> bool:
        held = any(place.lent and _takes_memory(place) for place in self._all())
        return self._closed or (not held and not self._loading)

    def _all(self) -> list[_Place]:
        return [*self._places.values(), *self._retired]

    def _take_out(self, places: list[_Place]) -> list[Engine]:
        self._places = {name: place for name, place in self._places.items() if place not in places}
        self._retired = [place for place in self._retired if place not in places]
        return [place.engine for place in places]

    def _tell(self, wish: _Wish, arrival: Arrival) -> None:
        with self._changed:
            if wish.turn and wish.turn == self._turn:
                self._arrival = arrival
                self._changed.notify_all()


def _takes_memory(place: _Place) -> bool:
    return not place.engine.info.remote
