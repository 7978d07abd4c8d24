"""Traits of a passage that several forms ask for: who, where, in whose eyes, when told, how long."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

from creative.training.keywords import find_key_phrases
from creative.training.names import find_names
from creative.training.words import is_chinese, split_sentences

LONGEST_LINE = 160
"""Characters of an answer that is drawn."""
LONGEST_EVENT = 14
"""Words of a sentence that may stand in a brief as it stands in the passage."""

_SPEECH = re.compile(
    r"[\"“][^\"“”\n]*(?:[\"”]|$)|「[^」\n]*」|『[^』\n]*』|(?<!\w)[‘'](?!\w{1,3}\b)[^‘’'\n]+[’'](?!\w)"
)
_FIRST = re.compile(r"\b(?:I|I['’](?:m|d|ve|ll)|my|me|myself)\b|我")
_SECOND = re.compile(r"\b[Yy]ou(?:r|['’](?:re|d|ve|ll))?\b|你")
_PAST = re.compile(r"\b(?:was|were|had|did|said|went|came|took|saw|knew|stood|sat|felt|made|[a-z]{2,}ed)\b")
_PRESENT = re.compile(
    r"\b(?:is|are|am|has|does|says|goes|comes|takes|sees|knows|stands|sits|feels|makes|looks|walks|turns)\b"
)


def say_or_not(text: str, answer: str, share: float) -> bool:
    """Decide, always alike for one text, whether a brief tells an optional answer, so that gaps are known too."""
    return zlib.crc32(f"{answer}\n{text}".encode()) % 1000 < share * 1000


def strip_speech(text: str) -> str:
    """Give the narration without what is said in quotation marks."""
    return _SPEECH.sub(" ", text)


def join_words(words: Sequence[str], chinese: bool = False) -> str:
    """Give words as a list in a sentence: "a, b and c", or 甲、乙."""
    if chinese:
        return "、".join(words)
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""


def draw_subject(text: str, people: list[str] | None = None) -> str:
    """Say in a few words what a passage is about: an event of its beginning, or its people and things."""
    chinese = is_chinese(text)
    names = (find_names(text) if people is None else people)[:2]
    phrases = find_key_phrases(text, 3 if names else 4)
    event = _find_event(text, names)
    if event and (say_or_not(text, "event", 0.5) or not phrases):
        return event
    told = join_words(phrases, chinese)
    if chinese:
        return f"{join_words(names, chinese)}：{told}。" if names and told else (told or _first_phrase(text))
    if names and told:
        return f"{join_words(names)}, and {told}."
    if told:
        return f"{told[0].upper()}{told[1:]}."
    return _first_phrase(text)


def draw_characters(text: str, people: list[str] | None = None) -> str:
    """Name the people of a passage, with a word on who they are where the passage says it."""
    told = []
    for name in find_names(text) if people is None else people:
        who = re.search(
            rf"\b{re.escape(name)}, ((?:who|an?|the|his|her|my) [^,.;:!?()\"”\n]{{3,45}})[,.]", text
        )
        told.append(f"{name}, {who[1]}" if who else name)
    return ("；" if is_chinese(text) else "; ").join(told)


def draw_point_of_view(text: str) -> str:
    """Give first, second or third_close, from the narration alone."""
    told = strip_speech(text)
    words = max(1, len(told) if is_chinese(text) else len(told.split()))
    if len(_FIRST.findall(told)) > 0.012 * words:
        return "first"
    return "second" if len(_SECOND.findall(told)) > 0.02 * words else "third_close"


def draw_tense(text: str) -> str:
    """Give past or present, from the narration alone; empty for Chinese and where it cannot be told."""
    told = strip_speech(text)
    past, present = len(_PAST.findall(told)), len(_PRESENT.findall(told))
    if is_chinese(text) or max(past, present) < 3:
        return ""
    return "past" if past >= present else "present"


def _find_event(text: str, names: list[str]) -> str:
    """Give a short sentence of the passage's first part that names somebody and can stand alone."""
    for sentence in split_sentences(" ".join(text[:1500].split())):
        words = sentence.split()
        alone = (
            sentence[:1].isupper() and sentence.endswith(".") and not re.search(r"[\"“”;:()\[\]]", sentence)
        )
        if alone and 5 <= len(words) <= LONGEST_EVENT and any(name in sentence for name in names):
            return sentence
    return ""


def _first_phrase(text: str) -> str:
    """Give the first few words, where nothing better is found."""
    line = " ".join(text[:400].split())
    if is_chinese(text):
        return re.split(r"[，。！？：；]", line)[0][:20]
    return " ".join(re.split(r"(?<=[,.;:!?]) ", line)[0].split()[:8]).rstrip(",;:.")
