"""The line of trainings: one process at a time, the next waits; all it knows is in the jobs' folders."""

from __future__ import annotations

import fcntl
import json
import logging
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from creative.errors import CreativeError, JobFailed, StorageFull, UnknownJob
from creative.training.endings import CUT_SHORT, HUNG, end_process, explain_end, read_last_line
from creative.training.folder import EVENTS, LOG, ORDER, STOP, telling_of_a_full_disk, write_json
from creative.training.progress import EventLog, is_running, read_events, read_state
from creative.training.records import JobState
from creative.training.shelving import use_step

log = logging.getLogger(__name__)

PROGRAM = (sys.executable, "-m", "creative.training.job")
QUEUED = "queued"
"""Marker in a job's folder: it waits for its turn. Its content: since when, and whether a person asked."""
ATTEMPT = "attempt.json"
"""The latest start: whether a person asked for it, the step it went on from, how its process ended."""
_LEADER = ".leader"
_ID = re.compile(r"[0-9a-f]{12}")
_PROJECT = Path(__file__).parents[2]
_NICENESS = 10
_MOST_THREADS = 16
_SECRETS = ("CREATIVE_OWNER_KEY", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
_CAN_GO_ON = ("stopped", "failed", "interrupted")
_ENDED = ("done", "stopped", "failed")
LEAVING_S = 10.0
"""How long a process that has said its last word is waited for."""


class Room(Protocol):
    """Whoever keeps the memory that a training needs."""

    def make_room(self, folder: Path) -> bool:
        """Leave the memory to the job in this folder if it needs it; False when that is not possible yet."""
        ...

    def take_back(self) -> None:
        """Take the memory again; nothing happens when none was left."""
        ...


@dataclass(frozen=True)
class Pace:
    """How patient the launcher is, in seconds."""

    look_s: float = 0.5
    """How often it looks after the processes."""
    grace_s: float = 300.0
    """How long a job that was asked to stop may be silent before its process is ended."""
    end_s: float = 10.0
    """How long an ended process may take to go before it is killed."""


class Launcher:
    """Starts, stops and finds again the processes of trainings. Safe from many threads."""

    def __init__(
        self, jobs: Path, room: Room, pace: Pace | None = None, program: Sequence[str] = PROGRAM
    ) -> None:
        """Look after the jobs of a folder; nothing is started before `open`. `program` is given the job's folder."""
        self._jobs = jobs
        self._program = tuple(program)
        self._room = room
        self._pace = pace or Pace()
        self._lock = threading.Lock()  # held where a job leaves the queue or comes into it
        self._woken = threading.Event()
        self._closed = False
        self._leader: int | None = None
        self._running = ""
        self._child: subprocess.Popen[bytes] | None = None
        self._hung_since = 0.0
        self._troubles: dict[
            str, str
        ] = {}  # why a job could not be started, where not even that could be written
        self._read: dict[str, tuple[object, JobState]] = {}
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Begin to look after the jobs, those of an earlier start of the app too."""
        self._thread = threading.Thread(target=self._watch, name="training-launcher", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look after nothing any more; a training under way goes on without the app."""
        self._closed = True
        self._woken.set()
        if self._thread:
            self._thread.join()
        if self._leader is not None:
            os.close(self._leader)
            self._leader = None

    # --- what a person may ask -----------------------------------------------------------

    def folder(self, job: str) -> Path:
        """Give a job's folder. Raises UnknownJob."""
        if not isinstance(job, str) or not _ID.fullmatch(job) or not (self._jobs / job / ORDER).is_file():
            raise UnknownJob(job, (folder.name for folder in self._folders()))
        return self._jobs / job

    def state(self, job: str) -> JobState:
        """Give how a job stands, its place in the line too. Raises UnknownJob."""
        return self._state(self.folder(job), self._line())

    def states(self) -> tuple[JobState, ...]:
        """Give all jobs, the latest first."""
        line = self._line()
        states = [self._state(folder, line) for folder in self._folders()]
        return tuple(sorted(states, key=lambda state: state.created, reverse=True))

    def queue(self, job: str, asked: bool = True) -> None:
        """Put a job at the end of the line; one that has ended before goes on from its last checkpoint.

        One that nobody `asked` for had its turn already: it comes first.
        """
        folder = self.folder(job)
        self._let_it_leave(folder)
        with self._lock, telling_of_a_full_disk("This could not be written down"):
            if self._is_alive(folder) or (folder / QUEUED).exists():
                raise JobFailed("This training is under way already.", "Look at it again in a moment.")
            (folder / STOP).unlink(missing_ok=True)
            write_json(folder / QUEUED, {"time": time.time() if asked else 0.0, "asked": asked})
            self._troubles.pop(job, None)
        self._woken.set()

    def resume(self, job: str) -> None:
        """Let a job that was stopped, failed or was interrupted go on from its last checkpoint."""
        state = self.state(job)
        if state.state not in _CAN_GO_ON:
            now = "done; there is nothing left to learn" if state.state == "done" else "under way already"
            raise JobFailed(f"This training is {now}.", "Start a new one to train differently.")
        self.queue(job)

    def stop(self, job: str) -> None:
        """End a job after its next step, keeping what it learned; one that waits leaves the line."""
        folder = self.folder(job)
        with self._lock, telling_of_a_full_disk("This could not be written down"):
            waiting = (folder / QUEUED).exists() and not self._is_alive(folder)
            if waiting:
                (folder / QUEUED).unlink()
                EventLog(folder).write("stopped", message="It was taken out of the line before its turn.")
            elif self._is_alive(folder):
                if not (folder / STOP).exists():
                    (folder / STOP).touch()
            else:
                raise JobFailed("This training is not under way.", "There is nothing to stop.")

    def use_step(self, job: str, step: int) -> None:
        """Make the voice of another step the one on the shelf. Raises BadValue listing the steps there are."""
        folder = self.folder(job)
        self._let_it_leave(folder)
        with self._lock:
            if self._is_alive(folder):
                raise JobFailed("This training is under way.", "Choose among its samples when it has ended.")
            use_step(folder, step)

    def delete(self, job: str) -> None:
        """Remove a job's folder, its checkpoints with it; the voice on the shelf stays."""
        folder = self.folder(job)
        self._let_it_leave(folder)
        with self._lock, telling_of_a_full_disk("This could not be written down"):
            if self._is_alive(folder):
                raise JobFailed("This training is under way.", "Stop it first; what it learned is kept.")
            # Renamed first, so that nobody finds half a job.
            gone = folder.with_name(f".deleted-{job}")
            folder.rename(gone)
            self._read.pop(job, None)
        shutil.rmtree(gone, ignore_errors=True)

    # --- what is in the folders ------------------------------------------------------------

    def _folders(self) -> list[Path]:
        if not self._jobs.is_dir():
            return []
        return [f for f in self._jobs.iterdir() if _ID.fullmatch(f.name) and (f / ORDER).is_file()]

    def _line(self) -> list[str]:
        """Give the jobs that wait, in their order."""
        waiting = [f for f in self._folders() if (f / QUEUED).exists() and f.name != self._running]
        return [f.name for f in sorted(waiting, key=lambda f: float(_read(f / QUEUED).get("time", 0)))]

    def _state(self, folder: Path, line: list[str]) -> JobState:
        state = self._read_state(folder)
        alive = self._is_alive(folder)
        if folder.name in self._troubles:
            return replace(
                state, state="failed", message=self._troubles[folder.name], hint="Free some space."
            )
        if folder.name in line and not alive:
            place = line.index(folder.name) + bool(self._running)
            others = "another training is" if place == 1 else f"{place} other trainings are"
            wait = f"It waits until {others} done." if place else "It is about to begin."
            return replace(state, state="waiting", place=place, message=wait, hint="")
        if alive and _age(folder / EVENTS) > _age(folder / ATTEMPT):
            # What the events say is of the start before.
            return replace(state, state="starting", message="The model is being opened.", hint="")
        if alive and (folder / STOP).exists():
            return replace(state, state="finishing", message="It stops and keeps what it learned.")
        return state

    def _read_state(self, folder: Path) -> JobState:
        """Read a job's folder, or remember it while nothing in it has changed."""
        events = folder / "events.jsonl"
        size = (events.stat().st_mtime_ns, events.stat().st_size) if events.exists() else None
        mark = (size, is_running(folder))
        known = self._read.get(folder.name)
        if known is None or known[0] != mark:
            known = (mark, read_state(folder))
            self._read[folder.name] = known
        return known[1]

    def _let_it_leave(self, folder: Path) -> None:
        """Wait while a process that has said its last word ends; libraries take seconds to leave."""
        ends = time.monotonic() + LEAVING_S
        while self._is_alive(folder) and read_state(folder).state in _ENDED and time.monotonic() < ends:
            self._woken.set()
            time.sleep(0.05)

    def _is_alive(self, folder: Path) -> bool:
        return (folder.name == self._running and self._child is not None) or is_running(folder)

    # --- looking after the processes; only the launcher's own thread comes here -------------

    def _watch(self) -> None:
        while not self._closed:
            try:
                if self._lead():
                    self._look()
            except (OSError, CreativeError) as err:
                # A full disk, a folder that was taken away: tried again at the next look.
                log.warning("The trainings cannot be looked after: %s", err)
            self._woken.wait(self._pace.look_s)
            self._woken.clear()

    def _lead(self) -> bool:
        """Tell whether this app looks after the jobs; a second one on the same home only shows them."""
        if self._leader is not None:
            return True
        if not self._jobs.is_dir():
            return False
        leader = os.open(self._jobs / _LEADER, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(leader, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(leader)
            return False
        self._leader = leader
        self._find_again()
        return True

    def _find_again(self) -> None:
        """Let what was cut short while no app looked on go on."""
        for folder in self._folders():
            if (
                not is_running(folder)
                and not (folder / QUEUED).exists()
                and read_state(folder).state == "interrupted"
            ):
                self._go_on(folder)

    def _go_on(self, folder: Path) -> None:
        """Let a job go on by itself, once for each time it has got further."""
        attempt = _read(folder / ATTEMPT)
        state = read_state(folder)
        if (folder / STOP).exists():
            EventLog(folder).write("stopped", message=CUT_SHORT)
            return
        # Without an attempt it was started from a shell; with an end its process died while an app looked on.
        if not attempt or attempt.get("ended") is not None:
            return
        if not attempt.get("asked", True) and state.step <= int(attempt.get("step", 0)):
            return
        told = "This training was cut off while the app was not running; it goes on from where it last saved."
        EventLog(folder).write("notice", message=told)
        self.queue(folder.name, asked=False)

    def _look(self) -> None:
        if not self._running:
            self._adopt()
        if self._running:
            folder = self._jobs / self._running
            if self._has_ended(folder):
                self._tidy(folder)
            else:
                self._end_if_hung(folder)
                return
        line = self._line()
        if not line:
            self._room.take_back()
        elif self._room.make_room(self._jobs / line[0]):
            self._start(self._jobs / line[0])

    def _adopt(self) -> None:
        """Look after a job that runs already, started by an earlier app or from a shell."""
        for folder in self._folders():
            if is_running(folder):
                (folder / QUEUED).unlink(missing_ok=True)
                self._running = folder.name
                self._room.make_room(folder)
                return

    def _has_ended(self, folder: Path) -> bool:
        if self._child is not None:
            return self._child.poll() is not None
        return not is_running(folder)

    def _start(self, folder: Path) -> None:
        with self._lock:
            if not (folder / QUEUED).exists():
                return  # It left the line a moment ago.
            asked = bool(_read(folder / QUEUED).get("asked", True))
            try:
                write_json(folder / ATTEMPT, {"asked": asked, "step": read_state(folder).step, "ended": None})
                self._child = _start_process([*self._program, str(folder)], folder)
            except OSError as err:
                self._refuse(folder, err)
                return
            self._running = folder.name
            # Removed last: an app that dies before leaves it in the line, where the lock keeps it from a second start.
            (folder / QUEUED).unlink()

    def _refuse(self, folder: Path, err: OSError) -> None:
        said = f"The training could not be started: {err.strerror or err}."
        (folder / QUEUED).unlink(missing_ok=True)
        try:
            EventLog(folder).write("failed", message=said, hint="Free some space or memory, then resume it.")
        except StorageFull:
            self._troubles[folder.name] = said

    def _tidy(self, folder: Path) -> None:
        """Write down how a process ended that said nothing itself."""
        code = self._child.returncode if self._child else None
        hung, self._hung_since = self._hung_since, 0.0
        with self._lock:
            self._child, self._running = None, ""
        if not folder.is_dir():
            return
        if read_state(folder).state in ("done", "stopped", "failed"):
            kind, facts = "", {}
        elif (folder / STOP).exists():
            kind, facts = "stopped", {"message": HUNG if hung else CUT_SHORT}
        elif code is None or code < 0:
            kind, facts = "notice", {"message": explain_end(code)}
        else:
            said = f"The training's program broke off: {read_last_line(folder / LOG)}"
            kind, facts = "failed", {"message": said, "hint": "Resume it; log.txt in its folder says more."}
        try:
            write_json(
                folder / ATTEMPT, {**_read(folder / ATTEMPT), "ended": "unseen" if code is None else code}
            )
            if kind:
                EventLog(folder).write(kind, **facts)
        except (OSError, StorageFull) as err:
            self._troubles[folder.name] = facts.get("message") or str(err)

    def _end_if_hung(self, folder: Path) -> None:
        """End the process of a job that was asked to stop and shows no sign of life."""
        if not (folder / STOP).exists():
            return
        signs = [file.stat().st_mtime for name in (STOP, EVENTS, LOG) if (file := folder / name).exists()]
        now = time.time()
        if now - max(signs) < self._pace.grace_s:
            return
        kill = bool(self._hung_since) and now - self._hung_since > self._pace.end_s
        self._hung_since = self._hung_since or now
        end_process(_find_process(folder, self._child), signal.SIGKILL if kill else signal.SIGTERM)


def _start_process(command: Sequence[str], folder: Path) -> subprocess.Popen[bytes]:
    """Start a job in a session of its own, so that it outlives the app, at a low rank among the programs."""
    environment = {name: value for name, value in os.environ.items() if name not in _SECRETS}
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    environment |= {
        "OMP_NUM_THREADS": str(min(cores, _MOST_THREADS)),
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": "1",  # the base is a folder of this machine
        "PYTHONUNBUFFERED": "1",
    }
    # A file, never a pipe: nobody may be there to read it, and a full pipe stops the child.
    with (folder / LOG).open("ab") as out:
        child = subprocess.Popen(
            command,
            cwd=_PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, child.pid, _NICENESS)
    with suppress(OSError):
        # Where memory runs out, the training goes before the page.
        Path(f"/proc/{child.pid}/oom_score_adj").write_text("500")
    return child


def _find_process(folder: Path, child: subprocess.Popen[bytes] | None) -> int:
    """Give the process of a running job; one that an earlier app started is told by the job itself."""
    if child is not None:
        return child.pid
    told = [event.get("pid") for event in read_events(folder) if event["kind"] == "started"]
    return told[-1] if told and isinstance(told[-1], int) and is_running(folder) else 0


def _age(file: Path) -> float:
    """Give the seconds since a file was written; endless when it never was."""
    return time.time() - file.stat().st_mtime if file.exists() else math.inf


def _read(file: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError):
        values = json.loads(file.read_text(encoding="utf-8"))
        return values if isinstance(values, dict) else {}
    return {}
