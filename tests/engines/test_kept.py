"""What was read before is read no second time, and the text is the same as if it had been."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import pytest
import torch

from creative import forms
from creative.actions import load_actions
from creative.engines.batch import Limits
from creative.engines.cache import Past
from creative.engines.contract import EngineInfo, Sampling, WriteRequest
from creative.engines.kept import Kept, count_common
from creative.engines.loading import load_model
from creative.engines.local import LocalEngine

from .conftest import STARTER, FolderShelf, submit_at_once, text_of

GREEDY = Sampling(temperature=0.0)
# No space at its end: one token with what is written next, it would be read anew with all of that.
DRAFT = (
    "It was raining in the city, and the man with the red hat waited by the door of the inn. " * 6
).rstrip()


def note_reads(engine: LocalEngine, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """From now on note the length of every piece of a prompt that the engine reads."""
    read: list[int] = []
    reading = engine._network.read
    monkeypatch.setattr(
        engine._network,
        "read",
        lambda pieces, *rest: (read.extend(len(piece) for piece in pieces), reading(pieces, *rest))[1],
    )
    return read


def past_of(length: int) -> Past:
    keys = torch.arange(float(length)).view(1, 1, -1, 1)
    return Past((keys,), (-keys,))


def test_the_longest_beginning_is_found_and_never_the_whole_prompt() -> None:
    kept = Kept(10_000)
    kept.keep(range(100), "", past_of(100))
    kept.keep([*range(50), *range(500, 600)], "", past_of(150))
    assert kept.find([*range(60), 7, 8, 9], "").keys[0].flatten().tolist() == list(range(60))
    assert kept.find(range(100), "").length == 99  # the last token's scores are still wanted
    assert kept.find([*range(10), *range(900, 990)], "") is None  # too little to be worth it
    assert kept.find(range(100), "voice1") is None


def test_a_text_that_goes_on_takes_the_place_of_its_beginning() -> None:
    kept = Kept(10_000)
    kept.keep(range(40), "", past_of(40))
    kept.keep(range(90), "", past_of(90))
    assert kept.bytes_held == past_of(90).bytes_held
    kept.keep(range(40), "", past_of(40))
    assert kept.bytes_held == past_of(90).bytes_held
    kept.keep(range(40), "voice1", past_of(40))
    kept.forget("voice1")
    assert kept.bytes_held == past_of(90).bytes_held


def test_what_was_longest_of_no_use_goes_first() -> None:
    kept = Kept(2 * past_of(100).bytes_held)
    for start in (0, 1000):
        kept.keep(range(start, start + 100), "", past_of(100))
    kept.find(range(100), "")
    kept.keep(range(2000, 2100), "", past_of(100))
    assert kept.find(range(100), "") is not None
    assert kept.find(range(1000, 1100), "") is None
    kept.keep(range(5000), "", past_of(5000))  # more than all the room: never kept
    assert kept.find(range(2000, 2100), "") is not None
    kept.shrink(0)
    assert kept.bytes_held == 0


def open_with(limits: Limits, voices: Path) -> LocalEngine:
    """Open the starter with limits of one's own."""
    info = EngineInfo("starter", "", "fp32", 1024, True, "", 0.0, "")
    return LocalEngine(load_model(STARTER, "fp32"), info, FolderShelf(voices), limits)


@pytest.fixture(scope="module")
def engines(voices: Path):
    """The starter twice: one that keeps what it read, and one that does not."""
    made = []
    for kept_bytes in (1 << 27, 0):
        made.append(open_with(Limits(kept_bytes=kept_bytes), voices))
    yield made
    for engine in made:
        engine.close()


@pytest.mark.parametrize("adapter", ["", "north"])
def test_the_text_is_the_same_with_and_without_what_was_kept(engines, adapter: str, monkeypatch) -> None:
    read = note_reads(engines[0], monkeypatch)
    sampled = Sampling(temperature=0.9, top_p=0.95)
    text = DRAFT
    for turn, sampling in enumerate((GREEDY, sampled, GREEDY, sampled)):
        request = WriteRequest(text, 24, sampling, adapter=adapter, seed=turn)
        read.clear()
        first, second = (text_of(list(engine.stream(request))) for engine in engines)
        assert first == second
        if turn:
            assert sum(read) <= 20  # all but the last words was written or read a moment ago
        text += first
    read.clear()
    changed = len(DRAFT) // 2
    edited = text[:changed] + " Nobody came. " + text[changed:]
    request = WriteRequest(edited, 16, GREEDY, adapter=adapter)
    first, second = (text_of(list(engine.stream(request))) for engine in engines)
    assert first == second
    assert abs(sum(read) - engines[0].count(edited[changed:])) < 10  # what stands before the edit is kept


def test_who_is_here_comes_before_what_was_read(voices: Path) -> None:
    tokens = 400
    room = tokens * 6 * 2 * 4 * 64 * 4
    engine = open_with(Limits(rows=4, cache_bytes=room, kept_bytes=room), voices)
    try:
        list(engine.stream(WriteRequest(DRAFT, 4, GREEDY)))
        assert engine._batch._kept.bytes_held > 0
        pieces = list(engine.stream(WriteRequest("A dog", tokens - 10, GREEDY)))
        assert not any(piece.ahead for piece in pieces)
        request = WriteRequest(DRAFT + "Then", tokens - engine.count(DRAFT) - 10, GREEDY, n=2)
        assert list(engine.stream(request))[-1].finish_reason
        assert engine._batch._kept.bytes_held <= room
    finally:
        engine.close()


def test_the_longest_beginning_is_found_among_hundreds() -> None:
    chance = random.Random(4)
    kept = Kept(1 << 30)
    texts: list[list[int]] = []
    for _ in range(300):
        head = chance.choice(texts)[: chance.randrange(1, 40)] if texts else []
        texts.append(head + [chance.randrange(3) for _ in range(40)])
        kept.keep(texts[-1], "", past_of(len(texts[-1])))
    for text in texts:
        wanted = text[: chance.randrange(18, len(text))] + [chance.randrange(3) for _ in range(20)]
        longest = max(count_common(tuple(wanted[:-1]), tuple(other)) for other in texts)
        found = kept.find(wanted, "")
        assert (found.length if found else 0) == (longest if longest >= 16 else 0)


@pytest.mark.parametrize("adapter", ["", "north"])
def test_newcomers_with_one_beginning_read_it_once(engines, adapter: str, monkeypatch) -> None:
    read = note_reads(engines[0], monkeypatch)
    head = "The keeper of the lighthouse had a brother who never wrote, and a dog that knew it. " * 4
    ends = ("He sang.", "She counted the boats again.", "Nobody came.", "The lamp went out at nine.")
    requests = [WriteRequest(head + end, 24, GREEDY, adapter=adapter) for end in ends]
    engines[0]._batch._kept.shrink(0)
    texts = submit_at_once(engines[0], requests)
    assert sum(read) < engines[0].count(head + "".join(ends)) + 16
    # The other keeps nothing: there, to wait for a beginning would be to wait in vain.
    assert texts == submit_at_once(engines[1], requests)
    assert texts == [text_of(list(engines[1].stream(request))) for request in requests]


@pytest.mark.parametrize("stopped", [True, False])
def test_what_was_stopped_is_kept_and_what_nobody_listens_to_is_not(
    engines, stopped: bool, monkeypatch
) -> None:
    engine, cancel, text = engines[0], threading.Event(), ""
    prompt = f"{DRAFT}It was {'stopped' if stopped else 'left'}."
    stream = engine.stream(WriteRequest(prompt, 400, Sampling(), seed=1), cancel)
    while engine.count(text) < 60:
        text += next(stream).text
    if stopped:
        cancel.set()
        text += "".join(piece.text for piece in stream)
    else:
        stream.close()
    while not engine._batch.idle:
        time.sleep(0.01)
    read = note_reads(engine, monkeypatch)
    list(engine.stream(WriteRequest(f"{prompt}{text} And", 1, GREEDY)))
    assert (sum(read) < 10) == stopped


def test_going_on_from_a_draft_longer_than_the_context_reads_little_anew(engines, monkeypatch) -> None:
    read = note_reads(engines[0], monkeypatch)
    form, engine = forms.load_forms()[0]["story"], engines[0]
    brief = forms.clean_brief(form, {"premise": "A ferry stops running."})
    text = "The ferry had stopped.\n\n" + DRAFT.replace("inn. ", "inn.\n\n") * 12
    assert engine.count(text) > engine.info.context
    budget = forms.Budget(engine.info.context, 300, engine.count, engine.info.chat)
    whole = []
    for _ in range(12):
        composed = forms.compose(form, brief, forms.Task(load_actions()[0]["continue"], text), budget)
        assert composed.trimmed
        read.clear()
        text += text_of(list(engine.stream(WriteRequest(composed.prompt, 24, GREEDY, stop=composed.stop))))
        whole.append(sum(read))
    assert whole[0] > 300
    assert sum(tokens > 60 for tokens in whole[1:]) <= 2  # the cut has moved
