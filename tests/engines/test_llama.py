"""The written-out step gives the scores that transformers gives, for every kind of head and precision."""

from __future__ import annotations

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from creative.engines.cache import Slab
from creative.engines.joined import join
from creative.engines.llama import LlamaStep, can_write_out
from creative.engines.loading import load_model

from .conftest import STARTER

CPU = torch.device("cpu")


def tiny_llama(kv_heads: int, dtype: torch.dtype, bias: bool = False) -> LlamaForCausalLM:
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=64,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=kv_heads,
        max_position_embeddings=64,
        attention_bias=bias,
        initializer_range=0.3,
    )
    return LlamaForCausalLM(config).to(dtype).eval()


@pytest.mark.parametrize("kv_heads", [4, 2, 1])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@torch.inference_mode()
def test_rows_of_different_lengths_get_the_scores_of_a_plain_forward(
    kv_heads: int, bias: bool, dtype: torch.dtype
) -> None:
    model = tiny_llama(kv_heads, dtype, bias)
    prompts = [torch.randint(0, 64, (1, length)) for length in (3, 17, 9)]
    following = torch.randint(0, 64, (4, 3))
    texts = [torch.cat([prompt, following[:, row : row + 1].T], 1) for row, prompt in enumerate(prompts)]
    plain = [model(text).logits[0, -4:] for text in texts]
    expected = [tiny_llama(kv_heads, dtype, bias).float()(text).logits[0, -4:] for text in texts]
    # In bf16 no further from the exact scores than transformers is.
    strayed = max(float((one - other).abs().max()) for one, other in zip(plain, expected, strict=True))
    apart = 1e-4 + 1.5 * strayed
    step, slab = LlamaStep(model, 64), Slab()
    for prompt in prompts:
        read = Slab.for_prompt(prompt.shape[1] + 4)
        for piece in prompt.split(7, dim=1):
            read.open_step(CPU, piece.shape[1])
            given = step(piece, read, None, plain=True, last=True)
            read.close_step()
        assert given.shape[1] == 1
        slab.join(read.past(0))
    for turn in range(2):
        if turn:
            step.restore()  # as before a voice of PEFT's is put around the layers
        slab.open_step(CPU)
        scores = step(following[turn].unsqueeze(1), slab, None, plain=turn % 2 == 0)[:, 0]
        slab.close_step()
        for row in range(3):
            assert (scores[row] - expected[row][turn]).abs().max() < apart
    slab.open_step(CPU, 2)
    scores = step(following[2:].T, slab, None, plain=True)
    for row in range(3):
        assert (scores[row] - expected[row][2:]).abs().max() < apart


def test_only_a_llama_with_fixed_rotation_is_written_out() -> None:
    llama = tiny_llama(2, torch.float32)
    assert can_write_out(llama)
    llama.config.rope_parameters = {"rope_type": "dynamic", "rope_theta": 1e4, "factor": 2.0}
    assert not can_write_out(llama)
    assert not can_write_out(GPT2LMHeadModel(GPT2Config(vocab_size=8, n_embd=8, n_layer=1, n_head=1)))


def test_joined_matrices_take_no_memory_of_their_own() -> None:
    model = tiny_llama(2, torch.float32)
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


def test_layers_with_a_bias_or_of_two_kinds_are_not_joined() -> None:
    assert join([torch.nn.Linear(4, 4), torch.nn.Linear(4, 4)]) is None
    attention = load_model(STARTER, "int8").model.model.layers[0].self_attn
    assert join([attention.q_proj, torch.nn.Linear(256, 256, bias=False)]) is None
