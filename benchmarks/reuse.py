"""Measures what is not computed twice: a draft that goes on, and a passage that is polished.

`python -m benchmarks.reuse [--rounds 5] [--json]`, on the starter in fp32. Continue: the time to the first token of
a request on a draft of 700 words, of which all but the last words were read or written a moment ago, against a
first draft with the same brief. Polish: the action as the page sends it, on 300 words, against the same
request without guesses. The starter is too small to polish: it writes something of its own, where few guesses
are right. So the action is measured a second time with a polished passage put in the place of what is drawn (one
word in twenty changed): the model, the draw and the check of every guess run as they do for a model that copies.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from unittest.mock import patch

import torch

from benchmarks.engine import GREEDY, STARTER, Line, as_row, compare
from creative import actions, forms
from creative.engines import batch
from creative.engines.contract import Sampling, WriteRequest
from creative.engines.local import LocalEngine, open_engine
from creative.engines.lookup import Lookup
from creative.engines.samplers import Drawer

STORY = (
    "Mara had run the ferry since her father died, and she knew the river the way other people know a kitchen. "
    "On the last evening of October she tied up at the north bank, counted the coins twice, and found one too many. "
    "It was an old coin with a hole in it. Nobody had paid with such a coin for sixty years. "
    "She put it in her pocket and said nothing to the boy who swept the deck. "
    "In the night the bell on the south bank rang, though nobody lived there any more. "
)
BRIEF = {"premise": "A ferry stops running.", "genre": "", "characters": "Mara, who runs it"}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    wishes = parser.parse_args()
    engine = open_engine(STARTER, "fp32")
    try:
        for line in (*continue_draft(engine, wishes.rounds), *polish(engine, wishes.rounds)):
            print(json.dumps(asdict(line)) if wishes.json else as_row(line), flush=True)
    finally:
        engine.close()


def continue_draft(engine: LocalEngine, rounds: int) -> Iterator[Line]:
    """Give the time to the first token on a long draft, kept and not, against an empty page."""
    draft = " ".join((STORY * 10).split()[:700])
    pairs, afresh = [], []
    for turn in range(rounds + 1):
        # Each round has a draft of its own; the words at its end are what the writer typed since.
        text = f"Chapter {turn}. {draft}"
        begun = first_token_ms(engine, text)
        list(engine.stream(WriteRequest(text, 24, GREEDY)))
        long = first_token_ms(engine, f"{text} And then")
        empty = first_token_ms(
            engine, f"Write a story, number {turn}, with this premise: a ferry stops running."
        )
        if turn:  # the first warms up
            pairs.append((long, empty))
            afresh.append((long, begun))
    yield compare("fp32", "first token on a 700-word draft against an empty page", pairs, "ms")
    yield compare("fp32", "first token on a 700-word draft against reading it anew", afresh, "ms")


def first_token_ms(engine: LocalEngine, prompt: str) -> float:
    """Give the milliseconds to the first text."""
    started = time.perf_counter()
    stream = engine.stream(WriteRequest(prompt, 2, GREEDY))
    next(stream)
    elapsed = time.perf_counter() - started
    list(stream)
    return elapsed * 1000


def polish(engine: LocalEngine, rounds: int) -> Iterator[Line]:
    """Give the tokens per second with and without guesses."""
    passage = " ".join((STORY * 4).split()[:300])
    found, _ = forms.load_forms()
    known, _ = actions.load_actions()
    form, action = found["story"], known["polish"]
    budget = forms.Budget(engine.info.context, 420, engine.count, engine.info.chat)
    task = forms.Task(action, text=passage, selection=passage, start=0)
    prompt = forms.compose(form, forms.clean_brief(form, BRIEF, complete=False), task, budget).prompt
    sampling = Sampling.of(forms.sampling_for(form, 0.5, action))
    request = WriteRequest(prompt, 400, sampling, seed=1)
    yield _with_and_without(engine, request, "polish, 300 words, by the starter", rounds)
    words = passage.split()
    words[10::20] = ["river"] * len(words[10::20])  # one word in twenty is put right
    target = engine._reader.read_text(" ".join(words))
    request = WriteRequest(prompt, len(target), sampling, seed=1)
    with drawing(target):
        yield _with_and_without(engine, request, "polish, 300 words, a word in twenty changed", rounds)


def _with_and_without(engine: LocalEngine, request: WriteRequest, what: str, rounds: int) -> Line:
    pairs, share = [], 0.0
    for _ in range(rounds):
        with counted() as counts:
            guessed = tokens_per_s(engine, request)
        share = counts["right"] / max(1, counts["guessed"])
        with patch.object(Lookup, "guess", lambda *_: []):
            pairs.append((guessed, tokens_per_s(engine, request)))
    return compare("fp32", f"{what} ({100 * share:.0f} % right)", pairs)


@contextmanager
def drawing(target: list[int]) -> Iterator[None]:
    """Put a text in the place of what one row draws: the model and the draw run, only their choice is set."""
    draw = batch.choose
    begins: dict[Drawer, int] = {}  # drawer -> tokens of its prompt

    def choose(scores: torch.Tensor, drawers: Sequence[Drawer]) -> list[int]:
        draw(scores, drawers)
        drawer = drawers[0]
        written = len(drawer.past) - begins.setdefault(drawer, len(drawer.past))
        return [target[written]]

    with patch.object(batch, "choose", choose):
        yield


@contextmanager
def counted() -> Iterator[dict[str, int]]:
    """Count the guesses and those that were right."""
    counts = {"guessed": 0, "right": 0}
    learn = Lookup.learn

    def count(lookup: Lookup, past: list[int], guessed: int, right: int) -> None:
        counts["guessed"] += guessed
        counts["right"] += right
        learn(lookup, past, guessed, right)

    with patch.object(Lookup, "learn", count):
        yield counts


def tokens_per_s(engine: LocalEngine, request: WriteRequest) -> float:
    """Give the speed from the first text to the last."""
    stream = engine.stream(request)
    next(stream)
    started = time.perf_counter()
    pieces = list(stream)
    counts = pieces[-1].counts
    return (counts.new_tokens - 1 if counts else 0) / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
