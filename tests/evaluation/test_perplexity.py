"""Held-out loss on the real starter: on the text only, whatever the batch, with the adapter on and off."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, PrefixTuningConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

from creative.evaluation.perplexity import IGNORED, Row, measure_loss

STARTER = Path(__file__).parents[2] / "creative" / "starter"
TEXTS = (
    "The ferry came in late and nobody asked why.",
    "Rain.",
    "She counted the lamps along the quay, twice, and wrote the number down before the wind could take it.",
)


@pytest.fixture(scope="module")
def model() -> Any:
    torch.set_num_threads(1)
    return AutoModelForCausalLM.from_pretrained(STARTER, dtype=torch.float32)


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """Rows of three lengths whose first half is a prompt."""
    tokenizer = AutoTokenizer.from_pretrained(STARTER)
    rows = []
    for text in TEXTS:
        ids = tokenizer(f"Write on. {text}").input_ids
        half = len(ids) // 2
        rows.append(Row(ids, [IGNORED] * half + ids[half:]))
    return rows


def by_hand(model: Any, rows: list[Row]) -> tuple[float, int]:
    """Take the loss token by token, one row at a time."""
    total, count = 0.0, 0
    for row in rows:
        with torch.no_grad():
            scores = model(input_ids=torch.tensor([row.input_ids])).logits[0].log_softmax(-1)
        for place, label in enumerate(row.labels[1:]):
            if label != IGNORED:
                total, count = total - float(scores[place, label]), count + 1
    return total / count, count


def test_it_is_the_mean_over_the_texts_tokens_alone(model: Any, rows: list[Row]) -> None:
    expected, count = by_hand(model, rows)
    found = measure_loss(model, rows)
    assert found.tokens == count
    assert found.loss == pytest.approx(expected, abs=1e-5)
    assert found.perplexity == pytest.approx(math.exp(expected), rel=1e-4)


@pytest.mark.parametrize("most_rows", [1, 2, 16])
def test_the_batch_makes_no_difference(model: Any, rows: list[Row], most_rows: int) -> None:
    assert measure_loss(model, rows, most_rows=most_rows).loss == pytest.approx(
        measure_loss(model, list(reversed(rows))).loss, abs=1e-5
    )


def test_an_adapter_is_measured_on_and_off_and_the_model_left_as_it_was(rows: list[Row]) -> None:
    base = AutoModelForCausalLM.from_pretrained(STARTER, dtype=torch.float32)
    plain = measure_loss(base, rows).loss
    config = LoraConfig(r=4, target_modules=["q_proj"], lora_dropout=0.5, task_type="CAUSAL_LM")
    tuned = get_peft_model(base, config)
    for name, weight in tuned.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.3)
    tuned.train()
    with_it = measure_loss(tuned, rows).loss
    assert measure_loss(tuned, rows).loss == with_it  # no dropout while measuring
    assert measure_loss(tuned, rows, adapter=False).loss == pytest.approx(plain, abs=1e-6)
    assert abs(with_it - plain) > 0.01
    assert measure_loss(tuned, rows).loss == with_it  # switched on again
    assert tuned.training


def test_a_prefix_is_measured_like_any_other_adapter(rows: list[Row]) -> None:
    base = AutoModelForCausalLM.from_pretrained(STARTER, dtype=torch.float32)
    plain = measure_loss(base, rows).loss
    tuned = get_peft_model(base, PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=4))
    assert measure_loss(tuned, rows, adapter=False).loss == pytest.approx(plain, abs=1e-6)
    together, alone = measure_loss(tuned, rows).loss, measure_loss(tuned, rows, most_rows=1).loss
    assert together == pytest.approx(alone, abs=1e-5)
    assert abs(together - plain) > 1e-4


def test_rows_are_cut_at_the_context(model: Any, rows: list[Row]) -> None:
    cut = [Row(row.input_ids[:9], row.labels[:9]) for row in rows]
    assert measure_loss(model, rows, context=9) == measure_loss(model, cut)


def test_rows_without_a_text_are_no_measure(model: Any) -> None:
    with pytest.raises(ValueError, match="no token"):
        measure_loss(model, [Row([1, 2], [IGNORED, IGNORED])])
    with pytest.raises(ValueError, match="no token"):
        measure_loss(model, [])
