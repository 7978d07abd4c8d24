"""Pre-training on plain text: windows of the corpus, half of them from the start of a document.

nice python -m creative.starter.recipe.pretrain --tokens FOLDER --run FOLDER --start-from creative/starter --until 05:00
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import torch
from transformers import LlamaForCausalLM

from creative.starter.recipe.data import Tokens, open_tokens
from creative.starter.recipe.loop import Run, read_plan

SHARES = {
    "simple": 0.24,
    "fairy": 0.2,
    "novels": 0.16,
    "fiction": 0.12,
    "poems": 0.1,
    "lyrics": 0.06,
    "plays": 0.08,
    "ads": 0.02,
    "news": 0.02,
}
"""Share of the windows each kind of text gets."""

WINDOW = 512
ROWS = 16
FROM_START = 0.5
"""Share of the windows that begin where a document begins, so that beginnings are learned."""


def plain_batch(
    tokens: dict[str, Tokens],
    rng: np.random.Generator,
    rows: int = ROWS,
    window: int = WINDOW,
    shares: Mapping[str, float] = SHARES,
) -> tuple[np.ndarray, np.ndarray]:
    """Windows of plain text, every token a label; of each kind its share of them."""
    kinds = rng.choice(list(shares), size=rows, p=list(shares.values()))
    ids = np.stack([_window(tokens[kind], rng, window) for kind in kinds]).astype(np.int64)
    return ids, ids


def _window(kind: Tokens, rng: np.random.Generator, window: int) -> np.ndarray:
    last = len(kind.ids) - window
    start = int(rng.integers(0, last))
    if rng.random() < FROM_START:
        start = min(int(rng.choice(kind.starts)), last)
    return kind.ids[start : start + window]


def ask_for_shares(parser: argparse.ArgumentParser, plain: float) -> None:
    """Add the options of a run that has plain text beside something else; `plain` is its share unless told."""
    parser.add_argument("--plain-share", type=float, default=plain, help="share of rows of plain text")
    parser.add_argument(
        "--kinds",
        nargs="+",
        default=[],
        metavar="KIND=SHARE",
        help="shares of some kinds in plain text; the others keep their proportions",
    )


def share_kinds(told: Iterable[str], usual: Mapping[str, float] = SHARES) -> dict[str, float]:
    """The share of each kind, with what was told of some of them as KIND=SHARE; the others keep their proportions."""
    given = {kind: float(share) for kind, share in (each.split("=") for each in told)}
    left = (1 - sum(given.values())) / sum(s for kind, s in usual.items() if kind not in given)
    if left < 0 or not given.keys() <= usual.keys():
        raise SystemExit(f"Give shares below one in all, of {', '.join(usual)}.")
    return {kind: given.get(kind, share * left) for kind, share in usual.items()}


def held_out_losses(
    model: LlamaForCausalLM, tokens: dict[str, Tokens], windows: int = 16
) -> dict[str, float]:
    """Mean loss in nats per token for every kind of held-out text, on its first windows."""
    losses = {}
    model.eval()
    with torch.inference_mode():
        for kind, held in tokens.items():
            count = min(windows, max(1, len(held.ids) // WINDOW))
            rows = [held.ids[i * WINDOW : (i + 1) * WINDOW].astype(np.int64) for i in range(count)]
            ids = torch.from_numpy(np.stack(rows)).to(model.device)
            logits = model(input_ids=ids, use_cache=False).logits[:, :-1].float()
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
            losses[kind] = round(loss.item(), 3)
    model.train()
    return losses


def main() -> None:
    """Go on with the plain pre-training."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=Path, required=True)
    options, plan = read_plan(parser)
    train, held_out = open_tokens(options.tokens, "train"), open_tokens(options.tokens, "held_out")
    Run(plan).train(lambda rng: plain_batch(train, rng), lambda model: held_out_losses(model, held_out))


if __name__ == "__main__":
    main()
