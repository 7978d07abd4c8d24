"""Prefix-tuned voices: keys and values that stand before a prompt as if they had been read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from creative.engines.cache import Past
from creative.engines.factors import WEIGHTS


def read_prefix(folder: Path, config: Any, model: Any, dtype: torch.dtype) -> Past:
    """Give what a prefix-tuned voice puts before every prompt, in the caches' `dtype`.

    The prompt's positions begin after it, as in PEFT. Raises ValueError when it is not this model's.
    """
    weights = load_file(folder / WEIGHTS)
    held = weights.pop("prompt_embeddings", None)
    if held is None or weights:
        raise ValueError(f"its weights are {', '.join([*weights]) or 'none'} where prompt_embeddings belong")
    text = model.config.get_text_config()
    layers, heads = text.num_hidden_layers, getattr(text, "num_key_value_heads", text.num_attention_heads)
    width = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    tokens = config.num_virtual_tokens
    if held.shape != (tokens, layers * 2 * heads * width):
        raise ValueError(
            f"its prefix has the shape {tuple(held.shape)} where {(tokens, layers * 2 * heads * width)} belongs"
        )
    if not bool(held.isfinite().all()):
        raise ValueError("its prefix has numbers that are not numbers")
    parts = held.to(model.device, dtype).view(tokens, layers, 2, heads, width).permute(1, 2, 3, 0, 4)
    keys, values = torch.unbind(parts.unsqueeze(2).contiguous(), dim=1)
    return Past(tuple(keys), tuple(values))
