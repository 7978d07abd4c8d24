"""What the page costs, measured in Chromium: `python -m tests.browser.measure` prints one JSON object."""

from __future__ import annotations

import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

from tests.browser.conftest import ARGUMENTS, CHROMIUM, Server, free_port

ROUNDS = 5
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
    return { load_ms: load, step_median_ms: steps[50], step_95_ms: steps[95] };
}"""


def measure(page: Any, url: str) -> dict[str, Any]:
    """Load the page with an empty cache and give its weight and the time until Write can be pressed."""
    sizes: list[tuple[str, int]] = []
    page.on("requestfinished", lambda request: sizes.append((request.url, _size(request))))
    page.goto(url)
    page.wait_for_selector(".desk .write")
    ready = page.evaluate("performance.now()")
    page.wait_for_load_state("networkidle")
    own = sum(size for address, size in sizes if "/folio/" in address)
    return {
        "ready_ms": ready,
        "requests": len(sizes),
        "weight_kb": sum(size for _, size in sizes) / 1000,
        "own_weight_kb": own / 1000,
    }


def _size(request: Any) -> int:
    measured = request.sizes()
    return int(measured["responseBodySize"] + measured["responseHeadersSize"])


def main() -> None:
    """Measure several loads and the cost of a streamed step at two lengths."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        server = Server(free_port(), Path(home) / "home").start()
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            loads, steps = [], {}
            for _ in range(ROUNDS):
                page = chromium.new_context().new_page()
                loads.append(measure(page, server.url))
            for words in (1_000, 20_000):
                steps[f"{words}_words"] = page.evaluate(_STEP, words)
            middle = {name: round(statistics.median(one[name] for one in loads), 1) for name in loads[0]}
            print(json.dumps({"page": middle, "streamed_step": steps}, indent=1))
        finally:
            chromium.close()
            server.stop()


if __name__ == "__main__":
    main()
