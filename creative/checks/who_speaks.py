"""Whether those who speak in a script were brought in, and take turns; while it is written, whose cue can stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from creative.checks import Finding, Fit, Unit
from creative.checks._passages import is_han
from creative.checks._remarks import Note, Remarks
from creative.fountain import Element, parse, speaker

TITLE = {"en": "Who speaks", "zh": "谁在说话"}

_STRANGER = Note(
    {"en": "Not introduced", "zh": "没有交代"},
    {
        "en": "“{name}” speaks, and neither the brief nor the action has brought them in; let us see who comes "
        "before we hear them.",
        "zh": "“{name}”开口了，提要和动作里却都没有这个人；先让人看见，再让人听见。",
    },
)
_AGAIN = Note(
    {"en": "Speaks twice", "zh": "连说两段"},
    {
        "en": "“{name}” answers their own speech: join the two, or put between them what is seen.",
        "zh": "“{name}”接着自己的话又说了一段：并成一段，或在中间写出看得见的动作。",
    },
)
_UNSEEN = re.compile(r"[(（]\s*(?:V\.?\s*O|O\.?\s*S|O\.?\s*C|画外音|旁白)", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_BESIDE = frozenset(("mr", "mrs", "miss", "ms", "dr", "the", "a", "an", "and", "of", "old", "young", "s"))
"""What stands beside a name and is none."""
_TOGETHER = frozenset(
    ("all", "both", "chorus", "crowd", "everybody", "everyone", "others", "together", "voice", "voices")
)


def check(text: str, brief: Mapping[str, str], language: str) -> list[Finding]:
    """Find speakers whom nobody has brought in, each once, and speeches that follow one's own."""
    remarks = Remarks("who_speaks", TITLE, text, language)
    elements = parse(text).elements
    known = _Known(brief, elements) if brief.get("characters", "").strip() else None
    told: set[str] = set()
    for cue, before in _cues(elements):
        name = speaker(cue.text)
        if name and name == before:
            remarks.add("warn", _AGAIN, (cue.start, cue.end), name=name)
        elif known and name not in told and not _UNSEEN.search(cue.text) and not known.has(name):
            told.add(name)
            remarks.add("warn", _STRANGER, (cue.start, cue.end), name=name)
    return remarks.done(
        {"en": "Those who speak are known, and take turns.", "zh": "说话的人都有交代，也各说各的。"}
    )


def guide(brief: Mapping[str, str], language: str) -> _Cues | None:
    """Say of each cue of an English script, while it is written, whether it can stand."""
    return _Cues(brief) if language == "English" else None


@dataclass(frozen=True)
class _Cues:
    """Knows which cues have to give way."""

    unit: ClassVar[Unit] = "line"
    brief: Mapping[str, str]

    def holds(self, text: str, begun: str) -> bool:
        """Hold what begins a paragraph in capitals."""
        return _begins_paragraph(text) and not any(letter.islower() for letter in begun)

    def weigh(self, text: str, line: str, breaks: str) -> Fit:
        """Weigh a cue: people of the brief or of the scene, in turns. Action may take its place."""
        if not _begins_paragraph(text) or not line.strip():
            return "free"
        elements = parse(f"{text}{line}\n{'' if len(breaks) > 1 else 'Words.'}").elements
        latest = next((e for e in reversed(elements) if e.start <= len(text) + 1), None)
        cue = next((e for e in elements if e.kind == "character" and e.start >= len(text)), None)
        if cue is None:
            return "near" if latest and latest.kind == "action" else "free"
        earlier = [e for e in elements if e.start < len(text)]
        if speaker(cue.text) == _latest_speaker(earlier):
            return "wrong"
        if not self.brief.get("characters", "").strip() or _UNSEEN.search(cue.text):
            return "full"
        return "full" if _Known(self.brief, earlier).has(speaker(cue.text)) else "wrong"


class _Known:
    """The words of a brief and of all that is not a cue in a script: who is in them has been brought in."""

    def __init__(self, brief: Mapping[str, str], elements: list[Element] | tuple[Element, ...]) -> None:
        self._text = "\n".join(
            (*brief.values(), *(e.text for e in elements if e.kind != "character"))
        ).casefold()
        self._words = _TOGETHER.union(_WORD.findall(self._text))

    def has(self, name: str) -> bool:
        """Whether somebody of that name has been brought in; a title alone is nobody."""
        if is_han(name):
            return name.casefold() in self._text
        words = set(_WORD.findall(name.casefold())) - _BESIDE
        return bool(words) and words <= self._words


def _begins_paragraph(text: str) -> bool:
    return not text.strip() or text.endswith(("\n\n", "\n \n"))


def _cues(elements: tuple[Element, ...]) -> Iterator[tuple[Element, str]]:
    """Give each cue with the name of whoever has just spoken, empty after action."""
    for place, element in enumerate(elements):
        if element.kind == "character" and not element.dual:
            yield element, _latest_speaker(elements[max(0, place - 40) : place])


def _latest_speaker(elements: list[Element] | tuple[Element, ...]) -> str:
    """Give the name of whoever's speech stands last, empty where something else does."""
    for element in reversed(elements):
        if element.kind == "character":
            return speaker(element.text)
        if element.kind not in ("dialogue", "parenthetical", "lyric"):
            return ""
    return ""
