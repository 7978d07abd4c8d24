"""Pages that come in and voices that go out, over real HTTP: the owner's alone, whatever the request says."""

from __future__ import annotations

import http.client
import io
import json
import os
import stat
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from safetensors.numpy import save_file

from creative.adapters.voice import CONFIG, PASSPORT, WEIGHTS
from creative.errors import BadValue, TextTooLong, UnknownUpload
from creative.ui import uploads
from creative.ui.uploads import Uploads, shown_name
from tests.served import ROOT, serve

KEY = "winter-coast-4711"


@dataclass(frozen=True)
class Site:
    """A running app and the folder it lives in."""

    address: str
    home: Path

    def send(self, name: str, body: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
        """Send a file and give status and answer."""
        query = urllib.parse.urlencode({"name": name})
        asked = urllib.request.Request(
            f"{self.address}/folio/upload?{query}", data=body, method="POST", headers=headers
        )
        return self.ask(asked)

    def ask(self, asked: urllib.request.Request) -> tuple[int, dict[str, Any]]:
        """Give status and JSON."""
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as err:
            return err.code, json.loads(err.read())

    def kept(self) -> set[str]:
        """Give the names of what waits on the disk."""
        return {path.name for path in (self.home / "uploads").glob("*")}


def make_voice(folder: Path, title: str) -> None:
    """Put a voice on a shelf; nobody writes with it here."""
    folder.mkdir(parents=True)
    module = "base_model.model.model.layers.0.self_attn.q_proj"
    sides = {f"{module}.lora_{side}.weight": numpy.zeros((2, 2), "float32") for side in "AB"}
    save_file(sides, folder / WEIGHTS)
    config = {"peft_type": "LORA", "r": 2, "base_model_name_or_path": "starter"}
    (folder / CONFIG).write_text(json.dumps(config))
    (folder / PASSPORT).write_text(json.dumps({"title": title, "base_id": "starter"}))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The app of a writer at home, with one voice on the shelf."""
    home = tmp_path_factory.mktemp("home")
    make_voice(home / "voices" / "winter-coast", title="Winter Coast")
    with serve(home) as address:
        yield Site(address, home)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An app that others reach, whose owner has a key."""
    home = tmp_path_factory.mktemp("shared")
    make_voice(home / "voices" / "winter-coast", title="Winter Coast")
    with serve(home, "--host", "0.0.0.0", "--owner-key", KEY) as address:
        yield Site(address, home)


def test_a_file_is_kept_whole_in_a_folder_nobody_else_may_enter(site: Site) -> None:
    body = os.urandom(3_000_000)
    status, told = site.send("Winter coast.docx", body)
    assert (status, told["name"], told["bytes"]) == (200, "Winter coast.docx", len(body))
    place = site.home / "uploads"
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert (place / told["id"]).read_bytes() == body
    (upload,) = Uploads(place).read([told["id"]])
    assert (upload.name, upload.body) == ("Winter coast.docx", body)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\pages\\..\\one.txt", "one.txt"),
        ("/etc/shadow", "shadow"),
        ("a\0b\n.txt", "a_b_.txt"),
        ("渡轮 🛳.md", "渡轮 🛳.md"),
        ("", ""),
        (f"{'x' * 500}.fountain", f"{'x' * 90}…{'x' * 20}.fountain"),
    ],
)
def test_a_name_is_only_shown_and_leads_nowhere(site: Site, name: str, shown: str) -> None:
    before = {path for path in site.home.rglob("*") if "drafts" not in path.name}
    status, told = site.send(name, b"text")
    assert (status, told["name"]) == (200, shown)
    after = {path for path in site.home.rglob("*") if "drafts" not in path.name}
    assert {path.parent for path in after - before} <= {site.home / "uploads", site.home}
    assert shown_name(name) == shown


@pytest.mark.parametrize(
    "sent", [{}, {"x-owner-key": "wrong"}, {"host": "127.0.0.1", "x-forwarded-for": "127.0.0.1"}]
)
def test_a_guest_can_send_nothing_and_fetch_no_voice(shared: Site, sent: dict[str, str]) -> None:
    status, told = shared.send("one.txt", b"text", **sent)
    assert (status, told["error"]["kind"]) == (403, "NotAllowed")
    asked = urllib.request.Request(f"{shared.address}/folio/voice/winter-coast.zip", headers=sent)
    assert shared.ask(asked)[0] == 403
    assert shared.kept() == set()


@pytest.mark.parametrize("sent", [{"x-owner-key": KEY}, {"cookie": f"a=b; folio_owner={KEY}"}])
def test_the_owner_of_a_shared_page_can(shared: Site, sent: dict[str, str]) -> None:
    status, told = shared.send("one.txt", b"text", **sent)
    assert (status, told["bytes"]) == (200, 4)


def test_another_page_in_the_owners_browser_cannot(site: Site) -> None:
    before = site.kept()
    for place in ("cross-site", "same-site"):
        status, told = site.send("one.txt", b"text", **{"sec-fetch-site": place})
        assert (status, told["error"]["kind"]) == (403, "NotAllowed")
    assert site.send("one.txt", b"text", host="evil.example")[0] == 403
    assert site.kept() == before
    assert site.send("one.txt", b"text", **{"sec-fetch-site": "same-origin"})[0] == 200


def test_a_file_that_is_too_large_is_told_and_nothing_of_it_stays(site: Site) -> None:
    before = site.kept()
    status, told = site.send("novel.txt", bytes(65_000_000))
    assert (status, told["error"]["kind"]) == (413, "TextTooLong")
    assert "“novel.txt” has more than 64 MB" in told["error"]["message"]
    assert told["error"]["hint"]
    assert site.kept() == before


def test_a_file_that_breaks_off_leaves_nothing(site: Site) -> None:
    before = site.kept()
    line = http.client.HTTPConnection(site.address.removeprefix("http://"))
    line.putrequest("POST", "/folio/upload?name=one.txt")
    line.putheader("content-length", "1000000")
    line.endheaders()
    line.send(bytes(1000))
    time.sleep(0.3)
    line.close()
    ends = time.monotonic() + 10
    while site.kept() != before and time.monotonic() < ends:
        time.sleep(0.05)
    assert site.kept() == before


def test_a_voice_goes_out_as_a_plain_peft_folder(site: Site) -> None:
    with urllib.request.urlopen(f"{site.address}/folio/voice/winter-coast.zip", timeout=20) as answer:
        assert answer.headers["content-type"] == "application/zip"
        assert 'filename="winter-coast.zip"' in answer.headers["content-disposition"]
        names = set(zipfile.ZipFile(io.BytesIO(answer.read())).namelist())
    assert {f"winter-coast/{CONFIG}", f"winter-coast/{WEIGHTS}"} <= names


def test_a_voice_that_is_not_there_is_told_and_other_names_are_no_files(site: Site) -> None:
    status, told = site.ask(urllib.request.Request(f"{site.address}/folio/voice/nobody.zip"))
    assert (status, told["error"]["kind"]) == (400, "UnknownVoice")
    for name in ("../drafts.zip", "%2e%2e%2fdrafts.zip", "Winter.zip", "winter-coast.txt"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{site.address}/folio/voice/{name}", timeout=20)
        assert refused.value.code == 404


@pytest.mark.parametrize(
    ("endpoint", "values"),
    [
        ("/preview_manuscript", {"files": "pages", "form": "story", "name": "A"}),
        ("/train", {"files": "pages", "form": "story", "name": "A", "rights": "mine"}),
        ("/job", {"id": "0123456789ab"}),
        ("/stop_job", {"id": "0123456789ab"}),
        ("/resume_job", {"id": "0123456789ab"}),
    ],
)
def test_guests_are_refused_by_every_endpoint_of_training(
    shared: Site, endpoint: str, values: dict[str, Any]
) -> None:
    if "files" in values:
        values = {**values, "files": [handle_file(str(ROOT / "examples/pages/low-bridge.txt"))]}
    with pytest.raises(AppError, match="Only the owner of this playground may"):
        Client(shared.address, verbose=False).predict(api_name=endpoint, **values)


def test_a_guest_sees_the_voices_without_what_they_are_made_of(shared: Site) -> None:
    guest = Client(shared.address, verbose=False).predict(api_name="/voices")
    owner = Client(shared.address, verbose=False, headers={"x-owner-key": KEY}).predict(api_name="/voices")
    assert [v["name"] for v in guest] == [v["name"] for v in owner]
    assert not any("passport" in v or "folder" in v for v in guest)
    assert not any("folder" in v for v in owner)
    (own,) = (v for v in owner if v["name"] == "winter-coast")
    assert own["passport"]["title"] == "Winter Coast"


# --- the folder where files wait ----------------------------------------------------


@dataclass
class Shelfful:
    """A folder of uploads with a few files in it."""

    uploads: Uploads
    folder: Path
    ids: list[str] = field(default_factory=list)

    def add(self, name: str, body: bytes) -> str:
        arriving = self.uploads.begin(name)
        arriving.write(body)
        self.ids.append(str(arriving.finish()["id"]))
        return self.ids[-1]


@pytest.fixture
def waiting(tmp_path: Path) -> Shelfful:
    return Shelfful(Uploads(tmp_path / "uploads"), tmp_path / "uploads")


def test_files_are_forgotten_after_a_day(waiting: Shelfful) -> None:
    old, new = waiting.add("old.txt", b"1"), waiting.add("new.txt", b"2")
    for name in (old, f"{old}.json"):
        os.utime(waiting.folder / name, (1, time.time() - uploads.KEPT_S - 5))
    waiting.uploads.begin("next.txt").drop()
    assert {path.name for path in waiting.folder.iterdir()} == {new, f"{new}.json"}
    with pytest.raises(UnknownUpload, match="not here any more"):
        waiting.uploads.read([old])


@pytest.mark.parametrize(
    "ids", [None, [], "abc", ["../drafts.sqlite"], [7], ["0" * 32], {"a": 1}, ["x"] * 41]
)
def test_only_ids_of_files_that_wait_are_read(waiting: Shelfful, ids: object) -> None:
    waiting.add("one.txt", b"1")
    with pytest.raises((BadValue, UnknownUpload)):
        waiting.uploads.read(ids)


def test_more_than_can_be_held_in_memory_is_refused(
    waiting: Shelfful, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MB", 1)
    ids = [waiting.add("one.txt", bytes(60)) for _ in range(5)]
    with pytest.raises(TextTooLong, match="300 MB together; 256 MB"):
        waiting.uploads.read(ids)
    assert len(waiting.uploads.read(ids[:4])) == 4
