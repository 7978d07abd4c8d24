"""The corpus by kind of text: reading it, cleaning it, and the same split into training and held-out text each time."""

from __future__ import annotations

import hashlib
import lzma
import random
import re
from dataclasses import dataclass
from pathlib import Path

from creative.starter.recipe.clean import clean_text, is_dropped

KINDS: dict[str, tuple[str, ...]] = {
    "simple": (
        "simple_stories/prathambooks_en",
        "simple_stories/tinystories_subset",
        "simple_stories/africanstorybook_en",
        "simple_stories/bookdash_en",
    ),
    "fairy": ("fairy_tales/gutenberg_fairy_tales", "fairy_tales/fairytaleqa"),
    "novels": ("fairy_tales/gutenberg_childrens_novels",),
    "fiction": (
        "short_fiction/gutenberg_short_fiction",
        "short_fiction/standardebooks_chekhov",
        "short_fiction/standardebooks_ohenry",
    ),
    "poems": ("poems/poems_modern_plain",),
    "lyrics": ("poems/lyrics_songs",),
    "plays": ("drama/gutenberg_plays",),
    "ads": ("ad_copy/aws_retail_demo_store",),
    "news": ("news/gum_wikinews",),
}
"""Kind of text and its files; their order fixes the split."""

VERSE = ("poems", "lyrics")
SHORTEST = 80
"""Characters under which a document is left out."""

HELD_OUT = Path(__file__).with_name("held_out.txt")

_AUTHOR_LINE = re.compile(r"^by [A-Z][^\n]{2,60}\n+", re.MULTILINE)
_GLUED_STORY = re.compile(
    r"\n+(?=(?:Once upon a time|Once,? there (?:was|were|lived)|There once (?:was|lived)) )"
)
_GLUED_LINE = re.compile(r"— ?(?=[A-Z])")


@dataclass(frozen=True)
class Split:
    """The documents of one kind: those trained on, and those held out."""

    train: list[str]
    held_out: list[str]


def read_corpus(folder: Path, held_out_only: bool = False) -> dict[str, Split]:
    """Every kind's documents, cleaned; one document in a hundred (two at least) is held out.

    Of advertisements and news, which the first base read ten times over, held_out.txt lists by hash the
    documents that the first base never saw, so that the two can be compared. Cleaning takes a minute;
    held_out_only leaves the training part empty and takes a second.
    """
    shuffler = random.Random(0)
    listed = set(HELD_OUT.read_text(encoding="utf-8").splitlines())
    splits = {}
    for kind, names in KINDS.items():
        docs = [d for name in names for d in _read_documents(folder / f"{name}.txt.xz")]
        shuffler.shuffle(docs)
        docs.sort(key=lambda d: _line_of(kind, d) not in listed)
        cut = max(2, len(docs) // 100)
        splits[kind] = Split([] if held_out_only else _clean(docs[cut:], kind), _clean(docs[:cut], kind))
    return splits


def _line_of(kind: str, doc: str) -> str:
    return f"{kind} {hashlib.sha1(doc.encode()).hexdigest()[:12]}"


def _read_documents(path: Path) -> list[str]:
    text = lzma.decompress(path.read_bytes()).decode("utf-8")
    return [d.strip() for d in text.split("<|endoftext|>") if len(d.strip()) > SHORTEST]


def _clean(docs: list[str], kind: str) -> list[str]:
    kept = []
    if kind == "simple":
        # Some files hold two stories without a mark between them.
        docs = [part.strip() for doc in docs for part in _parted(doc)]
    for doc in docs:
        if is_dropped(doc):
            continue
        doc = _AUTHOR_LINE.sub("", doc, count=1) if kind != "news" else doc
        if kind in VERSE:
            doc = _GLUED_LINE.sub("—\n", doc)
        kept.append(doc if kind == "news" else clean_text(doc))
    return kept


def _parted(doc: str) -> list[str]:
    parts = _GLUED_STORY.split(doc)
    return parts if all(len(part) > SHORTEST for part in parts) else [doc]
