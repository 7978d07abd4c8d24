"""Memory and disk by arithmetic, held to what the starter really takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from transformers import AutoModelForCausalLM

from creative.errors import DoesNotFit, ModelDamaged, StorageFull
from creative.training.recipe import Recipe, make_recipe
from creative.training.sizing import (
    Build,
    check_disk,
    check_memory,
    count_weights,
    disk_gb,
    measure_needs,
    read_build,
)

from .jobs import STARTER

SEVEN = Build(
    parameters_b=7.6,
    kept_b=1.09,
    layers=28,
    width=3584,
    vocabulary=152_064,
    linear=tuple(
        [("q_proj", 3584, 3584), ("k_proj", 512, 3584), ("v_proj", 512, 3584), ("o_proj", 3584, 3584)] * 28
        + [("gate_proj", 18_944, 3584), ("up_proj", 18_944, 3584), ("down_proj", 3584, 18_944)] * 28
    ),
    heads=28,
)
"""Qwen2.5 7B."""


def test_the_build_is_read_from_the_models_files() -> None:
    build = read_build(STARTER)
    model = AutoModelForCausalLM.from_pretrained(STARTER)
    assert build.parameters_b * 1e9 == sum(weights.numel() for weights in model.parameters())
    assert (build.layers, build.width, build.vocabulary, build.heads) == (6, 256, 8192, 4)
    assert len(build.linear) == 42


@pytest.mark.parametrize("method", ["lora", "rslora", "dora", "adalora", "prefix"])
def test_the_weights_of_a_voice_are_counted_as_peft_makes_them(method: str) -> None:
    from creative.engines.loading import load_model
    from creative.training.job.opening import Plan, add_voice

    recipe = Recipe(method=method, rank=6, prefix_tokens=5)  # type: ignore[arg-type]
    voice = add_voice(load_model(STARTER, "fp32"), recipe, Plan(100, "starter"))
    made = sum(weights.numel() for weights in voice.parameters() if weights.requires_grad)
    assert count_weights(read_build(STARTER), recipe) == pytest.approx(made, rel=0.02)


def test_a_large_model_needs_what_is_known_of_it() -> None:
    """The QLoRA paper fits 7B at 512 tokens into about 5 to 6 GB, and 16 bits take more than 15."""
    recipe = replace(make_recipe("balanced", {}, 7.6), batch=1)
    small = measure_needs(SEVEN, recipe, "nf4", 512)
    assert 5 < small.needed_gb < 8
    assert measure_needs(SEVEN, recipe, "bf16", 512).model_gb == pytest.approx(15.2, rel=0.01)


def test_more_of_anything_takes_more() -> None:
    recipe = make_recipe("balanced", {}, 7.6)
    least = measure_needs(SEVEN, recipe, "nf4", 512).needed_gb
    for changed, longest in (
        (replace(recipe, batch=recipe.batch * 2), 512),
        (replace(recipe, rank=64), 512),
        (replace(recipe, gradient_checkpointing=False), 512),
        (recipe, 1024),
    ):
        assert measure_needs(SEVEN, changed, "nf4", longest).needed_gb > least


def test_what_does_not_fit_is_refused_with_what_would() -> None:
    recipe = replace(make_recipe("balanced", {}, 7.6), batch=16, gradient_checkpointing=False)
    with pytest.raises(DoesNotFit, match=r"needs .* GB of memory") as refused:
        check_memory(SEVEN, recipe, "nf4", 1024, free_gb=12.0)
    assert "This would fit" in refused.value.hint
    assert "batch" in refused.value.hint
    with pytest.raises(DoesNotFit, match="NF4"):
        check_memory(SEVEN, replace(recipe, batch=1), "bf16", 1024, free_gb=9.0)
    with pytest.raises(DoesNotFit, match="smaller model"):
        check_memory(SEVEN, recipe, "nf4", 1024, free_gb=2.0)


def test_what_would_fit_does_fit() -> None:
    recipe = replace(make_recipe("balanced", {}, 7.6), batch=16, gradient_checkpointing=False)
    needs = check_memory(SEVEN, recipe, "nf4", 1024, free_gb=500.0)
    assert needs.needed_gb < 500


def test_a_model_in_memory_already_is_not_asked_for_twice() -> None:
    recipe = make_recipe("balanced", {}, 7.6)
    needs = measure_needs(SEVEN, recipe, "bf16", 512)
    free_gb = needs.needed_gb - needs.model_gb + 0.1
    check_memory(SEVEN, recipe, "bf16", 512, free_gb, loaded=True)
    with pytest.raises(DoesNotFit):
        check_memory(SEVEN, recipe, "bf16", 512, free_gb)


def test_disk_grows_with_what_is_kept_and_too_little_is_told() -> None:
    recipe = Recipe(keep_checkpoints=1)
    assert disk_gb(10_000_000, replace(recipe, keep_checkpoints=5), 4) > disk_gb(10_000_000, recipe, 4)
    assert disk_gb(10_000_000, recipe, 4) == pytest.approx(0.48)
    with pytest.raises(StorageFull, match="500 MB of disk; 100 MB are free"):
        check_disk(0.5, 0.1)
    check_disk(0.1, 0.5)


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelDamaged, match="config"):
        read_build(tmp_path)
