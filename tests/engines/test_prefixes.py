"""Prefix-tuned voices write what PEFT writes with them, beside all others."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from peft import PeftModel, PrefixTuningConfig, get_peft_model
from transformers import AutoModelForCausalLM

from creative.engines.cache import Slab
from creative.engines.contract import Sampling, WriteRequest
from creative.engines.llama import LlamaStep
from creative.engines.local import open_engine
from creative.engines.voices import Voices
from creative.errors import AdapterMismatch, TextTooLong

from .conftest import STARTER, FolderShelf, text_of
from .test_local import PROMPTS, generate, write_together
from .tiny import tiny


def save_prefix(model: torch.nn.Module, tokens: int, folder: Path) -> None:
    """Save a random prefix, strong enough to be heard."""
    torch.manual_seed(tokens)
    tuned = get_peft_model(model, PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=tokens))
    for _, weight in tuned.named_parameters():
        if weight.requires_grad:
            torch.nn.init.normal_(weight, std=1.0)
    tuned.save_pretrained(folder)


@pytest.mark.parametrize(
    "kind", ["llama, a key head for each", "llama", "qwen2", "qwen3", "smollm3", "olmo2"]
)
@torch.inference_mode()
def test_the_scores_are_those_of_peft(tmp_path: Path, kind: str) -> None:
    with torch.inference_mode(False):
        save_prefix(tiny(kind), 5, tmp_path / "prefix")
    model = tiny(kind)
    prompt = torch.randint(0, 64, (1, 9))
    step = LlamaStep(model, 64)
    voices = Voices(model, step)
    key = voices.load(tmp_path / "prefix")
    read = Slab.for_prompt(14, voices.past(key))
    assert read.lengths == [5]
    read.open_step(model.device, 9)
    scores = step(prompt, read, voices.use([key], 9), plain=True)[0]
    peft = PeftModel.from_pretrained(tiny(kind), tmp_path / "prefix").eval()
    expected = peft(prompt).logits[0]
    assert (scores - expected).abs().max() < 1e-4 * expected.abs().max()
    assert (model(prompt).logits[0] - expected).abs().max() > 0.05 * expected.abs().max()


def test_prefixes_write_beside_other_voices_and_find_what_they_read(voices: Path, tmp_path: Path) -> None:
    (tmp_path / "north").symlink_to(voices / "north")
    for name, tokens in (("long", 30), ("short", 3)):
        fresh = AutoModelForCausalLM.from_pretrained(STARTER, dtype=torch.float32)
        save_prefix(fresh, tokens, tmp_path / name)
    engine = open_engine(STARTER, "fp32", shelf=FolderShelf(tmp_path))
    greedy, prompts = Sampling(temperature=0.0), PROMPTS[:2]
    try:
        names = ["long", "", "short", "north"]
        requests = [WriteRequest(prompt, 16, greedy, adapter=name) for name in names for prompt in prompts]
        texts = write_together(engine, requests)
        for place, name in enumerate(names):
            fresh = AutoModelForCausalLM.from_pretrained(STARTER, dtype=torch.float32).eval()
            tuned = PeftModel.from_pretrained(fresh, tmp_path / name).eval() if name else fresh
            expected = [generate(tuned, prompt, 16) for prompt in prompts]
            assert texts[2 * place : 2 * place + 2] == expected, name
        assert [text_of(list(engine.stream(request))) for request in requests] == texts  # from what was kept
        room = engine.info.context - engine.count("A dog")
        pieces = list(
            engine.stream(WriteRequest("A dog", 5000, Sampling(temperature=1.0), adapter="long", seed=1))
        )
        assert pieces[-1].counts.new_tokens <= room - 30
        with pytest.raises(TextTooLong, match="30 of the voice"):
            list(engine.stream(WriteRequest("dog " * (engine.info.context - 10), 5, greedy, adapter="long")))
    finally:
        engine.close()


def test_a_prefix_of_another_shape_is_refused(tmp_path: Path) -> None:
    save_prefix(tiny("llama, a key head for each"), 5, tmp_path / "prefix")
    with pytest.raises(AdapterMismatch, match="belongs"):
        Voices(tiny("llama")).load(tmp_path / "prefix")
