"""Finding and downloading models, through the real hub library against a small server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from huggingface_hub import constants

from creative.catalogue.hub import (
    STARTER_FOLDER,
    DownloadStopped,
    check_id,
    download,
    find_cached,
    find_model,
)
from creative.catalogue.weights import measure
from creative.errors import ModelDamaged, ModelGated, ModelUnreachable, StorageFull, UnknownModel

from .small_hub import COMMIT, STARTER, Hub


def test_the_starter_needs_no_network_and_no_name() -> None:
    assert find_model("starter").folder == find_model("").folder == STARTER_FOLDER == STARTER


def test_a_download_streams_its_progress_and_takes_only_what_is_safe(hub: Hub) -> None:
    assert find_model("maker/tiny").folder is None
    steps: list[tuple[int, int]] = []
    folder = download("maker/tiny", lambda done, total: steps.append((done, total)))
    assert folder.name == COMMIT
    assert hub.files_sent() == {
        *(file.name for file in STARTER.iterdir() if file.suffix in {".json", ".safetensors"})
    }
    totals = {total for _, total in steps}
    assert len(totals) == 1
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert steps[-1][0] == totals.pop() > 1_000_000
    assert len(steps) > len(hub.files_sent()) + 3
    assert measure(folder) == measure(STARTER)
    assert find_model("maker/tiny").folder == folder


def test_a_model_that_is_here_is_not_asked_for_again(hub: Hub) -> None:
    folder = download("maker/tiny")
    hub.asked.clear()
    assert download("maker/tiny") == folder
    assert hub.asked == []


def test_a_stopped_download_goes_on_where_it_stopped(hub: Hub) -> None:
    stop = threading.Event()

    def stop_halfway(done: int, total: int) -> None:
        if done > total / 2:
            stop.set()

    with pytest.raises(DownloadStopped, match="go on where it stopped"):
        download("maker/tiny", stop_halfway, stop)
    assert find_cached("maker/tiny") is None
    hub.asked.clear()
    steps: list[int] = []
    download("maker/tiny", lambda done, total: steps.append(done))
    ranges = [asked for method, path, asked in hub.asked if method == "GET" and path.endswith(".safetensors")]
    begun = [asked for asked in ranges if asked]
    assert len(begun) == 1
    assert int(begun[0].removeprefix("bytes=").removesuffix("-")) > 1_000_000
    assert steps[0] > 0


def test_weights_that_arrive_changed_are_thrown_away(hub: Hub) -> None:
    hub.garbled = True
    with pytest.raises(ModelDamaged, match="did not arrive as it was sent"):
        download("maker/tiny")
    assert find_cached("maker/tiny") is None
    hub.garbled = False
    assert measure(download("maker/tiny")) == measure(STARTER)


def test_a_line_that_breaks_is_taken_up_again(hub: Hub) -> None:
    hub.cut_after = 8_000_000
    assert measure(download("maker/tiny")) == measure(STARTER)


def test_a_stop_before_the_start_asks_nothing(hub: Hub) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(DownloadStopped):
        download("maker/tiny", None, stop)
    assert hub.asked == []


@pytest.mark.parametrize(
    "model_id",
    [
        *("../../etc", "a/../b", "a//b", "a/b/c", "/etc", "..", "a/..", "a--b/c", "a b/c", "a/b.git", "-a/b"),
        *("ä/b", "a/" + "b" * 96, "a\\b", "a/b\n"),
    ],
)
def test_what_is_not_a_hub_id_never_reaches_network_or_disk(hub: Hub, tmp_path: Path, model_id: str) -> None:
    with pytest.raises(UnknownModel, match="looks like"):
        check_id(model_id)
    with pytest.raises(UnknownModel):
        download(model_id)
    assert hub.asked == []
    assert not (tmp_path / "cache").exists()


def test_a_name_the_hub_does_not_know_lists_what_there_is(hub: Hub) -> None:
    with pytest.raises(UnknownModel) as caught:
        download("maker/misspelt")
    assert "maker/misspelt" in caught.value.message
    assert "Qwen/Qwen2.5-0.5B-Instruct" in caught.value.hint
    assert "HF_TOKEN" in caught.value.hint


def test_a_gated_model_says_where_to_accept_the_terms(hub: Hub) -> None:
    hub.gated.add("maker/tiny")
    with pytest.raises(ModelGated) as caught:
        download("maker/tiny")
    assert f"{hub.address}/maker/tiny" in caught.value.hint
    assert "HF_TOKEN" in caught.value.hint


def test_a_hub_in_trouble_is_told_with_its_answer(hub: Hub) -> None:
    hub.broken.add("maker/tiny")
    with pytest.raises(ModelUnreachable, match="503"):
        download("maker/tiny")


def test_no_network_is_told(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = "http://127.0.0.1:9"
    monkeypatch.setattr(constants, "ENDPOINT", nowhere)
    template = nowhere + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    with pytest.raises(ModelUnreachable, match="cannot be reached"):
        download("maker/tiny")


def test_a_model_of_pickles_alone_is_refused_before_it_is_fetched(hub: Hub) -> None:
    repo = hub.repos["maker/tiny"]
    hub.repos["maker/tiny"] = {name: body for name, body in repo.items() if not name.endswith(".safetensors")}
    with pytest.raises(ModelDamaged, match=r"pytorch_model\.bin, a kind that can run code"):
        download("maker/tiny")
    assert hub.files_sent() == {"config.json"}


def test_a_model_for_another_program_is_refused(hub: Hub) -> None:
    hub.repos["maker/tiny"] = {"config.json": b"{}", "tiny.Q4_K_M.gguf": b"GGUF"}
    with pytest.raises(ModelDamaged, match="made for another program"):
        download("maker/tiny")
    hub.repos["maker/other"] = {"tiny.Q4_K_M.gguf": b"GGUF"}
    with pytest.raises(ModelDamaged, match=r"no config\.json"):
        download("maker/other")


def test_a_model_with_code_of_its_own_is_refused_before_its_weights_are_fetched(hub: Hub) -> None:
    config = b'{"model_type": "tiny", "auto_map": {"AutoModelForCausalLM": "modeling_tiny.Tiny"}}'
    hub.repos["maker/tiny"]["config.json"] = config
    with pytest.raises(ModelDamaged, match="program code"):
        download("maker/tiny")
    assert hub.files_sent() == {"config.json"}


def test_too_little_disk_is_told_before_anything_large_is_fetched(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=1_000_000))
    with pytest.raises(StorageFull, match=r"0\.0 GB of disk; 0\.0 GB are free"):
        download("maker/tiny")
    assert hub.files_sent() == {"config.json"}


def test_a_download_onto_a_disk_that_fills_up_is_told(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(small)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(small))
        monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=10**12))
        with pytest.raises(StorageFull, match="became full"):
            download("maker/tiny")
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


def test_a_folder_is_taken_as_it_is_and_looked_at(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_model(str(model)).id == "my-model"
    monkeypatch.chdir(model.parent)
    assert find_model("my-model").folder == model
    (model / "config.json").unlink()
    with pytest.raises(ModelDamaged, match=r"no config\.json"):
        find_model("./my-model")
    with pytest.raises(ModelDamaged, match="no model folder"):
        find_model("./nowhere")


def test_the_environment_decides_endpoint_cache_and_being_offline(hub: Hub, tmp_path: Path) -> None:
    program = "import sys; from creative.catalogue.hub import download; print(download(sys.argv[1]))"
    environment = {**os.environ, "HF_ENDPOINT": hub.address, "HF_HOME": str(tmp_path / "home")}
    environment.pop("HF_HUB_CACHE", None)

    def run(model_id: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", program, model_id]
        root = STARTER.parents[1]
        return subprocess.run(
            command, capture_output=True, text=True, cwd=root, env={**environment, **more}, check=False
        )

    first = run("maker/tiny")
    assert first.stdout.strip().endswith(f"snapshots/{COMMIT}"), first.stderr
    hub.asked.clear()
    assert run("maker/tiny", HF_HUB_OFFLINE="1").stdout == first.stdout
    assert "HF_HUB_OFFLINE forbids" in run("maker/other", HF_HUB_OFFLINE="1").stderr
    assert hub.asked == []
