"""The weighted average of two models of one shape: what a hot run learned, without all it forgot.

python -m creative.starter.recipe.average --model TUNED --with BASE --share 0.65 --out FOLDER
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from transformers import AutoTokenizer, LlamaForCausalLM

from creative.starter.recipe.loop import save_weights


def average_models(first: LlamaForCausalLM, second: LlamaForCausalLM, share: float) -> LlamaForCausalLM:
    """The first model with each weight moved towards the second's; `share` is what the first keeps."""
    others = second.state_dict()
    mixed = {name: share * w + (1 - share) * others[name] for name, w in first.state_dict().items()}
    first.load_state_dict(mixed)
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
