"""Filling an order: where new text goes on the page, and what is left however a run ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from creative.engines.contract import Engine, WriteRequest
from creative.engines.pool import Progress
from creative.engines.scripted import ScriptedEngine
from creative.errors import (
    EngineFailed,
)
from creative.orders import Step
from creative.settings import Settings
from creative.studio import Studio
from tests.hall import (
    BRIEF,
    OWNER,
    SCRIPT,
    order,
    run,
    scripted,
    text_of,
)


def test_of_two_equal_passages_the_selected_one_is_changed(tmp_path: Path) -> None:
    studio = scripted(tmp_path, ScriptedEngine("NEW"))
    text = "tide, tide, tide"
    for start, whole in ((0, "NEW, tide, tide"), (6, "tide, NEW, tide"), (12, "tide, tide, NEW")):
        wanted = order(action="rewrite", text=text, selection="tide", selection_start=start, writer="w")
        last = run(studio, wanted)[-1]
        assert studio.drafts.text("w", last.draft, last.nodes[0]) == whole
    studio.close()


@pytest.mark.parametrize(
    ("page", "script", "whole"),
    [
        ("The ferry", " stopped.", "The ferry stopped."),
        ("The ferry ", " stopped.", "The ferry stopped."),
        ("The ferry ", "stopped.", "The ferry stopped."),
        ("It stopped.", "\n\nMaren left. \n", "It stopped.\n\nMaren left."),
        ("渡轮", "停了。", "渡轮停了。"),
    ],
)
def test_a_continuation_joins_the_page_without_doubling_the_space(
    tmp_path: Path, page: str, script: str, whole: str
) -> None:
    studio = scripted(tmp_path, ScriptedEngine(script))
    steps = run(studio, order(action="continue", text=page, writer="w"))
    assert page + text_of(steps) == whole
    draft = studio.drafts.open("w", steps[-1].draft)
    assert (draft.text, draft.head) == (whole, steps[-1].nodes[0])
    studio.close()


def test_cancel_ends_the_run_and_what_was_written_is_on_disk(tmp_path: Path) -> None:
    studio, cancel, steps = scripted(tmp_path), threading.Event(), []
    for step in studio.stream(order(writer="w", max_tokens=2000), OWNER, cancel):
        steps.append(step)
        if len(text_of(steps)) > 20:
            cancel.set()
    assert steps[-1].state == "stopped"
    assert [step.finish for step in steps if step.finish] == ["cancelled"]
    text = text_of(steps)
    assert 20 < len(text) < 40
    node = studio.drafts.node("w", steps[-1].draft, steps[-1].nodes[0])
    assert (node.text, node.finish) == (text, "cancelled")
    studio.close()


def test_cancel_stops_the_starter_within_a_token(studio: Studio) -> None:
    cancel, steps, after = threading.Event(), [], 0
    for step in studio.stream(order(writer="w3", max_tokens=500, seed=3), OWNER, cancel):
        after += bool(cancel.is_set() and step.text)
        steps.append(step)
        if len(text_of(steps)) > 10:
            cancel.set()
    assert after <= 4  # what had been written before it could be told
    assert steps[-1].state == "stopped"
    assert studio.drafts.open("w3", steps[-1].draft).text == text_of(steps)


def test_closing_the_stream_keeps_what_was_written(tmp_path: Path) -> None:
    studio, steps = scripted(tmp_path), []
    stream = studio.stream(order(writer="w", max_tokens=2000), OWNER)
    while len(text_of(steps)) < 20:
        steps.append(next(stream))
    stream.close()
    node = studio.drafts.node("w", steps[-1].draft, steps[-1].nodes[0])
    assert (node.text, node.finish) == (text_of(steps), "cancelled")
    studio.close()


def test_cancel_while_the_model_is_on_its_way_ends_the_wait(tmp_path: Path) -> None:
    gate = threading.Event()

    def slow(model: str, precision: str, progress: Progress) -> Engine:
        gate.wait(5)
        return ScriptedEngine(SCRIPT)

    studio, cancel = Studio(Settings(home=tmp_path), slow), threading.Event()
    states = []
    for step in studio.stream(order(), OWNER, cancel):
        states.append(step.state)
        cancel.set()
    assert states == ["loading", "stopped"]
    gate.set()
    studio.close()


def test_a_model_that_fails_midway_leaves_the_text_on_disk(tmp_path: Path) -> None:
    class Failing(ScriptedEngine):
        def stream(self, request: WriteRequest, cancel: threading.Event | None = None) -> Iterator[Any]:
            yield from list(super().stream(request, cancel))[:12]
            raise EngineFailed("The model could not go on.", "Write again.")

    studio, steps = scripted(tmp_path, Failing(SCRIPT)), list[Step]()
    with pytest.raises(EngineFailed, match="could not go on"):
        steps.extend(studio.stream(order(writer="w"), OWNER))
    node = studio.drafts.node("w", steps[-1].draft, steps[-1].nodes[0])
    assert node.text == "The lamp wen"
    assert node.finish == "cancelled"
    studio.close()


def test_a_run_that_the_model_refuses_leaves_no_empty_version(tmp_path: Path) -> None:
    class Refusing(ScriptedEngine):
        def stream(self, request: WriteRequest, cancel: threading.Event | None = None) -> Iterator[Any]:
            raise EngineFailed("This voice is for another model.", "Choose another.")

    studio = scripted(tmp_path, Refusing(SCRIPT))
    draft = studio.drafts.create("w", "story", "x", BRIEF)
    with pytest.raises(EngineFailed):
        run(studio, order(writer="w", draft=draft.id, head=draft.head))
    assert len(studio.drafts.open("w", draft.id).nodes) == 1
    studio.close()
