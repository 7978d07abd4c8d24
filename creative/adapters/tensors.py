"""The tensors of a voice: which of them belong to an adapter, and a copy of the file without the others."""

from __future__ import annotations

import json
import re
import shutil
import struct
from collections.abc import Collection
from pathlib import Path
from typing import Any

from creative.adapters.voice import Shapes

_ADAPTERS_OWN = re.compile(
    r"(?:^|\.)(?:lora_[A-E]|lora_embedding_[AB]|lora_magnitude_vector|ranknum|prompt_embeddings)(?:\.|$)"
)
_SPARE_EMBEDDING = re.compile(
    r"\.(?:embed_tokens|wte|word_embeddings|embed_in|lm_head|embed_out)\.base_layer\.weight$"
)
VOCABULARY = re.compile(r"(?:^|\.)(?:embed_tokens|wte|word_embeddings|embed_in|lm_head|embed_out)$")
"""Modules with a row for every token of the vocabulary."""


def find_foreign(shapes: Shapes) -> list[str]:
    """Give the tensors that are no part of an adapter: PEFT would write them over the model's own, for everyone."""
    return [name for name in shapes if not _ADAPTERS_OWN.search(name)]


def find_spare(shapes: Shapes) -> list[str]:
    """Give the unchanged embeddings that PEFT saves beside a LoRA of the embeddings; they can be left out."""
    return [name for name in shapes if _SPARE_EMBEDDING.search(name)]


def leave_out(file: Path, names: Collection[str]) -> None:
    """Write a safetensors file anew without some of its tensors. Raises OSError."""
    part = file.with_name(f".{file.name}.part")
    with file.open("rb") as source, part.open("wb") as target:
        (length,) = struct.unpack("<Q", source.read(8))
        header: dict[str, Any] = json.loads(source.read(length))
        kept = [(name, entry) for name, entry in header.items() if name not in names]
        new: dict[str, Any] = {}
        at = 0
        for name, entry in kept:
            new[name] = entry
            if name != "__metadata__":
                begin, end = entry["data_offsets"]
                new[name] = {**entry, "data_offsets": [at, at + end - begin]}
                at += end - begin
        told = json.dumps(new).encode()
        told += b" " * (-len(told) % 8)  # the format wants its tensors to begin at a multiple of eight
        target.write(struct.pack("<Q", len(told)) + told)
        for name, entry in kept:
            if name != "__metadata__":
                begin, end = entry["data_offsets"]
                source.seek(8 + length + begin)
                _copy(source, target, end - begin)
    shutil.copymode(file, part)
    part.replace(file)


def _copy(source: Any, target: Any, count: int) -> None:
    while count > 0:
        block = source.read(min(count, 1 << 20))
        target.write(block)
        count -= len(block)
        if not block:
            raise OSError("the file is shorter than its header says")
