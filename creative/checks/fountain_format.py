"""Whether a script parses as Fountain the way its writer meant it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from creative.checks import Finding
from creative.checks._remarks import Note, Remarks
from creative.fountain import Element, Script, parse, speaker

TITLE = {"en": "Fountain format", "zh": "剧本格式"}

_NOT_A_SCRIPT = Note(
    {"en": "Not yet a script", "zh": "还不是剧本"},
    {
        "en": "No line reads as a scene heading or a speaker's name; put each on a line of its own, or actors and crew "
        "cannot find their parts.",
        "zh": "没有一行能认作场景标题或人物名；各占一行写清楚，演员和剧组才找得到自己的部分。",
    },
)
_NAME_AND_SPEECH = Note(
    {"en": "Name beside the speech", "zh": "人名与台词同行"},
    {
        "en": "A speaker's name stands on its own line in capitals, with the speech below, so that an actor's eye "
        "finds it.",
        "zh": "人物名单独占一行，台词写在下一行，演员一眼就能找到。",
    },
)
_CUE_ALONE = Note(
    {"en": "Name without a speech", "zh": "有名无词"},
    {
        "en": "The empty line after the name makes it action; put the speech right below, or say what {name} does.",
        "zh": "人物名后面空了一行，就成了动作；台词紧接着写，或写出{name}在做什么。",
    },
)
_SMALL_NAME = Note(
    {"en": "Name in small letters", "zh": "人物名未标明"},
    {
        "en": "Write {name} in capitals above a speech; otherwise name and speech both read as action.",
        "zh": "在{name}前加@，否则名字和台词都会被当成动作。",
    },
)
_HIDDEN_HEADING = Note(
    {"en": "Heading under asterisks", "zh": "标题里有星号"},
    {
        "en": "Take the marks off: a heading is known by how it begins, and the layout already sets it apart.",
        "zh": "去掉这些符号：场景标题靠开头几个字辨认，排版自会突出它。",
    },
)
_NO_AIR = Note(
    {"en": "No line after the heading", "zh": "标题后没有空行"},
    {
        "en": "Leave a line empty below the heading, so that every program reads it as a new scene.",
        "zh": "标题下面空一行，各种软件才都认得这是新的一场。",
    },
)
_LEFT_OPEN = Note(
    {"en": "Note left open", "zh": "批注没有收口"},
    {
        "en": "“{mark}” is never closed, so the remark would be printed with the script.",
        "zh": "“{mark}”没有收口，这段批注会印进剧本里。",
    },
)
_FENCE = Note(
    {"en": "Stray marks", "zh": "多余的符号"},
    {
        "en": "Cut this line: it is no part of a script and would be printed as action.",
        "zh": "删掉这一行：它不是剧本的内容，会被当成动作印出来。",
    },
)

_FENCE_LINE = re.compile(r"^[ \t]*(?:`{3,}\w*|-{3,}|\*{3,})[ \t]*$", re.MULTILINE)
_MARKED_HEADING = re.compile(r"^(?:\*{1,3}|_)(?:INT|EXT|INT\.?/EXT|内景|外景)[.\s/]", re.IGNORECASE)
_SPEECH_LINE = re.compile(
    r"^\**([A-Z][A-Z .'’\-]{1,30}|[^\W\d_]{1,20})(?:[ \t]*[(（][^()（）]*[)）])?\**[:：]\**[ \t]*\S"
)
# A caption on the screen is written "SUPER: Three years later" and has no speaker.
_CAPTION = re.compile(
    r"SUPER|TITLE|CARD|CHYRON|INSERT|SUBTITLE|CAPTION|SCREEN|MONTAGE|INTERCUT|FLASHBACK|FADE|CUT|DISSOLVE|NOTE|SFX|SOUND|MUSIC|^INT|^EXT"
)
_BARE_HEADING = re.compile(r"^(?:INT|EXT)[./]", re.IGNORECASE)


def check(text: str, brief: Mapping[str, str], language: str) -> list[Finding]:
    """Find what a Fountain program would read otherwise than it is meant."""
    remarks = Remarks("fountain_format", TITLE, text, language)
    if not text.strip():
        return remarks.done()
    script = parse(text)
    _check_speeches(script, brief, remarks)
    _check_marks(text, script, remarks)
    if not any(e.kind in {"scene_heading", "character"} for e in script.elements):
        remarks.add("fail", _NOT_A_SCRIPT, None)
    return remarks.done({"en": "Reads as Fountain.", "zh": "符合Fountain格式。"})


def _check_speeches(script: Script, brief: Mapping[str, str], remarks: Remarks) -> None:
    known = {_name(e.text) for e in script.elements if e.kind == "character"}
    cast = {
        w.casefold() for w in re.findall(r"[^\W\d_]{2,}", brief.get("characters", "")) if w[0] == w[0].upper()
    }
    seen: dict[str, int] = {}
    lines = [line for e in script.elements if e.kind == "action" and not e.forced for line in _lines(e)]
    for line, _, _ in lines:
        if speech := _SPEECH_LINE.match(line):
            seen[speech[1]] = seen.get(speech[1], 0) + 1
    for line, span, alone in lines:
        speech = _SPEECH_LINE.match(line)
        name = _name(line)
        if speech and _CAPTION.search(speech[1].upper()):
            continue
        if speech and (speech[1].isupper() or seen[speech[1]] > 1 or speech[1].casefold() in cast):
            remarks.add("warn", _NAME_AND_SPEECH, span)
        elif alone and line == line.upper() != line.lower() and name in known:
            remarks.add("warn", _CUE_ALONE, span, name=line)
        elif not alone and line != line.upper() and name and (name in known or name in cast):
            remarks.add("warn", _SMALL_NAME, span, name=line)


def _check_marks(text: str, script: Script, remarks: Remarks) -> None:
    for fence in _FENCE_LINE.finditer(text):
        remarks.add("warn", _FENCE, fence.span())
    for element in script.elements:
        first_line = (element.start, min(element.end, _line_end(text, element.start)))
        if element.kind == "action" and _MARKED_HEADING.match(element.text):
            remarks.add("warn", _HIDDEN_HEADING, first_line)
        elif _lacks_air(text, element, first_line[1]):
            remarks.add("warn", _NO_AIR, first_line)
        if element.kind in {"action", "dialogue"}:
            _check_open(text, element, remarks)


def _lacks_air(text: str, element: Element, first_line_end: int) -> bool:
    """Say whether a heading stands right above other words."""
    if element.kind == "action":
        return element.end > first_line_end and bool(_BARE_HEADING.match(element.text))
    below = text[first_line_end : _line_end(text, first_line_end + 1)]
    return element.kind == "scene_heading" and bool(below.strip())


def _line_end(text: str, at: int) -> int:
    """Give where the line that holds `at` ends."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _check_open(text: str, element: Element, remarks: Remarks) -> None:
    for mark in ("[[", "/*"):
        if mark in element.text:
            at = text.find(mark, element.start, element.end)
            remarks.add("warn", _LEFT_OPEN, (at, at + 2), mark=mark)


def _lines(element: Element) -> list[tuple[str, tuple[int, int], bool]]:
    """Give each line of an action with its span, and whether nothing follows it in the paragraph."""
    parts = element.text.split("\n")
    if len(parts) == 1:
        return [(element.text, (element.start, element.end), True)]
    # A paragraph's lines keep their source length unless a note was cut; the span is then the paragraph.
    whole = sum(map(len, parts)) + len(parts) - 1 == element.end - element.start
    found, at = [], element.start
    for i, part in enumerate(parts):
        span = (at, at + len(part)) if whole else (element.start, element.end)
        found.append((part, span, i == len(parts) - 1))
        at += len(part) + 1
    return found


def _name(cue: str) -> str:
    return speaker(cue).casefold()
