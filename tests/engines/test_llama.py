"""The written-out step gives the scores that transformers gives, for every kind of head and precision."""

from __future__ import annotations

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM
from transformers.cache_utils import DynamicCache

from creative.engines.cache import Slab
from creative.engines.llama import LlamaStep, can_write_out


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
@pytest.mark.parametrize(("dtype", "apart"), [(torch.float32, 1e-4), (torch.bfloat16, 0.15)])
@torch.inference_mode()
def test_rows_of_different_lengths_get_the_scores_of_a_plain_forward(
    kv_heads: int, bias: bool, dtype: torch.dtype, apart: float
) -> None:
    model = tiny_llama(kv_heads, dtype, bias)
    prompts = [torch.randint(0, 64, (1, length)) for length in (3, 17, 9)]
    following = torch.randint(0, 64, (4, 3))
    expected = [
        torch.stack(
            [
                model(torch.cat([prompt, following[: end + 1, row : row + 1].T], 1)).logits[0, -1]
                for end in range(4)
            ]
        )
        for row, prompt in enumerate(prompts)
    ]
    slab = Slab()
    for prompt in prompts:
        past = DynamicCache()
        model(prompt, past_key_values=past, use_cache=True)
        slab.join(past)
    step = LlamaStep(model, 64)
    for turn in range(4):
        slab.open_step(torch.device("cpu"))
        scores = step(following[turn], slab, slab.mask(dtype), plain=turn % 2 == 0)
        slab.close_step()
        for row in range(3):
            assert (scores[row] - expected[row][turn]).abs().max() < apart


def test_only_a_llama_with_fixed_rotation_is_written_out() -> None:
    llama = tiny_llama(2, torch.float32)
    assert can_write_out(llama)
    llama.config.rope_parameters = {"rope_type": "dynamic", "rope_theta": 1e4, "factor": 2.0}
    assert not can_write_out(llama)
    assert not can_write_out(GPT2LMHeadModel(GPT2Config(vocab_size=8, n_embd=8, n_layer=1, n_head=1)))


def test_joined_matrices_take_no_memory_of_their_own() -> None:
    model = tiny_llama(2, torch.float32)
    step = LlamaStep(model, 64)
    attention = model.model.layers[0].self_attn
    joined = step._joined[0]
    assert joined is not None
    assert attention.k_proj.weight.untyped_storage().data_ptr() == joined[0].untyped_storage().data_ptr()
