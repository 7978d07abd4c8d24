"""The memory of what each row has read: one slab of keys and values per layer, a slot per row.

Every row starts at column 0 of its slot and ends at its own length, so a row's numbers stand at the same
place alone and in company. Rows stay packed in the first slots: a row that leaves is replaced by the last.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicCache

_COLUMN_STEP = 128  # columns are added in such steps: fewer copies, little waste


class Slab(Cache):
    """A transformers cache whose rows join, grow and leave on their own."""

    def __init__(self) -> None:
        super().__init__(layers=[])
        self._keys: list[torch.Tensor] = []
        self._values: list[torch.Tensor] = []
        self.lengths: list[int] = []
        """Tokens held for each row, in slot order."""
        self._slots: torch.Tensor | None = None
        self._places: torch.Tensor | None = None
        self._reach = 0

    @property
    def bytes_held(self) -> int:
        """Memory of the slab, in bytes."""
        return sum(t.nbytes for t in (*self._keys, *self._values))

    def join(self, past: DynamicCache, rows: int = 1) -> None:
        """Take in a prompt that was read on its own, as this many new rows."""
        length = past.get_seq_length()
        count = len(self.lengths)
        if not self._keys:
            for layer in past.layers:
                self._keys.append(layer.keys.new_zeros(0, layer.keys.shape[1], 0, layer.keys.shape[3]))
                self._values.append(
                    layer.values.new_zeros(0, layer.values.shape[1], 0, layer.values.shape[3])
                )
        self._resize(count + rows, max([length + 1, *(n + 1 for n in self.lengths)]))
        for layer, keys, values in zip(past.layers, self._keys, self._values, strict=True):
            keys[count : count + rows, :, :length] = layer.keys
            values[count : count + rows, :, :length] = layer.values
        self.lengths += [length] * rows

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

    def open_step(self, device: torch.device) -> None:
        """Make room for one more token in every row and fix where it goes."""
        self._reach = max(self.lengths) + 1
        self._resize(len(self.lengths), self._reach)
        self._places = torch.tensor(self.lengths, device=device)
        self._slots = torch.arange(len(self.lengths), device=device)

    def close_step(self) -> None:
        """Count the token that the step wrote; without this call a failed step can be run again."""
        self.lengths = [length + 1 for length in self.lengths]

    def positions(self) -> torch.Tensor:
        """Give the position of each row's next token, rows x 1."""
        assert self._places is not None
        return self._places.unsqueeze(1)

    def mask(self, dtype: torch.dtype, window: int = 0) -> torch.Tensor:
        """Give what each row may look at, as numbers to add: rows x 1 x 1 x columns; 0 is no `window`."""
        places = self.positions()
        columns = torch.arange(self._reach, device=places.device)
        seen = columns <= places
        if window:
            seen &= columns > places - window
        blocked = torch.full((), torch.finfo(dtype).min, dtype=dtype, device=places.device)
        return torch.where(seen, torch.zeros((), dtype=dtype, device=places.device), blocked)[
            :, None, None, :
        ]

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, layer_idx: int, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Write one token per row and give all that the rows may look at (called by the model's layers)."""
        keys, values = self._keys[layer_idx], self._values[layer_idx]
        rows = len(self.lengths)
        if rows == 1:
            place = self.lengths[0]
            keys[0, :, place] = key_states[0, :, 0]
            values[0, :, place] = value_states[0, :, 0]
        else:
            keys[self._slots, :, self._places] = key_states[:, :, 0]
            values[self._slots, :, self._places] = value_states[:, :, 0]
        return keys[:rows, :, : self._reach], values[:rows, :, : self._reach]

    def get_seq_length(self, layer_idx: int = 0) -> int:
        """Give the columns in use before this step."""
        return max(self.lengths, default=0)

    def _resize(self, rows: int, columns: int) -> None:
        held_rows, held_columns = self._keys[0].shape[0], self._keys[0].shape[2]
        tall = 1 << (rows - 1).bit_length()
        wide = -(-columns // _COLUMN_STEP) * _COLUMN_STEP
        wasteful = held_rows > 2 * tall or held_columns > 2 * wide
        if rows <= held_rows and columns <= held_columns and not wasteful:
            return
        self._keys = [_resized(slab, tall, wide) for slab in self._keys]
        self._values = [_resized(slab, tall, wide) for slab in self._values]


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
