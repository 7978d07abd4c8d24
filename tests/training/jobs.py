"""Small trainings on the embedded starter, for the tests: few pages in a manner of their own."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from creative.engines.fingerprint import take_fingerprint
from creative.training.folder import Base, JobOrder, SamplePrompt, create_job, new_id, read_order, read_recipe
from creative.training.job import finish, run
from creative.training.job.__main__ import keep_quiet, main
from creative.training.job.run import Run
from creative.training.job.telling import Teller
from creative.training.progress import read_events
from creative.training.recipe import Recipe
from creative.training.records import Dataset, Example

STARTER = Path(__file__).parents[2] / "creative" / "starter"
_THINGS = (
    "lamp",
    "river",
    "gate",
    "coat",
    "stair",
    "bell",
    "kettle",
    "boat",
    "hill",
    "letter",
    "door",
    "crow",
)

FAST: dict[str, Any] = {
    "rank": 4,
    "alpha": 8,
    "dropout": 0.0,
    "learning_rate": 5e-3,
    "schedule": "constant",
    "warm_up": 0.0,
    "epochs": 2.0,
    "batch": 2,
    "max_length": 128,
    "evaluations_per_epoch": 1,
}
"""Twelve short pages in six steps a pass."""


def ask(thing: str) -> tuple[dict[str, str], ...]:
    """Give a prompt as the forms compose it: a system message and a question."""
    return (
        {"role": "system", "content": "You write."},
        {"role": "user", "content": f"Write of the {thing}."},
    )


def page(thing: str) -> str:
    """Give a page in a manner that the starter does not have, and that is learned in a few steps."""
    return (
        f"Anno. Item: the {thing}, of iron; item: the {thing}, of salt. Vide supra, quod {thing} erat. Finis."
    )


def make_pages(held_out: int = 2) -> Dataset:
    """Give the pages as examples, the last ones held out."""
    examples = [Example(ask(thing), page(thing), thing) for thing in _THINGS]
    return Dataset(tuple(examples[:-held_out]), tuple(examples[-held_out:]), ("door", "crow"), "0" * 16)


def make_job(
    home: Path,
    settings: Mapping[str, Any] | None = None,
    pages: Dataset | None = None,
    cards: bool = True,
    **base: Any,
) -> Path:
    """Give the folder of a job that nobody has started; `base` replaces facts of the starter."""
    facts = {
        "model": "starter",
        "folder": str(STARTER),
        "precision": "fp32",
        "fingerprint": take_fingerprint(STARTER),
        "chat": True,
        "title": "Starter",
    }
    order = JobOrder(
        id=new_id(),
        title="Old inventory",
        form="story",
        style="form",
        language="English",
        rights="mine",
        created=1.0,
        preset="quick",
        base=Base(**{**facts, **base}),
        shelf=str(home / "voices"),
        prompts=(SamplePrompt("The fog", [dict(m) for m in ask("fog")], 3),) if cards else (),
    )
    return create_job(home / "jobs", order, Recipe(**{**FAST, **(settings or {})}), pages or make_pages())


def run_job(folder: Path, patch: pytest.MonkeyPatch) -> int:
    """Run a job in this process as its command does, and give the exit status."""
    patch.setattr(sys, "argv", ["job", str(folder)])
    patch.setattr("signal.signal", lambda number, handler: None)
    patch.setattr(run, "CARD_TOKENS", 8)
    patch.setattr(finish, "SAMPLE_TOKENS", 12)
    torch.set_num_threads(1)
    return main()


def open_job(folder: Path) -> Run:
    """Give a job that is opened and not begun."""
    keep_quiet(folder)
    torch.set_num_threads(1)
    job = Run(folder, read_order(folder), read_recipe(folder), Teller(folder, first=True))
    job.open()
    return job


def events_of(folder: Path, kind: str) -> list[dict[str, Any]]:
    """Give a job's events of a kind."""
    return [event for event in read_events(folder) if event["kind"] == kind]


def losses_of(folder: Path) -> dict[int, float]:
    """Give the training loss of every step; of one done twice the later."""
    return {event["step"]: event["loss"] for event in events_of(folder, "step")}
