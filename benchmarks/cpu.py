"""Measures one stream on a CPU at 16, 8 and 4 bits: this engine and llama.cpp, on the same random 188M Llama.

`python -m benchmarks.cpu [--rounds 5] [--tokens 128] [--threads 2] [--json]`. The two run in turns, the time to the
first token is left out on both sides. llama.cpp is used where its Python is found (see tests/servers.py); without
it only this engine is measured. Needs 1.9 GB in the folder for temporary files.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from benchmarks.engine import DRAWN, STARTER, Line, as_row, compare
from creative.catalogue.fit import Precision
from creative.engines.contract import WriteRequest
from creative.engines.local import LocalEngine, open_engine
from tests.servers import find_llama_cpp_python

PAIRS: tuple[tuple[Precision, str], ...] = (("bf16", "f16"), ("int8", "q8_0"), ("nf4", "q4_0"))
GOAL = 0.8
"""Of llama.cpp's tokens per second at equal bits."""
_PROMPT = "In the garden stood a small door that nobody had opened"
_PEER = Path(__file__).parent / "cpu_peer.py"

Write = Callable[[str, int], float]
"""Gives the seconds that a kind of weights takes for so many tokens after the first."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    wishes = parser.parse_args()
    before = torch.get_num_threads()
    torch.set_num_threads(wishes.threads)
    try:
        if not wishes.json:
            _print_head(wishes.threads)
        for line in measure(wishes.rounds, wishes.tokens, wishes.threads):
            print(json.dumps(asdict(line)) if wishes.json else as_row(line), flush=True)
    finally:
        torch.set_num_threads(before)


def _print_head(threads: int) -> None:
    print(f"{threads} threads, torch {torch.__version__}, a random Llama of 188M parameters, one stream")
    if not find_llama_cpp_python():
        print(
            "llama-cpp-python is not here, so nothing stands beside it; LLAMA_CPP_PYTHON may name its Python."
        )
    print(f"{'':6}{'':54}{'engine':>10}{'other':>10}{'ratio':>8}", flush=True)


def measure(rounds: int, tokens: int, threads: int) -> Iterator[Line]:
    """Give a line for each number of bits; a ratio of 1 where there is nothing to compare with."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_model(folder)
        if not find_llama_cpp_python():
            for precision, _ in PAIRS:
                yield _measure_pair(folder, (precision, ""), rounds, tokens)
            return
        with _peer(folder, threads) as peer:
            for pair in PAIRS:
                yield _measure_pair(folder, pair, rounds, tokens, peer)


def make_model(folder: Path) -> None:
    """Write a Llama of 188 million random parameters with the starter's tokenizer."""
    torch.manual_seed(0)
    told = json.loads((STARTER / "config.json").read_text(encoding="utf-8"))
    shape = {"hidden_size": 1024, "intermediate_size": 2816, "num_hidden_layers": 14, "head_dim": 64}
    heads = {"num_attention_heads": 16, "num_key_value_heads": 16}
    model = LlamaForCausalLM(LlamaConfig(**{**told, **shape, **heads}))
    model.to(torch.bfloat16).save_pretrained(folder)
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(STARTER / file, folder / file)


def _measure_pair(
    folder: Path, pair: tuple[Precision, str], rounds: int, tokens: int, peer: Write | None = None
) -> Line:
    precision, kind = pair
    engine = open_engine(folder, precision)
    try:
        _write(engine, 8, 0)
        rates = []
        for turn in range(rounds):
            ours = tokens / (_write(engine, tokens + 1, turn) - _write(engine, 1, turn))
            rates.append((ours, tokens / peer(kind, tokens) if peer else ours))
    finally:
        engine.close()
    what = f"one stream against llama.cpp {kind}" if peer else "one stream, beside nothing"
    return compare(precision, what, rates)


def _write(engine: LocalEngine, tokens: int, seed: int) -> float:
    """Give the seconds; a text that ends of itself is written again with another seed."""
    for shift in range(100):
        started = time.perf_counter()
        pieces = list(engine.stream(WriteRequest(_PROMPT, tokens, DRAWN, seed=seed + 1000 * shift)))
        elapsed = time.perf_counter() - started
        if pieces[-1].finish_reason == "length":
            return elapsed
    raise RuntimeError("random weights ended every text of a hundred")


@contextmanager
def _peer(folder: Path, threads: int) -> Iterator[Write]:
    command = [find_llama_cpp_python(), str(_PEER), str(folder), str(threads)]
    with tempfile.TemporaryFile() as log:
        peer = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, bufsize=1
        )
        assert peer.stdin is not None
        assert peer.stdout is not None
        asked, told = peer.stdin, peer.stdout

        def read() -> str:
            line = told.readline()
            if not line:
                log.seek(0)
                raise RuntimeError(f"llama.cpp ended: {log.read()[-2000:]!r}")
            return line

        def write(kind: str, tokens: int) -> float:
            print(kind, tokens, file=asked, flush=True)
            return float(read())

        try:
            read()
            yield write
        finally:
            peer.terminate()
            peer.wait()


if __name__ == "__main__":
    main()
