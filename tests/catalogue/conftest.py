"""A model folder and a small hub to test with."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from huggingface_hub import constants
from safetensors.torch import load_file, save_file

from creative.catalogue.weights import INDEX, WEIGHTS

from .small_hub import STARTER, Answer, Hub


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with one small model, `maker/tiny`, and an empty cache."""
    hub = Hub()
    answer = type("Answer", (Answer,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), answer)
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    hub.repos["maker/tiny"] = {
        **{
            file.name: file.read_bytes()
            for file in STARTER.iterdir()
            if file.suffix in {".json", ".safetensors"}
        },
        "README.md": b"# tiny",
        "pytorch_model.bin": b"a pickle",
        "modeling_tiny.py": b"raise SystemExit",
        "onnx/model.json": b"{}",
        "consolidated.safetensors": b"the same again",
    }
    monkeypatch.setattr(constants, "ENDPOINT", hub.address)
    template = hub.address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    yield hub
    server.shutdown()
    server.server_close()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A copy of the starter in a folder of its own, its weights in one file."""
    folder = tmp_path / "my-model"
    folder.mkdir()
    for file in STARTER.glob("*.json"):
        if file.name != INDEX:
            shutil.copy(file, folder)
    shards = [load_file(file) for file in sorted(STARTER.glob("*.safetensors"))]
    whole = {name: weight for shard in shards for name, weight in shard.items()}
    save_file(whole, folder / WEIGHTS, metadata={"format": "pt"})
    return folder
