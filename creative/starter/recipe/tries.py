"""Several texts of the starter for each training brief, and of them the best and the worst ones, for `prefer.py`.

nice python -m creative.starter.recipe.tries --pairs FOLDER --tokens FOLDER --model FOLDER --out FILE.jsonl
The briefs are those of a tuning set (`tuning_set.py`). It adds to the file and goes on where it was ended.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer

from creative.engines.local import LocalEngine, open_engine
from creative.starter.recipe.data import STARTER, open_tokens
from creative.starter.recipe.judge import judge
from creative.starter.recipe.measures import split_words
from creative.starter.recipe.pairs import Pair, read_pairs
from creative.starter.recipe.report import make_request

SHARES = {"story": 0.28, "screenplay": 0.22, "lyrics": 0.2, "news": 0.1, "ad_copy": 0.2}
"""Share of the briefs each form gets: more where more is missing; with few of them a form gets worse."""
EACH = 8
"""Texts written for a brief."""
TAKEN = 2
"""Pairs of a better and a worse one taken of them."""
LEAST_GAP = 0.25
"""Briefs whose texts are all about as good teach nothing."""
KNOWN = 6
"""Times the corpus must have a word before it is no slip."""
KNOWN_IN_ADS = 0.01
"""Share of ads that must say a word that their briefs do not: rarer ones belong to another product."""
ROWS = 48
"""Texts written side by side: for many tokens a second, where the app's 16 are for few seconds a token."""
LONGEST = 480
"""Tokens of a text at most."""


@dataclass(frozen=True)
class Tried:
    """A brief with the better and the worse of two texts."""

    pair: Pair
    """Its text is the better one."""
    worse: str
    worse_whole: bool
    """Whether the worse one came to an end."""
    gap: float


def read_tried(path: Path) -> Iterator[Tried]:
    """Read what was written to a file of tries."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            fields = json.loads(line)
            if fields["gap"] < LEAST_GAP or not fields["worse"].strip():
                continue
            pair = Pair(**fields["pair"] | {"wanted": tuple(fields["pair"]["wanted"])})
            yield Tried(pair, fields["worse"], fields["worse_whole"], fields["gap"])


def known_words(tokens: Path, ads: list[Pair]) -> dict[str, frozenset[str]]:
    """For each form the words that are no slips: those of the corpus, for ads those that ads add to their briefs."""
    tokenizer = Tokenizer.from_file(str(STARTER / "tokenizer.json"))
    seen: Counter[str] = Counter()
    for kind, part in open_tokens(tokens, "train").items():
        ids = part.ids[:3_000_000] if kind in ("novels", "fiction", "fairy") else part.ids
        for start in range(0, len(ids), 1_000_000):
            seen.update(split_words(tokenizer.decode(ids[start : start + 1_000_000].tolist())))
    added: Counter[str] = Counter()
    for pair in ads:
        added.update(set(split_words(pair.text)) - set(split_words(pair.answers)))
    common = frozenset(word for word, count in seen.items() if count >= KNOWN)
    of_ads = frozenset(word for word, count in added.items() if count >= KNOWN_IN_ADS * len(ads))
    return dict.fromkeys(SHARES, common) | {"ad_copy": of_ads}


def write_tries(engine: LocalEngine, pair: Pair, seed: int) -> list[tuple[str, bool]]:
    """Several texts for one brief, each with whether it came to an end, as the app would have them written."""
    request = make_request(engine, pair, seed, longest=LONGEST, n=EACH)
    texts, ended = [""] * EACH, [False] * EACH
    for piece in engine.stream(request):
        texts[piece.index] += piece.text
        ended[piece.index] |= piece.finish_reason == "stop"
    return list(zip(texts, ended, strict=True))


def choose(pair: Pair, tries: list[tuple[str, bool]], known: frozenset[str]) -> list[Tried]:
    """The best of the texts for a brief over the worst, the second best over the second worst, and so on."""
    judged = sorted((judge(pair, text, ended, known), text, ended) for text, ended in tries)
    chosen = []
    for (low, worse, worse_ended), (high, better, better_ended) in zip(
        judged[:TAKEN], judged[::-1], strict=False
    ):
        told = Pair(pair.form, pair.brief, better, pair.wanted, better_ended)
        chosen.append(Tried(told, worse, worse_ended, round(high - low, 3)))
    return chosen


def main() -> None:
    """Write tries for new training briefs until the time is up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--tokens", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=STARTER)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--seed", type=int, default=100, help="of the briefs and texts")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    lines = sum(1 for _ in options.out.open(encoding="utf-8")) if options.out.exists() else 0
    done = lines // TAKEN
    rng = random.Random(f"{options.seed} {done}")
    by_form: dict[str, list[Pair]] = {form: [] for form in SHARES}
    for pair in read_pairs(options.pairs / "train.jsonl"):
        if not pair.action:
            by_form[pair.form].append(pair)
    known = known_words(options.tokens, by_form["ad_copy"])
    engine = open_engine(options.model, "fp32", rows=ROWS)
    end = time.time() + options.minutes * 60

    def one(number: int) -> list[Tried]:
        pair = briefs[number]
        return choose(pair, write_tries(engine, pair, rng_seed + number * EACH), known[pair.form])

    while time.time() < end:
        forms = rng.choices(list(SHARES), list(SHARES.values()), k=16)
        briefs = [rng.choice(by_form[form]) for form in forms]
        rng_seed = rng.randrange(1 << 30)
        with ThreadPoolExecutor(ROWS // EACH + 2) as pool, options.out.open("a", encoding="utf-8") as out:
            for chosen in pool.map(one, range(len(briefs))):
                out.writelines(json.dumps(asdict(tried)) + "\n" for tried in chosen)
        done += len(briefs)
        print(f"{done} briefs", flush=True)
    engine.close()


if __name__ == "__main__":
    main()
