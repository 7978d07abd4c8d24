"""What is kept on disk: whole checkpoints to go on from, and the voice's weights of every measurement.

Everything is safetensors and JSON. A checkpoint is written under a hidden name and renamed last, so the newest one
is always whole.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model_state_dict, set_peft_model_state_dict
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from creative.adapters.voice import CONFIG, WEIGHTS
from creative.training import folder as names
from creative.training.folder import telling_of_a_full_disk, write_json

OPTIMIZER = "optimizer.safetensors"
CHANCE = "chance.safetensors"
SCHEDULE = "schedule.json"
COURSE = "course.json"
STATE = "trainer_state.json"  # the trainer looks for this name
ALLOCATION = "allocation.safetensors"
"""AdaLoRA's alone: how much each weight has mattered so far, and which ranks are left."""
_MEANS = {"sensitivity": "exp_avg_ipt", "uncertainty": "exp_avg_unc"}  # names of PEFT's RankAllocator
_PARTS = (WEIGHTS, OPTIMIZER, CHANCE, SCHEDULE, COURSE, STATE)


def place_of(folder: Path, kind: str, step: int) -> Path:
    """Give the folder of a step's checkpoint (`names.CHECKPOINTS`) or voice (`names.WEIGHTS`)."""
    return folder / kind / f"step-{step}"


def list_steps(folder: Path, kind: str) -> list[int]:
    """Give the steps that are kept, oldest first."""
    found = (entry.name.removeprefix("step-") for entry in (folder / kind).glob("step-*"))
    return sorted(int(number) for number in found if number.isdigit())


class Writing:
    """A folder that appears whole under its name, or not at all. Raises `StorageFull`."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self.hidden = place.with_name(f".{place.name}.part")

    def __enter__(self) -> Path:
        with telling_of_a_full_disk("What it learned could not be saved"):
            shutil.rmtree(self.hidden, ignore_errors=True)
            self.hidden.mkdir(parents=True)
        return self.hidden

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, trace: object) -> None:
        try:
            if err is None:
                with telling_of_a_full_disk("What it learned could not be saved"):
                    self._reveal()
        finally:
            shutil.rmtree(self.hidden, ignore_errors=True)

    def _reveal(self) -> None:
        for file in self.hidden.iterdir():
            with file.open("rb") as stream:
                os.fsync(stream.fileno())
        if self._place.exists():
            aside = self._place.with_name(f".{self._place.name}.old")
            shutil.rmtree(aside, ignore_errors=True)
            self._place.rename(aside)
            self.hidden.rename(self._place)
            shutil.rmtree(aside, ignore_errors=True)
        else:
            self.hidden.rename(self._place)


def write_tensors(file: Path, tensors: Mapping[str, torch.Tensor]) -> None:
    """Write tensors as safetensors. Raises `StorageFull`."""
    whole = {name: tensor.detach().to("cpu").contiguous().clone() for name, tensor in tensors.items()}
    with telling_of_a_full_disk("What it learned could not be saved"):
        try:
            save_file(whole, file, metadata={"format": "pt"})
        except SafetensorError as err:
            # It tells of a full disk in words only.
            raise OSError(28, f"no room for {file.name}") from err


def raw_weights(model: Any) -> dict[str, torch.Tensor]:
    """Give the voice's weights as they are trained."""
    return {name: weights for name, weights in model.named_parameters() if weights.requires_grad}


def write_checkpoint(place: Path, trainer: Any, course: Mapping[str, Any], chance: torch.Tensor) -> None:
    """Write all that is needed to go on as if nothing had happened. Raises `StorageFull`."""
    state = trainer.optimizer.state_dict()
    tensors = {
        f"{number}.{key}": value if torch.is_tensor(value) else torch.tensor(value)
        for number, values in state["state"].items()
        for key, value in values.items()
    }
    trainer.state.log_history.clear()  # the events have it, and it would grow with every step
    with Writing(place) as hidden:
        write_tensors(hidden / WEIGHTS, raw_weights(trainer.voice))
        write_tensors(hidden / OPTIMIZER, tensors)
        write_tensors(hidden / CHANCE, {"ranks": chance})
        if hasattr(trainer.voice.base_model, "rankallocator"):
            write_tensors(hidden / ALLOCATION, _read_allocation(trainer.voice.base_model))
        with telling_of_a_full_disk("What it learned could not be saved"):
            schedule = {"groups": state["param_groups"], "schedule": trainer.lr_scheduler.state_dict()}
            write_json(hidden / SCHEDULE, schedule)
            write_json(hidden / COURSE, course)
            trainer.state.save_to_json(str(hidden / STATE))


def _read_allocation(tuner: Any) -> dict[str, torch.Tensor]:
    """Give where AdaLoRA stands with its ranks, which PEFT keeps beside the weights."""
    found = {
        f"{kind}.{name}": mean
        for kind, attribute in _MEANS.items()
        for name, mean in getattr(tuner.rankallocator, attribute).items()
    }
    pattern = tuner.peft_config["default"].rank_pattern or {}
    # One number more, since a file without tensors is none.
    left = {f"left.{name}": torch.tensor(ranks) for name, ranks in pattern.items()}
    return found | left | {"ranks": torch.tensor(len(pattern))}


def load_allocation(place: Path, model: Any) -> None:
    """Put a checkpoint's AdaLoRA ranks into the voice being trained; nothing for other methods."""
    tuner = model.base_model
    if not hasattr(tuner, "rankallocator") or not (place / ALLOCATION).is_file():
        return
    devices = {name: weights.device for name, weights in raw_weights(tuner.model).items()}
    pattern: dict[str, list[bool]] = {}
    for key, tensor in load_file(place / ALLOCATION).items():
        kind, _, name = key.partition(".")
        if kind in _MEANS:
            getattr(tuner.rankallocator, _MEANS[kind])[name] = tensor.to(devices[name])
            tuner.rankallocator.ipt[name] = torch.zeros_like(tensor, device=devices[name])
        elif kind == "left":
            pattern[name] = tensor.tolist()
    tuner.peft_config["default"].rank_pattern = pattern or None


def find_newest(folder: Path) -> int | None:
    """Give the step of the newest checkpoint that is whole; what a killed process left half is removed."""
    for kind in (names.CHECKPOINTS, names.WEIGHTS):
        for half in (folder / kind).glob(".step-*"):
            shutil.rmtree(half, ignore_errors=True)
    for step in reversed(list_steps(folder, names.CHECKPOINTS)):
        if _is_whole(place_of(folder, names.CHECKPOINTS, step)):
            return step
    return None


def _is_whole(place: Path) -> bool:
    try:
        for part in _PARTS:
            if part.endswith(".json"):
                json.loads((place / part).read_text(encoding="utf-8"))
            else:
                load_file(place / part)
        if (place / ALLOCATION).exists():
            load_file(place / ALLOCATION)
    except (OSError, ValueError, SafetensorError):
        return False
    return True


def load_weights(place: Path, model: Any) -> None:
    """Put a checkpoint's weights into the voice being trained."""
    saved = load_file(place / WEIGHTS)
    with torch.no_grad():
        for name, weights in raw_weights(model).items():
            weights.copy_(saved[name])


def load_optimizer(place: Path, trainer: Any) -> None:
    """Put a checkpoint's optimiser and schedule into the trainer."""
    saved = json.loads((place / SCHEDULE).read_text(encoding="utf-8"))
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, tensor in load_file(place / OPTIMIZER).items():
        number, key = name.split(".", 1)
        state.setdefault(int(number), {})[key] = tensor
    trainer.optimizer.load_state_dict({"state": state, "param_groups": saved["groups"]})
    trainer.lr_scheduler.load_state_dict(saved["schedule"])


def read_chance() -> torch.Tensor:
    """Give the state of all random draws of this process as bytes."""
    parts = [torch.get_rng_state()]
    if torch.cuda.is_available():
        parts.append(torch.cuda.get_rng_state())
    return torch.cat(parts)


def set_chance(state: torch.Tensor) -> None:
    """Go on drawing where `read_chance` was asked."""
    length = torch.get_rng_state().numel()
    torch.set_rng_state(state[:length])
    if torch.cuda.is_available() and state.numel() > length:
        torch.cuda.set_rng_state(state[length:])


def read_course(place: Path) -> dict[str, Any]:
    """Give what the job noted beside a checkpoint."""
    return dict(json.loads((place / COURSE).read_text(encoding="utf-8")))


def drop_older(folder: Path, keep: int) -> None:
    """Remove all but the newest checkpoints."""
    for step in list_steps(folder, names.CHECKPOINTS)[:-keep]:
        shutil.rmtree(place_of(folder, names.CHECKPOINTS, step), ignore_errors=True)


def write_voice(place: Path, model: Any) -> None:
    """Write the voice as it stands as a plain PEFT folder. Raises `StorageFull`."""
    config = model.peft_config["default"]
    if config.peft_type == "ADALORA":
        config, weights = _plain_lora(model, config)
    else:
        weights = get_peft_model_state_dict(model, save_embedding_layers=False)
    with Writing(place) as hidden:
        write_tensors(hidden / WEIGHTS, weights)
        with telling_of_a_full_disk("What it learned could not be saved"):
            training, config.inference_mode = config.inference_mode, True
            config.save_pretrained(str(hidden))
            config.inference_mode = training


def _plain_lora(model: Any, config: Any) -> tuple[LoraConfig, dict[str, torch.Tensor]]:
    """Give an AdaLoRA voice as the LoRA that does exactly the same, so that every program can load and mix it."""
    weights: dict[str, torch.Tensor] = {}
    scale = config.lora_alpha / (config.init_r + 1e-5)  # as its layers have it
    for name, layer in model.named_modules():
        if hasattr(layer, "lora_E") and "default" in layer.lora_A:
            a, b, e = layer.lora_A["default"], layer.lora_B["default"], layer.lora_E["default"]
            weights[f"{name}.lora_A.weight"] = a * e * scale
            weights[f"{name}.lora_B.weight"] = b
    plain = LoraConfig(
        task_type=config.task_type,
        r=config.init_r,
        lora_alpha=config.init_r,
        lora_dropout=config.lora_dropout,
        target_modules=config.target_modules,
        fan_in_fan_out=config.fan_in_fan_out,
        base_model_name_or_path=config.base_model_name_or_path,
    )
    return plain, weights


def read_config(place: Path) -> dict[str, Any]:
    """Give the settings of a kept voice."""
    return dict(json.loads((place / CONFIG).read_text(encoding="utf-8")))


def reload_voice(place: Path, model: Any) -> bool:
    """Tell whether a voice just written reads back as the same weights; the trial before a long training."""
    saved = load_file(place / WEIGHTS)
    if read_config(place)["peft_type"] == "LORA" and model.peft_config["default"].peft_type == "LORA":
        set_peft_model_state_dict(model, saved)
    return all(bool(torch.isfinite(tensor).all()) for tensor in saved.values())
