"""Measures the page in Chromium: its weight, the time until one can write, and the cost of a streamed step.

`python -m benchmarks.page [--rounds 5] [--json]`. Every load is a new browser profile with an empty cache, over
loopback, where bytes cost nothing: the time is that of the browser and the server. The scripted model writes.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

LENGTHS = (1_000, 20_000)
_WATCH = """
performance.setResourceTimingBufferSize(2000);
new MutationObserver((_, watch) => {
    if (!document.querySelector('.desk .write')) return;
    window.couldWriteAt = performance.now();
    watch.disconnect();
}).observe(document, { childList: true, subtree: true });
"""
_WEIGHT = """() => {
    const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
    const own = all.filter((one) => new URL(one.name).pathname.startsWith('/folio/'));
    const sum = (list, key) => list.reduce((total, one) => total + one[key], 0) / 1000;
    return {
        'until one can write, ms': window.couldWriteAt,
        'requests': all.length,
        'transferred, kB': sum(all, 'transferSize'),
        'uncompressed, kB': sum(all, 'decodedBodySize'),
        "of these the page's own files: transferred, kB": sum(own, 'transferSize'),
        "of these the page's own files: uncompressed, kB": sum(own, 'decodedBodySize'),
    };
}"""
_STEP = """(words) => {
    const desk = folio.room.desks.get('story');
    const line = 'The tide went out and the old posts stood up in their rows. '.repeat(8).trim();
    const text = Array.from({ length: Math.ceil(words / 96) }, () => line).join('\\n\\n');
    const start = performance.now();
    desk.showText(text);
    const load = performance.now() - start;
    desk.sheet.begin(text.length, false);
    desk.scroll.begin();
    const steps = [];
    for (let i = 0; i < 100; i += 1) {
        const before = performance.now();
        desk.sheet.push(' word');
        desk.scroll.follow();
        steps.push(performance.now() - before);
    }
    desk.sheet.end();
    desk.scroll.end();
    steps.sort((a, b) => a - b);
    return {
        'the text put on the page, ms': load,
        'a streamed step, median, ms': steps[50],
        'a streamed step, 95 %, ms': steps[95],
    };
}"""


def main(rounds: int = 5, as_json: bool = False) -> None:
    """Measure and print, where there is a Chromium to measure in."""
    if importlib.util.find_spec("playwright") is None:
        print("The page was not measured: playwright is missing (requirements-dev.txt).")
        return
    from tests.browser.conftest import CHROMIUM

    if CHROMIUM is None:
        print("The page was not measured: there is no Chromium here.")
        return
    measured = measure(rounds, CHROMIUM)
    if as_json:
        print(json.dumps(measured))
        return
    for name, value in measured.items():
        print(f"{name:56}{value:10.1f}")


def measure(rounds: int, chromium_path: str) -> dict[str, float]:
    """Give the medians over the rounds."""
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import ARGUMENTS, Server
    from tests.served import free_port

    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        server = Server(free_port(), Path(home) / "home").start()
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=ARGUMENTS)
        try:
            loads, steps = [], []
            for _ in range(rounds):
                context = chromium.new_context()
                page = context.new_page()
                loads.append(_load(page, server.url))
                steps.append(_steps(page))
                context.close()
        finally:
            chromium.close()
            server.stop()
    return _medians(loads) | _medians(steps)


def _load(page: Any, url: str) -> dict[str, float]:
    page.add_init_script(_WATCH)
    page.goto(url)
    page.wait_for_function("window.couldWriteAt")
    page.wait_for_load_state("networkidle")
    return dict(page.evaluate(_WEIGHT))


def _steps(page: Any) -> dict[str, float]:
    found: dict[str, float] = {}
    for words in LENGTHS:
        told = page.evaluate(_STEP, words)
        found |= {f"{words:,} words: {name}": value for name, value in told.items()}
    return found


def _medians(measured: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(one[name] for one in measured) for name in measured[0]}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    wishes = parser.parse_args()
    main(wishes.rounds, wishes.json)
