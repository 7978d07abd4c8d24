"""Measures the engine on the starter: one stream against `generate`, and many writers against a queue of them.

`python -m benchmarks.engine [--precisions fp32 bf16 nf4] [--rounds 5] [--tokens 96] [--json]`. What is compared is
run in turns, and the ratio is the median over the rounds: a busy machine slows both sides alike.
"""

from __future__ import annotations

import argparse
import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer

from creative.engines.contract import Sampling, WriteRequest
from creative.engines.loading import load_model
from creative.engines.local import LocalEngine, open_engine

STARTER = Path(__file__).parents[1] / "creative" / "starter"
PROMPTS = (
    "Once upon a time there was a fox who",
    "The king thought of the war",
    "It rained on the city all night, and the man with the red hat waited by the door.",
    "In the garden stood a small door that nobody had opened for a hundred years.",
)
GREEDY = Sampling(temperature=0.0)
DRAWN = Sampling(temperature=1.0)
"""Greedy texts of a small model repeat themselves, and the engine guesses what repeats; speed is told of drawn ones."""


@dataclass(frozen=True)
class Line:
    """One comparison: medians over the rounds, and the median of the rounds' ratios."""

    precision: str
    what: str
    ours: float
    theirs: float
    ratio: float
    unit: str = "tokens/s"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--precisions", nargs="+", default=["fp32", "bf16", "nf4"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=48)
    parser.add_argument("--json", action="store_true")
    wishes = parser.parse_args()
    if not wishes.json:
        print(f"{torch.get_num_threads()} threads, torch {torch.__version__}")
        print(f"{'':6}{'':54}{'engine':>10}{'other':>10}{'ratio':>8}", flush=True)
    for precision in wishes.precisions:
        for line in measure(precision, wishes.rounds, wishes.tokens):
            print(json.dumps(asdict(line)) if wishes.json else as_row(line), flush=True)


def measure(precision: str, rounds: int, tokens: int) -> Iterator[Line]:
    """Give every comparison in one precision; the engine and `generate` each have their own copy of the weights."""
    engine = open_engine(STARTER, precision)  # type: ignore[arg-type]
    other = load_model(STARTER, precision).model  # type: ignore[arg-type]
    tokenizer = AutoTokenizer.from_pretrained(STARTER)

    def generate(prompt: str) -> None:
        ids = tokenizer(prompt, return_tensors="pt").input_ids
        other.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            **drawn_by_generate(tokens),
        )

    def queue(writers: int) -> float:
        return rate(lambda: [generate(PROMPTS[w % len(PROMPTS)]) for w in range(writers)], writers * tokens)

    try:
        queue(1), _together(engine, 4, tokens)  # warm both
        yield _first_token(precision, engine, lambda: _first(other, tokenizer), rounds)
        for writers in (1, 4, 16):
            turns = max(2, rounds // 2) if writers == 16 else rounds
            rates = [
                (_together(engine, writers, tokens), queue(writers), _queued(engine, writers, tokens))
                for _ in range(turns)
            ]
            who = "one stream" if writers == 1 else f"{writers} writers"
            yield compare(
                precision, f"{who} against generate, queued", [(ours, theirs) for ours, theirs, _ in rates]
            )
            if writers > 1:
                what = f"{who} against this engine, queued"
                yield compare(precision, what, [(ours, queued) for ours, _, queued in rates])
    finally:
        engine.close()


def compare(precision: str, what: str, pairs: list[tuple[float, float]], unit: str = "tokens/s") -> Line:
    """Give the medians of two sides that took turns, and the median of their ratios."""
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    ours, theirs = (statistics.median(values) for values in zip(*pairs, strict=True))
    return Line(precision, what, ours, theirs, ratio, unit)


def _first_token(precision: str, engine: LocalEngine, generate_one: Callable[[], None], rounds: int) -> Line:
    def ours() -> None:
        stream = engine.stream(WriteRequest(PROMPTS[2], 8, GREEDY))
        next(stream)
        list(stream)

    def first() -> float:
        started = time.perf_counter()
        stream = engine.stream(WriteRequest(PROMPTS[2], 8, GREEDY))
        next(stream)
        elapsed = time.perf_counter() - started
        list(stream)
        return elapsed * 1000

    ours()
    generate_one()
    pairs = [(first(), _milliseconds(generate_one)) for _ in range(2 * rounds)]
    return compare(precision, "time to first text", pairs, "ms")


def _first(model: object, tokenizer: object) -> None:
    ids = tokenizer(PROMPTS[2], return_tensors="pt").input_ids  # type: ignore[operator]
    model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=1)  # type: ignore[attr-defined]


def _together(engine: LocalEngine, writers: int, tokens: int) -> float:
    return write_all(engine, make_requests(writers, tokens), together=True)


def _queued(engine: LocalEngine, writers: int, tokens: int) -> float:
    return write_all(engine, make_requests(writers, tokens), together=False)


def make_requests(writers: int, tokens: int) -> list[WriteRequest]:
    """Give a request of each writer for a drawn text of at most so many tokens."""
    return [WriteRequest(PROMPTS[w % len(PROMPTS)], tokens, DRAWN, seed=w) for w in range(writers)]


def write_all(engine: LocalEngine, requests: list[WriteRequest], together: bool) -> float:
    """Give the tokens per second of requests that are made at once, or one after the other."""
    written: list[int] = []
    threads = [threading.Thread(target=lambda r=r: written.append(_write(engine, r))) for r in requests]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
        if not together:
            thread.join()
    for thread in threads:
        thread.join()
    return sum(written) / (time.perf_counter() - started)


def _write(engine: LocalEngine, request: WriteRequest) -> int:
    pieces = list(engine.stream(request))
    counts = pieces[-1].counts
    return counts.new_tokens if counts else 0


def drawn_by_generate(tokens: int) -> dict[str, Any]:
    """Give what makes `generate` draw exactly so many tokens as `DRAWN` does."""
    return {
        "do_sample": True,
        "temperature": 1.0,
        "top_k": 0,
        "repetition_penalty": 1.0,
        "min_new_tokens": tokens,
        "max_new_tokens": tokens,
    }


def rate(run: Callable[[], object], tokens: int) -> float:
    """Give the tokens per second of something that writes so many."""
    return tokens / (_milliseconds(run) / 1000)


def _milliseconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return (time.perf_counter() - started) * 1000


def as_row(line: Line) -> str:
    """Give a comparison as a row of the table; above 1 is faster than the other side (for times: below 1)."""
    return (
        f"{line.precision:6}{line.what:54}{line.ours:10.1f}{line.theirs:10.1f}{line.ratio:8.2f}  {line.unit}"
    )


if __name__ == "__main__":
    main()
