"""Measures lines and words that give way: how much of each form stands as asked, and what a word costs.

`python -m benchmarks.redrawing [--model FOLDER] [--precision fp32] [--texts 12]`: the English examples of the lyrics,
with every rhyme scheme of the form's list, of the screenplay, the story and those ads whose channel has limits for
lines, each text both ways in turn with the same seed.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Iterator
from pathlib import Path

import torch

from benchmarks.engine import STARTER, as_row, compare
from creative import checks, forms
from creative.checks.rhyme_scheme import asked_scheme, count_rhymes
from creative.checks.same_name import find_namesakes
from creative.engines.local import LocalEngine, open_engine
from creative.redrawing import write_guided
from creative.starter.recipe.pairs import Pair
from creative.starter.recipe.report import make_request

WAYS = ("guided", "straight on")
WHAT = {
    "lyrics": "rhymes kept",
    "screenplay": "cues that stand",
    "ad_copy": "lines within limits",
    "story": "texts without one name for two",
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=STARTER)
    parser.add_argument("--precision", default="fp32", choices=("fp32", "bf16", "int8", "nf4"))
    parser.add_argument("--texts", type=int, default=12)
    wishes = parser.parse_args()
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}")
    engine = open_engine(wishes.model, wishes.precision)
    try:
        for name, what in WHAT.items():
            for row in measure(engine, name, what, wishes.precision, wishes.texts):
                print(row, flush=True)
    finally:
        engine.close()


def measure(engine: LocalEngine, name: str, what: str, precision: str, texts: int) -> Iterator[str]:
    """Give the time a word takes both ways, and how many lines are as they should be."""
    form = forms.load_forms()[0][name]
    asked = [field for field in form.fields if field.name == "rhyme_scheme"]
    schemes = [s for field in asked for choice in field.choices if (s := asked_scheme(choice.value))]
    examples = [
        example.brief
        for example in form.examples
        if example.language == "English" and checks.find_guide(form.checks, example.brief, "English")
    ]
    pairs, counts = [], {way: [0, 0] for way in WAYS}
    for seed in range(texts):
        answers = dict(examples[seed % len(examples)])
        if schemes:
            answers["rhyme_scheme"] = schemes[seed % len(schemes)]
        brief = forms.clean_brief(form, answers)
        times = []
        for way in WAYS:
            seconds, text = _write(engine, form, brief, seed, way)
            times.append(1000 * seconds / max(1, len(text.split())))
            if name == "lyrics":
                found = count_rhymes(text, brief)
            elif name == "story":
                found = int(not find_namesakes(text)), 1
            else:
                found = _count(form, text, brief)
            for place, count in enumerate(found):
                counts[way][place] += count
        pairs.append((times[0], times[1]))
    yield as_row(compare(precision, f"a word of {name}, guided, against straight on", pairs, "ms"))
    for way, (kept, all_of_them) in counts.items():
        share = 100 * kept / max(1, all_of_them)
        yield f"{precision:6}{name}, {way}: {what} {kept} of {all_of_them} ({share:.0f} %)"


def _write(
    engine: LocalEngine, form: forms.Form, brief: dict[str, str], seed: int, way: str
) -> tuple[float, str]:
    request = make_request(engine, Pair(form.name, brief, ""), seed, longest=engine.info.context // 2)
    guide = checks.find_guide(form.checks, brief, "English") if way == "guided" else None
    started = time.perf_counter()
    text = "".join(p.text for p in write_guided(engine, request, guide))
    return time.perf_counter() - started, text


def _count(form: forms.Form, text: str, brief: dict[str, str]) -> tuple[int, int]:
    """Lines that stand, each weighed where it is, and all lines of which the form's guide has something to say."""
    guide = checks.find_guide(form.checks, brief, "English")
    lines = re.finditer(r"([^\n]+)(\n*)", text)
    fits = [guide.weigh(text[: m.start()], m[1], m[2]) for m in lines] if guide else []
    return fits.count("full"), fits.count("full") + fits.count("wrong")


if __name__ == "__main__":
    main()
