"""Whether a sentence gives two people one name; while a story is written, such a name gives way. English only."""

from __future__ import annotations

import re
from collections.abc import Mapping

from creative.checks import Finding, Fit, Unit
from creative.checks._passages import Passage, quoted
from creative.checks._remarks import Note, Remarks, tongue
from creative.checks.numbers_in_notes import DAYS, MONTHS

TITLE = {"en": "Names", "zh": "人名"}

_TWICE = Note(
    {"en": "One name for two", "zh": "两人同名"},
    {
        "en": "“{name}” seems to be two people here: give one another name, or say who is meant.",
        "zh": "这里的“{name}”像是两个人：给其中一个换个名字，或写明指的是谁。",
    },
)
_NOT_JUDGED = {"en": "Names are read in English only.", "zh": "人名只能判断英文。"}

_NAME = re.compile(r"\b[A-Z][a-z]+")
_NO_NAME = "|".join((*map(str.title, (*DAYS, *MONTHS)), "Christmas", "Easter", "Mrs?", "Ms", "Dr"))
# After "when" or "because" the same Iris may come again.
_JOIN = "and|or|so|but|that|because|when|while|where|as|if|until|before|after|then"
BETWEEN_NAMES = rf"(?:and |(?:(?!(?:{_JOIN})\b)[a-z]+ ){{1,5}})"
"""A pattern of what stands between one name for two people, as in "Iris and Iris" or "Iris told the other Iris"."""
_TWO = re.compile(rf"\b(?!(?:{_NO_NAME})\b)([A-Z][a-z]+) {BETWEEN_NAMES}\1\b(?!['’-])")


def check(text: str, brief: Mapping[str, str], language: str) -> list[Finding]:
    """Find the places of what is told, not of what is spoken, where one name seems to be two people."""
    remarks = Remarks("same_name", TITLE, text, language)
    if tongue(language) == "zh":
        return remarks.done(_NOT_JUDGED)
    for twice in find_namesakes(text):
        remarks.add("warn", _TWICE, twice.span, name=twice.text.split()[0])
    return remarks.done({"en": "Nobody shares a name.", "zh": "没有人同名。"})


def find_namesakes(text: str) -> list[Passage]:
    """Give the places where one name is given to two people, from the one to the other."""
    told = list(text)
    for start, end in quoted(text):
        told[start:end] = '"' * (end - start)
    return [Passage(m.group(), m.start(), m.end()) for m in _TWO.finditer("".join(told))]


def guide(brief: Mapping[str, str], language: str) -> _Names | None:
    """Say of each word of an English story, while it is written, whether it names somebody twice."""
    return _Names() if language == "English" else None


class _Names:
    """Knows which names have to give way."""

    unit: Unit = "word"

    def holds(self, text: str, begun: str) -> bool:
        """Hold what may become a name that the paragraph has."""
        letters = re.match(r"\s*([A-Z][a-z]*)", begun)
        return letters is not None and any(
            name.startswith(letters[1]) or letters[1].startswith(name)
            for name in _NAME.findall(_paragraph(text))
        )

    def weigh(self, text: str, part: str, breaks: str) -> Fit:
        """Weigh a word by whether the name has just been given."""
        paragraph = _paragraph(text)
        return "wrong" if any(n.end > len(paragraph) for n in find_namesakes(paragraph + part)) else "full"


def _paragraph(text: str) -> str:
    """Give what stands after the last line break."""
    return text.rpartition("\n")[2]
