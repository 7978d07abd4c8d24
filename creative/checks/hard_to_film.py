"""What a script's action tells that no camera can see: thoughts, memories, comparisons."""

from __future__ import annotations

import re
from collections.abc import Mapping

from creative.checks import Finding
from creative.checks._remarks import Note, Remarks
from creative.fountain import parse

TITLE = {"en": "Hard to film", "zh": "拍不出来"}

_THOUGHT = Note(
    {"en": "Hard to film", "zh": "拍不出来"},
    {
        "en": "The camera cannot see a thought; give it one thing to look at or hear instead.",
        "zh": "镜头拍不到念头；换成看得见、听得到的一件事。",
    },
)
_SIMILE = Note(
    {"en": "Hard to film", "zh": "拍不出来"},
    {
        "en": "A simile helps the reader, not the camera; give us the one thing we can see.",
        "zh": "比喻帮的是读者，不是镜头；写出看得见的那样东西。",
    },
)

_THOUGHTS = re.compile(
    r"\b(?:[Hh]e|[Ss]he|[Tt]hey|[A-Z][A-Za-z]+)[ ]"
    r"(?:(?:suddenly|slowly|finally|just|now|still|silently)[ ])?"
    r"(?:thinks? (?:about|of|that|back)|remembers?|recalls?|reali[sz]es?|wonders?|believes?|hopes?|wishes|wish|"
    r"understands?|knows?(?= (?:that|what|why|how|he|she|it|they|this|now))|"
    r"decides?(?= (?:that|to|not))|regrets?|is reminded)\b[^.!?;\n]{0,80}"
    r"|(?:想起|回忆起|意识到|心想|心里想|回想|明白了?，?(?:自己|他|她|一切)|后悔|希望自己)[^。！？；\n]{0,30}"
)
_SIMILES = re.compile(
    r"(?<!look )(?<!looks )(?<!sounds )(?<!sound )(?<!smells )(?<!dressed )(?<!just )(?<!feel )(?<!feels )"
    r"\b(?:like (?:something|someone|a (?:memory|dream|ghost|prayer|promise|secret|wound|lie|question|thought))"
    r"|as (?:if|though))\b[^.!?,;\n]{0,60}"
    r"|(?:仿佛|宛如|犹如|好似)[^。！？，；\n]{1,30}"
)


def check(text: str, brief: Mapping[str, str], language: str) -> list[Finding]:
    """Find thoughts and comparisons in the action lines; speech may hold both."""
    remarks = Remarks("hard_to_film", TITLE, text, language)
    for element in parse(text).elements:
        if element.kind != "action":
            continue
        for note, pattern in ((_THOUGHT, _THOUGHTS), (_SIMILE, _SIMILES)):
            for found in pattern.finditer(text, element.start, element.end):
                remarks.add("warn", note, (found.start(), found.start() + len(found.group().rstrip())))
    return remarks.done({"en": "The action can be seen and heard.", "zh": "动作都看得见、听得到。"})
