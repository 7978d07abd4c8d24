"""What a model of the Llama kind is made of: which ones are known, and what stands around the matrices of a layer.

All of them are Llama with a few named differences, read from the modules themselves; what a class reads from its
configuration alone is asked of that class alone. A model that is not known here goes through transformers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
import transformers
from torch.nn import functional

# Class -> whether its layers look back over a window: none, all of them, or those that its configuration names.
_KNOWN = {
    "LlamaForCausalLM": "none",
    "GemmaForCausalLM": "none",
    "GraniteForCausalLM": "none",
    "Olmo2ForCausalLM": "none",
    "MistralForCausalLM": "all",
    "Phi3ForCausalLM": "all",
    "Gemma3ForCausalLM": "named",
    "Qwen2ForCausalLM": "named",
    "Qwen3ForCausalLM": "named",
    "SmolLM3ForCausalLM": "named",
}
# Rotations whose angles depend on the position alone.
_FIXED_ROTATIONS = frozenset({"default", "linear", "llama3", "yarn"})
# Fields that, where they are set, make another pass of a known class.
_OTHER_PASSES = ("use_bidirectional_attention", "attn_logit_softcapping", "final_logit_softcapping")
_ONE_IS_ADDED = frozenset({"GemmaRMSNorm", "Gemma3RMSNorm"})  # norms that hold their weights less one

Change = Callable[[torch.Tensor], torch.Tensor]


def can_write_out(model: Any) -> bool:
    """Tell whether a model is one whose pass is written out; strict, for all others go through transformers."""
    name, config = type(model).__name__, model.config
    if name not in _KNOWN or type(model) is not getattr(transformers, name):
        return False
    if any(getattr(config, field, None) for field in _OTHER_PASSES):
        return False
    rope = config.rope_parameters or {}
    ropes = [value for value in rope.values() if isinstance(value, dict)] or [rope]
    if any(each.get("rope_type", "default") not in _FIXED_ROTATIONS for each in ropes):
        return False
    first = torch.zeros(1, 1, dtype=torch.long, device=model.device)
    width = model.model.layers[0].self_attn.head_dim
    # Some turn only the first part of a head.
    return all(rotate(model, kind, first)[0].shape[-1] == width for kind in rotation_kinds(model))


@dataclass(frozen=True)
class Layer:
    """What stands around the matrices of one layer."""

    before_attention: Change
    after_attention: Change
    before_feeding: Change
    after_feeding: Change
    """A norm, or behind in Granite a multiplier, before the state is added; what is not there changes nothing."""
    on_heads: Change
    """The norm of queries and keys, tokens x heads x width."""
    rotation: str | None
    """The kind of its rotation; None where positions are not told."""
    window: int
    """How many tokens it looks back over; 0 for all."""
    scaling: float
    """Of the attention scores."""
    activation: Change


def read_layers(model: Any) -> list[Layer]:
    """Give what stands around the matrices of each layer of a model that can be written out."""
    return [_read_layer(model, index, layer) for index, layer in enumerate(model.model.layers)]


def _read_layer(model: Any, index: int, layer: Any) -> Layer:
    config, attention = model.config, layer.self_attn
    # The same name stands behind the attention where the feeding has a norm behind it too, else before the feeding.
    behind = hasattr(layer, "post_feedforward_layernorm")
    share = getattr(layer, "residual_multiplier", 1.0)
    unnormed = _unchanged if share == 1 else partial(torch.mul, other=share)
    return Layer(
        before_attention=_norm(layer, "input_layernorm"),
        after_attention=_norm(layer, "post_attention_layernorm") if behind else unnormed,
        before_feeding=_norm(layer, "pre_feedforward_layernorm" if behind else "post_attention_layernorm"),
        after_feeding=_norm(layer, "post_feedforward_layernorm") if behind else unnormed,
        on_heads=HeadNorm(attention, config) if hasattr(attention, "q_norm") else _unchanged,
        rotation=_rotation_kind(model, index) if getattr(attention, "use_rope", True) else None,
        window=_window(model, index),
        scaling=attention.scaling,
        activation=(getattr(layer.mlp, "act_fn", None) or layer.mlp.activation_fn).forward,
    )


def multipliers(model: Any) -> tuple[float, float]:
    """Give what embeddings are multiplied by and scores divided by, 1 but for Granite."""
    if not hasattr(model.model, "embedding_multiplier"):
        return 1.0, 1.0
    return model.model.embedding_multiplier, model.config.logits_scaling


def rotation_kinds(model: Any) -> list[str]:
    """Give the kinds of rotation of a model: those of its layers where it has several, else one without a name."""
    return sorted({_rotation_kind(model, index) for index in range(len(model.model.layers))})


def rotate(
    model: Any, kind: str, places: torch.Tensor, dtype: torch.dtype = torch.float32
) -> tuple[torch.Tensor, torch.Tensor]:
    """Give cosines and sines of one kind of rotation for positions (1 x tokens), 1 x tokens x width of a head."""
    like = torch.empty(0, dtype=dtype, device=places.device)
    return model.model.rotary_emb(like, places, *([kind] if kind else []))


def _rotation_kind(model: Any, index: int) -> str:
    several = type(model).__name__ == "Gemma3ForCausalLM"
    return model.config.layer_types[index] if several else ""


def _window(model: Any, index: int) -> int:
    windows, config = _KNOWN[type(model).__name__], model.config
    if windows == "none" or (windows == "named" and config.layer_types[index] != "sliding_attention"):
        return 0
    return config.sliding_window or 0


def _unchanged(state: torch.Tensor) -> torch.Tensor:
    return state


def _norm(layer: Any, name: str) -> Change:
    return Norm(getattr(layer, name)) if hasattr(layer, name) else _unchanged


def _gain(norm: Any) -> torch.Tensor:
    weight = norm.weight.data
    return 1 + weight.float() if type(norm).__name__ in _ONE_IS_ADDED else weight


def _epsilon(norm: Any) -> float:
    return norm.eps if hasattr(norm, "eps") else norm.variance_epsilon


class Norm:
    """A root mean square norm (arXiv 1910.07467); on a CPU, where torch has no kernel for it, in the fewest steps."""

    def __init__(self, norm: Any) -> None:
        self._gain = _gain(norm)
        self._epsilon = _epsilon(norm)
        self._fused = self._gain.device.type != "cpu"
        width = self._gain.shape[0]
        self._weight = self._gain.float() * width**0.5
        self._least = torch.tensor((self._epsilon * width) ** 0.5, device=self._gain.device)

    def __call__(self, state: torch.Tensor) -> torch.Tensor:
        """Give rows x width, normed."""
        if self._fused:
            gain = self._gain
            return functional.rms_norm(state.to(gain.dtype), gain.shape, gain, self._epsilon).to(state.dtype)
        wide = state.float()
        length = torch.linalg.vector_norm(wide, dim=-1, keepdim=True).hypot(self._least)
        return (wide / length).mul_(self._weight).to(state.dtype)


class HeadNorm:
    """The norm of queries and keys: of each head, or (OLMo 2) of all heads of the queries, and of the keys, as one."""

    def __init__(self, attention: Any, config: Any) -> None:
        self._counts = [config.num_attention_heads, config.num_key_value_heads]
        width = attention.head_dim
        weights, least = [], []
        for norm, heads in zip((attention.q_norm, attention.k_norm), self._counts, strict=True):
            normed = norm.weight.numel()
            weights.append((_gain(norm).float() * normed**0.5).view(-1, width).expand(heads, width))
            least.append(
                norm.weight.new_full((heads, 1), (_epsilon(norm) * normed) ** 0.5, dtype=torch.float32)
            )
        self._weight, self._least = torch.cat(weights), torch.cat(least)
        self._as_one = attention.q_norm.weight.numel() != width

    def __call__(self, heads: torch.Tensor) -> torch.Tensor:
        """Give rows x heads of queries and keys x width, normed."""
        wide = heads.float()
        length = torch.linalg.vector_norm(wide, dim=-1, keepdim=True)
        if self._as_one:
            parts = length.split(self._counts, dim=1)
            whole = [torch.linalg.vector_norm(part, dim=1, keepdim=True).expand_as(part) for part in parts]
            length = torch.cat(whole, dim=1)
        return (wide / length.hypot(self._least)).mul_(self._weight).to(heads.dtype)
