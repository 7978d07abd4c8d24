"""One decoding step of a Llama, written out: what transformers computes, without its way there.

A small model spends most of a step in Python and in tiny operations; this path has a third of them. It
calls the model's own linear layers, so quantized weights and voices work as they do in transformers.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from creative.engines.cache import Slab

_FIXED_ROTATIONS = frozenset(
    {"default", "linear", "llama3"}
)  # those whose angles depend on the position alone


def can_write_out(model: Any) -> bool:
    """Tell whether a model is one whose step is written out here."""
    config = model.config
    return (
        type(model).__name__ == "LlamaForCausalLM"
        and config.hidden_act == "silu"
        and (config.rope_parameters or {}).get("rope_type", "default") in _FIXED_ROTATIONS
    )


class LlamaStep:
    """The step of one model, with its rotation table and its joined matrices."""

    def __init__(self, model: Any, context: int) -> None:
        self._model = model
        config = model.config
        self._heads = config.num_attention_heads
        self._kv_heads = config.num_key_value_heads
        self._width = model.model.layers[0].self_attn.head_dim
        places = torch.arange(context, device=model.device).unsqueeze(0)
        like = torch.empty(0, dtype=model.dtype, device=model.device)
        cos, sin = model.model.rotary_emb(like, position_ids=places)
        half = self._width // 2
        # The rotation swaps the halves of a head and turns one sign; the sign is put into the table.
        self._cos = cos[0].unsqueeze(1)
        self._sin = torch.cat([-sin[0, :, :half], sin[0, :, half:]], dim=-1).unsqueeze(1)
        self._joined = [_join_matrices(layer) for layer in model.model.layers]

    def __call__(
        self, tokens: torch.Tensor, slab: Slab, mask: torch.Tensor | None, plain: bool
    ) -> torch.Tensor:
        """Give the scores after each row's latest token, rows x vocabulary; `plain` when no row has a voice."""
        inner = self._model.model
        places = slab.positions().squeeze(1)
        cos, sin = self._cos[places], self._sin[places]
        state = inner.embed_tokens(tokens)
        for index, layer in enumerate(inner.layers):
            joined = self._joined[index] if plain else None
            state = state + self._attend(
                layer, index, _norm(layer.input_layernorm, state), (cos, sin, slab, mask, joined)
            )
            state = state + _feed(layer.mlp, _norm(layer.post_attention_layernorm, state), joined)
        return self._model.lm_head(_norm(inner.norm, state))

    def _attend(self, layer: Any, index: int, state: torch.Tensor, step: tuple[Any, ...]) -> torch.Tensor:
        cos, sin, slab, mask, joined = step
        attention, rows, width = layer.self_attn, state.shape[0], self._width
        if joined is not None:
            read = functional.linear(state, joined[0])
        else:
            read = torch.cat(
                [attention.q_proj(state), attention.k_proj(state), attention.v_proj(state)], dim=-1
            )
        read = read.view(rows, -1, width)
        turned, values = read.split([self._heads + self._kv_heads, self._kv_heads], dim=1)
        turned = turned * cos + turned.roll(width // 2, dims=-1) * sin
        query, keys = turned.split([self._heads, self._kv_heads], dim=1)
        keys, values = slab.update(keys.unsqueeze(2), values.unsqueeze(2), index)
        # The queries that share a key head stand as positions of it: no copy of the keys is made.
        query = query.view(rows, self._kv_heads, -1, width)
        found = functional.scaled_dot_product_attention(
            query, keys, values, attn_mask=mask, scale=attention.scaling
        )
        return attention.o_proj(found.reshape(rows, -1))


def _feed(mlp: Any, state: torch.Tensor, joined: tuple[torch.Tensor, torch.Tensor] | None) -> torch.Tensor:
    if joined is None:
        return mlp.down_proj(functional.silu(mlp.gate_proj(state)) * mlp.up_proj(state))
    gate, up = functional.linear(state, joined[1]).chunk(2, dim=-1)
    return mlp.down_proj(functional.silu(gate) * up)


def _norm(norm: Any, state: torch.Tensor) -> torch.Tensor:
    return functional.rms_norm(state, norm.weight.shape, norm.weight, norm.variance_epsilon)


def _join_matrices(layer: Any) -> tuple[torch.Tensor, torch.Tensor] | None:
    """Give the matrices that read the same input as one, the layers keeping views of it: no memory is added."""
    attention, mlp = layer.self_attn, layer.mlp
    groups = ((attention.q_proj, attention.k_proj, attention.v_proj), (mlp.gate_proj, mlp.up_proj))
    for linear in (linear for group in groups for linear in group):
        if type(linear) is not torch.nn.Linear or linear.bias is not None:
            return None
    return _join(groups[0]), _join(groups[1])


def _join(linears: tuple[Any, ...]) -> torch.Tensor:
    joined = torch.cat([linear.weight.data for linear in linears])
    for linear, part in zip(linears, joined.split([linear.out_features for linear in linears]), strict=True):
        linear.weight.data = part
    return joined
