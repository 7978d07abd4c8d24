"""Writes with llama.cpp what `benchmarks.cpu` asks for; a program for the Python that has llama-cpp-python and gguf.

`python benchmarks/cpu_peer.py MODEL_FOLDER THREADS`. Makes the GGUF files in that folder with llama.cpp's own
quantizer, then answers each line `q8_0 128` on its input with the seconds that so many tokens took, the first
left out.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import os
import sys
import time
from pathlib import Path
from typing import Any

TYPES = {"f16": "MOSTLY_F16", "q8_0": "MOSTLY_Q8_0", "q4_0": "MOSTLY_Q4_0"}
PROMPT = list(range(100, 116))
_STARTER = Path(__file__).parents[1] / "tests" / "gguf_starter.py"


def main() -> None:
    """Make the files and answer."""
    folder, threads = Path(sys.argv[1]), int(sys.argv[2])
    # What the library says of itself goes the way of errors; the answers are alone on the output.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    # The names of the files beside this one would stand before those of libraries.
    sys.path.remove(str(Path(__file__).parent))
    library = importlib.import_module("llama_cpp")
    _make_files(library, folder)
    print("ready", file=answers, flush=True)
    opened: dict[str, Any] = {}
    for line in sys.stdin:
        kind, tokens = line.split()
        if kind not in opened:
            opened.clear()
            opened[kind] = library.Llama(
                str(folder / f"{kind}.gguf"),
                n_ctx=1024,
                n_threads=threads,
                n_threads_batch=threads,
                verbose=False,
            )
            _write(opened[kind], 8)
        print(_write(opened[kind], int(tokens)), file=answers, flush=True)


def _make_files(library: Any, folder: Path) -> None:
    spec = importlib.util.spec_from_file_location("gguf_starter", _STARTER)
    assert spec is not None
    assert spec.loader is not None
    starter = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(starter)
    whole = folder / "f32.gguf"
    starter.write(folder, whole)
    for kind, name in TYPES.items():
        wishes = library.llama_model_quantize_default_params()
        wishes.ftype = getattr(library, f"LLAMA_FTYPE_{name}")
        place = str(folder / f"{kind}.gguf").encode()
        assert library.llama_model_quantize(str(whole).encode(), place, ctypes.byref(wishes)) == 0
    whole.unlink()


def _write(model: Any, tokens: int) -> float:
    # From the likeliest forty, as it does by itself: the cheapest way to draw.
    drawn = model.generate(PROMPT, temp=1.0, top_k=40, top_p=1.0, min_p=0.0, repeat_penalty=1.0, reset=True)
    next(drawn)
    started = time.perf_counter()
    for _ in range(tokens):
        next(drawn)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
