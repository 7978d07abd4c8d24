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
from creative.evaluation.report import Evidence, make_report
from creative.training.folder import (
    ADAPTER,
    HELD_OUT,
    TRAIN,
    WEIGHTS,
    read_examples,
    read_order,
    read_recipe,
    telling_of_a_full_disk,
)
from creative.training.progress import EventLog, read_events, read_state
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
    report = _report_on(folder, step)
    name = shelve(folder, step, report, state.voice)
    with telling_of_a_full_disk("The progress could not be written down"):
        EventLog(folder).write("report", **report)
    return name


def _report_on(folder: Path, step: int) -> dict[str, Any]:
    """Give the report of a step: the job's own of the one it kept, else one of its loss and its sample cards.

    Empty where that step was not measured, or its loss was no number.
    """
    own: dict[str, Any] = {}
    for event in read_events(folder):
        if event["kind"] == "started":
            own = {}
        elif event["kind"] == "report" and not event.get("chosen"):
            own = {key: value for key, value in event.items() if key not in {"at", "kind"}}
    measured = {one.step: one for one in read_state(folder).evaluations}
    best = next((one.step for one in measured.values() if one.kept), 0)
    if own and step == best:
        return own
    base, voice = measured.get(0), measured.get(step)
    if not (base and voice and math.isfinite(base.held_out_loss) and math.isfinite(voice.held_out_loss)):
        return {"chosen": True}
    evidence = Evidence(
        loss_before=base.held_out_loss,
        loss_after=voice.held_out_loss,
        held_out=[example.text for example in read_examples(folder / HELD_OUT)],
        training=[example.text for example in read_examples(folder / TRAIN)],
        base_samples=[card.text for card in base.cards],
        voice_samples=[card.text for card in voice.cards],
        language=read_order(folder).language,
        held_out_tokens=own.get("perplexity", {}).get("tokens", 0),
    )
    return make_report(evidence) | {"chosen": True}


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
