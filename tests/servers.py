"""Real servers nobody here wrote, for tests and measurements: started on a free port, ended with them.

llama.cpp's two are used where they are found: `LLAMA_CPP_PYTHON` names a Python that has llama-cpp-python[server] and
gguf (else this one is looked at), `LLAMA_SERVER` the program llama-server (else the PATH is looked through).
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tests.served import free_port

ROOT = Path(__file__).parents[1]
STARTER = ROOT / "creative" / "starter"
SLOWEST_START_S = 180


@contextmanager
def transformers_server(folder: Path = STARTER, flags: Sequence[str] = (), threads: int = 1) -> Iterator[str]:
    """Run `transformers serve` on a folder and give its address."""
    port = free_port()
    # Its command line is a module of the library, so that the Python in use decides which.
    command = [
        sys.executable,
        "-c",
        "from transformers.cli.transformers import main; main()",
        "serve",
        str(folder),
    ]
    command += ["--port", str(port), "--host", "127.0.0.1", "--device", "cpu", "--dtype", "float32", *flags]
    with _running(command, f"http://127.0.0.1:{port}/health", threads):
        yield f"http://127.0.0.1:{port}/v1"


@contextmanager
def llama_cpp_python_server(gguf: Path, threads: int = 1) -> Iterator[str]:
    """Run llama-cpp-python's server on a GGUF file and give its address."""
    port = free_port()
    command = [
        find_llama_cpp_python(),
        "-m",
        "llama_cpp.server",
        "--model",
        str(gguf),
        "--model_alias",
        "starter",
    ]
    command += ["--n_ctx", "1024", "--n_threads", str(threads), "--interrupt_requests", "false"]
    command += ["--chat_format", "chatml", "--host", "127.0.0.1", "--port", str(port)]
    with _running(command, f"http://127.0.0.1:{port}/v1/models", threads):
        yield f"http://127.0.0.1:{port}/v1"


@contextmanager
def llama_server(gguf: Path, flags: Sequence[str] = (), threads: int = 1, slots: int = 8) -> Iterator[str]:
    """Run llama.cpp's own server on a GGUF file, with so many places of 1024 tokens, and give its address."""
    port = free_port()
    command = [find_llama_server(), "--model", str(gguf), "--alias", "starter", "--threads", str(threads)]
    command += ["--parallel", str(slots), "--ctx-size", str(1024 * slots), "--host", "127.0.0.1"]
    with _running([*command, "--port", str(port), *flags], f"http://127.0.0.1:{port}/health", threads):
        yield f"http://127.0.0.1:{port}/v1"


def find_llama_cpp_python() -> str:
    """Give the Python that has llama-cpp-python's server; empty when none is found."""
    if importlib.util.find_spec("llama_cpp"):
        return sys.executable
    return os.environ.get("LLAMA_CPP_PYTHON", "")


def find_llama_server() -> str:
    """Give the program llama-server; empty when none is found."""
    return os.environ.get("LLAMA_SERVER", "") or shutil.which("llama-server") or ""


@cache
def starter_gguf() -> Path:
    """Give the starter as a GGUF file in fp32, made once."""
    place = Path(tempfile.mkdtemp(prefix="starter-gguf-")) / "starter.gguf"
    _write_gguf(place)
    return place


def voice_gguf(voice: Path, folder: Path) -> Path:
    """Give a voice of the starter as a GGUF file of its name in the folder."""
    place = folder / f"{voice.name}.gguf"
    _write_gguf(place, voice)
    return place


def _write_gguf(place: Path, *voice: Path) -> None:
    program = [find_llama_cpp_python() or sys.executable, ROOT / "tests" / "gguf_starter.py"]
    subprocess.run([*program, STARTER, place, *voice], check=True)


@contextmanager
def _running(command: Sequence[str], sign_of_life: str, threads: int) -> Iterator[None]:
    # Nobody reads what it says, so it goes to a file: a full pipe would stop it.
    with tempfile.NamedTemporaryFile("w+", prefix="server-", suffix=".log") as log:
        server = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": str(threads)},
        )
        try:
            ends = time.monotonic() + SLOWEST_START_S
            while not _answers(sign_of_life):
                assert server.poll() is None, Path(log.name).read_text()[-3000:]
                assert time.monotonic() < ends, Path(log.name).read_text()[-3000:]
                time.sleep(0.1)
            yield
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
