"""The training loop: it saves, resumes to the same weights, falls early when told to, on one process or on two."""

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from torch import nn
from torch.optim import _muon
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

from creative.starter.recipe.average import average_models
from creative.starter.recipe.data import STARTER, Tokens
from creative.starter.recipe.fp32_muon import orthogonalize
from creative.starter.recipe.loop import Batch, Plan, Run, next_time
from creative.starter.recipe.pairs import Pair, write_pairs
from creative.starter.recipe.pretrain import SHARES, plain_batch, share_kinds
from creative.starter.recipe.teachers import Teachers
from creative.starter.recipe.tune import NO_LOSS, Example, encode, load_examples, make_batch, make_trust
from creative.starter.recipe.widen import plain, widen

# As torch has it, before a run on a processor without bf16 instructions puts ours in its place.
MUONS_OWN = _muon._zeropower_via_newtonschulz


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

    for minutes, rate in ((30, 1), (10, 0.5)):
        started = run(minutes)
        assert started._goes_on(asked_to_end=False)
        assert started._rate() == pytest.approx(rate, abs=0.02)
    over = run(-1)
    over.train(draw, lambda model: {})
    assert (over.step, over._rate()) == (0, 0)


def test_new_units_change_nothing_until_they_are_trained(tiny: Path, tmp_path: Path) -> None:
    ids = torch.randint(4, 64, (2, 12))
    before = LlamaForCausalLM.from_pretrained(tiny)(ids).logits
    run = Run(replace(plan(tmp_path / "wide", tiny, 4, 3), new_units=8))
    torch.testing.assert_close(run.model(ids).logits, before)
    run.train(draw, lambda model: {})
    saved = LlamaForCausalLM.from_pretrained(tmp_path / "wide" / "model", dtype=torch.float32)
    assert saved.config.intermediate_size == 32 + 8
    assert (saved.model.layers[0].mlp.down_proj.weight[:, 32:] != 0).all()
    torch.testing.assert_close(saved(ids).logits, run.model(ids).logits, atol=2e-2, rtol=0)  # kept in 16 bits
    again = Run(replace(plan(tmp_path / "wide", tiny, 4, 3), new_units=8))
    torch.testing.assert_close(again.model(ids).logits, run.model(ids).logits)


_ON_TWO = """
import os, sys
from pathlib import Path
import numpy as np
from creative.starter.recipe.fp32_muon import orthogonalize
from creative.starter.recipe.loop import Plan, Run

def draw(rng):
    ids = rng.integers(4, 64, (2, 8))
    return ids, ids

folder, start_from = map(Path, sys.argv[1:])
Run(Plan(folder, start_from, 4, 3, warmup_steps=1, threads=1, compiled=False)).train(draw, lambda model: {})
"""


def test_a_step_on_two_processes_is_one_step_on_both_batches(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "on_two.py").write_text(_ON_TWO)
    command = ["torch.distributed.run", "--standalone", "--nproc-per-node=2", str(tmp_path / "on_two.py")]
    subprocess.run(
        [sys.executable, "-m", *command, str(tmp_path / "two"), str(tiny)],
        env=os.environ | {"PYTHONPATH": str(STARTER.parents[1]), "OMP_NUM_THREADS": "1"},
        check=True,
        timeout=120,
    )
    second = np.random.default_rng([0, 1])

    def draw_both(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        ids = np.concatenate([draw(rng)[0], draw(second)[0]])
        return ids, ids

    Run(plan(tmp_path / "one", tiny, 4, 3)).train(draw_both, lambda model: {})
    one, two = (torch.load(tmp_path / n / "checkpoint.pt", weights_only=True) for n in ("one", "two"))
    assert (one["step"], one["tokens"]) == (two["step"], two["tokens"]) == (4, 4 * 4 * 8)
    start = LlamaForCausalLM.from_pretrained(tiny, dtype=torch.float32).state_dict()
    for name, weight in one["model"].items():
        # On the average: where a gradient is next to nothing, AdamW takes the sign of its rounding for a direction.
        moved = (weight - start[name]).abs().mean()
        assert (weight - two["model"][name]).abs().mean() < 0.2 * moved + 1e-6, name


def test_only_the_answer_is_learned() -> None:
    example = Example(np.array([5, 6, 7]), np.array([8, 2]), np.array([True, False]))
    ids, labels = make_batch([example], 8)
    assert ids[0].tolist() == [5, 6, 7, 8, 2, 3, 3, 3]
    assert labels[0].tolist() == [NO_LOSS] * 3 + [8, 2] + [NO_LOSS] * 3

    assert make_trust([example], 8, 0.5)[0, 3:5].tolist() == [0.0, 0.5]


def test_the_words_of_a_brief_are_told_in_its_answer_however_they_are_spelled() -> None:
    tokenizer = Tokenizer.from_file(str(STARTER / "tokenizer.json"))
    pair = Pair(
        "screenplay",
        {"logline": "Odran finds a lamp."},
        "INT. PIER - DAY\n\nODRAN\nA lamp! Lamps are Odran's.",
        ("Odran", "lamp"),
    )
    example = encode(pair, tokenizer)
    told = [tokenizer.decode([i]) for i, asked in zip(example.answer, example.asked, strict=True) if asked]
    assert "".join(told) == "ODRAN lamp Odran"
    assert tokenizer.decode(example.answer[~example.asked].tolist()).startswith("INT. PIER - DAY")


def test_pairs_come_back_as_they_were_encoded(tmp_path: Path) -> None:
    tokenizer = Tokenizer.from_file(str(STARTER / "tokenizer.json"))
    pairs = [
        Pair("story", {"premise": f"{name} finds a kite."}, f"{name} ran. " * 3, (name,))
        for name in ("Odran", "Ines")
    ]
    write_pairs(pairs, tmp_path / "train.jsonl")
    for _ in range(2):  # made, then read from what was kept
        found = load_examples(tmp_path / "train.jsonl", tokenizer)[256]
        for example, pair in zip(found, pairs, strict=True):
            expected = encode(pair, tokenizer)
            for column in ("prompt", "answer", "asked"):
                assert getattr(example, column).tolist() == getattr(expected, column).tolist()


def test_half_the_windows_begin_where_a_document_begins() -> None:
    one = Tokens(np.arange(4, 1004, dtype=np.uint16), np.array([100]))
    ids, _ = plain_batch(dict.fromkeys(SHARES, one), np.random.default_rng(0), rows=200, window=16)
    assert 70 < (ids[:, 0] == 104).sum() < 130


def test_kinds_told_get_their_share_and_the_others_keep_their_proportions() -> None:
    shares = share_kinds(["simple=0.5", "lyrics=0.14"])
    assert sum(shares.values()) == pytest.approx(1)
    assert (shares["simple"], shares["lyrics"]) == (0.5, 0.14)
    assert shares["fairy"] / shares["plays"] == pytest.approx(SHARES["fairy"] / SHARES["plays"])
    assert share_kinds([]) == pytest.approx(SHARES)
    assert share_kinds(["news=0.4"], {"story": 0.6, "news": 0.1, "ads": 0.3}) == pytest.approx(
        {"story": 0.4, "news": 0.4, "ads": 0.2}
    )
    for wrong in (["simple=0.7", "poems=0.4"], ["prose=0.1"]):
        with pytest.raises(SystemExit, match="shares below one"):
            share_kinds(wrong)


def test_an_average_lies_between_two_models(tiny: Path) -> None:
    first, second = (LlamaForCausalLM.from_pretrained(tiny) for _ in range(2))
    for weight in second.parameters():
        weight.data.add_(1.0)
    before = first.model.norm.weight.clone()
    mixed = average_models(first, second, 0.75)
    assert torch.allclose(mixed.model.norm.weight, before + 0.25)


def test_an_average_with_a_narrower_model_keeps_the_new_units(tiny: Path) -> None:
    wide, narrow = (LlamaForCausalLM.from_pretrained(tiny) for _ in range(2))
    widen(wide, 8)
    nn.init.ones_(wide.model.layers[0].mlp.new.down_proj.weight)
    wide = plain(wide)
    mlp = wide.model.layers[0].mlp
    ids, gates = torch.arange(4, 20)[None], mlp.gate_proj.weight.clone()
    assert average_models(wide, narrow, 0.75) is wide  # the weights both have are the same
    assert torch.allclose(mlp.gate_proj.weight, gates)
    assert (mlp.down_proj.weight[:, 32:] == 1).all()
    mlp.down_proj.weight.data[:, 32:] = 0
    torch.testing.assert_close(wide(ids).logits, narrow(ids).logits)


def test_teachers_are_asked_together_about_plain_text_and_the_first_alone_about_answers(tiny: Path) -> None:
    other = LlamaForCausalLM.from_pretrained(tiny)
    with torch.no_grad():
        for weight in other.parameters():
            weight.add_(0.3 * torch.randn_like(weight))
    other.save_pretrained(tiny.with_name("other"))
    ids = torch.randint(4, 64, (2, 8))
    counted = torch.ones(2, 7, dtype=torch.bool)
    counted[1, :4] = False  # a brief
    plain = torch.tensor([True, False])
    told = Teachers((tiny, tiny.with_name("other")), "cpu", compiled=False).ask(ids, counted, plain)
    with torch.no_grad():
        first, second = (
            LlamaForCausalLM.from_pretrained(folder)(ids).logits[:, :-1].softmax(-1)
            for folder in (tiny, tiny.with_name("other"))
        )
    # Where the processor multiplies bf16, the teachers are in bf16.
    torch.testing.assert_close(told[:7], (first[0] + second[0]) / 2, atol=0.01, rtol=0)
    torch.testing.assert_close(told[7:], first[1, 4:], atol=0.01, rtol=0)
    assert (first[0] - second[0]).abs().max() > 0.05


def test_a_student_comes_near_its_teacher_whatever_the_text_says(tiny: Path, tmp_path: Path) -> None:
    """Plain text that says the same token for ever: without a teacher it is learned, with one its words are."""
    settings = AutoTokenizer.from_pretrained(tiny)
    teacher = LlamaForCausalLM.from_pretrained(tiny)
    with torch.no_grad():
        teacher.model.embed_tokens.weight[7] *= 40
    teacher.save_pretrained(tiny.with_name("teacher"))
    settings.save_pretrained(tiny.with_name("teacher"))

    def draw_the_same(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        ids = np.full((2, 8), 9)
        return ids, ids

    def likely(folder: Path) -> torch.Tensor:
        model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)
        with torch.no_grad():
            return model(torch.full((1, 8), 9)).logits[0, -1].softmax(-1)

    told = likely(tiny.with_name("teacher"))
    rates = {"matrix_rate": 0.02, "other_rate": 0.02}
    for name, teachers in (("taught", (tiny.with_name("teacher"),)), ("alone", ())):
        setup = replace(plan(tmp_path / name, tiny, 60, 20), teachers=teachers, **rates)
        Run(setup).train(draw_the_same, lambda model: {})
    before, taught, alone = (likely(f) for f in (tiny, tmp_path / "taught/model", tmp_path / "alone/model"))
    assert (taught - told).abs().sum() < 0.3 * (before - told).abs().sum()
    assert alone[9] > 0.9 > 2 * taught[9]


def test_a_label_is_learned_from_the_text_where_the_teacher_is_not_trusted(
    tiny: Path, tmp_path: Path
) -> None:
    def draw_with(trust: float) -> Callable[[np.random.Generator], Batch]:
        ids = np.full((2, 8), 9)
        labels = ids.copy()
        labels[:, :3] = NO_LOSS  # a brief
        return lambda rng: (ids, labels, np.full(ids.shape, trust, dtype=np.float32))

    likely = {}
    for trust in (0.0, 1.0):
        setup = replace(plan(tmp_path / f"trust{trust}", tiny, 30, 20), teachers=(tiny,), other_rate=0.02)
        Run(setup).train(draw_with(trust), lambda model: {})
        model = LlamaForCausalLM.from_pretrained(tmp_path / f"trust{trust}/model", dtype=torch.float32)
        with torch.no_grad():
            likely[trust] = float(model(torch.full((1, 8), 9)).logits[0, -1].softmax(-1)[9])
    assert likely[0.0] > 0.9 > 2 * likely[1.0]


def test_orthogonalizing_in_fp32_is_what_muon_does_in_bf16() -> None:
    torch.manual_seed(0)
    for shape in ((16, 40), (40, 16)):
        grad = torch.randn(shape)
        own = orthogonalize(grad, (3.4445, -4.7750, 2.0315), 5, 1e-7)
        assert torch.allclose(own, MUONS_OWN(grad, (3.4445, -4.7750, 2.0315), 5, 1e-7).float(), atol=0.05)
        assert float(torch.linalg.svdvals(own).min()) > 0.5


def test_a_run_ends_at_the_time_told_past_midnight_too() -> None:
    late = dt.datetime(2026, 5, 1, 23, 30)
    assert next_time("00:10", late) == dt.datetime(2026, 5, 2, 0, 10)
    assert next_time("23:20", late) == dt.datetime(2026, 5, 1, 23, 20)  # a run that has ended stays so
    assert next_time("23:50", late + dt.timedelta(hours=1)) == dt.datetime(2026, 5, 1, 23, 50)
