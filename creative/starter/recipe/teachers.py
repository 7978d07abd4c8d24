"""Teachers: models held still, from whose probabilities a student learns instead of the corpus' words alone.

Words learned again and again from a small corpus are learned by heart; what several models make of the same words is
smoother, and an average of two is better than either (knowledge distillation, Hinton et al. 2015, arXiv 1503.02531).
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch.nn import functional
from transformers import LlamaForCausalLM

from creative.engines.machine import has_fast_bf16


class Teachers:
    """Models whose average teaches plain text; only the first of them knows the forms, and teaches their answers."""

    def __init__(self, folders: tuple[Path, ...], device: str, compiled: bool) -> None:
        self._models = [
            LlamaForCausalLM.from_pretrained(
                folder, dtype=torch.bfloat16 if multiplies_bf16(device) else torch.float32
            )
            .to(device)
            .eval()
            .requires_grad_(False)
            for folder in folders
        ]
        # How many rows are plain text differs from batch to batch: only the first teacher has all of them.
        self._bodies = [
            torch.compile(model.model, dynamic=None if i else False) if compiled else model.model
            for i, model in enumerate(self._models)
        ]

    def ask(self, ids: torch.Tensor, counted: torch.Tensor, plain: torch.Tensor) -> torch.Tensor:
        """Give the probabilities of the next token wherever `counted` (rows x width - 1): places x vocabulary.

        `plain` says for each row whether it is plain text; the other teachers read no other rows.
        """
        with torch.no_grad():
            told = self._likely(0, ids, counted)
            if bool(plain.any()):
                in_plain = plain[counted.nonzero()[:, 0]]
                for i in range(1, len(self._models)):
                    told[in_plain] += self._likely(i, ids[plain], counted[plain])
                told[in_plain] /= len(self._models)
        return told

    def _likely(self, i: int, ids: torch.Tensor, counted: torch.Tensor) -> torch.Tensor:
        hidden = self._bodies[i](input_ids=ids, use_cache=False).last_hidden_state[:, :-1]
        likely: torch.Tensor = self._models[i].lm_head(hidden[counted]).float().softmax(dim=-1)
        return likely


def multiplies_bf16(device: str) -> bool:
    """Tell whether bf16 is faster than fp32 here; a processor without instructions for it takes five times as long."""
    return device != "cpu" or has_fast_bf16()


def taught_loss(
    hidden: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor, told: torch.Tensor, trust: torch.Tensor
) -> torch.Tensor:
    """Give the mean cross entropy with what teachers told, and with the true tokens as far as they are not trusted."""
    scores = (hidden @ weight.T).float()
    likely = functional.log_softmax(scores, dim=-1)
    from_teachers = -(told * likely).sum(dim=-1)
    from_text = -likely.gather(1, targets.unsqueeze(1)).squeeze(1)
    return (trust * from_teachers + (1 - trust) * from_text).mean()
