"""One server with the scripted model and one Chromium for all browser tests; each test has its own writer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.served import free_port

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
ROOT = Path(__file__).parents[2]
START_S = 60

# Chromium complains about streams that were cut off by Stop or a reload; nothing is wrong then.
HARMLESS = (
    "net::ERR_",
    "Failed to load resource",
    "AbortError",
    "Connection errored out",
    "BodyStreamBuffer",
    "network error",
)
# Only where a test ends its own server: Gradio's client may get a change to a stream whose beginning it lost.
HARMLESS_WHEN_AWAY = ("Unexpected client exception",)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder, and leave them out where there is no Chromium."""
    for item in items:
        if Path(str(item.fspath)).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium here"))


@dataclass
class Server:
    """A running page that can be ended and started again at the same address."""

    port: int
    home: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The page's address."""
        return f"http://127.0.0.1:{self.port}/"

    def start(self, model: str = "scripted", **environment: str) -> Server:
        """Start it and wait until it answers; `environment` is added to this process's own."""
        command = [sys.executable, "-m", "tests.browser.serve", str(self.port), str(self.home), model]
        log = (self.home.parent / f"{self.home.name}.log").open("ab")
        self.process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environment}, stdout=log, stderr=log
        )
        until = time.monotonic() + START_S
        while time.monotonic() < until and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}folio/health", timeout=2):
                    return self
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise RuntimeError(f"The server did not start: see {log.name}")

    def stop(self) -> None:
        """End it the hard way, as a crash would."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The page with the scripted model."""
    running = Server(free_port(), tmp_path_factory.mktemp("home")).start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One browser for the whole run."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


Opened = Callable[..., Any]


@pytest.fixture
def visit(chromium: Any, server: Server) -> Iterator[Opened]:
    """Open the page as a new writer; scripts that break or complain fail the test."""
    contexts: list[Any] = []
    problems: list[str] = []

    def open_page(width: int = 1440, height: int = 900, url: str = "", **options: Any) -> Any:
        phone = width < 768
        context = chromium.new_context(
            viewport={"width": width, "height": height}, is_mobile=phone, has_touch=phone, **options
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        watch_page(page, problems, HARMLESS + HARMLESS_WHEN_AWAY if url else HARMLESS)
        page.goto(url or server.url)
        page.wait_for_selector(".desk")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


def watch_page(page: Any, problems: list[str], harmless: Sequence[str] = HARMLESS) -> None:
    """Note what the page's scripts complain about."""

    def note(text: str) -> None:
        if not any(word in text for word in harmless):
            problems.append(text)

    page.on("pageerror", lambda error: note(str(error)))
    page.on("console", lambda message: note(message.text) if message.type == "error" else None)


@pytest.fixture
def page(visit: Opened) -> Any:
    """The page on a desktop, in English."""
    return visit()
