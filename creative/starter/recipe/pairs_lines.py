"""Lyric pairs from rhymed lines written for this recipe: one mood a song, its theme in some of the lines."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from creative.starter.recipe.pairs import Pair, list_words
from creative.starter.recipe.words import CLASSES, NOUNS, read_words

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
SCHEMES = {"AABB": "AABB", "ABAB": "ABAB", "ABCB": "ABCB", "AAAA": "AAAA", "none": "ABCD"}
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
SEVERAL = read_words("several")
MOODS = {
    "tender": ("tender", "warm", "loving", "tender, a little shy"),
    "sad": ("sad", "sad, then calm", "wistful", "homesick"),
    "hushed": ("hushed", "quiet", "hushed, hopeful", "sleepy"),
    "restless": ("restless", "wild", "restless, far from home", "impatient"),
    "angry": ("angry", "defiant", "bitter", "angry, then free"),
    "joyful": ("joyful", "bright", "happy", "joyful, out of breath"),
    "proud": ("proud", "steady, proud", "brave", "stubborn"),
    "funny": ("funny", "wry", "silly", "playful"),
    "hopeful": ("hopeful", "hopeful, at dawn", "calm and hopeful", "bright"),
    "weary": ("weary", "weary but not sad", "tired", "slow and weary"),
}
"""What a brief may call each mood of a block."""


@dataclass(frozen=True)
class Block:
    """Lines that rhyme with one another, and the moods they suit."""

    moods: tuple[str, ...]
    lines: tuple[str, ...]

    @property
    def couplets(self) -> list[tuple[str, ...]]:
        """The lines two by two; a last one that is left over belongs to none."""
        return [self.lines[i : i + 2] for i in range(0, len(self.lines) - 1, 2)]


def _read_blocks(text: str) -> list[Block]:
    blocks = [b.split("\n") for b in text.strip().split("\n\n") if b.startswith("[")]
    return [Block(tuple(head.strip("[]").split(", ")), tuple(lines)) for head, *lines in blocks]


BLOCKS = _read_blocks(Path(__file__).with_name("seeds").joinpath("lyrics.txt").read_text(encoding="utf-8"))


def make_pair(rng: random.Random) -> Pair:
    """A lyric in a random structure and scheme, about one to three things."""
    things = [
        rng.choice(SEVERAL if rng.random() < 0.25 else THINGS) for _ in range(rng.choice((1, 1, 2, 2, 3)))
    ]
    things = list(dict.fromkeys(things))
    mood = rng.choice(list(MOODS))
    structure, scheme = rng.choice(STRUCTURES), rng.choice(list(SCHEMES))
    lines = _Lines(things, mood, rng)
    hook = lines.hook() if "Chorus" in structure.split(", ") else ""
    kept: dict[str, str] = {}
    sections, verses = [], 0
    for name in structure.split(", "):
        if name == "Verse":
            verses += 1
            sections.append(
                f"[Verse {verses}]\n"
                + "\n".join(lines.rhymed(SCHEMES[scheme], about=lines.turn < len(things)))
            )
            continue
        if name not in kept:
            kept[name] = "\n".join(
                lines.chorus(hook) if name == "Chorus" else lines.rhymed("A" * SHORT_SECTIONS[name])
            )
        sections.append(f"[{name}]\n{kept[name]}")
    text = "\n\n".join(sections)
    theme = rng.choice(THEMES).format(list_words([f"the {t}" for t in things]))
    if rng.random() < 0.4 and things[0] not in (*SEVERAL, *CLASSES["weather"]):
        theme = theme.replace("the ", "an " if things[0][0] in "aeio" else "a ", 1)
    asked_hook = hook if rng.random() < 0.5 else ""
    count = len(text.split())
    brief = {
        "theme": theme[0].upper() + theme[1:] + rng.choice(("", "", ".")),
        "mood": rng.choice(MOODS[mood]) if rng.random() < 0.7 else "",
        "style": rng.choice(STYLES),
        "hook": asked_hook,
        "structure": structure if rng.random() < 0.85 else "",
        "rhyme_scheme": scheme if rng.random() < 0.7 else "",
        "length": "short" if count < 130 else "medium" if count < 260 else "long",
    }
    return Pair("lyrics", brief, text, (*things, *([asked_hook] if asked_hook else [])))


class _Lines:
    """The lines of one song, all of one mood: none comes twice, and every thing of the theme comes in turn."""

    def __init__(self, things: list[str], mood: str, rng: random.Random) -> None:
        self.things, self.rng = things, rng
        self.blocks = [b for b in BLOCKS if mood in b.moods]
        rng.shuffle(self.blocks)
        self.used: set[str] = set()
        self.turn = 0

    def hook(self) -> str:
        """A line about the theme; its block is kept for the chorus."""
        self.block = self.blocks.pop()
        self.sung = self.rng.choice([line for line in self.block.lines if "{a}" in line])
        self.used.add(self.sung)
        return self._say(self.sung)

    def chorus(self, hook: str) -> list[str]:
        """The hook twice, the other line of its couplet, and a line of the next."""
        lines = self.block.lines
        at = lines.index(self.sung)
        answers: list[str] = []
        for place in (at ^ 1, *range(at + 2, at + len(lines))):
            line = lines[place % len(lines)]
            if _end(line) not in {_end(self.sung), *map(_end, answers)}:
                answers.append(line)
        self.used.update(answers[:2])
        first, second = map(self._say, answers[:2])
        return list(self.rng.choice(((hook, first, hook, second), (first, hook, second, hook))))

    def rhymed(self, scheme: str, about: bool = False) -> list[str]:
        """A line for each letter; those with the same letter rhyme. One couplet tells of the theme, or none."""
        letters = sorted(set(scheme))
        # The blocks come in turn, so that a rhyme returns late or never.
        picked, self.blocks = (
            self.blocks[: len(letters)],
            self.blocks[len(letters) :] + self.blocks[: len(letters)],
        )
        telling = self.rng.choice(letters) if about or self.rng.random() < 0.4 else ""
        lines = {
            letter: iter(self._take(block, scheme.count(letter), letter == telling))
            for letter, block in zip(letters, picked, strict=True)
        }
        return [self._say(next(lines[letter])) for letter in scheme]

    def _take(self, block: Block, count: int, about: bool) -> list[str]:
        """Fresh lines of a block, couplet after couplet, the first one with the theme or none with it.

        A small model cannot find a rhyme, but it can learn which line follows which: couplets are never parted.
        """
        taken: list[str] = []
        while len(taken) < count:
            alone = count - len(taken) == 1
            couplets = [(line,) for line in block.lines] if alone else block.couplets
            free = [c for c in couplets if not {*map(_end, c)} & {*map(_end, taken)}]
            fresh = [c for c in free if not self.used & {*c}] or free or couplets
            wanted = about and not taken
            fitting = [c for c in fresh if any("{a}" in line for line in c) == wanted] or fresh
            chosen = self.rng.choice(fitting)
            self.used.update(chosen)
            taken += chosen
        return taken

    def _say(self, line: str) -> str:
        if "{a}" not in line:
            return line
        thing = self.things[self.turn % len(self.things)]
        self.turn += 1
        return line.replace("{a}", thing)


def _end(line: str) -> str:
    return line.rsplit(maxsplit=1)[-1].lower()
