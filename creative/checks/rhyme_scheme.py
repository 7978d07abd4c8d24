"""Whether the lines of a lyric rhyme where the scheme says; English only, by ear and kindly.

A slant rhyme passes, and so does a word whose sound is not known: only a line that leaves the
ear waiting is told. Bridges and the like are free to break the pattern.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import ClassVar

from creative.checks import Finding, Fit, Unit
from creative.checks._passages import Passage, is_han, words
from creative.checks._remarks import Note, Remarks
from creative.checks._rhymes import compare
from creative.checks._sections import sections

TITLE = {"en": "Rhyme scheme", "zh": "押韵"}

_NO_RHYME = Note(
    {"en": "No rhyme", "zh": "没有押上"},
    {
        "en": "In {scheme} “{word}” should answer “{other}”; the ear has been promised a rhyme and waits for it here.",
        "zh": "按{scheme}，“{word}”应与“{other}”押韵；耳朵在这里等着那个音。",
    },
)
_NOT_KEPT = Note(
    {"en": "Scheme not kept", "zh": "没有按韵式"},
    {
        "en": "{bad} of {all} pairs do not rhyme as {scheme} asks, beginning with “{other}” and “{word}”; the ear "
        "stops listening for a pattern it cannot find.",
        "zh": "{all}对里有{bad}对没有按{scheme}押韵，从“{other}”和“{word}”起；找不到规律，耳朵就不再等了。",
    },
)
_FREE = {"en": "No rhyme scheme was asked for.", "zh": "没有要求押韵。"}
_NOT_JUDGED = {
    "en": "Rhyme is judged in English only; read these lines aloud.",
    "zh": "押韵只能判断英文；中文请念出来听。",
}
_KEPT = {"en": "The lines rhyme as asked.", "zh": "押韵符合要求。"}

_SCHEME = re.compile(r"(?<![A-Za-z])(?:[A-H](?:[ \-–,]?[A-H]){1,11})(?![A-Za-z])")
_JUDGED = {"verse", "chorus"}
_ASIDE = re.compile(r"[(\[（][^()\[\]（）]*[)\]）]\W*$")


@dataclass(frozen=True)
class Pair:
    """Two line ends that the scheme says should rhyme."""

    other: Passage
    word: Passage


def check(text: str, brief: Mapping[str, str], language: str) -> list[Finding]:
    """Find the lines that do not rhyme where the brief's scheme says they should."""
    remarks = Remarks("rhyme_scheme", TITLE, text, language)
    scheme = asked_scheme(brief.get("rhyme_scheme", ""))
    if not scheme:
        return remarks.done(_FREE)
    if language != "English" or is_han(text):
        return remarks.done(_NOT_JUDGED)
    pairs = _find_pairs(text, scheme)
    bad = [pair for pair in pairs if compare(pair.other.text, pair.word.text) == "none"]
    # A page of the same remark says less than one.
    if len(bad) >= 5 and len(bad) * 5 >= len(pairs) * 3:
        first = bad[0]
        slots = {
            "bad": len(bad),
            "all": len(pairs),
            "scheme": scheme,
            "other": first.other.text,
            "word": first.word.text,
        }
        remarks.add("warn", _NOT_KEPT, first.word.span, **slots)
        return remarks.done()
    for pair in bad:
        remarks.add(
            "warn", _NO_RHYME, pair.word.span, scheme=scheme, word=pair.word.text, other=pair.other.text
        )
    return remarks.done(_KEPT)


def count_rhymes(text: str, brief: Mapping[str, str]) -> tuple[int, int]:
    """How many pairs of line ends rhyme of those that the brief's scheme says should; a word said twice rhymes not."""
    scheme = asked_scheme(brief.get("rhyme_scheme", ""))
    pairs = _find_pairs(text, scheme) if scheme else []
    heard = [compare(pair.other.text, pair.word.text) for pair in pairs]
    return sum(verdict not in ("none", "same") for verdict in heard), len(pairs)


def _find_pairs(text: str, scheme: str) -> list[Pair]:
    """Give the pairs of line ends that should rhyme, each pair of words once."""
    return _distinct([pair for stanza in _stanzas(text) for pair in _pairs(stanza, scheme)])


def asked_scheme(value: str) -> str:
    """Read a scheme such as "ABAB", "abab" or "Couplets (AABB)"; empty when none is asked for."""
    found = _SCHEME.search(value[:200])
    if not found and re.fullmatch(r"\s*a[a-h]{1,11}\s*", value):
        found = _SCHEME.search(value.upper())
    letters = re.sub(r"[^A-H]", "", found.group()) if found else ""
    if not letters and "couplet" in value.casefold():
        return "AABB"
    return letters if len(set(letters)) < len(letters) else ""


def guide(brief: Mapping[str, str], language: str) -> _Rhymes | None:
    """Say of each line of an English lyric, while it is written, whether it rhymes as the brief's scheme asks.

    Where the question of a scheme is left open, every fourth line has to rhyme with one of the three before it.
    """
    asked = brief.get("rhyme_scheme")
    scheme = asked_scheme(asked or "")
    is_open = asked is not None and not asked.strip()
    return _Rhymes(scheme) if (scheme or is_open) and language == "English" else None


@dataclass(frozen=True)
class _Rhymes:
    """Knows which lines have to answer another."""

    unit: ClassVar[Unit] = "line"
    scheme: str

    def holds(self, text: str, begun: str) -> bool:
        """Hold a line that has to rhyme."""
        return bool(awaited(text, self.scheme))

    def weigh(self, text: str, line: str, breaks: str) -> Fit:
        """Weigh a line by its rhyme: a slant one is near, and a chorus comes again in the words it had."""
        words = awaited(text, self.scheme)
        if not words or not line.strip() or sections(line):
            return "free"
        *lines, latest, _ = [each.strip().casefold() for each in text.split("\n")]
        said = line.strip().casefold()
        end = _line_end(line, 0, len(line)).text
        heard = {compare(end, word) for word in words}
        rhymes = "same" not in heard and bool(heard & {"rhyme", "near"})
        if said in (*lines, latest):
            return "free" if rhymes or (latest, said) in pairwise(lines) else "wrong"
        if rhymes:
            return "full" if "rhyme" in heard else "near"
        return "free" if "unknown" in heard and "same" not in heard else "wrong"


def awaited(text: str, scheme: str) -> tuple[str, ...]:
    """Give the words of which the line after `text` has to rhyme with one; none where it is free or has begun.

    Without a scheme these are the ends of the three lines before a fourth.
    """
    lines = text.split("\n")
    if len(lines) < 2 or lines[-1] or not lines[-2].strip() or sections(lines[-2]):
        return ()
    found = sections(text)
    stanzas = _stanzas(text)
    if not stanzas or (found and found[-1].kind not in _JUDGED):
        return ()
    size = _size(scheme) or 4
    group = stanzas[-1][len(stanzas[-1]) // size * size :]
    if not scheme:
        return tuple(word.text for word in group if word.text) if len(group) == 3 else ()
    letter = scheme[len(group)]
    answered = next((group[i].text for i in reversed(range(len(group))) if scheme[i] == letter), "")
    return (answered,) if answered else ()


def _size(scheme: str) -> int:
    """Give how many lines a scheme takes until it begins anew: couplets in pairs."""
    return 2 if scheme == "AABB" else len(scheme)


def _stanzas(text: str) -> list[list[Passage]]:
    """Give the last word of each line, stanza by stanza, for the parts that keep the scheme."""
    found = sections(text)
    parts = [(s.body_start, s.body_end) for s in found if s.kind in _JUDGED]
    if not found or text[: found[0].start].count("\n") > 3:
        parts.insert(0, (0, found[0].start if found else len(text)))
    stanzas: list[list[Passage]] = []
    for start, stop in parts:
        ends: list[Passage] = []
        for line in re.finditer(r"[^\n]*\n?", text[start:stop]):
            if line.group().strip():
                ends.append(_line_end(text, start + line.start(), start + line.end()))
            elif ends:
                stanzas.append(ends)
                ends = []
        if ends:
            stanzas.append(ends)
    return stanzas


def _line_end(text: str, start: int, stop: int) -> Passage:
    """Give the last word of a line that is sung in the lead: "all night (oh yeah)" ends in "night"."""
    line = text[start:stop].rstrip()
    shown = _ASIDE.sub("", line)
    found = words(text, start, start + len(shown if shown.strip() else line))
    if not found:
        return Passage("", start, start)
    last = found[-1]
    half = last.text.rpartition("-")[2]
    dropped = text[last.end : last.end + 1] in {"'", "’"} and half.endswith("in")
    return Passage(half + "'" if dropped else half, last.end - len(half), last.end)


def _pairs(stanza: list[Passage], scheme: str) -> list[Pair]:
    """Pair each line with the one before it of the same letter; a stanza of odd length is let be."""
    size = _size(scheme)
    if len(stanza) > size and len(stanza) % size:
        return []
    pairs: list[Pair] = []
    last: dict[str, Passage] = {}
    for i, word in enumerate(stanza):
        if i % size == 0:
            last = {}
        letter = scheme[i % size]
        if letter in last and word.text and last[letter].text:
            pairs.append(Pair(last[letter], word))
        last[letter] = word
    return pairs


def _distinct(pairs: list[Pair]) -> list[Pair]:
    """Keep the first of each pair of words: a chorus that returns is told once."""
    ordered = sorted(pairs, key=lambda p: (p.other.text, p.word.text, p.word.start))
    firsts = [next(same) for _, same in groupby(ordered, key=lambda p: (p.other.text, p.word.text))]
    return sorted(firsts, key=lambda p: p.word.start)
