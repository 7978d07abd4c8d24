"""The training loop: it saves, resumes to the same weights, and falls early when told to stop."""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

from creative.starter.recipe.average import average_models
from creative.starter.recipe.data import STARTER, Tokens
from creative.starter.recipe.loop import Plan, Run
from creative.starter.recipe.pretrain import SHARES, plain_batch
from creative.starter.recipe.tune import NO_LOSS, Example, make_batch


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=64, hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
        tie_word_embeddings=True, bos_token_id=None, eos_token_id=0, pad_token_id=3,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(tmp_path / "tiny")
    AutoTokenizer.from_pretrained(STARTER).save_pretrained(tmp_path / "tiny")
    return tmp_path / "tiny"


def draw(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    ids = rng.integers(4, 64, (2, 8))
    return ids, ids


def plan(folder: Path, start_from: Path, steps: int, decay: int) -> Plan:
    return Plan(folder, start_from, steps, decay, warmup_steps=1, threads=1, compiled=False)


def test_a_run_cut_in_two_ends_with_the_same_weights(tiny: Path, tmp_path: Path) -> None:
    Run(plan(tmp_path / "whole", tiny, 6, 4)).train(draw, lambda model: {})
    first = Run(plan(tmp_path / "cut", tiny, 6, 4))
    for _ in range(3):
        first._train_step(draw(first.rng))
    first._save()
    Run(plan(tmp_path / "cut", tiny, 6, 4)).train(draw, lambda model: {})
    whole, cut = (torch.load(tmp_path / n / "checkpoint.pt", weights_only=True) for n in ("whole", "cut"))
    assert cut["step"] == whole["step"] == 6
    for name, weight in whole["model"].items():
        assert torch.allclose(weight, cut["model"][name], atol=1e-5), name


def test_the_finished_weights_load(tiny: Path, tmp_path: Path) -> None:
    Run(plan(tmp_path / "run", tiny, 2, 1)).train(draw, lambda model: {"kind": 1.0})
    LlamaForCausalLM.from_pretrained(tmp_path / "run" / "model")
    last = (tmp_path / "run" / "log.jsonl").read_text().splitlines()[-1]
    assert json.loads(last)["held_out"] == {"kind": 1.0}


def test_a_stop_file_begins_the_fall(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "STOP").touch()
    run = Run(plan(tmp_path / "run", tiny, 1000, 3))
    run.train(draw, lambda model: {})
    assert run.step == 4
    assert run._rate() == 0


def test_a_run_that_ends_at_a_time_of_day_falls_by_the_clock(tiny: Path, tmp_path: Path) -> None:
    def run(minutes: float) -> Run:
        until = dt.datetime.now() + dt.timedelta(minutes=minutes)
        return Run(
            replace(plan(tmp_path / f"until{minutes}", tiny, 10_000, 3), until=until, decay_minutes=20)
        )

    assert run(30)._rate() == 1
    assert run(10)._rate() == pytest.approx(0.5, abs=0.02)
    over = run(-1)
    over.train(draw, lambda model: {})
    assert (over.step, over._rate()) == (0, 0)


def test_only_the_answer_is_learned() -> None:
    ids, labels = make_batch([Example(np.array([5, 6, 7]), np.array([8, 2]))], 8)
    assert ids[0].tolist() == [5, 6, 7, 8, 2, 3, 3, 3]
    assert labels[0].tolist() == [NO_LOSS] * 3 + [8, 2] + [NO_LOSS] * 3


def test_half_the_windows_begin_where_a_document_begins() -> None:
    one = Tokens(np.arange(4, 1004, dtype=np.uint16), np.array([100]))
    ids, _ = plain_batch(dict.fromkeys(SHARES, one), np.random.default_rng(0), rows=200, window=16)
    assert 70 < (ids[:, 0] == 104).sum() < 130


def test_an_average_lies_between_two_models(tiny: Path) -> None:
    first, second = (LlamaForCausalLM.from_pretrained(tiny) for _ in range(2))
    for weight in second.parameters():
        weight.data.add_(1.0)
    before = first.model.norm.weight.clone()
    mixed = average_models(first, second, 0.75)
    assert torch.allclose(mixed.model.norm.weight, before + 0.25)
