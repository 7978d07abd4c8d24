"""A song's brief from its lyric."""

from __future__ import annotations

import re
from collections import Counter

from creative.training.briefs import _traits as traits
from creative.training.keywords import find_key_phrases
from creative.training.words import is_chinese

_LABEL = re.compile(r"^[#*_\s]*[\[(【（]\s*([^\])】）\n]{2,40})[\])】）][*_:：\s]*$", re.MULTILINE)
_NAMES = {
    "Pre-Chorus": r"pre-?\s?chorus|预副歌|导歌",
    "Post-Chorus": r"post-?\s?chorus",
    "Verse": r"verse|strophe|主歌",
    "Chorus": r"chorus|refrain|hook|副歌",
    "Bridge": r"bridge|middle 8|桥段",
    "Intro": r"intro|前奏",
    "Outro": r"outro|coda|尾声|尾奏",
    "Interlude": r"interlude|solo|间奏",
}
_SCHEMES = {
    "AAAA": ((0, 1), (1, 2), (2, 3)),
    "AABB": ((0, 1), (2, 3)),
    "ABAB": ((0, 2), (1, 3)),
    "ABCB": ((1, 3),),
}


def draw(text: str) -> dict[str, str]:
    """Give theme and structure, and by turns hook and rhyme scheme."""
    structure = ", ".join(_read_structure(text))
    sung = _LABEL.sub("", text)
    stanzas = [
        [line.strip() for line in part.split("\n") if line.strip()] for part in re.split(r"\n\s*\n", sung)
    ]
    schemes = Counter(filter(None, (find_scheme(stanza) for stanza in stanzas)))
    answers = {
        "theme": _draw_theme(sung),
        "structure": structure,
        "hook": _find_hook(stanzas),
        "rhyme_scheme": schemes.most_common(1)[0][0] if schemes else "",
    }
    shares = {"theme": 1.0, "structure": 0.85, "hook": 0.5, "rhyme_scheme": 0.7}
    return {name: said for name, said in answers.items() if traits.say_or_not(text, name, shares[name])}


def find_scheme(stanza: list[str]) -> str:
    """Give the rhyme scheme of a stanza of four or eight lines, judged by spelling, or ""."""
    ends = [_ending(line) for line in stanza]
    if len(ends) not in (4, 8):
        return ""
    fours = [ends[at : at + 4] for at in range(0, len(ends), 4)]
    for scheme, pairs in _SCHEMES.items():
        if all(four[a] == four[b] != "" for four in fours for a, b in pairs):
            return scheme
    return ""


def _read_structure(text: str) -> list[str]:
    found = []
    for label in _LABEL.findall(text):
        name = next(
            (
                n
                for n, words in _NAMES.items()
                if re.match(rf"(?:final |last )?(?:{words})", label.strip(), re.IGNORECASE)
            ),
            "",
        )
        found.append(name)
    return [name for name in found if name]


def _find_hook(stanzas: list[list[str]]) -> str:
    """Give the line that comes back most often."""
    seen = Counter(line for stanza in stanzas for line in dict.fromkeys(stanza))
    line, count = seen.most_common(1)[0] if seen else ("", 0)
    return line.strip(" ,;:.—") if count > 1 else ""


def _draw_theme(sung: str) -> str:
    lower = " ".join(sung.casefold().split())
    phrases = find_key_phrases(lower, 3)
    if not phrases:
        return traits.draw_subject(" ".join(sung.split()))
    told = traits.join_words(phrases, is_chinese(sung))
    return f"{told[:1].upper()}{told[1:]}"


def _ending(line: str) -> str:
    """Give the letters of a line's end that a rhyme shares, alike for common spellings of one sound."""
    if is_chinese(line):
        return ""
    words = re.sub(r"[^a-z ]", "", line.casefold()).split()
    word = re.sub(r"(?<=[a-z]{2})e$", "", words[-1]) if words else ""
    found = re.search(r"[aeiouy]+[^aeiouy]*$", word)
    end = found[0] if found else word
    return {"ow": "o", "oe": "o", "igh": "y", "ie": "y", "ight": "it", "ee": "e", "ea": "e"}.get(end, end)
