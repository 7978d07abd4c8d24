"""Whether every scene opens by saying inside or outside, where, and when."""

from __future__ import annotations

import re
from collections.abc import Mapping

from creative.checks import Finding
from creative.checks._remarks import Note, Remarks
from creative.fountain import Element, parse

TITLE = {"en": "Scene headings", "zh": "场景标题"}

_NONE = Note(
    {"en": "No scene heading", "zh": "没有场景标题"},
    {
        "en": "Open with INT. or EXT., the place and the time of day; that line is how a crew knows where to be.",
        "zh": "开头写明内景或外景、地点和时间；剧组就靠这一行知道该去哪儿。",
    },
)
_LATE = Note(
    {"en": "Opens without a heading", "zh": "开场没有标题"},
    {
        "en": "Say where and when we are before anyone moves; until the first heading this happens nowhere.",
        "zh": "人物动起来之前，先交代何处何时；第一个标题之前的戏没有着落。",
    },
)
_NO_PLACE = Note(
    {"en": "Heading without a place", "zh": "标题缺地点"},
    {
        "en": "Name the place after {opening}; it is what the scene is scheduled and built by.",
        "zh": "在“{opening}”后面写出地点，置景和排期都看它。",
    },
)
_NO_TIME = Note(
    {"en": "Heading without a time", "zh": "标题缺时间"},
    {
        "en": "End it with the time, such as - DAY or - NIGHT; light is the first thing the camera needs to know.",
        "zh": "末尾写上时间，如“- 日”“- 夜”；摄影最先要知道的就是光。",
    },
)
_SMALL = Note(
    {"en": "Heading in small letters", "zh": "标题没有大写"},
    {
        "en": "Set the heading in capitals; readers count scenes by running an eye down the page.",
        "zh": "标题用大写，读的人扫一眼就能数清有几场。",
    },
)
_LONG = Note(
    {"en": "Heading tells the action", "zh": "标题里写了动作"},
    {
        "en": "Keep the heading to place and time, and let what happens be the first line of action.",
        "zh": "标题只写地点和时间，发生的事放到动作的第一行。",
    },
)
_SAME = Note(
    {"en": "Same heading again", "zh": "标题重复"},
    {
        "en": "Neither place nor time has changed since the heading before, so this cut goes nowhere.",
        "zh": "和上一场同一地点、同一时间，这一切等于没切。",
    },
)

_OPENING = re.compile(
    r"^(?:第[一二三四五六七八九十百\d]+场[ :：.、]*)?"
    r"((?:INT\.?/EXT|EXT\.?/INT|I\.?/E|INT|EXT|EST)\.?(?=\s|$)|(?:INT|EXT|EST)\.|内景|外景|内外景|内/外景)"
    r"[ \t.．:：、，\-－—]*",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b(?:(?:MID|TO|MON|TUES|WEDNES|THURS|FRI|SATUR|SUN)?DAY(?:S|LIGHT|TIME|BREAK)?|(?:MID|TO)?NIGHT(?:S|FALL)?|DAWN|DUSK|"
    r"MORNING|AFTERNOON|EVENING|NOON|SUNRISE|SUNSET|SUNDOWN|TWILIGHT|MAGIC|GOLDEN|HOURS?|LATER?|CONTINUOUS|SAME|"
    r"MOMENTS?|MINUTES?|SECONDS?|WEEKS?|MONTHS?|YEARS?|TIME|PRESENT|PAST|FLASHBACK|SPRING|SUMMER|AUTUMN|WINTER|"
    r"CHRISTMAS|EVE|AGO|EARLIER|NEXT|BEFORE|AFTER|A\.?M|P\.?M|O'CLOCK|NOW|THEN|INTERCUT|DREAM)\b|\d{1,2}:\d\d|\b(?:1[5-9]|20|21)\d\d",
    re.IGNORECASE,
)
_CHINESE_TIME = re.compile(
    r"[日夜晨昏早晚午天秒分时夏冬春秋]|黎明|凌晨|拂晓|破晓|稍后|连续|同前|同时|现在|回忆|梦|\d"
)
_SEPARATOR = re.compile(r"\s+[-–—]+\s*|\s*[–—]+\s*|[ \t]*－[ \t]*|\.\s+|[,，、]\s*|/")


def check(text: str, brief: Mapping[str, str], language: str) -> list[Finding]:
    """Find scene headings that are missing, incomplete or idle."""
    remarks = Remarks("scene_headings", TITLE, text, language)
    elements = [e for e in parse(text).elements if e.kind not in {"note", "boneyard", "section", "synopsis"}]
    headings = [e for e in elements if e.kind == "scene_heading"]
    if elements and not headings:
        first = elements[0]
        remarks.add("warn", _NONE, (first.start, first.end))
    elif elements and _opens_late(elements):
        remarks.add("warn", _LATE, (elements[0].start, elements[0].end))
    before = ""
    for heading in headings:
        if not heading.forced:
            _check_heading(heading, before, remarks)
        before = heading.text.upper()
    return remarks.done({"en": "Every scene says where and when.", "zh": "每场都交代了何处何时。"})


def _opens_late(elements: list[Element]) -> bool:
    """Say whether someone speaks or much happens before the first heading; FADE IN and a card may stand there."""
    before = []
    for element in elements:
        if element.kind == "scene_heading":
            break
        before.append(element)
    spoken = any(e.kind == "character" and "(" not in e.text and "（" not in e.text for e in before)
    told = [e for e in before if e.kind == "action" and e.text != e.text.upper()]
    return spoken or sum(len(e.text) for e in told) > 120


def _check_heading(heading: Element, before: str, remarks: Remarks) -> None:
    span = (heading.start, heading.end)
    opening = _OPENING.match(heading.text)
    if not opening:
        return
    rest = heading.text[opening.end() :].strip()
    chinese = not re.match(r"[A-Z]", opening[1], re.IGNORECASE)
    parts = [p for p in (re.split(r"[ \t\-－—–]+", rest) if chinese else _SEPARATOR.split(rest)) if p.strip()]
    timed = [bool((_CHINESE_TIME if chinese else _TIME).search(part)) for part in parts]
    if not parts or (
        len(parts) == 1 and timed[0] and len(rest.split()) == 1 and len(rest) < (3 if chinese else 12)
    ):
        remarks.add("warn", _NO_PLACE, span, opening=opening[1].upper())
    elif not any(timed):
        remarks.add("warn", _NO_TIME, span)
    elif heading.text.upper() == before:
        remarks.add("warn", _SAME, span)
    if len(heading.text) > (40 if chinese else 80):
        remarks.add("warn", _LONG, span)
    elif heading.text != heading.text.upper() and not chinese:
        remarks.add("warn", _SMALL, span)
