"""Steps that are recorded once and played again, so that a GPU never waits for Python: CUDA graphs.

A recording is made of a company that stays: the same rows' voices in the same memory. Whoever joins with another voice,
and a cache that grows, end it. Every recording is compared with the step it stands for before it is played.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from creative.engines.cache import Slab, Still
from creative.engines.factors import Mixture

Step = Callable[[], torch.Tensor]
Record = Callable[[Step], Step]
"""Runs a step and gives what runs it again on the same memory, inputs and scores."""

SETTLED = 4  # steps that a company goes on unchanged before it is recorded: a recording takes as long as two
_STRAY = 0.02  # of the largest score: so far may a recording round otherwise

_CAPTURING = threading.Lock()  # CUDA captures one graph at a time, and each model has a thread

_log = logging.getLogger(__name__)


class Graphs:
    """Records steps as CUDA graphs, of which the last one is good: the next takes over its memory."""

    def __init__(self) -> None:
        self._last: torch.cuda.CUDAGraph | None = None

    def record(self, step: Step) -> Step:
        """Record a step; raises RuntimeError where something in it cannot be."""
        beside = torch.cuda.Stream()
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            step()  # what libraries set up at their first call on a stream does not belong into the recording
        torch.cuda.current_stream().wait_stream(beside)
        graph = torch.cuda.CUDAGraph()
        pool = self._last.pool() if self._last is not None else None
        # Another model's thread may go on with its steps meanwhile.
        with _CAPTURING, torch.cuda.graph(graph, pool=pool, capture_error_mode="thread_local"):
            scores = step()
        self._last = graph

        def play() -> torch.Tensor:
            graph.replay()
            return scores

        return play


@dataclass(frozen=True)
class _Recording:
    """One company's step; the memory of the caches is the slab's alone, so that it can be given back."""

    inputs: torch.Tensor
    """Each slot's token and its place, 2 x slots."""
    mixture: Mixture | None
    play: Step


class Recorder:
    """Takes one-token steps of a model, and plays them where it can."""

    def __init__(
        self,
        read: Callable[[torch.Tensor, Still, Mixture | None], torch.Tensor],
        mix: Callable[[Sequence[str]], Mixture | None],
        record: Record,
    ) -> None:
        self._read = read
        self._mix = mix
        self._record = record
        self._key: tuple[int, tuple[str, ...]] | None = None
        self._seen = 0
        self._recording: _Recording | None = None
        self._broken = False

    def step(
        self, tokens: Sequence[int], slab: Slab, voices: Sequence[str], plainly: Callable[[], torch.Tensor]
    ) -> torch.Tensor:
        """Read one token for every row and give the scores after it, rows x 1 x vocabulary, good until the next step.

        `plainly` does the same in Python.
        """
        if self._broken:
            return plainly()
        slab.make_room(1)
        # Empty slots are read too, as rows of the first one's voice.
        filled = (*voices, *[voices[0]] * (slab.slots - len(voices)))
        if self._key != (slab.stamp, filled):
            self._key, self._seen, self._recording = (slab.stamp, filled), 0, None
        if self._recording is not None:
            self._recording.inputs.copy_(_inputs(tokens, slab))
            return self._recording.play()[: len(tokens)]
        scores = plainly()
        self._seen += 1
        if self._seen == SETTLED:
            self._try(tokens, slab, filled, scores)
        return scores

    def _try(self, tokens: Sequence[int], slab: Slab, voices: Sequence[str], scores: torch.Tensor) -> None:
        """Record the step that was just taken; it can be taken again as long as it is not closed."""
        inputs = _inputs(tokens, slab).to(scores.device)
        still = Still(slab, inputs[1].unsqueeze(1))
        ids, mixture = inputs[0].unsqueeze(1), self._mix(voices)
        try:
            play = self._record(lambda: self._read(ids, still, mixture))
            stray = float((play()[: len(tokens)] - scores).abs().max() / scores.abs().max())
            if not stray < _STRAY:
                raise RuntimeError(f"its scores stray by {stray:.1%}")
        except RuntimeError as err:
            self._broken = True
            reason = (str(err).strip() or type(err).__name__).splitlines()[0]
            _log.warning("Steps cannot be recorded here, and go through Python: %s", reason)
            return
        self._recording = _Recording(inputs, mixture, play)


def _inputs(tokens: Sequence[int], slab: Slab) -> torch.Tensor:
    empty = [0] * (slab.slots - len(tokens))
    return torch.tensor([[*tokens, *empty], [*slab.lengths, *empty]])
