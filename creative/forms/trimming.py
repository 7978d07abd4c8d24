"""Fitting a long draft into the room there is: the latest text stays, the middle goes first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

GAP = "\n\n[…]\n\n"
"""Stands where the middle of a draft was left out."""

_FIRST_TRY = 400
"""Characters; about a hundred tokens, the least worth asking for."""
_RATE_FROM = 2000
"""Characters at the beginning that tell how many characters a token takes: what is added later changes nothing."""
_STEPS = 3
"""The cut moves by a third of the room at a time."""
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_HAN}]|[^\W{_HAN}]+(?:['’-][^\W{_HAN}]+)*")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*\s+|[。！？…][”’」』）]*\s*")
_SHORT_FIRST = 80
"""A first paragraph shorter than this is a title or a heading: the next one opens the draft with it."""


@dataclass(frozen=True)
class Fitted:
    """What of a draft the model reads."""

    opening: str
    """Its first paragraph, empty when there was no room or nothing was left out."""
    latest: str
    left_out: str
    """What stood between the two."""

    @property
    def text(self) -> str:
        """The text as it goes into the prompt, with a mark where something is missing."""
        return f"{self.opening}{GAP}{self.latest}" if self.opening else self.latest


def count_words(text: str) -> int:
    """Give the number of words; a Chinese character counts as one."""
    return sum(1 for _ in _WORD.finditer(text))


def fit_draft(text: str, room: int, count: Callable[[str], int]) -> Fitted:
    """Keep the end of the draft within `room` tokens, and its opening if a quarter of them holds it.

    The cut moves in steps of a third of the room, counted from the beginning: while a draft grows, what the model
    reads begins alike, and an engine need not read it again. So at least half of the room is used, more as a rule.
    Tokens are counted O(log n) times, and never of a text much longer than the room.
    """
    if _longest(len(text), lambda size: count(text[len(text) - size :]) <= room, whole=True) == len(text):
        return Fitted("", text, "")
    opening = find_opening(text)
    taken = count(opening + GAP) if opening else 0
    if taken > room // 4:
        opening, taken = "", 0
    start = _find_cut(text, len(opening), room - taken, count)
    return Fitted(opening, text[start:], text[len(opening) : start])


def _find_cut(text: str, least: int, room: int, count: Callable[[str], int]) -> int:
    """Give where the end of a draft that is read begins, never before `least`."""
    most = _longest(len(text) - least, lambda size: count(text[len(text) - size :]) <= room)
    earliest = len(text) - most
    head = text[:_RATE_FROM]
    step = len(head) * room // (max(1, count(head)) * _STEPS)
    # Where the end is written in another script than the beginning, a step may be more than the room.
    while step > 1:
        place = earliest // step * step
        # The earliest cut is found to about a fiftieth; the mark before it may do as well.
        if place < least or count(text[place:]) > room:
            place += step
        start = _next_start(text, place, step)
        if len(text) - start >= most // 2:
            return start
        step //= 2
    return _next_start(text, earliest, most)


def find_opening(text: str) -> str:
    """Give the first paragraph, with the title or heading above it."""
    end = text.find("\n\n")
    if 0 <= end < _SHORT_FIRST:
        end = text.find("\n\n", end + 2)
    return text[:end] if end > 0 else ""


def longest_tail(text: str, room: int, count: Callable[[str], int]) -> str:
    """Give the longest end of the text in `room` tokens, from the start of a paragraph or sentence near."""
    most = _longest(len(text), lambda size: count(text[len(text) - size :]) <= room)
    start = len(text) - most
    return text if start == 0 else text[_next_start(text, start, most) :]


def longest_head(text: str, room: int, count: Callable[[str], int]) -> str:
    """Give the longest beginning of the text in `room` tokens, up to the end of a sentence near."""
    most = _longest(len(text), lambda size: count(text[:size]) <= room)
    if most == len(text):
        return text
    ends = [m.end() for m in _SENTENCE_END.finditer(text, most // 2, most)]
    space = text.rfind(" ", most // 2, most)
    return text[: ends[-1] if ends else space if space > 0 else most].rstrip()


def _longest(length: int, fits: Callable[[int], bool], whole: bool = False) -> int:
    """Give the largest size that fits, up to `length`; with `whole`, only whether all of it does."""
    # Doubling first, so that a text far too long is never counted as a whole.
    good, size = 0, min(_FIRST_TRY, length)
    while good < length and fits(size):
        good, size = size, min(size * 2, length)
    if good == length or whole:
        return good
    bad = size
    while bad - good > max(8, good // 50):
        middle = (good + bad) // 2
        good, bad = (middle, bad) if fits(middle) else (good, middle)
    return good


def _next_start(text: str, start: int, reach: int) -> int:
    """Move forward to where reading can begin: a paragraph, else a line, a sentence, a word, a whole character.

    Each is looked for within a share of `reach` characters.
    """
    for mark, share in ((r"\n\s*\n", 0.4), (r"\n", 0.25), (_SENTENCE_END.pattern, 0.25), (r"\s", 0.1)):
        # From two characters before: a start that is right already stays.
        found = re.compile(mark).search(text, max(0, start - 2), start + int(reach * share))
        if found:
            return max(start, found.end())
    while start < len(text) and (
        unicodedata.combining(text[start]) or "\u200d" in text[start - 1 : start + 1]
    ):
        start += 1
    return start
