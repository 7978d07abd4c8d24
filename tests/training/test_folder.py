"""The job's folder: made whole, read back the same, refused in words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from creative.errors import BadValue, ModelDamaged, StorageFull
from creative.training.folder import (
    HELD_OUT,
    ORDER,
    RECIPE,
    TRAIN,
    Base,
    JobOrder,
    SamplePrompt,
    create_job,
    new_id,
    read_examples,
    read_order,
    read_recipe,
    telling_of_a_full_disk,
    write_json,
)
from creative.training.recipe import Recipe
from creative.training.records import Dataset, Example, LeftOut

BASE = Base("starter", "/models/starter", "fp32", "abcd", chat=True, title="Starter")
MESSAGES = ({"role": "user", "content": "A story about a line\u2028and “quotes”."},)
DATASET = Dataset(
    train=(Example(MESSAGES, "One.\n\nTwo.", "I"), Example("", "Three\u2028four", "II", whole=False)),
    held_out=(Example(MESSAGES, "Five.", "III"),),
    held_out_titles=("III",),
    fingerprint="0123456789abcdef",
)


def make_order(**changes: object) -> JobOrder:
    """Give an order as the workshop writes it."""
    values: dict[str, object] = {
        "id": new_id(),
        "title": "Ada",
        "form": "story",
        "style": "form",
        "language": "English",
        "rights": "mine",
        "created": 1.5,
        "preset": "quick",
        "base": BASE,
        "shelf": "/voices",
        "files": ("a.txt",),
        "prompts": (SamplePrompt("A storm", [dict(MESSAGES[0])], 3),),
    }
    return JobOrder(**{**values, **changes})  # type: ignore[arg-type]


def test_what_is_written_is_read_back_the_same(tmp_path: Path) -> None:
    order, recipe = make_order(), Recipe(rank=4)
    folder = create_job(tmp_path, order, recipe, DATASET, [LeftOut("a.txt", "Page", "too short", 3)])
    assert folder == tmp_path / order.id
    assert read_order(folder) == order
    assert read_recipe(folder) == recipe
    read = read_examples(folder / TRAIN)
    assert [(example.text, example.source, example.whole) for example in read] == [
        ("One.\n\nTwo.", "I", True),
        ("Three\u2028four", "II", False),
    ]
    assert list(read[0].prompt) == [dict(MESSAGES[0])]
    assert read_examples(folder / HELD_OUT)[0].text == "Five."
    assert [entry.name for entry in tmp_path.iterdir()] == [order.id]


def test_a_job_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "jobs").write_text("a file where the folder should be")
    with pytest.raises(StorageFull, match="could not be set up"):
        create_job(tmp_path / "jobs", make_order(), Recipe(), DATASET)
    assert [entry.name for entry in tmp_path.iterdir()] == ["jobs"]


def test_a_folder_that_is_no_job_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(ModelDamaged, match=r"job\.json cannot be read"):
        read_order(tmp_path)
    (tmp_path / ORDER).write_text('{"base": {}, "title": 3}')
    with pytest.raises(ModelDamaged, match="not an order"):
        read_order(tmp_path)
    (tmp_path / RECIPE).write_text("[]")
    with pytest.raises(ModelDamaged, match="not an object"):
        read_recipe(tmp_path)
    (tmp_path / RECIPE).write_text('{"learning_rate": NaN}')
    with pytest.raises(BadValue, match="learning rate"):
        read_recipe(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / TRAIN).write_text('{"prompt": "", "text": "a", "source": "b"}\n{"pro')
    with pytest.raises(ModelDamaged, match=r"train\.jsonl"):
        read_examples(tmp_path / TRAIN)


def test_a_json_file_is_replaced_whole_or_stays(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    write_json(file, {"a": 1})
    with pytest.raises(ValueError, match="JSON"):
        write_json(file, {"a": float("nan")})
    assert file.read_text() == '{\n "a": 1\n}'


def test_a_full_disk_is_told_with_a_way_out() -> None:
    with (
        pytest.raises(StorageFull, match="no space left on device") as full,
        telling_of_a_full_disk("It stopped"),
    ):
        raise OSError(28, os.strerror(28))
    assert full.value.message == "It stopped: no space left on device."
    assert "Free some space" in full.value.hint


def test_ids_are_twelve_hex_digits_and_differ() -> None:
    ids = {new_id() for _ in range(50)}
    assert len(ids) == 50
    assert all(len(one) == 12 and int(one, 16) >= 0 for one in ids)
