"""Every model file of the catalogue, found by listing the folder, and files of a host's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from creative.catalogue.fit import Machine, choose
from creative.catalogue.hub import check_id
from creative.catalogue.models import FOLDER, CatalogueModel, load_catalogue, read_model
from creative.catalogue.weights import measure
from creative.errors import MalformedFile

from .small_hub import STARTER

FILES = sorted(FOLDER.glob("*.toml"))
OWN = """
id = "me/mine"
title = "Mine"
parameters_b = 3.0
licence = "MIT"
languages = ["English"]
context = 4096
[good_for]
en = "Mine."
zh = "我的。"
"""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_entry_is_whole_and_openly_licensed(path: Path) -> None:
    model = read_model(path)
    assert model.licence in {"Apache-2.0", "MIT"}
    assert check_id(model.id) == model.id
    assert model.good_for["en"].endswith(".")
    assert model.good_for["zh"].endswith("。")
    assert len(model.good_for["en"]) < 90
    assert model.context >= 1024
    assert model.active_b < model.parameters_b
    assert model.shape.cache_bytes > 0
    assert model.shape.kept_b is not None
    assert 0 < model.shape.kept_b < model.parameters_b
    assert choose(model.shape, Machine(80.0, 64.0)).where == "gpu"


def test_there_is_a_choice_from_small_to_large() -> None:
    catalogue = load_catalogue()
    sizes = [model.parameters_b for model in catalogue.models]
    hub = [model for model in catalogue.models if model.id != "starter"]
    assert catalogue.faults == ()
    assert sizes == sorted(sizes)
    assert len(hub) >= 8
    assert hub[0].parameters_b < 0.5
    assert hub[-1].parameters_b > 30
    assert any("Chinese" in model.languages for model in hub if model.parameters_b < 1)


def test_the_starters_entry_says_what_its_files_are() -> None:
    entry, size = load_catalogue().find("starter"), measure(STARTER)
    assert entry is not None
    assert entry.context == size.context
    assert entry.parameters_b == pytest.approx(size.shape.parameters_b, rel=0.02)
    assert entry.shape.cache_bytes == size.shape.cache_bytes
    assert entry.shape.kept_b == pytest.approx(size.shape.kept_b, rel=0.02)


def test_a_hosts_own_file_joins_and_may_replace_an_entry(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(OWN)
    (tmp_path / "other.toml").write_text(OWN.replace("me/mine", "starter").replace('"Mine"', '"My starter"'))
    catalogue = load_catalogue((FOLDER, tmp_path, tmp_path / "not there"))
    mine, starter = catalogue.find("me/mine"), catalogue.find("starter")
    assert mine is not None
    assert starter is not None
    assert mine.shape.kept_b is None
    assert starter.title == "My starter"
    assert catalogue.find("nobody/nothing") is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("id = ", "cannot be read"),
        (OWN + 'colour = "red"', "good_for"),
        (OWN.replace("[good_for]", 'colour = "red"\n[good_for]'), "colour"),
        (OWN.replace("3.0", "-3.0"), "parameters_b"),
        (OWN.replace("4096", '"many"'), "context"),
        (OWN.replace('title = "Mine"\n', ""), "title"),
        (OWN.replace('["English"]', "[]"), "languages"),
    ],
)
def test_a_wrong_file_is_told_by_name_and_the_rest_goes_on(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "wrong.toml").write_text(content)
    (tmp_path / "mine.toml").write_text(OWN)
    catalogue = load_catalogue((tmp_path,))
    assert [model.id for model in catalogue.models] == ["me/mine"]
    (fault,) = catalogue.faults
    assert isinstance(fault, MalformedFile)
    assert "wrong.toml" in fault.message
    assert said in str(fault)


def test_a_file_that_is_not_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_bytes(b"\xff\xfe\x00")
    assert len(load_catalogue((tmp_path,)).faults) == 1


def test_experts_are_counted_as_never_quantized() -> None:
    experts = next(model for model in load_catalogue().models if model.experts_b)
    dense = CatalogueModel.model_validate({**experts.model_dump(), "experts_b": 0.0})
    assert choose(dense.shape, Machine(24.0, 8.0)).precision == "nf4"
    assert choose(experts.shape, Machine(64.0, 8.0)).needed_gb > 55
