"""Writing through a server: real ones, and a likeness of vLLM that shows what would be sent to it.

vLLM cannot run here, so its calls are held against `likeness.py`, which has the routes its documentation names. What
every server must do beside is in test_contract.py, which runs over real ones.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from openai import AsyncOpenAI
from transformers import AutoTokenizer

from creative.adapters import Shelf
from creative.engines import pool as pool_room
from creative.engines import remote as remote_room
from creative.engines.contract import Engine, Piece, Sampling, WriteRequest
from creative.engines.pool import Pool
from creative.engines.remote import Address, RemoteEngine, open_remote
from creative.engines.servers import Door
from creative.errors import (
    AdapterMismatch,
    CreativeError,
    EngineFailed,
    EngineUnreachable,
    TextTooLong,
    UnknownModel,
    UnknownVoice,
)
from creative.settings import Settings
from creative.studio import Studio
from creative.trust import Visitor
from creative.ui.models import describe_model
from tests.engines.conftest import KINDS, STARTER, text_of
from tests.engines.likeness import TEXT, Likeness, serve
from tests.hall import order, run, written
from tests.hall import text_of as page_of
from tests.served import free_port
from tests.servers import (
    find_llama_cpp_python,
    find_llama_server,
    llama_server,
    starter_gguf,
    transformers_server,
    voice_gguf,
)

MESSAGES = ({"role": "system", "content": "You write."}, {"role": "user", "content": "A fox."})
PROMPT = "Once upon a time there was a fox"
WAIT_S = 10.0


@pytest.fixture
def vllm() -> Iterator[Likeness]:
    with serve(Likeness(voices={"harbour": "/voices/harbour"})) as likeness:
        yield likeness


@pytest.fixture
def shelf(voices: Path, tmp_path: Path) -> Shelf:
    """The random voices, said to be trained on the served model."""
    for name in ("north", "dora"):
        folder = tmp_path / "voices" / name
        shutil.copytree(voices / name, folder)
        config = json.loads((folder / "adapter_config.json").read_text())
        config["base_model_name_or_path"] = "maker/big" if name != "other" else "maker/other"
        (folder / "adapter_config.json").write_text(json.dumps(config))
    return Shelf((tmp_path / "voices",))


@pytest.fixture
def opened(shelf: Shelf) -> Iterator[Callable[..., RemoteEngine]]:
    """Opens engines at a likeness and closes them."""
    engines: list[RemoteEngine] = []

    def open_at(likeness: Likeness, model: str = "", key: str = "") -> RemoteEngine:
        engines.append(open_remote(Address(likeness.address, key), model, shelf, lambda name: 0))
        return engines[-1]

    yield open_at
    for engine in engines:
        engine.close()


Opened = Callable[..., RemoteEngine]


def write(engine: Engine, **wishes: Any) -> list[Piece]:
    """Write a short text."""
    return list(engine.stream(WriteRequest(**{"prompt": PROMPT, "max_new_tokens": 6, "seed": 3, **wishes})))


def until(seen: Callable[[], bool]) -> None:
    """Wait for something that another thread brings about."""
    end = time.monotonic() + WAIT_S
    while not seen():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


# --- vLLM, by its likeness -------------------------------------------------------------------


def test_vllm_is_known_by_what_it_tells(vllm: Likeness, opened: Opened) -> None:
    info = opened(vllm).info
    assert (info.model, info.context, info.chat, info.voices) == ("maker/big", 200, True, ("harbour",))
    assert (info.precision, info.counts_exactly, info.memory_gb) == ("vLLM", True, 0.0)
    assert {"typical_p", "dry_multiplier", "no_repeat_ngram"} <= set(info.leaves_out)
    assert "typical_p, no_repeat_ngram, DRY" in info.why


def test_a_model_without_a_template_is_given_plain_text(vllm: Likeness, opened: Opened) -> None:
    vllm.template = False
    engine = opened(vllm)
    assert not engine.info.chat
    write(engine, prompt=MESSAGES)
    assert vllm.bodies("/v1/completions")[-1]["prompt"] == "You write.\n\nA fox."


def test_every_setting_is_sent_by_the_name_vllm_has_for_it(vllm: Likeness, opened: Opened) -> None:
    sampling = Sampling(temperature=0.7, top_p=0.9, min_p=0.05, repetition_penalty=1.1)
    write(opened(vllm), sampling=sampling, stop=("\n\n",))
    sent = vllm.bodies("/v1/completions")[-1]
    expected = {"temperature": 0.7, "top_p": 0.9, "min_p": 0.05, "repetition_penalty": 1.1, "top_k": -1}
    expected |= {"seed": 3, "stop": ["\n\n"], "max_tokens": 6, "stream": True, "model": "maker/big"}
    expected |= {"stream_options": {"include_usage": True}, "prompt": PROMPT}
    assert sent == expected


def test_a_text_to_be_continued_is_continued_and_not_answered(vllm: Likeness, opened: Opened) -> None:
    write(opened(vllm), prompt=(*MESSAGES, {"role": "assistant", "content": "The fox"}))
    sent = vllm.bodies("/v1/chat/completions")[-1]
    assert (sent["add_generation_prompt"], sent["continue_final_message"]) == (False, True)
    assert sent["messages"][-1] == {"role": "assistant", "content": "The fox"}


def test_what_the_model_reads_is_told_by_the_server(vllm: Likeness, opened: Opened) -> None:
    engine = opened(vllm)
    assert engine.render(MESSAGES) == "<system> You write. <user> A fox."
    assert engine.count("one two three") == 3
    asked = len(vllm.asked)
    assert engine.count("one two three") == 3
    assert len(vllm.asked) == asked, "what was counted is counted again"


def test_variants_are_requests_of_their_own_with_seeds_of_their_own(vllm: Likeness, opened: Opened) -> None:
    pieces = write(opened(vllm), n=3, prompt=MESSAGES)
    sent = vllm.bodies("/v1/chat/completions")
    assert sorted(body["seed"] for body in sent) == [3, 4, 5]
    assert [text_of(pieces, index) for index in range(3)] == [" ".join(TEXT.split()[:6]) + " "] * 3
    assert {piece.counts.seed for piece in pieces if piece.counts} == {3}


def test_a_listener_who_goes_hangs_up_on_the_server(vllm: Likeness, opened: Opened) -> None:
    vllm.delay_s = 0.02
    stream = opened(vllm).stream(WriteRequest(PROMPT, 190))
    next(stream)
    stream.close()
    until(lambda: vllm.hung_up == 1)


def test_cancelling_does_not_wait_for_a_server_that_says_nothing(vllm: Likeness, opened: Opened) -> None:
    vllm.delay_s = 1.5
    cancel = threading.Event()
    threading.Timer(0.1, cancel.set).start()
    started = time.monotonic()
    pieces = list(opened(vllm).stream(WriteRequest(PROMPT, 100), cancel))
    assert [piece.finish_reason for piece in pieces] == ["cancelled"]
    assert time.monotonic() - started < 1


def test_a_prompt_too_long_is_refused_before_anything_is_sent(vllm: Likeness, opened: Opened) -> None:
    engine = opened(vllm)
    with pytest.raises(TextTooLong, match="201 tokens; this model takes 200"):
        engine.stream(WriteRequest("word " * 201, 5))
    assert vllm.bodies("/v1/completions") == []


def test_a_server_of_no_known_kind_gets_only_what_all_understand(vllm: Likeness, opened: Opened) -> None:
    vllm.nameless = True
    engine = opened(vllm)
    pieces = write(engine, prompt=MESSAGES, stop=("a", "b", "c", "d", "door"), max_new_tokens=20)
    sent = vllm.bodies("/v1/chat/completions")[-1]
    asked = {
        "model",
        "messages",
        "max_tokens",
        "seed",
        "stream",
        "stream_options",
        "stop",
        "temperature",
        "top_p",
    }
    assert set(sent) == asked
    assert sent["stop"] == ["a", "b", "c", "d"]
    assert text_of(pieces) == "The l", "what the server does not stop at, is stopped at here"
    assert (engine.info.context, engine.info.counts_exactly) == (4096, False)
    assert "4096 tokens are assumed" in engine.info.why


# --- voices ----------------------------------------------------------------------------------


def test_a_voice_the_server_has_is_asked_for_by_its_name(vllm: Likeness, opened: Opened) -> None:
    assert text_of(write(opened(vllm), adapter="harbour")).startswith("harbour")
    assert vllm.bodies("/v1/completions")[-1]["model"] == "harbour"
    assert vllm.bodies("/v1/load_lora_adapter") == []


def test_a_voice_of_the_shelf_is_loaded_once_and_then_used(
    vllm: Likeness, opened: Opened, shelf: Shelf
) -> None:
    engine = opened(vllm)
    for _ in range(2):
        assert text_of(write(engine, adapter="north")).startswith("north")
    folder = str(shelf.find("north").folder)
    assert vllm.bodies("/v1/load_lora_adapter") == [{"lora_name": "north", "lora_path": folder}]
    assert engine.info.voices == ("harbour", "north")


def test_a_server_that_loads_no_voices_says_how_it_would(vllm: Likeness, opened: Opened) -> None:
    vllm.loads_voices = False
    with pytest.raises(EngineFailed, match="takes none while it runs") as raised:
        write(opened(vllm), adapter="north")
    assert "VLLM_ALLOW_RUNTIME_LORA_UPDATING=True" in raised.value.hint


def test_a_voice_that_changes_nothing_there_is_refused_and_unloaded(vllm: Likeness, opened: Opened) -> None:
    vllm.deaf_to = "north"
    with pytest.raises(AdapterMismatch, match="changes nothing"):
        write(opened(vllm), adapter="north")
    assert set(vllm.voices) == {"harbour"}


def test_a_voice_vllm_would_play_wrong_is_not_sent(vllm: Likeness, opened: Opened) -> None:
    with pytest.raises(AdapterMismatch, match="use_dora"):
        write(opened(vllm), adapter="dora")
    assert vllm.bodies("/v1/load_lora_adapter") == []


def test_a_voice_of_another_model_is_refused(vllm: Likeness, opened: Opened) -> None:
    vllm.model = "maker/small"
    with pytest.raises(AdapterMismatch, match="maker/big"):
        write(opened(vllm), adapter="north")


@pytest.mark.slow
def test_llama_cpp_writes_with_each_voice_at_once_what_is_written_here(
    local: Engine, voices: Path, tmp_path: Path
) -> None:
    if not (find_llama_server() and find_llama_cpp_python()):
        pytest.skip("needs llama.cpp's llama-server, and a Python with gguf for its files")
    names = ("north", "south")
    files = ",".join(str(voice_gguf(voices / name, tmp_path)) for name in names)
    greedy = Sampling(temperature=0.0)
    requests = [WriteRequest(PROMPT, 24, greedy, adapter=name, seed=1) for name in ("", *names)]
    here = [text_of(list(local.stream(request))) for request in requests]
    assert len(set(here)) == 3
    with llama_server(starter_gguf(), ["--lora", files, "--lora-init-without-apply"]) as address:
        engine = open_remote(Address(address), "", Shelf((voices,)), lambda name: 0)
        assert set(engine.info.voices) == set(names)
        with ThreadPoolExecutor(6) as pool:
            there = list(pool.map(lambda request: text_of(list(engine.stream(request))), requests * 2))
        with pytest.raises(EngineFailed, match="takes none while it runs") as raised:
            engine.stream(WriteRequest(PROMPT, 4, adapter="dora"))
        engine.close()
    assert there == here * 2
    assert "--lora dora.gguf" in raised.value.hint


def test_a_voice_of_nowhere_is_told_with_all_there_are(vllm: Likeness, opened: Opened) -> None:
    with pytest.raises(UnknownVoice) as raised:
        write(opened(vllm), adapter="nobody")
    assert raised.value.hint == "There are: dora, harbour, north."


# --- what goes wrong -------------------------------------------------------------------------


def test_a_model_it_does_not_serve_is_told_with_those_it_does(vllm: Likeness, opened: Opened) -> None:
    with pytest.raises(UnknownModel) as raised:
        opened(vllm, "maker/small")
    assert raised.value.hint == "There are: maker/big."


def test_nobody_at_the_address_is_told(opened: Opened) -> None:
    nobody = Likeness(port=free_port())
    with pytest.raises(EngineUnreachable, match=f"127.0.0.1:{nobody.port} does not answer"):
        opened(nobody)


def test_a_key_is_wanted_sent_and_never_told(vllm: Likeness, opened: Opened) -> None:
    vllm.key = "a-secret"
    for wrong in ("", "not-the-secret"):
        with pytest.raises(EngineFailed, match="does not accept the key") as raised:
            opened(vllm, key=wrong)
        assert "CREATIVE_ENGINE_KEY" in raised.value.hint
        assert "secret" not in str(raised.value)
    assert text_of(write(opened(vllm, key="a-secret")))


def test_a_password_in_the_address_is_never_told() -> None:
    with pytest.raises(EngineUnreachable) as raised:
        open_remote(Address(f"http://me:hidden@127.0.0.1:{free_port()}/v1"), "", Shelf(()), lambda name: 0)
    assert "hidden" not in str(raised.value)


def test_a_moment_of_weakness_is_tried_again(vllm: Likeness, opened: Opened) -> None:
    vllm.fails = [503, 429]
    assert text_of(write(opened(vllm)))


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (503, EngineUnreachable, "does not answer"),
        (429, EngineFailed, "more to do"),
        (500, EngineFailed, "too much"),
    ],
)
def test_what_stays_wrong_is_told(
    vllm: Likeness, opened: Opened, status: int, kind: type[CreativeError], said: str
) -> None:
    engine = opened(vllm)
    vllm.fails = [status] * 9
    with pytest.raises(kind, match=said) as raised:
        write(engine)
    assert raised.value.hint


def test_a_text_broken_off_is_told_and_what_came_is_kept(vllm: Likeness, opened: Opened) -> None:
    vllm.breaks_off = True
    pieces: list[Piece] = []
    with pytest.raises(EngineFailed, match="broke off"):
        pieces.extend(opened(vllm).stream(WriteRequest(PROMPT, 50)))
    stream = opened(vllm).stream(WriteRequest(PROMPT, 50))
    assert next(stream).text == "The "


def test_a_server_that_was_away_is_asked_anew_what_it_is(opened: Opened) -> None:
    likeness = Likeness()
    with serve(likeness):
        engine = opened(likeness)
        assert text_of(write(engine))
    with pytest.raises(EngineUnreachable):
        write(engine)
    with serve(replace(likeness, model="maker/new", context=90)):
        assert text_of(write(engine))
        assert (engine.info.model, engine.info.context) == ("maker/new", 90)


def test_an_address_of_something_else_is_told() -> None:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<html>Hello</html>")

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    with pytest.raises(EngineFailed, match="cannot be read") as raised:
        open_remote(Address(f"http://127.0.0.1:{server.server_address[1]}"), "", Shelf(()), lambda name: 0)
    assert "--engine" in raised.value.hint
    server.shutdown()
    server.server_close()


# --- real servers ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def transformers(voices: Path) -> Iterator[Engine]:
    engine = KINDS["remote"](voices)
    yield engine
    engine.close()


def test_transformers_serve_takes_settings_it_would_refuse_by_name(transformers: Engine) -> None:
    plain = text_of(write(transformers, max_new_tokens=40, sampling=Sampling(temperature=0)))
    never_twice = Sampling(temperature=0, no_repeat_ngram=2)
    fresh = text_of(write(transformers, max_new_tokens=40, sampling=never_twice))
    assert fresh != plain
    pairs = list(itertools.pairwise(AutoTokenizer.from_pretrained(STARTER)(fresh).input_ids))
    assert len(set(pairs)) == len(pairs)
    narrow = Sampling(temperature=5.0, top_k=1)
    assert text_of(write(transformers, max_new_tokens=40, sampling=narrow)) == plain


def test_transformers_serve_says_what_it_cannot(transformers: Engine) -> None:
    info = transformers.info
    assert (info.model, info.context, info.counts_exactly) == ("starter", 1024, False)
    assert "estimated" in info.why
    with pytest.raises(EngineFailed, match="takes none while it runs"):
        write(transformers, adapter="north")


def test_an_estimate_is_near_the_truth_and_rather_too_high(transformers: Engine) -> None:
    for text in (
        "She put the lamp on the table and waited for the rain to end.",
        "她把灯放在桌上，等雨停。" * 5,
    ):
        counts = write(transformers, prompt=text, max_new_tokens=1)[-1].counts
        assert counts is not None
        assert counts.prompt_tokens * 0.9 <= transformers.count(text) <= counts.prompt_tokens * 1.6


def test_the_page_writes_through_a_server(transformers: Engine, tmp_path: Path) -> None:
    address = transformers._address.url  # type: ignore[attr-defined]
    studio = Studio(Settings(home=tmp_path, engine=address, model=str(STARTER)))
    steps = written(run(studio, order(max_tokens=30)))
    assert page_of(steps)
    report = next(step.report for step in steps if step.report)
    assert "dry_multiplier" not in report.sampling
    assert studio.models() == ()
    with pytest.raises(CreativeError, match="does not take the setting dry_multiplier"):
        run(studio, order(overrides={"dry_multiplier": 0.5}))
    studio.close()


def test_the_page_says_that_its_server_is_gone_and_goes_on_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_room, "RETRY_S", 0.05)
    likeness = Likeness(context=2000, voices={"harbour": "/voices/harbour"}, port=free_port())
    studio = Studio(Settings(home=tmp_path, engine=likeness.address))
    until(lambda: (arrival := studio.model_state().arrival) is not None and arrival.stage == "failed")
    with pytest.raises(EngineUnreachable, match="does not answer"):
        run(studio, order())
    with serve(likeness):
        until(lambda: studio.model_state().in_use is not None)
        assert page_of(run(studio, order())).startswith("The lamp went out")
        assert [voice.name for voice in studio.voices()] == ["harbour"]
        assert page_of(run(studio, order(voice="harbour"))).startswith("harbour")
        with pytest.raises(UnknownVoice):
            run(studio, order(voice="nobody"))
    with pytest.raises(EngineUnreachable):
        run(studio, order())
    with serve(likeness):
        assert page_of(run(studio, order()))
    studio.close()


def test_the_page_sees_by_itself_that_its_server_went_and_that_it_came_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_room, "WATCH_S", 0.05)
    likeness = Likeness(context=2000, port=free_port())
    owner = Visitor(owner=True)
    with serve(likeness):
        studio = Studio(Settings(home=tmp_path, engine=likeness.address))
        until(lambda: studio.model_state().in_use is not None)
        told = describe_model(studio, owner, "en")
        assert (told["current"]["id"], told["watched"], told["error"]) == ("maker/big", True, None)
    until(lambda: describe_model(studio, owner, "en")["current"] is None)
    told = describe_model(studio, owner, "en")
    assert told["error"]["message"] == f"The server at {likeness.address[7:]} does not answer."
    assert describe_model(studio, owner, "zh")["error"]["message"] != told["error"]["message"]
    with serve(replace(likeness, model="maker/new")):
        until(lambda: describe_model(studio, owner, "en")["current"] is not None)
        assert describe_model(studio, owner, "en")["current"]["id"] == "maker/new"
        assert page_of(run(studio, order()))
    studio.close()


def test_a_server_that_ended_is_no_longer_shown_as_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_room, "WATCH_S", 0.2)
    with transformers_server() as address:
        studio = Studio(Settings(home=tmp_path, engine=address, model=str(STARTER)))
        assert page_of(run(studio, order(max_tokens=20)))
        time.sleep(1.0)  # it is asked five times meanwhile
        assert not studio.model_state().in_use.away
    until(lambda: bool(studio.model_state().in_use.away))
    studio.close()


@pytest.mark.parametrize(
    ("status", "there"), [(404, True), (500, True), (200, True), (502, False), (503, False)]
)
def test_only_a_server_that_says_it_is_not_ready_counts_as_away(status: int, there: bool) -> None:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None: ...

        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"

    async def ask() -> bool:
        async with AsyncOpenAI(base_url=f"{address}/v1", api_key="none") as client:
            return await Door(client).answers()

    # In a thread of its own: an earlier test's browser may have left a loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(lambda: asyncio.run(ask())).result() is there
        server.shutdown()
        server.server_close()
        assert thread.submit(lambda: asyncio.run(ask())).result() is False


def test_a_server_goes_on_while_the_models_here_make_room(vllm: Likeness, shelf: Shelf) -> None:
    vllm.delay_s = 0.02
    pool = Pool(
        lambda model, precision, progress: open_remote(Address(vllm.address), "", shelf, lambda name: 0)
    )
    pool.choose("", "auto")
    assert pool.wait(WAIT_S)
    with pool.lend() as engine:
        stream = engine.stream(WriteRequest(PROMPT, 40))
        next(stream)
        assert pool.give_way(0.5)  # it is not waited for
        assert text_of(list(stream))
        state = pool.state()
        assert state.in_use is not None
        assert state.arrival is None
        assert pool.wait(0.0)
        with pool.lend() as again:
            assert again is engine
    pool.come_back()
    with pool.lend() as again:
        assert again is engine
        assert write(again)
    pool.close()


@pytest.mark.slow
def test_a_server_that_batches_says_that_the_settings_of_the_first_hold_for_all() -> None:
    with transformers_server(flags=["--continuous-batching"]) as address:
        engine = open_remote(Address(address), "", Shelf(()), lambda name: 1024)
        assert "sampling settings of its first request" in engine.info.why
        assert "temperature" in engine.info.leaves_out
        whole = text_of(write(engine, max_new_tokens=20))
        assert whole
        assert text_of(write(engine, max_new_tokens=20, stop=(" ",))).count(" ") == 0
        engine.close()
