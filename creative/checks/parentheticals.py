"""Whether a script's parentheticals earn their line: few, and about how a line is said."""

from __future__ import annotations

import re
from collections.abc import Mapping

from creative.checks import Finding
from creative.checks._remarks import Note, Remarks
from creative.fountain import Element, parse

TITLE = {"en": "Parentheticals", "zh": "括号提示"}

_ACTION = Note(
    {"en": "Parenthetical", "zh": "括号提示"},
    {
        "en": "This is something to do, not a way to speak; try it as a line of action, where it has room.",
        "zh": "这是动作，不是语气；挪到动作行去，那里才施展得开。",
    },
)
_MANNER = Note(
    {"en": "Parenthetical", "zh": "括号提示"},
    {
        "en": "If the line is right the actor hears this in it; cut the note, or let the line say it.",
        "zh": "台词写对了，演员自然听得出来；删掉提示，或让台词自己说。",
    },
)
_MANY = Note(
    {"en": "Many parentheticals", "zh": "提示太多"},
    {
        "en": "{many} in {all} speeches: actors strike them out; keep the few without which a line would be misread.",
        "zh": "{all}段台词有{many}处提示：演员多半会划掉；只留不写就会读错的那几处。",
    },
)

_LEAST_SPEECHES = 8
# A look, a tone, a listener, a language: what a parenthetical is for.
_SPOKEN_WAY = re.compile(
    r"^(?:re:|to |into |in |on |off |sotto|beat|pause|then|quiet|low|under|over|still|not |half|whisper|shout|"
    r"mouth|sing|hum|read|laugh|call|yell|cry|interrupt|continu|mock|imitat|quot|correct|cont|v\.o|o\.s|filter|subtitl)",
    re.IGNORECASE,
)
_DOING = re.compile(r"^(?:\w+ly )?\w{3,}ing (?:\w+ ?){1,}", re.IGNORECASE)
_FEELING = re.compile(
    r"^(?:very |so )?(?:angrily|sadly|happily|nervously|anxiously|excitedly|lovingly|fearfully|furiously|desperately|"
    r"tearfully|angry|sad|happy|nervous|worried|excited|scared|furious|upset|emotional|hurt|surprised|shocked|annoyed)$",
    re.IGNORECASE,
)
_CHINESE_DOING = re.compile(
    r"(?:拿起|放下|走到|走向|站起|坐下|转身|推开|打开|关上|翻着|端起|递给|掏出|抓住|点燃|抬头看)"
)
_CHINESE_FEELING = re.compile(
    r"^(?:很|非常|十分)?(?:生气|愤怒|悲伤|难过|高兴|开心|紧张|激动|害怕|惊讶|震惊|失望|伤心)地?$"
)


def check(text: str, brief: Mapping[str, str], language: str) -> list[Finding]:
    """Find parentheticals that direct the hands or name a mood, and a page too full of them."""
    remarks = Remarks("parentheticals", TITLE, text, language)
    elements = parse(text).elements
    notes = [e for e in elements if e.kind == "parenthetical"]
    speeches = sum(e.kind == "character" for e in elements)
    if speeches >= _LEAST_SPEECHES and len(notes) * 2 > speeches:
        remarks.add("warn", _MANY, (notes[0].start, notes[0].end), many=len(notes), all=speeches)
        return remarks.done()
    for element in notes:
        note = _judge(element)
        if note:
            remarks.add("warn", note, (element.start, element.end))
    return remarks.done({"en": "The parentheticals earn their lines.", "zh": "括号提示用得其所。"})


def _judge(element: Element) -> Note | None:
    inside = element.text.strip("()（） ")
    if _SPOKEN_WAY.match(inside):
        return None
    if _DOING.match(inside) or _CHINESE_DOING.search(inside):
        return _ACTION
    return _MANNER if _FEELING.match(inside) or _CHINESE_FEELING.match(inside) else None
