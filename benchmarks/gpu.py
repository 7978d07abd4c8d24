"""Measures a large random model on a GPU: `generate`, recorded steps against Python's, and the memory's own speed.

`python -m benchmarks.gpu [--kinds llama-3.1-8b] [--precisions nf4 bf16] [--rounds 3] [--tokens 64] [--folder FOLDER]
[--json]`. What is compared is run in turns, and a ratio is the median over the rounds. The model, 16 GB on the disk, is
made in the folder and left there, or made in one for temporary files. Two copies of it must fit into the GPU.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import torch

from benchmarks.engine import Line, as_row, compare, make_requests, write_all
from benchmarks.kin import KINDS, against_generate, made_model
from creative.engines.loading import Precision, load_model
from creative.engines.local import LocalEngine, open_engine
from creative.engines.recorded import Graphs

_COPIED = 1 << 30
"""Bytes that are copied to find the memory's speed."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kinds", nargs="+", default=["llama-3.1-8b"], choices=[*KINDS])
    parser.add_argument("--precisions", nargs="+", default=["nf4", "bf16"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--json", action="store_true")
    wishes = parser.parse_args()
    if not torch.cuda.is_available():
        parser.exit(1, "There is no GPU here; `python -m benchmarks.kin` measures a CPU.\n")
    if not wishes.json:
        print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, random weights")
        print(f"{'':6}{'':54}{'engine':>10}{'other':>10}{'ratio':>8}", flush=True)
    for kind in wishes.kinds:
        with made_model(kind, wishes.folder) as home:
            for precision in wishes.precisions:
                for line in measure(home, precision, wishes.rounds, wishes.tokens):
                    print(json.dumps(asdict(line)) if wishes.json else as_row(line), flush=True)


def measure(folder: Path, precision: Precision, rounds: int, tokens: int) -> Iterator[Line]:
    """Give every comparison for a model in one precision."""
    other = load_model(folder, precision)
    engine = open_engine(folder, precision)
    try:
        rates = against_generate(engine, other, rounds, tokens)
        yield compare(precision, "one stream against generate", rates)
        if engine._network.device.type == "cuda":
            for writers in (1, 16):
                yield _recorded(engine, precision, writers, rounds, tokens)
            held = other.model.get_memory_footprint()
            most = _copied_per_second() / held
            yield compare(
                precision, "one stream against reading all weights", [(ours, most) for ours, _ in rates]
            )
        rates = [
            (_write(engine, 16, tokens), _write(engine, 16, tokens, together=False)) for _ in range(rounds)
        ]
        yield compare(precision, "16 writers against this engine, queued", rates)
        if torch.cuda.is_available():
            peak = torch.cuda.max_memory_allocated() / 1e9
            yield Line(precision, "both models and all rows in memory, at most", peak, peak, 1.0, "GB")
    finally:
        engine.close()


def _recorded(engine: LocalEngine, precision: Precision, writers: int, rounds: int, tokens: int) -> Line:
    pairs = []
    for _ in range(rounds):
        engine._network.record_steps(Graphs().record)
        recorded = _write(engine, writers, tokens)
        engine._network.record_steps(None)
        pairs.append((recorded, _write(engine, writers, tokens)))
    engine._network.record_steps(Graphs().record)
    who = "one stream" if writers == 1 else f"{writers} writers"
    return compare(precision, f"{who}, recorded steps against Python's", pairs)


def _write(engine: LocalEngine, writers: int, tokens: int, together: bool = True) -> float:
    return write_all(engine, make_requests(writers, tokens), together)


def _copied_per_second() -> float:
    """Give the bytes a second that the GPU's memory moves."""
    source = torch.empty(_COPIED, dtype=torch.uint8, device="cuda")
    target = torch.empty_like(source)
    started, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    target.copy_(source)
    started.record()
    for _ in range(10):
        target.copy_(source)
    ended.record()
    torch.cuda.synchronize()
    # What is copied is read and written.
    return float(2 * 10 * _COPIED / (started.elapsed_time(ended) / 1000))


if __name__ == "__main__":
    main()
