"""A model on its way from a hub, watched on the page: a real download, while the starter writes on."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.browser import steps
from tests.browser.conftest import Server
from tests.catalogue.small_hub import STARTER, Answer, Hub
from tests.served import free_port

SLOW_S = 0.12
"""Before every 200 kB of about 20 MB: the download takes some twelve seconds."""


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A hub with one small model; another of its models is asked for and not there."""
    made = Hub(pause_s=SLOW_S)
    files = [file for file in STARTER.iterdir() if file.suffix in {".json", ".safetensors"}]
    made.repos["maker/tiny"] = {file.name: file.read_bytes() for file in files}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Answer", (Answer,), {"hub": made}))
    made.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def served(hub: Hub, tmp_path: Path) -> Iterator[Server]:
    """The page as an owner runs it, with the hub's models in its list."""
    home = tmp_path / "home"
    (home / "models").mkdir(parents=True)
    known = (STARTER.parent / "catalogue" / "starter.toml").read_text(encoding="utf-8")
    for name, title in (("tiny", "Tiny"), ("absent", "Absent")):
        model = known.replace('id = "starter"', f'id = "maker/{name}"').replace("The starter", title)
        (home / "models" / f"{name}.toml").write_text(model, encoding="utf-8")
    environment = {"HF_ENDPOINT": hub.address, "HF_HOME": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "0"}
    server = Server(free_port(), home).start("real", **environment)
    yield server
    server.stop()


def open_models(page: Any) -> None:
    page.locator("details.settings").first.evaluate("(one) => (one.open = true)")
    page.locator(".brief").first.get_by_role("button", name=re.compile("Choose a .*model")).click()
    page.locator("dialog[open] .model-row").nth(2).wait_for(timeout=60_000)


def row(page: Any, title: str) -> Any:
    return page.locator("dialog[open] .model-row").filter(has=page.get_by_text(title, exact=True))


def test_a_download_is_watched_on_the_page_and_the_starter_writes_meanwhile(
    visit: Any, served: Server, hub: Hub
) -> None:
    page = visit(url=served.url)
    page.wait_for_function("folio.room.model?.current?.id === 'starter'", timeout=60_000)
    open_models(page)
    row(page, "Tiny").get_by_role("button", name="Use this").click()
    bar = row(page, "Tiny").get_by_role("progressbar")
    bar.wait_for()
    page.wait_for_function(
        "Number(document.querySelector('dialog [role=progressbar]')?.ariaValueNow) > 5", timeout=30_000
    )
    first = int(bar.get_attribute("aria-valuenow"))
    size = sum(map(len, hub.repos["maker/tiny"].values()))
    assert (
        f"Downloading: {first} % of {size / 1e6:.0f} MB. You can go on writing."
        in row(page, "Tiny").inner_text()
    )
    page.keyboard.press("Escape")
    coming = page.locator(".model-now .coming").first
    coming.get_by_text("maker/tiny: Downloading:").wait_for()
    steps.fill_brief(page)
    page.locator(".write").first.click()
    page.wait_for_function("folio.room.desks.get('story').sheet.text.length > 10", timeout=60_000)
    assert page.evaluate("folio.room.model.current.id") == "starter"
    page.keyboard.press("Escape")
    open_models(page)
    if bar.count():
        assert int(bar.get_attribute("aria-valuenow")) >= first
    page.wait_for_function("folio.room.model.current.id === 'maker/tiny'", timeout=60_000)
    row(page, "Tiny").and_(page.locator(".current")).wait_for()
    assert coming.count() == 0
    assert hub.files_sent() >= {file.name for file in STARTER.glob("*.safetensors")}


def test_a_model_that_cannot_be_had_is_told_and_the_starter_stays(visit: Any, served: Server) -> None:
    page = visit(url=served.url, locale="zh-CN")
    page.wait_for_function("folio.room.model?.current?.id === 'starter'", timeout=60_000)
    page.evaluate("folio.room.models()")
    page.locator("dialog[open] .model-row").nth(2).wait_for(timeout=60_000)
    row(page, "Absent").get_by_role("button", name="用这个").click()
    page.locator("dialog[open]").get_by_text("没有叫“maker/absent”的模型").wait_for(timeout=30_000)
    assert page.evaluate("folio.room.model.current.id") == "starter"
