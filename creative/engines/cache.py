"""The memory of what each row has read: one slab of keys and values per layer, a slot per row.

Every row starts at column 0 of its slot and ends at its own length, so a row's numbers stand at the same
place alone and in company. Rows stay packed in the first slots: a row that leaves is replaced by the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import torch
from transformers.cache_utils import Cache

_LEAST_STEP = 64  # columns are added in steps that grow with the length: few copies, little waste
_STAMPS = count()


@dataclass(frozen=True)
class Past:
    """What one row has read, layer by layer: 1 x heads x tokens x width each."""

    keys: tuple[torch.Tensor, ...]
    values: tuple[torch.Tensor, ...]

    @property
    def length(self) -> int:
        """Tokens read."""
        return self.keys[0].shape[2]

    @property
    def bytes_held(self) -> int:
        """Memory of it, in bytes."""
        return sum(t.nbytes for t in (*self.keys, *self.values))

    def begin(self, length: int) -> Past:
        """Give its first tokens, as views."""
        return Past(tuple(k[:, :, :length] for k in self.keys), tuple(v[:, :, :length] for v in self.values))

    def copy(self) -> Past:
        """Give the same in memory of its own."""
        return Past(tuple(k.clone() for k in self.keys), tuple(v.clone() for v in self.values))


class Slab(Cache):
    """A transformers cache whose rows join, grow and leave on their own."""

    def __init__(self) -> None:
        super().__init__(layers=[])
        self._keys: list[torch.Tensor] = []
        self._values: list[torch.Tensor] = []
        self.lengths: list[int] = []
        """Tokens held for each row, in slot order."""
        self._columns = 0  # what a slab for one prompt is given from its first token on
        self._slots: torch.Tensor | None = None
        self._places: torch.Tensor | None = None
        self._width = 1
        self._reach = 0
        self.shared = False
        """Whether its memory is part of what others hold too."""
        self.stamp = next(_STAMPS)
        """Another one whenever the slab lies in other memory, and never one that another slab has."""

    @classmethod
    def for_prompt(cls, columns: int, past: Past | None = None) -> Slab:
        """Give a slab with one row of so many columns, which has read `past` already; its first step copies that."""
        slab = cls()
        slab.lengths = [0]
        slab._columns = columns
        if past is not None:
            slab._keys, slab._values = list(past.keys), list(past.values)
            slab.lengths = [past.length]
        return slab

    @property
    def bytes_held(self) -> int:
        """Memory of the slab, in bytes."""
        return sum(t.nbytes for t in (*self._keys, *self._values))

    @property
    def slots(self) -> int:
        """Rows that there is memory for."""
        return self._keys[0].shape[0] if self._keys else 0

    @property
    def held(self) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """For each layer the memory of its keys and values, slots x heads x columns x width."""
        return list(zip(self._keys, self._values, strict=True))

    def past(self, row: int) -> Past:
        """Give what a row has read, as views that hold only until the slab changes."""
        end = self.lengths[row]
        return Past(
            tuple(keys[row : row + 1, :, :end] for keys in self._keys),
            tuple(values[row : row + 1, :, :end] for values in self._values),
        )

    def join(self, *pasts: Past) -> None:
        """Take in prompts that were read on their own, each as a new row."""
        count = len(self.lengths)
        if not self._keys:
            for keys, values in zip(pasts[0].keys, pasts[0].values, strict=True):
                self._keys.append(keys.new_zeros(0, keys.shape[1], 0, keys.shape[3]))
                self._values.append(values.new_zeros(0, values.shape[1], 0, values.shape[3]))
        longest = max([*self.lengths, *(past.length for past in pasts)])
        self._resize(count + len(pasts), longest + 1)
        for row, past in enumerate(pasts, start=count):
            for read, held in ((past.keys, self._keys), (past.values, self._values)):
                for layer, slab in zip(read, held, strict=True):
                    slab[row, :, : past.length] = layer[0]
        self.lengths += [past.length for past in pasts]

    def leave(self, row: int) -> None:
        """Drop a row; the last row takes its slot."""
        last = len(self.lengths) - 1
        if row != last:
            length = self.lengths[last]
            for slab in (*self._keys, *self._values):
                slab[row, :, :length] = slab[last, :, :length]
            self.lengths[row] = length
        self.lengths.pop()
        if not self.lengths:
            self._keys, self._values = [], []
            return
        self._resize(len(self.lengths), max(self.lengths) + 1)

    def open_step(self, device: torch.device, width: int = 1) -> None:
        """Make room for `width` more tokens in every row and fix where they go."""
        self.make_room(width)
        self._places = torch.tensor(self.lengths, device=device).unsqueeze(1)
        if width > 1:
            self._places = self._places + torch.arange(width, device=device)
        self._slots = torch.arange(len(self.lengths), device=device).unsqueeze(1)

    def make_room(self, width: int) -> None:
        """Make room for `width` more tokens in every row."""
        self._reach, self._width = max(self.lengths) + width, width
        if self._keys:
            self._resize(len(self.lengths), self._reach)

    def move(self, layer: int, keys: torch.Tensor, values: torch.Tensor) -> None:
        """Lay a layer of a slab with one row into other memory, that others hold too, with all it has read."""
        read = self.lengths[0]
        for held, new in ((self._keys, keys), (self._values, values)):
            if layer == len(held):
                held.append(new)
            else:
                new[:, :, :read] = held[layer][:, :, :read]
                held[layer] = new
        self.shared, self.stamp = True, next(_STAMPS)

    def close_step(self, taken: Sequence[int] | None = None) -> None:
        """Count the tokens that the step wrote, or the first so many of each row; the rest is as if never read.

        Without this call a failed step can be run again.
        """
        counts = taken if taken is not None else [self._width] * len(self.lengths)
        self.lengths = [length + count for length, count in zip(self.lengths, counts, strict=True)]

    def positions(self) -> torch.Tensor:
        """Give the positions of each row's next tokens, rows x width."""
        assert self._places is not None
        return self._places

    def mask(self, dtype: torch.dtype, window: int = 0) -> torch.Tensor:
        """Give what each row may look at, as numbers to add: rows x 1 x width x columns; 0 is no `window`."""
        return _mask(self.positions(), self._reach, dtype, window)

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, layer_idx: int, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Write the new tokens of every row and give all that the rows may look at (called by the model's layers)."""
        if layer_idx == len(self._keys):
            self._begin(layer_idx, key_states, value_states)
        keys, values = self._keys[layer_idx], self._values[layer_idx]
        rows = len(self.lengths)
        if rows == 1:
            places = slice(self.lengths[0], self.lengths[0] + self._width)
            keys[0, :, places] = key_states[0]
            values[0, :, places] = value_states[0]
        else:
            keys[self._slots, :, self._places] = key_states.transpose(1, 2)
            values[self._slots, :, self._places] = value_states.transpose(1, 2)
        return keys[:rows, :, : self._reach], values[:rows, :, : self._reach]

    def get_seq_length(self, layer_idx: int = 0) -> int:
        """Give the columns in use before this step."""
        return max(self.lengths, default=0)

    def _begin(self, layer: int, keys: torch.Tensor, values: torch.Tensor) -> None:
        columns = max(self._columns, self._reach)
        for held, like in ((self._keys, keys), (self._values, values)):
            assert len(held) == layer
            held.append(like.new_zeros(1, like.shape[1], columns, like.shape[3]))

    def _resize(self, rows: int, columns: int) -> None:
        # First and last: where a resize broke off for lack of memory, one of them is as it was.
        first, last = self._keys[0].shape, self._values[-1].shape
        held_rows, held_columns = min(first[0], last[0]), min(first[2], last[2])
        tall = 1 << (rows - 1).bit_length()
        step = max(_LEAST_STEP, 1 << max(0, columns.bit_length() - 3))
        wide = self._columns if self._columns >= columns else -(-columns // step) * step
        wasteful = self._columns == 0 and (held_rows > 2 * tall or held_columns > 2 * wide)
        if rows <= held_rows and columns <= held_columns and not wasteful:
            return
        self._keys = [_resized(slab, tall, wide) for slab in self._keys]
        self._values = [_resized(slab, tall, wide) for slab in self._values]
        self.shared, self.stamp = False, next(_STAMPS)


class Still:
    """A slab whose every slot and column takes part: a step on it can be recorded, its places are read from memory."""

    def __init__(self, slab: Slab, places: torch.Tensor) -> None:
        self._held = slab.held
        self._places = places
        self._slots = torch.arange(slab.slots, device=places.device).unsqueeze(1)

    def positions(self) -> torch.Tensor:
        """Give the position of each slot's token, slots x 1."""
        return self._places

    def mask(self, dtype: torch.dtype, window: int = 0) -> torch.Tensor:
        """Give what each slot may look at, as a slab does."""
        return _mask(self._places, self._held[0][0].shape[2], dtype, window)

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, layer: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Write each slot's token and give the whole memory of a layer."""
        keys, values = self._held[layer]
        keys[self._slots, :, self._places] = key_states.transpose(1, 2)
        values[self._slots, :, self._places] = value_states.transpose(1, 2)
        return keys, values


class Rack(Cache):
    """Several slabs of one row each, read in one pass; shorter pieces are filled up at their front.

    Their memory is laid together for it, and stays so: what is to outlive the others has to be copied.
    """

    def __init__(self, slabs: Sequence[Slab], widths: Sequence[int]) -> None:
        super().__init__(layers=[])
        self._slabs = slabs
        self._widths = widths
        self._reach = 0
        self._places: torch.Tensor | None = None
        self.real: torch.Tensor | None = None
        """Where the pieces stand among rows x width tokens; None when nothing fills them up."""
        self.ends: torch.Tensor | slice = slice(0)
        """Where each row ends among the tokens that are real."""
        self._into: tuple[torch.Tensor, torch.Tensor] | None = (
            None  # the slab and the column of each of these
        )
        self._held: list[tuple[torch.Tensor, torch.Tensor]] = []

    def open_step(self, device: torch.device, width: int) -> None:
        """Fix where each piece goes; `width` is the longest piece."""
        starts = torch.tensor([slab.lengths[0] for slab in self._slabs])
        widths = torch.tensor(self._widths)
        columns = torch.arange(-width, 0) + widths.unsqueeze(1)  # of each piece, below zero what fills it up
        places = starts.unsqueeze(1) + columns
        real = columns >= 0
        self._reach = int(places.max()) + 1
        self._places = places.to(device)
        self._into = real.nonzero()[:, 0].to(device), places[real].to(device)
        self._held = []
        if min(self._widths) == width:
            self.real, self.ends = None, slice(width - 1, None, width)
        else:
            self.real = real.flatten().nonzero().squeeze(1).to(device)
            self.ends = (widths.cumsum(0) - 1).to(device)

    def close_step(self) -> None:
        """Count the tokens that were read."""
        for slab, own in zip(self._slabs, self._widths, strict=True):
            slab.close_step([own])

    def positions(self) -> torch.Tensor:
        """Give the positions of each row's tokens, rows x width; what fills up a piece stands anywhere."""
        assert self._places is not None
        return self._places.clamp(min=0)

    def mask(self, dtype: torch.dtype, window: int = 0) -> torch.Tensor:
        """Give what each row may look at, as a slab does."""
        return _mask(self.positions(), self._reach, dtype, window)

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, layer_idx: int, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Write each row's piece into its slab and give all that the rows may look at.

        The pieces come filled up, rows x heads x width, or one behind the other, 1 x heads x tokens.
        """
        if layer_idx == len(self._held):
            self._lay_together(layer_idx, key_states, value_states)
        assert self._into is not None
        keys, values = self._held[layer_idx]
        rows, columns = self._into
        for held, new in ((keys, key_states), (values, value_states)):
            tokens = new.transpose(1, 2).flatten(0, 1)
            filled_up = self.real is not None and len(new) == len(self._slabs)
            held[rows, :, columns] = tokens[self.real] if filled_up else tokens
        return keys, values

    def get_seq_length(self, layer_idx: int = 0) -> int:
        """Give the columns in use before this step."""
        return max(slab.lengths[0] for slab in self._slabs)

    def _lay_together(self, layer: int, keys: torch.Tensor, values: torch.Tensor) -> None:
        whole = tuple(
            # Zeros past a row's end: what is masked is multiplied by zero, and zero times NaN is NaN.
            like.new_zeros(len(self._slabs), like.shape[1], self._reach, like.shape[3])
            for like in (keys, values)
        )
        for row, slab in enumerate(self._slabs):
            slab.move(layer, whole[0][row : row + 1], whole[1][row : row + 1])
        self._held.append((whole[0], whole[1]))


def _mask(places: torch.Tensor, reach: int, dtype: torch.dtype, window: int) -> torch.Tensor:
    places = places.unsqueeze(-1)
    columns = torch.arange(reach, device=places.device)
    seen = columns <= places
    if window:
        seen &= columns > places - window
    blocked = torch.full((), torch.finfo(dtype).min, dtype=dtype, device=places.device)
    return torch.where(seen, torch.zeros((), dtype=dtype, device=places.device), blocked).unsqueeze(1)


def _resized(slab: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
    # Zeros, not empty memory: a masked column is multiplied by zero, and zero times NaN is NaN.
    fresh = slab.new_zeros(rows, slab.shape[1], columns, slab.shape[3])
    keep_rows, keep_columns = min(rows, slab.shape[0]), min(columns, slab.shape[2])
    fresh[:keep_rows, :, :keep_columns] = slab[:keep_rows, :, :keep_columns]
    return fresh


def bytes_per_token(config: Any, element_bytes: int) -> int:
    """Give the memory one token takes in the caches of all layers, from the model's configuration."""
    layers = config.num_hidden_layers
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return 2 * layers * heads * width * element_bytes
