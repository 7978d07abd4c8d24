"""What a model folder holds, read from its JSON and the headers of its weights; nothing is loaded or run."""

from __future__ import annotations

import importlib.util
import json
import math
import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from creative.catalogue.fit import Shape, cache_bytes
from creative.errors import ModelDamaged

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "spiece.model")
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_CONTEXT_KEYS = ("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len")
_TEMPLATES = ("chat_template.jinja", "chat_template.json")
_EMBEDDINGS = "model.embed_tokens.weight"  # as Llama and its kin call them
# What bitsandbytes leaves in 16 bits. transformers 5 joins experts in one tensor, which it does not quantize.
_KEPT = re.compile(r"embed|\bwte\b|\bwpe\b|lm_head|norm|\.experts\.|bias$")
_LARGEST_HEADER = 200_000_000

Header = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class ModelSize:
    """What a model folder holds."""

    bytes: int
    """Size of the weight files."""
    parameters: int
    context: int
    """Tokens it was made for; 0 where the configuration does not say."""
    architecture: str
    chat: bool
    """Whether it has a chat template."""
    shape: Shape


def measure(folder: Path) -> ModelSize:
    """Check a model folder and give what it holds.

    Raises `ModelDamaged` for files that are missing, cut short or unreadable, for weights that exist only as
    pickles, and for models that need program code of their own.
    """
    config = check_config(folder)
    files = _weight_files(folder)
    headers: Header = {}
    for file in files:
        headers.update(read_header(file))
    _check_index(folder, headers)
    if not any((folder / name).is_file() for name in TOKENIZERS):
        raise damaged(folder, f"it has no tokenizer ({' or '.join(TOKENIZERS[:2])})")
    text = _text_config(config)
    counts = {name: math.prod(entry["shape"]) for name, entry in headers.items()}
    kept = sum(count for name, count in counts.items() if _KEPT.search(name))
    parameters = sum(counts.values())
    heads = _number(text, "num_attention_heads", "n_head")
    width = _number(text, "hidden_size", "n_embd")
    tied = 0 if any("lm_head" in name for name in counts) else counts.get(_EMBEDDINGS, 0)
    cache = cache_bytes(
        layers=_number(text, "num_hidden_layers", "n_layer"),
        kv_heads=_number(text, "num_key_value_heads") or heads,
        head_dim=_number(text, "head_dim") or (width // heads if heads else 0),
    )
    return ModelSize(
        bytes=sum(file.stat().st_size for file in files),
        parameters=parameters,
        context=_number(text, *_CONTEXT_KEYS),
        architecture=next(iter(config.get("architectures") or ()), str(config.get("model_type", ""))),
        chat=_has_chat_template(folder),
        shape=Shape(parameters / 1e9, kept / 1e9, cache, tied / 1e9),
    )


def check_config(folder: Path) -> dict[str, Any]:
    """Give the configuration of a model that needs no program code of its own. Raises `ModelDamaged`."""
    if not (folder / "config.json").is_file():
        raise damaged(folder, "it has no config.json")
    config = read_json(folder / "config.json")
    kind = str(config.get("model_type", ""))
    if config.get("auto_map") and not _is_native(kind):
        raise ModelDamaged(
            f"The model {folder_title(folder)} brings program code of its own, which is never run here.",
            "Choose a model whose kind is part of transformers, such as one of the list.",
        )
    return config


def read_header(file: Path) -> Header:
    """Give name, type and shape of every tensor in a safetensors file. Raises `ModelDamaged`."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        start = stream.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 2 <= length <= _LARGEST_HEADER or length > size - 8:
            raise damaged(file.parent, f"{file.name} is cut short or not a safetensors file ({size:,} bytes)")
        raw = stream.read(length)
    try:
        header = json.loads(raw)
        header.pop("__metadata__", None)
        end = max((entry["data_offsets"][1] for entry in header.values()), default=0)
        shapes_are_numbers = all(
            isinstance(number, int) for entry in header.values() for number in entry["shape"]
        )
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as err:
        raise damaged(file.parent, f"the header of {file.name} cannot be read") from err
    if not shapes_are_numbers:
        raise damaged(file.parent, f"the header of {file.name} cannot be read")
    if 8 + length + end != size:
        raise damaged(file.parent, f"{file.name} has {size:,} bytes of {8 + length + end:,}")
    return dict(header)


def read_json(file: Path) -> dict[str, Any]:
    """Give the object in a JSON file. Raises `ModelDamaged`."""
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as err:
        raise damaged(file.parent, f"{file.name} cannot be read") from err
    if not isinstance(values, dict):
        raise damaged(file.parent, f"{file.name} cannot be read")
    return values


def pickles_only(folder: Path, names: Iterable[str]) -> ModelDamaged:
    """Give the sentence for a model without safetensors, by what it has instead."""
    found = sorted(name for name in names if name.endswith((*PICKLES, ".gguf")))
    if not found:
        return damaged(folder, "it has no weights (*.safetensors)")
    reason = "made for another program" if found[0].endswith(".gguf") else "a kind that can run code"
    return ModelDamaged(
        f"The model {folder_title(folder)} comes only as {found[0]}, {reason}.",
        "Choose a model that is published as safetensors; only those are opened.",
    )


def damaged(folder: Path, why: str) -> ModelDamaged:
    """Give the sentence for a folder whose files are not right."""
    return ModelDamaged(
        f"The model {folder_title(folder)} cannot be opened: {why}.",
        "Delete its folder and fetch it again, or choose another model.",
    )


def folder_title(folder: Path) -> str:
    """Give a folder's name as people know it; the hub's cache hides it in the third name from the end."""
    if folder.parent.name == "snapshots":
        return folder.parent.parent.name.removeprefix("models--").replace("--", "/")
    return folder.name


def _weight_files(folder: Path) -> list[Path]:
    index = folder / INDEX
    if index.is_file():
        names = sorted({str(name) for name in _weight_map(index).values()})
        # A name from a file is never followed out of the folder.
        strange = [name for name in names if Path(name).name != name or not name.endswith(".safetensors")]
        if strange:
            raise damaged(folder, f"{INDEX} names the file {strange[0]!r}")
        missing = [name for name in names if not (folder / name).is_file()]
        if missing:
            raise damaged(
                folder, f"{len(missing)} of its {len(names)} weight files are missing ({missing[0]})"
            )
        return [folder / name for name in names]
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    shards = sorted(file.name for file in folder.glob("*.safetensors"))
    if shards:
        raise damaged(folder, f"it has {shards[0]} but neither {WEIGHTS} nor {INDEX}")
    raise pickles_only(folder, (file.name for file in folder.iterdir()))


def _check_index(folder: Path, headers: Mapping[str, Any]) -> None:
    if (folder / INDEX).is_file():
        lost = [name for name in _weight_map(folder / INDEX) if name not in headers]
        if lost:
            raise damaged(folder, f"{len(lost)} tensors of {INDEX} are in no file ({lost[0]})")
    if not headers:
        raise damaged(folder, "its weight files are empty")


def _weight_map(index: Path) -> dict[str, Any]:
    weight_map = read_json(index).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise damaged(index.parent, f"{index.name} names no weights")
    return weight_map


def _is_native(kind: str) -> bool:
    # Looked up in transformers' folder, not by importing it: that takes seconds.
    spec = importlib.util.find_spec("transformers")
    places = spec.submodule_search_locations if spec else None
    return bool(places) and re.fullmatch(r"[\w-]+", kind) is not None and _has_folder(places or (), kind)


def _has_folder(places: Iterable[str], kind: str) -> bool:
    return any((Path(place) / "models" / kind.replace("-", "_")).is_dir() for place in places)


def _text_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = config.get("text_config")
    return inner if isinstance(inner, dict) else config


def _number(config: Mapping[str, Any], *keys: str) -> int:
    return next((value for key in keys if isinstance(value := config.get(key), int)), 0)


def _has_chat_template(folder: Path) -> bool:
    if any((folder / name).is_file() for name in _TEMPLATES):
        return True
    tokenizer = folder / "tokenizer_config.json"
    return tokenizer.is_file() and bool(read_json(tokenizer).get("chat_template"))
