"""Guesses make writing faster and change no token of it."""

from __future__ import annotations

import pytest
import torch
from transformers import AutoModelForCausalLM

from creative.engines.contract import Sampling, WriteRequest
from creative.engines.local import LocalEngine
from creative.engines.lookup import Lookup

from .conftest import STARTER, text_of
from .test_local import generate, write_together

COPIED = "The red fox ran over the old bridge and into the dark wood. " * 6
SAMPLED = Sampling(temperature=0.7, top_p=0.9, repetition_penalty=1.05)


def test_a_guess_is_what_followed_the_latest_words() -> None:
    lookup = Lookup()
    past = [1, 2, 3, 4, 5, 6, 7, 1, 2, 3]
    assert lookup.guess(past, 2) == [4, 5]
    assert lookup.guess(past, 0) == []
    assert lookup.guess(past, 9) == [4, 5, 6, 7]
    assert Lookup().guess([1, 2, 3, 4], 9) == []
    assert Lookup().guess([1, 2], 9) == []


def test_right_guesses_grow_and_wrong_ones_pause() -> None:
    lookup = Lookup()
    past = [*range(40), 0, 1, 2]
    for length in (4, 8, 16, 16):
        assert len(lookup.guess(past, 99)) == length
        lookup.learn(past, length, length)
    lookup.learn(past, 16, 0)
    assert len(lookup.guess(past, 99)) == 2
    lookup.learn(past, 2, 0)
    assert lookup.guess(past, 99) == []
    past += [90, 91, 92, 0, 1, 2]
    assert len(lookup.guess(past, 99)) == 2


@pytest.fixture
def widths(local: LocalEngine, monkeypatch) -> list[int]:
    """How many tokens a row each step of the engine has read."""
    seen: list[int] = []
    step = local._network.step
    monkeypatch.setattr(
        local._network, "step", lambda tokens, *rest: (seen.append(len(tokens[0])), step(tokens, *rest))[1]
    )
    return seen


@pytest.mark.parametrize("sampling", [Sampling(temperature=0.0), SAMPLED])
def test_the_text_is_the_same_with_and_without_guesses(
    local: LocalEngine, widths: list[int], monkeypatch, sampling: Sampling
) -> None:
    requests = [
        WriteRequest(prompt, 40, sampling, seed=seed, stop=("never",))
        for seed, prompt in enumerate((COPIED, "A dog", COPIED + "The red"))
    ]
    guessed = [text_of(list(local.stream(request))) for request in requests]
    assert max(widths) > 4
    steps = len(widths)
    together = write_together(local, requests)
    monkeypatch.setattr(Lookup, "guess", lambda *_: [])
    widths.clear()
    plain = [text_of(list(local.stream(request))) for request in requests]
    assert set(widths) == {1}
    assert steps < len(widths)
    assert guessed == plain == together


def test_greedy_guessing_is_what_generate_gives(local: LocalEngine) -> None:
    plain = AutoModelForCausalLM.from_pretrained(STARTER, dtype=torch.float32).eval()
    request = WriteRequest(COPIED, 40, Sampling(temperature=0.0))
    assert text_of(list(local.stream(request))) == generate(plain, COPIED, 40)


def test_a_length_and_a_stop_within_a_guess_are_kept(local: LocalEngine) -> None:
    for tokens in range(1, 12):
        pieces = list(local.stream(WriteRequest(COPIED, tokens, Sampling(temperature=0.0))))
        assert pieces[-1].counts.new_tokens == tokens
    whole = text_of(list(local.stream(WriteRequest(COPIED, 40, Sampling(temperature=0.0)))))
    mark = whole[30:36]
    stopped = text_of(list(local.stream(WriteRequest(COPIED, 40, Sampling(temperature=0.0), stop=(mark,)))))
    assert stopped == whole[: whole.index(mark)]
