"""Real tiny adapters, made with PEFT on the starter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

STARTER = Path(__file__).parents[2] / "creative" / "starter"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `lora`, `rslora`, `dora`, `prefix`, `other-base`, `gpt2` and more, as PEFT saves them."""
    torch = pytest.importorskip("torch")
    peft = pytest.importorskip("peft")
    transformers = pytest.importorskip("transformers")
    torch.set_num_threads(1)
    home = tmp_path_factory.mktemp("made")
    lora = {"r": 4, "target_modules": ["q_proj", "down_proj"], "task_type": "CAUSAL_LM"}
    configs = {
        "lora": peft.LoraConfig(**lora),
        "rslora": peft.LoraConfig(**lora, use_rslora=True),
        "dora": peft.LoraConfig(**lora, use_dora=True),
        "adalora": peft.AdaLoraConfig(
            init_r=6, target_r=4, total_step=10, target_modules=["q_proj"], task_type="CAUSAL_LM"
        ),
        "prefix": peft.PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=4),
    }
    for name, config in configs.items():
        model = transformers.AutoModelForCausalLM.from_pretrained(STARTER)
        peft.get_peft_model(model, config).save_pretrained(home / name)
    wide = transformers.LlamaConfig(
        vocab_size=100, hidden_size=96, intermediate_size=64, num_hidden_layers=8, num_attention_heads=4
    )
    other = peft.get_peft_model(transformers.LlamaForCausalLM(wide), configs["lora"])
    other.peft_config["default"].base_model_name_or_path = str(STARTER)
    other.save_pretrained(home / "other-base")
    save_words(home, peft, transformers)
    small = transformers.GPT2LMHeadModel(
        transformers.GPT2Config(vocab_size=64, n_positions=32, n_embd=16, n_layer=2, n_head=2)
    )
    small.save_pretrained(home / "gpt2-base")
    attention = {"r": 2, "target_modules": ["c_attn"], "fan_in_fan_out": True, "task_type": "CAUSAL_LM"}
    for name, bias in (("gpt2", "none"), ("gpt2-biased", "lora_only")):
        small = transformers.AutoModelForCausalLM.from_pretrained(home / "gpt2-base")
        peft.get_peft_model(small, peft.LoraConfig(**attention, bias=bias)).save_pretrained(home / name)
    return home


def save_words(home: Path, peft: Any, transformers: Any) -> None:
    """Save adapters of the vocabulary: of the starter's own, and of one of 5,000 tokens (`...-other`)."""
    targets = {"words": "embed_tokens", "head": "lm_head", "resized": "q_proj"}
    for name in ("words", "resized", "words-other", "head-other", "resized-other"):
        kind, _, other = name.partition("-")
        model = transformers.AutoModelForCausalLM.from_pretrained(STARTER, tie_word_embeddings=False)
        if other:
            model.resize_token_embeddings(5000, mean_resizing=False)
        config = peft.LoraConfig(r=4, target_modules=[targets[kind]], task_type="CAUSAL_LM")
        whole = True if kind == "resized" else "auto"
        peft.get_peft_model(model, config).save_pretrained(home / name, save_embedding_layers=whole)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An empty shelf."""
    folder = tmp_path / "voices"
    folder.mkdir()
    return folder
