"""A model comes from the hub while the starter goes on writing: the whole way, with real files over a real line."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from creative.engines.pool import PoolState
from creative.errors import CreativeError
from creative.orders import Order
from creative.settings import Settings
from creative.studio import Studio
from creative.trust import Visitor

from .small_hub import Hub

OWNER = Visitor(owner=True, key="owner")


@pytest.fixture
def studio(hub: Hub, tmp_path: Path) -> Iterator[Studio]:
    studio = Studio(Settings(home=tmp_path / "home"))
    while not studio.model_state().in_use:
        time.sleep(0.05)
    yield studio
    studio.close()


def write(studio: Studio) -> str:
    order = Order("story", {"premise": "A ferry stops running."}, max_tokens=12, seed=1)
    return "".join(step.text for step in studio.stream(order, OWNER))


def wait(studio: Studio, what: str) -> PoolState:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        state = studio.model_state()
        stage = state.arrival.stage if state.arrival else "ready"
        if stage == what and not (stage == "downloading" and not state.arrival.done_bytes):
            return state
        time.sleep(0.02)
    raise AssertionError(f"never {what}: {studio.model_state()}")


def test_the_starter_writes_while_a_model_is_fetched_and_then_gives_way(studio: Studio, hub: Hub) -> None:
    hub.pause_s = 0.05
    studio.choose_model(OWNER, "maker/tiny")
    arrival = wait(studio, "downloading").arrival
    assert arrival
    assert 0 < arrival.done_bytes < arrival.total_bytes
    assert write(studio)
    state = studio.model_state()
    assert state.in_use
    assert (state.in_use.model, state.arrival and state.arrival.stage) == ("starter", "downloading")
    in_use = wait(studio, "ready").in_use
    assert in_use
    assert in_use.model == "maker/tiny"
    assert write(studio)


@pytest.mark.parametrize(
    ("model", "trouble", "said"),
    [
        ("maker/nothing", "", "There is no model called"),
        ("maker/tiny/../other", "", "hub id looks like"),
        ("maker/tiny", "gated", "accept"),
        ("maker/tiny", "broken", "503"),
        ("maker/tiny", "garbled", "maker/tiny"),
    ],
)
def test_a_model_that_does_not_arrive_says_why_and_the_one_in_use_stays(
    studio: Studio, hub: Hub, model: str, trouble: str, said: str
) -> None:
    hub.gated = {"maker/tiny"} if trouble == "gated" else set()
    hub.broken = {"maker/tiny"} if trouble == "broken" else set()
    hub.garbled = trouble == "garbled"
    studio.choose_model(OWNER, model)
    state = wait(studio, "failed")
    assert state.arrival
    problem = state.arrival.problem
    assert isinstance(problem, CreativeError)
    assert said in str(problem)
    assert problem.hint
    assert state.in_use
    assert state.in_use.model == "starter"
    assert write(studio)
