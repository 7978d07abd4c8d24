"""Sample cards: the same prompt and seed give the same text, whatever stands beside them."""

from __future__ import annotations

import pytest
import torch
from peft import LoraConfig, get_peft_model

from creative.engines.loading import Loaded, load_model
from creative.training.folder import SamplePrompt
from creative.training.job.samples import write_samples

from .jobs import STARTER, ask

PROMPTS = [SamplePrompt("fog", ask("fog"), 3), SamplePrompt("sea", "The sea", 4)]


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    """Give the starter with a voice that says nothing yet."""
    torch.set_num_threads(1)
    return load_model(STARTER, "fp32")


@pytest.fixture(scope="module")
def voice(loaded: Loaded) -> object:
    """Give the starter with a loud random voice."""
    torch.manual_seed(0)
    config = LoraConfig(
        r=2, target_modules=["q_proj", "v_proj"], init_lora_weights=False, task_type="CAUSAL_LM"
    )
    return get_peft_model(loaded.model, config)


def test_a_seed_gives_its_text_again_alone_and_in_company(loaded: Loaded, voice: object) -> None:
    together = write_samples(voice, loaded, PROMPTS, 12)
    assert write_samples(voice, loaded, PROMPTS, 12) == together
    assert write_samples(voice, loaded, PROMPTS[:1], 12) == together[:1]
    other = SamplePrompt("fog", ask("fog"), 5)
    assert write_samples(voice, loaded, [other], 12) != together[:1]
    assert all(together)


def test_the_base_alone_writes_another_text_than_its_voice(loaded: Loaded, voice: object) -> None:
    assert write_samples(voice, loaded, PROMPTS, 12, plain=True) != write_samples(voice, loaded, PROMPTS, 12)


def test_writing_samples_changes_neither_the_mode_nor_the_draws_of_the_training(
    loaded: Loaded, voice: torch.nn.Module
) -> None:
    voice.train()
    torch.manual_seed(9)
    before = torch.rand(3)
    torch.manual_seed(9)
    write_samples(voice, loaded, PROMPTS, 4)
    assert torch.equal(torch.rand(3), before)
    assert voice.training


def test_a_prompt_longer_than_the_context_keeps_its_end(loaded: Loaded, voice: object) -> None:
    long = SamplePrompt("long", "word " * 3000 + "The sea", 1)
    assert len(write_samples(voice, loaded, [long], 8)) == 1
