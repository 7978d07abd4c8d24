"""A voice's passport: what it was trained on and with, in one JSON file beside its weights."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from creative.adapters.voice import PASSPORT, read_object

_TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "vocab.json", "merges.txt", "tokenizer_config.json")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class BaseMarks:
    """What tells one copy of a model from another."""

    revision: str = ""
    """The hub's commit, when the folder is a snapshot of the hub's cache."""
    weights_hash: str = ""
    """sha256 over the sha256 of every weight file."""
    tokenizer_hash: str = ""
    """sha256 over the tokenizer's files."""


@dataclass(frozen=True)
class Passport:
    """What `passport.json` holds; the shelf reads title, base_id, base_fingerprint, form and note."""

    title: str
    base_id: str
    """The model it was trained on: hub id, folder name or `starter`."""
    base_fingerprint: str
    form: str = ""
    """The form it was trained for; empty for any."""
    note: str = ""
    """One sentence for the list of voices, such as what it learned."""
    base: BaseMarks = field(default_factory=BaseMarks)
    quantization: str = ""
    """Precision of the base while training: nf4, int8, bf16 or fp32."""
    style: str = ""
    language: str = ""
    rights: str = ""
    """Whose pages: mine, public_domain or licensed."""
    template_hash: str = ""
    data_fingerprint: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The recipe."""
    results: Mapping[str, Any] = field(default_factory=dict)
    """The report; see evaluation.report. Passages of the pages are left out of the file."""
    created: float = 0.0
    """Seconds since 1970."""
    kept_step: int = 0
    job: str = ""
    made_with: Mapping[str, str] = field(default_factory=dict)
    """Versions of the libraries: torch, transformers, peft, trl, ..."""


def write_passport(folder: Path, passport: Passport) -> None:
    """Write `passport.json` into a voice's folder, whole or not at all. Raises OSError."""
    told = dataclasses.asdict(dataclasses.replace(passport, results=_without_passages(passport.results)))
    text = json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False)
    part = folder / f".{PASSPORT}.part"
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(folder / PASSPORT)


def read_passport(folder: Path) -> dict[str, Any]:
    """Give what a voice's passport says, empty without one. Raises `ModelDamaged` when it cannot be read."""
    return read_object(folder / PASSPORT) if (folder / PASSPORT).is_file() else {}


def read_marks(model_folder: Path) -> BaseMarks:
    """Give the marks of a base model's folder; reads every weight file once unless the hub named its hash.

    Raises OSError.
    """
    weights = hashlib.sha256()
    for file in sorted(model_folder.glob("*.safetensors")):
        weights.update(f"{file.name} {_hash_file(file)}\n".encode())
    tokenizer = hashlib.sha256()
    for name in _TOKENIZER_FILES:
        if (model_folder / name).is_file():
            tokenizer.update(f"{name} {_hash_file(model_folder / name)}\n".encode())
    snapshot = model_folder.parent.name == "snapshots"
    return BaseMarks(
        revision=model_folder.name if snapshot else "",
        weights_hash=weights.hexdigest(),
        tokenizer_hash=tokenizer.hexdigest(),
    )


def _without_passages(results: Mapping[str, Any]) -> dict[str, Any]:
    """Leave the copied passages out: a voice travels further than the pages it was made from."""
    copies = results.get("memorisation")
    if not isinstance(copies, Mapping):
        return dict(results)
    numbers = {name: value for name, value in copies.items() if name not in {"runs", "longest_passage"}}
    return {**results, "memorisation": numbers}


def _hash_file(file: Path) -> str:
    # In the hub's cache a large file is a link to a blob whose name is its sha256.
    blob = file.resolve().name
    if file.is_symlink() and _SHA256.fullmatch(blob):
        return blob
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
