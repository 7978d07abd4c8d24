"""The briefs in examples/: each is what the API takes, and composes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import creative
from creative.forms import check_creativity, clean_brief, clean_language, load_forms, write_prompt

FOLDER = Path(creative.__file__).parent.parent / "examples" / "briefs"
FORMS, _ = load_forms()
FILES = sorted(FOLDER.glob("*.json"))


def test_every_form_has_a_brief():
    assert {json.loads(path.read_text(encoding="utf-8"))["form"] for path in FILES} == set(FORMS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_brief_is_taken_as_it_stands(path: Path):
    asked = json.loads(path.read_text(encoding="utf-8"))
    form = FORMS[asked["form"]]
    check_creativity(asked["creativity"])
    brief = clean_brief(form, asked["brief"])
    assert all(brief[name] for name in asked["brief"])
    assert write_prompt(form, brief, clean_language(asked["language"]))
