"""The local engine writes what transformers and peft would write, alone and in company."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GPT2Config,
    GPT2LMHeadModel,
    PreTrainedTokenizerFast,
    RepetitionPenaltyLogitsProcessor,
)

from creative.engines import batch
from creative.engines.contract import Sampling, WriteRequest
from creative.engines.loading import load_model
from creative.engines.local import LocalEngine, open_engine
from creative.errors import AdapterMismatch, EngineFailed, ModelDamaged

from .conftest import STARTER, FolderShelf, submit_at_once, text_of

GREEDY = Sampling(temperature=0.0)
PROMPTS = [
    "Once upon a time",
    "The king sat on his throne and thought of the long war that had eaten his sons. " * 8,
    "A dog",
    "It was raining in the city, and the man with the red hat waited. " * 25,
    "She said",
    "In the garden there was a small door that nobody ever opened, because",
    "Roses are red",
    "Bob: hello\nAnn:",
]


def write(
    engine: LocalEngine, prompt: str, adapter: str = "", sampling: Sampling = GREEDY, tokens: int = 24
) -> str:
    return text_of(list(engine.stream(WriteRequest(prompt, tokens, sampling, adapter=adapter, seed=5))))


def write_together(engine: LocalEngine, requests: list[WriteRequest]) -> list[str]:
    texts = [""] * len(requests)

    def one(place: int) -> None:
        texts[place] = text_of(list(engine.stream(requests[place])))

    threads = [threading.Thread(target=one, args=(place,)) for place in range(len(requests))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return texts


def generate(model, prompt: str, tokens: int = 24) -> str:
    tokenizer = AutoTokenizer.from_pretrained(STARTER)
    ids = tokenizer(prompt, return_tensors="pt").input_ids
    out = model.generate(
        input_ids=ids,
        do_sample=False,
        max_new_tokens=tokens,
        repetition_penalty=1.0,
        attention_mask=torch.ones_like(ids),
    )
    return tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True)


@pytest.fixture(scope="module")
def plain():
    return AutoModelForCausalLM.from_pretrained(STARTER, dtype=torch.float32).eval()


@pytest.mark.parametrize("prompt", PROMPTS[:4])
def test_greedy_writing_is_what_generate_gives(local: LocalEngine, plain, prompt: str) -> None:
    assert write(local, prompt, tokens=40) == generate(plain, prompt, 40)


class WholeWords(RepetitionPenaltyLogitsProcessor):
    """transformers' own penalty, but after a letter no token that goes on with the word gains or loses by it."""

    def __init__(self, penalty: float, tokenizer: Any, before: int) -> None:
        super().__init__(penalty, prompt_ignore_length=before)
        self._texts = tokenizer.batch_decode([[token] for token in range(len(tokenizer))])

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        lowered = super().__call__(input_ids, scores.clone())
        if not self._texts[input_ids[0, -1]][-1:].isalpha():
            return lowered
        going_on = torch.tensor([text[:1].isalpha() for text in self._texts])
        ends = ~going_on
        lowered[:, ends] += scores[:, ends].max() - lowered[:, ends].max()
        lowered[:, going_on] = scores[:, going_on]
        return lowered


@pytest.mark.parametrize("begun", ["", "The keeper of the lighthouse waited."])
def test_in_a_chat_the_penalty_counts_the_begun_answer_and_not_the_brief(
    local: LocalEngine, plain, begun: str
) -> None:
    brief = {"role": "user", "content": "A story about Miriam, a lighthouse and a storm."}
    prompt = (brief, {"role": "assistant", "content": begun}) if begun else (brief,)
    rendered = local.render(prompt)
    tokenizer = AutoTokenizer.from_pretrained(STARTER)
    ids = tokenizer(rendered, add_special_tokens=False, return_tensors="pt").input_ids
    before = len(tokenizer(rendered.removesuffix(begun), add_special_tokens=False).input_ids)
    penalty = WholeWords(1.5, tokenizer, before)
    out = plain.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        do_sample=False,
        max_new_tokens=24,
        repetition_penalty=1.0,
        logits_processor=[penalty],
    )
    expected = tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True)
    sampling = Sampling(temperature=0.0, repetition_penalty=1.5)
    assert text_of(list(local.stream(WriteRequest(prompt, 24, sampling)))) == expected


def test_a_model_whose_output_is_wider_than_its_tokenizer_writes_the_same(
    local: LocalEngine, plain, tmp_path: Path
) -> None:
    """As Qwen's are: its output has places that no token has."""
    shutil.copytree(
        STARTER, tmp_path / "wide", ignore=shutil.ignore_patterns("*.safetensors*", "recipe", "voices")
    )
    wide = AutoModelForCausalLM.from_pretrained(STARTER, dtype=torch.float32)
    wide.resize_token_embeddings(wide.config.vocab_size + 8, mean_resizing=False)
    with torch.no_grad():
        wide.get_output_embeddings().weight[-8:] = 0
    wide.save_pretrained(tmp_path / "wide")
    request = WriteRequest(
        PROMPTS[0], 40, Sampling(temperature=0.0, repetition_penalty=1.2, dry_multiplier=0.8)
    )
    engine = open_engine(tmp_path / "wide", "fp32")
    try:
        assert text_of(list(engine.stream(request))) == text_of(list(local.stream(request)))
    finally:
        engine.close()


@pytest.mark.parametrize(
    "sampling", [GREEDY, Sampling(temperature=0.9, top_p=0.95, repetition_penalty=1.1, dry_multiplier=0.8)]
)
def test_a_text_is_the_same_alone_and_among_seven_others(local: LocalEngine, sampling: Sampling) -> None:
    alone = [write(local, prompt, sampling=sampling) for prompt in PROMPTS]
    together = write_together(local, [WriteRequest(prompt, 24, sampling, seed=5) for prompt in PROMPTS])
    assert together == alone


def test_voices_mixed_in_one_batch_write_what_plain_peft_writes(
    local: LocalEngine, voices: Path, plain
) -> None:
    prompts = PROMPTS[:3]
    names = ["north", "south", "", "dora"]
    expected = {"": [generate(plain, prompt) for prompt in prompts]}
    for name in ("north", "south", "dora"):
        fresh = AutoModelForCausalLM.from_pretrained(STARTER, dtype=torch.float32)
        tuned = PeftModel.from_pretrained(fresh, voices / name).eval()
        expected[name] = [generate(tuned, prompt) for prompt in prompts]
    assert len({tuple(texts) for texts in expected.values()}) == 4  # the voices are heard
    requests = [WriteRequest(prompt, 24, GREEDY, adapter=name) for name in names for prompt in prompts]
    assert write_together(local, requests) == [text for name in names for text in expected[name]]
    assert write(local, prompts[0]) == expected[""][0]


def test_a_voice_of_another_shape_is_refused_and_the_writing_goes_on(
    local: LocalEngine, voices: Path, tmp_path: Path
) -> None:
    shutil.copytree(voices / "north", voices / "broken")
    try:
        weights = voices / "broken" / "adapter_model.safetensors"
        weights.write_bytes(weights.read_bytes()[:500])
        with pytest.raises(AdapterMismatch, match="broken"):
            write(local, "A dog", adapter="broken")
    finally:
        shutil.rmtree(voices / "broken")
    assert write(local, "A dog", adapter="north")


@pytest.mark.parametrize("precision", ["nf4", "int8", "bf16"])
def test_every_precision_loads_and_streams(precision, caplog: pytest.LogCaptureFixture) -> None:
    engine = open_engine(STARTER, precision, "why", "The starter")
    try:
        assert (engine.info.precision, engine.info.title) == (precision, "The starter")
        assert engine.info.why.startswith("why")
        texts = write_together(engine, [WriteRequest(prompt, 8, GREEDY) for prompt in PROMPTS[:3]])
        assert all(texts)
        assert not [record for record in caplog.records if "MatMul8bitLt" in record.getMessage()]
    finally:
        engine.close()


def test_a_precision_with_fewer_bits_takes_less_memory_and_is_the_same_model() -> None:
    small, whole = load_model(STARTER, "nf4"), load_model(STARTER, "bf16")
    assert small.memory_gb < whole.memory_gb
    assert small.fingerprint == whole.fingerprint


@pytest.fixture
def gpt2(tmp_path: Path) -> Path:
    """A tiny random GPT-2 with 40 positions and no chat template."""
    torch.manual_seed(0)
    words = {
        word: place
        for place, word in enumerate(["<end>", "the", "fox", "ran", "home", "and", "slept", "<unk>"])
    }
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>", unk_token="<unk>").save_pretrained(
        tmp_path
    )
    config = GPT2Config(
        vocab_size=8, n_positions=40, n_embd=16, n_layer=2, n_head=2, eos_token_id=None, bos_token_id=None
    )
    GPT2LMHeadModel(config).save_pretrained(tmp_path)
    return tmp_path


def test_gpt2_without_a_chat_template_streams_and_ends_at_its_context(gpt2: Path) -> None:
    engine = open_engine(gpt2, "fp32")
    try:
        assert not engine.info.chat
        assert engine.info.context == 40
        sampling = Sampling(temperature=1.0, top_k=5)
        pieces = list(engine.stream(WriteRequest("the fox ran", 1000, sampling, seed=7, n=2)))
        assert all(piece.finish_reason in (None, "length", "stop") for piece in pieces)
        longest = max(
            piece.counts.prompt_tokens + piece.counts.new_tokens for piece in pieces if piece.counts
        )
        assert longest <= 40
        messages = ({"role": "user", "content": "the fox"}, {"role": "user", "content": "ran"})
        assert engine.render(messages) == "the fox\n\nran"
        assert list(engine.stream(WriteRequest("", 2, GREEDY)))[-1].finish_reason
    finally:
        engine.close()


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda folder: (folder / "config.json").unlink(), "no config.json"),
        (lambda folder: (folder / "config.json").write_text("{"), "cannot be opened"),
        (lambda folder: [file.unlink() for file in _weights(folder)], "no weights"),
        (lambda folder: _weights(folder)[0].unlink(), "1 of its 2 weight files"),
        (lambda folder: _cut(_weights(folder)[0]), "bytes where"),
        (lambda folder: (folder / "tokenizer.json").write_text("nothing"), "cannot be opened"),
        (lambda folder: [file.rename(file.with_suffix(".bin")) for file in _weights(folder)], "can run code"),
        (lambda folder: (folder / "config.json").write_text('{"model_type": "nobody"}'), "cannot be opened"),
    ],
)
def test_a_damaged_folder_says_so_with_a_way_out(tmp_path: Path, harm, words: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(STARTER, folder, ignore=shutil.ignore_patterns("recipe", "__pycache__"))
    harm(folder)
    with pytest.raises(ModelDamaged, match=words) as caught:
        open_engine(folder, "fp32")
    assert caught.value.hint


def _weights(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.safetensors"))


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1000])


def test_characters_of_several_tokens_come_out_whole(local: LocalEngine, monkeypatch) -> None:
    text = "从前有一只狐狸 🦊👩‍👩‍👧 走进了森林。"
    tokens = AutoTokenizer.from_pretrained(STARTER)(text).input_ids
    assert len(tokens) > len(text)  # the starter needs several tokens for such a character
    forced = iter(tokens)
    monkeypatch.setattr("creative.engines.batch.choose", lambda scores, drawers: [next(forced)])
    pieces = list(local.stream(WriteRequest("A dog", len(tokens), GREEDY)))
    assert text_of(pieces) == text
    assert all("\ufffd" not in piece.text for piece in pieces)
    assert len(pieces) > 10


def test_stop_strings_cut_across_tokens_never_leak(local: LocalEngine) -> None:
    whole = write(local, "Once upon a time", tokens=60)
    for start in range(10, 40, 3):
        mark = whole[start : start + 5]
        pieces = list(local.stream(WriteRequest("Once upon a time", 60, GREEDY, stop=(mark, "never this"))))
        assert text_of(pieces) == whole[: whole.index(mark)]
        assert pieces[-1].finish_reason == "stop"


def test_a_voice_that_changes_the_words_themselves_is_heard(
    local: LocalEngine, tmp_path: Path, plain
) -> None:
    fresh = AutoModelForCausalLM.from_pretrained(STARTER, dtype=torch.float32)
    tuned = get_peft_model(fresh, LoraConfig(r=2, target_modules=["embed_tokens"], task_type="CAUSAL_LM"))
    for key, weight in tuned.named_parameters():
        if "lora_" in key:
            torch.nn.init.normal_(weight, std=0.3)
    tuned.eval().save_pretrained(tmp_path / "words")
    engine = open_engine(STARTER, "fp32", shelf=FolderShelf(tmp_path))
    try:
        assert write(engine, "A dog", adapter="words") == generate(tuned, "A dog") != generate(plain, "A dog")
    finally:
        engine.close()


def test_a_continued_assistant_message_has_no_end_mark(local: LocalEngine) -> None:
    text = local.render(
        ({"role": "user", "content": "Go on."}, {"role": "assistant", "content": "Once upon"})
    )
    assert text.endswith("Once upon")


def test_a_first_voice_that_fails_leaves_the_model_as_it_was(voices: Path, tmp_path: Path) -> None:
    for name in ("bad", "good"):
        shutil.copytree(voices / "north", tmp_path / name)
    config = tmp_path / "bad" / "adapter_config.json"
    config.write_text(config.read_text().replace('"r": 4', '"r": 8'))
    engine = open_engine(STARTER, "fp32", shelf=FolderShelf(tmp_path))
    try:
        before = write(engine, "A dog")
        with pytest.raises(AdapterMismatch, match="bad"):
            write(engine, "A dog", adapter="bad")
        assert write(engine, "A dog") == before
        assert write(engine, "A dog", adapter="good") != before
    finally:
        engine.close()


def test_a_failing_step_fails_its_requests_and_no_others_after_it(local: LocalEngine, monkeypatch) -> None:
    step = local._network.step

    def broken_step(*args):
        raise RuntimeError("the card fell out")

    stream = local.stream(WriteRequest("A dog", 50, GREEDY))
    next(stream)
    monkeypatch.setattr(local._network, "step", broken_step)
    with pytest.raises(EngineFailed, match="the card fell out"):
        list(stream)
    monkeypatch.setattr(local._network, "step", step)
    assert write(local, "A dog")


def test_a_pass_that_fails_for_many_prompts_is_run_for_each(local: LocalEngine, monkeypatch) -> None:
    alone = [write(local, prompt + " again") for prompt in PROMPTS[:4:2]]
    read, sizes = local._network.read, []

    def only_one(pieces, *rest):
        sizes.append(len(pieces))
        if len(pieces) > 1:
            raise RuntimeError("too much at once")
        return read(pieces, *rest)

    monkeypatch.setattr(local._network, "read", only_one)
    requests = [WriteRequest(prompt + " again", 24, GREEDY, n=1) for prompt in PROMPTS[:4:2]]
    assert submit_at_once(local, requests) == alone
    assert 2 in sizes


def test_a_first_draw_that_breaks_for_one_of_many_ends_only_that_one(local: LocalEngine, monkeypatch) -> None:
    choose = batch.choose

    def not_of(unlucky: list[int]):
        def broken(scores, drawers):
            if any(drawer.past == unlucky for drawer in drawers):
                raise RuntimeError("the model gave numbers that are not numbers")
            return choose(scores, drawers)

        return broken

    requests = [WriteRequest(f"{prompt} Now", 16, GREEDY, n=2) for prompt in PROMPTS[:3]]
    alone = [list(local.stream(request)) for request in requests]
    tickets = [local._take(WriteRequest("Of a goat!", 8, GREEDY), None)]
    tickets += [local._take(request, None) for request in requests]
    monkeypatch.setattr(batch, "choose", not_of(list(tickets[0].prepare().tokens)))
    with local._runner._changed:
        for ticket in tickets:
            local._batch.submit(ticket)
        local._runner._changed.notify()
    assert isinstance(tickets[0].items.get(timeout=60), EngineFailed)
    for ticket, pieces in zip(tickets[1:], alone, strict=True):
        found = []
        while (item := ticket.items.get(timeout=60)) is not None:
            found.append(item)
        for index in range(2):
            assert text_of(found, index) == text_of(pieces, index)


def test_on_zero_gpu_a_request_runs_in_the_thread_that_asks(monkeypatch) -> None:
    monkeypatch.setenv("SPACES_ZERO_GPU", "1")
    before = threading.active_count()
    engine = open_engine(STARTER, "fp32")
    pieces = list(engine.stream(WriteRequest("A dog", 6, GREEDY, n=2)))
    assert threading.active_count() == before
    assert [piece.counts.new_tokens for piece in pieces if piece.counts] == [6, 6]
    engine.close()


@pytest.fixture(scope="module")
def narrow(voices: Path):
    """An engine with four places."""
    small = open_engine(STARTER, "fp32", shelf=FolderShelf(voices), rows=4)
    yield small
    small.close()


def test_who_waits_sees_how_many_come_first(narrow: LocalEngine) -> None:
    busy = [narrow.stream(WriteRequest("A dog", 400, GREEDY, owner=f"w{place}")) for place in range(4)]
    for stream in busy:
        next(stream)
    waiting = narrow.stream(WriteRequest("A cat", 4, GREEDY, owner="late"))
    first = next(waiting)
    assert (first.ahead, first.text, first.finish_reason) == (1, "", None)
    for stream in busy:
        stream.close()
    pieces = list(waiting)
    assert text_of(pieces)
    assert pieces[-1].ahead == 0


def test_one_visitor_cannot_take_every_place(narrow: LocalEngine) -> None:
    greedy = [narrow.stream(WriteRequest("A dog", 300, GREEDY, owner="greedy")) for _ in range(8)]
    threads = [threading.Thread(target=lambda stream=stream: list(stream)) for stream in greedy]
    for thread in threads:
        thread.start()
    pieces = list(narrow.stream(WriteRequest("A cat", 4, GREEDY, owner="modest")))
    assert text_of(pieces)
    assert any(thread.is_alive() for thread in threads)  # it did not wait for all of them
    for thread in threads:
        thread.join(60)


def test_memory_of_the_caches_is_given_back(local: LocalEngine) -> None:
    write_together(local, [WriteRequest(prompt, 10, GREEDY) for prompt in PROMPTS])
    for _ in range(100):  # the last piece is given out a moment before its row leaves
        if local._batch.idle:
            break
        time.sleep(0.02)
    assert local._batch.idle
    assert local._batch.bytes_held == 0
