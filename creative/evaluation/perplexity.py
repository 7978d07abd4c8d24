"""Held-out loss of a causal language model, on the text only, the same whatever the batch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

IGNORED = -100
"""The label of a token that no loss is taken on: the prompt and the padding."""
_MOST_LOGITS = 100_000_000
"""Values in one batch's logits: 400 MB in fp32."""


@dataclass(frozen=True)
class Row:
    """One held-out example in tokens."""

    input_ids: Sequence[int]
    labels: Sequence[int]
    """As long as `input_ids`: the same ids, or `IGNORED`; not shifted."""


@dataclass(frozen=True)
class HeldOutLoss:
    """How surprised a model is by pages it has not seen."""

    loss: float
    """Nats per token, over all labelled tokens together."""
    tokens: int

    @property
    def perplexity(self) -> float:
        """Give e to the loss: among how many equally likely tokens it seems to choose."""
        return math.exp(min(self.loss, 700.0))


def measure_loss(
    model: Any, rows: Sequence[Row], adapter: bool = True, most_rows: int = 16, context: int = 0
) -> HeldOutLoss:
    """Give the loss of a causal model on the labelled tokens of the rows.

    `adapter=False` switches a PEFT model's adapter off. Rows longer than `context` (0: no limit) are cut
    at their end. The model's training mode is left as it was. Raises ValueError without a labelled token.
    """
    rows = [Row(row.input_ids[:context], row.labels[:context]) for row in rows] if context else rows
    plain = nullcontext() if adapter or not hasattr(model, "disable_adapter") else model.disable_adapter()
    was_training = model.training
    total, tokens = 0.0, 0
    model.eval()
    try:
        with torch.no_grad(), plain:
            for batch in _make_batches(rows, most_rows, _vocabulary(model)):
                loss, count = _measure_batch(model, batch)
                total, tokens = total + loss, tokens + count
    finally:
        model.train(was_training)
    if not tokens:
        raise ValueError("no token of the held-out rows has a label")
    return HeldOutLoss(total / tokens, tokens)


def _vocabulary(model: Any) -> int:
    return int(model.config.get_text_config().vocab_size)


def _make_batches(rows: Sequence[Row], most_rows: int, vocabulary: int) -> Iterator[list[Row]]:
    """Give rows of like length together, so that little is padding, within the memory for the logits."""
    batch: list[Row] = []
    for row in sorted(rows, key=lambda row: len(row.input_ids)):
        longest = len(row.input_ids)  # they come in order
        if batch and (len(batch) >= most_rows or (len(batch) + 1) * longest * vocabulary > _MOST_LOGITS):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _measure_batch(model: Any, batch: Sequence[Row]) -> tuple[float, int]:
    longest = max(len(row.input_ids) for row in batch)
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    labels = torch.full((len(batch), longest), IGNORED)
    mask = torch.zeros(len(batch), longest, dtype=torch.long)
    for place, row in enumerate(batch):
        ids[place, : len(row.input_ids)] = torch.tensor(row.input_ids)
        labels[place, : len(row.labels)] = torch.tensor(row.labels)
        mask[place, : len(row.input_ids)] = 1
    device = model.device
    logits = model(input_ids=ids.to(device), attention_mask=mask.to(device), use_cache=False).logits
    targets = labels[:, 1:].to(device)
    told = targets != IGNORED
    # Only the labelled places go to fp32: the rest of the logits may be gigabytes.
    losses = functional.cross_entropy(logits[:, :-1][told].float(), targets[told], reduction="sum")
    return float(losses), int(told.sum())
