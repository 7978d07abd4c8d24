"""How two English words sound against each other at the ends of lines.

Common words are looked up in rhymes.txt; any other is judged by the known words that are spelled
like its end, and, when those disagree, not judged at all.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Literal

Verdict = Literal["same", "rhyme", "near", "none", "unknown"]
Tail = tuple[str, ...]

# Sounds that American and British singers let stand for each other.
_SHIFTS = {
    ("AY", "ER"): ("AY", "R"),
    ("AW", "ER"): ("AW", "R"),
    ("IY", "R"): ("IH", "R"),
    ("UH", "R"): ("AO", "R"),
    ("UW", "R"): ("AO", "R"),
    ("AE", "R"): ("EH", "R"),
}
# Vowels close enough for a slant rhyme when all that follows is the same.
_NEIGHBOURS = {
    frozenset(pair)
    for pair in (
        ("IH", "IY"), ("EH", "EY"), ("AE", "EH"), ("AH", "AA"), ("AH", "UH"), ("UH", "UW"), ("AH", "UW"), ("AH", "OW"),
        ("AA", "OW"), ("AO", "OW"), ("IH", "EH"), ("AO", "AA"), ("AH", "IH"), ("AH", "EH"), ("OW", "UW"), ("ER", "AO"),
        ("AA", "AE"), ("AH", "AE"), ("AO", "AH"), ("OW", "AW"), ("IH", "AY"), ("EY", "AY"), ("EH", "IY"), ("EY", "AE"),
    )
}  # fmt: skip
# A plural sounds as its stem's last sound wills.
_INFLECTIONS: dict[str, Tail] = {
    "ing": ("IH0", "NG"),
    "est": ("AH0", "S", "T"),
    "er": ("ER0",),
    "ly": ("L", "IY0"),
    "'s": (),
    "s'": (),
    "s": (),
}
_LONGEST_ENDING = 6
# From this many letters on, words spelled alike sound alike from the stress on: "unning", "ittle".
_TELLING = 5


def compare(one: str, other: str) -> Verdict:
    """Say how two words, lower case, rhyme; "near" covers slant and eye rhymes and shared light endings."""
    if one == other:
        return "same"
    known_one, known_other = _known(one), _known(other)
    first, second = known_one or _guessed(one), known_other or _guessed(other)
    if not first or not second:
        return "unknown"
    if {part for t in first for part in _parts(t)} & {part for t in second for part in _parts(t)}:
        return "rhyme"
    if _rime(one) == _rime(other) or any(_are_near(a, b) for a in first for b in second):
        return "near"
    # A guess is good enough to hear a rhyme, not to deny one.
    return "none" if known_one and known_other else "unknown"


@cache
def _table() -> dict[str, list[Tail]]:
    """Give the sound of each known word from its stressed vowel on; stress marks are kept."""
    table: dict[str, list[Tail]] = {}
    for line in Path(__file__).with_name("rhymes.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            sound, _, words = line.partition(": ")
            tail = _settled(tuple(sound.split()))
            for word in words.split():
                table.setdefault(word, []).append(tail)
    return table


@cache
def _endings() -> dict[str, Counter[Tail]]:
    """Count how the words of each spelled ending sound: long endings from the stress on, short from the last vowel."""
    endings: dict[str, Counter[Tail]] = {}
    for word, tails in _table().items():
        for size in range(3, min(_LONGEST_ENDING, len(word)) + 1):
            sound = tails[0] if size >= _TELLING else _last_syllable(tails[0])
            endings.setdefault(word[-size:], Counter())[sound] += 1
    return endings


def _known(word: str) -> list[Tail]:
    table = _table()
    word = word.strip("'") if word not in table and not word.endswith("in'") else word
    if word.endswith("in'"):
        return [(*t[:-2], "AH0", "N") for t in _known(word[:-1] + "g")]
    return table.get(word) or _inflected(word)


def _inflected(word: str) -> list[Tail]:
    """Give the sound of a known word with an ending, or of the second half of a compound."""
    table = _table()
    for ending, sound in _INFLECTIONS.items():
        stem = word.removesuffix(ending)
        doubled = stem[-2:-1] == stem[-1:]
        for known in (stem, stem + "e", stem[:-1] if doubled else ""):
            if word.endswith(ending) and known in table:
                return [(*t, *(sound or _plural(t[-1]))) for t in table[known]]
    for cut in range(3, len(word) - 3):
        if word[:cut] in table and word[cut:] in table:
            return table[word[cut:]]
    return []


def _plural(last: str) -> Tail:
    if last in {"S", "Z", "SH", "CH", "ZH", "JH"}:
        return ("AH0", "Z")
    return ("S",) if last in {"P", "T", "K", "F", "TH"} else ("Z",)


def _guessed(word: str) -> list[Tail]:
    """Give the sounds of the words spelled most like this one's end; nothing when they disagree."""
    for size in range(min(_LONGEST_ENDING, len(word) - 1), 2, -1):
        known = _endings().get(word[-size:])
        if known and (size >= _TELLING or known.total() >= 2):
            sound, times = known.most_common(1)[0]
            if times * 10 >= known.total() * 8:
                return [sound]
    return []


def _settled(tail: Tail) -> Tail:
    """Write the sounds that singers do not tell apart in one way."""
    sounds = list(tail)
    for i, sound in enumerate(sounds):
        following = sounds[i + 1] if i + 1 < len(sounds) else ""
        vowel, stress = sound.rstrip("012"), sound[len(sound.rstrip("012")) :]
        shift = _SHIFTS.get((vowel, following.rstrip("012")))
        if shift:
            sounds[i], sounds[i + 1] = shift[0] + stress, shift[1]
        elif vowel == "AO" and following != "R":
            sounds[i] = "AA" + stress
        elif sound == "IH0" and following != "NG":
            sounds[i] = "AH0"
    return tuple(sounds)


def _vowels(tail: Tail) -> list[int]:
    return [i for i, sound in enumerate(tail) if sound[-1].isdigit()]


def _bare(tail: Tail) -> Tail:
    return tuple(sound.rstrip("012") for sound in tail)


def _last_syllable(tail: Tail) -> Tail:
    return tail[_vowels(tail)[-1] :]


def _parts(tail: Tail) -> set[Tail]:
    """Give every stretch of a word on which it can rhyme fully."""
    vowels = _vowels(tail)
    parts = {_bare(tail)} | {_bare(tail[i:]) for i in vowels if tail[i].endswith("2")}
    last = tail[vowels[-1] :]
    # Verse lifts the last syllable of "melody" to meet "free".
    if len(vowels) >= 3 and last[0].rstrip("012") not in {"AH", "ER"}:
        parts.add(_bare(last))
    return parts


def _rime(word: str) -> str:
    """Give the letters from the last vowel on, without a silent e: words alike here rhyme to the eye."""
    letters = word.removesuffix("e")
    last = max((i for i, letter in enumerate(letters) if letter in "aeiouy"), default=0)
    return word[last:]


def _are_near(one: Tail, other: Tail) -> bool:
    if _bare(_last_syllable(one)) == _bare(_last_syllable(other)):
        return True
    a, b = _bare(one), _bare(other)
    if a[0] == b[0] and len(_vowels(one)) == len(_vowels(other)):
        return True
    last_one, last_other = _bare(_last_syllable(one)), _bare(_last_syllable(other))
    if last_one[0] == last_other[0] and last_one[0] not in {"AH", "ER"}:
        return True
    # "Dawn" meets "forlorn" wherever r is not sounded.
    end_one, end_other = ([sound for sound in t[1:] if sound != "R"] for t in (last_one, last_other))
    return bool(end_one) and end_one == end_other and frozenset((last_one[0], last_other[0])) in _NEIGHBOURS
