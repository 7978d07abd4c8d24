"""Voices taken in from zips and folders, and taken out: real adapters, and everything that must be refused."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import struct
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from safetensors.numpy import load_file, save_file

from creative.adapters import Shelf
from creative.adapters.collection import Collection
from creative.adapters.placing import put_voice
from creative.adapters.voice import CONFIG, WEIGHTS
from creative.errors import (
    AdapterMismatch,
    CreativeError,
    ModelDamaged,
    NotAllowed,
    StorageFull,
    UnknownVoice,
)

STARTER = Path(__file__).parents[2] / "creative" / "starter"


@dataclass(frozen=True)
class Info:
    """What the shelf reads of a model in use."""

    model: str = "starter"
    fingerprint: str = "f" * 16


@dataclass(frozen=True)
class Home:
    """A shelf and what belongs to it."""

    folder: Path
    shelf: Shelf
    collection: Collection

    def take(self, body: bytes, name: str = "Winter Coast.zip", info: Info = Info()) -> str:
        """Import a zip and give the voice's name."""
        return self.collection.import_zip(io.BytesIO(body), name, info, STARTER).name


@pytest.fixture
def home(place: Path) -> Home:
    shelf = Shelf((place,))
    return Home(place, shelf, Collection(shelf, place))


def pack(files: dict[str, bytes | Path], compression: int = zipfile.ZIP_STORED) -> bytes:
    """Zip contents or files under names, as they are given."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", compression) as packed:
        for name, content in files.items():
            packed.writestr(name, content if isinstance(content, bytes) else content.read_bytes())
    return body.getvalue()


def voice_files(folder: Path, inside: str = "") -> dict[str, bytes | Path]:
    return {f"{inside}{name}": folder / name for name in (CONFIG, WEIGHTS)}


def refuse(home: Home, body: bytes, kind: type[CreativeError] = ModelDamaged) -> str:
    """Import what must be refused; give the sentence, and make sure that nothing is left of it."""
    with pytest.raises(kind) as caught:
        home.take(body)
    assert caught.value.hint
    assert list(home.folder.iterdir()) == []
    return caught.value.message


# --- what is taken ------------------------------------------------------------------------


@pytest.mark.parametrize("inside", ["", "winter/", "a/b/c/", "./"])
def test_a_zip_with_or_without_a_folder_around_is_a_voice_at_once(
    home: Home, made: Path, inside: str
) -> None:
    name = home.take(pack(voice_files(made / "lora", inside)))
    voice = home.shelf.find(name)
    assert (voice.name, voice.title, voice.method) == ("winter-coast", "Winter Coast", "LoRA")
    assert (voice.folder / WEIGHTS).read_bytes() == (made / "lora" / WEIGHTS).read_bytes()


@pytest.mark.parametrize("kind", ["rslora", "dora", "adalora", "prefix"])
def test_other_methods_are_taken_too(home: Home, made: Path, kind: str) -> None:
    assert home.take(pack(voice_files(made / kind)), f"{kind}.zip") == kind


def test_only_the_four_files_are_kept(home: Home, made: Path) -> None:
    files = voice_files(made / "lora", "v/")
    files |= {
        "v/training_args.bin": b"a pickle",
        "v/optimizer.pt": b"x",
        "v/checkpoint-1/adapter_config.json": b"{}",
    }
    files |= {
        "v/README.md": b"# Hello",
        "v/run.py": b"raise SystemExit",
        "__MACOSX/v/adapter_config.json": b"{}",
    }
    voice = home.shelf.find(home.take(pack(files)))
    assert {file.name for file in voice.folder.iterdir()} == {CONFIG, WEIGHTS, "README.md", "passport.json"}


def test_a_folder_is_taken_like_a_zip(home: Home, made: Path) -> None:
    files = {f"winter/{name}": (made / "lora" / name).read_bytes() for name in (CONFIG, WEIGHTS)}
    voice = home.collection.import_files(files, "灯塔", Info(), STARTER)
    assert (voice.name, voice.title) == ("voice", "灯塔")
    with pytest.raises(ModelDamaged, match="leads out"):
        home.collection.import_files({"../x": b"", **files}, "x", Info(), STARTER)


def test_the_same_name_gets_a_number_and_nothing_is_overwritten(home: Home, made: Path) -> None:
    names = [home.take(pack(voice_files(made / kind))) for kind in ("lora", "dora", "rslora")]
    assert names == ["winter-coast", "winter-coast-2", "winter-coast-3"]
    assert [home.shelf.find(name).method for name in names] == ["LoRA", "DoRA", "rsLoRA"]


def test_the_passports_title_wins_over_the_files_name(home: Home, made: Path) -> None:
    passport = {
        "title": "Mara's \ud800 voice",
        "base_id": "starter",
        "base_fingerprint": "f" * 16,
        "note": "Cold.",
    }
    files = {**voice_files(made / "lora"), "passport.json": json.dumps(passport).encode()}
    voice = home.shelf.find(home.take(pack(files), "x.zip"))
    assert (voice.name, voice.title, voice.note) == ("mara-s-voice", "Mara's voice", "Cold.")
    for odd in ("../../etc/passwd", "C:\\temp\\up.zip", "a\0b", ""):
        name = home.take(pack(voice_files(made / "lora")), odd)
        assert home.shelf.find(name).folder.parent == home.folder


# --- what is refused ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["../adapter_config.json", "a/../../b", "/etc/passwd", "..\\up", "\\\\host\\x", "C:/x", "C:\\x"]
)
def test_names_that_lead_out_are_refused(home: Home, made: Path, name: str) -> None:
    assert "leads out of its folder" in refuse(home, pack({**voice_files(made / "lora"), name: b"x"}))


def test_links_are_refused(home: Home, made: Path) -> None:
    body = io.BytesIO(pack(voice_files(made / "lora")))
    with zipfile.ZipFile(body, "a") as packed:
        link = zipfile.ZipInfo("README.md")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        packed.writestr(link, "/etc/passwd")
    assert "is a link" in refuse(home, body.getvalue())


def test_a_pickle_is_refused_by_name(home: Home, made: Path) -> None:
    body = pack({"v/adapter_config.json": made / "lora" / CONFIG, "v/adapter_model.bin": b"\x80\x04."})
    assert "only as “adapter_model.bin”, a kind of file that can run code" in refuse(home, body)


def test_a_pickle_renamed_to_safetensors_is_refused(home: Home, made: Path) -> None:
    body = pack({CONFIG: made / "lora" / CONFIG, WEIGHTS: b"\x80\x04\x95" + b"cos\nsystem\n" * 99})
    assert "not a safetensors file" in refuse(home, body)


def test_a_zip_bomb_is_refused_by_what_it_says(home: Home, made: Path) -> None:
    body = pack({CONFIG: made / "lora" / CONFIG, WEIGHTS: bytes(100_000_000)}, zipfile.ZIP_DEFLATED)
    assert len(body) < 200_000
    assert "would become 100,000,000, as no weights do" in refuse(home, body)
    # A bomb that is none of the voice's files is never unpacked.
    home.take(pack({**voice_files(made / "lora"), "bomb.bin": bytes(50_000_000)}))


def test_a_zip_bomb_that_lies_about_its_size_is_refused_while_unpacking(home: Home, made: Path) -> None:
    body = bytearray(pack({CONFIG: made / "lora" / CONFIG, WEIGHTS: bytes(20_000_000)}, zipfile.ZIP_DEFLATED))
    true, told = struct.pack("<I", 20_000_000), struct.pack("<I", 900_000)
    assert body.count(true) == 2
    assert "not a whole zip" in refuse(home, bytes(body.replace(true, told)))


def test_sizes_beyond_all_voices_are_refused_before_reading(home: Home, made: Path) -> None:
    body = pack({CONFIG: b" " * 6_000_000, WEIGHTS: made / "lora" / WEIGHTS})
    assert "adapter_config.json would take 6 MB; at most 5 MB" in refuse(home, body)


def test_a_list_of_very_many_files_is_refused_before_it_is_read(home: Home, made: Path) -> None:
    many: dict[str, bytes | Path] = {f"{n}.txt": b"" for n in range(2001)}
    assert "lists more than 2,000 files" in refuse(home, pack({**voice_files(made / "lora"), **many}))
    # A lie about their number does not help.
    many = {f"{n}{'x' * 90}.txt": b"" for n in range(8000)}
    body = bytearray(pack({**voice_files(made / "lora"), **many}))
    end = body.rfind(b"PK\x05\x06")
    body[end + 8 : end + 12] = struct.pack("<HH", 3, 3)
    assert "lists more than 2,000 files" in refuse(home, bytes(body))


@pytest.mark.parametrize("cut", [1, 30, 2000])
def test_a_zip_cut_short_is_refused(home: Home, made: Path, cut: int) -> None:
    assert "not a whole zip file" in refuse(home, pack(voice_files(made / "lora"))[:-cut])


def test_what_is_no_zip_and_no_voice_is_refused_with_what_it_is(home: Home, made: Path) -> None:
    assert "not a whole zip" in refuse(home, b"")
    assert "not a whole zip" in refuse(home, b"Dear diary, " * 1000)
    assert "no adapter_config.json in it, only “a.txt”" in refuse(home, pack({"a.txt": b"x"}))
    assert "only nothing" in refuse(home, pack({}))
    assert "has no adapter_model.safetensors" in refuse(home, pack({CONFIG: made / "lora" / CONFIG}))
    two = {**voice_files(made / "lora", "a/"), **voice_files(made / "dora", "b/")}
    assert "there are 2 voices in it (“a”, “b”)" in refuse(home, pack(two))


def test_a_damaged_middle_is_refused(home: Home, made: Path) -> None:
    body = bytearray(pack(voice_files(made / "lora")))
    for place in range(len(body) // 2, len(body) // 2 + 64):
        body[place] ^= 0x5A
    assert "not a whole zip file" in refuse(home, bytes(body))


def change_config(made: Path, **changes: object) -> bytes:
    return json.dumps({**json.loads((made / "lora" / CONFIG).read_text()), **changes}).encode()


def test_another_method_is_refused_by_name(home: Home, made: Path) -> None:
    body = pack({**voice_files(made / "lora"), CONFIG: change_config(made, peft_type="LOHA")})
    assert "its method “LOHA” is not one of LoRA, AdaLoRA, prefix tuning" in refuse(home, body)


def test_another_rank_is_refused_with_both(home: Home, made: Path) -> None:
    body = pack({**voice_files(made / "lora"), CONFIG: change_config(made, r=16)})
    assert "says rank 16, but its weights have rank 4" in refuse(home, body, AdapterMismatch)


def test_another_base_is_refused_by_name(home: Home, made: Path) -> None:
    body = pack(
        {**voice_files(made / "lora"), CONFIG: change_config(made, base_model_name_or_path="Qwen/Qwen3-4B")}
    )
    message = refuse(home, body, AdapterMismatch)
    assert message == "The voice Winter Coast was trained on Qwen/Qwen3-4B; the model in use is starter."


def test_a_passport_of_another_version_is_refused_and_a_borrowed_one_does_not_help(
    home: Home, made: Path
) -> None:
    old = json.dumps({"base_id": "starter", "base_fingerprint": "0" * 16}).encode()
    body = pack({**voice_files(made / "lora"), "passport.json": old})
    assert "starter of another version" in refuse(home, body, AdapterMismatch)
    # Its fingerprint says starter, its layers do not.
    liar = json.dumps({"base_id": "starter", "base_fingerprint": "f" * 16}).encode()
    body = pack({**voice_files(made / "gpt2"), "passport.json": liar})
    assert "none of the layers it changes are in this model" in refuse(home, body, AdapterMismatch)


def test_another_vocabulary_is_refused_with_both(home: Home, made: Path) -> None:
    for kind in ("words", "head", "resized"):
        message = refuse(home, pack(voice_files(made / f"{kind}-other")), AdapterMismatch)
        assert "it was made for a vocabulary of 5,000 tokens, this model has 8,192" in message


def test_a_voice_with_whole_layers_of_its_own_is_refused(home: Home, made: Path) -> None:
    """PEFT would write such layers over the model's own, for every writer."""
    message = refuse(home, pack(voice_files(made / "resized")), AdapterMismatch)
    assert "would replace parts of the model itself, such as base_model.model." in message


def test_a_voice_with_the_models_own_biases_is_refused(home: Home, made: Path) -> None:
    body = io.BytesIO(pack(voice_files(made / "gpt2-biased")))
    with pytest.raises(AdapterMismatch, match=r"such as base_model\.\S+\.bias"):
        home.collection.import_zip(body, "x.zip", Info("gpt2-base", ""), made / "gpt2-base")
    body = io.BytesIO(pack(voice_files(made / "gpt2")))
    home.collection.import_zip(body, "x.zip", Info("gpt2-base", ""), made / "gpt2-base")


def test_the_unchanged_embeddings_that_peft_saves_are_left_out(home: Home, made: Path) -> None:
    from safetensors.torch import load_file

    saved = load_file(made / "words" / WEIGHTS)
    voice = home.shelf.find(home.take(pack(voice_files(made / "words"))))
    kept = load_file(voice.folder / WEIGHTS)
    assert set(saved) - set(kept) == {"base_model.model.model.embed_tokens.base_layer.weight"}
    assert all((tensor == saved[name]).all() for name, tensor in kept.items())
    home.shelf.verify(voice, Info(), STARTER)


def test_a_passport_that_no_browser_can_read_is_refused(home: Home, made: Path) -> None:
    body = pack({**voice_files(made / "lora"), "passport.json": b'{"results": {"loss": NaN}}'})
    assert "passport.json cannot be read" in refuse(home, body)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small file system cannot be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_leaves_nothing_and_is_told(small_disk: Path, made: Path) -> None:
    shelf = Shelf((small_disk,))
    home = Home(small_disk, shelf, Collection(shelf, small_disk))
    assert (made / "lora" / WEIGHTS).stat().st_size > 64_000
    assert "The disk is full" in refuse(home, pack(voice_files(made / "lora")), StorageFull)
    with pytest.raises(StorageFull, match="The disk is full"):
        put_voice(made / "lora", small_disk, "winter")
    assert list(small_disk.iterdir()) == []


# --- out again ----------------------------------------------------------------------------


def test_a_voice_goes_out_as_a_zip_and_comes_in_again_the_same(home: Home, made: Path) -> None:
    config = change_config(made, base_model_name_or_path="/home/mara/models/starter")
    name = home.take(pack({**voice_files(made / "lora"), CONFIG: config, "README.md": b"# Card"}))
    file_name, body = home.collection.export(name)
    assert file_name == "winter-coast.zip"
    assert home.collection.export(name)[1] == body
    assert b"/home/mara" not in b"".join(
        zipfile.ZipFile(io.BytesIO(body)).read(n) for n in zipfile.ZipFile(io.BytesIO(body)).namelist()
    )
    again = home.shelf.find(home.take(body, "other name.zip"))
    assert (again.name, again.title) == ("winter-coast-2", "Winter Coast")
    first = home.shelf.find(name)
    assert (again.folder / WEIGHTS).read_bytes() == (first.folder / WEIGHTS).read_bytes()
    with pytest.raises(UnknownVoice):
        home.collection.export("../winter-coast")


def test_a_deleted_voice_is_gone_at_once_and_comes_back_until_the_next_start(home: Home, made: Path) -> None:
    home.take(pack(voice_files(made / "lora")))
    key = home.collection.delete("winter-coast")
    assert home.shelf.list() == ()
    with pytest.raises(UnknownVoice):
        home.collection.delete("winter-coast")
    home.take(pack(voice_files(made / "dora")))
    assert home.collection.restore(key).name == "winter-coast-2"
    with pytest.raises(UnknownVoice):
        home.collection.restore(key)
    key = home.collection.delete("winter-coast-2")
    Collection(home.shelf, home.folder)
    with pytest.raises(UnknownVoice):
        home.collection.restore(key)
    assert [entry.name for entry in home.folder.iterdir()] == ["winter-coast"]


def test_a_voice_from_elsewhere_is_not_deleted(home: Home, made: Path, tmp_path: Path) -> None:
    single = Path(shutil.copytree(made / "lora", tmp_path / "elsewhere"))
    home.shelf.add(single)
    with pytest.raises(NotAllowed, match="does not stand in this playground"):
        home.collection.delete("elsewhere")
    assert (single / WEIGHTS).is_file()


def test_keys_are_no_paths(home: Home) -> None:
    (home.folder.parent / "precious").mkdir()
    for key in ("", "..", "../precious", "*", "x" * 500):
        with pytest.raises(UnknownVoice):
            home.collection.restore(key)


def test_a_start_finishes_what_a_crash_cut_short(home: Home, made: Path) -> None:
    shutil.copytree(made / "lora", home.folder / ".old-0123456789ab-winter")
    shutil.copytree(made / "lora", home.folder / ".old-0123456789ac-summer")
    shutil.copytree(made / "dora", home.folder / "summer")
    half, fresh = home.folder / ".new-0123456789ab", home.folder / ".new-0123456789ac"
    half.mkdir()
    fresh.mkdir()
    os.utime(half, (1, 1))
    Collection(home.shelf, home.folder)
    assert {entry.name for entry in home.folder.iterdir()} == {"winter", "summer", ".new-0123456789ac"}
    assert home.shelf.find("summer").method == "DoRA"


def test_a_trained_voice_is_put_on_the_shelf_and_may_take_its_own_place_again(home: Home, made: Path) -> None:
    assert put_voice(made / "lora", home.folder, "Sea / Wind").name == "sea-wind"
    assert put_voice(made / "dora", home.folder, "Sea / Wind").name == "sea-wind-2"
    place = put_voice(made / "rslora", home.folder, "sea-wind", replace=True)
    assert [(voice.name, voice.method) for voice in home.shelf.list()] == [
        ("sea-wind", "rsLoRA"),
        ("sea-wind-2", "DoRA"),
    ]
    assert {file.name for file in place.iterdir()} == {CONFIG, WEIGHTS, "README.md"}
    assert not [entry for entry in home.folder.iterdir() if entry.name.startswith(".")]


def test_weights_that_are_cut_in_the_middle_keep_their_bytes(tmp_path: Path) -> None:
    import numpy as np

    from creative.adapters.tensors import leave_out

    tensors = {f"t{n}": np.full((n + 1, 3), n, dtype=np.float16) for n in range(5)}
    save_file(tensors, tmp_path / WEIGHTS, metadata={"format": "pt"})
    leave_out(tmp_path / WEIGHTS, ["t1", "t3"])
    kept = load_file(tmp_path / WEIGHTS)
    assert set(kept) == {"t0", "t2", "t4"}
    assert all((kept[name] == tensors[name]).all() for name in kept)
