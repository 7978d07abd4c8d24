"""The model that a voice is trained on: what a training must know of it, and the memory it leaves to one."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from creative.catalogue.fit import Precision
from creative.catalogue.weights import measure
from creative.engines.contract import Engine
from creative.engines.pool import Pool
from creative.errors import BadValue, NotOffered
from creative.training.folder import Base, read_order, read_recipe
from creative.training.records import Count, Prompt
from creative.training.sizing import measure_needs, read_build

WAIT_S = 60.0
"""How long a person is kept waiting for a model that is being opened."""
QUIET_S = 120.0
"""How long the writing under way may hold up a training that needs the model's memory."""


@dataclass(frozen=True)
class Ground:
    """The model in use, as a training needs it; good also while that model has made room."""

    base: Base
    context: int
    """Tokens that prompt and text may take together."""
    parameters_b: float
    count: Count
    show: Callable[[Prompt], str]
    """Give the exact text the model reads for a prompt."""


def why_not_here() -> str:
    """Say why nothing can be trained on this kind of machine; empty where it can."""
    if os.environ.get("SPACES_ZERO_GPU"):
        return (
            "On ZeroGPU a call has the GPU for seconds only, so nothing can be trained here."
            " Run your own copy of the playground, or give the Space a GPU of its own, and train there."
        )
    return ""


class Grounds:
    """Looks at the model in use, and remembers it while it is away."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._known: Ground | None = None

    def find(self) -> Ground:
        """Give the model in use. Raises NotOffered for one that cannot be trained on, BadValue while none is open."""
        if why_not_here():
            raise NotOffered(why_not_here())
        arrival = self._pool.state().arrival
        away = arrival is not None and arrival.stage == "making_room"
        if away and self._known is None:
            raise BadValue("The model has made room for a training.", "Try again when that has ended.")
        if away and self._known:
            return self._known
        if not self._pool.wait(WAIT_S):
            raise BadValue("The model is still waking up.", "Try again in a few seconds.")
        with self._pool.lend() as engine:
            self._known = _look_at(engine)
        return self._known


class EngineRoom:
    """Has the models close where a training needs their memory, and brings them back."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._away = False

    def make_room(self, folder: Path) -> bool:
        """Leave the memory to the job in this folder if it does not fit beside the models; see the launcher."""
        if not self._away and _is_short_of_memory(folder):
            self._away = self._pool.give_way(QUIET_S)
            return self._away
        return True

    def take_back(self) -> None:
        """Open the models again if they were away."""
        if self._away:
            self._away = False
            self._pool.come_back()


def _look_at(engine: Engine) -> Ground:
    folder = getattr(engine, "folder", None)
    if not isinstance(folder, Path):
        raise NotOffered(
            f"{engine.info.title} is not on this machine, so no voice can be trained on it here.",
            "Choose a model that this machine opens itself.",
        )
    info = engine.info
    base = Base(info.model, str(folder), info.precision, info.fingerprint, info.chat, info.title)
    return Ground(base, info.context, measure(folder).shape.parameters_b, engine.count, _shower(engine))


def _shower(engine: Engine) -> Callable[[Prompt], str]:
    def show(prompt: Prompt) -> str:
        return engine.render(prompt if isinstance(prompt, str) else tuple(prompt))

    return show


def _is_short_of_memory(folder: Path) -> bool:
    # Looks at the GPU with torch's eyes; it is loaded by then, a model is open.
    from creative.engines.machine import measure_machine

    machine = measure_machine()
    order, recipe = read_order(folder), read_recipe(folder)
    wanted = order.base.precision if recipe.precision == "as_in_use" else recipe.precision
    precision: Precision = next((name for name in get_args(Precision) if name == wanted), "bf16")
    needs = measure_needs(read_build(Path(order.base.folder)), recipe, precision, recipe.max_length)
    return needs.needed_gb > (machine.gpu_free_gb if machine.gpu_name else machine.ram_free_gb)
