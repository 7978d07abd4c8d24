"""Finding forms: a host's own, the ones that replace ours, and the malformed ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from creative.forms import FOLDER, clean_brief, load_forms, write_prompt

HOUSE, NOTICES = load_forms()
EULOGY = """
name = "eulogy"
order = 60
title = { en = "Eulogy" }
noun = { en = "eulogy" }
about = { en = "A few minutes about someone who has died." }
[brief]
en = "About: {person}\\nOne memory: {memory}"
[chat.en]
system = "You write eulogies."
user = "Write a eulogy of about {words} words.\\n{brief}"
[plain]
en = "{brief}\\n\\nThe eulogy:"
[[fields]]
name = "person"
required = true
primary = true
label = { en = "Who was it?" }
[[fields]]
name = "memory"
kind = "text"
label = { en = "What do you remember?" }
[[examples]]
title = "Grandfather"
[examples.brief]
person = "Emil, clockmaker"
"""


def load_with(folder: Path, text: str):
    (folder / "host.toml").write_text(text, encoding="utf-8")
    return load_forms((FOLDER, folder))


def test_a_sixth_form_is_one_file_in_the_hosts_folder(tmp_path: Path):
    forms, errors = load_with(tmp_path, EULOGY)
    assert errors == []
    assert list(forms) == [*HOUSE, "eulogy"]
    eulogy = forms["eulogy"]
    assert [field.name for field in eulogy.fields] == ["person", "memory", "length"]
    prompt = write_prompt(eulogy, clean_brief(eulogy, {"person": "Ada"}))
    assert prompt == (
        {"role": "system", "content": "You write eulogies."},
        {"role": "user", "content": "Write a eulogy of about 600 words.\nAbout: Ada"},
    )


def test_a_form_without_chinese_templates_is_asked_in_english_for_chinese(tmp_path: Path):
    eulogy = load_with(tmp_path, EULOGY)[0]["eulogy"]
    prompt = write_prompt(eulogy, clean_brief(eulogy, {"person": "阿达"}), "Chinese")
    assert prompt[-1]["content"].endswith("About: 阿达\nWrite in Chinese.")


def test_a_hosts_form_takes_the_place_of_ours(tmp_path: Path):
    forms, errors = load_with(tmp_path, EULOGY.replace('"eulogy"', '"story"', 1))
    assert errors == []
    assert forms["story"].title.en == "Eulogy"
    assert len(forms) == len(HOUSE)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("order = 60", 'order = "60"', "order"),
        ("order = 60", "order = 60\ncolour = 1", "“colour” is not a known key"),
        ('noun = { en = "eulogy" }', "", "“noun” is missing"),
        ('name = "eulogy"', 'name = "../eulogy"', "name"),
        ("{person}", "{preson} {memroy}", "{preson}, {memroy}"),
        ("{memory}", "{genre}", "{genre}"),
        ("required = true", "", "required"),
        ('name = "memory"', 'name = "words"', "may not be named"),
        ('name = "memory"', 'name = "person"', "twice"),
        ('person = "Emil, clockmaker"', 'who = "Emil"', "Grandfather"),
        ('kind = "text"', 'kind = "choice"', "choices"),
        ("[[fields]]", "[[fields]", "not TOML"),
        ("order = 60", "order = 60\nsampling = { temperature = nan }", "sampling.temperature"),
        ("order = 60", "order = 60\nsampling = { heat = 1 }", "“sampling.heat” is not a known key"),
    ],
)
def test_a_malformed_form_is_named_with_its_fault_and_the_others_load(
    tmp_path: Path, old: str, new: str, said: str
):
    assert old in EULOGY
    forms, errors = load_with(tmp_path, EULOGY.replace(old, new, 1))
    assert list(forms) == list(HOUSE)
    assert len(errors) == 1
    assert "host.toml" in errors[0].message
    assert said in errors[0].message
    assert errors[0].hint


def test_a_required_answer_that_no_template_shows_is_a_fault(tmp_path: Path):
    _, errors = load_with(tmp_path, EULOGY.replace("About: {person}\\n", ""))
    assert "does not show “person”" in errors[0].message
    _, errors = load_with(tmp_path, EULOGY.replace("{brief}", "it", 1))
    assert "does not show “person”" in errors[0].message


def test_two_broken_files_are_two_errors_and_a_good_one_beside_them_loads(tmp_path: Path):
    (tmp_path / "a.toml").write_text("name =", encoding="utf-8")
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe\x00")
    forms, errors = load_with(tmp_path, EULOGY)
    assert len(errors) == 2
    assert "eulogy" in forms


def test_a_form_goes_on_without_what_it_names_and_nobody_has(tmp_path: Path):
    text = EULOGY.replace(
        "order = 60", 'order = 60\nchecks = ["tears"]\nexporters = ["txt", "stone"]\nactions = ["weep"]'
    )
    (tmp_path / "host.toml").write_text(text, encoding="utf-8")
    forms, errors = load_forms((tmp_path,), actions=["polish"])
    assert forms["eulogy"].checks == ()
    assert "stone" not in forms["eulogy"].exporters
    said = " ".join(error.message for error in errors)
    assert "tears" in said
    assert "stone" in said
    assert "weep" in said
    assert "polish" in errors[-1].hint


def test_a_folder_that_does_not_exist_is_empty(tmp_path: Path):
    assert load_forms((FOLDER, tmp_path / "none"))[1] == []


@pytest.mark.parametrize(
    "path", sorted((FOLDER.parent.parent / "examples" / "forms").glob("*.toml")), ids=lambda p: p.stem
)
def test_the_example_of_a_hosts_form_loads(path: Path):
    forms, errors = load_forms((path.parent,))
    assert errors == []
    form = next(form for form in forms.values() if form.name == path.stem)
    assert len(form.examples) >= 3
    assert form.title.zh
