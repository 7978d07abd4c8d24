"""The passes through a model: a prompt in chunks, and many rows one token on, or several."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch

from creative.engines.architecture import can_write_out
from creative.engines.cache import Rack, Slab, bytes_per_token
from creative.engines.llama import LlamaStep
from creative.engines.loading import Loaded
from creative.engines.originals import Originals
from creative.engines.recorded import Graphs, Record, Recorder
from creative.engines.voices import Voices


class Network:
    """A loaded model and its voices. Used by one thread at a time."""

    def __init__(self, loaded: Loaded) -> None:
        self.model: Any = loaded.model
        self.device: torch.device = loaded.model.device
        step = None
        if can_write_out(loaded.model):
            step = LlamaStep(loaded.model, loaded.context, Originals(loaded.model, loaded.folder))
        self._written_out = step
        self.voices: Any = Voices(loaded.model, step)
        self._recorder: Recorder | None = None
        # LLM.int8 looks at its inputs on the CPU in every layer.
        if self.device.type == "cuda" and not getattr(loaded.model, "is_loaded_in_8bit", False):
            self.record_steps(Graphs().record)
        self._windows = loaded.windows
        self._dtype: torch.dtype = loaded.model.dtype
        kept = step.dtype if step else self._dtype
        self.bytes_per_token = bytes_per_token(loaded.model.config.get_text_config(), kept.itemsize)
        """Memory that one token of one row takes in the caches."""
        self.int4_bytes = sum(matrix.scale_bytes for matrix in step.int4) if step else 0
        """Memory that matrices take more in int4 than in NF4; 0 where none is int4."""

    def record_steps(self, record: Record | None) -> None:
        """Take steps of one token from recordings from now on, where the pass is written out; None: from none."""
        step = self._written_out
        if record is None or step is None:
            self._recorder = None
        else:
            self._recorder = Recorder(partial(step, plain=True), self.voices.use, record)

    def read(
        self, pieces: Sequence[Sequence[int]], slabs: Sequence[Slab], voices: Sequence[str]
    ) -> torch.Tensor:
        """Read a piece of each prompt into its own slab and give the scores after their ends, rows x vocabulary."""
        width = max(len(piece) for piece in pieces)
        rack = slabs[0] if len(slabs) == 1 else Rack(slabs, [len(piece) for piece in pieces])
        tokens = [[piece[0]] * (width - len(piece)) + list(piece) for piece in pieces]
        scores = self._pass(tokens, rack, voices, last=True)
        rack.close_step()
        return scores[:, -1]

    def step(self, tokens: Sequence[Sequence[int]], slab: Slab, voices: Sequence[str]) -> torch.Tensor:
        """Read as many tokens for every row of a slab and give the scores after each, rows x tokens x vocabulary.

        The caller closes the slab's step with the number of tokens that stay.
        """
        if self._recorder is None or len(tokens[0]) > 1 or not self.voices.can_add(voices):
            return self._pass(tokens, slab, voices, last=False)
        return self._recorder.step(
            [row[0] for row in tokens], slab, voices, lambda: self._pass(tokens, slab, voices, last=False)
        )

    def release(self) -> None:
        """Let go of the model, so that its memory is free even while somebody holds the engine."""
        self.model = self.voices = self._written_out = self._recorder = None
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _pass(
        self, tokens: Sequence[Sequence[int]], slab: Slab | Rack, voices: Sequence[str], last: bool
    ) -> torch.Tensor:
        width = len(tokens[0])
        mixture = self.voices.use(voices, width)
        slab.open_step(self.device, width)
        ids = torch.tensor([list(row) for row in tokens], device=self.device)
        if self._written_out is not None:
            return self._written_out(ids, slab, mixture, not self.voices.tuned, last)
        return self.model(
            input_ids=ids,
            position_ids=slab.positions(),
            attention_mask=self._mask(slab),
            past_key_values=slab,
            use_cache=True,
            logits_to_keep=1 if last else 0,
        ).logits

    def _mask(self, slab: Slab | Rack) -> Any:
        if not self._windows:
            return slab.mask(self._dtype)
        return {kind: slab.mask(self._dtype, window) for kind, window in self._windows.items()}
