"""The front door as a person meets it: a real program, started, asked, ended, and killed."""

from __future__ import annotations

import ast
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from creative.drafts import Drafts
from tests.served import ROOT, free_port

START_S = 60.0
BEHIND_S = 1.0
ENVIRONMENT = {**os.environ, "HF_HUB_OFFLINE": "1", "GRADIO_ANALYTICS_ENABLED": "False"}

WRITER_TO_BE_KILLED = """
import sys, time
from pathlib import Path
from creative.engines.scripted import ScriptedEngine
from creative.orders import Order
from creative.settings import Settings
from creative.studio import Studio
from creative.trust import Visitor

engine = ScriptedEngine("The lamp went out. Mara counted the steps to the door. " * 400, delay_s=0.004)
studio = Studio(Settings(home=Path(sys.argv[1])), lambda *_: engine)
page = "Before the storm."
order = Order(
    "story", {"premise": "A lamp."}, action="continue", text=page, writer="w", max_tokens=16_000, seed=1
)
for step in studio.stream(order, Visitor(True)):
    if step.text:
        print(time.monotonic(), step.draft, step.nodes[0], repr(step.text), sep="\\t", flush=True)
"""


def start(*flags: str) -> subprocess.Popen[str]:
    """Start the program with these flags."""
    return subprocess.Popen(
        [sys.executable, "app.py", *flags],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def get(address: str) -> tuple[int, str]:
    """Give status and body; status 0 while nothing answers."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return int(answer.status), answer.read().decode()
    except urllib.error.HTTPError as err:
        return err.code, ""
    except OSError:
        return 0, ""


def test_the_page_answers_and_sigterm_ends_it(tmp_path: Path) -> None:
    port, began = free_port(), time.monotonic()
    app = start("--port", str(port), "--home", str(tmp_path))
    address = f"http://127.0.0.1:{port}"
    try:
        while get(f"{address}/")[0] != 200:
            assert app.poll() is None, app.communicate()
            assert time.monotonic() - began < START_S
            time.sleep(0.05)
        print(f"the page answered after {time.monotonic() - began:.2f} s")
        assert "folio.css" in get(f"{address}/")[1]
        assert get(f"{address}/folio/health") == (200, "ok")
    finally:
        app.terminate()
        said, complaints = app.communicate(timeout=20)
    assert f"Folio is at {address}" in said
    assert "Traceback" not in complaints
    assert get(f"{address}/folio/health")[0] == 0


def test_a_port_in_use_is_told_in_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        app = start("--port", str(port), "--home", str(tmp_path))
        said, complaints = app.communicate(timeout=START_S)
    assert app.returncode == 2
    assert said == ""
    assert f"The page cannot listen on 127.0.0.1:{port}" in complaints
    assert f"start with `--port {port % 65535 + 1}`" in complaints
    assert "Traceback" not in complaints


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--port", "0"], "The setting port cannot be “0”"),
        (["--host", "no.such.host.invalid"], "an address of this machine with --host"),
        (["--voice", "no/such/voice"], "There is no voice folder no/such/voice"),
    ],
)
def test_a_mistake_at_the_start_is_told_in_a_sentence(tmp_path: Path, flags: list[str], said: str) -> None:
    app = start(
        "--home", str(tmp_path), *(["--port", str(free_port())] if "--port" not in flags else []), *flags
    )
    complaints = app.communicate(timeout=START_S)[1]
    assert app.returncode == 2
    assert said in complaints
    assert "Traceback" not in complaints


def test_after_kill_9_the_text_is_there_but_for_the_last_second(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER_TO_BE_KILLED, str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout
    lines = [child.stdout.readline()]
    while float(lines[-1].split("\t")[0]) < float(lines[0].split("\t")[0]) + 2.3:
        lines.append(child.stdout.readline())
    child.send_signal(signal.SIGKILL)
    killed = time.monotonic()
    lines += child.stdout.read().splitlines()
    assert child.wait() == -signal.SIGKILL
    # CLOCK_MONOTONIC is one clock for both programs. The last line may have been cut by the kill.
    pieces = [line.rstrip("\n").split("\t") for line in lines if line.endswith(("'", "'\n", '"', '"\n'))]
    shown = "".join(ast.literal_eval(piece[3]) for piece in pieces)
    old = "".join(ast.literal_eval(piece[3]) for piece in pieces if float(piece[0]) <= killed - BEHIND_S)
    draft_id, node_id = pieces[0][1:3]
    assert len(old) > 50

    drafts = Drafts(tmp_path / "drafts.sqlite")
    node = drafts.node("w", draft_id, node_id)
    assert node.finish == "interrupted"
    assert node.text.startswith(f"Before the storm.{old}")
    assert f"Before the storm.{shown}".startswith(node.text) or node.text.startswith(
        f"Before the storm.{shown}"
    )
    draft = drafts.open("w", draft_id)
    assert (draft.head, draft.text) == (node_id, node.text)
    assert [(n.action, n.finish) for n in draft.nodes] == [
        ("start", "done"),
        ("edit", "done"),
        ("continue", "interrupted"),
    ]
    assert [n.parent for n in draft.nodes] == ["", draft.nodes[0].id, draft.nodes[1].id]
    back = drafts.undo("w", draft_id)
    assert back
    assert back.text == "Before the storm."
    drafts.close()
