"""Measures sixteen writers on four voices and the base, together and queued one by one.

`python -m benchmarks.voices [--precisions fp32 nf4] [--rounds 5] [--tokens 48] [--json]`. The voices are random
LoRA voices of rank 16 on every matrix of the layers, as training makes them. "As PEFT mixes them" is the step of
the same rows by PEFT's `adapter_names`, on the same weights.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoTokenizer, DynamicCache

from benchmarks.engine import (
    DRAWN,
    PROMPTS,
    STARTER,
    Line,
    as_row,
    compare,
    drawn_by_generate,
    rate,
    write_all,
)
from creative.engines.contract import WriteRequest
from creative.engines.loading import load_model
from creative.engines.local import open_engine

NAMES = ("", "ink", "rain", "salt", "wood")
WRITERS = 16


@dataclass(frozen=True)
class Voice:
    """A voice as the engine sees it."""

    folder: Path


class Shelf:
    """Every folder below one is a voice."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def find(self, name: str) -> Voice:
        """Give the voice of a name."""
        return Voice(self._root / name)

    def verify(self, voice: object, info: object, model_folder: Path | None = None) -> None:
        """Accept every voice."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--precisions", nargs="+", default=["fp32", "nf4"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=48)
    parser.add_argument("--json", action="store_true")
    wishes = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make_voices(Path(folder))
        for precision in wishes.precisions:
            for line in measure(precision, Path(folder), wishes.rounds, wishes.tokens):
                print(json.dumps(asdict(line)) if wishes.json else as_row(line), flush=True)


def make_voices(root: Path) -> None:
    """Save the random voices."""
    for seed, name in enumerate(name for name in NAMES if name):
        torch.manual_seed(seed)
        model = load_model(STARTER, "fp32").model
        tuned = get_peft_model(model, LoraConfig(r=16, target_modules="all-linear", task_type="CAUSAL_LM"))
        for key, weight in tuned.named_parameters():
            if "lora_B" in key:
                torch.nn.init.normal_(weight, std=0.02)
        tuned.save_pretrained(root / name)


def measure(precision: str, root: Path, rounds: int, tokens: int) -> Iterator[Line]:
    """Give the comparisons in one precision."""
    engine = open_engine(STARTER, precision, shelf=Shelf(root))  # type: ignore[arg-type]

    def requests(names: tuple[str, ...]) -> list[WriteRequest]:
        return [
            WriteRequest(PROMPTS[w % len(PROMPTS)], tokens, DRAWN, seed=w, adapter=names[w % len(names)])
            for w in range(WRITERS)
        ]

    mixed, plain = requests(NAMES), requests(("",))
    try:
        write_all(engine, mixed, together=True)
        rates = [
            (
                write_all(engine, mixed, together=True),
                write_all(engine, mixed, together=False),
                write_all(engine, plain, together=True),
            )
            for _ in range(rounds)
        ]
        yield compare(precision, "16 writers, 4 voices and the base, against queued", [r[:2] for r in rates])
        yield compare(
            precision, "16 writers, 4 voices and the base, against no voice", [(r[0], r[2]) for r in rates]
        )
        peft = _open_peft(precision, root)
        queued = _queued(peft, tokens)
        queued()
        turns = [(write_all(engine, mixed, together=True), queued()) for _ in range(rounds)]
        yield compare(precision, "16 writers, 4 voices and the base, against generate", turns)
        by_peft = _peft_step(peft)
        by_peft()
        steps = [(write_all(engine, mixed, together=True), by_peft()) for _ in range(rounds)]
        yield compare(precision, "16 writers, 4 voices and the base, against PEFT", steps)
    finally:
        engine.close()


def _open_peft(precision: str, root: Path) -> PeftModel:
    """The starter with all voices loaded, as PEFT holds them."""
    peft = PeftModel.from_pretrained(load_model(STARTER, precision).model, root / NAMES[1], NAMES[1])  # type: ignore[arg-type]
    for name in NAMES[2:]:
        peft.load_adapter(root / name, name)
    return peft.eval()


def _queued(peft: PeftModel, tokens: int) -> Callable[[], float]:
    """Give a function that tells the tokens per second of `generate`, one by one, each with its voice."""
    tokenizer = AutoTokenizer.from_pretrained(STARTER)
    prompts = [tokenizer(prompt, return_tensors="pt") for prompt in PROMPTS]

    def write() -> None:
        for row in range(WRITERS):
            name = NAMES[row % len(NAMES)]
            with nullcontext() if name else peft.disable_adapter():
                if name:
                    peft.set_adapter(name)
                peft.generate(**prompts[row % len(PROMPTS)], **drawn_by_generate(tokens))

    return lambda: rate(write, WRITERS * tokens)


def _peft_step(peft: PeftModel) -> Callable[[], float]:
    """Give a function that tells the tokens per second of bare decode steps mixed by PEFT."""
    rows = [NAMES[row % len(NAMES)] or "__base__" for row in range(WRITERS)]

    @torch.inference_mode()
    def run() -> float:
        past = DynamicCache()
        tokens = torch.full((WRITERS, 16), 100)
        peft(tokens, adapter_names=rows, past_key_values=past)
        started = time.perf_counter()
        for _ in range(16):
            peft(tokens[:, :1], adapter_names=rows, past_key_values=past).logits[:, -1].argmax(-1)
        return 16 * WRITERS / (time.perf_counter() - started)

    return run


if __name__ == "__main__":
    main()
