"""The pass through a Llama, written out: what transformers computes, without its way there.

A small model spends most of a step in Python and in tiny operations; this path has a third of them. It
calls the model's own linear layers, or products of their matrices, so quantized weights and voices work as they
do in transformers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from creative.engines.cache import Rack, Slab
from creative.engines.factors import GROUPS, Mixture, add
from creative.engines.joined import Given, join, take_head
from creative.engines.packed import Product

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
    products: list[tuple[Product, ...]]
    """For each layer the products of its groups."""
    prompts: bool
    """Whether prompts are read: all of them take the way of many rows, so that none depends on its company."""


class LlamaStep:
    """The pass of one model, with its rotation table and its joined matrices."""

    def __init__(self, model: Any, context: int) -> None:
        self._model = model
        config = model.config
        self._heads = config.num_attention_heads
        self._kv_heads = config.num_key_value_heads
        self._width = model.model.layers[0].self_attn.head_dim
        self._scaling = model.model.layers[0].self_attn.scaling
        places = torch.arange(context, device=model.device).unsqueeze(0)
        # On a CPU torch attends faster in fp32 than in bf16, for one token nine times.
        self.dtype = torch.float32 if model.device.type == "cpu" else model.dtype
        """Of the rotation, and of the keys and values that are kept."""
        like = torch.empty(0, dtype=self.dtype, device=model.device)
        cos, sin = model.model.rotary_emb(like, position_ids=places)
        half = self._width // 2
        # The rotation swaps the halves of a head and turns one sign; the sign is put into the table.
        self._cos = cos[0].unsqueeze(1)
        self._sin = torch.cat([-sin[0, :, :half], sin[0, :, half:]], dim=-1).unsqueeze(1)
        self._norms = [
            (_Norm(layer.input_layernorm), _Norm(layer.post_attention_layernorm))
            for layer in model.model.layers
        ]
        self._last_norm = _Norm(model.model.norm)
        apart = [_take_apart(layer) for layer in model.model.layers]
        self._apart: list[tuple[Product, ...]] = [*apart]
        self._joined: list[tuple[Product, ...]] = [
            tuple(join(product.layers) or product for product in products) for products in apart
        ]
        self._head = take_head(model, getattr(model, "is_quantized", False)) or model.lm_head

    @property
    def products(self) -> list[Product]:
        """The products of all layers, one after the other, and of the head."""
        return [*(product for products in self._joined for product in products), self._head]

    def restore(self) -> None:
        """Give the model's layers their weights back, where they had been taken: a voice will stand around them."""
        for product in self.products:
            if isinstance(product, Given):
                product.restore()

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
        rows, width = tokens.shape
        # Past the table are only drafted tokens that fill up a row, and their scores are never used.
        places = slab.positions().reshape(-1).clamp(max=self._cos.shape[0] - 1)
        turn = self._cos[places], self._sin[places]
        products = self._joined if plain else self._apart
        shared = _Pass(slab, *turn, self._mask(slab, rows, width), rows, mixture, products, prompts=last)
        state = self._model.model.embed_tokens(tokens.reshape(-1))
        for index, (before, between) in enumerate(self._norms):
            state = state + self._attend(index, before(state), shared)
            state = state + self._feed(index, between(state), shared)
        state = state.view(rows, width, -1)
        state = self._last_norm((state[:, -1:] if last else state).reshape(-1, state.shape[-1]))
        return (self._head if plain else self._model.lm_head)(state).view(rows, 1 if last else width, -1)

    def _mask(self, slab: Slab | Rack, rows: int, width: int) -> torch.Tensor | None:
        if rows == 1 and width == 1:
            return None
        mask = slab.mask(self.dtype)
        return mask.repeat_interleave(self._heads // self._kv_heads, dim=2) if width > 1 else mask

    def _attend(self, index: int, state: torch.Tensor, step: _Pass) -> torch.Tensor:
        size, rows, width = self._width, step.rows, state.shape[0] // step.rows
        read = step.products[index][0](state, step.prompts)
        if step.mixture is not None:
            read = add(step.mixture, (index, 0), state, read, step.prompts)
        read = read.to(self.dtype).view(rows * width, -1, size)
        turned, values = read[:, : -self._kv_heads], read[:, -self._kv_heads :]
        turned = torch.addcmul(turned * step.cos, turned.roll(size // 2, dims=-1), step.sin)
        query, keys = turned[:, : self._heads], turned[:, self._heads :]
        keys, values = step.slab.update(
            keys.view(rows, width, -1, size).transpose(1, 2),
            values.view(rows, width, -1, size).transpose(1, 2),
            index,
        )
        # The queries that share a key head stand as positions of it: no copy of the keys is made.
        query = query.view(rows, width, self._kv_heads, -1, size).transpose(1, 2)
        query = query.reshape(rows, self._kv_heads, -1, size)
        found = functional.scaled_dot_product_attention(
            query, keys, values, attn_mask=step.mask, scale=self._scaling
        )
        found = found.to(state.dtype).view(rows, self._kv_heads, width, -1).transpose(1, 2)
        found = found.reshape(rows * width, -1)
        given = step.products[index][1](found, step.prompts)
        return given if step.mixture is None else add(step.mixture, (index, 1), found, given, step.prompts)

    def _feed(self, index: int, state: torch.Tensor, step: _Pass) -> torch.Tensor:
        read = step.products[index][2](state, step.prompts)
        if step.mixture is not None:
            read = add(step.mixture, (index, 2), state, read, step.prompts)
        gate, up = read.chunk(2, dim=-1)
        fed = functional.silu(gate) * up
        given = step.products[index][3](fed, step.prompts)
        return given if step.mixture is None else add(step.mixture, (index, 3), fed, given, step.prompts)


class _Norm:
    """A root mean square norm (arXiv 1910.07467); on a CPU, where torch has no kernel for it, in the fewest steps."""

    def __init__(self, norm: Any) -> None:
        self._norm = norm
        self._fused = norm.weight.device.type != "cpu"
        width = norm.weight.shape[0]
        self._weight = norm.weight.data.float() * width**0.5
        self._least = torch.tensor((norm.variance_epsilon * width) ** 0.5, device=norm.weight.device)

    def __call__(self, state: torch.Tensor) -> torch.Tensor:
        if self._fused:
            weight = self._norm.weight
            return functional.rms_norm(state, weight.shape, weight, self._norm.variance_epsilon)
        wide = state.float()
        length = torch.linalg.vector_norm(wide, dim=-1, keepdim=True).hypot(self._least)
        return (wide / length).mul_(self._weight).to(state.dtype)


@dataclass(frozen=True)
class _Apart:
    """The product of layers called one by one, as they stand in their places at the time."""

    parent: Any
    names: tuple[str, ...]

    @property
    def layers(self) -> list[Any]:
        return [getattr(self.parent, name) for name in self.names]

    def __call__(self, state: torch.Tensor, many: bool = False) -> torch.Tensor:
        given = [layer(state) for layer in self.layers]
        return torch.cat(given, dim=-1) if given[1:] else given[0]


def _take_apart(layer: Any) -> tuple[_Apart, ...]:
    return tuple(_Apart(getattr(layer, parent), names) for parent, names in GROUPS)
