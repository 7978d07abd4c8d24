"""Measures sixteen writers on the base model: this engine against servers on the same weights, prompts and machine.

`python -m benchmarks.serving [--writers 16] [--tokens 32] [--rounds 3] [--threads 1] [--json]`. The other sides are
`transformers serve` with and without continuous batching, and llama.cpp's llama-server where it is found (see
tests/servers.py). All run in fp32 and in turns, one at a time: a busy machine slows them alike, and the ratio is the
median over the rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass

import torch
from openai import AsyncOpenAI

from benchmarks.engine import DRAWN, PROMPTS, STARTER
from creative.engines.contract import Engine, WriteRequest
from creative.engines.local import open_engine
from tests.servers import (
    find_llama_cpp_python,
    find_llama_server,
    llama_server,
    starter_gguf,
    transformers_server,
)

GOAL = 2.0
"""Times the tokens per second of `transformers serve` with continuous batching."""


@dataclass(frozen=True)
class Round:
    """What one round of all writers together gave."""

    tokens_per_s: float
    first_s: float
    """Time to first text of the slowest but one in twenty."""


@dataclass(frozen=True)
class Line:
    """One side of the comparison: medians over the rounds."""

    who: str
    tokens_per_s: float
    first_ms: float
    ratio: float
    """Tokens per second of this engine over those of this side, in the same round."""


Run = Callable[[int, int], Round]
"""Writes with so many writers so many tokens each."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writers", type=int, default=16)
    parser.add_argument("--tokens", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    wishes = parser.parse_args()
    if not wishes.json:
        print(
            f"{wishes.writers} writers, {wishes.tokens} tokens each, {wishes.threads} threads, starter in fp32"
        )
        print(f"{'':46}{'tokens/s':>10}{'first ms':>10}{'ours is':>10}", flush=True)
    for line in measure(wishes.writers, wishes.tokens, wishes.rounds, wishes.threads):
        print(json.dumps(asdict(line)) if wishes.json else as_row(line), flush=True)
    if not wishes.json and not find_llama_server():
        print("llama.cpp: left out, no llama-server on the PATH or in LLAMA_SERVER")


def measure(writers: int, tokens: int, rounds: int, threads: int) -> Iterator[Line]:
    """Give this engine's line, then one for each server there is."""
    torch.set_num_threads(threads)
    with ExitStack() as stack:
        engine = open_engine(STARTER, "fp32")
        stack.callback(engine.close)
        sides: dict[str, Run] = {"this engine": lambda n, each: run_engine(engine, n, each)}
        address = stack.enter_context(transformers_server(flags=["--continuous-batching"], threads=threads))
        sides["transformers serve --continuous-batching"] = at(address, str(STARTER), {})
        address = stack.enter_context(transformers_server(threads=threads))
        sides["transformers serve, one after the other"] = at(address, str(STARTER), {"temperature": 1})
        if find_llama_server() and find_llama_cpp_python():
            gguf = starter_gguf()
            address = stack.enter_context(llama_server(gguf, threads=threads, slots=writers))
            # Its cache would answer the second round's prompts without reading them; ours is warm in the same way.
            sides[f"llama-server --parallel {writers}"] = at(
                address, "starter", {"temperature": 1, "repeat_penalty": 1}
            )
        for run in sides.values():
            run(writers, 8)
        told = {who: [] for who in sides}  # type: dict[str, list[Round]]
        for _ in range(rounds):
            for who, run in sides.items():
                told[who].append(run(writers, tokens))
    ours = told["this engine"]
    for who, theirs in told.items():
        ratio = statistics.median(a.tokens_per_s / b.tokens_per_s for a, b in zip(ours, theirs, strict=True))
        rate = statistics.median(each.tokens_per_s for each in theirs)
        yield Line(who, rate, 1000 * statistics.median(each.first_s for each in theirs), ratio)


def run_engine(engine: Engine, writers: int, tokens: int) -> Round:
    """Write with this engine, a thread a writer, as the page does."""
    written: list[tuple[int, float]] = []

    def write(prompt: str, started: float) -> None:
        first_s, count = 0.0, 0
        for piece in engine.stream(WriteRequest(prompt, tokens, DRAWN)):
            first_s = first_s or time.perf_counter() - started
            count = piece.counts.new_tokens if piece.counts else count
        written.append((count, first_s))

    started = time.perf_counter()
    threads = [threading.Thread(target=write, args=(prompt, started)) for prompt in _prompts(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return _sum_up(written, time.perf_counter() - started)


def at(address: str, model: str, settings: dict[str, float]) -> Run:
    """Give what writes through a server, all writers at the same time, each streamed."""

    async def write(client: AsyncOpenAI, prompt: str, tokens: int) -> tuple[int, float]:
        started = time.perf_counter()
        first_s, pieces, usage = 0.0, 0, None
        stream = await client.completions.create(
            model=model, prompt=prompt, max_tokens=tokens, stream=True, extra_body=settings
        )
        async for chunk in stream:
            first_s = first_s or time.perf_counter() - started
            pieces += bool(chunk.choices and chunk.choices[0].text)
            usage = chunk.usage or usage
        return (usage.completion_tokens if usage else pieces), first_s

    async def write_all(writers: int, tokens: int) -> Round:
        async with AsyncOpenAI(base_url=address, api_key="none", timeout=600) as client:
            started = time.perf_counter()
            written = await asyncio.gather(*(write(client, prompt, tokens) for prompt in _prompts(writers)))
            return _sum_up(written, time.perf_counter() - started)

    return lambda writers, tokens: asyncio.run(write_all(writers, tokens))


def _prompts(writers: int) -> list[str]:
    return [PROMPTS[writer % len(PROMPTS)] for writer in range(writers)]


def _sum_up(written: list[tuple[int, float]], elapsed_s: float) -> Round:
    firsts = sorted(first_s for _, first_s in written)
    return Round(sum(count for count, _ in written) / elapsed_s, firsts[int(0.95 * (len(firsts) - 1))])


def as_row(line: Line) -> str:
    """Give a side as a row of the table."""
    goal = f"  (goal {GOAL:g})" if line.who.endswith("batching") else ""
    return f"{line.who:46}{line.tokens_per_s:10.1f}{line.first_ms:10.0f}{line.ratio:9.2f}x{goal}"


if __name__ == "__main__":
    main()
