"""A job that is killed goes on as if nothing had happened, and two processes learn what one learns."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from creative.training.folder import CHECKPOINTS, EVENTS
from creative.training.job.checkpoints import ALLOCATION, find_newest
from creative.training.progress import EventLog, read_state

from .jobs import events_of, losses_of, make_job, run_job

SETTINGS = {"dropout": 0.2, "epochs": 1.6, "evaluations_per_epoch": 2, "patience": 0, "schedule": "cosine"}
"""With dropout and a falling rate, so that chance and schedule must be taken up too; 8 steps, measured at 2, 5, 8."""


class Killed(BaseException):
    """What no part of the job may catch, like a kill."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a job that ran without a break."""
    folder = make_job(tmp_path_factory.mktemp("whole"), SETTINGS)
    with pytest.MonkeyPatch.context() as patch:
        assert run_job(folder, patch) == 0
    return folder


def die_at(folder: Path, step: int, patch: pytest.MonkeyPatch) -> None:
    """Run a job that ends without a word right after a step."""
    told = EventLog.write

    def write(log: EventLog, kind: str, **facts: Any) -> None:
        told(log, kind, **facts)
        if kind == "step" and facts["step"] == step:
            raise Killed

    with patch.context() as inner:
        inner.setattr(EventLog, "write", write)
        with pytest.raises(Killed):
            run_job(folder, inner)


def test_a_resumed_job_has_the_losses_of_one_without_a_break(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_job(tmp_path, SETTINGS)
    die_at(folder, 4, monkeypatch)
    assert read_state(folder).state == "interrupted"
    assert run_job(folder, monkeypatch) == 0
    assert events_of(folder, "started")[-1]["resumed_from"] == 2
    assert losses_of(folder) == pytest.approx(losses_of(whole), abs=1e-4)
    here, there = read_state(folder).evaluations, read_state(whole).evaluations
    assert [(one.step, one.kept) for one in here] == [(one.step, one.kept) for one in there]
    assert [one.held_out_loss for one in here] == pytest.approx(
        [one.held_out_loss for one in there], abs=1e-4
    )
    assert [one.cards for one in here] == [one.cards for one in there]
    assert read_state(folder).kept_step == read_state(whole).kept_step


@pytest.mark.parametrize("step", [6, 9])
def test_adalora_goes_on_with_the_ranks_it_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    # 10 steps: ranks are taken away from the second on, and which are left is settled after the eighth.
    settings = SETTINGS | {
        "method": "adalora",
        "learning_rate": 2e-2,
        "epochs": 2.0,
        "evaluations_per_epoch": 4,
    }
    whole = make_job(tmp_path / "whole", settings)
    assert run_job(whole, monkeypatch) == 0
    folder = make_job(tmp_path / "killed", settings)
    die_at(folder, step, monkeypatch)
    assert run_job(folder, monkeypatch) == 0
    assert 3 < events_of(folder, "started")[-1]["resumed_from"] < step + 1
    assert losses_of(folder) == pytest.approx(losses_of(whole), abs=1e-4)

    def ranks(job: Path) -> dict[str, list[bool]]:
        last = job / CHECKPOINTS / "step-10"
        kept = load_file(last / ALLOCATION)
        return {name: left.tolist() for name, left in kept.items() if name.startswith("left.")}

    assert ranks(folder) == ranks(whole)
    shares = [sum(left) for left in ranks(whole).values()]
    assert min(shares) < max(shares)


def test_a_job_killed_before_its_first_checkpoint_begins_anew(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_job(tmp_path, SETTINGS)
    die_at(folder, 1, monkeypatch)
    assert run_job(folder, monkeypatch) == 0
    assert events_of(folder, "started")[-1]["resumed_from"] is None
    assert losses_of(folder) == pytest.approx(losses_of(whole), abs=1e-4)


def test_a_broken_or_half_written_newest_checkpoint_is_passed_over(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "job"
    shutil.copytree(whole, folder)
    places = folder / CHECKPOINTS
    assert find_newest(folder) == 8
    (places / ".step-9.part").mkdir()
    file = places / "step-8" / "optimizer.safetensors"
    file.write_bytes(file.read_bytes()[:-10])
    assert find_newest(folder) == 5
    assert not (places / ".step-9.part").exists()
    (places / "step-5" / "course.json").unlink()
    assert find_newest(folder) is None


def test_only_the_newest_checkpoints_are_kept_and_the_voice_of_every_measurement(whole: Path) -> None:
    assert sorted(place.name for place in (whole / CHECKPOINTS).iterdir()) == ["step-5", "step-8"]
    assert sorted(place.name for place in (whole / "weights").iterdir()) == ["step-2", "step-5", "step-8"]


def start(folder: Path, *launcher: str) -> subprocess.Popen[bytes]:
    """Start a job in a process of its own, as the shell does."""
    command = [sys.executable, *launcher, "-m", "creative.training.job", str(folder)]
    with (folder / "log.txt").open("ab") as log:
        return subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )


@pytest.mark.slow
def test_kill_9_in_the_middle_costs_nothing_but_the_steps_since_the_last_checkpoint(
    whole: Path, tmp_path: Path
) -> None:
    folder = make_job(tmp_path, SETTINGS, cards=False)
    process = start(folder)
    deadline = time.monotonic() + 400
    while len(losses_of(folder)) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert read_state(folder).state == "interrupted"
    assert start(folder).wait(timeout=400) == 0, (folder / "log.txt").read_text()[-2000:]
    assert events_of(folder, "started")[-1]["resumed_from"] in {2, 5}
    assert losses_of(folder) == pytest.approx(losses_of(whole), abs=1e-4)


@pytest.mark.slow
def test_two_processes_learn_what_one_learns_with_twice_the_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"batch": 2, "accumulation": 1, "epochs": 2.0, "patience": 0}
    two = make_job(tmp_path / "two", settings, cards=False)
    # Its --cpu waits for MPI; --multi_gpu starts the processes, which find no GPU and talk over gloo.
    launcher = (
        "-m",
        "accelerate.commands.launch",
        "--multi_gpu",
        "--num_processes",
        "2",
        "--num_machines",
        "1",
    )
    process = start(
        two, *launcher, "--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"
    )
    assert process.wait(timeout=500) == 0, (two / "log.txt").read_text()[-3000:]
    one = make_job(tmp_path / "one", {**settings, "batch": 4}, cards=False)
    assert run_job(one, monkeypatch) == 0
    assert len(events_of(two, "started")) == 1, "only the first process writes"
    assert losses_of(two) == pytest.approx(losses_of(one), abs=1e-3)
    assert read_state(two).state == "done"
    measured = [
        [event["held_out_loss"] for event in events_of(folder, "evaluation")] for folder in (two, one)
    ]
    assert measured[0] == pytest.approx(measured[1], abs=1e-3)
    assert (two / EVENTS).is_file()
