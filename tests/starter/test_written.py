"""Texts the starter writes for a student: from beginnings of the corpus and for briefs, read back to train on."""

import random
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from creative.starter.recipe import written
from creative.starter.recipe.corpus import KINDS
from creative.starter.recipe.data import END, STARTER, open_tokens, write_tokens
from creative.starter.recipe.loop import Plan, Run
from creative.starter.recipe.pairs import Pair, read_pairs, write_pairs
from creative.starter.recipe.render import compose_pair, render_pair
from creative.starter.recipe.tune import encode, make_batch

TOKENIZER = Tokenizer.from_file(str(STARTER / "tokenizer.json"))
DOCS = [
    "Anna found a kite. It flew over the sea and home again.",
    "“O ship,” said Tom — “come back to me!” " * 9,
]


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    for kind in KINDS:
        write_tokens(DOCS, TOKENIZER, tmp_path / f"{kind}-train")
    return tmp_path


def test_beginnings_stand_in_one_document_and_half_of_them_at_its_start(tokens: Path) -> None:
    begun = list(islice(written.begin_texts(open_tokens(tokens, "train"), TOKENIZER, random.Random(1)), 300))
    assert {kind for kind, _ in begun} == set(written.KINDS)
    assert all(any(text in doc for doc in DOCS) for _, text in begun)
    at_start = sum(any(doc.startswith(text) for doc in DOCS) for _, text in begun)
    assert 120 < at_start < 220
    assert sum(text in DOCS[1] for _, text in begun) > 200, "the longer document comes more often"


def test_plain_texts_are_written_and_read_back_as_tokens_of_their_kind(
    tokens: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tokens / "plain.jsonl"
    monkeypatch.setattr(written, "ROWS", 4)
    monkeypatch.setattr(written, "LONGEST", 12)
    _run(monkeypatch, "plain", "--tokens", tokens, "--model", STARTER, "--out", out, "--minutes", "0.03")
    found = written.read_written([out, out], TOKENIZER)
    assert {"simple"} <= set(found) <= set(written.KINDS)
    simple = found["simple"]
    assert simple.starts[0] == 0
    assert (simple.ids[simple.starts[1:] - 1] == END).all()
    assert simple.ids[-1] == END
    once = written.read_written([out], TOKENIZER)["simple"]
    assert np.array_equal(np.tile(once.ids, 2), simple.ids)
    first = TOKENIZER.decode(once.ids[: once.starts[1]].tolist()) if len(once.starts) > 1 else ""
    assert len(first) > 4


def test_answers_keep_their_briefs_and_go_through_the_apps_own_prompts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = Pair("story", {"premise": "Anna finds a kite.", "length": "short"}, "Old text.", ("Anna", "kite"))
    change = Pair(
        "story", draft.brief, "Shorter.", action="shorten", draft="Anna went. She ran.", selection="She ran."
    )
    assert compose_pair(draft) != compose_pair(change)
    assert all(str(m["content"]) in render_pair(change)[0] for m in compose_pair(change))
    write_pairs([draft, change], tmp_path / "train.jsonl")
    out = tmp_path / "own" / "train.jsonl"
    monkeypatch.setattr(written, "LONGEST", 12)
    _run(monkeypatch, "answers", "--pairs", tmp_path, "--model", STARTER, "--out", out, "--minutes", "5")
    told = {pair.action: pair for pair in read_pairs(out)}
    assert set(told) == {"", "shorten"}
    assert told[""].brief == draft.brief
    assert told[""].text not in ("", draft.text)
    assert told["shorten"].selection == change.selection


@pytest.mark.parametrize(("trust", "moves"), [(1.0, False), (0.5, True)])
def test_of_an_answer_that_the_teacher_alone_tells_its_own_student_learns_nothing(
    tmp_path: Path, trust: float, moves: bool
) -> None:
    torch.manual_seed(0)
    answer = encode(Pair("story", {"premise": "A kite."}, "Zebras hum quartz."), TOKENIZER)
    plan = Plan(
        tmp_path / "run", STARTER, 4, 1, warmup_steps=1, threads=1, teachers=(STARTER,), trust=trust,
        compiled=False,
    )  # fmt: skip
    run = Run(plan)
    ids, labels = (torch.from_numpy(part) for part in make_batch([answer], 256))
    hidden = run.body(input_ids=ids, use_cache=False).last_hidden_state[:, :-1]
    run._loss(ids, hidden, labels[:, 1:], labels[:, 1:] != -100).backward()
    steepest = max(float(w.grad.abs().max()) for w in run.model.parameters() if w.grad is not None)
    assert (steepest > 0.05) == moves


def _run(monkeypatch: pytest.MonkeyPatch, *words: object) -> None:
    monkeypatch.setattr(sys, "argv", ["written", *map(str, words), "--threads", "1"])
    written.main()
