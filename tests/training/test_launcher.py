"""The line of trainings: one process at a time, whatever happens to it, to the app and to the machine."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from creative.errors import JobFailed, StorageFull, UnknownJob
from creative.training.folder import LOG, create_job, new_id
from creative.training.launcher import Launcher, Pace
from creative.training.progress import is_running, read_events, read_state
from creative.training.recipe import Recipe
from creative.training.records import JobState
from tests.training.test_folder import DATASET, make_order

PROGRAM = (sys.executable, "-m", "tests.training.small_job")
PACE = Pace(look_s=0.02, grace_s=0.6, end_s=0.5)
LONGEST_S = 60.0


class Room:
    """Memory that is free or not, and a diary of who asked."""

    def __init__(self, free: bool = True) -> None:
        self.free = free
        self.asked: list[str] = []

    def make_room(self, folder: Path) -> bool:
        self.asked.append(f"make {folder.name}")
        return self.free

    def take_back(self) -> None:
        if not self.asked or self.asked[-1] != "back":
            self.asked.append("back")


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "jobs"
    place.mkdir()
    yield place
    for folder in place.iterdir():
        kill(folder)


@contextmanager
def opened(jobs: Path, room: Room | None = None) -> Iterator[Launcher]:
    launcher = Launcher(jobs, room or Room(), PACE, PROGRAM)
    launcher.open()
    try:
        yield launcher
    finally:
        launcher.close()


def make_job(jobs: Path, title: str, created: float | None = None) -> str:
    order = make_order()
    when = time.time() if created is None else created
    order = dataclasses.replace(order, id=new_id(), title=title, created=when)
    return create_job(jobs, order, Recipe(rank=4), DATASET).name


def kill(folder: Path) -> int:
    """Kill the process of a job as `kill -9` does, and give its id; 0 when none runs."""
    pids = [event["pid"] for event in read_events(folder) if event["kind"] == "started"]
    if not pids or not is_running(folder):
        return 0
    with suppress(ProcessLookupError):
        os.kill(pids[-1], signal.SIGKILL)
    wait(lambda: not is_running(folder))
    return int(pids[-1])


def wait(until: Callable[[], object]) -> None:
    ends = time.monotonic() + LONGEST_S
    while not until():
        assert time.monotonic() < ends, "it did not happen"
        time.sleep(0.02)


def wait_for(launcher: Launcher, job: str, *states: str) -> JobState:
    wait(lambda: launcher.state(job).state in states)
    return launcher.state(job)


def starts(jobs: Path, job: str) -> int:
    return sum(event["kind"] == "started" for event in read_events(jobs / job))


def test_a_job_runs_to_its_end_in_a_session_of_its_own_at_a_low_rank(
    jobs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREATIVE_OWNER_KEY", "winter-coast-4711")
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with opened(jobs) as launcher:
        job = make_job(jobs, "steps 12")
        launcher.queue(job)
        wait_for(launcher, job, "training")
        pid = next(event["pid"] for event in read_events(jobs / job) if event["kind"] == "started")
        assert os.getsid(pid) == pid != os.getsid(0)
        assert os.getpriority(os.PRIO_PROCESS, pid) >= 10
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        assert b"OMP_NUM_THREADS=" in environment
        assert b"4711" not in environment
        assert b"hf_secret" not in environment
        # Its output goes to a file: nobody has to read it.
        assert os.readlink(f"/proc/{pid}/fd/1") == str(jobs / job / LOG)
        state = wait_for(launcher, job, "done")
    assert (state.step, state.total, state.message) == (12, 12, "It is done.")


def test_the_next_job_waits_its_turn_and_then_runs(jobs: Path) -> None:
    with opened(jobs) as launcher:
        first, second, third = (make_job(jobs, "steps 20") for _ in range(3))
        for job in (first, second, third):
            launcher.queue(job)
        wait_for(launcher, first, "training")
        assert [launcher.state(job).place for job in (second, third)] == [1, 2]
        assert launcher.state(second).state == "waiting"
        assert "until another training is done" in launcher.state(second).message
        assert [state.id for state in launcher.states()] == [third, second, first]
        wait_for(launcher, third, "done")
    events = [event for job in (first, second, third) for event in read_events(jobs / job)]
    ends = [event["at"] for event in events if event["kind"] == "done"]
    begins = [event["at"] for event in events if event["kind"] == "started"]
    assert begins[1] >= ends[0]
    assert begins[2] >= ends[1]


def test_stop_ends_the_one_that_runs_and_takes_the_other_out_of_the_line(jobs: Path) -> None:
    with opened(jobs) as launcher:
        first, second = make_job(jobs, "long"), make_job(jobs, "long")
        launcher.queue(first)
        launcher.queue(second)
        wait_for(launcher, first, "training")
        launcher.stop(second)
        assert launcher.state(second).state == "stopped"
        launcher.stop(first)
        assert wait_for(launcher, first, "stopped").message == "Stopped as asked."
        assert starts(jobs, second) == 0
        with pytest.raises(JobFailed, match="not under way"):
            launcher.stop(first)


def test_a_killed_job_counts_as_interrupted_and_goes_on_when_resumed(jobs: Path) -> None:
    with opened(jobs) as launcher:
        job = make_job(jobs, "steps 30")
        launcher.queue(job)
        wait(lambda: launcher.state(job).step >= 3)
        kill(jobs / job)
        state = wait_for(launcher, job, "interrupted")
        wait(lambda: launcher.state(job).notices)
        assert "killed" in launcher.state(job).notices[0]
        assert "Resume" in state.hint
        reached = state.step
        with pytest.raises(JobFailed):
            launcher.stop(job)
        launcher.resume(job)
        wait_for(launcher, job, "done")
    begun = [event["resumed_from"] for event in read_events(jobs / job) if event["kind"] == "started"]
    assert begun == [None, reached]


def test_a_job_outlives_the_app_and_is_found_again_not_started_twice(jobs: Path) -> None:
    with opened(jobs) as launcher:
        first, second = make_job(jobs, "steps 40"), make_job(jobs, "steps 2")
        launcher.queue(first)
        launcher.queue(second)
        wait_for(launcher, first, "training")
    assert is_running(jobs / first)
    with opened(jobs) as launcher:
        assert launcher.state(first).state == "training"
        assert launcher.state(second).state == "waiting"
        wait_for(launcher, second, "done")
        assert launcher.state(first).state == "done"
    assert (starts(jobs, first), starts(jobs, second)) == (1, 1)


def test_the_line_survives_a_restart_in_its_order(jobs: Path) -> None:
    launcher = Launcher(jobs, Room(), PACE, PROGRAM)
    names = [make_job(jobs, "steps 2") for _ in range(3)]
    for job in names:
        launcher.queue(job)
    with opened(jobs) as launcher:
        wait_for(launcher, names[-1], "done")
    began = [next(event["at"] for event in read_events(jobs / job)) for job in names]
    assert began == sorted(began)


def test_a_job_cut_off_with_the_machine_goes_on_by_itself_and_says_so(jobs: Path) -> None:
    with opened(jobs) as launcher:
        job, other = make_job(jobs, "steps 60"), make_job(jobs, "steps 2")
        launcher.queue(job)
        launcher.queue(other)
        wait(lambda: launcher.state(job).step >= 3)
    kill(jobs / job)
    with opened(jobs) as launcher:
        wait_for(launcher, job, "training")
        assert launcher.state(other).state == "waiting"  # its turn has not come
        assert "goes on from where it last saved" in launcher.state(job).notices[0]
        wait(lambda: launcher.state(job).step >= 10)
    assert starts(jobs, job) == 2


def test_a_job_that_gets_nowhere_is_not_started_by_itself_again_and_again(jobs: Path) -> None:
    job = make_job(jobs, "hang")
    with opened(jobs) as launcher:
        launcher.queue(job)
        wait_for(launcher, job, "training")
    kill(jobs / job)
    with opened(jobs) as launcher:
        wait_for(launcher, job, "training")
    kill(jobs / job)
    with opened(jobs) as launcher:
        time.sleep(0.5)
        assert launcher.state(job).state == "interrupted"
    assert starts(jobs, job) == 2


def test_a_job_that_died_while_the_app_looked_on_waits_for_a_person(jobs: Path) -> None:
    with opened(jobs) as launcher:
        job = make_job(jobs, "long")
        launcher.queue(job)
        wait_for(launcher, job, "training")
        kill(jobs / job)
        wait(lambda: launcher.state(job).notices)
    with opened(jobs) as launcher:
        time.sleep(0.3)
        assert launcher.state(job).state == "interrupted"
    assert starts(jobs, job) == 1


@pytest.mark.parametrize("held", [False, True])
def test_a_job_that_hangs_is_ended_some_time_after_the_stop(jobs: Path, held: bool) -> None:
    with opened(jobs) as launcher:
        job = make_job(jobs, "hang")
        launcher.queue(job)
        wait_for(launcher, job, "training")
        if held:
            pid = next(event["pid"] for event in read_events(jobs / job) if event["kind"] == "started")
            os.kill(pid, signal.SIGSTOP)
        launcher.stop(job)
        assert launcher.state(job).state == "finishing"
        state = wait_for(launcher, job, "stopped")
    assert "stayed silent" in state.message
    assert not is_running(jobs / job)


def test_a_program_that_breaks_off_is_told_with_its_last_words(jobs: Path) -> None:
    with opened(jobs) as launcher:
        job = make_job(jobs, "break")
        launcher.queue(job)
        state = wait_for(launcher, job, "failed")
    assert "the floor is gone" in state.message
    assert state.hint


def test_of_two_apps_on_one_home_only_the_first_starts_jobs(jobs: Path) -> None:
    with opened(jobs) as first:
        job = make_job(jobs, "steps 10")
        time.sleep(0.1)
        with opened(jobs) as second:
            second.queue(job)
            wait_for(second, job, "done")
            assert first.state(job).state == "done"
    assert starts(jobs, job) == 1


def test_memory_is_made_free_first_and_taken_back_at_the_end(jobs: Path) -> None:
    room = Room(free=False)
    with opened(jobs, room) as launcher:
        first, second = make_job(jobs, "steps 3"), make_job(jobs, "steps 3")
        launcher.queue(first)
        launcher.queue(second)
        wait(lambda: f"make {first}" in room.asked)
        assert launcher.state(first).state == "waiting"
        room.free = True
        wait_for(launcher, second, "done")
        wait(lambda: room.asked[-1] == "back")
    # Between two jobs the memory is not taken back for a moment.
    between = room.asked[room.asked.index(f"make {first}") : room.asked.index(f"make {second}")]
    assert "back" not in between


def test_a_job_under_way_is_not_deleted_and_an_ended_one_is_gone(jobs: Path) -> None:
    with opened(jobs) as launcher:
        job = make_job(jobs, "long")
        launcher.queue(job)
        wait_for(launcher, job, "training")
        with pytest.raises(JobFailed, match="Stop it first"):
            launcher.delete(job)
        launcher.stop(job)
        wait_for(launcher, job, "stopped")
        launcher.delete(job)
        assert launcher.states() == ()
        assert [entry.name for entry in jobs.iterdir() if not entry.name.startswith(".leader")] == []


@pytest.mark.parametrize("name", ["", "..", "../jobs", "0123456789ab", "/etc", "0123456789AB", 7, None])
def test_only_the_id_of_a_job_leads_to_a_folder(jobs: Path, name: object) -> None:
    launcher = Launcher(jobs, Room(), PACE, PROGRAM)
    make_job(jobs, "steps 1")
    for act in (launcher.state, launcher.queue, launcher.resume, launcher.stop, launcher.delete):
        with pytest.raises(UnknownJob):
            act(name)  # type: ignore[operator]


def test_what_runs_or_is_done_is_not_resumed(jobs: Path) -> None:
    with opened(jobs) as launcher:
        job = make_job(jobs, "steps 8")
        launcher.queue(job)
        with pytest.raises(JobFailed):
            launcher.resume(job)
        wait_for(launcher, job, "done")
        with pytest.raises(JobFailed, match="nothing left to learn"):
            launcher.resume(job)


def test_a_training_started_from_a_shell_is_shown_and_keeps_others_waiting(jobs: Path) -> None:
    shell, other = make_job(jobs, "steps 30"), make_job(jobs, "steps 2")
    with subprocess.Popen([*PROGRAM, str(jobs / shell)]) as started, opened(jobs) as launcher:
        wait_for(launcher, shell, "training")
        launcher.queue(other)
        wait_for(launcher, other, "done")
        assert started.wait(10) == 0
    begun = next(event["at"] for event in read_events(jobs / other))
    assert begun >= max(event["at"] for event in read_events(jobs / shell))


def test_a_full_disk_is_told_and_what_it_kept_from_beginning_can_begin(small_disk: Path) -> None:
    launcher = Launcher(small_disk, Room(), PACE, PROGRAM)
    job, other = make_job(small_disk, "steps 3"), make_job(small_disk, "steps 3")
    launcher.queue(job)
    filler = fill(small_disk)
    with pytest.raises(StorageFull, match="could not be written down"):
        launcher.queue(other)
    with opened(small_disk) as launcher:
        state = wait_for(launcher, job, "failed")
        assert "No space left" in state.message
        assert "resume" in state.hint
        filler.unlink()
        launcher.resume(job)
        wait_for(launcher, job, "done")


def test_a_disk_that_fills_up_under_a_job_is_told_and_the_job_goes_on_afterwards(small_disk: Path) -> None:
    with opened(small_disk) as launcher:
        job = make_job(small_disk, "steps 60")
        launcher.queue(job)
        wait(lambda: launcher.state(job).step >= 3)
        filler = fill(small_disk)
        state = wait_for(launcher, job, "failed")
        assert state.step >= 3
        filler.unlink()
        launcher.resume(job)
        wait_for(launcher, job, "done")


def fill(disk: Path) -> Path:
    """Write until nothing fits any more; gives the file that takes the room."""
    with (disk / "filler").open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        file.writelines(bytes(512) for _ in range(10_000))
    return disk / "filler"


def test_the_state_is_read_from_the_folder_alone(jobs: Path) -> None:
    with opened(jobs) as launcher:
        job = make_job(jobs, "steps 4")
        launcher.queue(job)
        done = wait_for(launcher, job, "done")
    assert read_state(jobs / job) == done
