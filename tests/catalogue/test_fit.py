"""What fits: the arithmetic against models really loaded, and the choices with their reasons."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from creative.catalogue.fit import (
    Machine,
    Precision,
    Shape,
    cache_bytes,
    choose,
    needed_gb,
    read_free_ram,
    weights_gb,
)
from creative.catalogue.weights import measure
from creative.errors import BadValue, DoesNotFit

from .small_hub import STARTER

SEVEN = Shape(7.62, 1.09, cache_bytes(layers=28, kv_heads=4, head_dim=128))
TINY = Shape(0.007, 0.002, cache_bytes(layers=6, kv_heads=4, head_dim=64), tied_b=0.002)


@pytest.mark.parametrize("precision", ["nf4", "int8", "bf16", "fp32"])
def test_the_arithmetic_agrees_with_the_starter_loaded(precision: Precision) -> None:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    quantization = {
        "nf4": {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True},
        "int8": {"load_in_8bit": True},
    }.get(precision)
    options = {"quantization_config": transformers.BitsAndBytesConfig(**quantization)} if quantization else {}
    dtype = torch.float32 if precision == "fp32" else torch.bfloat16
    model = transformers.AutoModelForCausalLM.from_pretrained(
        STARTER, dtype=dtype, device_map="cpu", **options
    )
    storages = {
        tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in held(model)
    }
    measured_gb = sum(storages.values()) / 1e9
    assert weights_gb(measure(STARTER).shape, precision) == pytest.approx(measured_gb, rel=0.03)


def held(model: object) -> list[object]:
    """Give every tensor of the weights, the scales of quantized ones included."""
    tensors = []
    for parameter in model.parameters():  # type: ignore[attr-defined]
        tensors.append(parameter.data)
        state = getattr(parameter, "quant_state", None)
        if state is not None:
            tensors += [state.absmax, state.state2.absmax]
        scale = getattr(parameter, "SCB", None)
        if scale is not None:
            tensors.append(scale)
    return tensors


def test_the_arithmetic_agrees_with_a_model_of_185_million_measured_before() -> None:
    # Measured on a CPU with bitsandbytes: 99 MB in NF4, 369 MB in bf16; nearly all of it matrices.
    shape = Shape(0.1845, kept_b=0.0026)
    assert weights_gb(shape, "nf4") == pytest.approx(0.099, rel=0.01)
    assert weights_gb(shape, "bf16") == pytest.approx(0.369, rel=0.01)


def test_a_gpu_with_room_gets_bf16_and_a_smaller_one_nf4_with_the_reason() -> None:
    assert choose(SEVEN, Machine(40.0, 32.0)).precision == "bf16"
    fit = choose(SEVEN, Machine(15.2, 32.0, "Tesla T4"))
    assert (fit.precision, fit.where, fit.free_gb) == ("nf4", "gpu", 15.2)
    assert fit.why == "NF4: needs 6.8 GB of the 15.2 GB free on the GPU (Tesla T4); bf16 would need 16.5 GB."


def test_a_gpu_that_is_too_small_leaves_the_cpu_and_says_so() -> None:
    fit = choose(SEVEN, Machine(4.0, 32.0, "GTX"))
    assert (fit.precision, fit.where) == ("nf4", "cpu")
    assert "It runs on the CPU: the GPU has 4.0 GB free, of 6.8 GB needed." in fit.why


def test_a_small_model_stays_whole_on_a_cpu_in_the_precision_it_is_told() -> None:
    assert choose(TINY, Machine(0.0, 4.0)).precision == "fp32"
    assert choose(TINY, Machine(0.0, 4.0), small="bf16").precision == "bf16"
    assert choose(Shape(0.36), Machine(0.0, 4.0)).precision == "nf4"


def test_a_processor_without_bf16_gets_int8_where_that_fits_and_else_4_bits_with_the_reason() -> None:
    fit = choose(SEVEN, Machine(0.0, 12.0, fast_bf16=False))
    assert (fit.precision, fit.where) == ("int8", "cpu")
    assert fit.why == (
        "int8: needs 9.5 GB of the 12.0 GB free; on this processor it is nearly as fast as NF4, which would need "
        "7.0 GB, and more exact."
    )
    fit = choose(SEVEN, Machine(0.0, 8.0, fast_bf16=False))
    assert fit.precision == "nf4"
    assert fit.why == (
        "NF4: needs 7.0 GB of the 8.0 GB free; int8, nearly as fast on this processor and more exact, would need "
        "9.5 GB."
    )
    assert choose(TINY, Machine(0.0, 4.0, fast_bf16=False)).precision == "fp32"
    assert choose(SEVEN, Machine(0.0, 12.0)).precision == "nf4"
    assert choose(SEVEN, Machine(8.0, 12.0, fast_bf16=False)).precision == "nf4"  # on the GPU
    with pytest.raises(DoesNotFit) as caught:
        choose(SEVEN, Machine(0.0, 6.9, fast_bf16=False))
    assert "7.0 GB in NF4; 6.9 GB are free" in caught.value.message


def test_on_such_a_processor_4_bits_are_counted_as_int4() -> None:
    more = needed_gb(SEVEN, "nf4", "cpu", fast_bf16=False) - needed_gb(SEVEN, "nf4", "cpu")
    assert more == pytest.approx((7.62 - 1.09) * (0.625 - 0.516))
    for precision, where in (("int8", "cpu"), ("bf16", "cpu"), ("nf4", "gpu")):
        assert needed_gb(SEVEN, precision, where, fast_bf16=False) == needed_gb(SEVEN, precision, where)


@pytest.mark.parametrize("wanted", ["nf4", "int8", "bf16", "fp32"])
def test_a_wish_is_followed_where_it_fits(wanted: str) -> None:
    fit = choose(SEVEN, Machine(48.0, 64.0), wanted)
    assert (fit.precision, fit.where) == (wanted, "gpu")
    assert "as you asked" in fit.why


def test_a_wish_that_does_not_fit_is_refused_with_what_would() -> None:
    with pytest.raises(DoesNotFit) as caught:
        choose(SEVEN, Machine(0.0, 12.0), "bf16")
    assert "16.0 GB in bf16; 12.0 GB are free" in caught.value.message
    assert caught.value.hint == "This would fit: int8 (9.5 GB), NF4 (6.3 GB)."


def test_a_model_that_fits_in_no_way_is_refused_with_the_size_that_would() -> None:
    with pytest.raises(DoesNotFit) as caught:
        choose(Shape(32.0, 1.5, 262_144), Machine(0.0, 12.0))
    assert "32.0 billion parameters needs" in caught.value.message
    assert "up to about" in caught.value.hint
    largest_b = float(caught.value.hint.split("about ")[1].split(" ")[0])
    assert choose(Shape(largest_b * 0.95, None, 262_144), Machine(0.0, 12.0)).precision == "nf4"
    with pytest.raises(DoesNotFit, match="starter"):
        choose(Shape(0.5), Machine(0.0, 0.2))


def test_what_is_needed_grows_with_precision_and_with_tokens() -> None:
    needs = [needed_gb(SEVEN, precision, "gpu") for precision in ("nf4", "int8", "bf16", "fp32")]
    assert needs == sorted(needs)
    more = needed_gb(SEVEN, "bf16", "gpu", 32_768) - needed_gb(SEVEN, "bf16", "gpu", 0)
    assert more == pytest.approx(32_768 * 57_344 / 1e9)


def test_a_head_that_is_the_embeddings_too_is_copied_beside_quantized_matrices_on_a_cpu() -> None:
    alone = replace(SEVEN, tied_b=0.0)
    tied = replace(SEVEN, tied_b=0.5)
    for precision, where, copied in (
        ("nf4", "cpu", 0.5),
        ("int8", "cpu", 0.5),
        ("bf16", "cpu", 0),
        ("nf4", "gpu", 0),
    ):
        more = needed_gb(tied, precision, where) - needed_gb(alone, precision, where)
        assert more == pytest.approx(copied), (precision, where)
    starter = measure(STARTER).shape
    assert starter.tied_b == pytest.approx(8192 * 256 / 1e9)


def test_an_unknown_precision_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadValue, match="auto, nf4, int8, bf16, fp32"):
        choose(TINY, Machine(0.0, 4.0), "int4")


def test_free_memory_is_read_within_the_containers_limit(tmp_path: Path) -> None:
    assert read_free_ram() > 10_000_000
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text("MemTotal: 16000000 kB\nMemAvailable: 8000000 kB\n")
    assert read_free_ram(tmp_path) == 8_000_000 * 1024
    group = tmp_path / "sys/fs/cgroup"
    group.mkdir(parents=True)
    (group / "memory.max").write_text("max\n")
    (group / "memory.current").write_text("1000\n")
    assert read_free_ram(tmp_path) == 8_000_000 * 1024
    (group / "memory.max").write_text("3000000000\n")
    assert read_free_ram(tmp_path) == 3_000_000_000 - 1000
