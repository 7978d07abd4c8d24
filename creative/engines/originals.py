"""The weights of a model as its folder holds them, found by the layer that was made of them and read one by one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from creative.engines.fingerprint import list_weights


class Originals:
    """What the layers of a model were quantized from."""

    def __init__(self, model: Any, folder: Path) -> None:
        # Noted at once: a voice of PEFT's changes the names later.
        self._names = {module: f"{name}.weight" for name, module in model.named_modules()}
        self._files = {name: file for file in folder.glob("*.safetensors") for name in list_weights(file)}

    def has(self, layer: Any) -> bool:
        """Tell whether the folder has this layer's matrix under its own name, whole."""
        name = self._names.get(layer, "")
        if name not in self._files:
            return False
        with safe_open(self._files[name], framework="pt") as weights:
            part = weights.get_slice(name)
            # A folder may hold 4 bits already, in another shape.
            shape, kind = part.get_shape(), part.get_dtype()
        return shape == [layer.out_features, layer.in_features] and kind in ("BF16", "F16", "F32")

    def read(self, layer: Any) -> torch.Tensor:
        """Give the matrix of a layer that the folder has, outputs x inputs, in the dtype it is stored in."""
        name = self._names[layer]
        with safe_open(self._files[name], framework="pt") as weights:
            return weights.get_tensor(name)
