"""The pages of the five example voices, taken from the corpus; the voices are trained on them in the Training tab.

python -m creative.starter.recipe.voices --corpus FOLDER --out FOLDER
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from creative.starter.recipe.clean import clean_text, is_dropped
from creative.starter.recipe.pairs import Pair
from creative.starter.recipe.pairs_ads import make_pair as make_ad
from creative.starter.recipe.pairs_ads import shop_offer
from creative.starter.recipe.pairs_lyrics import find_song
from creative.starter.recipe.pairs_lyrics import make_pair as make_lyric
from creative.starter.recipe.pairs_screenplay import find_speeches, from_play

PAIRS = 220
"""Pairs of brief and text for a voice that is trained on pairs."""
FILES = 40
"""Files that can be sent to one training."""
EXCHANGE = 8
"""Speeches of a play that one scene is taken from."""


def best_beloved(corpus: Path, rng: random.Random) -> Iterator[str]:
    """Story: the Just So Stories of Rudyard Kipling."""
    documents = _read(corpus, "fairy_tales/gutenberg_fairy_tales")
    return (doc for doc in documents if "Best Beloved" in doc)


def drawing_room(corpus: Path, rng: random.Random) -> Iterator[Pair]:
    """Screenplay: exchanges from the plays of Oscar Wilde and Bernard Shaw, under other names."""
    plays = [
        p
        for by in ("Oscar Wilde", "Bernard Shaw")
        for p in _read(corpus, "drama/gutenberg_plays", f"by {by}")
    ]
    # Exchanges must not overlap, or what is held out would have been learned.
    runs = [run for play in plays for run in _parts(find_speeches(play), EXCHANGE)]
    rng.shuffle(runs)
    return (pair for run in runs if (pair := from_play(run, rng)))


def plain_rhyme(corpus: Path, rng: random.Random) -> Iterator[Pair]:
    """Lyrics: poems of Ella Wheeler Wilcox, set out in sections."""
    poems = _read(corpus, "poems/poems_modern_plain", "by Ella Wheeler Wilcox")
    songs = [song for poem in poems if (song := find_song(poem))]
    rng.shuffle(songs)
    return (make_lyric(title, stanzas, rng) for title, stanzas in songs)


def wire(corpus: Path, rng: random.Random) -> Iterator[str]:
    """News: reports of Wikinews."""
    return iter(_read(corpus, "news/gum_wikinews"))


def shop_window(corpus: Path, rng: random.Random) -> Iterator[Pair]:
    """Ad copy: things of a shop, set out for each channel."""
    things = _read(corpus, "ad_copy/aws_retail_demo_store")
    rng.shuffle(things)
    return (make_ad(offer, rng) for thing in things if (offer := shop_offer(thing, rng)))


VOICES: dict[str, tuple[str, Callable[[Path, random.Random], Iterator[str] | Iterator[Pair]]]] = {
    "best-beloved": ("story", best_beloved),
    "drawing-room": ("screenplay", drawing_room),
    "plain-rhyme": ("lyrics", plain_rhyme),
    "wire": ("news", wire),
    "shop-window": ("ad_copy", shop_window),
}
"""Name of each voice, its form and where its pages come from."""


def write_pages(name: str, corpus: Path, out: Path) -> int:
    """Write a voice's pages as files to be uploaded and give their number: pairs as one file, texts as one each."""
    form, find = VOICES[name]
    folder = out / f"{form}-{name}"
    folder.mkdir(parents=True, exist_ok=True)
    pages = list(islice(find(corpus, random.Random(0)), PAIRS))
    pairs = [page for page in pages if isinstance(page, Pair)]
    if pairs:
        lines = (json.dumps({"brief": pair.brief, "text": pair.text}) for pair in pairs)
        (folder / "pairs.jsonl").write_text("\n".join(lines), encoding="utf-8")
    for number, text in enumerate([page for page in pages if isinstance(page, str)][:FILES]):
        (folder / f"{number:02}.txt").write_text(text, encoding="utf-8")
    return len(pages)


def _parts(speeches: list[tuple[str, str]], size: int) -> list[list[tuple[str, str]]]:
    return [speeches[start : start + size] for start in range(0, len(speeches) - size + 1, size)]


def _read(corpus: Path, name: str, author: str = "") -> list[str]:
    """Give the documents of a file of the corpus that have the author's line, cleaned, without that line."""
    whole = lzma.decompress((corpus / f"{name}.txt.xz").read_bytes()).decode("utf-8")
    documents = (doc.strip() for doc in whole.split("<|endoftext|>"))
    wanted = (doc for doc in documents if f"\n{author}\n" in doc[:300]) if author else documents
    return [
        clean_text(doc.replace(f"{author}\n", "", 1) if author else doc)
        for doc in wanted
        if doc and not is_dropped(doc)
    ]


def main() -> None:
    """Write the pages of every voice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    for name in VOICES:
        print(f"{name}: {write_pages(name, options.corpus, options.out)} pages", flush=True)


if __name__ == "__main__":
    main()
