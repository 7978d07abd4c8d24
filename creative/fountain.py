"""The Fountain screenplay format: text to elements, each with its kind and its place in the text.

Follows the Fountain syntax 1.1 (fountain.io/syntax), and reads 内景/外景 headings and bare
Chinese names as well. Two readings are kinder than the syntax, for drafts still being written:
a heading in capitals needs no blank line after it, and a title page must open with a known key,
so that "FADE IN:" stays part of the script.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Kind = Literal[
    "scene_heading",
    "action",
    "character",
    "parenthetical",
    "dialogue",
    "lyric",
    "transition",
    "centered",
    "note",
    "boneyard",
    "section",
    "synopsis",
    "page_break",
]

# Stands where a note or a boneyard was cut, so that what remains keeps its place in the text.
_CUT = "\x00"
_CUT_OPENS = re.compile(r"/\*|\[\[")
# Within a note an empty line must hold two spaces.
_BLANK = re.compile(r"\n[ \t]?\r?\n")
_HEADING = re.compile(
    r"(?:INT|EXT|EST|INT\.?/EXT|EXT\.?/INT|I\.?/E)(?:\.|[ \t])|第[一二三四五六七八九十百\d]+场"
    r"|(?:内景|外景|内外景|内/外景)(?=[ \t.．:：、，\-－—]|$)",
    re.IGNORECASE,
)
_SCENE_NUMBER = re.compile(r"[ \t]*#([\w.\-]+)#[ \t]*$")
_TRANSITION = re.compile(r"^[^a-z]*(?:TO:|切至[:：]|切到[:：])$")
_EXTENSION = re.compile(r"[(（][^()（）]*[)）]")
_CHINESE_NAME = re.compile(r"^[\u3400-\u9fff·]{1,8}$")
_PARENTHETICAL = re.compile(r"^[(（].*[)）]$")
_TITLE_KEY = re.compile(
    r"^(title|credit|authors?|source|draft date|date|contact|copyright|notes|revision"
    r"|标题|片名|编剧|作者|日期|版权|联系方式) ?[:：]",
    re.IGNORECASE,
)
_ANY_KEY = re.compile(r"^([^\s:：][^:：\n]{0,40})[:：][ \t]*(.*)$")


@dataclass(frozen=True)
class Element:
    """One part of a script: consecutive lines of the same kind."""

    kind: Kind
    text: str
    """What is printed: markers, notes and boneyards taken out; lines parted by a line feed."""
    start: int
    """First character in the source (code points)."""
    end: int
    """One past its last character in the source."""
    number: str = ""
    """Scene number, as in #12A#."""
    depth: int = 0
    """Level of a section, from 1."""
    dual: bool = False
    """Whether a character speaks beside the one before."""
    forced: bool = False
    """Whether the writer marked the kind by hand (. @ ! >)."""


@dataclass(frozen=True)
class Script:
    """A script as its parts, in the order of the text."""

    title_page: tuple[tuple[str, str], ...]
    """Keys and values of the title page; a value of several lines keeps its line feeds."""
    elements: tuple[Element, ...]


@dataclass(frozen=True)
class Run:
    """A stretch of text in one face."""

    text: str
    bold: bool = False
    italic: bool = False
    underline: bool = False


@dataclass(frozen=True)
class _Line:
    text: str
    """The line without notes, boneyards, or space at its ends."""
    raw: str
    start: int
    end: int

    @property
    def blank(self) -> bool:
        return not self.text


def parse(text: str) -> Script:
    """Read a script; every text can be read, what is nothing else is action."""
    cuts = _cuts(text)
    lines = _lines(_mask(text, cuts))
    title_page, first = _title_page(lines)
    reader = _Reader(lines, first)
    while reader.at < len(lines):
        reader.read_line()
    elements = _join(reader.elements, lines) + cuts
    return Script(title_page, tuple(sorted(elements, key=lambda e: (e.start, e.end))))


def speaker(cue: str) -> str:
    """Give who speaks under a cue, without extensions such as (V.O.) or (CONT'D)."""
    return re.sub(rf"\s*{_EXTENSION.pattern}", "", cue).strip()


def runs(text: str) -> list[Run]:
    """Split one line at its emphasis marks; a mark that never closes stays as it is written."""
    tokens = [t for t in re.split(r"(\\[*_\\]|\*{1,3}|_)", text) if t]
    closes = _emphasis_pairs(tokens)
    faces = {"bold": False, "italic": False, "underline": False}
    found: list[Run] = []
    for i, token in enumerate(tokens):
        if i in closes:
            for face in {"*": ["italic"], "**": ["bold"], "***": ["bold", "italic"], "_": ["underline"]}[
                token
            ]:
                faces[face] = not faces[face]
            continue
        plain = token[1] if token[0] == "\\" and len(token) == 2 else token
        found.append(Run(plain, **faces))
    return found


def _emphasis_pairs(tokens: list[str]) -> set[int]:
    """Say which tokens are marks that open or close; marks nest, and close on the same line."""
    paired: set[int] = set()
    opened: dict[str, int] = {}
    for i, token in enumerate(tokens):
        if token not in {"*", "**", "***", "_"}:
            continue
        before = tokens[i - 1][-1] if i else " "
        after = tokens[i + 1][0] if i + 1 < len(tokens) else " "
        if token in opened and not before.isspace():
            start = opened.pop(token)
            paired |= {start, i}
            opened = {mark: at for mark, at in opened.items() if at < start}
        elif not after.isspace():
            opened[token] = i
    return paired


def _cuts(text: str) -> list[Element]:
    """Find the notes and boneyards; one that never closes is plain text."""
    blanks = [m.start() for m in _BLANK.finditer(text)]
    next_close = {"*/": -1, "]]": -1}
    cuts: list[Element] = []
    at = 0
    while opening := _CUT_OPENS.search(text, at):
        start = opening.start()
        close = "*/" if opening.group() == "/*" else "]]"
        # Each close is looked for once, or a page of openings would be read a page of times.
        if next_close[close] < start + 2:
            found = text.find(close, start + 2)
            next_close[close] = found if found >= 0 else len(text)
        stop = next_close[close]
        blank = bisect_right(blanks, start)
        torn = close == "]]" and blank < len(blanks) and blanks[blank] < stop
        at = start + 2
        if stop < len(text) and not torn:
            at = stop + 2
            kind: Kind = "note" if close == "]]" else "boneyard"
            cuts.append(Element(kind, text[start + 2 : stop].strip(), start, at))
    return cuts


def _mask(text: str, cuts: list[Element]) -> str:
    pieces: list[str] = []
    at = 0
    for cut in cuts:
        pieces += [text[at : cut.start], re.sub(r"[^\n]", _CUT, text[cut.start : cut.end])]
        at = cut.end
    return "".join(pieces) + text[at:]


def _lines(masked: str) -> list[_Line]:
    lines: list[_Line] = []
    at = 0
    for raw in masked.split("\n"):
        shown = raw.replace(_CUT, "").strip()
        solid = raw.strip(" \t\r\u3000" + _CUT)
        start = at + (raw.find(solid) if solid else 0)
        lines.append(_Line(shown, raw, start, start + len(solid)))
        at += len(raw) + 1
    return lines


def _title_page(lines: list[_Line]) -> tuple[tuple[tuple[str, str], ...], int]:
    """Give the title page and the number of the line after it."""
    if not lines or not _TITLE_KEY.match(lines[0].text):
        return (), 0
    stop = next((i for i, line in enumerate(lines) if line.blank), len(lines))
    entries: list[tuple[str, list[str]]] = []
    for line in lines[:stop]:
        key = _ANY_KEY.match(line.text)
        if key and not (entries and line.raw[:1].isspace()):
            entries.append((key[1].strip(), [key[2].strip()] if key[2].strip() else []))
        else:
            entries[-1][1].append(line.text)
    return tuple((key, "\n".join(values)) for key, values in entries), stop


class _Reader:
    """Walks the lines once and says what each is."""

    def __init__(self, lines: list[_Line], first: int) -> None:
        self.lines = lines
        self.at = first
        self.elements: list[Element] = []
        self._speaking = False

    def read_line(self) -> None:
        line = self.lines[self.at]
        if line.blank:
            # Two spaces on an otherwise empty line keep the speech going.
            self._speaking = self._speaking and line.raw.replace(_CUT, "").strip("\r") == "  "
        elif self._speaking:
            self._add(self._spoken_kind(line.text), line, line.text.removeprefix("~").strip())
        else:
            self._read_element(line)
        self.at += 1

    @staticmethod
    def _spoken_kind(text: str) -> Kind:
        if text.startswith("~"):
            return "lyric"
        return "parenthetical" if _PARENTHETICAL.match(text) else "dialogue"

    def _read_element(self, line: _Line) -> None:
        for read in (self._marked, self._heading, self._transition, self._character):
            if read(line):
                return
        self._add("action", line, line.text)

    def _marked(self, line: _Line) -> bool:
        """Read a line whose first characters say what it is."""
        text = line.text
        if text.startswith("!"):
            self._add("action", line, text[1:], forced=True)
        elif re.match(r"={3,}$", text):
            self._add("page_break", line, "")
        elif text.startswith("="):
            self._add("synopsis", line, text[1:].strip())
        elif section := re.match(r"(#{1,6})[ \t]*(.*)$", text):
            self._add("section", line, section[2], depth=len(section[1]))
        elif text.startswith("~"):
            self._add("lyric", line, text[1:].strip())
        elif text.startswith(">"):
            centered = text.endswith("<")
            self._add("centered" if centered else "transition", line, text.strip("><").strip(), forced=True)
        elif re.match(r"\.\w", text):
            self._add_heading(line, text[1:], forced=True)
        elif text.startswith("@") and len(text) > 1 and not self._blank_after():
            self._add_character(line, text[1:].strip(), forced=True)
        else:
            return False
        return True

    def _heading(self, line: _Line) -> bool:
        if not _HEADING.match(line.text) or not self._blank_before():
            return False
        if not self._blank_after() and line.text != line.text.upper():
            return False
        self._add_heading(line, line.text, forced=False)
        return True

    def _transition(self, line: _Line) -> bool:
        alone = self._blank_before() and self._blank_after()
        if not alone or not _TRANSITION.match(line.text):
            return False
        self._add("transition", line, line.text)
        return True

    def _character(self, line: _Line) -> bool:
        if not self._blank_before() or self._blank_after():
            return False
        name = _EXTENSION.sub("", line.text.removesuffix("^")).strip()
        cased = name == name.upper() != name.lower()
        if not cased and not _CHINESE_NAME.match(name):
            return False
        self._add_character(line, line.text, forced=False)
        return True

    def _add_heading(self, line: _Line, text: str, forced: bool) -> None:
        number = _SCENE_NUMBER.search(text)
        shown = _SCENE_NUMBER.sub("", text).strip()
        self._add("scene_heading", line, shown, number=number[1] if number else "", forced=forced)

    def _add_character(self, line: _Line, text: str, forced: bool) -> None:
        dual = text.endswith("^")
        self._add("character", line, text.removesuffix("^").strip(), dual=dual, forced=forced)
        self._speaking = True

    def _add(self, kind: Kind, line: _Line, text: str, **more: str | int | bool) -> None:
        self.elements.append(Element(kind, text, line.start, line.end, **more))  # type: ignore[arg-type]

    def _blank_before(self) -> bool:
        return self.at == 0 or self.lines[self.at - 1].blank

    def _blank_after(self) -> bool:
        return self.at + 1 == len(self.lines) or self.lines[self.at + 1].blank


def _join(elements: list[Element], lines: list[_Line]) -> list[Element]:
    """Join action, dialogue and lyric lines that follow each other with no blank line between."""
    follows = {a.end: b.start for a, b in pairwise([x for x in lines if x.text or x.raw == "  "]) if a.text}
    after_blank = {b.start for a, b in pairwise(lines) if a.blank}
    joined: list[tuple[Element, list[str], int]] = []
    for element in elements:
        if joined and element.kind in {"action", "dialogue", "lyric"}:
            head, parts, end = joined[-1]
            touching = follows.get(end) == element.start and element.start not in after_blank
            if head.kind == element.kind and head.forced == element.forced and touching:
                parts.append(element.text)
                joined[-1] = (head, parts, element.end)
                continue
        joined.append((element, [element.text], element.end))
    return [
        Element(e.kind, "\n".join(parts), e.start, end, e.number, e.depth, e.dual, e.forced)
        for e, parts, end in joined
    ]
