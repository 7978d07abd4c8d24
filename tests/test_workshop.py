"""The workshop, with the starter: what is offered, previewed, refused, trained, heard and used, by the owner alone."""

from __future__ import annotations

import dataclasses
import io
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from creative.catalogue.fit import Machine
from creative.catalogue.hub import STARTER_FOLDER
from creative.engines import machine
from creative.engines.scripted import ScriptedEngine
from creative.errors import (
    AdapterMismatch,
    BadValue,
    JobFailed,
    MissingField,
    ModelDamaged,
    NotAllowed,
    NotEnoughText,
    NotOffered,
    UnknownForm,
    UnknownJob,
    UnknownVoice,
)
from creative.settings import Settings
from creative.studio import Studio
from creative.training.briefs import draw_brief
from creative.training.folder import Base, create_job, read_examples, read_order
from creative.training.recipe import Recipe
from creative.training.records import JobState, TrainingOrder, Upload
from creative.workshop.ground import EngineRoom, Grounds
from tests.hall import FORMS, GUEST, OWNER, order, run, scripted, text_of
from tests.training.pages import prose
from tests.training.test_folder import DATASET, make_order

ORDER = TrainingOrder("story", "Winter Coast", "quick", rights="mine")
PAGES = (Upload("coast.txt", "\n\n".join(f"Chapter {n}\n\n{prose(n, 500)}" for n in range(1, 7)).encode()),)
ENDED = ("done", "stopped", "failed", "interrupted")
LONGEST_S = 560.0


def ordered(**changes: Any) -> TrainingOrder:
    return dataclasses.replace(ORDER, **changes)


def test_guests_get_past_the_first_line_of_nothing(studio: Studio) -> None:
    shop = studio.workshop
    asked: list[Callable[[], object]] = [
        lambda: shop.describe(GUEST),
        lambda: shop.preview(GUEST, PAGES, ORDER),
        lambda: shop.train(GUEST, PAGES, ORDER),
        lambda: shop.jobs(GUEST),
        lambda: shop.job(GUEST, "0123456789ab"),
        lambda: shop.stop_job(GUEST, "0123456789ab"),
        lambda: shop.resume_job(GUEST, "0123456789ab"),
        lambda: shop.delete_job(GUEST, "0123456789ab"),
        lambda: shop.use_step(GUEST, "0123456789ab", 1),
        lambda: shop.blind_pair(GUEST, "0123456789ab"),
        lambda: shop.pick(GUEST, "0123456789ab", "t", "left"),
        lambda: shop.import_voice(GUEST, {}),
        lambda: shop.voice_zip(GUEST, "x"),
        lambda: shop.delete_voice(GUEST, "x"),
        lambda: shop.restore_voice(GUEST, "x"),
        lambda: shop.push_voice(GUEST, "x", "a/b"),
    ]
    public = {name for name in vars(type(shop)) if not name.startswith("_")} - {"close", "voices"}
    assert len(asked) == len(public)
    for act in asked:
        with pytest.raises(NotAllowed):
            act()


def test_what_can_be_chosen_is_described_for_the_model_in_use(studio: Studio) -> None:
    told = studio.workshop.describe(OWNER)
    assert (told["offered"], told["why_not"]) == (True, "")
    assert list(told["presets"]) == ["quick", "balanced", "thorough"]
    assert {".txt", ".docx", ".epub", ".fountain", ".pdf", ".jsonl", ".csv", ".md"} <= set(told["formats"])
    assert all(one["help"] for one in told["settings"])
    assert told["rights"] == ["mine", "public_domain", "licensed"]


def test_on_zerogpu_nothing_is_trained_and_the_reason_is_told(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPACES_ZERO_GPU", "1")
    told = studio.workshop.describe(OWNER)
    assert told["offered"] is False
    assert "seconds" in told["why_not"]
    assert "your own copy" in told["why_not"]
    with pytest.raises(NotOffered):
        studio.workshop.train(OWNER, PAGES, ORDER)


def test_a_model_without_files_here_cannot_be_trained_on(tmp_path: Path) -> None:
    studio = scripted(tmp_path, ScriptedEngine("x"))
    told = studio.workshop.describe(OWNER)
    assert told["offered"] is False
    assert "not on this machine" in told["why_not"]
    studio.close()


def test_the_preview_shows_the_very_text_the_model_would_read(studio: Studio) -> None:
    seen = studio.workshop.preview(OWNER, PAGES, ORDER)
    assert seen.problem == ""
    assert len(seen.documents) == 6
    assert sum(bool(document["held_out"]) for document in seen.documents) == 1
    assert seen.words > 2500
    first = seen.shown[0]
    assert first["prompt"].startswith("<|im_start|>system")
    assert first["prompt"].endswith("<|im_start|>assistant\n")
    assert first["text"].split("\n")[0] in PAGES[0].body.decode()
    plain = studio.workshop.preview(OWNER, PAGES, ordered(style="plain"))
    assert plain.shown[0]["prompt"] == ""


@pytest.mark.parametrize("form", FORMS)
def test_what_is_trained_is_byte_for_byte_what_the_model_reads_when_a_writer_presses_write(
    studio: Studio, form: str
) -> None:
    seen = studio.workshop.preview(OWNER, PAGES, ordered(form=form))
    for shown in seen.shown:
        drawn = draw_brief(studio.form(form), shown["text"])
        assert studio.show_prompt(order(form, drawn), OWNER).prompt == shown["prompt"]


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"rights": None}, MissingField, "whose pages"),
        ({"rights": "stolen"}, MissingField, "mine, public_domain, licensed"),
        ({"title": "  "}, MissingField, "no name"),
        ({"title": "x" * 61}, BadValue, "61 characters"),
        ({"title": 7}, BadValue, "has to be text"),
        ({"form": "saga"}, UnknownForm, "no form called"),
        ({"form": None}, UnknownForm, "no form called"),
        ({"preset": "instant"}, BadValue, "quick, balanced, thorough"),
        ({"settings": {"learning_rate": float("nan")}}, BadValue, "learning rate"),
        ({"settings": {"rank": 0}}, BadValue, "from 1 to 256"),
        ({"settings": {"rnak": 4}}, BadValue, "no setting called"),
        ({"settings": [1]}, BadValue, "by name"),
        ({"settings": {"max_length": 4096}}, BadValue, "reads 1,024 tokens"),
        ({"style": "verse"}, BadValue, "form, plain"),
        ({"language": "<b>"}, BadValue, "not the name of a language"),
    ],
)
def test_an_order_that_cannot_be_filled_gets_a_sentence_and_makes_no_job(
    studio: Studio, changes: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        studio.workshop.train(OWNER, PAGES, ordered(**changes))
    assert studio.workshop.jobs(OWNER) == ()


@pytest.mark.parametrize(
    "upload",
    [
        Upload("empty.txt", b""),
        Upload("short.txt", prose(1, 300).encode()),
        Upload("binary.txt", bytes(range(256)) * 500),
        Upload("pages.pkl", b"\x80\x04\x95" + bytes(100)),
    ],
    ids=lambda upload: upload.name,
)
def test_pages_that_teach_nothing_are_told_before_a_start(studio: Studio, upload: Upload) -> None:
    seen = studio.workshop.preview(OWNER, [upload], ORDER)
    assert seen.problem
    with pytest.raises(NotEnoughText):
        studio.workshop.train(OWNER, [upload], ORDER)
    assert studio.workshop.jobs(OWNER) == ()


@pytest.mark.parametrize("job", ["", "../voices", "0123456789ab", None])
def test_a_training_that_is_not_there_is_told(studio: Studio, job: Any) -> None:
    with pytest.raises(UnknownJob, match="There are: none yet"):
        studio.workshop.job(OWNER, job)


def test_an_import_that_is_no_voice_is_refused_in_words(studio: Studio) -> None:
    with pytest.raises(ModelDamaged, match="cannot be taken in"):
        studio.workshop.import_voice(OWNER, {"voice.zip": io.BytesIO(b"not a zip")})
    assert studio.workshop.voices(OWNER) == []


def test_the_model_makes_room_for_a_training_that_does_not_fit_beside_it_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = Studio(Settings(home=tmp_path))
    before = text_of(run(studio, order()))
    base = Base("starter", str(STARTER_FOLDER), "fp32", "", chat=True)
    folder = create_job(tmp_path, make_order(base=base), Recipe(), DATASET)
    # The pool of the studio itself, as the launcher meets it.
    room, grounds = EngineRoom(studio.workshop._house.pool), Grounds(studio.workshop._house.pool)
    assert room.make_room(folder)
    assert studio.model_state().in_use
    ground = grounds.find()
    monkeypatch.setattr(machine, "measure_machine", lambda: Machine(gpu_free_gb=0.0, ram_free_gb=0.05))
    assert room.make_room(folder)
    state = studio.model_state()
    assert state.arrival
    assert state.arrival.stage == "making_room"
    # The next pages can be looked at meanwhile.
    assert grounds.find() is ground
    assert ground.count("The ferry had stopped.") > 3
    assert ground.show([{"role": "user", "content": "A ferry."}]).endswith("assistant\n")
    with pytest.raises(BadValue, match="made room"):
        Grounds(studio.workshop._house.pool).find()
    monkeypatch.undo()
    room.take_back()
    assert text_of(run(studio, order())) == before
    studio.close()


# --- a whole training -----------------------------------------------------------------


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Studio, str]]:
    """A hall where a voice was trained, with the real job on the starter."""
    torch.set_num_threads(1)
    studio = Studio(Settings(home=tmp_path_factory.mktemp("trained")))
    run(studio, order())  # the model may take long to open on a busy machine
    settings = {"epochs": 2, "rank": 8, "learning_rate": 0.003}
    job = studio.workshop.train(OWNER, PAGES, ordered(settings=settings))
    wait_for(studio, job)
    yield studio, job
    studio.close()


def wait_for(studio: Studio, job: str) -> JobState:
    ends = time.monotonic() + LONGEST_S
    while (state := studio.workshop.job(OWNER, job)).state not in ENDED:
        assert time.monotonic() < ends, state
        time.sleep(0.2)
    return state


@pytest.mark.slow
def test_a_training_ends_with_a_voice_that_writes_in_the_tab_at_once(trained: tuple[Studio, str]) -> None:
    studio, job = trained
    state = studio.workshop.job(OWNER, job)
    assert (state.state, state.hint) == ("done", ""), state
    assert state.evaluations[0].step == 0
    assert state.kept_step
    assert state.report["perplexity"]["after"] < state.report["perplexity"]["before"]
    (voice,) = studio.workshop.voices(OWNER)
    assert (voice["name"], voice["title"], voice["form"]) == (state.voice, "Winter Coast", "story")
    assert voice["passport"]["rights"] == "mine"
    assert voice["passport"]["data_fingerprint"]
    plain = text_of(run(studio, order()))
    assert text_of(run(studio, order(voice=state.voice))) != plain


@pytest.mark.slow
def test_the_same_samples_are_written_at_every_measurement(trained: tuple[Studio, str]) -> None:
    studio, job = trained
    evaluations = studio.workshop.job(OWNER, job).evaluations
    asked = [[(card.title, card.seed) for card in one.cards] for one in evaluations]
    assert len(asked) >= 3
    assert len(asked[0]) == 3
    assert all(cards == asked[0] for cards in asked)
    assert all(card.text.strip() for one in evaluations for card in one.cards)


@pytest.mark.slow
def test_the_job_keeps_whole_chapters_apart(trained: tuple[Studio, str]) -> None:
    studio, job = trained
    folder = studio.settings.home / "jobs" / job
    learned = {example.source for example in read_examples(folder / "data/train.jsonl")}
    held_out = {example.source for example in read_examples(folder / "data/held_out.jsonl")}
    assert held_out
    assert not learned & held_out
    wanted = read_order(folder)
    assert (wanted.files, wanted.base.model, len(wanted.prompts)) == (("coast.txt",), "starter", 3)
    assert wanted.template_hash


@pytest.mark.slow
def test_another_step_can_be_made_the_voice(trained: tuple[Studio, str]) -> None:
    studio, job = trained
    before = studio.workshop.job(OWNER, job)
    text = text_of(run(studio, order(voice=before.voice)))
    other = next(one.step for one in before.evaluations[1:] if one.step != before.kept_step)
    after = studio.workshop.use_step(OWNER, job, other)
    assert (after.kept_step, after.voice, after.state) == (other, before.voice, "done")
    assert text_of(run(studio, order(voice=after.voice))) != text
    assert before.kept_step
    studio.workshop.use_step(OWNER, job, before.kept_step)
    assert text_of(run(studio, order(voice=before.voice))) == text
    with pytest.raises(BadValue, match="There are: "):
        studio.workshop.use_step(OWNER, job, 12345)


@pytest.mark.slow
def test_a_blind_pair_says_nothing_and_its_pick_is_counted_once(trained: tuple[Studio, str]) -> None:
    studio, job = trained
    pair = studio.workshop.blind_pair(OWNER, job)
    assert pair.left.strip()
    assert pair.left != pair.right
    assert set(vars(pair)) == {"brief", "left", "right", "token"}
    with pytest.raises(BadValue, match="left, right, neither"):
        studio.workshop.pick(OWNER, job, pair.token, "middle")
    counts = studio.workshop.pick(OWNER, job, pair.token, "left")
    assert sum(counts.values()) == 1
    with pytest.raises(BadValue, match="picked from already"):
        studio.workshop.pick(OWNER, job, pair.token, "right")


@pytest.mark.slow
def test_a_voice_goes_out_comes_back_and_is_refused_by_another_model(
    trained: tuple[Studio, str], tmp_path: Path
) -> None:
    studio, job = trained
    name = studio.workshop.job(OWNER, job).voice
    shown, body = studio.workshop.voice_zip(OWNER, name)
    assert shown == f"{name}.zip"
    assert not [part for part in zipfile.ZipFile(io.BytesIO(body)).namelist() if part.endswith(".bin")]
    key = studio.workshop.delete_voice(OWNER, name)
    with pytest.raises(UnknownVoice):
        studio.workshop.voice_zip(OWNER, name)
    assert studio.workshop.restore_voice(OWNER, key)["name"] == name
    again = studio.workshop.import_voice(OWNER, {shown: io.BytesIO(body)})
    assert again["name"] == f"{name}-2"
    assert again["title"] == "Winter Coast"
    studio.workshop.delete_voice(OWNER, again["name"])
    voice = studio.shelf.find(name)
    with pytest.raises(AdapterMismatch, match="starter"):
        studio.shelf.verify(voice, ScriptedEngine("x").info)


@pytest.mark.slow
def test_a_training_that_has_ended_is_neither_stopped_nor_resumed(trained: tuple[Studio, str]) -> None:
    studio, job = trained
    with pytest.raises(JobFailed):
        studio.workshop.stop_job(OWNER, job)
    with pytest.raises(JobFailed, match="nothing left to learn"):
        studio.workshop.resume_job(OWNER, job)
