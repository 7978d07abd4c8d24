"""Layers that gave their weights away to be held otherwise get them back for a voice that stands around them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bitsandbytes as bnb
import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file

from creative.catalogue.fit import weights_gb
from creative.catalogue.weights import measure
from creative.engines.cache import Slab
from creative.engines.joined import Replaced
from creative.engines.loading import load_model
from creative.engines.local import open_engine
from creative.engines.network import Network
from creative.engines.originals import Originals
from creative.engines.packed import Int4

from .conftest import STARTER
from .test_packed import error
from .tiny import save

needs_int4 = pytest.mark.skipif(not Int4.takes(64, 64), reason="torch has no fast int4 product here")


def layers_of(model: Any) -> list[bnb.nn.Linear4bit]:
    return [module for module in model.modules() if isinstance(module, bnb.nn.Linear4bit)]


@needs_int4
@torch.inference_mode()
def test_nf4_gives_way_to_int4_where_the_processor_has_no_product_for_it_and_comes_back(
    ordinary: None,
) -> None:
    plain = layers_of(load_model(STARTER, "nf4").model)
    network = Network(load_model(STARTER, "nf4"))
    step = network._written_out
    assert step is not None
    assert len(step.int4) == 4 * len(network.model.model.layers)
    assert not any(layer.weight.numel() for layer in layers_of(network.model))  # held once
    step.restore()
    step.restore()
    for layer, theirs in zip(layers_of(network.model), plain, strict=True):
        assert torch.equal(layer.weight, theirs.weight)
        state = torch.randn(2, layer.in_features, dtype=torch.bfloat16)
        assert torch.equal(layer(state), theirs(state))


@needs_int4
def test_the_memory_of_int4_is_what_fit_counts(ordinary: None) -> None:
    network = Network(load_model(STARTER, "nf4"))
    step = network._written_out
    assert step is not None
    left = sum(parameter.nbytes for parameter in network.model.parameters())
    held_gb = (left + sum(matrix.bytes_held for matrix in step.int4)) / 1e9
    assert weights_gb(measure(STARTER).shape, "nf4", int4=True) == pytest.approx(held_gb, rel=0.03)


@needs_int4
@pytest.mark.parametrize("kind", ["qwen2", "qwen3", "phi3", "gemma3"])
@torch.inference_mode()
def test_in_int4_a_model_is_nearer_to_the_unquantized_one_than_in_nf4(
    kind: str, tmp_path: Path, ordinary: None
) -> None:
    folder = save(kind, tmp_path)
    texts = torch.randint(10, 8000, (8, 12))
    exact = load_model(folder, "fp32").model(texts).logits[:, -1]
    theirs = error(load_model(folder, "nf4").model(texts).logits[:, -1], exact)
    network = Network(load_model(folder, "nf4"))
    assert network.int4_bytes
    given = [network.read([text], [Slab.for_prompt(12)], [""])[0] for text in texts.tolist()]
    assert error(torch.stack(given), exact) < theirs


@torch.inference_mode()
def test_a_folder_without_a_layer_s_own_matrix_leaves_it_in_nf4(tmp_path: Path, ordinary: None) -> None:
    folder = save("llama", tmp_path)
    loaded = load_model(folder, "nf4")
    originals = Originals(loaded.model, folder)
    layer = loaded.model.model.layers[0].mlp.up_proj
    assert originals.has(layer)
    file = folder / "model.safetensors"
    weights = load_file(file)
    name = "model.layers.0.mlp.up_proj.weight"
    assert torch.equal(originals.read(layer), weights[name])
    for strange in ({name: weights[name][:5]}, {name: weights[name].to(torch.uint8)}, {}):
        save_file({**{key: value for key, value in weights.items() if key != name}, **strange}, file)
        assert not Originals(loaded.model, folder).has(layer)
    assert not originals.has(torch.nn.Linear(2, 2))
    network = Network(loaded)
    assert network._written_out is not None
    products = network._written_out.products
    assert not isinstance(products[2], Replaced)  # gate and up of the first layer
    assert layer.weight.numel()


@needs_int4
def test_the_engine_says_that_its_4_bits_are_int4(ordinary: None) -> None:
    engine = open_engine(STARTER, "nf4", "NF4: needs 2 of 3.")
    try:
        assert engine.info.precision == "nf4"  # what a training on it takes
        assert engine.info.why.startswith("NF4: needs 2 of 3. Its 4 bits are int4 in groups of 32")
        assert engine.info.memory_gb > load_model(STARTER, "nf4").memory_gb
    finally:
        engine.close()


@pytest.mark.parametrize("precision", ["bf16", "nf4"])
@torch.inference_mode()
def test_a_voice_that_needs_the_layers_themselves_gets_their_weights_back(
    precision: str, voices: Path, processor: None
) -> None:
    with torch.inference_mode(False):  # as an engine opens it
        network = Network(load_model(STARTER, precision))
    torch.manual_seed(5)
    prompt = torch.randint(10, 8000, (12,)).tolist()

    def write(voice: str) -> torch.Tensor:
        slab = Slab.for_prompt(16)
        network.read([prompt], [slab], [voice])
        return network.step([[7]], slab, [voice])[0, 0]

    before = write("")
    key = network.voices.load(voices / "dora")
    peft = PeftModel.from_pretrained(load_model(STARTER, precision).model, voices / "dora").eval()
    expected = peft(torch.tensor([[*prompt, 7]])).logits[0, -1]
    assert error(write(key), expected) < 0.05
    assert error(expected, before) > 0.2
    assert error(write(""), before) < 0.02
