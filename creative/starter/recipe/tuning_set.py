"""The tuning set: pairs of every form, train.jsonl to learn from and held_out.jsonl for the report.

python -m creative.starter.recipe.tuning_set --corpus FOLDER --out FOLDER
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from creative.starter.recipe import (
    pairs_actions,
    pairs_ads,
    pairs_lyrics,
    pairs_news,
    pairs_screenplay,
    pairs_story,
)
from creative.starter.recipe.corpus import Split, read_corpus
from creative.starter.recipe.pairs import Pair, write_pairs
from creative.starter.recipe.pretrain import share_kinds

MakePairs = Callable[[dict[str, Split], str, random.Random], Iterator[Pair]]
MAKERS: dict[str, MakePairs] = {
    "story": pairs_story.make_pairs,
    "screenplay": pairs_screenplay.make_pairs,
    "lyrics": pairs_lyrics.make_pairs,
    "news": pairs_news.make_pairs,
    "ad_copy": pairs_ads.make_pairs,
}
SHARES = {"story": 0.26, "screenplay": 0.18, "lyrics": 0.22, "news": 0.12, "ad_copy": 0.14, "actions": 0.08}
"""Share of the training pairs each form gets, and the revisions of all forms."""
HELD_OUT = 120
"""Briefs of each form that the report uses."""


def make_set(splits: dict[str, Split], part: str, counts: dict[str, int], seed: int) -> list[Pair]:
    """The wanted number of pairs of each form, in random order."""
    rng = random.Random(seed)
    makers = MAKERS | {"actions": pairs_actions.make_pairs}
    pairs = [p for name, count in counts.items() for p in islice(makers[name](splits, part, rng), count)]
    rng.shuffle(pairs)
    return pairs


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pairs", type=int, default=40_000)
    parser.add_argument(
        "--shares", nargs="+", default=[], metavar="FORM=SHARE", help="of some forms in the pairs"
    )
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    splits = read_corpus(options.corpus)
    wanted = {
        "held_out": dict.fromkeys(MAKERS, HELD_OUT),
        "train": {f: int(options.pairs * s) for f, s in share_kinds(options.shares, SHARES).items()},
    }
    for part, counts in wanted.items():
        count = write_pairs(make_set(splits, part, counts, options.seed), options.out / f"{part}.jsonl")
        print(f"{part}: {count} pairs", flush=True)


if __name__ == "__main__":
    main()
