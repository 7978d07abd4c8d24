"""The base as the job opens it, and the voice that is laid on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from bitsandbytes.nn import Linear4bit
from peft import AdaLoraConfig, LoraConfig, PeftConfig, PrefixTuningConfig, get_peft_model
from torch import nn

from creative.engines.loading import Loaded, Precision, load_model
from creative.engines.machine import has_fast_bf16
from creative.errors import AdapterMismatch, BadValue, ModelDamaged
from creative.training.folder import JobOrder
from creative.training.recipe import Recipe

ADALORA_ROOM = 1.5
"""Rank that AdaLoRA begins with, over the rank it ends with on average; its own default is 12 to 8."""


@dataclass(frozen=True)
class Plan:
    """What the adapter must know beside the recipe."""

    steps: int
    base_id: str
    """Written into the adapter's own settings, so that it loads anywhere; never a path of this machine."""


def choose_precision(order: JobOrder, recipe: Recipe) -> Precision:
    """Give the precision the base is trained in."""
    wanted = order.base.precision if recipe.precision == "as_in_use" else recipe.precision
    known: tuple[Precision, ...] = ("nf4", "int8", "bf16", "fp32")
    for precision in known:
        if precision == wanted:
            return precision
    raise BadValue(f"The model in use has the precision {wanted}.", f"Choose one of {', '.join(known)}.")


def open_base(order: JobOrder, recipe: Recipe) -> Loaded:
    """Give the base in memory. Raises `ModelDamaged`, `DoesNotFit` and, for another base, `AdapterMismatch`."""
    folder = Path(order.base.folder)
    title = order.base.title or order.base.model
    if not folder.is_dir():
        raise ModelDamaged(
            f"The model {title} is no longer where it was.",
            "Fetch it again, or put its folder back, and resume the training.",
        )
    loaded = load_model(folder, choose_precision(order, recipe))
    if order.base.fingerprint and loaded.fingerprint != order.base.fingerprint:
        raise AdapterMismatch(
            f"The files of {title} are not those that this training was ordered for.",
            "Put the old files back and resume, or start a new training on the model as it is now.",
        )
    if loaded.model.device.type == "cpu" and not has_fast_bf16():
        for layer in loaded.model.modules():
            if isinstance(layer, Linear4bit):
                # Forward and back 256 rows of 1,024 by 3,072 take 0.17 seconds so, and 5 seconds in bf16.
                layer.compute_dtype = torch.float32
    return loaded


def add_voice(loaded: Loaded, recipe: Recipe, plan: Plan) -> Any:
    """Give the base with a new voice on it, ready to learn. Raises `BadValue` for layers it does not have."""
    torch.manual_seed(recipe.seed)
    config = _make_config(loaded, recipe, plan)
    try:
        voice = get_peft_model(loaded.model, config)
    except ValueError as err:
        raise BadValue(
            f"A voice of the kind {recipe.method} cannot be laid on this model: {str(err).splitlines()[0]}",
            "Choose another method, or all-linear as the target modules.",
        ) from err
    # PEFT has put the folder there.
    voice.peft_config["default"].base_model_name_or_path = plan.base_id
    for weights in voice.parameters():
        if weights.requires_grad:
            # In bf16 small steps are lost in rounding.
            weights.data = weights.data.float()
    return voice


def list_layers(model: nn.Module) -> list[str]:
    """Give the names of the layers a voice can change: all linear ones but the output head."""
    head = model.get_output_embeddings()  # type: ignore[operator]
    return sorted(
        {
            name.rsplit(".", 1)[-1]
            for name, layer in model.named_modules()
            if (isinstance(layer, nn.Linear) or type(layer).__name__ == "Conv1D") and layer is not head
        }
    )


def _make_config(loaded: Loaded, recipe: Recipe, plan: Plan) -> PeftConfig:
    if recipe.method == "prefix":
        return PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=recipe.prefix_tokens)
    chosen: dict[str, Any] = {
        "task_type": "CAUSAL_LM",
        "lora_alpha": recipe.alpha,
        "lora_dropout": recipe.dropout,
        "target_modules": _choose_layers(loaded.model, recipe.target_modules),
        "fan_in_fan_out": any(type(layer).__name__ == "Conv1D" for layer in loaded.model.modules()),
    }
    if recipe.method == "adalora":
        return AdaLoraConfig(
            **chosen,
            init_r=max(recipe.rank + 1, round(recipe.rank * ADALORA_ROOM)),
            target_r=recipe.rank,
            total_step=max(plan.steps, 2),
            tinit=plan.steps // 10,
            tfinal=plan.steps // 4,
            deltaT=max(1, plan.steps // 100),
        )
    dora, rslora = recipe.method == "dora", recipe.method == "rslora"
    return LoraConfig(**chosen, r=recipe.rank, use_dora=dora, use_rslora=rslora)


def _choose_layers(model: nn.Module, wanted: str) -> list[str]:
    known = list_layers(model)
    if wanted == "all-linear":
        return known
    names = wanted.split(",")
    strange = [name for name in names if name not in known]
    if strange:
        raise BadValue(
            f"This model has no layers called {', '.join(strange)} that a voice can change.",
            f"There are: {', '.join(known)}; or all-linear for all of them.",
        )
    return names
