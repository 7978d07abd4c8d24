"""The passes through a model: a prompt in chunks, and many rows one token on."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import Any

import torch
from transformers.cache_utils import DynamicCache

from creative.engines.cache import Slab, bytes_per_token
from creative.engines.llama import LlamaStep, can_write_out
from creative.engines.loading import Loaded
from creative.engines.voices import Voices


class Network:
    """A loaded model and its voices. Used by one thread at a time."""

    def __init__(self, loaded: Loaded) -> None:
        self.model: Any = loaded.model
        self.device: torch.device = loaded.model.device
        self.voices: Any = Voices(loaded.model)
        self._windows = loaded.windows
        self._written_out = LlamaStep(loaded.model, loaded.context) if can_write_out(loaded.model) else None
        self._dtype: torch.dtype = loaded.model.dtype
        self.bytes_per_token = bytes_per_token(loaded.model.config.get_text_config(), self._dtype.itemsize)
        """Memory that one token of one row takes in the caches."""

    def read(self, tokens: Sequence[int], past: DynamicCache, voice: str) -> torch.Tensor:
        """Read one chunk of a prompt into `past` and give the scores after its last token, 1 x vocabulary."""
        self.voices.use([voice])
        start = past.get_seq_length()
        places = torch.arange(start, start + len(tokens), device=self.device).unsqueeze(0)
        out = self.model(
            input_ids=torch.tensor([list(tokens)], device=self.device),
            position_ids=places,
            past_key_values=past,
            use_cache=True,
            logits_to_keep=1,
        )
        return out.logits[:, -1]

    def step(self, tokens: Sequence[int], slab: Slab, voices: Sequence[str]) -> torch.Tensor:
        """Read the latest token of every row of a slab and give the scores of the next, rows x vocabulary."""
        self.voices.use(voices)
        slab.open_step(self.device)
        latest = torch.tensor(tokens, device=self.device)
        if self._written_out is not None:
            mask = slab.mask(self._dtype) if len(tokens) > 1 else None
            scores = self._written_out(latest, slab, mask, plain=not any(voices))
        else:
            scores = self.model(
                input_ids=latest.unsqueeze(1),
                position_ids=slab.positions(),
                attention_mask=self._mask(slab),
                past_key_values=slab,
                use_cache=True,
            ).logits[:, -1]
        slab.close_step()
        return scores

    def release(self) -> None:
        """Let go of the model, so that its memory is free even while somebody holds the engine."""
        self.model = self.voices = self._written_out = None
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _mask(self, slab: Slab) -> Any:
        if not self._windows:
            return slab.mask(self._dtype)
        return {kind: slab.mask(self._dtype, window) for kind, window in self._windows.items()}
