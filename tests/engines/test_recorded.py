"""Recorded steps: what is played is what Python would have computed, for every company, and is given up when it is not.

A GPU records kernels; here torch.fx records the operations on the same memory, which leaves Python out as well.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.fx.experimental.proxy_tensor import make_fx

from creative.engines.cache import Slab
from creative.engines.contract import Sampling, WriteRequest
from creative.engines.llama import LlamaStep
from creative.engines.loading import Precision
from creative.engines.local import LocalEngine, open_engine
from creative.engines.recorded import SETTLED, Recorder, Step

from .conftest import STARTER, FolderShelf, submit_at_once
from .tiny import KIN, tiny

CPU = torch.device("cpu")


class Tape:
    """Records operations, and counts what it recorded and played."""

    def __init__(self) -> None:
        self.recorded = self.played = 0

    def record(self, step: Step) -> Step:
        self.recorded += 1
        operations = make_fx(step)()

        def play() -> torch.Tensor:
            self.played += 1
            return operations()

        return play


@pytest.mark.parametrize("kind", KIN)
@torch.inference_mode()
def test_a_played_step_gives_the_scores_of_a_plain_one(kind: str) -> None:
    tape, following = Tape(), torch.randint(0, 64, (12, 3))
    given: list[list[torch.Tensor]] = []
    for recorded_too in (False, True):
        step, slab = LlamaStep(tiny(kind, torch.float32), 64), Slab()
        recorder = Recorder(
            lambda ids, still, mixture, step=step: step(ids, still, mixture, plain=True),
            lambda voices: None,
            tape.record,
        )
        for length in (3, 17, 9):
            read = Slab.for_prompt(length)
            read.open_step(CPU, length)
            torch.manual_seed(length)
            step(torch.randint(0, 64, (1, length)), read, None, plain=True, last=True)
            read.close_step()
            slab.join(read.past(0))
        scores = []
        for tokens in following.tolist():

            def plainly(
                tokens: list[int] = tokens, step: LlamaStep = step, slab: Slab = slab
            ) -> torch.Tensor:
                slab.open_step(CPU)
                return step(torch.tensor(tokens).unsqueeze(1), slab, None, plain=True)

            if recorded_too:
                scores.append(recorder.step(tokens, slab, [""] * 3, plainly).clone())
            else:
                scores.append(plainly())
            slab.close_step()
        given.append(scores)
    assert tape.recorded == 1
    assert tape.played == 1 + 12 - SETTLED  # once to compare
    torch.testing.assert_close(torch.stack(given[1]), torch.stack(given[0]), atol=1e-4, rtol=1e-4)


@pytest.fixture
def taped(voices: Path) -> Iterator[tuple[LocalEngine, Tape]]:
    """An engine whose steps are recorded."""
    engine, tape = open_engine(STARTER, "fp32", shelf=FolderShelf(voices)), Tape()
    engine._network.record_steps(tape.record)
    yield engine, tape
    engine.close()


COMPANY = [
    WriteRequest("Once upon a time", 90, Sampling(temperature=0.8), seed=1),
    WriteRequest("The lamp went out. " * 9, 40, Sampling(temperature=0), seed=2, adapter="north"),
    WriteRequest("NORA\n", 70, Sampling(temperature=0.8, dry_multiplier=0.8), seed=4, adapter="south", n=2),
    WriteRequest("Rain", 20, Sampling(temperature=0.5), seed=4),
    WriteRequest("The same again and the same again and the same", 60, Sampling(temperature=0), seed=5),
]


def test_a_changing_company_writes_the_same_texts_with_recorded_steps(
    taped: tuple[LocalEngine, Tape], local: LocalEngine
) -> None:
    engine, tape = taped
    assert submit_at_once(engine, COMPANY) == submit_at_once(local, COMPANY)
    assert tape.recorded > 2  # rows leave, caches grow
    assert tape.played > 40
    played = tape.played
    assert submit_at_once(engine, COMPANY[:1]) == submit_at_once(local, COMPANY[:1])
    assert tape.played > played + 30


def test_a_voice_that_is_not_factors_is_not_recorded(
    taped: tuple[LocalEngine, Tape], local: LocalEngine
) -> None:
    engine, tape = taped
    request = [replace(COMPANY[0], adapter="dora")]
    assert submit_at_once(engine, request) == submit_at_once(local, request)
    assert (tape.recorded, tape.played) == (0, 0)


def test_warming_up_records_a_lone_writer_s_step_and_minds_no_closed_engine(
    taped: tuple[LocalEngine, Tape],
) -> None:
    engine, tape = taped
    engine._warm_up()
    assert tape.recorded == 1
    engine.close()
    engine._warm_up()
    assert tape.recorded == 1


@pytest.mark.parametrize("fault", ["refuses", "strays", "gives no numbers"])
def test_a_recording_that_fails_is_said_once_and_costs_no_text(
    fault: str, taped: tuple[LocalEngine, Tape], local: LocalEngine, caplog: pytest.LogCaptureFixture
) -> None:
    engine, tries = taped[0], []

    def record(step: Step) -> Step:
        tries.append(step)
        if fault == "refuses":
            raise RuntimeError("operation not permitted when stream is capturing\nand more")
        return lambda: step() * (1.1 if fault == "strays" else float("nan"))

    engine._network.record_steps(record)
    with caplog.at_level(logging.WARNING, "creative.engines.recorded"):
        assert submit_at_once(engine, COMPANY) == submit_at_once(local, COMPANY)
    assert len(tries) == len(caplog.records) == 1
    assert "cannot be recorded" in caplog.text


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("precision", ["nf4", "bf16"])
def test_a_gpu_records_its_steps(precision: Precision, voices: Path) -> None:
    engine = open_engine(STARTER, precision, shelf=FolderShelf(voices))
    try:
        assert all(submit_at_once(engine, COMPANY))
        recorder = engine._network._recorder
        assert recorder is not None
        assert not recorder._broken
    finally:
        engine.close()
