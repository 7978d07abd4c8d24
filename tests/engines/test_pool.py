"""The pool: the model in use stays until another is ready, none is closed under a writer, only what fits is open."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from creative.engines import pool as pool_room
from creative.engines.contract import Engine, WriteRequest
from creative.engines.local import LocalEngine, open_engine
from creative.engines.pool import Pool, Progress
from creative.engines.scripted import ScriptedEngine
from creative.errors import DoesNotFit, EngineFailed, EngineUnreachable, ModelUnreachable
from tests.engines.conftest import STARTER

WAIT_S = 5.0


class Opening:
    """Opens scripted models by name; each waits until its gate is open, `broken` ones fail."""

    def __init__(self) -> None:
        self.gates: dict[str, threading.Event] = {}
        self.opened: dict[str, ScriptedEngine] = {}

    def hold(self, model: str) -> threading.Event:
        return self.gates.setdefault(model, threading.Event())

    def __call__(self, model: str, precision: str, progress: Progress) -> Engine:
        if model in self.gates:
            progress(30, 100)
            self.gates[model].wait(WAIT_S)
        if model == "broken":
            raise ModelUnreachable("There is no network.", "Go on with the one in use.")
        self.opened[model] = ScriptedEngine(f"Written by {model or 'starter'}.")
        return self.opened[model]


def until(seen: Callable[[], bool]) -> None:
    """Wait for something that another thread brings about."""
    end = time.monotonic() + WAIT_S
    while not seen():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def written(engine: Engine) -> str:
    """Give what a model writes now."""
    return "".join(piece.text for piece in engine.stream(WriteRequest("Go on.", 30, seed=1)))


def is_closed(engine: Engine) -> bool:
    """Tell whether a model has been closed."""
    try:
        list(engine.stream(WriteRequest("Go on.", 1)))
    except EngineFailed:
        return True
    return False


def asked(pool: Pool) -> str:
    """Give what the model in use writes."""
    with pool.lend() as engine:
        return written(engine)


def choose(pool: Pool, model: str) -> None:
    """Choose a model and wait until it is in use or has failed."""
    pool.choose(model, "auto")
    until(lambda: (arrival := pool.state().arrival) is None or arrival.problem is not None)


@pytest.fixture
def opening() -> Opening:
    return Opening()


@pytest.fixture
def pool(opening: Opening) -> Pool:
    """A pool with the starter in use."""
    pool = Pool(opening)
    choose(pool, "")
    return pool


class Room:
    """Opens real tiny models as long as there is room; the memory of one that is closed is free again."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.open: list[LocalEngine] = []
        self.opened: list[str] = []
        self.loading = threading.Lock()  # as in opening.py

    def __call__(self, model: str, precision: str, progress: Progress) -> Engine:
        with self.loading:
            return self._open(model)

    def _open(self, model: str) -> Engine:
        self.open = [engine for engine in self.open if not is_closed(engine)]
        if len(self.open) == self.room or model == "giant":
            raise DoesNotFit(f"{model} needs 28 MB; 0 MB are free.", "Choose a smaller one.")
        engine = open_engine(STARTER, "fp32", model=model or "starter")
        self.open.append(engine)
        self.opened.append(model)
        return engine


def name_of(pool: Pool, model: str = "") -> str:
    """Give the name of the model that writes, once it has written."""
    with pool.lend(model) as engine:
        assert written(engine)
        return engine.info.model


def made_with(room: int, most_open: int = 9) -> tuple[Pool, Room]:
    """Give a pool with the starter in use on a machine with room for so many."""
    opening = Room(room)
    pool = Pool(opening, most_open)
    choose(pool, "")
    return pool, opening


def test_the_model_in_use_writes_while_a_slow_one_is_on_its_way(pool: Pool, opening: Opening) -> None:
    gate = opening.hold("slow")
    pool.choose("slow", "nf4")
    until(lambda: pool.state().arrival is not None and pool.state().arrival.stage == "downloading")
    arrival = pool.state().arrival
    assert arrival
    assert (arrival.model, arrival.precision, arrival.done_bytes, arrival.total_bytes) == (
        "slow",
        "nf4",
        30,
        100,
    )
    assert asked(pool) == "Written by starter."
    gate.set()
    until(lambda: pool.state().arrival is None)
    assert asked(pool) == "Written by slow."


def test_the_model_in_use_stays_when_another_fails_and_the_reason_is_told(pool: Pool) -> None:
    choose(pool, "broken")
    arrival = pool.state().arrival
    assert arrival
    assert arrival.stage == "failed"
    assert str(arrival.problem) == "There is no network. Go on with the one in use."
    assert pool.wait(0)
    assert asked(pool) == "Written by starter."


def test_after_a_failure_another_choice_comes_into_use(pool: Pool) -> None:
    choose(pool, "broken")
    choose(pool, "good")
    assert pool.state().arrival is None
    assert asked(pool) == "Written by good."


def test_a_first_model_that_fails_is_told_to_whoever_waits(opening: Opening) -> None:
    pool = Pool(opening)
    pool.choose("broken", "auto")
    with pytest.raises(ModelUnreachable, match="no network"):
        pool.wait(WAIT_S)


def test_waiting_ends_in_time_when_nothing_arrives(opening: Opening) -> None:
    opening.hold("slow")
    pool = Pool(opening)
    pool.choose("slow", "auto")
    assert not pool.wait(0.02)
    with pytest.raises(EngineFailed, match="Wait until the model is ready"), pool.lend():
        pass
    opening.gates["slow"].set()
    assert pool.wait(WAIT_S)


def test_a_lent_model_is_closed_only_when_it_is_given_back(pool: Pool, opening: Opening) -> None:
    with pool.lend() as engine:
        with pool.lend() as same:
            assert same is engine
            choose(pool, "other")
            assert written(engine) == "Written by starter."
        # Given back once, still lent once.
        assert written(engine) == "Written by starter."
        assert asked(pool) == "Written by other."
    with pytest.raises(EngineFailed, match="closed"):
        written(engine)


def test_a_model_that_nobody_holds_is_closed_when_another_takes_its_place(
    pool: Pool, opening: Opening
) -> None:
    choose(pool, "other")
    with pytest.raises(EngineFailed):
        written(opening.opened[""])


def test_the_latest_choice_wins_though_an_earlier_one_arrives_after_it(pool: Pool, opening: Opening) -> None:
    gate = opening.hold("early")
    pool.choose("early", "auto")
    until(lambda: pool.state().arrival is not None and pool.state().arrival.stage == "downloading")
    choose(pool, "late")
    gate.set()
    until(lambda: "early" in opening.opened and is_closed(opening.opened["early"]))
    assert pool.state().arrival is None
    assert asked(pool) == "Written by late."


def test_the_starter_writes_until_the_latest_is_there(opening: Opening) -> None:
    starter, big = opening.hold(""), opening.hold("big")
    pool = Pool(opening)
    pool.choose("", "auto")
    pool.choose("big", "auto")
    starter.set()
    assert pool.wait(WAIT_S)
    assert asked(pool) == "Written by starter."
    assert pool.state().arrival is not None
    big.set()
    until(lambda: pool.state().arrival is None)
    assert asked(pool) == "Written by big."


def test_a_form_has_a_model_of_its_own_opened_once(pool: Pool, opening: Opening) -> None:
    with pool.lend("own") as first:
        assert written(first) == "Written by own."
    with pool.lend("own") as second:
        assert second is first
    assert asked(pool) == "Written by starter."


def test_an_own_model_that_cannot_be_opened_leaves_the_one_in_use(pool: Pool) -> None:
    with pytest.raises(ModelUnreachable), pool.lend("broken"):
        pass
    assert asked(pool) == "Written by starter."


def test_a_closed_pool_lends_nothing_and_takes_no_late_arrival(pool: Pool, opening: Opening) -> None:
    gate = opening.hold("slow")
    pool.choose("slow", "auto")
    pool.close()
    gate.set()
    until(lambda: "slow" in opening.opened and is_closed(opening.opened["slow"]))
    with pytest.raises(EngineFailed), pool.lend():
        pass
    with pytest.raises(EngineFailed):
        written(opening.opened[""])


def test_models_that_forms_name_stay_open_side_by_side_while_they_fit() -> None:
    pool, room = made_with(room=3)
    assert [name_of(pool, model) for model in ("a", "b", "", "a", "b")] == ["a", "b", "starter", "a", "b"]
    assert room.opened == ["", "a", "b"]
    pool.close()


def test_what_does_not_fit_takes_the_place_of_the_least_recently_used() -> None:
    pool, room = made_with(room=2)
    for model in ("a", "", "b"):
        name_of(pool, model)
    assert room.opened == ["", "a", "b"]
    assert [name_of(pool), name_of(pool, "b")] == ["starter", "b"]
    assert room.opened == ["", "a", "b"], "the one asked for the longest ago was not the one to go"
    assert name_of(pool, "a") == "a"
    pool.close()


def test_no_more_are_open_than_the_count_allows() -> None:
    pool, room = made_with(room=9, most_open=2)
    for model in ("a", "b", "a", "b"):
        assert name_of(pool, model) == model
        assert len([engine for engine in room.open if not is_closed(engine)]) <= 2
    pool.close()


def test_the_model_in_use_comes_back_when_another_took_its_place() -> None:
    pool, room = made_with(room=1)
    assert name_of(pool, "a") == "a"
    assert pool.state().in_use is not None, "it is still the one to be asked"
    assert name_of(pool) == "starter"
    assert room.opened == ["", "a", ""]
    pool.close()


def test_a_model_that_writes_is_never_closed_for_another_which_waits() -> None:
    pool, _room = made_with(room=1)
    got: list[str] = []
    with pool.lend() as starter:
        waiting = threading.Thread(target=lambda: got.append(name_of(pool, "a")))
        waiting.start()
        assert not pool.wait(0.3, "a")
        assert written(starter)
    waiting.join(WAIT_S)
    assert got == ["a"]
    pool.close()


def test_two_writers_with_models_of_their_own_take_turns_where_only_one_fits() -> None:
    pool, _ = made_with(room=1)
    got: list[str] = []

    def write(model: str) -> None:
        got.extend(name_of(pool, model) for _ in range(3))

    threads = [threading.Thread(target=write, args=(model,)) for model in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(got) == ["a"] * 3 + ["b"] * 3
    pool.close()


def test_a_model_too_large_for_an_empty_house_is_told_and_closes_the_others_only_once() -> None:
    pool, room = made_with(room=2)
    with pytest.raises(DoesNotFit, match="giant"), pool.lend("giant"):
        pass
    assert name_of(pool) == "starter"
    with pytest.raises(DoesNotFit, match="giant"):
        pool.wait(WAIT_S, "giant")
    assert name_of(pool) == "starter"
    assert room.opened == ["", ""]
    pool.close()


def test_waiting_for_a_model_of_a_form_opens_it(pool: Pool, opening: Opening) -> None:
    gate = opening.hold("own")
    assert not pool.wait(0.02, "own")
    gate.set()
    assert pool.wait(WAIT_S, "own")
    assert "own" in opening.opened


def test_all_models_make_room_and_come_back() -> None:
    pool, room = made_with(room=3)
    name_of(pool, "a")
    assert pool.give_way(WAIT_S)
    assert all(is_closed(engine) for engine in room.open)
    state = pool.state()
    assert (state.in_use, state.arrival and state.arrival.stage) == (None, "making_room")
    assert not pool.wait(0.05)
    with pytest.raises(EngineFailed, match="room for training"), pool.lend():
        pass
    pool.come_back()
    assert pool.wait(WAIT_S)
    assert pool.state().arrival is None
    assert [name_of(pool), name_of(pool, "a")] == ["starter", "a"]
    pool.close()


def test_making_room_waits_for_those_who_write_and_lets_nobody_else_in() -> None:
    pool, _room = made_with(room=1)
    given: list[bool] = []
    with pool.lend() as starter:
        giving = threading.Thread(target=lambda: given.append(pool.give_way()))
        giving.start()
        until(lambda: (arrival := pool.state().arrival) is not None and arrival.stage == "making_room")
        assert not pool.wait(0.05)
        assert written(starter)
        assert given == []
    giving.join(WAIT_S)
    assert given == [True]
    assert is_closed(starter)
    pool.come_back()
    assert name_of(pool) == "starter"
    pool.close()


def test_who_writes_too_long_keeps_the_model(pool: Pool) -> None:
    with pool.lend() as engine:
        assert not pool.give_way(0.05)
        assert written(engine)
    assert asked(pool) == "Written by starter."


def test_a_download_does_not_become_a_loaded_model_while_room_is_made(pool: Pool, opening: Opening) -> None:
    opening.hold("slow")
    pool.choose("slow", "auto")
    until(lambda: (arrival := pool.state().arrival) is not None and arrival.stage == "downloading")
    given: list[bool] = []
    giving = threading.Thread(target=lambda: given.append(pool.give_way()))
    giving.start()
    opening.gates["slow"].set()
    giving.join(WAIT_S)
    assert given == [True]
    pool.come_back()
    until(lambda: pool.state().arrival is None)
    assert asked(pool) == "Written by slow."


def test_a_choice_made_while_room_is_made_waits_for_the_return(pool: Pool, opening: Opening) -> None:
    assert pool.give_way()
    pool.choose("other", "auto")
    time.sleep(0.05)
    assert "other" not in opening.opened
    pool.come_back()
    until(lambda: pool.state().arrival is None)
    assert asked(pool) == "Written by other."


def test_a_server_that_is_away_is_told_and_comes_into_use_when_it_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool_room, "RETRY_S", 0.02)
    there = threading.Event()

    def open_model(model: str, precision: str, progress: Progress) -> Engine:
        if not there.is_set():
            raise EngineUnreachable("The server does not answer.", "It is tried again.")
        return ScriptedEngine("Written by the server.")

    pool = Pool(open_model)
    choose(pool, "")
    with pytest.raises(EngineUnreachable, match="does not answer"):
        pool.wait(WAIT_S)
    there.set()
    until(lambda: pool.state().in_use is not None)
    assert pool.wait(WAIT_S)
    assert asked(pool) == "Written by the server."
