"""The sections of a lyric: their labels in a text, and the order a writer asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass

NAMES = {
    "verse": ("verse", "主歌"),
    "prechorus": ("pre-chorus", "预副歌"),
    "chorus": ("chorus", "副歌"),
    "postchorus": ("post-chorus", "后副歌"),
    "bridge": ("bridge", "桥段"),
    "intro": ("intro", "前奏"),
    "outro": ("outro", "尾声"),
    "interlude": ("interlude", "间奏"),
}
"""Each kind of section, as it is called in English and in Chinese."""

_KINDS = {
    "verse": r"verses?|strophes?|主歌",
    "prechorus": r"pre[\s\-–]?chorus(?:es)?|预副歌|前副歌|导歌",
    "postchorus": r"post[\s\-–]?chorus(?:es)?|后副歌",
    "chorus": r"chorus(?:es)?|hooks?|refrains?|副歌",
    "bridge": r"bridges?|middle[\s\-]?(?:eight|8)|桥段|桥",
    "intro": r"intros?|introduction|前奏|引子",
    "outro": r"outros?|codas?|tag|尾声|尾奏|尾歌",
    "interlude": r"interludes?|instrumentals?|(?:guitar\s+)?solos?|breakdown|间奏",
}
_ANY = "|".join(f"(?P<{kind}>{words})" for kind, words in _KINDS.items())
_COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "两段": 2, "三段": 3, "四段": 4}
_ASKED = re.compile(
    rf"(?:\b(?P<before>\d|two|three|four|five)\s+|(?P<zh>[两三四]段))?(?<![a-z])(?:{_ANY})(?![a-z])(?:\s*[(（]?[x×](?P<times>\d))?",
    re.IGNORECASE,
)
_NUMBER = r"(?:\d{1,2}|[ivx]{1,4}|one|two|three|four|[一二三四五六])"
_BRACKETED = re.compile(
    rf"^\W*[\[(（【《〔]\s*(?:final\s+|last\s+)?(?:{_ANY})(?![a-z])[^\n]*[\])）】》〕]\W*$", re.IGNORECASE
)
_BARE = re.compile(
    rf"^[#*_\s]*(?:final\s+|last\s+)?(?:{_ANY})\s*{_NUMBER}?\s*(?:[(（]?\s*[x×]\s*\d\s*[)）]?)?\s*[:：]?[*_\s]*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Section:
    """One labelled part of a lyric."""

    kind: str
    label: str
    start: int
    """First character of the label."""
    end: int
    """One past the label's last character."""
    body_start: int
    body_end: int


def asked(structure: str) -> list[str]:
    """Read the order a writer asks for, such as "Verse, Chorus x2" or 主歌、副歌; empty when it names no section."""
    order: list[str] = []
    for found in _ASKED.finditer(structure[:2000]):
        name = found[_kind(found)].casefold()
        plural = name.endswith("s") and not name.endswith("chorus")
        before = (found["before"] or "").casefold()
        # "Verse 1 Chorus" numbers the verse; "2 verses" counts them.
        count = (
            _COUNTS.get(before)
            or (int(before) if before and plural else 0)
            or _COUNTS.get(found["zh"] or "", 1)
        )
        order += [_kind(found)] * min(int(found["times"] or count), 9)
    return order


def sections(text: str) -> list[Section]:
    """Find the labelled sections of a lyric, in order, each with the stretch of lines below it."""
    labels: list[tuple[str, re.Match[str], int]] = []
    at = 0
    for line in text.split("\n"):
        found = None
        if len(line) < 80:
            found = _BRACKETED.match(line) or _BARE.match(line)
        if found:
            labels.append((_kind(found), found, at))
        at += len(line) + 1
    stops = [start for _, _, start in labels[1:]] + [len(text)] * bool(labels)
    made = []
    for (kind, found, start), stop in zip(labels, stops, strict=True):
        label = found.group().strip()
        first = start + found.group().index(label)
        made.append(
            Section(kind, label, first, first + len(label), min(start + len(found.string) + 1, stop), stop)
        )
    return made


def _kind(found: re.Match[str]) -> str:
    return next(kind for kind in _KINDS if found[kind])
