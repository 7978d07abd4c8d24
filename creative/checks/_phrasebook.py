"""Lists of phrases in a TOML file, and where they stand in a text; the notation is explained in stock_phrases.toml."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from functools import cache
from itertools import product
from pathlib import Path

from creative.checks._passages import Passage, quoted, words
from creative.checks._remarks import Note, tongue

_STAND_INS = {
    "<my>": ("my", "your", "his", "her", "its", "our", "their"),
    "<she>": ("i", "you", "he", "she", "it", "we", "they"),
}
_ANY_WORD = "*"

Found = tuple[int, int, Note]
Slots = tuple[frozenset[str], ...]
# By the first two words a phrase can begin with; the second is empty for a phrase of one word.
Phrases = dict[tuple[str, str], list[tuple[Slots, Note]]]


def find(book: Path, text: str, brief: Mapping[str, str], language: str) -> list[Found]:
    """Give the spans of the book's phrases, longest first where two overlap.

    What stands in quotation marks is a character's own, and what the brief says is the writer's: both are left out.
    """
    found = _chinese(book, text) if tongue(language) == "zh" else _english(book, text)
    spoken = quoted(text)
    asked = _plain(" ".join(brief.values()))
    kept: list[Found] = []
    for start, stop, note in sorted(found, key=lambda f: (f[0], -f[1])):
        said = bisect_right(spoken, start, key=lambda span: span[0]) - 1
        in_speech = said >= 0 and stop <= spoken[said][1]
        free = not kept or start >= kept[-1][1]
        if free and not in_speech and _plain(text[start:stop]) not in asked:
            kept.append((start, stop, note))
    return kept


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).casefold().replace("’", "'")


def _english(book: Path, text: str) -> list[Found]:
    known, read = _english_phrases(book), words(text)
    found: list[Found] = []
    for i, word in enumerate(read):
        following = read[i + 1].text if i + 1 < len(read) else ""
        for slots, note in (*known.get((word.text, following), ()), *known.get((word.text, ""), ())):
            stop = read[i + len(slots) - 1].end if i + len(slots) <= len(read) else 0
            if (
                stop
                and _stands_at(slots, read, i)
                and not re.search(r"\n[ \t]*\n|[.!?;:]", text[word.start : stop])
            ):
                found.append((word.start, stop, note))
    return found


def _stands_at(slots: Slots, read: list[Passage], i: int) -> bool:
    return all(_ANY_WORD in slot or read[i + k].text in slot for k, slot in enumerate(slots))


def _chinese(book: Path, text: str) -> list[Found]:
    found: list[Found] = []
    known = _chinese_phrases(book)
    for match in re.finditer("[" + "".join(known) + "]", text):
        for phrase, note in known[match.group()]:
            if text.startswith(phrase, match.start()):
                found.append((match.start(), match.start() + len(phrase), note))
    return found


@cache
def _kinds(book: Path) -> list[tuple[Note, list[str], list[str]]]:
    data = tomllib.loads(book.read_text("utf-8"))
    return [(Note(kind["title"], kind["advice"]), kind["en"], kind["zh"]) for kind in data["kind"]]


@cache
def _english_phrases(book: Path) -> Phrases:
    phrases: Phrases = {}
    for note, english, _ in _kinds(book):
        for wording in (w for pattern in english for w in _spelled_out(pattern)):
            slots = tuple(frozenset(_STAND_INS.get(word, (word,))) for word in wording)
            seconds = slots[1] if len(slots) > 1 else frozenset({""})
            for start in product(slots[0], seconds):
                phrases.setdefault(start, []).append((slots, note))
    return phrases


@cache
def _chinese_phrases(book: Path) -> dict[str, list[tuple[str, Note]]]:
    phrases: dict[str, list[tuple[str, Note]]] = {}
    for note, _, chinese in _kinds(book):
        for phrase in chinese:
            phrases.setdefault(phrase[0], []).append((phrase, note))
    return phrases


def _spelled_out(pattern: str) -> set[tuple[str, ...]]:
    """Give every wording of a pattern such as "lost in (deep |)thought", as words."""
    pieces = re.split(r"\(([^)]*)\)", pattern)
    choices = [piece.split("|") if i % 2 else [piece] for i, piece in enumerate(pieces)]
    return {tuple("".join(wording).split()) for wording in product(*choices)}
