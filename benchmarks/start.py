"""Measures the start: from `python app.py` to a page that answers, and to the first words of a draft.

`python -m benchmarks.start [--rounds 3] [--json]`. Each round is a fresh process on a fresh home, files warm;
beside it, in the same round, a bare `import torch, transformers` in a process of its own tells how fast the
machine is just then.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gradio_client import Client

from tests.served import serve

BRIEF = {"premise": "A ferry stops running."}


def main() -> None:
    """Measure and print medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    wishes = parser.parse_args()
    rounds = [measure() for _ in range(wishes.rounds)]
    medians = {name: statistics.median(r[name] for r in rounds) for name in rounds[0]}
    if wishes.json:
        print(json.dumps(medians))
        return
    for name, value in medians.items():
        print(f"{name:44}{value:10.2f}")


def measure() -> dict[str, float]:
    """Start once and give the seconds, and their ratio to the bare import."""
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", "import torch, transformers, transformers.models.llama"], check=True
    )
    bare_s = time.perf_counter() - begun
    with tempfile.TemporaryDirectory() as home:
        begun = time.perf_counter()
        with serve(Path(home)) as address:
            page_s = time.perf_counter() - begun
            client = Client(address, verbose=False)
            job = client.submit(form="story", brief=BRIEF, max_tokens=8, seed=1, api_name="/write")
            next(iter(job))
            words_s = time.perf_counter() - begun
    return {
        "start to a page that answers, s": page_s,
        "start to the first words, s": words_s,
        "a bare import of torch and transformers, s": bare_s,
        "page / bare import": page_s / bare_s,
    }


if __name__ == "__main__":
    main()
