"""Samples: the same prompts and seeds each time, so that only the voice differs between two steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from transformers import LogitsProcessor, LogitsProcessorList

from creative.engines.loading import Loaded
from creative.training.folder import SamplePrompt
from creative.training.job.pages import read_prompt

_TEMPERATURE = 0.8
_MIN_P = 0.05
_PENALTY = 1.1  # of tokens already used: a small model loops without


class SeededDraw(LogitsProcessor):
    """Draws each row by a seed of its own, so that a row's text does not depend on its company.

    Adding Gumbel noise and taking the largest is drawing by probability (arXiv 1611.01144, equation 1).
    """

    def __init__(self, seeds: Sequence[int], prompt_tokens: int) -> None:
        self._draws = [torch.Generator().manual_seed(seed) for seed in seeds]
        self._prompt_tokens = prompt_tokens

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        """Give scores whose largest is the drawn token."""
        logits = scores.float()
        written = input_ids[:, self._prompt_tokens :]
        if written.shape[1]:
            used = logits.gather(1, written)
            logits = logits.scatter(1, written, torch.where(used < 0, used * _PENALTY, used / _PENALTY))
        logits = torch.log_softmax(logits / _TEMPERATURE, dim=-1)
        floor = logits.max(dim=-1, keepdim=True).values + torch.log(torch.tensor(_MIN_P))
        logits = logits.masked_fill(logits < floor, -torch.inf)
        uniform = torch.stack([torch.rand(logits.shape[1], generator=draw) for draw in self._draws])
        noise = -torch.log(-torch.log(uniform.clamp(1e-20, 1 - 1e-7)))
        return logits + noise.to(logits.device)  # type: ignore[return-value]


def write_samples(
    model: Any, loaded: Loaded, prompts: Sequence[SamplePrompt], tokens: int, plain: bool = False
) -> list[str]:
    """Give one text of at most so many tokens for each prompt; `plain` is the base without its voice.

    The model's mode, its cache setting and the process's own random draws are as before afterwards.
    """
    room = max(1, loaded.context - tokens)
    rows = [read_prompt(loaded, prompt.prompt)[-room:] for prompt in prompts]
    longest = max(len(row) for row in rows)
    filler = min(loaded.ends, default=0)
    ids = torch.tensor([[filler] * (longest - len(row)) + row for row in rows])
    mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows])
    was_training, used_cache = model.training, model.config.use_cache
    model.eval()
    model.config.use_cache = True
    devices = [model.device] if model.device.type == "cuda" else []
    try:
        with torch.random.fork_rng(devices), torch.no_grad():
            given: dict[str, Any] = {
                "input_ids": ids.to(model.device),
                "attention_mask": mask.to(model.device),
                "max_new_tokens": tokens,
                "do_sample": False,
                "repetition_penalty": 1.0,
                "use_cache": True,
                "eos_token_id": sorted(loaded.ends),
                "pad_token_id": filler,
                "logits_processor": LogitsProcessorList(
                    [SeededDraw([prompt.seed for prompt in prompts], longest)]
                ),
            }
            if plain:
                with model.disable_adapter():
                    written = model.generate(**given)
            else:
                written = model.generate(**given)
    finally:
        model.train(was_training)
        model.config.use_cache = used_cache
    return [_read(loaded, row) for row in written[:, longest:].tolist()]


def _read(loaded: Loaded, tokens: list[int]) -> str:
    end = next((at for at, token in enumerate(tokens) if token in loaded.ends), len(tokens))
    text: str = loaded.tokenizer.decode(
        tokens[:end], skip_special_tokens=True, clean_up_tokenization_spaces=False
    )
    return text.strip()
