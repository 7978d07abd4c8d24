"""Opening a named model: the starter and a folder open, and what cannot is told before anything is loaded."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from creative.adapters import Shelf
from creative.catalogue import models
from creative.engines.contract import WriteRequest
from creative.engines.opening import opener, reacher
from creative.engines.pool import OpenModel
from creative.errors import CreativeError, ModelDamaged, UnknownModel
from tests.engines.conftest import STARTER
from tests.engines.likeness import Likeness, serve


def no_progress(done: int, total: int) -> None:
    """Take no notice of bytes fetched."""


@pytest.fixture
def open_model(tmp_path: Path) -> OpenModel:
    return opener(Shelf((tmp_path / "voices",)), models.load_catalogue((models.FOLDER,)))


def copy_starter(place: Path) -> Path:
    """Give a copy of the starter's files alone."""
    place.mkdir()
    for file in STARTER.iterdir():
        if file.suffix in {".json", ".safetensors"}:
            shutil.copy(file, place)
    return place


def weights_of(folder: Path) -> list[Path]:
    """Give a model's weight files."""
    return sorted(folder.glob("*.safetensors"))


def test_an_empty_name_opens_the_starter_and_says_why_its_precision(open_model: OpenModel) -> None:
    engine = open_model("", "auto", no_progress)
    assert engine.info.why
    assert engine.info.title
    assert "".join(piece.text for piece in engine.stream(WriteRequest("The sea", 8, seed=1)))
    engine.close()


def test_a_folder_opens_as_the_same_model(open_model: OpenModel, tmp_path: Path) -> None:
    folder = copy_starter(tmp_path / "mine")
    engine = open_model(str(folder), "fp32", no_progress)
    assert engine.info.precision == "fp32"
    assert engine.info.context == 1024
    engine.close()


@pytest.mark.parametrize("name", ["no/such/model/at/all", "../../etc", "\x00"])
def test_a_name_of_no_model_is_told(open_model: OpenModel, name: str) -> None:
    with pytest.raises(CreativeError) as raised:
        open_model(name, "auto", no_progress)
    assert raised.value.hint


def test_weights_cut_short_are_told(open_model: OpenModel, tmp_path: Path) -> None:
    folder = copy_starter(tmp_path / "short")
    weights = weights_of(folder)[0]
    with weights.open("r+b") as file:
        file.truncate(weights.stat().st_size // 2)
    with pytest.raises(ModelDamaged) as raised:
        open_model(str(folder), "auto", no_progress)
    assert raised.value.hint


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "tokenizer_config.json"])
def test_a_file_that_is_no_json_is_told(open_model: OpenModel, tmp_path: Path, name: str) -> None:
    folder = copy_starter(tmp_path / "garbled")
    (folder / name).write_text("{not json")
    with pytest.raises(CreativeError) as raised:
        open_model(str(folder), "auto", no_progress)
    assert raised.value.hint


@pytest.mark.parametrize("name", ["config.json", "*.safetensors", "tokenizer.json"])
def test_a_missing_file_is_told(open_model: OpenModel, tmp_path: Path, name: str) -> None:
    folder = copy_starter(tmp_path / "missing")
    for file in folder.glob(name):
        file.unlink()
    with pytest.raises((ModelDamaged, UnknownModel)) as raised:
        open_model(str(folder), "auto", no_progress)
    assert raised.value.hint


def test_pickled_weights_are_refused(open_model: OpenModel, tmp_path: Path) -> None:
    folder = copy_starter(tmp_path / "pickled")
    for file in weights_of(folder):
        file.rename(file.with_suffix(".bin"))
    with pytest.raises(ModelDamaged, match="safetensors"):
        open_model(str(folder), "auto", no_progress)


@pytest.mark.parametrize(
    ("served", "named", "context"),
    [
        ("Qwen/Qwen2.5-0.5B-Instruct", "", 32_768),  # the catalogue knows it
        (str(STARTER), str(STARTER), 1024),  # the host named this folder
        (str(STARTER), "", 4096),  # only the server did, and its word opens no folder here
    ],
)
def test_how_much_a_silent_server_reads_is_looked_up_by_the_hosts_word_alone(
    served: str, named: str, context: int
) -> None:
    with serve(Likeness(model=served, nameless=True)) as likeness:
        reach = reacher(likeness.address, "", Shelf(()), models.load_catalogue((models.FOLDER,)))
        engine = reach(named, "auto", no_progress)
        assert engine.info.context == context
        engine.close()


@pytest.mark.parametrize("module", ["creative.engines.local", "creative.training.job.opening"])
def test_opening_the_libraries_says_nothing_about_packages_to_fetch(module: str) -> None:
    command = [sys.executable, "-c", f"import {module}"]
    root = STARTER.parents[1]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout + done.stderr == ""
