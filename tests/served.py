"""A real `python app.py` on a free port for tests, ended with them."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[1]
SLOWEST_START_S = 90


def free_port() -> int:
    """Give a port nobody listens on, below those that Linux gives to connections: one of them may take it meanwhile."""
    for port in random.SystemRandom().sample(range(20_000, 32_000), 50):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("Fifty ports in a row are taken.")


@contextmanager
def serve(home: Path, *flags: str) -> Iterator[str]:
    """Run the app with its own starter on `home` and give its address once the page answers."""
    port = free_port()
    log = home / "app.log"
    home.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        app = subprocess.Popen(
            [sys.executable, "app.py", "--port", str(port), "--home", str(home), *flags],
            cwd=ROOT,
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
            stdout=out,
            stderr=out,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        ends = time.monotonic() + SLOWEST_START_S
        while not _answers(address):
            assert app.poll() is None, log.read_text()
            assert time.monotonic() < ends, log.read_text()
            time.sleep(0.05)
        yield address
    finally:
        app.terminate()
        app.wait(20)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
