"""The pass through a Llama, written out: what transformers computes, without its way there.

A small model spends most of a step in Python and in tiny operations; this path has a third of them. It
calls the model's own linear layers, or their matrices joined, so quantized weights and voices work as they do
in transformers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from creative.engines.cache import Rack, Slab
from creative.engines.factors import GROUPS, Mixture, add
from creative.engines.joined import Product, join

_FIXED_ROTATIONS = frozenset(
    {"default", "linear", "llama3"}
)  # those whose angles depend on the position alone


def can_write_out(model: Any) -> bool:
    """Tell whether a model is one whose pass is written out here."""
    config = model.config
    return (
        type(model).__name__ == "LlamaForCausalLM"
        and config.hidden_act == "silu"
        and (config.rope_parameters or {}).get("rope_type", "default") in _FIXED_ROTATIONS
    )


@dataclass(frozen=True)
class _Pass:
    """What all layers of one pass share."""

    slab: Slab | Rack
    cos: torch.Tensor
    sin: torch.Tensor
    mask: torch.Tensor | None
    rows: int
    mixture: Mixture | None
    joined: bool


class LlamaStep:
    """The pass of one model, with its rotation table and its joined matrices."""

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
        self._joined = [_join_layer(layer) for layer in model.model.layers]

    def __call__(
        self,
        tokens: torch.Tensor,
        slab: Slab | Rack,
        mixture: Mixture | None,
        plain: bool,
        last: bool = False,
    ) -> torch.Tensor:
        """Read rows x width tokens and give the scores after each, rows x width x vocabulary.

        `plain` when the model's own layers are in their places; `last` when only the scores after the last
        token are asked for (rows x 1 x vocabulary).
        """
        inner = self._model.model
        rows, width = tokens.shape
        # Past the table are only drafted tokens that fill up a row, and their scores are never used.
        places = slab.positions().reshape(-1).clamp(max=self._cos.shape[0] - 1)
        shared = _Pass(
            slab, self._cos[places], self._sin[places], self._mask(slab, rows, width), rows, mixture, plain
        )
        state = inner.embed_tokens(tokens.reshape(-1))
        for index, layer in enumerate(inner.layers):
            state = state + self._attend(layer, index, _norm(layer.input_layernorm, state), shared)
            state = state + self._feed(layer, index, _norm(layer.post_attention_layernorm, state), shared)
        state = state.view(rows, width, -1)
        return self._model.lm_head(_norm(inner.norm, state[:, -1:] if last else state))

    def _mask(self, slab: Slab | Rack, rows: int, width: int) -> torch.Tensor | None:
        if rows == 1 and width == 1:
            return None
        mask = slab.mask(self._cos.dtype)
        return mask.repeat_interleave(self._heads // self._kv_heads, dim=2) if width > 1 else mask

    def _attend(self, layer: Any, index: int, state: torch.Tensor, step: _Pass) -> torch.Tensor:
        attention, size = layer.self_attn, self._width
        rows, width = step.rows, state.shape[0] // step.rows
        joined = self._joined[index] if step.joined else None
        if joined is not None:
            read = joined[0](state)
        else:
            read = torch.cat(
                [attention.q_proj(state), attention.k_proj(state), attention.v_proj(state)], dim=-1
            )
        if step.mixture is not None:
            read = add(step.mixture, index, 0, state, read)
        read = read.view(rows * width, -1, size)
        turned, values = read.split([self._heads + self._kv_heads, self._kv_heads], dim=1)
        turned = turned * step.cos + turned.roll(size // 2, dims=-1) * step.sin
        query, keys = turned.split([self._heads, self._kv_heads], dim=1)
        keys, values = step.slab.update(
            keys.view(rows, width, -1, size).transpose(1, 2),
            values.view(rows, width, -1, size).transpose(1, 2),
            index,
        )
        # The queries that share a key head stand as positions of it: no copy of the keys is made.
        query = query.view(rows, width, self._kv_heads, -1, size).transpose(1, 2)
        found = functional.scaled_dot_product_attention(
            query.reshape(rows, self._kv_heads, -1, size),
            keys,
            values,
            attn_mask=step.mask,
            scale=attention.scaling,
        )
        found = found.view(rows, self._kv_heads, width, -1).transpose(1, 2).reshape(rows * width, -1)
        given = attention.o_proj(found) if joined is None else joined[1](found)
        return given if step.mixture is None else add(step.mixture, index, 1, found, given)

    def _feed(self, layer: Any, index: int, state: torch.Tensor, step: _Pass) -> torch.Tensor:
        mlp, joined = layer.mlp, self._joined[index] if step.joined else None
        if joined is not None:
            read = joined[2](state)
        elif step.mixture is not None:
            read = torch.cat([mlp.gate_proj(state), mlp.up_proj(state)], dim=-1)
        else:
            return mlp.down_proj(functional.silu(mlp.gate_proj(state)) * mlp.up_proj(state))
        if step.mixture is not None:
            read = add(step.mixture, index, 2, state, read)
        gate, up = read.chunk(2, dim=-1)
        fed = functional.silu(gate) * up
        given = mlp.down_proj(fed) if joined is None else joined[3](fed)
        return given if step.mixture is None else add(step.mixture, index, 3, fed, given)


def _norm(norm: Any, state: torch.Tensor) -> torch.Tensor:
    return functional.rms_norm(state, norm.weight.shape, norm.weight, norm.variance_epsilon)


def _join_layer(layer: Any) -> tuple[Product, ...] | None:
    """Give the products of a layer's groups, or None when one of them cannot be joined."""
    products = [join([getattr(getattr(layer, parent), name) for name in names]) for parent, names in GROUPS]
    found = tuple(product for product in products if product is not None)
    return found if len(found) == len(GROUPS) else None
