"""The weighted average of two models: what a hot run learned, without all it forgot. The second may lack new units.

python -m creative.starter.recipe.average --model TUNED --with BASE --share 0.65 --out FOLDER
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from transformers import AutoTokenizer, LlamaForCausalLM

from creative.starter.recipe.loop import save_weights


def average_models(first: LlamaForCausalLM, second: LlamaForCausalLM, share: float) -> LlamaForCausalLM:
    """The first model with each weight moved towards the second's; `share` is what the first keeps.

    Where it was widened after the second (`widen.py`), the new units stay as they are.
    """
    others = dict(second.named_parameters())
    with torch.no_grad():
        for name, weight in first.named_parameters():
            other = others[name]
            both = weight[tuple(slice(size) for size in other.shape)]
            both.mul_(share).add_(other, alpha=1 - share)
    return first


def main() -> None:
    """Write the average; the tokenizer and chat template are the first model's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--with", dest="other", type=Path, required=True)
    parser.add_argument("--share", type=float, default=0.65)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    first, second = (
        LlamaForCausalLM.from_pretrained(f, dtype=torch.float32) for f in (options.model, options.other)
    )
    mixed = average_models(first, second, options.share)
    save_weights(mixed, AutoTokenizer.from_pretrained(options.model), options.out)


if __name__ == "__main__":
    main()
