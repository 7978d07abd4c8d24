"""The report on the starter: held-out loss, how far briefs are followed, formats, variety and copies.

python -m creative.starter.recipe.report [--corpus FOLDER] [--base FOLDER] [--briefs 100] [--samples FILE]
"""

from __future__ import annotations

import argparse
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from transformers import AutoTokenizer, LlamaForCausalLM

from creative import checks
from creative.checks.rhyme_scheme import count_rhymes
from creative.engines.contract import Sampling, WriteRequest
from creative.engines.local import LocalEngine, open_engine
from creative.forms import Budget, Task, clean_brief, compose, load_forms, sampling_for
from creative.redrawing import write_guided
from creative.starter.recipe.clean import find_listed
from creative.starter.recipe.corpus import Split, read_corpus
from creative.starter.recipe.data import END, STARTER, Tokens
from creative.starter.recipe.measures import distinct_2, keeps_format, longest_copies, loops, share_used
from creative.starter.recipe.pairs import Pair
from creative.starter.recipe.pretrain import held_out_losses
from creative.starter.recipe.tuning_set import MAKERS

WRITERS = 16
"""Texts written side by side."""
ROWS = 7 * WRITERS
"""Places for them, so that no line has to wait for the six that may take its place."""
SEED = 1
"""Of the held-out briefs; the texts are written with seeds 0, 1, 2 and so on."""


@dataclass(frozen=True)
class Written:
    """A brief of a form and what the model wrote for it."""

    pair: Pair
    text: str
    ended: bool
    """Whether the model came to an end by itself."""


def measure_losses(folder: Path, splits: dict[str, Split]) -> dict[str, float]:
    """Held-out loss of a model in nats per token for each kind of text."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    held_out = {}
    for kind, split in splits.items():
        ids = [i for doc in split.held_out for i in [*tokenizer(doc).input_ids, END]]
        held_out[kind] = Tokens(np.array(ids, dtype=np.int64), np.zeros(0, dtype=np.int64))
    return held_out_losses(
        LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32), held_out, windows=40
    )


def held_out_pairs(splits: dict[str, Split] | None, count: int) -> list[Pair]:
    """Briefs no training saw: made from the held-out documents, or without a corpus the forms' own examples."""
    if splits is None:
        forms, _ = load_forms()
        return [
            Pair(form.name, clean_brief(form, example.brief), "")
            for form in forms.values()
            for example in form.examples
            if example.language == "English"
        ]
    rng = random.Random(SEED)
    return [pair for make in MAKERS.values() for pair in islice(make(splits, "held_out", rng), count)]


def write_all(engine: LocalEngine, pairs: list[Pair], creativity: float = 0.5) -> list[Written]:
    """The model's text for every brief, through the app's own prompts, samplers and engine."""
    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(lambda job: write_one(engine, job[1], job[0], creativity), enumerate(pairs)))


def make_request(
    engine: LocalEngine, pair: Pair, seed: int, creativity: float = 0.5, longest: int = 640, n: int = 1
) -> WriteRequest:
    """What the app would ask the engine for a brief, of at most `longest` tokens."""
    form = load_forms()[0][pair.form]
    brief = clean_brief(form, pair.brief)
    length = min(form.length(brief).max_new_tokens, longest)
    budget = Budget(engine.info.context, length, engine.count, engine.info.chat)
    composed = compose(form, brief, Task(), budget)
    sampling = Sampling.of(sampling_for(form, creativity))
    return WriteRequest(composed.prompt, length, sampling, stop=composed.stop, seed=seed, n=n)


def write_one(engine: LocalEngine, pair: Pair, seed: int, creativity: float) -> Written:
    """The model's text for one brief."""
    request = make_request(engine, pair, seed, creativity)
    guide = checks.find_guide(load_forms()[0][pair.form].checks, pair.brief, "English")
    pieces = list(write_guided(engine, request, guide))
    return Written(pair, "".join(p.text for p in pieces), pieces[-1].finish_reason == "stop")


def print_losses(models: dict[str, Path], splits: dict[str, Split]) -> None:
    """A table of the held-out losses, a column for each model."""
    columns = {name: measure_losses(folder, splits) for name, folder in models.items()}
    print("\nHeld-out loss, nats per token (the same tokens for each)")
    print(f"{'kind':10}" + "".join(f"{name:>12}" for name in columns))
    for kind in splits:
        print(f"{kind:10}" + "".join(f"{losses[kind]:12.3f}" for losses in columns.values()))


def print_following(name: str, written: list[Written], copies: list[int] | None) -> None:
    """A table of what was measured on the texts, a row for each form."""
    print(f"\n{name}: {len(written)} held-out briefs (seed {SEED}), creativity 0.5")
    heads = (
        "briefs",
        "used",
        "format",
        "ended",
        "loops",
        "distinct-2",
        "words",
        "copy p99",
        "copy max",
        "<=25",
    )
    print(f"{'form':12}" + "".join(f"{head:>11}" for head in heads))
    for form in MAKERS:
        rows = [(i, w) for i, w in enumerate(written) if w.pair.form == form]
        texts = [w.text for _, w in rows]
        used = [s for _, w in rows if (s := share_used(w.pair.wanted, w.text)) is not None]
        kept = [k for _, w in rows if (k := keeps_format(form, w.text, w.pair.brief)) is not None]
        cells = [
            str(len(rows)),
            _share(used),
            _share(kept),
            _share([w.ended for _, w in rows]),
            _share([loops(t) for t in texts]),
            f"{distinct_2(texts):.2f}",
            f"{np.mean([len(t.split()) for t in texts]):.0f}",
        ]
        if copies is not None:
            own = [copies[i] for i, _ in rows]
            cells += [f"{np.percentile(own, 99):.0f}", str(max(own)), _share([c <= 25 for c in own])]
        print(f"{form:12}" + "".join(f"{cell:>11}" for cell in cells))
    rhymes = [count_rhymes(w.text, w.pair.brief) for w in written if w.pair.form == "lyrics"]
    print(f"Rhymes of the lyrics: {sum(n for n, _ in rhymes)} of {sum(n for _, n in rhymes)} asked for")
    listed = [word for w in written for word in find_listed(w.text)]
    print(f"Words of the clean list in {len(written)} texts: {', '.join(sorted(set(listed))) or 'none'}")


def _share(values: list[bool] | list[float]) -> str:
    return f"{100 * float(np.mean(values)):.0f} %" if values else "-"


def print_samples(written: list[Written], file: Path, each: int = 4) -> None:
    """Write the first texts of every form to a file, unedited, with their briefs."""
    parts = []
    for form in MAKERS:
        for i, one in enumerate([w for w in written if w.pair.form == form][:each]):
            answers = "\n".join(f"{k}: {v}" for k, v in one.pair.brief.items() if v).replace("\n", "\n    ")
            text = "\n".join(f"    {line}".rstrip() for line in one.text.split("\n"))
            parts.append(f"### {form} {i}\n\nBrief:\n\n    {answers}\n\nText:\n\n{text}\n")
    file.write_text("\n".join(parts), encoding="utf-8")


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=STARTER)
    parser.add_argument("--base", type=Path)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--briefs", type=int, default=100)
    parser.add_argument("--samples", type=Path, help="write the first four texts of each form to this file")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    models = {"starter": options.model} | ({"base": options.base} if options.base else {})
    splits = None
    if options.corpus and options.corpus.is_dir():
        splits = read_corpus(options.corpus, held_out_only=True)
        print_losses(models, splits)
    else:
        print(
            "No corpus given: held-out loss and copies are skipped, and the briefs are the forms' own examples."
        )
    if options.base is None:
        print("No base given: its columns are skipped.")
    pairs = held_out_pairs(splits, options.briefs)
    for name, folder in models.items():
        engine = open_engine(folder, "fp32", rows=ROWS)
        written = write_all(engine, pairs)
        engine.close()
        copies = longest_copies([w.text for w in written], options.corpus) if splits else None
        print_following(name, written, copies)
        if options.samples and name == "starter":
            print_samples(written, options.samples)


if __name__ == "__main__":
    main()
