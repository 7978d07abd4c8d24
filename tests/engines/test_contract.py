"""Every kind of engine keeps the contract."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from creative.engines.contract import Engine, Sampling, WriteRequest
from creative.errors import BadValue, EngineFailed, TextTooLong, UnknownVoice

from .conftest import EACH_KIND, KINDS, text_of

GREEDY = Sampling(temperature=0.0)
PROMPT = "Once upon a time there was a fox"


def test_the_last_piece_tells_why_and_what_it_cost(engine: Engine) -> None:
    pieces = list(engine.stream(WriteRequest(PROMPT, 12, GREEDY, seed=3)))
    last = pieces[-1]
    assert last.finish_reason == "length"
    assert last.counts is not None
    assert (last.counts.new_tokens, last.counts.seed) == (12, 3)
    counted = engine.count(PROMPT)
    if engine.info.counts_exactly:
        assert last.counts.prompt_tokens == counted
    else:
        assert last.counts.prompt_tokens <= counted <= 2 * last.counts.prompt_tokens
    assert [piece.finish_reason for piece in pieces[:-1]] == [None] * (len(pieces) - 1)
    assert text_of(pieces)


def test_text_comes_piece_by_piece(engine: Engine) -> None:
    assert len([piece for piece in engine.stream(WriteRequest(PROMPT, 20, GREEDY)) if piece.text]) > 8


def test_the_same_seed_gives_the_same_text(engine: Engine) -> None:
    request = WriteRequest(PROMPT, 24, Sampling(temperature=1.0), seed=11)
    assert text_of(list(engine.stream(request))) == text_of(list(engine.stream(request)))


def test_a_seed_is_drawn_and_told_when_none_is_given(engine: Engine) -> None:
    pieces = list(engine.stream(WriteRequest(PROMPT, 4)))
    assert pieces[-1].counts is not None
    assert pieces[-1].counts.seed >= 0


def test_every_variant_is_written_and_ended_once(engine: Engine) -> None:
    pieces = list(engine.stream(WriteRequest(PROMPT, 10, Sampling(temperature=1.0), n=3, seed=1)))
    ended = [piece.index for piece in pieces if piece.finish_reason]
    assert sorted(ended) == [0, 1, 2]
    assert all(text_of(pieces, index) for index in range(3))


def test_writing_ends_before_a_stop_string(engine: Engine) -> None:
    whole = text_of(list(engine.stream(WriteRequest(PROMPT, 40, GREEDY))))
    mark = whole[15:22]
    pieces = list(engine.stream(WriteRequest(PROMPT, 40, GREEDY, stop=(mark,))))
    assert pieces[-1].finish_reason == "stop"
    assert text_of(pieces) == whole[: whole.index(mark)]


def test_cancel_ends_it_within_a_token(engine: Engine) -> None:
    cancel = threading.Event()
    pieces = []
    for piece in engine.stream(WriteRequest(PROMPT, 900, GREEDY), cancel):
        pieces.append(piece)
        if len(pieces) == 5:
            cancel.set()
    assert pieces[-1].finish_reason == "cancelled"
    assert len(pieces) < 20


def test_a_request_cancelled_before_it_begins_writes_nothing(engine: Engine) -> None:
    cancel = threading.Event()
    cancel.set()
    pieces = list(engine.stream(WriteRequest(PROMPT, 50, n=2), cancel))
    assert [piece.finish_reason for piece in pieces] == ["cancelled", "cancelled"]
    assert text_of(pieces) == ""


def test_a_listener_may_go_at_any_time(engine: Engine) -> None:
    stream = engine.stream(WriteRequest(PROMPT, 900, GREEDY))
    next(stream)
    stream.close()
    assert text_of(list(engine.stream(WriteRequest(PROMPT, 5, GREEDY))))


def test_several_write_at_the_same_time(engine: Engine) -> None:
    alone = text_of(list(engine.stream(WriteRequest(PROMPT, 20, GREEDY))))
    texts: list[str] = []
    threads = [
        threading.Thread(
            target=lambda: texts.append(text_of(list(engine.stream(WriteRequest(PROMPT, 20, GREEDY)))))
        )
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert texts == [alone] * 5


def test_a_prompt_longer_than_the_context_is_refused_with_the_numbers(engine: Engine) -> None:
    with pytest.raises(TextTooLong, match=str(engine.info.context)):
        engine.stream(WriteRequest("word " * 2000, 5))


def test_a_million_tokens_end_at_the_context(engine: Engine) -> None:
    prompt = "the end of the road " * 400
    prompt = prompt[: _fitting(engine, prompt)]
    pieces = list(engine.stream(WriteRequest(prompt, 1_000_000, Sampling(temperature=1.5), seed=2)))
    counts = pieces[-1].counts
    assert counts is not None
    assert pieces[-1].finish_reason in ("length", "stop")
    assert counts.prompt_tokens + counts.new_tokens <= engine.info.context


def _fitting(engine: Engine, text: str) -> int:
    size = len(text)
    while engine.count(text[:size]) > engine.info.context - 12:
        size -= 10
    return size


@pytest.mark.parametrize(
    "request_",
    [
        WriteRequest(PROMPT, 0),
        WriteRequest(PROMPT, 5, n=0),
        WriteRequest(PROMPT, 5, n=10_000),
        WriteRequest(PROMPT, 5, Sampling(temperature=float("nan"))),
        WriteRequest(PROMPT, 5, Sampling(top_p=float("inf"))),
        WriteRequest(PROMPT, 5, Sampling(temperature=-1)),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(engine: Engine, request_: WriteRequest) -> None:
    with pytest.raises(BadValue):
        engine.stream(request_)


def test_an_unknown_voice_is_refused(engine: Engine) -> None:
    with pytest.raises(UnknownVoice, match="nobody"):
        engine.stream(WriteRequest(PROMPT, 5, adapter="nobody"))


def test_chat_messages_are_rendered_to_text(engine: Engine) -> None:
    messages = ({"role": "system", "content": "You write."}, {"role": "user", "content": "A fox."})
    text = engine.render(messages)
    assert "You write." in text
    assert "A fox." in text
    assert list(engine.stream(WriteRequest(messages, 3)))[-1].finish_reason


@pytest.mark.parametrize("kind", EACH_KIND)
def test_closing_ends_what_is_under_way_as_cancelled(kind: str, voices: Path) -> None:
    engine = KINDS[kind](voices)
    stream = engine.stream(WriteRequest(PROMPT, 900, GREEDY))
    next(stream)
    threading.Timer(0.05, engine.close).start()
    started = time.monotonic()
    reasons = [piece.finish_reason for piece in stream]
    assert reasons[-1] == "cancelled"
    assert time.monotonic() - started < 10
    engine.close()
    with pytest.raises(EngineFailed):
        list(engine.stream(WriteRequest(PROMPT, 5)))
