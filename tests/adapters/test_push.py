"""A voice goes to the hub: the real hub library against a small server, and every way it can be refused."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from huggingface_hub import constants

from creative.adapters import Shelf, Voice
from creative.adapters.card import write_card
from creative.adapters.passport import Passport, write_passport
from creative.adapters.placing import put_voice
from creative.adapters.push import NotPushed, push_voice
from creative.adapters.voice import CONFIG, WEIGHTS
from creative.errors import BadValue, ModelDamaged

from .small_hub import TOKEN, Answer, Hub, Repo

REPO = "mara/winter-coast"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with the account `mara`, whose token this machine has."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Answer", (Answer,), {"hub": hub}))
    hub.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    monkeypatch.setattr(constants, "ENDPOINT", hub.address)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    yield hub
    server.shutdown()
    server.server_close()


@pytest.fixture
def voice(made: Path, place: Path, tmp_path: Path) -> Voice:
    """A voice as a training shelves it."""
    source = tmp_path / "trained"
    source.mkdir()
    config = json.loads((made / "lora" / CONFIG).read_text())
    (source / CONFIG).write_text(
        json.dumps({**config, "base_model_name_or_path": "/home/mara/models/starter"})
    )
    (source / WEIGHTS).write_bytes((made / "lora" / WEIGHTS).read_bytes())
    passport = Passport(title="Winter Coast", base_id="starter", base_fingerprint="f" * 16, form="story")
    write_passport(source, passport)
    write_card(source, passport)
    put_voice(source, place, "Winter Coast")
    return Shelf((place,)).find("winter-coast")


def test_a_voice_goes_up_whole_and_private(hub: Hub, voice: Voice) -> None:
    assert push_voice(voice, REPO) == f"{hub.address}/{REPO}"
    there = hub.repos[REPO]
    assert there.private
    assert set(there.files) == {".gitattributes", CONFIG, WEIGHTS, "passport.json", "README.md"}
    assert there.files[WEIGHTS] == (voice.folder / WEIGHTS).read_bytes()
    assert json.loads(there.files[CONFIG])["base_model_name_or_path"] == "starter"
    assert b"/home/mara" not in b"".join(there.files.values())
    assert "POST /api/validate-yaml" in hub.asked  # the hub itself has read the card


def test_public_only_when_asked(hub: Hub, voice: Voice) -> None:
    push_voice(voice, REPO, private=False)
    assert not hub.repos[REPO].private


def test_a_repository_that_holds_something_is_left_alone(hub: Hub, voice: Voice) -> None:
    hub.repos[REPO] = Repo(private=True, files={"precious.txt": b"x"})
    with pytest.raises(NotPushed, match="There is a repository mara/winter-coast on the hub already"):
        push_voice(voice, REPO)
    assert hub.repos[REPO].files == {"precious.txt": b"x"}


def test_an_upload_cut_short_is_taken_up_again_but_never_into_a_public_place(hub: Hub, voice: Voice) -> None:
    hub.fails["commit"] = 403
    with pytest.raises(NotPushed):
        push_voice(voice, REPO)
    hub.fails.clear()
    push_voice(voice, REPO)
    assert WEIGHTS in hub.repos[REPO].files
    hub.repos["mara/open"] = Repo(private=False)
    with pytest.raises(NotPushed, match="already"):
        push_voice(voice, "mara/open")
    assert WEIGHTS not in hub.repos["mara/open"].files


def test_without_a_token_it_says_where_to_get_one(
    hub: Hub, voice: Voice, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "none"))
    with pytest.raises(NotPushed, match="no access token") as caught:
        push_voice(voice, REPO)
    assert f"{hub.address}/settings/tokens" in caught.value.hint
    assert hub.asked == []


@pytest.mark.parametrize(
    ("repo", "said"),
    [
        ("other/winter", r"does not let this token write to other/winter \(403\)"),
        (REPO, "does not know the access token"),
    ],
)
def test_a_door_that_is_closed_is_told(
    hub: Hub, voice: Voice, monkeypatch: pytest.MonkeyPatch, repo: str, said: str
) -> None:
    if repo == REPO:
        monkeypatch.setenv("HF_TOKEN", "hf_" + "b" * 34)
    with pytest.raises(NotPushed, match=said) as caught:
        push_voice(voice, repo)
    assert "token" in caught.value.hint


@pytest.mark.parametrize(
    ("step", "status", "said"),
    [
        ("create", 500, "cannot take mara/winter-coast now (it answered 500)"),
        ("validate-yaml", 400, "did not take mara/winter-coast (400): “So it was asked for”"),
        ("batch", 403, "does not let this token write to mara/winter-coast (403)"),
        ("main", 413, "did not take mara/winter-coast (413): “So it was asked for”"),
    ],
)
def test_a_hub_in_trouble_is_told_with_what_it_said(
    hub: Hub, voice: Voice, step: str, status: int, said: str
) -> None:
    hub.fails[step] = status
    with pytest.raises(NotPushed) as caught:
        push_voice(voice, REPO)
    assert said in caught.value.message
    assert caught.value.hint


def test_no_network_is_told(hub: Hub, voice: Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(NotPushed, match="cannot be reached, so mara/winter-coast was not written"):
        push_voice(voice, REPO)


def test_offline_is_told(hub: Hub, voice: Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(NotPushed, match="HF_HUB_OFFLINE"):
        push_voice(voice, REPO)
    assert hub.repos == {}


@pytest.mark.parametrize(
    "repo", ["", "winter", "a/b/c", "mara/..", "mara/a--b", "mara/-x", "../x/y", "mara/x.git", "m a/x"]
)
def test_names_the_hub_cannot_have_are_refused_here(hub: Hub, voice: Voice, repo: str) -> None:
    with pytest.raises(BadValue, match="is no name for a repository"):
        push_voice(voice, repo)
    assert hub.asked == []


def test_a_voice_whose_files_are_gone_is_told(hub: Hub, voice: Voice, tmp_path: Path) -> None:
    with pytest.raises(ModelDamaged, match="cannot be read"):
        push_voice(replace(voice, folder=tmp_path / "gone"), REPO)
