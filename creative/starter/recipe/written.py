"""Texts a model writes by itself: fresh ones that nobody knows by heart, for a student to learn from.

Plain text goes on from a few words of the corpus, at temperature 1; answers follow the briefs of a tuning set, drawn as
the app draws them:
nice python -m creative.starter.recipe.written plain --tokens FOLDER --model BASE --out FILE.jsonl
nice python -m creative.starter.recipe.written answers --pairs FOLDER --model START --out FOLDER/train.jsonl
It adds to the file and goes on where it was ended. `tune.py` takes both (--written, --pairs).

Teachers are too sure of a corpus they have learned by heart; of new text they tell what they know (sequences drawn from
the teachers themselves: Kim and Rush 2016, arXiv 1606.07947; Agarwal et al. 2023, arXiv 2306.13649).
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from threading import Lock

import numpy as np
import torch
from tokenizers import Tokenizer

from creative.engines.contract import Prompt, Sampling, WriteRequest
from creative.engines.local import LocalEngine, open_engine
from creative.forms import load_forms, sampling_for
from creative.starter.recipe.data import END, STARTER, Tokens, open_tokens
from creative.starter.recipe.pairs import Pair, read_pairs
from creative.starter.recipe.render import compose_pair

ROWS = 64
"""Texts written side by side."""
KINDS = {"simple": 0.75, "lyrics": 0.25}
"""Kinds of plain text that are small enough to be known by heart, and how much of the text is of each."""
BEGUN = (4, 48)
"""Tokens of the corpus that a plain text begins with, at least and at most."""
LONGEST = 400
"""Tokens written for a text at most."""
FREE = Sampling(temperature=1.0)
"""As the model itself would have it: nothing is left out or made likelier."""
CREATIVITY = 0.5
"""Of the answers; where the app's slider stands at first."""


def read_written(files: Iterable[Path], tokenizer: Tokenizer) -> dict[str, Tokens]:
    """The plain texts of the files by kind, in tokens, end to end as the corpus is."""
    ids: dict[str, list[int]] = {}
    starts: dict[str, list[int]] = {}
    for file in files:
        with file.open(encoding="utf-8") as lines:
            for told in map(json.loads, lines):
                of_kind = ids.setdefault(told["kind"], [])
                starts.setdefault(told["kind"], []).append(len(of_kind))
                of_kind += tokenizer.encode(told["text"]).ids
                # Also after a text that was cut: a window may not run on into another text as if it were one.
                of_kind.append(END)
    return {
        k: Tokens(np.array(v, dtype=np.uint16), np.array(starts[k], dtype=np.int64)) for k, v in ids.items()
    }


def begin_texts(
    tokens: dict[str, Tokens], tokenizer: Tokenizer, rng: random.Random
) -> Iterator[tuple[str, str]]:
    """Kinds and beginnings, without end; a document comes as often as it is long, half the time from its start."""
    while True:
        kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
        ids, starts = tokens[kind].ids, tokens[kind].starts
        place = rng.randrange(len(ids))
        if rng.random() < 0.5:
            place = int(starts[np.searchsorted(starts, place, side="right") - 1])
        begun = ids[place : place + rng.randint(*BEGUN)].tolist()
        if END in begun:
            begun = begun[: begun.index(END)]
        text = tokenizer.decode(begun)
        # Half a letter at an edge would be read otherwise than it stood.
        if begun and "\N{REPLACEMENT CHARACTER}" not in text:
            yield kind, text


def write_text(engine: LocalEngine, prompt: Prompt, seed: int, sampling: Sampling = FREE) -> tuple[str, bool]:
    """One text, and whether it came to an end by itself."""
    request = WriteRequest(prompt, LONGEST, sampling, seed=seed)
    pieces = list(engine.stream(request))
    return "".join(piece.text for piece in pieces), pieces[-1].finish_reason == "stop"


def go_on(engine: LocalEngine, begun: tuple[str, str], seed: int) -> dict[str, object]:
    """A plain text of a kind, with its beginning."""
    kind, text = begun
    return {"kind": kind, "text": text + write_text(engine, text, seed)[0]}


def answer(engine: LocalEngine, pair: Pair, seed: int) -> dict[str, object]:
    """The pair with the model's own answer."""
    sampling = Sampling.of(sampling_for(load_forms()[0][pair.form], CREATIVITY))
    text, ended = write_text(engine, compose_pair(pair), seed, sampling)
    return asdict(replace(pair, text=text, whole=ended))


def main() -> None:
    """Write until the time is up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("plain", "answers"))
    parser.add_argument("--tokens", type=Path, help="token files whose text is gone on with")
    parser.add_argument("--pairs", type=Path, help="tuning set whose briefs are answered")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    tokenizer = Tokenizer.from_file(str(STARTER / "tokenizer.json"))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    done = sum(1 for _ in options.out.open(encoding="utf-8")) if options.out.exists() else 0
    rng = random.Random(f"{options.seed} {done}")
    engine = open_engine(options.model, "fp32", rows=ROWS)
    end = time.time() + options.minutes * 60

    def written() -> Iterator[Callable[[], dict[str, object]]]:
        if options.what == "plain":
            for begun in begin_texts(open_tokens(options.tokens, "train"), tokenizer, rng):
                yield partial(go_on, engine, begun, rng.randrange(1 << 30))
        else:
            pairs = list(read_pairs(options.pairs / "train.jsonl"))
            rng.shuffle(pairs)
            for pair in pairs:
                yield partial(answer, engine, pair, rng.randrange(1 << 30))

    jobs, turn = written(), Lock()

    def work() -> None:
        while time.time() < end:
            with turn:
                job = next(jobs, None)
            if job is None:
                return
            line = json.dumps(job()) + "\n"
            with turn:
                out.write(line)

    with options.out.open("a", encoding="utf-8") as out, ThreadPoolExecutor(ROWS) as pool:
        for writer in [pool.submit(work) for _ in range(ROWS)]:
            writer.result()
    engine.close()


if __name__ == "__main__":
    main()
