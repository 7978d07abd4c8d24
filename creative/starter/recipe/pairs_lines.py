"""Lyric pairs from rhymed lines written for this recipe: the theme of the brief is put into the lines."""

from __future__ import annotations

import random
import re
from pathlib import Path

from creative.starter.recipe.pairs import Pair, list_words
from creative.starter.recipe.words import CLASSES, NOUNS

STRUCTURES = (
    "Verse, Chorus, Verse, Chorus",
    "Verse, Chorus, Verse, Chorus",
    "Verse, Chorus, Verse, Chorus, Bridge, Chorus",
    "Verse, Pre-Chorus, Chorus, Verse, Pre-Chorus, Chorus",
    "Verse, Verse, Bridge, Verse",
    "Verse, Verse, Verse",
    "Verse, Verse, Chorus, Outro",
    "Intro, Verse, Chorus, Verse, Chorus, Outro",
)
STYLES = ("folk", "pop", "ballad", "country", "soul", "rock", "hip_hop", "musical", "", "")
SCHEMES = {"AABB": "AABB", "ABAB": "ABAB", "ABCB": "ABCB", "free": "ABCD"}
THEMES = (
    "{}",
    "{}",
    "{}",
    "A song about {}",
    "Missing {}",
    "Leaving {}",
    "The last of {}",
    "Coming home to {}",
    "What {} left behind",
    "A night with {}",
)
SHORT_SECTIONS = {"Intro": 2, "Outro": 2, "Pre-Chorus": 2, "Bridge": 3}
THINGS = [w for kind in ("animal", "thing", "place", "person", "weather") for w in CLASSES[kind]] + NOUNS

_FILE = Path(__file__).with_name("seeds").joinpath("lyrics.txt")
RHYMES = [
    block.split("\n")
    for block in _FILE.read_text(encoding="utf-8").strip().split("\n\n")
    if not block.startswith("#")
]
"""Blocks of lines that rhyme with one another."""


def make_pair(rng: random.Random) -> Pair:
    """A lyric in a random structure and scheme, about one to three things."""
    things = rng.sample(THINGS, rng.choice((1, 1, 2, 2, 3)))
    structure, scheme = rng.choice(STRUCTURES), rng.choice(list(SCHEMES))
    lines = _Lines(things, rng)
    hook = lines.hook()
    kept: dict[str, str] = {}
    sections, verses = [], 0
    for name in structure.split(", "):
        if name == "Verse":
            verses += 1
            sections.append(f"[Verse {verses}]\n" + "\n".join(lines.rhymed(SCHEMES[scheme])))
            continue
        if name not in kept:
            kept[name] = "\n".join(
                lines.chorus(hook) if name == "Chorus" else lines.rhymed("A" * SHORT_SECTIONS[name])
            )
        sections.append(f"[{name}]\n{kept[name]}")
    text = "\n\n".join(sections)
    theme = rng.choice(THEMES).format(list_words([f"the {t}" for t in things]))
    if rng.random() < 0.4:
        theme = theme.replace("the ", "a ", 1) if things[0][0] not in "aeiou" else theme
    asked_hook = hook if "Chorus" in structure and rng.random() < 0.5 else ""
    count = len(text.split())
    brief = {
        "theme": theme[0].upper() + theme[1:] + rng.choice(("", "", ".")),
        "mood": rng.choice(("tender", "sad", "hushed", "wry", "weary but not sad", "", "", "")),
        "style": rng.choice(STYLES),
        "hook": asked_hook,
        "structure": structure if rng.random() < 0.85 else "",
        "rhyme_scheme": scheme if rng.random() < 0.7 else "",
        "length": "short" if count < 130 else "medium" if count < 260 else "long",
    }
    return Pair("lyrics", brief, text, (*things, *([asked_hook] if asked_hook else [])))


class _Lines:
    """The lines of one song: none comes twice, and every thing of the theme comes in turn."""

    def __init__(self, things: list[str], rng: random.Random) -> None:
        self.things, self.rng = things, rng
        self.used: set[str] = set()
        self.turn = 0

    def hook(self) -> str:
        """A line about the theme."""
        line = self.rng.choice([line for block in RHYMES for line in block if "{a}" in line])
        self.used.add(line)
        self.block = next(block for block in RHYMES if line in block)
        return self._say(line)

    def chorus(self, hook: str) -> list[str]:
        """The hook, a line that rhymes with it, the hook again and another."""
        return [hook, self._next(self.block, {_end(hook)}), hook, self._next(self.block, {_end(hook)})]

    def rhymed(self, scheme: str) -> list[str]:
        """A line for each letter; those with the same letter rhyme."""
        blocks = dict(zip(sorted(set(scheme)), self.rng.sample(RHYMES, len(set(scheme))), strict=True))
        ends: dict[str, set[str]] = {letter: set() for letter in blocks}
        lines: list[str] = []
        for letter in scheme:
            lines.append(self._next(blocks[letter], ends[letter], about=not lines))
            ends[letter].add(_end(lines[-1]))
        return lines

    def _next(self, block: list[str], ends: set[str], about: bool = False) -> str:
        free = [line for line in block if line not in self.used and _end(line) not in ends] or [
            line for line in block if _end(line) not in ends
        ]
        told = [line for line in free if "{a}" in line] if about or self.rng.random() < 0.3 else []
        line = self.rng.choice(told or free)
        self.used.add(line)
        return self._say(line)

    def _say(self, line: str) -> str:
        if "{a}" not in line:
            return line
        thing = self.things[self.turn % len(self.things)]
        self.turn += 1
        line = line.replace("{a}", thing)
        return re.sub(r"\b([Aa]) (?=[aeio])", r"\1n ", line)


def _end(line: str) -> str:
    return line.rsplit(maxsplit=1)[-1].lower()
