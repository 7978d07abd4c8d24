"""The example voices: one a form, each with its card, made for this starter, and heard when it writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from creative.adapters import Shelf, Voice
from creative.adapters.passport import read_passport
from creative.catalogue.hub import EXAMPLE_VOICES, STARTER_FOLDER
from creative.engines.fingerprint import take_fingerprint
from creative.errors import NotAllowed
from creative.settings import Settings
from creative.studio import Studio
from tests.hall import FORMS, OWNER, order, run, scripted, text_of

EXAMPLES = Shelf([EXAMPLE_VOICES]).list()


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    studio = Studio(Settings(home=tmp_path_factory.mktemp("home")))
    yield studio
    studio.close()


def test_there_is_one_voice_for_each_form() -> None:
    assert sorted(voice.form for voice in EXAMPLES) == sorted(FORMS)


@pytest.mark.parametrize("voice", EXAMPLES, ids=lambda voice: voice.name)
def test_a_voice_is_small_made_for_this_starter_and_has_its_card(voice: Voice) -> None:
    files = {file.name for file in voice.folder.iterdir()}
    assert files == {"adapter_config.json", "adapter_model.safetensors", "passport.json", "README.md"}
    assert (voice.folder / "adapter_model.safetensors").stat().st_size < 3_000_000
    assert voice.base_fingerprint == take_fingerprint(STARTER_FOLDER)
    results = read_passport(voice.folder)["results"]["perplexity"]
    assert results["after"] < results["before"]
    card = (voice.folder / "README.md").read_text(encoding="utf-8")
    assert f"# {voice.title}" in card
    assert "## Pages" in card


@pytest.mark.parametrize("voice", EXAMPLES, ids=lambda voice: voice.name)
def test_a_voice_is_heard(studio: Studio, voice: Voice) -> None:
    # An ad's first example leaves so little open that voice and model may write the same.
    brief = studio.form(voice.form).examples[1].brief
    plain = text_of(run(studio, order(voice.form, brief, max_tokens=100)))
    assert text_of(run(studio, order(voice.form, brief, max_tokens=100, voice=voice.name))) != plain


def test_examples_are_offered_while_the_starter_writes_and_are_not_the_writers_own(studio: Studio) -> None:
    run(studio, order())
    assert {voice.name for voice in studio.voices()} == {voice.name for voice in EXAMPLES}
    assert studio.workshop.voices(OWNER) == []
    assert len(studio.workshop.voices(OWNER, examples=True)) == len(EXAMPLES)
    with pytest.raises(NotAllowed):
        studio.workshop.delete_voice(OWNER, EXAMPLES[0].name)


def test_an_example_can_be_asked_for_before_the_model_is_open(tmp_path: Path) -> None:
    studio = Studio(Settings(home=tmp_path))
    assert text_of(run(studio, order(voice=next(v.name for v in EXAMPLES if v.form == "story"))))
    studio.close()


def test_examples_are_not_offered_beside_another_model(tmp_path: Path) -> None:
    studio = scripted(tmp_path)
    run(studio, order())
    assert studio.voices() == ()
    studio.close()
