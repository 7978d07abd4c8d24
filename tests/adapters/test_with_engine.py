"""The shelf beside an open engine: a voice is heard in the next request, refused, replaced and deleted, no restart."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from creative.adapters import Shelf
from creative.adapters.collection import Collection
from creative.adapters.placing import put_voice
from creative.adapters.voice import WEIGHTS
from creative.engines.contract import Sampling, WriteRequest
from creative.engines.local import LocalEngine, open_engine
from creative.errors import AdapterMismatch, UnknownVoice

from .test_collection import STARTER, pack, voice_files


@dataclass(frozen=True)
class Desk:
    """An open engine and its shelf."""

    engine: LocalEngine
    folder: Path
    collection: Collection

    def write(self, voice: str = "") -> str:
        request = WriteRequest("The lamp", 12, Sampling(temperature=0), adapter=voice)
        return "".join(piece.text for piece in self.engine.stream(request))

    def take(self, folder: Path, name: str) -> str:
        body = io.BytesIO(pack(voice_files(folder)))
        return self.collection.import_zip(body, name, self.engine.info, STARTER).name


@pytest.fixture
def desk(place: Path) -> Iterator[Desk]:
    """The starter, opened while the shelf is empty."""
    shelf = Shelf((place,))
    engine = open_engine(STARTER, "fp32", shelf=shelf, model="starter")
    yield Desk(engine, place, Collection(shelf, place))
    engine.close()


@pytest.fixture
def strong(made: Path, tmp_path: Path) -> Path:
    """A voice that is heard."""
    return louder(made / "lora", tmp_path / "strong", 1)


def louder(source: Path, target: Path, seed: int) -> Path:
    shutil.copytree(source, target)
    torch.manual_seed(seed)
    weights = load_file(target / WEIGHTS)
    # Both factors are drawn with the seed: with another A each time, now and then a voice was not heard in a few words.
    told = {name: torch.randn_like(w) * (0.3 if "lora_B" in name else 0.1) for name, w in weights.items()}
    save_file(told, target / WEIGHTS)
    return target


def test_a_voice_is_usable_in_the_next_request(desk: Desk, strong: Path) -> None:
    plain = desk.write()
    with pytest.raises(UnknownVoice):
        desk.write("winter")
    assert desk.take(strong, "winter.zip") == "winter"
    assert desk.write("winter") != plain
    assert desk.write() == plain


def test_a_voice_that_takes_its_own_place_again_is_heard_anew(
    desk: Desk, strong: Path, tmp_path: Path
) -> None:
    put_voice(strong, desk.folder, "winter")
    first = desk.write("winter")
    put_voice(louder(strong, tmp_path / "other", 2), desk.folder, "winter", replace=True)
    assert desk.write("winter") not in {first, desk.write()}


def test_a_deleted_voice_is_gone_in_the_next_request_and_back_after_it(desk: Desk, strong: Path) -> None:
    name = desk.take(strong, "winter.zip")
    heard = desk.write(name)
    key = desk.collection.delete(name)
    with pytest.raises(UnknownVoice, match="none yet"):
        desk.write(name)
    desk.collection.restore(key)
    assert desk.write(name) == heard


def test_a_voice_of_another_vocabulary_put_there_by_hand_never_touches_the_model(
    desk: Desk, made: Path
) -> None:
    plain = desk.write()
    for kind in ("words-other", "head-other", "resized-other", "resized"):
        shutil.copytree(made / kind, desk.folder / kind)
        with pytest.raises(AdapterMismatch):
            desk.write(kind)
    assert desk.write() == plain


def test_a_voice_cannot_overwrite_the_model_for_everyone(desk: Desk, made: Path, tmp_path: Path) -> None:
    plain = desk.write()
    evil = Path(shutil.copytree(made / "words", tmp_path / "evil"))
    weights = load_file(evil / WEIGHTS)
    whole = {name: torch.zeros_like(w) if ".base_layer." in name else w for name, w in weights.items()}
    save_file(whole, evil / WEIGHTS)
    shutil.copytree(evil, desk.folder / "by-hand")
    with pytest.raises(AdapterMismatch, match="would replace parts of the model itself"):
        desk.write("by-hand")
    name = desk.take(evil, "sent.zip")
    desk.write(name)  # its embeddings were left out, so it is what its LoRA says: nothing
    assert desk.write() == plain
