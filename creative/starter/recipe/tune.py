"""Form tuning: briefs rendered by the forms' own code, loss on the answer alone, some plain text beside it.

With teachers the names and key words of a brief are learned from the answer alone wherever it says them: what a teacher
has never seen written it copies badly ("Maren" became "Mary").

nice python -m creative.starter.recipe.tune --pairs FOLDER --tokens FOLDER --run FOLDER --start-from FOLDER
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from tokenizers import Tokenizer

from creative.starter.recipe.data import STARTER, open_tokens
from creative.starter.recipe.loop import Batch, Run, read_plan
from creative.starter.recipe.pairs import Pair, read_pairs
from creative.starter.recipe.pretrain import ask_for_shares, held_out_losses, plain_batch, share_kinds
from creative.starter.recipe.render import render_pair

SIZES = (256, 384, 512, 768)
"""Lengths a batch may have; a pair goes into the shortest it fits, longer ones are left out."""
BATCH_TOKENS = 4096
NO_LOSS, PAD = -100, 3
LONGEST_NAME = 2
"""Words of what is learned from the answer alone."""
T = TypeVar("T")


@dataclass(frozen=True)
class Example:
    """A rendered pair in tokens."""

    prompt: np.ndarray
    answer: np.ndarray
    asked: np.ndarray
    """Whether a token of the answer belongs to a name or key word of the brief."""

    def __len__(self) -> int:
        return len(self.prompt) + len(self.answer)


def load_examples(path: Path, tokenizer: Tokenizer) -> dict[int, list[Example]]:
    """The pairs of a file, rendered, in tokens, by the length of the batch they go into; kept beside the file."""
    kept = path.with_suffix(".npz")
    if not kept.exists() or kept.stat().st_mtime < path.stat().st_mtime:
        examples = [encode(pair, tokenizer) for pair in read_pairs(path)]
        # Several processes of one run may make it at once.
        mine = kept.with_suffix(f".{os.getpid()}.npz")
        np.savez(
            mine,
            prompts=np.concatenate([e.prompt for e in examples]),
            answers=np.concatenate([e.answer for e in examples]),
            asked=np.concatenate([e.asked for e in examples]),
            lengths=[(len(e.prompt), len(e.answer)) for e in examples],
        )
        mine.replace(kept)
    saved = np.load(kept)
    prompt_ends, answer_ends = saved["lengths"].cumsum(axis=0)[:-1].T
    parts = (
        np.split(saved["prompts"], prompt_ends),
        np.split(saved["answers"], answer_ends),
        np.split(saved["asked"], answer_ends),
    )
    return sort_by_size((Example(*each) for each in zip(*parts, strict=True)), len)


def sort_by_size(items: Iterable[T], length: Callable[[T], int]) -> dict[int, list[T]]:
    """The items by the length of the batch they go into; longer ones are left out."""
    by_size: dict[int, list[T]] = {size: [] for size in SIZES}
    for item in items:
        size = next((s for s in SIZES if length(item) <= s), None)
        if size is not None:
            by_size[size].append(item)
    return by_size


def share_sizes(by_size: dict[int, list[T]]) -> tuple[dict[int, int], np.ndarray]:
    """Rows of a batch of each size that has any, and how often each is drawn for all to be seen equally often."""
    rows = {size: BATCH_TOKENS // size for size in SIZES if by_size[size]}
    batches = np.array([len(by_size[size]) / rows[size] for size in rows])
    print({size: len(by_size[size]) for size in rows}, flush=True)
    return rows, batches / batches.sum()


def encode(pair: Pair, tokenizer: Tokenizer) -> Example:
    """The prompt and the answer of a pair in tokens; of a cut text the last token is not its end."""
    prompt, answer = render_pair(pair)
    read, told = (tokenizer.encode(part) for part in (prompt, answer))
    prompt_ids, answer_ids = (np.array(part.ids, dtype=np.uint16) for part in (read, told))
    asked = np.zeros(len(answer) + 1, dtype=bool)
    # What is longer than a name is a phrase, which an ad should not say in every line.
    for word in (w for w in pair.wanted if len(w.split()) <= LONGEST_NAME):
        for found in re.finditer(rf"\b{re.escape(word)}\b", answer, re.IGNORECASE):
            asked[found.start() : found.end()] = True
    of_asked = np.array([asked[start:end].any() for start, end in told.offsets], dtype=bool)
    return Example(prompt_ids, answer_ids, of_asked)


def make_batch(examples: list[Example], size: int) -> tuple[np.ndarray, np.ndarray]:
    """Tokens and labels of the examples side by side, padded; labels on the answers only."""
    ids = np.full((len(examples), size), PAD, dtype=np.int64)
    labels = np.full((len(examples), size), NO_LOSS, dtype=np.int64)
    for row, example in enumerate(examples):
        start, end = len(example.prompt), len(example)
        ids[row, :start] = example.prompt
        ids[row, start:end] = example.answer
        labels[row, start:end] = example.answer
    return ids, labels


def make_trust(examples: list[Example], size: int, trust: float) -> np.ndarray:
    """How far a teacher is trusted with each label of a batch: not at all with what the briefs ask for."""
    trusted = np.full((len(examples), size), trust, dtype=np.float32)
    for row, example in enumerate(examples):
        trusted[row, len(example.prompt) : len(example)][example.asked] = 0.0
    return trusted


def main() -> None:
    """Tune on the pairs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=Path, required=True)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--trust", type=float, default=0.5, help="how far a teacher is trusted with answers")
    ask_for_shares(parser, plain=0.35)
    options, plan = read_plan(parser)
    tokenizer = Tokenizer.from_file(str(STARTER / "tokenizer.json"))
    by_size = load_examples(options.pairs / "train.jsonl", tokenizer)
    plain, held_out = open_tokens(options.tokens, "train"), open_tokens(options.tokens, "held_out")
    rows, shares = share_sizes(by_size)
    kinds = share_kinds(options.kinds)

    def draw(rng: np.random.Generator) -> Batch:
        size = int(rng.choice(list(rows), p=shares))
        # Both in every batch: a step on one alone undoes some of the other.
        beside = int(rng.binomial(rows[size], options.plain_share))
        chosen = rng.integers(0, len(by_size[size]), rows[size] - beside)
        examples = [by_size[size][i] for i in chosen]
        parts = [(*make_batch(examples, size), make_trust(examples, size, options.trust))]
        if beside:
            ones = np.ones((beside, size), dtype=np.float32)
            parts.append((*plain_batch(plain, rng, beside, size, kinds), ones))
        ids, labels, trust = (np.concatenate(column) for column in zip(*parts, strict=True))
        return ids, labels, trust

    Run(plan).train(draw, lambda model: held_out_losses(model, held_out))


if __name__ == "__main__":
    main()
