"""The pass through a Llama and its kin, written out: what transformers computes, without its way there.

A small model spends most of a step in Python and in tiny operations; this path has a third of them. It
calls the model's own linear layers, or products of their matrices, so quantized weights and voices work as they
do in transformers. What its kin have otherwise than a Llama is read in `architecture`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch.nn import functional

from creative.engines.architecture import Layer, Norm, multipliers, read_layers, rotate, rotation_kinds
from creative.engines.cache import Rack, Slab, Still
from creative.engines.factors import Mixture, add, groups
from creative.engines.joined import Biased, Given, Replaced, join, take_head
from creative.engines.originals import Originals
from creative.engines.packed import Int4, Product

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
    width: int
    real: torch.Tensor | None
    """Which of rows x width tokens are read, where some only fill up a row."""
    mixture: Mixture | None
    products: list[tuple[Product, ...]]
    """For each layer the products of its groups."""
    prompts: bool
    """Whether prompts are read: all of them take the way of many rows, so that none depends on its company."""
    after: Mixture | None
    """The mixture of the tokens that go on behind attention."""
    ends: torch.Tensor | slice | None = None
    """Which tokens alone go on there, the last of each row: behind the last layer no other is asked for."""

    def to_the_ends(self, ends: torch.Tensor | slice) -> _Pass:
        """Give the same with only the last token of each row going on."""
        masks = {window: mask if mask is None else mask[:, :, -1:] for window, mask in self.masks.items()}
        return replace(self, masks=masks, after=self.mixture and self.mixture.at(ends), ends=ends)


class LlamaStep:
    """The pass of one model, with its rotation table and its joined matrices."""

    def __init__(self, model: Any, context: int, originals: Originals | None = None) -> None:
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
                join(product.layers, self.dtype if group == 0 else None, originals) or product
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
            if isinstance(product, Given | Replaced | Biased):
                product.restore()

    @property
    def int4(self) -> list[Int4]:
        """The matrices that stand in int4 for layers in NF4."""
        bare = [product.product if isinstance(product, Biased) else product for product in self.products]
        return [product.matrix for product in bare if isinstance(product, Replaced)]

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
        ids, real = tokens.reshape(-1), slab.real if isinstance(slab, Rack) else None
        if real is not None:
            ids, places, mixture = ids[real], places[real], mixture and mixture.at(real)
        turns: dict[str | None, Turn] = {
            kind: (cos[places], sin[places]) for kind, (cos, sin) in self._turns.items()
        }
        masks = {window: self._mask(slab, rows, width, window) for window in self._windows}
        products = self._joined if plain else self._apart
        shared = _Pass(slab, turns, masks, rows, width, real, mixture, products, prompts=last, after=mixture)
        state = self._model.model.embed_tokens(ids)
        if self._louder != 1:
            state = state * self._louder
        for index, layer in enumerate(self._layers):
            if last and index == len(self._layers) - 1:
                shared = shared.to_the_ends(
                    slab.ends if isinstance(slab, Rack) else slice(width - 1, None, width)
                )
            given = self._attend(index, layer, layer.before_attention(state), shared)
            state = (state if shared.ends is None else state[shared.ends]) + layer.after_attention(given)
            given = self._feed(index, layer, layer.before_feeding(state), shared)
            state = state + layer.after_feeding(given)
        scores = (self._head if plain else self._model.lm_head)(self._last_norm(state))
        scores = scores.view(rows, 1 if last else width, -1)
        return scores if self._softer == 1 else scores / self._softer

    def _mask(self, slab: Slab | Rack | Still, rows: int, width: int, window: int) -> torch.Tensor | None:
        # A row on its own may look at all that is given, unless that goes on behind its end.
        alone = rows == 1 and width == 1
        if alone and not isinstance(slab, Still) and (not window or slab.get_seq_length() < window):
            return None
        mask = slab.mask(self.dtype, window)
        return mask.repeat_interleave(self._heads // self._kv_heads, dim=2) if width > 1 else mask

    def _attend(self, index: int, layer: Layer, state: torch.Tensor, step: _Pass) -> torch.Tensor:
        size, rows, width = self._width, step.rows, step.width
        read = step.products[index][0](state, step.prompts)
        if step.mixture is not None:
            read = add(step.mixture, (index, 0), state, read, step.prompts)
        read = read.to(self.dtype).view(state.shape[0], -1, size)
        turned, values = layer.on_heads(read[:, : -self._kv_heads]), read[:, -self._kv_heads :]
        if layer.rotation is not None:
            cos, sin = step.turns[layer.rotation]
            turned = torch.addcmul(turned * cos, turned.roll(size // 2, dims=-1), sin)
        query, keys = turned[:, : self._heads], turned[:, self._heads :]
        shape = (rows, width, -1, size) if step.real is None else (1, *keys.shape)
        keys, values = step.slab.update(
            keys.view(shape).transpose(1, 2), values.view(shape).transpose(1, 2), index
        )
        if step.ends is not None:
            query, width = query[step.ends], 1
        elif step.real is not None:
            query = query.new_zeros(rows * width, *query.shape[1:]).index_copy_(0, step.real, query)
        # The queries that share a key head stand as positions of it: no copy of the keys is made.
        query = query.reshape(rows, width, self._kv_heads, -1, size).transpose(1, 2)
        query = query.reshape(rows, self._kv_heads, -1, size)
        found = functional.scaled_dot_product_attention(
            query, keys, values, attn_mask=step.masks[layer.window], scale=layer.scaling
        )
        found = found.to(state.dtype).view(rows, self._kv_heads, width, -1).transpose(1, 2)
        found = found.reshape(rows * width, -1)
        if step.ends is None and step.real is not None:
            found = found[step.real]
        given = step.products[index][1](found, step.prompts)
        return given if step.after is None else add(step.after, (index, 1), found, given, step.prompts)

    def _feed(self, index: int, layer: Layer, state: torch.Tensor, step: _Pass) -> torch.Tensor:
        read = step.products[index][2](state, step.prompts)
        if step.after is not None:
            read = add(step.after, (index, 2), state, read, step.prompts)
        gate, up = read.chunk(2, dim=-1)
        fed = layer.activation(gate) * up
        given = step.products[index][3](fed, step.prompts)
        return given if step.after is None else add(step.after, (index, 3), fed, given, step.prompts)


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
