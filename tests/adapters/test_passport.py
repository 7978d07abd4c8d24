"""Passport and card of a voice, as a training writes them and others read them."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from huggingface_hub import ModelCard

from creative.adapters import Shelf
from creative.adapters.card import compose_card, write_card
from creative.adapters.passport import BaseMarks, Passport, read_marks, read_passport, write_passport
from creative.errors import ModelDamaged

STARTER = Path(__file__).parents[2] / "creative" / "starter"
REPORT = {
    "verdict": "much",
    "sentences": ["On pages it had not seen, the voice is 31 % less surprised."],
    "warnings": ["It repeats itself | often."],
    "perplexity": {"before": 20.0, "after": 13.8, "change_percent": -31.0},
    "voice_distance": {"base": {"total": 3.2}, "voice": {"total": 1.6}, "own": {}},
    "memorisation": {
        "longest_run": 9,
        "base_longest_run": 5,
        "runs": [{"excerpt": "a passage of the pages"}],
    },
    "diversity": {},
}
PASSPORT = Passport(
    title="Winter Coast",
    base_id="Qwen/Qwen2.5-0.5B-Instruct",
    base_fingerprint="f" * 16,
    form="ad_copy",
    note="Cold.",
    base=BaseMarks("0" * 40, "a" * 64, "b" * 64),
    quantization="nf4",
    style="form",
    language="Chinese",
    rights="mine",
    settings={"method": "dora", "rank": 16, "learning_rate": 2e-3},
    results=REPORT,
    kept_step=40,
    made_with={"peft": "0.21.2"},
)


def test_the_shelf_reads_what_is_written(made: Path, place: Path) -> None:
    folder = Path(shutil.copytree(made / "lora", place / "winter"))
    write_passport(folder, PASSPORT)
    (voice,) = Shelf((place,)).list()
    assert (voice.title, voice.base_id, voice.form, voice.note) == (
        "Winter Coast",
        "Qwen/Qwen2.5-0.5B-Instruct",
        "ad_copy",
        "Cold.",
    )
    assert voice.base_fingerprint == "f" * 16
    told = read_passport(folder)
    assert told["base"] == {"revision": "0" * 40, "weights_hash": "a" * 64, "tokenizer_hash": "b" * 64}
    assert told["results"]["perplexity"]["after"] == 13.8
    assert not [file for file in folder.iterdir() if file.name.startswith(".")]


def test_passages_of_the_pages_do_not_travel_with_the_voice(tmp_path: Path) -> None:
    write_passport(tmp_path, PASSPORT)
    write_card(tmp_path, PASSPORT)
    for name in ("passport.json", "README.md"):
        assert "a passage of the pages" not in (tmp_path / name).read_text()
    assert read_passport(tmp_path)["results"]["memorisation"] == {"longest_run": 9, "base_longest_run": 5}


def test_a_voice_without_a_passport_has_an_empty_one_and_a_damaged_one_is_told(tmp_path: Path) -> None:
    assert read_passport(tmp_path) == {}
    for body in ("{", "[]", '{"loss": Infinity}'):
        (tmp_path / "passport.json").write_text(body)
        with pytest.raises(ModelDamaged, match=r"passport\.json cannot be read"):
            read_passport(tmp_path)


def test_marks_tell_weights_and_tokenizer_apart(tmp_path: Path) -> None:
    shards = sorted(STARTER.glob("*.safetensors"))
    for file in (*shards, STARTER / "tokenizer.json", STARTER / "config.json"):
        shutil.copy(file, tmp_path)
    first = read_marks(tmp_path)
    listed = "".join(f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}\n" for file in shards)
    assert first.weights_hash == hashlib.sha256(listed.encode()).hexdigest()
    assert first.revision == ""
    (tmp_path / "tokenizer.json").write_text("{}")
    second = read_marks(tmp_path)
    assert (second.weights_hash, second.tokenizer_hash != first.tokenizer_hash) == (first.weights_hash, True)


def test_a_snapshot_of_the_hub_names_its_revision_and_is_not_read_again(tmp_path: Path) -> None:
    snapshot = tmp_path / "models--a--b" / "snapshots" / ("1" * 40)
    blobs = tmp_path / "models--a--b" / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    (blobs / ("c" * 64)).write_bytes(b"not hashed again")
    (snapshot / "model.safetensors").symlink_to(blobs / ("c" * 64))
    marks = read_marks(snapshot)
    assert marks.revision == "1" * 40
    assert marks.weights_hash == hashlib.sha256(f"model.safetensors {'c' * 64}\n".encode()).hexdigest()


def test_the_card_is_one_that_the_hub_reads(tmp_path: Path) -> None:
    write_card(tmp_path, PASSPORT)
    card = ModelCard.load(tmp_path / "README.md")
    matter = card.data.to_dict()
    assert matter["base_model"] == "Qwen/Qwen2.5-0.5B-Instruct"
    assert (matter["library_name"], matter["base_model_relation"], matter["language"]) == (
        "peft",
        "adapter",
        "zh",
    )
    assert matter["license"] == "other"
    assert {"creative-writing", "dora", "ad-copy"} <= set(matter["tags"])
    assert "31 % less surprised" in card.text
    assert "| Perplexity on held-out pages | 20 | 13.8 |" in card.text
    assert (
        "| Voice distance to the held-out pages (1: as far as they are from each other) | 3.2 | 1.6 |"
        in card.text
    )
    assert "| Rank | 16 |" in card.text
    assert "has confirmed that the pages are their own" in card.text


def test_a_base_that_is_no_hub_id_is_named_but_not_in_the_front_matter() -> None:
    text = compose_card(replace(PASSPORT, base_id="starter"))
    assert "base_model" not in yaml.safe_load(text.split("---\n")[1])
    assert 'from_pretrained("path/to/starter")' in text


def test_nothing_that_a_person_types_becomes_markup() -> None:
    odd = "x\n---\ntags: [evil]\n<script>|`[a](b)"
    text = compose_card(
        replace(PASSPORT, title=odd, base_id=odd, form=odd, language=odd, rights=odd, settings={odd: odd})
    )
    assert yaml.safe_load(text.split("---\n")[1]).keys() == {
        *("library_name", "pipeline_tag", "license", "license_name", "tags"),
    }
    assert "<script>" not in text.replace("\\<script\\>", "")
    assert "# x --- tags: \\[evil\\] \\<script\\>\\|\\`\\[a\\](b)\n" in text


def test_a_card_without_results_says_so() -> None:
    assert "Nothing was measured." in compose_card(replace(PASSPORT, results={}))


def test_the_card_tells_how_to_load_it_and_that_works(made: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(made / "lora", tmp_path / "voice"))
    write_card(folder, replace(PASSPORT, base_id="starter"))
    (code,) = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    code = code.replace("path/to/starter", str(STARTER)).replace("path/to/this/folder", str(folder))
    found: dict[str, object] = {}
    exec(compile(code, "card", "exec"), found)
    assert type(found["model"]).__name__ == "PeftModelForCausalLM"
    assert json.loads((folder / "adapter_config.json").read_text())["r"] == 4
