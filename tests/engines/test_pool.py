"""The pool: the model in use stays in use until another is ready, and nothing is closed under a writer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from creative.engines.contract import Engine, WriteRequest
from creative.engines.pool import Pool, Progress
from creative.engines.scripted import ScriptedEngine
from creative.errors import EngineFailed, ModelUnreachable

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
    return "".join(piece.text for piece in engine.stream(WriteRequest("Go on.", 100)))


def is_closed(engine: Engine) -> bool:
    """Tell whether a model has been closed."""
    try:
        written(engine)
    except EngineFailed:
        return True
    return False


def asked(pool: Pool) -> str:
    """Give what the model in use writes."""
    with pool.lend() as engine:
        return written(engine)


@pytest.fixture
def opening() -> Opening:
    return Opening()


@pytest.fixture
def pool(opening: Opening) -> Pool:
    """A pool with the starter in use."""
    pool = Pool(opening)
    pool.choose("", "auto", background=False)
    return pool


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
    pool.choose("broken", "auto", background=False)
    arrival = pool.state().arrival
    assert arrival
    assert arrival.stage == "failed"
    assert str(arrival.problem) == "There is no network. Go on with the one in use."
    assert pool.wait(0)
    assert asked(pool) == "Written by starter."


def test_after_a_failure_another_choice_comes_into_use(pool: Pool) -> None:
    pool.choose("broken", "auto", background=False)
    pool.choose("good", "auto", background=False)
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
            pool.choose("other", "auto", background=False)
            assert written(engine) == "Written by starter."
        # Given back once, still lent once.
        assert written(engine) == "Written by starter."
        assert asked(pool) == "Written by other."
    with pytest.raises(EngineFailed, match="closed"):
        written(engine)


def test_a_model_that_nobody_holds_is_closed_when_another_takes_its_place(
    pool: Pool, opening: Opening
) -> None:
    pool.choose("other", "auto", background=False)
    with pytest.raises(EngineFailed):
        written(opening.opened[""])


def test_the_latest_choice_wins_though_an_earlier_one_arrives_after_it(pool: Pool, opening: Opening) -> None:
    gate = opening.hold("early")
    pool.choose("early", "auto")
    until(lambda: pool.state().arrival is not None and pool.state().arrival.stage == "downloading")
    pool.choose("late", "auto", background=False)
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
