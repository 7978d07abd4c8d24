"""A training and the app, as a person has them: real programs, killed with `kill -9` in every order."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client, handle_file

from creative.training.progress import is_running, read_events, read_state
from tests.served import free_port
from tests.test_app import START_S, get, start
from tests.training.pages import prose

LONGEST_S = 900.0
SETTINGS = {"epochs": 12, "rank": 4, "batch": 2, "patience": 0, "evaluations_per_epoch": 4}


class App:
    """A real `python app.py` on one home, that can be killed and started again."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.process: subprocess.Popen[str]
        self.client: Client

    def start(self) -> None:
        self.process = start("--port", str(self.port), "--home", str(self.home))
        ends = time.monotonic() + 2 * START_S
        while get(f"http://127.0.0.1:{self.port}/")[0] != 200:
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < ends
            time.sleep(0.1)
        self.client = Client(f"http://127.0.0.1:{self.port}", verbose=False)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def ask(self, endpoint: str, job: str) -> dict[str, Any]:
        return dict(self.client.predict(id=job, api_name=endpoint))

    def job(self, job: str) -> dict[str, Any]:
        return self.ask("/job", job)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    app = App(tmp_path / "home")
    app.start()
    yield app
    app.kill()
    for folder in (app.home / "jobs").glob("*"):
        kill_job(folder)


def kill_job(folder: Path) -> None:
    """Kill whatever works on a job, as `kill -9` does, also before it has said who it is."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if str(folder).encode() in (process / "cmdline").read_bytes().split(b"\0"):
                os.kill(int(process.name), signal.SIGKILL)
    wait(lambda: not is_running(folder))


def wait(until: Callable[[], object]) -> None:
    ends = time.monotonic() + LONGEST_S
    while not until():
        assert time.monotonic() < ends, "it did not happen"
        time.sleep(0.2)


@pytest.mark.slow
def test_a_training_outlives_the_app_and_both_outlive_kill_9(app: App, tmp_path: Path) -> None:
    pages = tmp_path / "coast.txt"
    pages.write_text("\n\n".join(f"Chapter {n}\n\n{prose(n, 500)}" for n in range(1, 7)), encoding="utf-8")
    asked = {"files": [handle_file(str(pages))], "form": "story", "rights": "mine", "settings": SETTINGS}
    first = app.client.predict(**asked, name="Winter Coast", api_name="/train")
    second = app.client.predict(**asked, name="Summer Coast", api_name="/train")
    folder = app.home / "jobs" / first
    assert app.job(second)["state"] == "waiting"
    assert app.job(second)["place"] == 1
    wait(lambda: read_state(folder).step >= 2)

    app.kill()
    step = read_state(folder).step
    wait(lambda: read_state(folder).step > step)  # it learns on though nobody looks
    app.start()
    assert app.job(first)["state"] == "training"
    assert app.job(second)["state"] == "waiting"
    assert [event["kind"] for event in read_events(folder)].count("started") == 1

    wait(lambda: any((folder / "checkpoints").glob("step-*")))
    app.kill()
    kill_job(folder)  # the whole machine, so to say
    assert read_state(folder).state == "interrupted"
    app.start()
    wait(lambda: app.job(first)["state"] == "training")
    begun = [event["resumed_from"] for event in read_events(folder) if event["kind"] == "started"]
    assert begun[0] is None
    assert begun[1] > 0
    assert "goes on from where it last saved" in app.job(first)["notices"][0]

    kill_job(folder)
    wait(lambda: app.job(first)["state"] == "interrupted")
    wait(lambda: app.job(second)["state"] == "training")  # the next one does not wait for a person
    app.ask("/resume_job", first)
    assert app.job(first)["state"] == "waiting"
    app.ask("/stop_job", second)
    wait(lambda: app.job(second)["state"] == "stopped")
    wait(lambda: app.job(first)["state"] == "training")
    app.ask("/stop_job", first)
    wait(lambda: app.job(first)["state"] == "stopped")
    assert app.job(first)["hint"] == ""
    if app.job(first)["voice"]:
        written = app.client.submit(
            form="story",
            brief={"premise": "A ferry."},
            voice=app.job(first)["voice"],
            max_tokens=20,
            api_name="/write",
        )
        assert str(written.result()).strip()
