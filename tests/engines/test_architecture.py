"""What is known as a kin of Llama's is exactly that, and writes what transformers and PEFT write with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, PeftModel
from transformers import GPT2Config, GPT2LMHeadModel, LlamaForCausalLM

from creative.engines.architecture import Norm, can_write_out
from creative.engines.cache import Slab
from creative.engines.contract import WriteRequest
from creative.engines.loading import load_model
from creative.engines.local import open_engine
from creative.engines.network import Network

from .conftest import FolderShelf, submit_at_once
from .test_factors import save_voice
from .test_local import GREEDY, PROMPTS, generate
from .test_packed import error
from .tiny import KIN, save, tiny


@pytest.mark.parametrize("kind", KIN)
def test_every_kin_is_known(kind: str) -> None:
    assert can_write_out(tiny(kind))


class Likeness(LlamaForCausalLM):
    """A class of somebody's own, which may compute anything."""


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        ("llama", {"rope_parameters": {"rope_type": "dynamic", "rope_theta": 1e4, "factor": 2.0}}),
        ("gemma3", {"final_logit_softcapping": 30.0}),
        ("gemma3", {"attn_logit_softcapping": 50.0}),
        ("gemma3", {"use_bidirectional_attention": True}),
        ("gemma", {"use_bidirectional_attention": True}),
    ],
)
def test_a_kin_with_another_pass_goes_through_transformers(kind: str, changed: dict[str, Any]) -> None:
    assert not can_write_out(tiny(kind, **changed))


def test_a_kin_that_turns_a_part_of_each_head_goes_through_transformers() -> None:
    partial = {"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.5}
    assert not can_write_out(tiny("phi3", rope_parameters=partial))


@pytest.mark.parametrize("kind", ["llama", "olmo2", "gemma"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@torch.inference_mode()
def test_a_norm_is_the_model_s_own_on_a_cpu_and_as_a_gpu_computes_it(kind: str, dtype: torch.dtype) -> None:
    own = tiny(kind, dtype).model.norm
    norm = Norm(own)
    state = torch.randn(5, 32).to(dtype)
    for norm._fused in (False, True):
        assert norm(state).dtype == dtype
        assert error(norm(state), own(state)) < (1e-6 if dtype == torch.float32 else 2**-7)


def test_another_class_goes_through_transformers_whatever_its_name() -> None:
    assert not can_write_out(GPT2LMHeadModel(GPT2Config(vocab_size=8, n_embd=8, n_layer=1, n_head=1)))
    model = tiny("llama")
    model.__class__ = Likeness
    assert not can_write_out(model)
    Likeness.__name__ = "LlamaForCausalLM"
    assert not can_write_out(model)


def test_a_window_of_every_layer_is_no_end_where_the_step_knows_it(tmp_path: Path) -> None:
    windowed = save("mistral, a window of 5", tmp_path / "model")
    assert load_model(windowed, "fp32").context == 512
    config = json.loads((windowed / "config.json").read_text())
    config["rope_parameters"] = {"rope_type": "dynamic", "rope_theta": 1e4, "factor": 2.0}
    (windowed / "config.json").write_text(json.dumps(config))
    assert load_model(windowed, "fp32").context == 5  # through transformers


# Of Llamas only one; `generate` itself errs where the words of others are in the configuration.
@pytest.mark.parametrize("kind", [kind for kind in KIN if "llama" not in kind or "yarn" in kind])
def test_writers_together_write_what_generate_writes_with_their_voices(kind: str, tmp_path: Path) -> None:
    folder = save(kind, tmp_path / "model")
    save_voice(load_model(folder, "fp32").model, LoraConfig(target_modules="all-linear"), tmp_path / "voice")
    plain = load_model(folder, "fp32").model
    prompts = [PROMPTS[1][:300], PROMPTS[2]]
    expected = [generate(plain, prompt, 16) for prompt in prompts]
    tuned = PeftModel.from_pretrained(plain, tmp_path / "voice")
    expected += [generate(tuned, prompt, 16) for prompt in prompts]
    engine = open_engine(folder, "fp32", shelf=FolderShelf(tmp_path))
    try:
        requests = [
            WriteRequest(prompt, 16, GREEDY, adapter=name) for name in ("", "voice") for prompt in prompts
        ]
        # Random weights write bytes that are no character, and the engine shows none of those.
        assert submit_at_once(engine, requests) == [
            text.replace("\N{REPLACEMENT CHARACTER}", "") for text in expected
        ]
    finally:
        engine.close()
    assert len(set(expected)) == 4


@pytest.mark.parametrize("precision", ["bf16", "int8", "nf4"])
@pytest.mark.parametrize("kind", ["qwen2", "qwen3", "granite", "phi3"])
@torch.inference_mode()
def test_packed_kin_stray_no_further_than_transformers_with_a_voice_and_without(
    kind: str, precision: str, tmp_path: Path
) -> None:
    folder = save(kind, tmp_path / "model")
    save_voice(load_model(folder, "fp32").model, LoraConfig(target_modules="all-linear"), tmp_path / "voice")
    torch.manual_seed(4)
    tokens = torch.randint(10, 8000, (1, 40))

    def scores(kept: str) -> list[torch.Tensor]:
        model = load_model(folder, kept).model  # type: ignore[arg-type]
        plain = model(tokens).logits[0, 31:]
        return [plain, PeftModel.from_pretrained(model, tmp_path / "voice")(tokens).logits[0, 31:]]

    network = Network(load_model(folder, precision))  # type: ignore[arg-type]
    keys = ["", network.voices.load(tmp_path / "voice")]
    slab, read = Slab(), []
    for key in keys:
        alone = Slab.for_prompt(64)
        read.append(network.read([tokens[0, :32].tolist()], [alone], [key]))
        slab.join(alone.past(0))
    steps = [torch.stack(read)]
    for token in tokens[0, 32:].tolist():
        steps.append(network.step([[token]] * 2, slab, keys))
        slab.close_step()
    ours = torch.cat(steps, dim=1)
    # A voice's factors are multiplied in bf16 while a prompt is read, in fp32 by PEFT.
    for given, room, exact, theirs in zip(ours, (1.1, 1.5), scores("fp32"), scores(precision), strict=True):
        assert error(given, exact) < room * error(theirs, exact)
