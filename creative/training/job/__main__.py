"""Runs the training of a job's folder: `python -m creative.training.job FOLDER`; start it again to resume.

With several processes: `accelerate launch --num_processes 2 -m creative.training.job FOLDER`; only the first writes.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import TracebackType

from creative.errors import CreativeError, JobFailed
from creative.training import folder as names
from creative.training.folder import read_order, read_recipe, telling_of_a_full_disk
from creative.training.progress import EventLog, read_events

REFUSED = 2
FAILED = 1
_ENDS = {"done", "stopped", "failed", "queued"}


def main() -> int:
    """Run the job and give the exit status: 0 ended, 1 failed (the events say why), 2 refused."""
    parser = argparse.ArgumentParser(prog="python -m creative.training.job", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of the job, as the Training tab makes it")
    folder: Path = parser.parse_args().folder
    first = os.environ.get("RANK", "0") == "0"
    # A machine that shuts down ends the process without a word; the job then counts as interrupted.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    status = REFUSED
    try:
        read_order(folder)
        with holding(folder) if first else nullcontext():
            status = FAILED
            with telling_its_end(folder) if first else nullcontext():
                work(folder, first)
    except CreativeError as err:
        print(err, file=sys.stderr)
        return status
    return 0


def work(folder: Path, first: bool) -> None:
    """Do the whole training."""
    order, recipe = read_order(folder), read_recipe(folder)
    keep_quiet(folder)
    from creative.training.job.finish import finish
    from creative.training.job.run import Run
    from creative.training.job.telling import Teller

    run = Run(folder, order, recipe, Teller(folder, first))
    run.open()
    run.measure()
    finish(run, run.train())


@contextmanager
def holding(folder: Path) -> Iterator[None]:
    """Hold the job's lock; raises `JobFailed` when another process works on it, or its work is done."""
    with telling_of_a_full_disk("The training could not begin"):
        lock = os.open(folder / names.LOCK, os.O_CREAT | os.O_RDWR)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as err:
            raise JobFailed(
                "Another process is working on this training already.",
                "Watch it in the Training tab, or stop it first.",
            ) from err
        ends = [event for event in read_events(folder) if event["kind"] in _ENDS]
        last = ends[-1] if ends else {}
        if last.get("kind") == "done":
            raise JobFailed(
                "This training has ended.", "Choose another of its steps, or start a new training."
            )
        _forget_old_stop(folder / names.STOP, float(last.get("at", 0.0)))
        yield
    finally:
        os.close(lock)


def _forget_old_stop(stop: Path, ended: float) -> None:
    """Remove a wish to stop that was fulfilled, or that was there before the job was queued again."""
    if stop.exists() and stop.stat().st_mtime <= ended:
        stop.unlink()


class telling_its_end:  # noqa: N801 - reads as a verb where it is used
    """Writes down how the work ended when it ended badly; a job that goes without a word counts as interrupted."""

    def __init__(self, folder: Path) -> None:
        self._log = EventLog(folder)

    def __enter__(self) -> None:
        self._log.keep_reserve()

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(err, CreativeError):
            self._log.write("failed", message=err.message, hint=err.hint)
        elif isinstance(err, OSError):
            told = f"The training could not go on: {(err.strerror or str(err)).lower()}."
            self._log.write("failed", message=told, hint="Look at the disk, then resume it.")
        elif isinstance(err, Exception):
            told = f"The training ended by an error in the program: {type(err).__name__}."
            self._log.write("failed", message=told, hint="Its log has the details; resume it to try again.")
        self._log.give_up_reserve()


def keep_quiet(folder: Path) -> None:
    """Keep the libraries from the network, and their notes in the job's folder; before they are imported."""
    os.environ |= {
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "TRANSFORMERS_VERBOSITY": "error",
        "TOKENIZERS_PARALLELISM": "false",
        "TENSORBOARD_LOGGING_DIR": str(folder / names.RUNS),
    }
    # On a machine that is shared, waiting threads must not burn the cores of others.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


if __name__ == "__main__":
    sys.exit(main())
