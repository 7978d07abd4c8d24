"""Events and the state that they add up to."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

import pytest

from creative.errors import ModelDamaged, StorageFull
from creative.training.folder import EVENTS, LOCK, create_job
from creative.training.progress import MOST_POINTS, EventLog, is_running, read_events, read_state
from creative.training.recipe import Recipe
from tests.training.test_folder import DATASET, make_order


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a job that nobody has started."""
    return create_job(tmp_path, make_order(), Recipe(rank=4), DATASET)


def hold(folder: Path) -> int:
    """Hold the job's lock as its process does; the descriptor frees it."""
    held = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR)
    fcntl.flock(held, fcntl.LOCK_EX)
    return held


def take_steps(log: EventLog, first: int, last: int, total: int = 20) -> None:
    """Write the events of some steps; the loss of step n is 5 - n / 10."""
    for step in range(first, last + 1):
        log.write(
            "step", step=step, total=total, epoch=step / 10, epochs=2, loss=5 - step / 10, tokens_per_s=100.0
        )


def test_a_new_job_waits(folder: Path) -> None:
    state = read_state(folder)
    assert (state.state, state.title, state.form) == ("waiting", "Ada", "story")
    assert state.recipe["rank"] == 4
    assert not is_running(folder)


def test_the_state_follows_the_events(folder: Path) -> None:
    log = EventLog(folder)
    held = hold(folder)
    log.write("started", pid=1, pid_started=0.0, resumed_from=None)
    assert read_state(folder).state == "starting"
    log.write("preflight", memory={"needed_gb": 1.0}, disk={}, time={"total_s": 60})
    log.write("phase", name="evaluating")
    log.write("evaluation", step=0, epoch=0.0, held_out_loss=4.0, kept=True)
    log.write("samples", step=0, cards=[{"title": "A storm", "seed": 3, "text": "Rain."}])
    log.write("phase", name="training")
    take_steps(log, 1, 10)
    log.write("notice", message="Smaller batches.")
    log.write("evaluation", step=10, epoch=1.0, held_out_loss=3.5, kept=True)
    state = read_state(folder)
    assert (state.state, state.step, state.total, state.loss) == ("training", 10, 20, 4.0)
    assert state.eval_loss == 3.5
    assert [(one.step, one.kept) for one in state.evaluations] == [(0, False), (10, True)]
    assert state.evaluations[0].cards[0].text == "Rain."
    assert state.notices == ("Smaller batches.",)
    assert state.preflight["time"] == {"total_s": 60}
    assert state.curve[0] == (1, 4.9)
    log.write("phase", name="shelving")
    assert read_state(folder).state == "finishing"
    log.write("shelved", voice="ada", kept_step=10)
    log.write("report", verdict="much")
    log.write("done", message="The voice stands on the shelf.")
    os.close(held)
    state = read_state(folder)
    assert (state.state, state.voice, state.kept_step) == ("done", "ada", 10)
    assert state.report == {"verdict": "much"}
    assert state.message == "The voice stands on the shelf."


def test_a_process_that_is_gone_without_a_word_is_told_as_interrupted(folder: Path) -> None:
    log = EventLog(folder)
    held = hold(folder)
    log.write("started", pid=1, pid_started=0.0, resumed_from=None)
    log.write("phase", name="training")
    assert read_state(folder).state == "training"
    os.close(held)
    state = read_state(folder)
    assert state.state == "interrupted"
    assert "Resume" in state.hint


def test_a_resumed_job_forgets_what_came_after_its_checkpoint(folder: Path) -> None:
    log = EventLog(folder)
    log.write("started", pid=1, pid_started=0.0, resumed_from=None)
    for step, loss in ((0, 4.0), (5, 3.5), (10, 3.0)):
        log.write("evaluation", step=step, epoch=step / 10, held_out_loss=loss, kept=True)
    take_steps(log, 1, 12)
    log.write("started", pid=2, pid_started=0.0, resumed_from=5)
    state = read_state(folder)
    assert [point[0] for point in state.curve] == [1, 2, 3, 4, 5]
    assert [(one.step, one.kept) for one in state.evaluations] == [(0, False), (5, True)]


def test_a_failure_keeps_its_two_sentences_and_a_job_queued_again_waits(folder: Path) -> None:
    log = EventLog(folder)
    log.write("started", pid=1, pid_started=0.0, resumed_from=None)
    log.write("failed", message="The disk is full.", hint="Free some space.")
    state = read_state(folder)
    assert (state.state, state.message, state.hint) == ("failed", "The disk is full.", "Free some space.")
    log.write("queued")
    assert read_state(folder).state == "waiting"


def test_a_torn_or_strange_line_harms_no_other(folder: Path) -> None:
    log = EventLog(folder)
    log.write("notice", message="one")
    with (folder / EVENTS).open("ab") as stream:
        stream.write(b'{"kind": "noti')
    log.write("notice", message="two")
    with (folder / EVENTS).open("ab") as stream:
        stream.write(
            b'{"kind": "step", "step": "x"}\n[1]\n{"kind": "unheard of"}\n{"kind": ["a"]}\n\xff\xfe\n'
        )
    log.write("notice", message="three")
    assert read_state(folder).notices == ("one", "two", "three")


def test_a_long_curve_is_thinned_and_keeps_its_last_step(folder: Path) -> None:
    lines = [
        json.dumps({"kind": "step", "step": n, "total": 9000, "epoch": 0, "epochs": 1, "loss": 2.0})
        for n in range(1, 4321)
    ]
    (folder / EVENTS).write_text("\n".join(lines) + "\n")
    curve = read_state(folder).curve
    assert len(curve) <= MOST_POINTS
    assert curve[-1] == (4320, 2.0)


def test_a_folder_that_is_no_job_has_no_state(tmp_path: Path) -> None:
    with pytest.raises(ModelDamaged):
        read_state(tmp_path)


class Full(EventLog):
    """A log on a disk that is full until the reserve is given up."""

    def _append(self, line: str) -> None:
        if self._reserve.exists():
            raise OSError(28, os.strerror(28))
        super()._append(line)


def test_a_full_disk_ends_in_a_sentence_that_is_still_written_down(folder: Path) -> None:
    log = Full(folder)
    log.keep_reserve()
    with pytest.raises(StorageFull, match="no space left"):
        log.write("step", step=1)
    assert list(read_events(folder)) == []
    log.write("failed", message="The disk is full.", hint="Free some space.")
    assert read_state(folder).message == "The disk is full."
