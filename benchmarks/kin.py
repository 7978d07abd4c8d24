"""Measures one stream on a CPU on random models of other kinds than the starter: this engine and `generate`.

`python -m benchmarks.kin [--kinds qwen2.5-0.5b ...] [--precisions nf4 int8 bf16] [--rounds 3] [--tokens 32]
[--threads 1] [--folder FOLDER] [--json]`. A model has the shape of the one it is named after, its vocabulary too. The
two run in turns, and a ratio is the median over the rounds. The models, 1 to 2 GB each, are made in the folder and
left there, or made in one for temporary files.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
import transformers

from benchmarks.engine import (
    PROMPTS,
    STARTER,
    Line,
    as_row,
    compare,
    drawn_by_generate,
    make_requests,
    rate,
    write_all,
)
from creative.engines.loading import Loaded, load_model
from creative.engines.local import LocalEngine, open_engine

_QWEN = {"vocab_size": 151_936, "max_position_embeddings": 32_768, "tie_word_embeddings": True}
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "qwen2.5-0.5b": (
        "Qwen2",
        {
            **_QWEN,
            "hidden_size": 896,
            "intermediate_size": 4864,
            "num_hidden_layers": 24,
            "num_attention_heads": 14,
            "num_key_value_heads": 2,
        },
    ),
    "qwen3-0.6b": (
        "Qwen3",
        {
            **_QWEN,
            "hidden_size": 1024,
            "intermediate_size": 3072,
            "num_hidden_layers": 28,
            "num_attention_heads": 16,
            "num_key_value_heads": 8,
            "head_dim": 128,
        },
    ),
    "llama-3.1-8b": (
        "Llama",
        {
            "vocab_size": 128_256,
            "max_position_embeddings": 8192,
            "hidden_size": 4096,
            "intermediate_size": 14_336,
            "num_hidden_layers": 32,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
        },
    ),
}
"""Name -> class of transformers and its shape, from the model's own configuration."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kinds", nargs="+", default=[*KINDS][:2], choices=[*KINDS])
    parser.add_argument("--precisions", nargs="+", default=["nf4", "int8", "bf16"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=32)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--json", action="store_true")
    wishes = parser.parse_args()
    before = torch.get_num_threads()
    torch.set_num_threads(wishes.threads)
    try:
        if not wishes.json:
            print(f"{wishes.threads} threads, torch {torch.__version__}, random weights, one stream")
            print(f"{'':6}{'':54}{'engine':>10}{'other':>10}{'ratio':>8}", flush=True)
        for line in measure(wishes.kinds, wishes.precisions, wishes.rounds, wishes.tokens, wishes.folder):
            print(json.dumps(asdict(line)) if wishes.json else as_row(line), flush=True)
    finally:
        torch.set_num_threads(before)


def measure(
    kinds: list[str], precisions: list[str], rounds: int, tokens: int, folder: Path | None = None
) -> Iterator[Line]:
    """Give a line for each kind and precision."""
    for kind in kinds:
        with made_model(kind, folder) as home:
            for precision in precisions:
                yield _measure(kind, home, precision, rounds, tokens)


@contextmanager
def made_model(kind: str, folder: Path | None) -> Iterator[Path]:
    """Give where a model of random weights lies: in the folder, where it stays, or in one for temporary files."""
    with tempfile.TemporaryDirectory() as name:
        home = (folder or Path(name)) / kind
        if not (home / "config.json").is_file():
            make_model(kind, home)
        yield home


def make_model(kind: str, folder: Path) -> None:
    """Write a model of random weights in bf16; the starter's tokenizer knows the first of its tokens."""
    torch.manual_seed(0)
    family, shape = KINDS[kind]
    config = getattr(transformers, f"{family}Config")(**shape, dtype=torch.bfloat16)
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(STARTER / file, folder / file)


def _measure(kind: str, folder: Path, precision: str, rounds: int, tokens: int) -> Line:
    engine = open_engine(folder, precision)  # type: ignore[arg-type]
    try:
        rates = against_generate(engine, load_model(folder, precision), rounds, tokens)  # type: ignore[arg-type]
    finally:
        engine.close()
    return compare(precision, f"{kind}, one stream against generate", rates)


def against_generate(
    engine: LocalEngine, other: Loaded, rounds: int, tokens: int
) -> list[tuple[float, float]]:
    """Give the tokens per second of one stream and of `generate`, in turns, after both are warm."""
    ids = other.tokenizer(PROMPTS[0], return_tensors="pt").input_ids.to(other.model.device)
    requests = make_requests(1, tokens)

    def generate() -> None:
        other.model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), **drawn_by_generate(tokens))

    write_all(engine, requests, together=True)
    generate()
    return [(write_all(engine, requests, together=True), rate(generate, tokens)) for _ in range(rounds)]


if __name__ == "__main__":
    main()
