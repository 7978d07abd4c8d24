"""Engines for the tests: each opened once, on the real starter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache, partial
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

from creative.adapters import Shelf
from creative.catalogue import models
from creative.engines import machine
from creative.engines.contract import Engine, Piece, WriteRequest
from creative.engines.local import LocalEngine, open_engine
from creative.engines.opening import reacher
from creative.engines.scripted import ScriptedEngine
from creative.errors import UnknownVoice
from tests import servers

STARTER = Path(__file__).parents[2] / "creative" / "starter"
SCRIPT = "The lamp went out. Mara counted the steps to the door, and then the steps behind her. " * 40


class Folder:
    """A voice as the engine sees it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder


class FolderShelf:
    """A shelf that is a folder of adapters."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def find(self, name: str) -> Folder:
        folder = self.root / name
        if not folder.is_dir():
            raise UnknownVoice(name, (path.name for path in self.root.iterdir()))
        return Folder(folder)

    def verify(self, voice: object, info: object, model_folder: Path | None = None) -> None:
        """Accept every voice."""


def text_of(pieces: list[Piece], index: int = 0) -> str:
    """Give what one variant wrote."""
    return "".join(piece.text for piece in pieces if piece.index == index)


def submit_at_once(engine: LocalEngine, requests: list[WriteRequest]) -> list[str]:
    """Have all requests there before the next turn, and give their texts."""
    tickets = [engine._take(request, None) for request in requests]
    with engine._runner._changed:
        for ticket in tickets:
            engine._batch.submit(ticket)
        engine._runner._changed.notify()
    texts = []
    for ticket in tickets:
        pieces = []
        while (item := ticket.items.get(timeout=60)) is not None:
            pieces.append(item)
        texts.append(text_of(pieces))
    return texts


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(params=["without bf16", "with bf16"])
def processor(request: pytest.FixtureRequest) -> None:
    """Both kinds of processor; the one with instructions for bf16 only where it is one."""
    if request.param == "without bf16":
        request.getfixturevalue("ordinary")
    elif not machine.has_fast_bf16():
        pytest.skip("this processor has no instructions for bf16")


@pytest.fixture
def ordinary(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any processor passes for one with AVX2 only, as most have."""
    monkeypatch.setattr(machine, "has_fast_bf16", lambda: False)
    monkeypatch.setattr(machine, "has_avx2", lambda: True)
    monkeypatch.setattr(machine, "has_avx2_only", lambda: True)


@pytest.fixture(scope="session")
def voices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shelf with two LoRA voices and one DoRA voice of the starter, random but strong enough to be heard."""
    root = tmp_path_factory.mktemp("voices")
    for seed, (name, dora) in enumerate((("north", False), ("south", False), ("dora", True))):
        torch.manual_seed(seed)
        model = AutoModelForCausalLM.from_pretrained(STARTER, dtype=torch.float32)
        config = LoraConfig(
            r=4,
            lora_alpha=8,
            target_modules=["q_proj", "v_proj", "down_proj"],
            use_dora=dora,
            task_type="CAUSAL_LM",
        )
        tuned = get_peft_model(model, config)
        for key, weight in tuned.named_parameters():
            if "lora_B" in key:
                torch.nn.init.normal_(weight, std=0.3)
        tuned.save_pretrained(root / name)
    return root


@pytest.fixture(scope="session")
def local(voices: Path) -> Iterator[LocalEngine]:
    """The starter in fp32, where equality is equality."""
    engine = open_engine(STARTER, "fp32", shelf=FolderShelf(voices))
    yield engine
    engine.close()


def open_local(voices: Path) -> Engine:
    """Open the starter."""
    return open_engine(STARTER, "fp32", shelf=FolderShelf(voices))


def open_scripted(voices: Path) -> Engine:
    """Open the scripted engine."""
    return ScriptedEngine(SCRIPT, context=1024, delay_s=0.0005)


_RUNNING = ExitStack()


@pytest.fixture(scope="session", autouse=True)
def _no_server_stays() -> Iterator[None]:
    with _RUNNING:
        yield
        open_server.cache_clear()


@cache
def open_server(kind: str) -> str:
    """Give the address of a real server with the starter, started once; skips where its program is not installed."""
    if kind == "remote":
        return _RUNNING.enter_context(servers.transformers_server())
    if not servers.find_llama_cpp_python():
        pytest.skip(
            "needs llama-cpp-python[server] and gguf; LLAMA_CPP_PYTHON may name a Python that has them"
        )
    if kind == "llama-cpp-python":
        return _RUNNING.enter_context(servers.llama_cpp_python_server(servers.starter_gguf()))
    if not servers.find_llama_server():
        pytest.skip("needs llama.cpp's llama-server on the PATH or named by LLAMA_SERVER")
    return _RUNNING.enter_context(servers.llama_server(servers.starter_gguf()))


def open_at(kind: str, model: str, voices: Path) -> Engine:
    """Open the engine that writes through a real server of this kind."""
    reach = reacher(open_server(kind), "", Shelf((voices,)), models.load_catalogue((models.FOLDER,)))
    return reach(model, "auto", lambda done, total: None)


# The one list of engine kinds: a new kind is one entry here, and keeps the whole contract.
KINDS: dict[str, Callable[[Path], Engine]] = {
    "local": open_local,
    "scripted": open_scripted,
    "remote": partial(open_at, "remote", str(STARTER)),
    "llama-cpp-python": partial(open_at, "llama-cpp-python", ""),
    "llama-server": partial(open_at, "llama-server", ""),
}
EACH_KIND = [
    pytest.param(kind, marks=pytest.mark.slow) if kind.startswith("llama") else kind for kind in sorted(KINDS)
]


@pytest.fixture(scope="session", params=EACH_KIND)
def engine(request: pytest.FixtureRequest, voices: Path) -> Iterator[Engine]:
    """Each kind of engine in turn."""
    engine = KINDS[request.param](voices)
    yield engine
    engine.close()


def read_page(place: int, length: int) -> torch.Tensor:
    """Give so many tokens of the sample pages, from their `place`-th passage on (1 x length).

    Where numbers are rounded a model is asked about text: on tokens in random order its scores may stray further.
    """
    pages = sorted(STARTER.parents[1].glob("examples/pages/**/*.txt"))
    text = "\n\n".join(page.read_text(encoding="utf-8") for page in pages)
    ids = AutoTokenizer.from_pretrained(STARTER)(text).input_ids
    start = place * 400
    assert start + length <= len(ids)
    return torch.tensor([ids[start : start + length]])
