"""Tiny models of random weights, of every kind whose pass is written out, each in the shapes that differ."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import torch
import transformers

from .conftest import STARTER

_SHAPE = {
    "vocab_size": 64,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "initializer_range": 0.3,
    "tie_word_embeddings": False,
    "pad_token_id": None,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
_YARN = {"rope_type": "yarn", "rope_theta": 1e4, "factor": 2.0, "original_max_position_embeddings": 32}
_MIXED = ["full_attention", "sliding_attention", "full_attention"]
_GRANITE = {
    "embedding_multiplier": 12.0,
    "residual_multiplier": 0.22,
    "attention_multiplier": 0.2,
    "logits_scaling": 8.0,
}

KIN: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("Llama", {}),
    "llama, a key head for each": ("Llama", {"num_key_value_heads": 4}),
    "llama, one key head, biases": (
        "Llama",
        {"num_key_value_heads": 1, "attention_bias": True, "mlp_bias": True},
    ),
    "llama, wide heads, tied, yarn": (
        "Llama",
        {"head_dim": 24, "tie_word_embeddings": True, "rope_parameters": _YARN},
    ),
    "llama, words of others in its configuration": (
        "Llama",
        {"sliding_window": 3, "logits_scaling": 9.0, "residual_multiplier": 3.0},
    ),
    "mistral": ("Mistral", {"head_dim": 16, "sliding_window": None}),
    "mistral, a window of 5": ("Mistral", {"sliding_window": 5}),
    "qwen2": ("Qwen2", {"tie_word_embeddings": True}),
    "qwen2, windows in some layers": (
        "Qwen2",
        {"use_sliding_window": True, "sliding_window": 4, "max_window_layers": 1},
    ),
    "qwen3": ("Qwen3", {"head_dim": 16}),
    "qwen3, biases and a window": (
        "Qwen3",
        {
            "head_dim": 8,
            "attention_bias": True,
            "use_sliding_window": True,
            "sliding_window": 6,
            "layer_types": _MIXED,
        },
    ),
    "smollm3": ("SmolLM3", {"no_rope_layer_interval": 2, "tie_word_embeddings": True}),
    "granite": ("Granite", {**_GRANITE, "tie_word_embeddings": True}),
    "phi3": ("Phi3", {"sliding_window": 7}),
    "olmo2": ("Olmo2", {}),
    "gemma": ("Gemma", {"head_dim": 16, "tie_word_embeddings": True}),
    "gemma3": (
        "Gemma3",
        {
            "head_dim": 16,
            "layer_types": _MIXED,
            "sliding_window": 5,
            "query_pre_attn_scalar": 20,
            "rope_parameters": {
                "full_attention": {"rope_type": "linear", "rope_theta": 1e6, "factor": 8.0},
                "sliding_attention": {"rope_type": "default", "rope_theta": 1e4},
            },
        },
    ),
}
"""Name -> class of transformers and what its configuration has beside `_SHAPE`."""


def tiny(kind: str, dtype: torch.dtype = torch.float32, **otherwise: Any) -> Any:
    """Give a tiny model of one of `KIN`, always with the same weights; biases and norms are random too."""
    family, told = KIN[kind]
    torch.manual_seed(1)
    config_name = f"{family}{'Text' if family == 'Gemma3' else ''}Config"
    config = getattr(transformers, config_name)(**{**_SHAPE, **told, **otherwise})
    model = getattr(transformers, f"{family}ForCausalLM")(config)
    for weight in model.parameters():
        if weight.dim() == 1:
            weight.data += torch.randn_like(weight) * 0.2
    return model.to(dtype).eval()


def save(kind: str, folder: Path) -> Path:
    """Save a small model of one of `KIN` that the starter's tokenizer belongs to, in shapes that can be quantized."""
    wide = {"head_dim": 32} if "head_dim" in KIN[kind][1] else {}
    shape = {"vocab_size": 8192, "hidden_size": 128, "intermediate_size": 192, "max_position_embeddings": 512}
    tiny(kind, initializer_range=0.1, **shape, **wide).save_pretrained(folder)
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(STARTER / file, folder / file)
    return folder
