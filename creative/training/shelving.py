"""A voice's way from the job's folder to the shelf, also of another checkpoint chosen by reading; needs no library."""

from __future__ import annotations

import dataclasses
import math
import shutil
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from creative.adapters.card import write_card
from creative.adapters.passport import Passport, read_marks, write_passport
from creative.adapters.placing import put_voice
from creative.adapters.shelf import name_voice
from creative.errors import BadValue
from creative.training.folder import ADAPTER, WEIGHTS, read_order, read_recipe, telling_of_a_full_disk
from creative.training.progress import EventLog, read_state
from creative.training.recipe import Recipe

_LIBRARIES = ("torch", "transformers", "peft", "trl", "accelerate", "bitsandbytes")


def list_steps(folder: Path) -> tuple[int, ...]:
    """Give the steps whose voice is kept, oldest first."""
    found = (entry.name.removeprefix("step-") for entry in (folder / WEIGHTS).glob("step-*"))
    return tuple(sorted(int(number) for number in found if number.isdigit()))


def use_step(folder: Path, step: int) -> str:
    """Make the voice of another measurement of a job the one on the shelf, and give its name there.

    Raises `BadValue` for a step without a kept voice, listing those there are, and `StorageFull`.
    """
    state = read_state(folder)
    if step not in list_steps(folder):
        listed = ", ".join(map(str, list_steps(folder))) or "none yet"
        raise BadValue(f"No voice is kept of step {step}.", f"There are: {listed}.")
    losses = {one.step: one.held_out_loss for one in state.evaluations}
    report = dict(state.report)
    if losses.get(0) is not None and losses.get(step) is not None and "perplexity" in report:
        before, after = math.exp(min(losses[0], 50)), math.exp(min(losses[step], 50))
        change = {"after": after, "loss_after": losses[step], "change_percent": (after / before - 1) * 100}
        report["perplexity"] = {**report["perplexity"], **change}
    return shelve(folder, step, report, state.voice)


def shelve(folder: Path, step: int, report: Mapping[str, Any], standing: str = "") -> str:
    """Put the voice of a step on the shelf with passport and card, and give its name there.

    `standing` is the name of the job's voice that is there already, whose place it takes. Raises `StorageFull`.
    """
    source = folder / WEIGHTS / f"step-{step}"
    result = folder / ADAPTER
    with telling_of_a_full_disk("The voice could not be written"):
        part = folder / f".{ADAPTER}.part"
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(source, part)
        passport = make_passport(folder, step, report)
        write_passport(part, passport)
        write_card(part, passport)
        shutil.rmtree(result, ignore_errors=True)
        part.rename(result)
    order = read_order(folder)
    there = standing and (Path(order.shelf) / standing).is_dir()
    place = put_voice(result, Path(order.shelf), standing if there else order.title, replace=bool(there))
    name = name_voice(place)
    EventLog(folder).write("shelved", voice=name, kept_step=step)
    return name


def make_passport(folder: Path, step: int, report: Mapping[str, Any]) -> Passport:
    """Give what the passport of a job's voice says."""
    order, recipe = read_order(folder), read_recipe(folder)
    sentences = report.get("sentences") or ()
    return Passport(
        title=order.title,
        base_id=order.base.model,
        base_fingerprint=order.base.fingerprint,
        form=order.form if order.style == "form" else "",
        note=str(sentences[0])[:300] if sentences else "",
        base=read_marks(Path(order.base.folder)),
        quantization=order.base.precision if recipe.precision == "as_in_use" else recipe.precision,
        style=order.style,
        language=order.language,
        rights=order.rights,
        template_hash=order.template_hash,
        data_fingerprint=order.data_fingerprint,
        settings=_numbers(recipe),
        results=dict(report),
        created=order.created,
        kept_step=step,
        job=order.id,
        made_with={library: version(library) for library in _LIBRARIES},
    )


def _numbers(recipe: Recipe) -> dict[str, Any]:
    return dataclasses.asdict(recipe)  # type: ignore[call-overload,no-any-return]
