"""The written-out step gives the scores that transformers gives, for every kind of model and precision."""

from __future__ import annotations

import pytest
import torch

from creative.engines import joined
from creative.engines.cache import Slab
from creative.engines.joined import join, take_head
from creative.engines.llama import LlamaStep
from creative.engines.loading import load_model
from creative.engines.packed import Bytes, Whole, can_block

from .conftest import STARTER
from .test_packed import error
from .tiny import KIN, tiny

CPU = torch.device("cpu")


@pytest.mark.parametrize("kind", KIN)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@torch.inference_mode()
def test_rows_of_different_lengths_get_the_scores_of_a_plain_forward(kind: str, dtype: torch.dtype) -> None:
    model = tiny(kind, dtype)
    prompts = [torch.randint(0, 64, (1, length)) for length in (3, 17, 9)]
    following = torch.randint(0, 64, (4, 3))
    texts = [torch.cat([prompt, following[:, row : row + 1].T], 1) for row, prompt in enumerate(prompts)]
    exact = torch.stack([tiny(kind, dtype).float()(text).logits[0, -5:] for text in texts])
    theirs = error(torch.stack([model(text).logits[0, -5:] for text in texts]), exact)
    alone, together = torch.empty(2, *exact.shape)
    step, slab = LlamaStep(model, 64), Slab()
    for row, prompt in enumerate(prompts):
        read = Slab.for_prompt(prompt.shape[1] + 4)
        for piece in prompt.split(7, dim=1):
            read.open_step(CPU, piece.shape[1])
            given = step(piece, read, None, plain=True, last=True)
            read.close_step()
        assert given.shape[1] == 1
        alone[row, 0] = together[row, 0] = given[0, 0]
        slab.join(read.past(0))
        for turn in range(4):
            read.open_step(CPU)
            alone[row, turn + 1] = step(following[turn, row].view(1, 1), read, None, plain=True)[0, 0]
            read.close_step()
    for turn in range(2):
        if turn:
            step.restore()  # as before a voice of PEFT's is put around the layers
        slab.open_step(CPU)
        together[:, turn + 1] = step(following[turn].unsqueeze(1), slab, None, plain=turn % 2 == 0)[:, 0]
        slab.close_step()
    slab.open_step(CPU, 2)
    together[:, 3:] = step(following[2:].T, slab, None, plain=True)
    for given in (alone, together):
        if dtype == torch.float32:
            assert (given - exact).abs().max() < 1e-4
        else:
            assert error(given, exact) < 1.3 * theirs  # some room: the scores are few


def test_joined_matrices_take_no_memory_of_their_own() -> None:
    model = tiny("llama")
    LlamaStep(model, 64)
    first, last = (model.model.layers[0].mlp.gate_proj, model.model.layers[0].mlp.up_proj)
    assert first.weight.untyped_storage().data_ptr() == last.weight.untyped_storage().data_ptr()


@torch.inference_mode()
def test_joined_4_bit_matrices_give_what_the_layers_give() -> None:
    attention = load_model(STARTER, "nf4").model.model.layers[0].self_attn
    layers = [attention.q_proj, attention.k_proj, attention.v_proj]
    state = torch.randn(3, attention.q_proj.in_features, dtype=torch.bfloat16)
    expected = torch.cat([layer(state) for layer in layers], dim=-1)
    product = join(layers)
    if product is None:
        pytest.skip("this processor has no product of its own for 4 bits")
    assert torch.equal(product(state), expected)
    assert torch.equal(torch.cat([layer(state) for layer in layers], dim=-1), expected)


@torch.inference_mode()
def test_a_large_head_that_is_the_embeddings_too_is_copied_in_8_bits_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(joined, "_MOST_COPIED", 1000)
    model = tiny("qwen2", torch.bfloat16, vocab_size=8192, hidden_size=640)
    head = take_head(model, quantized=False)
    assert head is None if can_block(model.lm_head.weight) else isinstance(head, Whole)
    assert isinstance(take_head(model, quantized=True), Bytes)


def test_layers_of_two_kinds_or_of_which_one_has_a_bias_are_not_joined() -> None:
    bare = torch.nn.Linear(256, 256, bias=False)
    assert join([bare, torch.nn.Linear(256, 256)]) is None
    attention = load_model(STARTER, "int8").model.model.layers[0].self_attn
    assert join([attention.q_proj, bare]) is None
