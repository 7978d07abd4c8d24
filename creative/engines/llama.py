"""The pass through a Llama and its kin, written out: what transformers computes, without its way there.

A small model spends most of a step in Python and in tiny operations; this path has a third of them. It
calls the model's own linear layers, or products of their matrices, so quantized weights and voices work as they
do in transformers. What its kin have otherwise than a Llama is read in `architecture`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from creative.engines.architecture import Layer, Norm, multipliers, read_layers, rotate, rotation_kinds
from creative.engines.cache import Rack, Slab, Still
from creative.engines.factors import Mixture, add, groups
from creative.engines.joined import Biased, Given, join, take_head
from creative.engines.packed import Product

Turn = tuple[torch.Tensor, torch.Tensor]
"""Cosines and sines of each token, tokens x 1 x width of a head."""


@dataclass(frozen=True)
class _Pass:
    """What all layers of one pass share."""

    slab: Slab | Rack | Still
    turns: dict[str | None, Turn]
    """For each kind of rotation."""
    masks: dict[int, torch.Tensor | None]
    """For each window."""
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
        # On a CPU torch attends faster in fp32 than in bf16, for one token nine times.
        self.dtype = torch.float32 if model.device.type == "cpu" else model.dtype
        """Of the rotation, and of the keys and values that are kept."""
        self._context = context
        self._turns = {kind: self._table(kind) for kind in rotation_kinds(model)}
        self._layers = read_layers(model)
        self._windows = {layer.window for layer in self._layers}
        self._last_norm = Norm(model.model.norm)
        self._louder, self._softer = multipliers(model)
        apart = [_take_apart(layer) for layer in model.model.layers]
        self._apart: list[tuple[Product, ...]] = [*apart]
        self._joined: list[tuple[Product, ...]] = [
            # Attention is computed in the dtype of the caches, so what it reads need not be rounded before.
            tuple(
                join(product.layers, self.dtype if group == 0 else None) or product
                for group, product in enumerate(products)
            )
            for products in apart
        ]
        self._head = take_head(model, getattr(model, "is_quantized", False)) or model.lm_head

    def _table(self, kind: str) -> Turn:
        places = torch.arange(self._context, device=self._model.device).unsqueeze(0)
        cos, sin = (part[0].to(self.dtype) for part in rotate(self._model, kind, places, self.dtype))
        half = self._width // 2
        # The rotation swaps the halves of a head and turns one sign; the sign is put into the table.
        return cos.unsqueeze(1), torch.cat([-sin[:, :half], sin[:, half:]], dim=-1).unsqueeze(1)

    @property
    def products(self) -> list[Product]:
        """The products of all layers, one after the other, and of the head."""
        return [*(product for products in self._joined for product in products), self._head]

    def restore(self) -> None:
        """Give the model's layers their weights back, where they had been taken: a voice will stand around them."""
        for product in self.products:
            if isinstance(product, Given | Biased):
                product.restore()

    def __call__(
        self,
        tokens: torch.Tensor,
        slab: Slab | Rack | Still,
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
        places = slab.positions().reshape(-1).clamp(max=self._context - 1)
        turns: dict[str | None, Turn] = {
            kind: (cos[places], sin[places]) for kind, (cos, sin) in self._turns.items()
        }
        masks = {window: self._mask(slab, rows, width, window) for window in self._windows}
        products = self._joined if plain else self._apart
        shared = _Pass(slab, turns, masks, rows, mixture, products, prompts=last)
        state = self._model.model.embed_tokens(tokens.reshape(-1))
        if self._louder != 1:
            state = state * self._louder
        for index, layer in enumerate(self._layers):
            given = self._attend(index, layer, layer.before_attention(state), shared)
            state = state + layer.after_attention(given)
            given = self._feed(index, layer, layer.before_feeding(state), shared)
            state = state + layer.after_feeding(given)
        state = state.view(rows, width, -1)
        state = self._last_norm((state[:, -1:] if last else state).reshape(-1, state.shape[-1]))
        scores = (self._head if plain else self._model.lm_head)(state).view(rows, 1 if last else width, -1)
        return scores if self._softer == 1 else scores / self._softer

    def _mask(self, slab: Slab | Rack | Still, rows: int, width: int, window: int) -> torch.Tensor | None:
        # A row on its own may look at all that is given, unless that goes on behind its end.
        alone = rows == 1 and width == 1
        if alone and not isinstance(slab, Still) and (not window or slab.get_seq_length() < window):
            return None
        mask = slab.mask(self.dtype, window)
        return mask.repeat_interleave(self._heads // self._kv_heads, dim=2) if width > 1 else mask

    def _attend(self, index: int, layer: Layer, state: torch.Tensor, step: _Pass) -> torch.Tensor:
        size, rows, width = self._width, step.rows, state.shape[0] // step.rows
        read = step.products[index][0](state, step.prompts)
        if step.mixture is not None:
            read = add(step.mixture, (index, 0), state, read, step.prompts)
        read = read.to(self.dtype).view(rows * width, -1, size)
        turned, values = layer.on_heads(read[:, : -self._kv_heads]), read[:, -self._kv_heads :]
        if layer.rotation is not None:
            cos, sin = step.turns[layer.rotation]
            turned = torch.addcmul(turned * cos, turned.roll(size // 2, dims=-1), sin)
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
            query, keys, values, attn_mask=step.masks[layer.window], scale=layer.scaling
        )
        found = found.to(state.dtype).view(rows, self._kv_heads, width, -1).transpose(1, 2)
        found = found.reshape(rows * width, -1)
        given = step.products[index][1](found, step.prompts)
        return given if step.mixture is None else add(step.mixture, (index, 1), found, given, step.prompts)

    def _feed(self, index: int, layer: Layer, state: torch.Tensor, step: _Pass) -> torch.Tensor:
        read = step.products[index][2](state, step.prompts)
        if step.mixture is not None:
            read = add(step.mixture, (index, 2), state, read, step.prompts)
        gate, up = read.chunk(2, dim=-1)
        fed = layer.activation(gate) * up
        given = step.products[index][3](fed, step.prompts)
        return given if step.mixture is None else add(step.mixture, (index, 3), fed, given, step.prompts)


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
    return tuple(_Apart(parent, names) for parent, names in groups(layer))
