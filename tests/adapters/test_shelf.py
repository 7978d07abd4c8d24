"""The shelf with real adapters: found, named, matched with a model, and refused when they do not belong."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from safetensors.numpy import load_file, save_file

from creative.adapters import Shelf
from creative.adapters.shelf import name_voice
from creative.errors import AdapterMismatch, ModelDamaged, UnknownVoice

STARTER = Path(__file__).parents[2] / "creative" / "starter"


@dataclass(frozen=True)
class Info:
    """What the shelf reads of a model in use."""

    model: str = "starter"
    fingerprint: str = "f" * 16


def put(source: Path, target: Path, **passport: object) -> Path:
    shutil.copytree(source, target)
    if passport:
        (target / "passport.json").write_text(json.dumps(passport))
    return target


def change(folder: Path, **changes: object) -> None:
    config = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps({**config, **changes}))


def test_a_plain_peft_folder_is_a_voice_at_once(made: Path, place: Path) -> None:
    shelf = Shelf((place, place / "not there"))
    assert shelf.list() == ()
    put(made / "lora", place / "winter-coast")
    (voice,) = shelf.list()
    assert (voice.name, voice.title, voice.base_id) == ("winter-coast", "Winter coast", "starter")
    assert (voice.rank, voice.method, voice.form, voice.base_fingerprint) == (4, "LoRA", "", "")
    assert shelf.find("winter-coast") == voice


@pytest.mark.parametrize(
    ("kind", "method", "rank"),
    [("lora", "LoRA", 4), ("rslora", "rsLoRA", 4), ("dora", "DoRA", 4), ("prefix", "prefix tuning", 0)],
)
def test_every_method_is_known_and_fits_its_own_base(
    made: Path, place: Path, kind: str, method: str, rank: int
) -> None:
    put(made / kind, place / kind)
    shelf = Shelf((place,))
    voice = shelf.find(kind)
    assert (voice.method, voice.rank) == (method, rank)
    shelf.verify(voice, Info(), STARTER)


def test_the_passport_says_more_and_odd_values_in_it_do_no_harm(made: Path, place: Path) -> None:
    known = {"title": "Winter\nCoast ", "base_id": "starter", "base_fingerprint": "f" * 16, "form": "story"}
    put(made / "lora", place / "a", **known, note="Cold. " * 100)
    put(made / "lora", place / "b", title=7, base_id=["x"], form=None, note={})
    one, two = Shelf((place,)).list()
    assert (one.title, one.form, one.base_fingerprint, len(one.note)) == (
        "Winter Coast",
        "story",
        "f" * 16,
        300,
    )
    assert (two.title, two.base_id, two.form, two.note) == ("B", "starter", "", "")


def test_an_unknown_name_lists_those_there_are(made: Path, place: Path) -> None:
    put(made / "lora", place / "winter")
    shelf = Shelf((place,))
    for name in ("summer", "../winter", "winter/../winter", "/etc", "", ".", "winter\0"):
        with pytest.raises(UnknownVoice, match="There are: winter"):
            shelf.find(name)


def test_names_are_small_and_plain_whatever_the_folder_is_called(
    made: Path, place: Path, tmp_path: Path
) -> None:
    for number, name in enumerate(("Ein Stück!", "ein stück", "灯塔", "__", "x" * 200)):
        put(made / "lora", place / name, title=str(number))
    names = [voice.name for voice in Shelf((place,)).list()]
    assert len(set(names)) == 5
    assert {"ein-st-ck", "ein-st-ck-2", "voice", "voice-2", "x" * 60} == set(names)
    assert name_voice(tmp_path / "..;rm -rf") == "rm-rf"


def test_a_single_voice_stands_beside_the_shelf(made: Path, place: Path, tmp_path: Path) -> None:
    put(made / "lora", place / "winter")
    single = put(made / "dora", tmp_path / "elsewhere" / "winter")
    shelf = Shelf((place,), (single,))
    assert [(voice.name, voice.method) for voice in shelf.list()] == [
        ("winter", "DoRA"),
        ("winter-2", "LoRA"),
    ]
    assert shelf.add(single).name == "winter"
    assert len(shelf.list()) == 2
    shutil.rmtree(single)
    assert [voice.name for voice in shelf.list()] == ["winter"]


def test_a_single_voice_that_stands_on_the_shelf_is_listed_once(made: Path, place: Path) -> None:
    put(made / "lora", place / "winter")
    assert [voice.name for voice in Shelf((place,), (place / "winter",)).list()] == ["winter"]


def test_a_single_voice_that_is_none_is_refused_by_name(made: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelDamaged, match="no voice folder"):
        Shelf((), (tmp_path / "nowhere",))
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ModelDamaged, match=r"no adapter_model\.safetensors"):
        Shelf((), (empty,))


def test_a_pickle_is_never_a_voice(made: Path, place: Path) -> None:
    folder = put(made / "lora", place / "old")
    (folder / "adapter_model.safetensors").rename(folder / "adapter_model.bin")
    shelf = Shelf((place,))
    assert shelf.list() == ()
    (fault,) = shelf.faults()
    assert "adapter_model.bin, a kind of file that can run code" in fault.message
    with pytest.raises(ModelDamaged, match="can run code"):
        shelf.add(folder)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"peft_type": "LOHA"}, "LOHA"),
        ({"peft_type": None}, "None"),
        ({"megatron_config": {"a": 1}, "megatron_core": "os"}, "megatron_config"),
        ({"layer_replication": [[0, 4], [2, 5]]}, "layer_replication"),
    ],
)
def test_settings_that_would_do_more_than_adapt_are_refused(
    made: Path, place: Path, changes: dict[str, object], said: str
) -> None:
    change(put(made / "lora", place / "odd"), **changes)
    put(made / "lora", place / "good")
    shelf = Shelf((place,))
    assert [voice.name for voice in shelf.list()] == ["good"]
    assert said in shelf.faults()[0].message


@pytest.mark.parametrize("content", ["", "{", "[]", "[" * 100_000, '"text"'])
def test_settings_that_cannot_be_read_are_a_fault_and_the_rest_stays(
    made: Path, place: Path, content: str
) -> None:
    (put(made / "lora", place / "odd") / "adapter_config.json").write_text(content)
    put(made / "lora", place / "good")
    shelf = Shelf((place,))
    assert [voice.name for voice in shelf.list()] == ["good"]
    assert "adapter_config.json cannot be read" in shelf.faults()[0].message


def test_weights_cut_short_are_told_with_their_sizes(made: Path, place: Path) -> None:
    weights = put(made / "lora", place / "short") / "adapter_model.safetensors"
    content = weights.read_bytes()
    weights.write_bytes(content[:-7])
    assert f"{len(content) - 7:,} bytes of {len(content):,}" in Shelf((place,)).faults()[0].message
    for broken in (b"", b"\x00" * 8, b"\xff" * 100, b"PK\x03\x04" * 50):
        weights.write_bytes(broken)
        assert "cut short or not a safetensors file" in Shelf((place,)).faults()[0].message


def test_links_do_not_lead_out_of_the_shelf(made: Path, place: Path, tmp_path: Path) -> None:
    outside = put(made / "lora", tmp_path / "outside")
    (place / "link").symlink_to(outside)
    folder = put(made / "lora", place / "half")
    (folder / "adapter_model.safetensors").unlink()
    (folder / "adapter_model.safetensors").symlink_to(outside / "adapter_model.safetensors")
    put(made / "lora", place / "real")
    (place / "alias").symlink_to(place / "real")
    assert [voice.name for voice in Shelf((place,)).list()] == ["alias", "real"]


def test_the_fingerprint_decides_where_there_is_one(made: Path, place: Path) -> None:
    put(made / "lora", place / "mine", base_id="renamed", base_fingerprint="f" * 16)
    put(made / "lora", place / "old", base_id="starter", base_fingerprint="0" * 16)
    shelf = Shelf((place,))
    shelf.verify(shelf.find("mine"), Info())
    with pytest.raises(AdapterMismatch, match="starter of another version; the model in use is starter"):
        shelf.verify(shelf.find("old"), Info())


@pytest.mark.parametrize(
    ("trained_on", "in_use"),
    [
        ("/home/me/models/starter", "starter"),
        ("creative/starter", "starter"),
        ("/c/models--Qwen--Qwen2.5-7B-Instruct/snapshots/0123", "Qwen/Qwen2.5-7B-Instruct"),
        ("Qwen/Qwen2.5-7B-Instruct", "qwen2.5-7b-instruct"),
        ("C:\\models\\starter", "starter"),
    ],
)
def test_a_name_is_known_in_all_its_shapes(made: Path, place: Path, trained_on: str, in_use: str) -> None:
    change(put(made / "lora", place / "voice"), base_model_name_or_path=trained_on)
    shelf = Shelf((place,))
    shelf.verify(shelf.find("voice"), Info(in_use, ""))
    assert "/home" not in shelf.find("voice").base_id


def test_another_base_is_refused_by_name_before_anything_is_loaded(made: Path, place: Path) -> None:
    put(made / "lora", place / "winter")
    shelf = Shelf((place,))
    with pytest.raises(AdapterMismatch) as caught:
        shelf.verify(shelf.find("winter"), Info("Qwen/Qwen2.5-7B-Instruct"))
    assert caught.value.message == (
        "The voice Winter was trained on starter; the model in use is Qwen/Qwen2.5-7B-Instruct."
    )
    assert "Choose starter" in caught.value.hint


def test_a_voice_that_names_no_base_needs_the_models_files(made: Path, place: Path) -> None:
    change(put(made / "lora", place / "nameless"), base_model_name_or_path=None)
    shelf = Shelf((place,))
    with pytest.raises(AdapterMismatch, match="does not say which model"):
        shelf.verify(shelf.find("nameless"), Info())
    shelf.verify(shelf.find("nameless"), Info(), STARTER)


def test_other_sizes_under_the_same_name_are_refused_with_both(made: Path, place: Path) -> None:
    put(made / "other-base", place / "liar")
    shelf = Shelf((place,))
    with pytest.raises(AdapterMismatch, match=r"was made for a \S+ of 96 x \d+, here it has \d+ x \d+"):
        shelf.verify(shelf.find("liar"), Info(), STARTER)


def test_layers_the_model_does_not_have_are_refused(made: Path, place: Path) -> None:
    rename_layers(put(made / "lora", place / "deep") / "adapter_model.safetensors", "layers.0.", "layers.99.")
    rename_layers(put(made / "lora", place / "foreign") / "adapter_model.safetensors", "_proj", "_other")
    shelf = Shelf((place,))
    with pytest.raises(
        AdapterMismatch, match=r"changes model\.layers\.99\.\S+, which this model does not have"
    ):
        shelf.verify(shelf.find("deep"), Info(), STARTER)
    with pytest.raises(AdapterMismatch, match="none of the layers"):
        shelf.verify(shelf.find("foreign"), Info(), STARTER)


def rename_layers(weights: Path, old: str, new: str) -> None:
    save_file({name.replace(old, new): tensor for name, tensor in load_file(weights).items()}, weights)


@pytest.mark.parametrize("prefix", ["transformer.", ""])
def test_a_voice_for_gpt2_fits_its_base_whose_matrices_lie_the_other_way(
    made: Path, place: Path, tmp_path: Path, prefix: str
) -> None:
    put(made / "gpt2", place / "gpt2")
    model = Path(shutil.copytree(made / "gpt2-base", tmp_path / "gpt2-base"))
    rename_layers(model / "model.safetensors", "transformer.", prefix)
    shelf = Shelf((place,))
    shelf.verify(shelf.find("gpt2"), Info("gpt2-base"), model)
    with pytest.raises(AdapterMismatch, match="none of the layers"):
        shelf.verify(shelf.find("gpt2"), Info("gpt2-base"), STARTER)


def test_a_prefix_for_another_depth_is_refused(made: Path, place: Path, tmp_path: Path) -> None:
    put(made / "prefix", place / "prefix")
    model = tmp_path / "starter"
    model.mkdir()
    config = json.loads((STARTER / "config.json").read_text())
    (model / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 2}))
    shelf = Shelf((place,))
    with pytest.raises(AdapterMismatch, match="values a token"):
        shelf.verify(shelf.find("prefix"), Info(), model)


def test_a_rank_that_is_not_that_of_the_weights_is_refused(made: Path, place: Path) -> None:
    change(put(made / "lora", place / "ranked"), r=16)
    shelf = Shelf((place,))
    with pytest.raises(AdapterMismatch, match="says rank 16, but its weights have rank 4"):
        shelf.verify(shelf.find("ranked"), Info())
