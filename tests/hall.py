"""The hall for tests: opened with a text written beforehand, and short orders for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from creative.engines.contract import Engine
from creative.engines.pool import Progress
from creative.engines.scripted import ScriptedEngine
from creative.orders import Order, Step
from creative.settings import Settings
from creative.studio import Studio
from creative.trust import Visitor

FORMS = ("story", "screenplay", "lyrics", "news", "ad_copy")
OWNER, GUEST = Visitor(owner=True, key="a"), Visitor(owner=False, key="b")
BRIEF = {"premise": "A ferry stops running."}
PAGE = "The ferry had stopped.\n\nMaren counted the boats in the harbour.\n\nNobody came."
PASSAGE = "Maren counted the boats in the harbour.\n\n"
SCRIPT = "The lamp went out. Mara counted the steps to the door. " * 40


def scripted(home: Path, engine: Engine | None = None, **settings: Any) -> Studio:
    """Give a hall whose model gives out a text written beforehand, slowly enough to be stopped."""

    def open_model(model: str, precision: str, progress: Progress) -> Engine:
        return engine or ScriptedEngine(SCRIPT, delay_s=0.002)

    return Studio(Settings(home=home, **settings), open_model)


def order(form: str = "story", brief: Mapping[str, object] | None = None, **wishes: Any) -> Order:
    """Give a short order with a fixed seed."""
    return Order(form, BRIEF if brief is None else brief, **{"seed": 7, "max_tokens": 24, **wishes})


def text_of(steps: list[Step], index: int = 0) -> str:
    """Give what one variant wrote."""
    return "".join(step.text for step in steps if step.index == index)


def run(studio: Studio, wanted: Order, visitor: Visitor = OWNER) -> list[Step]:
    """Fill an order to its end."""
    return list(studio.stream(wanted, visitor))


def written(steps: list[Step]) -> list[Step]:
    """Give the steps without those of a model on its way."""
    return [step for step in steps if step.state != "loading"]
