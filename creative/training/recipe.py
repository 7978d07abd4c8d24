"""The recipe: every number of a training, its range, a sentence on what it does, and three ready-made ones."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import ConfigDict, Field, ValidationError
from pydantic.dataclasses import dataclass

from creative.errors import BadValue, shorten

Method = Literal["lora", "rslora", "dora", "adalora", "prefix"]
Schedule = Literal["cosine", "linear", "constant"]
BasePrecision = Literal["as_in_use", "nf4", "int8", "bf16", "fp32"]


@dataclass(frozen=True, config=ConfigDict(use_attribute_docstrings=True, strict=True, extra="forbid"))
class Recipe:
    """All the numbers of one training. The sentence under each is also its help on the page."""

    method: Method = "lora"
    """How the voice is added: LoRA is the plain way; rsLoRA suits ranks above 32, DoRA learns a little more
    and writes slower, AdaLoRA spreads its rank over the layers, prefix tuning learns only an opening."""
    rank: Annotated[int, Field(ge=1, le=256)] = 16
    """How much the voice can hold. Twice the rank is twice the size; more than the pages need learns them by heart."""
    alpha: Annotated[int, Field(ge=1, le=1024)] = 32
    """How strongly the voice speaks, against its rank; twice the rank is usual."""
    dropout: Annotated[float, Field(ge=0.0, le=0.5)] = 0.05
    """Share of the voice switched off at random in each step, against learning by heart."""
    target_modules: str = "all-linear"
    """Layers that the voice changes: all-linear, or names divided by commas, such as q_proj,v_proj."""
    prefix_tokens: Annotated[int, Field(ge=1, le=256)] = 32
    """Length of the learned opening; for prefix tuning only."""
    learning_rate: Annotated[float, Field(ge=1e-6, le=0.1)] = 2e-4
    """Size of a step. Too small learns nothing, too large forgets the language; small models take larger ones."""
    schedule: Schedule = "cosine"
    """How the learning rate falls after the warm-up: along a cosine, in a line, or not at all."""
    warm_up: Annotated[float, Field(ge=0.0, le=0.5)] = 0.05
    """Share of all steps in which the learning rate rises from zero."""
    epochs: Annotated[float, Field(ge=0.1, le=50.0)] = 3.0
    """How often all pages are read; it stops earlier when the held-out pages get worse."""
    batch: Annotated[int, Field(ge=1, le=64)] = 4
    """Passages read side by side; fewer take less memory."""
    accumulation: Annotated[int, Field(ge=1, le=128)] = 1
    """Batches that make one step; raise it where memory allows only small batches."""
    max_length: Annotated[int, Field(ge=64, le=32_768)] = 1024
    """Tokens of brief and passage together; longer takes more memory and keeps more of a scene."""
    packing: bool = False
    """Put short passages into one row, which wastes no padding; they do not see each other."""
    weight_decay: Annotated[float, Field(ge=0.0, le=1.0)] = 0.01
    """Pull of the voice back to nothing in each step."""
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 7
    """The same seed, pages and numbers give the same voice on the same machine."""
    evaluations_per_epoch: Annotated[int, Field(ge=1, le=20)] = 2
    """How often in each pass the held-out pages are measured and samples written."""
    patience: Annotated[int, Field(ge=0, le=50)] = 2
    """Measurements in a row without a better one before it stops by itself; 0 never stops early."""
    keep_checkpoints: Annotated[int, Field(ge=1, le=10)] = 2
    """Newest whole checkpoints kept to go on from; the best one is kept besides."""
    precision: BasePrecision = "as_in_use"
    """Precision of the model underneath while training: as_in_use is the one it writes in now."""
    gradient_checkpointing: bool = False
    """Compute parts twice instead of keeping them: about a third slower, with far less memory."""

    @property
    def rows_per_step(self) -> int:
        """Rows that one step learns from."""
        return self.batch * self.accumulation


SETTINGS = tuple(field.name for field in dataclasses.fields(Recipe))  # type: ignore[arg-type]
PRESETS = {
    "quick": "One or two passes, to hear soon whether the pages suit the model.",
    "balanced": "A few passes, stopped where the held-out pages get no better; right for most pages.",
    "thorough": "More passes in smaller steps with a larger voice; for long manuscripts and patience.",
}

# Learning rates fall with the size of the base; tried on the starter (see docs/decisions.md), for larger
# models those of the QLoRA paper (arXiv 2305.14314, table 9) and of PEFT's and TRL's own examples.
_RATES = ((0.05, 2e-3), (0.3, 8e-4), (1.0, 4e-4), (14.0, 2e-4), (math.inf, 1e-4))


def make_recipe(preset: str, settings: Mapping[str, Any], parameters_b: float) -> Recipe:
    """Give the preset's numbers for a base of this many billion parameters, with those of `settings` in their place.

    Raises `BadValue` naming the field and what it may be.
    """
    if preset not in PRESETS:
        raise BadValue(f"There is no recipe called {shorten(preset)}.", f"There are: {', '.join(PRESETS)}.")
    return check_recipe(_numbers(preset, parameters_b) | dict(settings))


def check_recipe(values: Mapping[str, Any]) -> Recipe:
    """Give the recipe of plain values, as they come from a page or a file. Raises `BadValue`."""
    unknown = [name for name in values if name not in SETTINGS]
    if unknown:
        raise BadValue(
            f"The recipe has no setting called {shorten(unknown[0])}.", f"There are: {', '.join(SETTINGS)}."
        )
    whole = {name: _tidy(name, value) for name, value in values.items()}
    try:
        return Recipe(**whole)
    except ValidationError as err:
        name = str(err.errors()[0]["loc"][0])
        raise BadValue(
            f"{shorten(values[name])} cannot be the {_title(name)} of a recipe.", f"{_allowed(name)}."
        ) from err


def describe() -> list[dict[str, Any]]:
    """Give every setting for page and API: name, title, kind, help, default, and low and high or choices."""
    return [_describe(name) for name in SETTINGS]


def describe_presets(parameters_b: float) -> dict[str, dict[str, Any]]:
    """Give every preset for a base of this size: title, note and all its numbers."""
    return {
        name: {
            "title": name.capitalize(),
            "note": note,
            "settings": dataclasses.asdict(make_recipe(name, {}, parameters_b)),  # type: ignore[call-overload]
        }
        for name, note in PRESETS.items()
    }


def _numbers(preset: str, parameters_b: float) -> dict[str, Any]:
    rate = next(rate for limit, rate in _RATES if parameters_b < limit)
    small = parameters_b < 0.3
    numbers: dict[str, Any] = {
        "learning_rate": rate,
        "batch": 4,
        "accumulation": 1 if small else 4,
        # On a CPU dropout takes a third of a step; early stopping does its work there.
        "dropout": 0.0 if small else 0.05,
        "gradient_checkpointing": not small,
        "max_length": 512 if small else 1024,
    }
    of_preset: dict[str, dict[str, Any]] = {
        "quick": {"rank": 16, "alpha": 32, "epochs": 2.0},
        "balanced": {"rank": 16, "alpha": 32, "epochs": 4.0},
        "thorough": {
            "rank": 32,
            "alpha": 64,
            "epochs": 8.0,
            "learning_rate": rate / 2,
            "dropout": 0.05,
            "evaluations_per_epoch": 3,
            "patience": 4,
        },
    }
    return numbers | of_preset[preset]


def _tidy(name: str, value: Any) -> Any:
    """Take 16.0 for 16, as JSON from a page has it; everything else stays for the check."""
    if _kind(name) == "int" and isinstance(value, float) and value.is_integer():
        return int(value)
    if name == "target_modules" and isinstance(value, str):
        return _names(value)
    return value


def _names(text: str) -> str:
    names = [part.strip() for part in text.split(",") if part.strip()]
    wrong = [part for part in names if not part.replace("_", "").replace("-", "").replace(".", "").isalnum()]
    if not names or wrong or len(text) > 500:
        raise BadValue(
            f"{shorten(text)} does not name layers.",
            "Write all-linear, or names of layers divided by commas, such as q_proj,v_proj.",
        )
    return ",".join(names)


def _describe(name: str) -> dict[str, Any]:
    field = Recipe.__pydantic_fields__[name]  # type: ignore[attr-defined]
    facts = {
        "name": name,
        "title": _title(name).capitalize(),
        "kind": _kind(name),
        "help": " ".join(str(field.description).split()),
        "default": field.default,
    }
    if _kind(name) == "choice":
        return facts | {"choices": list(get_args(field.annotation))}
    low, high = _range(name)
    return facts if low is None else facts | {"low": low, "high": high}


def _kind(name: str) -> str:
    kind = Recipe.__pydantic_fields__[name].annotation  # type: ignore[attr-defined]
    return {int: "int", float: "float", bool: "bool", str: "text"}.get(kind, "choice")


def _range(name: str) -> tuple[Any, Any]:
    low = high = None
    for mark in Recipe.__pydantic_fields__[name].metadata:  # type: ignore[attr-defined]
        low, high = getattr(mark, "ge", low), getattr(mark, "le", high)
    return low, high


def _title(name: str) -> str:
    return name.replace("_", " ")


def _allowed(name: str) -> str:
    facts = _describe(name)
    if "choices" in facts:
        return f"{facts['title']} is one of: {', '.join(facts['choices'])}"
    if facts["kind"] == "bool":
        return f"{facts['title']} is true or false"
    if "low" in facts:
        whole = "whole number" if facts["kind"] == "int" else "number"
        return f"{facts['title']} is a {whole} from {facts['low']:,} to {facts['high']:,}"
    return f"{facts['title']} is text"
