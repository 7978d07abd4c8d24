"""The recipe: presets by size, ranges, and answers to bad values."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import pytest

from creative.errors import BadValue
from creative.training.recipe import (
    PRESETS,
    SETTINGS,
    Recipe,
    check_recipe,
    describe,
    describe_presets,
    make_recipe,
)

SIZES = (0.007, 0.135, 0.5, 1.5, 7.0, 24.0)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("parameters_b", SIZES)
def test_every_preset_is_a_recipe_for_every_size_and_survives_its_file(
    preset: str, parameters_b: float
) -> None:
    recipe = make_recipe(preset, {}, parameters_b)
    assert check_recipe(json.loads(json.dumps(dataclasses.asdict(recipe)))) == recipe


def test_larger_models_learn_in_smaller_steps() -> None:
    rates = [make_recipe("balanced", {}, size).learning_rate for size in SIZES]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] > rates[-1]


def test_quick_reads_the_pages_less_often_than_the_others() -> None:
    epochs = [make_recipe(preset, {}, 0.007).epochs for preset in ("quick", "balanced", "thorough")]
    assert epochs == sorted(set(epochs))


def test_a_number_of_the_writer_replaces_the_presets() -> None:
    recipe = make_recipe("quick", {"rank": 8.0, "target_modules": " q_proj , v_proj"}, 0.007)
    assert (recipe.rank, recipe.target_modules) == (8, "q_proj,v_proj")
    assert isinstance(recipe.rank, int)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("learning_rate", math.nan, "from 1e-06 to 0.1"),
        ("learning_rate", math.inf, "from 1e-06 to 0.1"),
        ("learning_rate", 1, "from 1e-06 to 0.1"),
        ("learning_rate", "1e-3", "number"),
        ("rank", 0, "from 1 to 256"),
        ("rank", 8.5, "whole number"),
        ("rank", True, "whole number"),
        ("rank", None, "whole number"),
        ("epochs", -1.0, "from 0.1 to 50"),
        ("seed", 2**40, "from 0 to"),
        ("method", "full", "lora, rslora, dora, adalora, prefix"),
        ("precision", "int4", "as_in_use, nf4"),
        ("packing", 1, "true or false"),
        ("target_modules", "../x", "all-linear"),
        ("target_modules", 3, "text"),
    ],
)
def test_a_bad_value_is_answered_with_what_it_may_be(name: str, value: Any, told: str) -> None:
    with pytest.raises(BadValue) as refused:
        make_recipe("quick", {name: value}, 0.007)
    assert told in refused.value.hint


def test_a_setting_or_preset_that_does_not_exist_is_answered_with_those_that_do() -> None:
    with pytest.raises(BadValue, match="learning_rate"):
        make_recipe("quick", {"lr": 1e-3}, 0.007)
    with pytest.raises(BadValue, match="quick, balanced, thorough"):
        make_recipe("fast", {}, 0.007)


def test_every_setting_has_a_sentence_and_a_range_or_choices() -> None:
    described = {setting["name"]: setting for setting in describe()}
    assert tuple(described) == SETTINGS
    for setting in described.values():
        assert setting["help"].endswith(".")
        assert len(setting["help"]) > 20
        assert "choices" in setting or "low" in setting or setting["kind"] in {"bool", "text"}
    assert described["rank"]["low"] == 1
    assert described["method"]["kind"] == "choice"
    json.dumps(list(described.values()))


def test_the_presets_show_all_their_numbers() -> None:
    shown = describe_presets(0.007)
    assert set(shown) == set(PRESETS)
    for preset in shown.values():
        assert set(preset["settings"]) == set(SETTINGS)


def test_rows_of_a_step_are_batch_times_accumulation() -> None:
    assert Recipe(batch=3, accumulation=4).rows_per_step == 12
