"""The mark by which a voice knows the model it belongs to; reads files only, needs no library."""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path

_CHANGING = frozenset(
    {"transformers_version", "_name_or_path", "torch_dtype", "dtype", "quantization_config"}
)
_TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "vocab.json", "merges.txt")


def take_fingerprint(folder: Path) -> str:
    """Give a hash of a model folder's configuration, tokenizer and weight names, the same in every precision.

    Raises OSError or ValueError when the files cannot be read.
    """
    mark = hashlib.sha256()
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    kept = {key: value for key, value in config.items() if key not in _CHANGING}
    mark.update(json.dumps(kept, sort_keys=True).encode())
    for name in _TOKENIZER_FILES:
        if (folder / name).is_file():
            mark.update((folder / name).read_bytes())
    names = [name for file in sorted(folder.glob("*.safetensors")) for name in list_weights(file)]
    mark.update("\n".join(sorted(names)).encode())
    return mark.hexdigest()[:16]


def list_weights(file: Path) -> list[str]:
    """Give the tensor names in a safetensors file from its header alone; raises ValueError when it is damaged."""
    with file.open("rb") as stream:
        start = stream.read(8)
        if len(start) < 8:
            raise ValueError(f"{file.name} is cut short")
        (length,) = struct.unpack("<Q", start)
        size = file.stat().st_size
        if length > size - 8:
            raise ValueError(f"{file.name} is cut short")
        header = json.loads(stream.read(length))
    header.pop("__metadata__", None)
    end = max((entry["data_offsets"][1] for entry in header.values()), default=0)
    if 8 + length + end != size:
        raise ValueError(f"{file.name} has {size} bytes where its header promises {8 + length + end}")
    return list(header)
