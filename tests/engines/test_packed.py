"""Packed products give what their matrices give, as near as the quantization itself, and hear voices as PEFT does."""

from __future__ import annotations

import copy
import ctypes
from collections.abc import Callable
from pathlib import Path

import bitsandbytes as bnb
import pytest
import torch
from torch.nn import functional

from creative.engines import machine, packed
from creative.engines.cache import Slab
from creative.engines.joined import Given, join, take_head
from creative.engines.llama import LlamaStep
from creative.engines.loading import load_model
from creative.engines.network import Network
from creative.engines.packed import Blocked, Bytes, Int4, Product, Whole, can_block, round_up

from .conftest import STARTER, read_page
from .tiny import tiny

needs_blocks = pytest.mark.skipif(
    not can_block(torch.empty(0, dtype=torch.bfloat16)),
    reason="oneDNN has no bf16 products on this processor",
)
ROWS = (1, 3, 16, 40)
_ROUNDING = 2**-7  # of a bf16 result, twice


def random_layer(inputs: int = 256, outputs: int = 192) -> torch.nn.Linear:
    torch.manual_seed(3)
    layer = torch.nn.Linear(inputs, outputs, bias=False, dtype=torch.bfloat16)
    return layer.requires_grad_(False).eval()


def error(given: torch.Tensor, exact: torch.Tensor) -> float:
    """Root mean square of the difference as a part of the exact one's."""
    return float((given.double() - exact.double()).norm() / exact.double().norm())


def quantize(layer: torch.nn.Linear, precision: str) -> torch.nn.Module:
    """Give bitsandbytes' layer of the same weights."""
    outputs, inputs = layer.weight.shape
    quantized: torch.nn.Module
    if precision == "int8":
        quantized = bnb.nn.Linear8bitLt(inputs, outputs, bias=False, has_fp16_weights=False, threshold=6.0)
    else:
        quantized = bnb.nn.Linear4bit(
            inputs, outputs, bias=False, compute_dtype=torch.bfloat16, quant_type="nf4"
        )
    quantized.load_state_dict({"weight": layer.weight.data.clone()})
    return quantized.to("cpu").eval().requires_grad_(False)


def unpacked(layer: torch.nn.Module, precision: str) -> torch.Tensor:
    """Give the matrix that a quantized layer stands for, in fp32, computed without its product."""
    if precision == "int8":
        return layer.weight.CB.float() * layer.weight.SCB.unsqueeze(1) / 127
    weight = layer.weight
    return bnb.functional.dequantize_4bit(weight.data, copy.deepcopy(weight.quant_state)).float()


@needs_blocks
@torch.inference_mode()
def test_a_blocked_matrix_gives_what_it_gave_and_comes_back_bit_for_bit() -> None:
    layers = [random_layer(), random_layer(outputs=64)]
    plain = [layer.weight.data.clone() for layer in layers]
    product = join(layers)
    assert isinstance(product, Given)
    assert not any(layer.weight.numel() for layer in layers)  # held once
    for rows in ROWS:
        state = torch.randn(rows, 256, dtype=torch.bfloat16)
        expected = torch.cat([functional.linear(state.float(), weight.float()) for weight in plain], dim=1)
        assert error(product(state), expected) < _ROUNDING
    before = product(state)
    product.restore()
    assert all(torch.equal(layer.weight, weight) for layer, weight in zip(layers, plain, strict=True))
    assert layers[0].weight.untyped_storage().data_ptr() == layers[1].weight.untyped_storage().data_ptr()
    assert error(product(state), before) < _ROUNDING


@pytest.mark.parametrize("precision", ["nf4", "int8"])
@pytest.mark.parametrize("many", [False, True])
@torch.inference_mode()
def test_a_packed_product_is_that_of_the_unpacked_matrix(precision: str, many: bool, processor: None) -> None:
    layers = [quantize(random_layer(outputs=outputs), precision) for outputs in (192, 64)]
    matrix = torch.cat([unpacked(layer, precision) for layer in layers])
    product = join(layers)
    if product is None:
        pytest.skip("this processor has no product of its own for 4 bits")
    for rows in ROWS:
        state = torch.randn(rows, 256, dtype=torch.bfloat16)
        assert error(product(state, many), functional.linear(state.float(), matrix)) < _ROUNDING


@pytest.mark.parametrize("precision", ["nf4", "int8"])
@torch.inference_mode()
def test_a_packed_product_strays_no_further_than_the_library_s_own_layer(
    precision: str, processor: None
) -> None:
    layer = random_layer()
    state = torch.randn(16, 256, dtype=torch.bfloat16)
    exact = functional.linear(state.float(), layer.weight.float())
    quantized = quantize(layer, precision)
    theirs = error(quantized(state), exact)
    product = join([quantized])
    if product is None:
        pytest.skip("this processor has no product of its own for 4 bits")
    for many in (False, True):
        assert error(product(state, many), exact) < theirs * 1.02
    assert error(quantized(state), exact) == theirs  # the layer goes on as it was


needs_int4 = pytest.mark.skipif(not Int4.takes(64, 64), reason="torch has no fast int4 product here")


@needs_int4
@torch.inference_mode()
def test_int4_is_nearer_to_the_weights_than_nf4_and_multiplies_by_what_it_stands_for() -> None:
    weights = [random_layer(outputs=outputs).weight.data for outputs in (192, 64)]
    weights[0][:, :32] = 0
    weights[1][5, 64:96] = 0.25
    product, whole = Int4.of(weights), torch.cat(weights).float()
    matrix = product.unpack().T
    assert error(matrix, whole) < 0.085
    assert error(matrix, whole) < 0.9 * error(
        torch.cat([unpacked(quantize(random_layer(outputs=outputs), "nf4"), "nf4") for outputs in (192, 64)]),
        torch.cat([random_layer(outputs=outputs).weight.data for outputs in (192, 64)]),
    )
    assert matrix[:192, :32].abs().max() < 1e-20
    assert torch.equal(product.unpack(slice(64, 192)).T, matrix[64:192])
    for rows in (*ROWS, 100):
        state = torch.randn(rows, 256, dtype=torch.bfloat16)
        for many in (False, True):
            given = product(state, many)
            assert given.dtype == torch.bfloat16
            assert error(given, functional.linear(state.float(), matrix)) < _ROUNDING


@pytest.mark.parametrize("kind", [Whole, Bytes.of])
@torch.inference_mode()
def test_many_rows_are_multiplied_in_fp32_piece_by_piece_where_bf16_is_slow(
    kind: Callable[[torch.Tensor], Product], ordinary: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    met: list[tuple[torch.dtype, int]] = []
    multiply = packed._multiply

    def noted(state: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
        met.append((matrix.dtype, matrix.shape[0]))
        return multiply(state, matrix)

    monkeypatch.setattr(packed, "_multiply", noted)
    monkeypatch.setattr(packed, "_WIDENED_AT_ONCE", 256 * 100)
    weight = random_layer().weight.data
    product = kind(weight)
    matrix = product.unpack() if isinstance(product, Bytes) else weight
    state = torch.randn(40, 256, dtype=torch.bfloat16)
    given = product(state, many=True)
    assert given.dtype == torch.bfloat16
    assert error(given, functional.linear(state.float(), matrix.float())) < _ROUNDING
    assert met == [(torch.float32, 100), (torch.float32, 92)]
    product(state[:1])
    assert len(met) == 2  # a step of few rows goes on in bf16


@pytest.mark.parametrize("precision", ["bf16", "nf4", "int8"])
@torch.inference_mode()
def test_a_row_of_a_product_is_the_same_alone_and_in_company_but_for_a_rounding(
    precision: str, processor: None
) -> None:
    torch.manual_seed(0)
    network = Network(load_model(STARTER, precision))
    within = network.model.config.intermediate_size
    assert network._written_out is not None
    for product, inputs in zip(
        network._written_out.products, [256, 256, 256, within] * 6 + [256], strict=True
    ):
        state = torch.randn(16, inputs, dtype=torch.bfloat16)
        together = product(state)
        for rows in (1, 2, 5):
            alone = product(state[:rows].clone())
            if rows == 1 and precision == "bf16":
                # On some processors oneDNN adds up a lone row in another order: a number may be rounded otherwise.
                assert (together[:rows] != alone).float().mean() < 0.01
                torch.testing.assert_close(together[:rows], alone, rtol=2**-7, atol=2**-9)
            else:
                assert torch.equal(together[:rows], alone)


@needs_blocks
@torch.inference_mode()
def test_a_head_in_8_bits_is_as_near_as_8_bits_are_and_a_small_one_is_not_rounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = load_model(STARTER, "nf4").model
    assert isinstance(take_head(model, quantized=True), Blocked)
    monkeypatch.setattr("creative.engines.joined._SMALL", 0)
    head = take_head(model, quantized=True)
    assert isinstance(head, Bytes)
    assert model.lm_head.weight.numel()  # it is the embeddings too
    state = torch.randn(4, 256, dtype=torch.bfloat16)
    assert error(head(state), functional.linear(state.float(), model.lm_head.weight.float())) < 0.01
    assert isinstance(take_head(load_model(STARTER, "bf16").model, quantized=False), Blocked)


@torch.inference_mode()
def test_every_head_beside_quantized_matrices_is_held_in_8_bits_where_bf16_is_slow(ordinary: None) -> None:
    tied = tiny("qwen2", torch.bfloat16)
    head = take_head(tied, quantized=True)
    assert isinstance(head, Bytes)
    assert tied.lm_head.weight.numel()  # it is the embeddings too
    state = torch.randn(4, 32, dtype=torch.bfloat16)
    assert error(head(state), functional.linear(state.float(), tied.lm_head.weight.float())) < 0.01
    own = tiny("llama", torch.bfloat16)
    given = take_head(own, quantized=True)
    assert isinstance(given, Given)
    assert not own.lm_head.weight.numel()
    given.restore()
    assert own.lm_head.weight.shape == (64, 32)
    assert not isinstance(take_head(tiny("llama", torch.bfloat16), quantized=False), Bytes)


@torch.inference_mode()
def test_torch_s_8_bit_product_gets_no_matrix_that_it_would_read_past_the_end_of(ordinary: None) -> None:
    model = tiny("llama", torch.bfloat16, hidden_size=40)
    assert isinstance(take_head(model, quantized=True), Whole | Given)
    assert not Bytes.takes(40)
    layer = bnb.nn.Linear8bitLt(40, 64, bias=False, has_fp16_weights=False)
    assert join([layer]) is None


@needs_blocks
@torch.inference_mode()
def test_a_head_of_its_own_gives_its_weights_away_and_gets_them_back() -> None:
    model = load_model(STARTER, "bf16").model
    model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.data.clone(), requires_grad=False)
    weight = model.lm_head.weight.data.clone()
    step = LlamaStep(model, 64)
    assert not model.lm_head.weight.numel()
    step.restore()
    assert torch.equal(model.lm_head.weight, weight)


@pytest.mark.parametrize("precision", ["bf16", "nf4", "int8"])
@torch.inference_mode()
def test_scores_are_no_further_from_fp32_than_those_of_transformers(precision: str, processor: None) -> None:
    exact_model, their_model = (load_model(STARTER, name).model for name in ("fp32", precision))
    network = Network(load_model(STARTER, precision))
    ours = theirs = 0.0
    for place in range(4):
        tokens = read_page(place, 48)
        exact = exact_model(tokens).logits[0, 32:]
        theirs += error(their_model(tokens).logits[0, 32:], exact)
        slab = Slab.for_prompt(64)
        network.read([tokens[0, :32].tolist()], [slab], [""])
        scores = []
        for token in tokens[0, 32:].tolist():
            scores.append(network.step([[token]], slab, [""])[0, 0])
            slab.close_step()
        ours += error(torch.stack(scores), exact)
    assert 0 < ours < theirs * 1.05


def test_rows_are_filled_up_to_few_numbers_and_never_by_many() -> None:
    filled = [round_up(rows) for rows in range(1, 257)]
    assert all(rows <= most for rows, most in enumerate(filled, start=1))
    assert all(most < 2 * rows and most - rows < 32 for rows, most in enumerate(filled, start=1))
    assert len(set(filled)) == 14


@pytest.mark.parametrize("precision", ["fp32", "bf16", "nf4", "int8"])
def test_prompts_of_every_length_share_few_of_onednn_s_programs(
    precision: str, voices: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    network = Network(load_model(STARTER, precision))
    key = network.voices.load(voices / "north")
    torch.manual_seed(8)
    with torch.inference_mode(), torch.backends.mkldnn.verbose(torch.backends.mkldnn.VERBOSE_ON_CREATION):
        for length in range(1, 129):
            for voice in ("", key):
                slab = Slab.for_prompt(length)
                network.read([torch.randint(10, 8000, (length,)).tolist()], [slab], [voice])
    ctypes.CDLL(None).fflush(None)
    written = capfd.readouterr().out.count("primitive,create:cache_miss")
    # Ten numbers of rows, four products a layer, two more for each of a voice; and the head. One for each length
    # would be a thousand.
    assert written < 10 * (4 + 8) + 20


@pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="torch has no oneDNN here")
def test_a_step_of_many_rows_in_fp32_goes_through_onednn_and_one_of_few_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    met: list[int] = []
    multiply = packed._multiply

    def noted(state: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
        met.append(state.shape[0])
        return multiply(state, matrix)

    monkeypatch.setattr(packed, "_multiply", noted)
    for avx2_only, through_onednn in ((False, [8, 16, 1]), (True, [])):
        monkeypatch.setattr(machine, "has_avx2_only", lambda avx2_only=avx2_only: avx2_only)
        met.clear()
        product = packed.Whole(torch.randn(32, 16))
        for rows, many in ((1, False), (7, False), (8, False), (16, False), (1, True)):
            state = torch.randn(rows, 16)
            torch.testing.assert_close(product(state, many), state @ product.matrix.T)
        assert met == through_onednn


@pytest.mark.parametrize(
    ("avx2", "outputs", "inputs", "dtype", "strides"),
    [
        (True, (48, 16), 32, torch.float32, (1, 64)),
        (True, (16, 8), 32, torch.float32, (32, 1)),
        (True, (48, 16), 32, torch.bfloat16, (32, 1)),
        (False, (48, 16), 32, torch.float32, (32, 1)),
    ],
)
def test_matrices_are_laid_out_as_the_processor_reads_them_fastest(
    avx2: bool,
    outputs: tuple[int, int],
    inputs: int,
    dtype: torch.dtype,
    strides: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(machine, "has_avx2", lambda: avx2)
    parts = [torch.randn(size, inputs, dtype=dtype) for size in outputs]
    whole = packed.lay_out(parts)
    assert whole.stride() == strides
    assert torch.equal(whole, torch.cat(parts))


@torch.inference_mode()
def test_layers_and_embeddings_stay_what_they_are_in_any_order(ordinary: None) -> None:
    model = load_model(STARTER, "fp32").model
    layer = model.model.layers[0].mlp
    weights = [part.weight.data.clone() for part in (layer.gate_proj, layer.up_proj)]
    words = model.lm_head.weight.data.clone()
    product = join([layer.gate_proj, layer.up_proj])
    head = take_head(model, quantized=False)
    assert isinstance(product, Whole)
    assert isinstance(head, Whole)
    assert product.matrix.stride(0) == head.matrix.stride(0) == 1
    for part, weight in zip((layer.gate_proj, layer.up_proj), weights, strict=True):
        assert torch.equal(part.weight, weight)
        assert part.weight.untyped_storage().data_ptr() == product.matrix.untyped_storage().data_ptr()
    tokens = torch.tensor([0, 5, 8191])
    assert torch.equal(model.model.embed_tokens(tokens), words[tokens])
    # One memory for the words that are read and those that are written, as before.
    assert model.model.embed_tokens.weight.data_ptr() == head.matrix.data_ptr()
    assert model.lm_head.weight.data_ptr() == head.matrix.data_ptr()
