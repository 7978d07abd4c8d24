"""Runs the engine's measurements, prints them as a table and draws their ratios: docs/performance.svg.

`python -m benchmarks.table [--rounds 5] [--precisions fp32 bf16 nf4] [--plot FILE]`.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import torch

from benchmarks import company, engine, reuse, voices
from benchmarks.engine import STARTER, Line, as_row
from creative.engines.local import open_engine

PLOT = Path(__file__).parents[1] / "docs" / "performance.svg"
# What the issue asks of a ratio: at least this for speeds, at most this for times.
WISHED = {
    "one stream against generate": 1.3,
    "16 writers, 4 voices and the base, against queued": 4.0,
    "first token on a 700-word draft against an empty page": 1.3,
    "polish, 300 words, a word in twenty changed": 1.5,
    "first token, 95 % of 16 who come and go": 3.0,
}
_ROW, _LEFT, _WIDE = 22, 520, 960
_MOST = 12.0  # ratios beyond it end at the edge


def main() -> None:
    """Measure, print and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=48)
    parser.add_argument("--precisions", nargs="+", default=["fp32", "bf16", "nf4"])
    parser.add_argument("--plot", type=Path, default=PLOT)
    wishes = parser.parse_args()
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}")
    print(f"{'':6}{'':54}{'engine':>10}{'other':>10}{'ratio':>8}", flush=True)
    lines = []
    for line in measure(wishes.precisions, wishes.rounds, wishes.tokens):
        lines.append(line)
        print(as_row(line), flush=True)
    wishes.plot.write_text(draw(lines), encoding="utf-8")


def measure(precisions: list[str], rounds: int, tokens: int) -> Iterator[Line]:
    """Give every comparison."""
    for precision in precisions:
        yield from engine.measure(precision, rounds, tokens)
    with tempfile.TemporaryDirectory() as folder:
        voices.make_voices(Path(folder))
        for precision in precisions:
            yield from voices.measure(precision, Path(folder), rounds, tokens)
    opened = open_engine(STARTER, "fp32")
    try:
        yield from reuse.continue_draft(opened, rounds)
        yield from reuse.polish(opened, max(2, rounds // 2))
    finally:
        opened.close()
    yield from company.measure(max(2, rounds // 2), 6)


def draw(lines: list[Line]) -> str:
    """Give a bar chart of the ratios as SVG; a stroke marks what was asked for."""
    scale = (_WIDE - _LEFT - 60) / _MOST
    rows = []
    for place, line in enumerate(lines):
        top = 40 + place * _ROW
        kind = "speed" if line.unit == "tokens/s" else "wait"
        wide = min(line.ratio, _MOST) * scale
        rows.append(
            f'<text x="{_LEFT - 10}" y="{top + 14}" text-anchor="end">{escape(f"{line.precision} {line.what}")}</text>'
            f'<rect x="{_LEFT}" y="{top + 3}" width="{wide:.1f}" height="{_ROW - 8}" class="{kind}"/>'
            f'<text x="{_LEFT + wide + 6:.1f}" y="{top + 14}">{line.ratio:.2f}</text>'
        )
        asked = next((value for what, value in WISHED.items() if line.what.startswith(what)), None)
        if asked:
            at = _LEFT + asked * scale
            rows.append(f'<path d="M{at:.1f} {top}v{_ROW - 2}" class="asked"/>')
    tall = 50 + len(lines) * _ROW
    one = _LEFT + scale
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {tall}" font-family="sans-serif" font-size="12">'
        "<style>text{fill:#333}.speed{fill:#3a6ea5}.wait{fill:#b5803a}.asked{stroke:#a33;stroke-width:2}"
        ".one{stroke:#999;stroke-dasharray:3 3}</style>"
        f'<rect width="{_WIDE}" height="{tall}" fill="#fff"/>'
        '<text x="10" y="22">Ratios: blue, tokens per second (longer is better); brown, waiting (shorter is better); '
        "red, what was asked for; dashed, as fast as the other side</text>"
        f'<path d="M{one:.1f} 32V{tall - 8}" class="one"/>{"".join(rows)}</svg>\n'
    )


if __name__ == "__main__":
    main()
