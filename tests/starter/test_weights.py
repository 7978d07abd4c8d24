"""The shipped model: it loads, its template fits the app, its card is there, and it writes clean words."""

from pathlib import Path

import pytest
import torch
from transformers import AutoTokenizer, LlamaForCausalLM, PreTrainedTokenizerBase

from creative.starter.recipe.clean import find_listed
from creative.starter.recipe.data import STARTER
from creative.starter.recipe.render import render_prompt

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerBase:
    return AutoTokenizer.from_pretrained(STARTER)


@pytest.fixture(scope="module")
def model() -> LlamaForCausalLM:
    torch.set_num_threads(1)
    return LlamaForCausalLM.from_pretrained(STARTER, dtype=torch.float32).eval()


def test_the_weights_are_safetensors_in_small_shards() -> None:
    shards = list(STARTER.glob("*.safetensors"))
    assert shards
    assert all(s.stat().st_size <= 15 * MEGABYTE for s in shards)
    assert sum(s.stat().st_size for s in shards) <= 64 * MEGABYTE
    assert not [p for p in STARTER.rglob("*") if p.suffix in {".bin", ".pt", ".pkl", ".pth"}]


def test_the_model_has_a_context_of_1024_and_ends_where_a_turn_ends(model: LlamaForCausalLM) -> None:
    assert model.config.max_position_embeddings >= 1024
    assert set(model.generation_config.eos_token_id) == {0, 2}


def test_the_template_frames_every_message(tokenizer: PreTrainedTokenizerBase) -> None:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "A story."}]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert text == (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nA story.<|im_end|>\n<|im_start|>assistant\n"
    )
    ids = tokenizer(text).input_ids
    assert tokenizer.decode(ids) == text
    assert ids.count(1) == 3
    assert ids.count(2) == 2


def test_the_template_goes_on_in_the_middle_of_the_last_message(tokenizer: PreTrainedTokenizerBase) -> None:
    messages = [{"role": "user", "content": "A story."}, {"role": "assistant", "content": "Once upon a"}]
    text = tokenizer.apply_chat_template(messages, tokenize=False, continue_final_message=True)
    assert text.endswith("<|im_start|>assistant\nOnce upon a")


def test_every_text_comes_back_from_the_tokenizer_as_it_was(tokenizer: PreTrainedTokenizerBase) -> None:
    for text in (
        "INT. KITCHEN - NIGHT\n\nANA\n(softly)\nNo.",
        "“We were not asked,” £2.3 million — naïve 故事 🙂",
        "  a\n\n\tb",
    ):
        assert tokenizer.decode(tokenizer(text).input_ids) == text


def test_the_card_names_the_sources_and_what_it_is_not_good_for() -> None:
    card = (STARTER / "README.md").read_text(encoding="utf-8")
    for needed in ("Licence", "Sources", "Not good for", "held-out", "recipe"):
        assert needed in card, needed
    attribution = (STARTER / "ATTRIBUTION.md").read_text(encoding="utf-8")
    assert all(
        name in attribution for name in ("African Storybook", "Pratham Books", "Book Dash", "Wikinews")
    )
    assert not any(Path(line).is_absolute() for line in card.split())


BRIEFS = (
    ("story", {"premise": "A cat named Ivor will not come down from the church tower.", "length": "short"}),
    (
        "lyrics",
        {"theme": "The cat at the window", "structure": "Verse, Chorus, Verse, Chorus", "length": "short"},
    ),
    (
        "screenplay",
        {"logline": "Ada asks Tom for the key to the attic.", "location": "Attic", "length": "short"},
    ),
)


@torch.inference_mode()
def test_a_handful_of_texts_holds_no_listed_word(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase
) -> None:
    tokenizer.padding_side = "left"
    prompts = [render_prompt(form, brief) for form, brief in BRIEFS]
    prompts += ["One day the little cat", '"What an odd fellow!" he', "A donkey and a rooster"]
    inputs = tokenizer(prompts, return_tensors="pt", padding=True, return_token_type_ids=False)
    torch.manual_seed(0)
    ids = model.generate(**inputs, max_new_tokens=120, do_sample=True, temperature=0.9, top_p=0.95)
    texts = tokenizer.batch_decode(ids[:, inputs.input_ids.shape[1] :], skip_special_tokens=True)
    assert all(len(text.split()) > 20 for text in texts)
    assert [word for text in texts for word in find_listed(text)] == []
