"""Every method and precision learns, and its voice loads in plain PEFT as it was measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from bitsandbytes.nn import Linear4bit
from peft import PeftModel

from creative.engines.loading import load_model
from creative.evaluation.perplexity import measure_loss
from creative.training.folder import HELD_OUT, read_examples, read_order, read_recipe
from creative.training.job import opening
from creative.training.job.pages import make_rows
from creative.training.progress import read_state

from .jobs import STARTER, make_job, run_job
from .test_job import assert_same_scores

SHORT = {"epochs": 1.0, "patience": 0}


@pytest.mark.parametrize(
    "settings",
    [
        {"method": "rslora"},
        {"method": "dora", "rank": 2},
        {"method": "adalora", "learning_rate": 2e-2},
        {"method": "prefix", "prefix_tokens": 4, "learning_rate": 2e-2},
        {"packing": True, "gradient_checkpointing": True},
        {"target_modules": "q_proj,v_proj", "accumulation": 2},
    ],
    ids=lambda settings: "-".join(map(str, settings.values())),
)
def test_each_way_of_training_learns_and_loads_in_plain_peft_as_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any]
) -> None:
    folder = make_job(tmp_path, SHORT | settings)
    assert run_job(folder, monkeypatch) == 0
    state = read_state(folder)
    assert state.state == "done"
    losses = {one.step: one.held_out_loss for one in state.evaluations}
    last = max(losses)
    assert losses[last] < losses[0] or settings.get("method") == "prefix"
    loaded = load_model(STARTER, "fp32")
    rows = make_rows(loaded, read_examples(folder / HELD_OUT), 128)
    voice = PeftModel.from_pretrained(loaded.model, folder / "weights" / f"step-{last}")
    assert measure_loss(voice, rows).loss == pytest.approx(losses[last], abs=1e-3)


@pytest.mark.parametrize("precision", ["nf4", "int8", "bf16"])
def test_a_voice_on_a_base_in_fewer_bits_learns_and_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precision: Any
) -> None:
    folder = make_job(tmp_path, SHORT, precision=precision)
    assert run_job(folder, monkeypatch) == 0
    state = read_state(folder)
    assert (state.state, state.voice) == ("done", "old-inventory")
    losses = {one.step: one.held_out_loss for one in state.evaluations}
    assert losses[5] < losses[0] - 0.5
    loaded = load_model(STARTER, precision)
    rows = make_rows(loaded, read_examples(folder / HELD_OUT), 128)
    voice = PeftModel.from_pretrained(loaded.model, tmp_path / "voices" / "old-inventory")
    assert measure_loss(voice, rows).loss == pytest.approx(losses[5], abs=5e-3)


@pytest.mark.parametrize("method", ["adalora", "dora"])
def test_other_methods_write_in_the_app_as_in_plain_peft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    folder = make_job(tmp_path, SHORT | {"method": method, "learning_rate": 1e-2})
    assert run_job(folder, monkeypatch) == 0
    with torch.inference_mode():
        assert_same_scores(tmp_path / "voices" / "old-inventory", "fp32")


@pytest.mark.parametrize("fast", [True, False])
def test_matrices_in_nf4_are_multiplied_in_fp32_where_the_processor_has_no_bf16(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fast: bool
) -> None:
    monkeypatch.setattr(opening, "has_fast_bf16", lambda: fast)
    folder = make_job(tmp_path, SHORT | {"precision": "nf4"})
    model = opening.open_base(read_order(folder), read_recipe(folder)).model
    found = {layer.compute_dtype for layer in model.modules() if isinstance(layer, Linear4bit)}
    assert found == {torch.bfloat16 if fast else torch.float32}
