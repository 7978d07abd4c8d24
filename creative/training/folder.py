"""The folder of a job, which is the whole truth about it: its names, its order and its pages, written whole."""

from __future__ import annotations

import dataclasses
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from creative.errors import CreativeError, ModelDamaged, StorageFull
from creative.training.recipe import Recipe, check_recipe
from creative.training.records import Dataset, Example, LeftOut, Rights, Style

ORDER = "job.json"
RECIPE = "recipe.json"
TRAIN = "data/train.jsonl"
HELD_OUT = "data/held_out.jsonl"
LEFT_OUT = "data/left_out.json"
EVENTS = "events.jsonl"
LOG = "log.txt"
LOCK = "lock"
STOP = "stop"
CHECKPOINTS = "checkpoints"
WEIGHTS = "weights"
"""The adapter of each evaluation, small, so that a person can choose by reading: weights/step-N."""
ADAPTER = "adapter"
RUNS = "runs"


@dataclass(frozen=True)
class Base:
    """The model a voice is trained on, as it is in use."""

    model: str
    """Hub id, folder name or `starter`."""
    folder: str
    """Where its files are."""
    precision: str
    """nf4, int8, bf16 or fp32."""
    fingerprint: str
    chat: bool
    title: str = ""


@dataclass(frozen=True)
class SamplePrompt:
    """What the sample cards are written from: the same prompt and seed each time."""

    title: str
    prompt: Any
    """Chat messages, or plain text, as in the engines' contract."""
    seed: int


@dataclass(frozen=True)
class JobOrder:
    """What job.json holds: all that a training needs to know beside its recipe and its pages."""

    id: str
    """12 hex digits; see `new_id`."""
    title: str
    """Name of the voice."""
    form: str
    style: Style
    language: str
    rights: Rights
    created: float
    """Seconds since 1970."""
    preset: str
    base: Base
    shelf: str
    """The folder of the shelf where the voice goes."""
    template_hash: str = ""
    data_fingerprint: str = ""
    files: tuple[str, ...] = ()
    """Names of the uploads, only shown."""
    prompts: tuple[SamplePrompt, ...] = ()


def new_id() -> str:
    """Give an id for a job that no other has."""
    return secrets.token_hex(6)


def create_job(
    jobs: Path, order: JobOrder, recipe: Recipe, dataset: Dataset, left_out: Sequence[LeftOut] = ()
) -> Path:
    """Give the folder of a new job, complete from the moment it has its name. Raises `StorageFull`."""
    hidden = jobs / f".new-{order.id}"
    try:
        with telling_of_a_full_disk("The training could not be set up"):
            (hidden / "data").mkdir(parents=True)
            write_json(hidden / ORDER, dataclasses.asdict(order))
            write_json(hidden / RECIPE, dataclasses.asdict(recipe))  # type: ignore[call-overload]
            write_json(hidden / LEFT_OUT, [dataclasses.asdict(part) for part in left_out])
            _write_examples(hidden / TRAIN, dataset.train)
            _write_examples(hidden / HELD_OUT, dataset.held_out)
            return hidden.rename(jobs / order.id)
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def read_order(folder: Path) -> JobOrder:
    """Give the order of a job. Raises `ModelDamaged` when the folder is not a job's."""
    values = _read_object(folder / ORDER)
    try:
        base = Base(**values.pop("base"))
        prompts = tuple(SamplePrompt(**prompt) for prompt in values.pop("prompts", ()))
        files = tuple(values.pop("files", ()))
        return JobOrder(base=base, prompts=prompts, files=files, **values)
    except (TypeError, KeyError) as err:
        raise _not_a_job(folder, f"its {ORDER} is not an order") from err


def read_recipe(folder: Path) -> Recipe:
    """Give the recipe of a job. Raises `ModelDamaged` and, for a number out of its range, `BadValue`."""
    return check_recipe(_read_object(folder / RECIPE))


def read_examples(file: Path) -> tuple[Example, ...]:
    """Give the examples of data/train.jsonl or data/held_out.jsonl. Raises `ModelDamaged`."""
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
        return tuple(Example(**json.loads(line)) for line in lines if line)
    except (OSError, ValueError, TypeError) as err:
        raise _not_a_job(file.parent.parent, f"its pages ({file.name}) cannot be read") from err


def write_json(file: Path, value: Any) -> None:
    """Write a JSON file whole or not at all. Raises OSError."""
    part = file.with_name(f".{file.name}.part")
    with part.open("w", encoding="utf-8") as stream:
        json.dump(value, stream, ensure_ascii=False, indent=1, allow_nan=False)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)


@contextmanager
def telling_of_a_full_disk(what: str) -> Iterator[None]:
    """Turn an OSError of writing into `StorageFull` that begins with `what`."""
    try:
        yield
    except OSError as err:
        raise StorageFull(
            f"{what}: {(err.strerror or str(err)).lower()}.",
            "Free some space; nothing that was learned so far is lost.",
        ) from err


def _write_examples(file: Path, examples: Sequence[Example]) -> None:
    with file.open("w", encoding="utf-8") as stream:
        for example in examples:
            prompt = example.prompt if isinstance(example.prompt, str) else [dict(m) for m in example.prompt]
            values = {
                "prompt": prompt,
                "text": example.text,
                "source": example.source,
                "whole": example.whole,
            }
            stream.write(json.dumps(values, ensure_ascii=False) + "\n")


def _read_object(file: Path) -> dict[str, Any]:
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as err:
        raise _not_a_job(file.parent, f"its {file.name} cannot be read") from err
    if not isinstance(values, Mapping):
        raise _not_a_job(file.parent, f"its {file.name} is not an object")
    return dict(values)


def _not_a_job(folder: Path, why: str) -> CreativeError:
    return ModelDamaged(
        f"The training in {folder.name} cannot be opened: {why}.",
        "Delete it and start it again from the pages.",
    )
