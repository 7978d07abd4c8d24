"""The craft checks: text in, findings out; one file per check, found by listing this folder.

A check is a module with `TITLE` (dict of language to title) and
`check(text, brief, language) -> list[Finding]`. Adding one is adding one file. One that knows of a single line or
word, while it is being written, whether it can stand may have `guide(brief, language) -> Guide | None` too.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, Protocol

from creative.errors import UnknownName

Level = Literal["pass", "warn", "fail"]
Unit = Literal["line", "word"]
"""What a guide knows of: whole lines, or words."""
Fit = Literal["wrong", "free", "near", "full"]
"""How a line or word fits: "wrong" gives way to others; of these a "full" one takes its place at once and a "near" one
where no full one comes. A "free" one stays where it is, and takes nobody's place."""


class UnknownCheck(UnknownName):
    """No craft check has this name."""

    kind = "check"


@dataclass(frozen=True)
class Finding:
    """One remark on a text; it advises and changes nothing."""

    check: str
    """Name of the check that speaks."""
    level: Level
    title: str
    """Two or three words, in the manuscript's language."""
    message: str
    """One sentence of advice that names the craft reason."""
    line: int
    """Line of the passage, from 1; 0 when the finding is about the whole text."""
    start: int
    """First character of the passage in the text (code points)."""
    end: int
    """One past its last character; equal to `start` when there is no passage."""


class Check(Protocol):
    """What a check's module holds."""

    TITLE: Mapping[str, str]

    def check(self, text: str, brief: Mapping[str, str], language: str) -> list[Finding]: ...


class Guide(Protocol):
    """What a check knows of a line or a word while the text is being written. A word has the space before it."""

    @property
    def unit(self) -> Unit:
        """Which of them."""
        ...

    def holds(self, text: str, begun: str, /) -> bool:
        """Whether the line or word that begins so, after `text`, has to stand whole before anybody sees it."""
        ...

    def weigh(self, text: str, part: str, breaks: str, /) -> Fit:
        """Say how a whole line or word fits after `text`; `breaks` are the line breaks behind a line."""
        ...


def place(text: str, start: int) -> int:
    """Give the line, from 1, on which the character `start` stands."""
    return text.count("\n", 0, start) + 1


@cache
def names() -> tuple[str, ...]:
    """List every check in this folder."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")))


def run(wanted: tuple[str, ...], text: str, brief: Mapping[str, str], language: str) -> list[Finding]:
    """Read `text` with the named checks; findings come in the order of the text."""
    found: list[Finding] = []
    for name in wanted:
        found.extend(_find(name).check(text, brief, language))
    return sorted(found, key=lambda f: (f.start, f.end, f.check))


def find_guide(wanted: tuple[str, ...], brief: Mapping[str, str], language: str) -> Guide | None:
    """Give what the first of the named checks that has something to say knows of lines; None where none has."""
    guides = (getattr(_find(name), "guide", None) for name in wanted)
    return next((found for make in guides if make and (found := make(brief, language))), None)


def _find(name: str) -> Check:
    if name not in names():
        raise UnknownCheck(name, names())
    module: Check = importlib.import_module(f"{__name__}.{name}")  # type: ignore[assignment]
    return module
