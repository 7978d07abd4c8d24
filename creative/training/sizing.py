"""What a training takes: memory and disk by arithmetic, from the shapes in the model's files; knows no library.

Memory = model + voice + activations:

- model: as for writing (catalogue.fit).
- voice: every weight of it at 16 bytes: itself, its gradient and AdamW's two means, all fp32.
- activations: what each layer keeps for the way back: every linear layer's output twice (itself and what is made of
  it), about eight times the width for attention and norms; with dropout each changed layer's input once more, with
  its mask. Measured on the starter, batches of 8 rows of 409 tokens: 0.85 GB, with dropout 1.35 GB.
  With gradient checkpointing only the layers' inputs are kept, and one layer's activations at a time.
- the logits of the text's tokens, a limited number at once.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from creative.adapters.voice import read_shapes
from creative.catalogue.fit import LABELS, Precision, Shape, weights_gb
from creative.errors import DoesNotFit, ModelDamaged, StorageFull
from creative.training.recipe import Recipe

_MOST_LOGITS = 100_000_000  # values of logits held at once, beside their softmax and their gradient
_STATE_BYTES = 16  # of a weight in training: fp32 weight, gradient, two means
_KEPT_BYTES = 12  # of a weight in a checkpoint: fp32 weight and two means
_ALLOCATION_BYTES = 8  # AdaLoRA: two means more, of how much a weight matters
_WORKING_GB = 0.25  # allocator's leftovers and the libraries' own
_PRECISIONS: tuple[Precision, ...] = get_args(Precision)


@dataclass(frozen=True)
class Build:
    """How a model is built, as far as memory goes."""

    parameters_b: float
    kept_b: float
    """Billions in embeddings and head, which are never quantized."""
    layers: int
    width: int
    vocabulary: int
    linear: tuple[tuple[str, int, int], ...]
    """Each linear layer: the last part of its name, values out, values in."""
    heads: int = 1


@dataclass(frozen=True)
class Needs:
    """Memory of a training, in GB (10^9 bytes)."""

    model_gb: float
    optimiser_gb: float
    activations_gb: float

    @property
    def needed_gb(self) -> float:
        """Give all of it together."""
        return self.model_gb + self.optimiser_gb + self.activations_gb + _WORKING_GB


def read_build(folder: Path) -> Build:
    """Give a model's build from its configuration and the headers of its weights. Raises `ModelDamaged`."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as err:
        raise ModelDamaged(
            f"The model in {folder.name} cannot be opened: its config.json cannot be read.",
            "Fetch the model again, or choose another.",
        ) from err
    config = config.get("text_config", config)
    total = kept = 0
    linear = []
    for file in sorted(folder.glob("*.safetensors")):
        for name, shape in read_shapes(file).items():
            size = 1
            for length in shape:
                size *= length
            total += size
            plain = name.removesuffix(".weight")
            if re.search(r"\.\d+\.", name) and len(shape) == 2 and name.endswith(".weight"):
                linear.append((plain.rsplit(".", 1)[-1], shape[0], shape[1]))
            else:
                kept += size
    width = _first(config, "hidden_size", "n_embd", "d_model")
    layers = _first(config, "num_hidden_layers", "n_layer", "num_layers")
    heads = _first(config, "num_attention_heads", "n_head")
    return Build(total / 1e9, kept / 1e9, layers, width, _first(config, "vocab_size"), tuple(linear), heads)


def _first(config: dict[str, Any], *keys: str) -> int:
    return next((value for key in keys if isinstance(value := config.get(key), int)), 1)


def count_weights(build: Build, recipe: Recipe) -> int:
    """Give the number of weights a voice of this recipe has."""
    if recipe.method == "prefix":
        return 2 * build.layers * build.width * recipe.prefix_tokens
    rank = round(recipe.rank * 1.5) if recipe.method == "adalora" else recipe.rank
    extra = 1 if recipe.method == "dora" else 0
    return sum(rank * (out + into) + extra * out for _, out, into in _changed(build, recipe))


def _changed(build: Build, recipe: Recipe) -> list[tuple[str, int, int]]:
    wanted = recipe.target_modules.split(",")
    everything = recipe.target_modules == "all-linear"
    return [layer for layer in build.linear if everything or layer[0] in wanted]


def measure_needs(build: Build, recipe: Recipe, precision: Precision, longest: int) -> Needs:
    """Give the memory of training with rows of at most `longest` tokens."""
    weights = count_weights(build, recipe)
    value = 4 if precision == "fp32" else 2
    per_token = sum(out * 2 * value for _, out, _ in build.linear) + build.layers * build.width * 8 * value
    if recipe.dropout and recipe.method != "prefix":
        per_token += sum(into * (value + 8) for _, _, into in _changed(build, recipe))
    if recipe.gradient_checkpointing:
        per_token = build.layers * build.width * value + per_token // max(1, build.layers)
    tokens = recipe.batch * longest
    logits = min(tokens * build.vocabulary, _MOST_LOGITS) * 4 * 3
    return Needs(
        model_gb=weights_gb(Shape(build.parameters_b, build.kept_b), precision),
        optimiser_gb=weights * _STATE_BYTES / 1e9,
        activations_gb=(tokens * per_token + logits) / 1e9,
    )


def check_memory(
    build: Build, recipe: Recipe, precision: Precision, longest: int, free_gb: float, loaded: bool = False
) -> Needs:
    """Give the memory it takes; raises `DoesNotFit` naming what would fit. `loaded`: the model is in memory already."""
    needs = measure_needs(build, recipe, precision, longest)
    present_gb = needs.model_gb if loaded else 0.0
    if needs.needed_gb - present_gb <= free_gb:
        return needs
    message = (
        f"This training needs {_gb(needs.needed_gb)} of memory (model {_gb(needs.model_gb)}, optimiser"
        f" {_gb(needs.optimiser_gb)}, activations {_gb(needs.activations_gb)});"
        f" {_gb(free_gb + present_gb)} are free."
    )
    for smaller, fewer_bits, words in _smaller(recipe, precision, longest):
        would = measure_needs(build, smaller, fewer_bits, min(longest, smaller.max_length))
        if would.needed_gb <= free_gb + present_gb:
            raise DoesNotFit(message, f"This would fit ({_gb(would.needed_gb)}): {words}.")
    raise DoesNotFit(message, "Train on a smaller model, or on a machine with more memory.")


def _smaller(recipe: Recipe, precision: Precision, longest: int) -> list[tuple[Recipe, Precision, str]]:
    batch = recipe.batch
    one = replace(recipe, batch=1, accumulation=min(128, recipe.rows_per_step))
    tries: list[tuple[Recipe, Precision, str]] = []
    while batch > 1:
        batch //= 2
        steps = min(128, -(-recipe.rows_per_step // batch))
        smaller = replace(recipe, batch=batch, accumulation=steps)
        tries.append((smaller, precision, f"batch {batch} with accumulation {steps}"))
    again = replace(one, gradient_checkpointing=True)
    tries.append((again, precision, "batch 1 with gradient checkpointing"))
    short = replace(again, max_length=max(64, longest // 2))
    tries.append(
        (short, precision, f"batch 1 with gradient checkpointing and a length of {short.max_length}")
    )
    return [
        *tries,
        *(
            (again, bits, f"batch 1 with gradient checkpointing and the model in {LABELS[bits]}")
            for bits in ("int8", "nf4")
            if _PRECISIONS.index(bits) < _PRECISIONS.index(precision)
        ),
    ]


def disk_gb(weights: int, recipe: Recipe, evaluations: int) -> float:
    """Give the disk that checkpoints and the voices of all measurements take; one checkpoint more while writing."""
    kept = _KEPT_BYTES + (_ALLOCATION_BYTES if recipe.method == "adalora" else 0)
    return weights * (kept * (recipe.keep_checkpoints + 1) + 4 * (evaluations + 2)) / 1e9


def check_disk(needed_gb: float, free_gb: float) -> None:
    """Raise `StorageFull` when the checkpoints would not find room."""
    if needed_gb > free_gb:
        raise StorageFull(
            f"The checkpoints need {_gb(needed_gb)} of disk; {_gb(free_gb)} are free.",
            "Free some space, keep fewer checkpoints or choose a smaller rank.",
        )


def _gb(value_gb: float) -> str:
    return f"{value_gb:.1f} GB" if value_gb >= 0.95 else f"{value_gb * 1000:.0f} MB"
