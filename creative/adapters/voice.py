"""One voice: a PEFT folder read from its JSON and the header of its weights; nothing is loaded or run."""

from __future__ import annotations

import json
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from creative.errors import ModelDamaged, shorten

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
PASSPORT = "passport.json"
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_METHODS = {"LORA": "LoRA", "ADALORA": "AdaLoRA", "PREFIX_TUNING": "prefix tuning"}
# PEFT imports a module that the first one names, and rebuilds the model for the second.
_REFUSED = ("megatron_config", "layer_replication")
_LARGEST_JSON = 5_000_000
_LARGEST_HEADER = 100_000_000

Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class Voice:
    """An adapter as writers see it, and what it was made for."""

    name: str
    """Lower-case letters, digits and "-"; unique on the shelf."""
    title: str
    folder: Path
    base_id: str
    """The model it was trained on, as the adapter names it; empty when it does not say."""
    base_fingerprint: str
    """That model's fingerprint, from the passport; empty without one."""
    form: str
    """The form it was trained for; empty for any."""
    rank: int
    """0 where the method has none."""
    method: str
    note: str


def read_voice(folder: Path, name: str) -> Voice:
    """Read a voice's folder. Raises `ModelDamaged` for one that is incomplete, unsafe or of an unknown method."""
    if not (folder / WEIGHTS).is_file():
        pickle = next((file.name for file in sorted(folder.iterdir()) if file.suffix in _PICKLES), "")
        if pickle:
            raise _damaged(folder, f"it comes only as {pickle}, a kind of file that can run code")
        raise _damaged(folder, f"it has no {WEIGHTS}")
    config = read_object(folder / CONFIG)
    kind = str(config.get("peft_type", ""))
    if kind not in _METHODS:
        raise _damaged(folder, f"its method {shorten(kind)} is not one of {', '.join(_METHODS.values())}")
    refused = [key for key in _REFUSED if config.get(key)]
    if refused:
        raise _damaged(folder, f"its {refused[0]} would change the program or the model")
    read_shapes(folder / WEIGHTS)
    passport = read_object(folder / PASSPORT) if (folder / PASSPORT).is_file() else {}
    return Voice(
        name=name,
        title=_line(passport, "title", 80) or folder.name.replace("-", " ").replace("_", " ").capitalize(),
        folder=folder,
        base_id=_plain_id(_line(passport, "base_id", 200) or _line(config, "base_model_name_or_path", 500)),
        base_fingerprint=_line(passport, "base_fingerprint", 200),
        form=_line(passport, "form", 80),
        rank=_rank(config, kind),
        method=_method(config, kind),
        note=_line(passport, "note", 300),
    )


def read_object(file: Path) -> dict[str, Any]:
    """Give the object in one of a voice's JSON files. Raises `ModelDamaged`."""
    try:
        if file.stat().st_size > _LARGEST_JSON:
            raise ValueError("too large")
        values = json.loads(file.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except (OSError, ValueError, RecursionError) as err:
        raise _damaged(file.parent, f"its {file.name} cannot be read") from err
    if not isinstance(values, dict):
        raise _damaged(file.parent, f"its {file.name} cannot be read")
    return values


def read_shapes(file: Path) -> Shapes:
    """Give the shape of every tensor in a safetensors file by its header alone. Raises `ModelDamaged`."""
    try:
        size = file.stat().st_size
        with file.open("rb") as stream:
            length = struct.unpack("<Q", stream.read(8))[0]
            if length > min(size - 8, _LARGEST_HEADER):
                raise ValueError("header larger than the file")
            header = json.loads(stream.read(length))
        header.pop("__metadata__", None)
        shapes = {name: tuple(map(int, entry["shape"])) for name, entry in header.items()}
        end = max(int(entry["data_offsets"][1]) for entry in header.values())
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, struct.error) as err:
        raise _damaged(file.parent, f"{file.name} is cut short or not a safetensors file") from err
    if 8 + length + end != size:
        raise _damaged(file.parent, f"{file.name} has {size:,} bytes of {8 + length + end:,}")
    return shapes


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON, and no browser reads it")


def _damaged(folder: Path, why: str) -> ModelDamaged:
    return ModelDamaged(
        f"The voice in {folder.name} cannot be used: {why}.",
        f"Copy its folder again: {CONFIG} and {WEIGHTS}, as PEFT saves them.",
    )


def _line(values: dict[str, Any], key: str, limit: int) -> str:
    value = values.get(key)
    if not isinstance(value, str):
        return ""
    return re.sub(r"\s+", " ", "".join(ch if ch.isprintable() else " " for ch in value)).strip()[:limit]


def _plain_id(name: str) -> str:
    """Give a model's name without the folders of the machine it was trained on."""
    cached = re.search(r"models--([^/\\]+)[/\\]snapshots[/\\]", name)
    if cached:
        return cached[1].replace("--", "/")
    is_path = name.startswith(("/", ".", "~")) or "\\" in name or name.count("/") > 1
    return re.split(r"[/\\]", name.rstrip("/\\"))[-1] if is_path else name


def _rank(config: dict[str, Any], kind: str) -> int:
    rank = config.get("init_r" if kind == "ADALORA" else "r")
    return rank if isinstance(rank, int) and kind != "PREFIX_TUNING" else 0


def _method(config: dict[str, Any], kind: str) -> str:
    if kind == "LORA" and config.get("use_dora"):
        return "DoRA"
    if kind == "LORA" and config.get("use_rslora"):
        return "rsLoRA"
    return _METHODS[kind]
