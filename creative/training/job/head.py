"""The loss of the text's tokens on a CPU: the output head is computed where a label is, and nowhere else.

TRL computes it for the prompt too there, in pieces, each twice, with entropy and accuracy beside the loss; on the
starter that is nearly half of a step.
"""

from __future__ import annotations

import functools
from typing import Any

import torch
from torch.nn import functional

_MOST_LOGITS = 100_000_000
"""Values at once: 400 MB in fp32; beyond this TRL's way in pieces is taken."""
# A head that does more than multiply is left to TRL, which knows them all.
_SPECIAL = (
    "final_logit_softcapping",
    "logit_scale",
    "output_multiplier",
    "lm_head_multiplier",
    "logits_scaling",
    "output_router_logits",
)


def is_plain(model: Any) -> bool:
    """Tell whether a causal model's logits are its last hidden states times the head's weights, on a CPU."""
    config = model.config.get_text_config()
    special = [name for name in _SPECIAL if getattr(config, name, None) not in {None, 1.0, False}]
    return model.device.type == "cpu" and not special and not config.is_encoder_decoder


def is_small(model: Any, labels: torch.Tensor) -> bool:
    """Tell whether the logits of a batch's text may be held at once."""
    text = int((labels[:, 1:] >= 0).sum())
    return 0 < text * model.config.get_text_config().vocab_size <= _MOST_LOGITS


def add_text_loss(model: Any) -> None:
    """Let `model(..., labels=labels, text_loss=True)` give the summed loss of the labelled tokens."""
    others = model.forward

    @functools.wraps(others)  # `generate` looks at the signature
    def forward(*args: Any, text_loss: bool = False, labels: Any = None, **given: Any) -> Any:
        if not text_loss:
            return others(*args, **(given if labels is None else {**given, "labels": labels}))
        hidden = model.base_model(*args, **{**given, "use_cache": False}).last_hidden_state[:, :-1]
        targets = labels[:, 1:]
        text = targets >= 0
        logits = model.get_output_embeddings()(hidden[text])
        return functional.cross_entropy(logits.float(), targets[text], reduction="sum")

    model.forward = forward
