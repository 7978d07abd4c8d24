"""Lyric pairs: stanzas of songs and poems set out as the sections a structure asks for, with their rhyme scheme."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from creative.starter.recipe import pairs_lines
from creative.starter.recipe.corpus import Split
from creative.starter.recipe.pairs import Pair, list_words
from creative.starter.recipe.words import key_words, read_groups, swap_names, swap_things, swap_words

STRUCTURES = (
    "Verse, Chorus, Verse, Chorus",
    "Verse, Chorus, Verse, Chorus",
    "Verse, Chorus, Verse, Chorus, Bridge, Chorus",
    "Verse, Chorus, Verse, Chorus, Bridge, Chorus",
    "Verse, Pre-Chorus, Chorus, Verse, Pre-Chorus, Chorus",
    "Verse, Verse, Bridge, Verse",
    "Verse, Verse, Verse",
    "Verse, Verse, Chorus, Outro",
    "Intro, Verse, Chorus, Verse, Chorus, Outro",
)
STYLES = ("folk", "pop", "ballad", "country", "soul", "rock", "", "")
MOODS = read_groups("moods")
WRITTEN = 0.55
"""Share of the songs put together from lines written for this recipe; old poems are a poor model of a lyric."""
STANZA = range(3, 9)
"""Lines a stanza may have to be sung."""

_OLD = re.compile(
    r"\b(?:thee|thou|thy|thine|ye|hath|doth|hast|dost|o'er|e'er|ere|'tis|'twas|loue|haue|owne|vpon)\b|[\[\]_*]|\d"
)
_SCHEMES = {"AABB": ((0, 1), (2, 3)), "ABAB": ((0, 2), (1, 3)), "ABCB": ((1, 3),)}


def make_pairs(splits: dict[str, Split], part: str, rng: random.Random) -> Iterator[Pair]:
    """Pairs without end; part is "train" or "held_out"."""
    songs = [
        s
        for kind in ("lyrics", "lyrics", "poems")
        for doc in getattr(splits[kind], part)
        if (s := find_song(doc))
    ]
    while True:
        if rng.random() < WRITTEN:
            yield pairs_lines.make_pair(rng)
        else:
            yield make_pair(*rng.choice(songs), rng)


def make_pair(title: str, stanzas: list[str], rng: random.Random) -> Pair:
    """Set the stanzas out in a structure that their number allows; the chorus returns in the same words."""
    parts = [title, *stanzas]
    whole = "\n".join(parts)
    title, *stanzas = swap_words(parts, swap_names(whole, rng) | swap_things(whole, rng, share=0.3))
    fitting = [s for s in STRUCTURES if _needed(s) <= len(stanzas)]
    structure = rng.choice(fitting)
    text = lay_out(structure, stanzas)
    hook = rng.choice(_section(text, "Chorus").split("\n")) if "[Chorus]" in text else ""
    hook = hook.strip(" ,;:.—") if rng.random() < 0.45 and '"' not in hook else ""
    words = key_words(text.replace("\n", " ").lower(), 5)
    theme = _theme(title, words, rng)
    schemes = [scheme_of(s) for s in stanzas[: _needed(structure)]]
    # Of two as frequent none at all wins, then the first by name.
    scheme = max(sorted(schemes), key=schemes.count)
    count = len(text.split())
    brief = {
        "theme": theme,
        "mood": _mood(text) if rng.random() < 0.6 else "",
        "style": rng.choice(STYLES),
        "hook": hook,
        # Without an asked structure the model still names its sections.
        "structure": structure if rng.random() < 0.85 else "",
        "rhyme_scheme": scheme if scheme and rng.random() < 0.7 else "",
        "length": "short" if count < 130 else "medium" if count < 260 else "long",
    }
    lower = text.lower()
    wanted = tuple(
        w for w in key_words(f"the {theme.lower()}.", 6) + words if w in theme.lower() and w in lower
    )
    return Pair("lyrics", brief, text, tuple(dict.fromkeys((*wanted, *([hook] if hook else [])))))


def lay_out(structure: str, stanzas: list[str]) -> str:
    """The stanzas under the names of the structure's sections; a chorus and a pre-chorus come back unchanged."""
    left = iter(stanzas)
    kept: dict[str, str] = {}
    verses = 0
    sections = []
    for name in structure.split(", "):
        if name in ("Chorus", "Pre-Chorus"):
            if name not in kept:
                kept[name] = next(left)
            body = kept[name]
        else:
            body = next(left)
        verses += name == "Verse"
        sections.append(f"[{name} {verses}]\n{body}" if name == "Verse" else f"[{name}]\n{body}")
    return "\n\n".join(sections)


def scheme_of(stanza: str) -> str:
    """The rhyme scheme of a stanza of four or eight lines, or ""."""
    ends = [_rhyme(line) for line in stanza.split("\n")]
    if len(ends) not in (4, 8):
        return ""
    fours = [ends[i : i + 4] for i in range(0, len(ends), 4)]
    for scheme, same in _SCHEMES.items():
        if all(four[a] == four[b] != "" for four in fours for a, b in same):
            return scheme
    return ""


def _needed(structure: str) -> int:
    names = structure.split(", ")
    return (
        len([n for n in names if n not in ("Chorus", "Pre-Chorus")])
        + ("Chorus" in names)
        + ("Pre-Chorus" in names)
    )


def find_song(doc: str) -> tuple[str, list[str]] | None:
    title, _, body = doc.partition("\n")
    stanzas = [re.sub(r"[ \t]+", " ", s).strip() for s in re.split(r"\n\s*\n", body)]
    if len(stanzas) == 1:
        stanzas = _cut_lines(stanzas[0].split("\n"))
    stanzas = [s for s in stanzas if len(s.split("\n")) in STANZA and max(map(len, s.split("\n"))) < 54]
    stanzas = [s for s in stanzas if not _OLD.search(s)]
    if len(stanzas) < 3 or sum(map(len, stanzas[:6])) > 1500 or not any(map(scheme_of, stanzas[:3])):
        return None
    title = re.sub(r"[\[(\"'].*|\b[IVXL]+\b\.?$|[.:]\s*$", "", title).strip()
    return title, stanzas[:7]


def _cut_lines(lines: list[str]) -> list[str]:
    return (
        ["\n".join(lines[i : i + 4]) for i in range(0, len(lines) - 3, 4)]
        if len(lines) in range(12, 40)
        else []
    )


def _section(text: str, name: str) -> str:
    return text.split(f"[{name}]\n", 1)[1].split("\n\n", 1)[0]


def _theme(title: str, words: list[str], rng: random.Random) -> str:
    if (title and rng.random() < 0.15) or not words:
        return title or "a song"
    picked = rng.sample(words, min(len(words), rng.choice((2, 2, 3))))
    theme = list_words([f"the {w}" for w in picked]) if rng.random() < 0.5 else list_words(picked)
    return rng.choice(("{}", "{}", "A song about {}", "Missing {}", "{} and what they leave behind")).format(
        theme
    )


def _mood(text: str) -> str:
    lower = text.lower()
    counts = {mood: sum(lower.count(w) for w in words) for mood, words in MOODS.items()}
    best = max(counts, key=lambda m: counts[m])
    return best if counts[best] > 1 else ""


def _rhyme(line: str) -> str:
    letters = re.sub(r"[^a-z ]", "", line.lower()).split()
    if not letters:
        return ""
    word = re.sub(r"(?<=[a-z]{2})e$", "", letters[-1])
    found = re.search(r"[aeiouy]+[^aeiouy]*$", word)
    if found is None:
        return word
    # Snow and go, night and bite are spelt apart; now and cow are few.
    return {"ow": "o", "oe": "o", "igh": "y", "ie": "y", "ight": "it"}.get(found.group(0), found.group(0))
