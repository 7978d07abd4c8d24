"""The pages as token rows, byte for byte what the engine reads and writes, and the order they are learned in."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

from datasets import Dataset
from trl.data_utils import pack_dataset

from creative.engines.loading import Loaded
from creative.engines.tokens import Reader
from creative.evaluation.perplexity import IGNORED, Row
from creative.training.records import Example, Prompt

_POOL = 16
"""Steps whose rows are sorted by length together: little padding, and the order is still mixed."""


def read_prompt(loaded: Loaded, prompt: Prompt) -> list[int]:
    """Give the tokens the engine reads before it writes."""
    reader = Reader(loaded.tokenizer, loaded.ends)
    return reader.read(prompt if isinstance(prompt, str) else tuple(prompt))


def make_row(loaded: Loaded, example: Example, most_tokens: int) -> Row | None:
    """Give an example in tokens with the loss on its text only; None where the prompt leaves no room for text."""
    before = read_prompt(loaded, example.prompt)
    text = Reader(loaded.tokenizer, loaded.ends).read_text(example.text)
    if example.whole:
        text += find_end(loaded, chat=not isinstance(example.prompt, str))
    room = most_tokens - len(before)
    if room < 1 or not text:
        return None
    text = text[:room]
    return Row([*before, *text], [IGNORED] * len(before) + text)


def make_rows(loaded: Loaded, examples: Sequence[Example], most_tokens: int) -> list[Row]:
    """Give the rows of all examples that have one."""
    rows = (make_row(loaded, example, most_tokens) for example in examples)
    return [row for row in rows if row is not None]


def find_end(loaded: Loaded, chat: bool) -> list[int]:
    """Give the token after which the engine stops: the chat template's end of a turn, or the end of a text."""
    tokenizer = loaded.tokenizer
    if chat and tokenizer.chat_template:
        turn = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
        ids = tokenizer(
            tokenizer.apply_chat_template(turn, tokenize=False), add_special_tokens=False, verbose=False
        ).input_ids
        opening = read_prompt(loaded, turn[:1])
        ends = [token for token in ids[len(opening) :] if token in loaded.ends]
        if ends:
            return ends[:1]
    if tokenizer.eos_token_id is not None:
        return [tokenizer.eos_token_id]
    return sorted(loaded.ends)[:1]


def plan_order(lengths: Sequence[int], rows_per_step: int, steps: int, seed: int) -> list[int]:
    """Give the places of the rows in the order they are learned from, `rows_per_step` for each step.

    It depends on nothing but these numbers, so a resumed run, one on two processes and one with smaller batches
    read the same rows in the same steps. Each pass reads every row once, rows of like length together.
    """
    order: list[int] = []
    passes = _passes(lengths, rows_per_step, seed)
    while len(order) < steps * rows_per_step:
        order += next(passes)
    return order[: steps * rows_per_step]


def _passes(lengths: Sequence[int], rows_per_step: int, seed: int) -> Iterator[list[int]]:
    left: list[int] = []
    number = 0
    while True:
        chance = random.Random(f"{seed} {number}")
        fresh = list(range(len(lengths)))
        chance.shuffle(fresh)
        pages = left + fresh
        steps: list[list[int]] = []
        pool = _POOL * rows_per_step
        for at in range(0, len(pages), pool):
            alike = sorted(pages[at : at + pool], key=lambda place: lengths[place])
            steps += [alike[i : i + rows_per_step] for i in range(0, len(alike), rows_per_step)]
        whole = [step for step in steps if len(step) == rows_per_step]
        # What is too little for a step is read first in the next pass.
        left = [place for step in steps if len(step) < rows_per_step for place in step]
        chance.shuffle(whole)
        yield [place for step in whole for place in step]
        number += 1


def count_steps(rows: int, epochs: float, rows_per_step: int) -> int:
    """Give the number of steps that read so many rows so often; at least one."""
    return max(1, round(rows * epochs / rows_per_step))


def to_dataset(rows: Sequence[Row], pack_into: int = 0) -> Any:
    """Give the rows as the trainer takes them; with `pack_into`, several to a row of at most so many tokens."""
    columns = {
        "input_ids": [list(row.input_ids) for row in rows],
        "labels": [list(row.labels) for row in rows],
    }
    dataset = Dataset.from_dict(columns)
    return pack_dataset(dataset, pack_into, "bfd") if pack_into else dataset
