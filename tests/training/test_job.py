"""The job from its folder to the shelf, on the real starter: what it leaves, and how it ends."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel

from creative.adapters import Shelf
from creative.adapters.placing import KEPT
from creative.engines.cache import Slab
from creative.engines.loading import load_model
from creative.engines.network import Network
from creative.errors import BadValue
from creative.training.folder import LOCK, RECIPE, STOP
from creative.training.job import checkpoints
from creative.training.job.trainer import VoiceTrainer
from creative.training.progress import EventLog, read_state
from creative.training.records import Dataset
from creative.training.shelving import list_steps, use_step

from .jobs import STARTER, events_of, losses_of, make_job, make_pages, run_job


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a job that ran to its end."""
    home = tmp_path_factory.mktemp("home")
    folder = make_job(home)
    with pytest.MonkeyPatch.context() as patch:
        assert run_job(folder, patch) == 0
    return folder


def test_a_job_ends_with_a_voice_on_the_shelf_that_knows_the_held_out_pages_better(ended: Path) -> None:
    state = read_state(ended)
    assert state.state == "done"
    base, *later = state.evaluations
    assert base.step == 0
    assert min(one.held_out_loss for one in later) < base.held_out_loss - 0.5
    assert state.kept_step == min(later, key=lambda one: one.held_out_loss).step
    voices = Shelf([ended.parents[1] / "voices"]).list()
    assert [(voice.name, voice.title, voice.form) for voice in voices] == [
        ("old-inventory", "Old inventory", "story")
    ]
    assert state.voice == "old-inventory"


def test_what_the_job_tells_on_the_way_is_complete(ended: Path) -> None:
    state = read_state(ended)
    assert (state.step, state.total) == (10, 10)
    assert [point[0] for point in state.curve] == list(range(1, 11))
    assert all(one.cards[0].title == "The fog" for one in state.evaluations)
    assert state.evaluations[0].cards[0].text != state.evaluations[-1].cards[0].text
    assert state.preflight["memory"]["needed_gb"] > 0.1
    assert state.preflight["time"]["step_s"] > 0
    assert state.preflight["trial_save_mb"] > 0.1
    assert state.report["perplexity"]["after"] < state.report["perplexity"]["before"]
    assert state.tokens_per_s
    assert state.memory_gb
    phases = [event["name"] for event in events_of(ended, "phase")]
    assert phases[:2] == ["opening", "measuring"]
    assert phases[-2:] == ["comparing", "shelving"]


def test_nothing_the_job_leaves_can_run_code_or_names_this_machine(ended: Path) -> None:
    files = [file for file in ended.rglob("*") if file.is_file()]
    assert not [file for file in files if file.suffix in {".bin", ".pt", ".pth", ".pkl", ".ckpt"}]
    voice = ended.parents[1] / "voices" / "old-inventory"
    assert {file.name for file in voice.iterdir()} == set(KEPT)
    for file in voice.iterdir():
        assert str(STARTER).encode() not in file.read_bytes(), file.name
    assert json.loads((voice / "adapter_config.json").read_text())["base_model_name_or_path"] == "starter"
    assert [file for file in files if file.name.startswith("events.out.tfevents")]


def test_the_voice_gives_the_same_scores_in_plain_peft_as_in_the_apps_engine(ended: Path) -> None:
    voice = ended.parents[1] / "voices" / "old-inventory"
    assert_same_scores(voice, "fp32")


def assert_same_scores(voice: Path, precision: Any) -> None:
    """Compare the scores after a text, in the engine's own step and in PEFT without the app."""
    tokens = list(range(100, 140))
    with torch.inference_mode():
        network = Network(load_model(STARTER, precision))
        key = network.voices.load(voice)
        here = network.step([tokens], Slab.for_prompt(len(tokens)), [key])[0, -1]
        plain = PeftModel.from_pretrained(load_model(STARTER, precision).model, voice).eval()
        there = plain(torch.tensor([tokens])).logits[0, -1]
        base = load_model(STARTER, precision).model(torch.tensor([tokens])).logits[0, -1]
    assert float((here.float() - there.float()).abs().max()) < 1e-3
    assert float((base.float() - there.float()).abs().max()) > 0.1


def test_an_ended_job_does_not_begin_again(
    ended: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = len(events_of(ended, "started"))
    assert run_job(ended, monkeypatch) == 2
    assert "has ended" in capsys.readouterr().err
    assert len(events_of(ended, "started")) == before


def test_a_person_can_choose_another_step_by_reading(ended: Path, tmp_path: Path) -> None:
    folder = tmp_path / "job"
    shutil.copytree(ended, folder)
    shelf = Path(json.loads((folder / "job.json").read_text())["shelf"])
    weights = (shelf / "old-inventory" / "adapter_model.safetensors").read_bytes()
    other = next(step for step in list_steps(folder) if step != read_state(folder).kept_step)
    assert use_step(folder, other) == "old-inventory"
    assert (shelf / "old-inventory" / "adapter_model.safetensors").read_bytes() != weights
    assert json.loads((shelf / "old-inventory" / "passport.json").read_text())["kept_step"] == other
    assert read_state(folder).kept_step == other
    own, chosen = read_state(ended).report, read_state(folder).report
    losses = {one.step: one.held_out_loss for one in read_state(folder).evaluations}
    assert chosen["perplexity"]["loss_after"] == round(losses[other], 5)
    assert chosen["perplexity"]["loss_before"] == round(losses[0], 5)
    assert chosen["perplexity"]["tokens"] == own["perplexity"]["tokens"]
    fall = -chosen["perplexity"]["change_percent"]
    assert (f"{fall:.0f} %" if fall >= 3 else f"{fall:.1f} %") in chosen["sentences"][0]
    assert chosen["perplexity"] != own["perplexity"]
    passport = json.loads((shelf / "old-inventory" / "passport.json").read_text())
    assert (passport["note"], passport["results"]["verdict"]) == (chosen["sentences"][0], chosen["verdict"])
    assert use_step(folder, other) == "old-inventory"
    assert read_state(folder).report == chosen
    assert use_step(folder, read_state(ended).kept_step or 0) == "old-inventory"
    assert read_state(folder).report == own
    assert (shelf / "old-inventory" / "adapter_model.safetensors").read_bytes() == weights
    with pytest.raises(BadValue, match="There are: 5, 10"):
        use_step(folder, 7)


def test_a_second_process_on_the_same_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_job(tmp_path)
    held = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR)
    fcntl.flock(held, fcntl.LOCK_EX)
    assert run_job(folder, monkeypatch) == 2
    os.close(held)
    assert "Another process" in capsys.readouterr().err
    assert events_of(folder, "failed") == []


def test_a_stop_keeps_what_was_learned_and_a_resume_finishes_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_job(tmp_path, {"epochs": 1.0})
    whole = EventLog.write

    def write(log: EventLog, kind: str, **facts: Any) -> None:
        whole(log, kind, **facts)
        if kind == "step" and facts["step"] == 3:
            (folder / STOP).touch()

    with monkeypatch.context() as patch:
        patch.setattr(EventLog, "write", write)
        assert run_job(folder, patch) == 0
    state = read_state(folder)
    assert (state.state, state.step, state.kept_step) == ("stopped", 3, 3)
    assert "stopped at step 3 of 5" in state.message
    assert run_job(folder, monkeypatch) == 0
    state = read_state(folder)
    assert (state.state, state.step, state.total) == ("done", 5, 5)
    assert events_of(folder, "started")[-1]["resumed_from"] == 3
    assert [voice.name for voice in Shelf([tmp_path / "voices"]).list()] == ["old-inventory"]


def test_pages_the_model_knows_already_end_by_themselves_with_nothing_on_the_shelf(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = make_pages()
    odd = Dataset(
        known.train,
        tuple(_with_text(one, "Once upon a time, there was a little girl.") for one in known.held_out),
        (),
        "1",
    )
    folder = make_job(tmp_path, {"epochs": 4.0, "learning_rate": 2e-2, "patience": 2}, odd)
    assert run_job(folder, monkeypatch) == 0
    state = read_state(folder)
    assert (state.state, state.voice, state.kept_step) == ("done", "", None)
    assert state.step < state.total
    assert [one.step for one in state.evaluations if one.kept] == [0]
    assert "nothing was learned" in state.message
    assert Shelf([tmp_path / "voices"]).list() == ()
    assert use_step(folder, 5) == "old-inventory"
    report = read_state(folder).report
    assert report["verdict"] == "worse"  # not the job's own, which is of no voice at all
    assert (
        json.loads((tmp_path / "voices/old-inventory/passport.json").read_text())["note"]
        == report["sentences"][0]
    )


def _with_text(example: Any, text: str) -> Any:
    return type(example)(example.prompt, text, example.source)


def test_a_loss_that_is_no_number_ends_in_a_sentence_and_the_best_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = VoiceTrainer.compute_loss

    def broken(self: VoiceTrainer, *given: Any, **named: Any) -> Any:
        loss = honest(self, *given, **named)
        return loss * float("nan") if self.state.global_step == self.breaks_at else loss  # type: ignore[attr-defined]

    monkeypatch.setattr(VoiceTrainer, "compute_loss", broken)
    monkeypatch.setattr(VoiceTrainer, "breaks_at", 7, raising=False)
    folder = make_job(tmp_path)
    assert run_job(folder, monkeypatch) == 0
    state = read_state(folder)
    assert (state.state, state.kept_step) == ("done", 5)
    assert "stopped being a number at step 8" in state.message
    monkeypatch.setattr(VoiceTrainer, "breaks_at", 1)
    folder = make_job(tmp_path)
    assert run_job(folder, monkeypatch) == 1
    state = read_state(folder)
    assert state.state == "failed"
    assert "smaller learning rate" in state.hint


def test_a_lack_of_memory_halves_the_batch_and_the_steps_learn_the_same(
    ended: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = VoiceTrainer.training_step

    def tight(self: VoiceTrainer, model: Any, inputs: dict[str, Any], *given: Any) -> Any:
        if len(inputs["input_ids"]) > 1 and self.state.global_step >= 3:
            raise torch.OutOfMemoryError("out of memory")
        return honest(self, model, inputs, *given)

    monkeypatch.setattr(VoiceTrainer, "training_step", tight)
    folder = make_job(tmp_path)
    assert run_job(folder, monkeypatch) == 0
    state = read_state(folder)
    assert state.state == "done"
    assert state.notices == (
        "Memory ran out with 2 passages at a time; it goes on with 1 and 2 batches to a step.",
    )
    assert losses_of(folder) == pytest.approx(losses_of(ended), abs=1e-4)


def test_memory_too_small_for_one_passage_is_told_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tight(self: VoiceTrainer, *given: Any) -> Any:
        raise RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 1 bytes")

    monkeypatch.setattr(VoiceTrainer, "training_step", tight)
    folder = make_job(tmp_path)
    assert run_job(folder, monkeypatch) == 1
    state = read_state(folder)
    assert (state.state, state.step) == ("failed", 0)
    assert "only one passage" in state.message
    assert "gradient checkpointing" in state.hint


def test_a_full_disk_ends_in_a_sentence_and_the_job_goes_on_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_job(tmp_path)
    honest = checkpoints.save_file

    def full(tensors: Any, file: Path, **named: Any) -> None:
        if "step-10" in str(file):
            raise OSError(28, os.strerror(28))
        honest(tensors, file, **named)

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "save_file", full)
        assert run_job(folder, patch) == 1
    state = read_state(folder)
    assert (state.state, state.message) == (
        "failed",
        "What it learned could not be saved: no space left on device.",
    )
    assert run_job(folder, monkeypatch) == 0
    assert (read_state(folder).state, events_of(folder, "started")[-1]["resumed_from"]) == ("done", 5)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"folder": "/nowhere/model"}, "no longer where it was"),
        ({"fingerprint": "0123456789abcdef"}, "not those that this training was ordered for"),
    ],
)
def test_a_base_that_is_gone_or_changed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, str], told: str
) -> None:
    folder = make_job(tmp_path, **change)
    assert run_job(folder, monkeypatch) == 1
    state = read_state(folder)
    assert state.state == "failed"
    assert told in state.message


def test_a_recipe_changed_by_hand_to_nonsense_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_job(tmp_path)
    values = json.loads((folder / RECIPE).read_text())
    (folder / RECIPE).write_text(json.dumps({**values, "learning_rate": float("nan")}))
    assert run_job(folder, monkeypatch) == 1
    assert "learning rate" in read_state(folder).message


def test_layers_that_the_model_does_not_have_are_told_with_those_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_job(tmp_path, {"target_modules": "query,lm_head"})
    assert run_job(folder, monkeypatch) == 1
    state = read_state(folder)
    assert "no layers called query, lm_head" in state.message
    assert "q_proj" in state.hint


def test_a_folder_that_is_no_job_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_job(tmp_path, monkeypatch) == 2
    assert "cannot be opened" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
