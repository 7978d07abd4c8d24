"""How a check speaks: in the manuscript's language, with its passage placed in the text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from creative.checks import Finding, Level

# A page of remarks helps; a book of them is noise.
MOST = 40

_NOTHING = {"en": "Nothing to remark here.", "zh": "这里没有要提的。"}
_EMPTY = {"en": "There is nothing to read yet.", "zh": "还没有可读的文字。"}


@dataclass(frozen=True)
class Note:
    """What a finding says, in each language: its title, and one sentence of advice with `{slots}`."""

    title: Mapping[str, str]
    advice: Mapping[str, str]


def tongue(language: str) -> str:
    """Give "zh" for a Chinese manuscript, "en" for every other."""
    name = language.strip().casefold()
    return "zh" if name.startswith("zh") or "chinese" in name or "中文" in name or "汉语" in name else "en"


class Remarks:
    """Gathers the findings of one check on one text."""

    def __init__(self, check: str, title: Mapping[str, str], text: str, language: str) -> None:
        self._check = check
        self._title = title
        self._tongue = tongue(language)
        self._line_starts = [0, *(i + 1 for i, ch in enumerate(text) if ch == "\n")]
        self._paragraph_starts = [m.start() for m in re.finditer(r"^.*\S", text, re.MULTILINE)]
        self._empty = not text.strip()
        self._found: list[Finding] = []

    def add(self, level: Level, note: Note, span: tuple[int, int] | None, **slots: object) -> None:
        """Remark on the passage `span`, or on the whole text when there is none."""
        start, end = span or (0, 0)
        line = bisect_right(self._line_starts, start) if span else 0
        message = note.advice[self._tongue].format(**slots)
        title = note.title[self._tongue].format(**slots)
        self._found.append(Finding(self._check, level, title, message, line, start, end))

    def paragraph(self, start: int) -> int:
        """Give the paragraph, from 1, in which a character stands; blank lines do not count."""
        return bisect_right(self._paragraph_starts, start)

    def done(self, said: Mapping[str, str] | None = None) -> list[Finding]:
        """Give the findings in the order of the text; one "pass" when there are none, saying `said`."""
        if self._found:
            return sorted(self._found, key=lambda f: (f.start, f.end))[:MOST]
        words = _EMPTY if self._empty else said or _NOTHING
        return [
            Finding(
                self._check, "pass", self._title[self._tongue], words[self._tongue], line=0, start=0, end=0
            )
        ]
