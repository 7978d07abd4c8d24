"""A scene's brief from a passage of a script in Fountain."""

from __future__ import annotations

import re
from collections import Counter

from creative.fountain import Element, parse
from creative.training.briefs import _traits as traits
from creative.training.keywords import find_key_phrases, find_place
from creative.training.words import is_chinese

_PREFIX = re.compile(
    r"^(?:\d+[A-Z]?\.?\s+)?(?:INT\.?/EXT|EXT\.?/INT|INT|EXT|EST|I/E|内景|外景|内外景|内/外景|第.{1,4}场)[.\s/:：]*",
    re.IGNORECASE,
)
_TIMES = {
    "DAY": ("DAY", "MORNING", "AFTERNOON", "NOON", "日", "白天"),
    "NIGHT": ("NIGHT", "MIDNIGHT", "EVENING", "夜", "晚", "夜晚"),
    "DAWN": ("DAWN", "SUNRISE", "EARLY MORNING", "清晨", "晨"),
    "DUSK": ("DUSK", "SUNSET", "TWILIGHT", "黄昏", "傍晚"),
    "CONTINUOUS": ("CONTINUOUS", "LATER", "MOMENTS LATER", "SAME", "接上场", "稍后"),
}


def draw(text: str) -> dict[str, str]:
    """Give logline, and by turns characters, location and time of day."""
    elements = parse(text).elements
    place, time = _read_heading(elements)
    names = _speakers(elements, text)
    answers = {
        "logline": _draw_logline(text, elements, list(names)),
        "characters": ("；" if is_chinese(text) else "; ").join(filter(None, names.values()))
        or traits.draw_characters(text),
        "location": place or find_place(text),
        "time_of_day": time,
    }
    return {
        name: said
        for name, said in answers.items()
        if name == "logline" or traits.say_or_not(text, name, 0.7)
    }


def _read_heading(elements: tuple[Element, ...]) -> tuple[str, str]:
    """Give place and time of the first scene heading."""
    heading = next((e.text for e in elements if e.kind == "scene_heading"), "")
    place, _, time = (
        _PREFIX.sub("", heading).rpartition(" - ") if " - " in heading else (_PREFIX.sub("", heading), "", "")
    )
    said = time.strip().strip(".").upper()
    value = next((value for value, words in _TIMES.items() if said in words), "")
    return place.strip(" .-–—").capitalize() if place.isupper() else place.strip(" .-–—"), value


def _speakers(elements: tuple[Element, ...], text: str) -> dict[str, str]:
    """Give the three who speak most, each with the age that the script gives them."""
    cues = (re.sub(r"\s*[(（].*", "", e.text) for e in elements if e.kind == "character")
    spoken = Counter(cue for cue in cues if not re.search(r"[.:!?]", cue))
    found = {}
    for cue, _ in spoken.most_common(3):
        age = re.search(rf"\b{re.escape(cue)}\b[ ,(（，]+(\d{{1,2}}s?)\b", text, re.IGNORECASE)
        name = cue.title() if cue.isupper() else cue.lstrip("@")
        found[name] = f"{name}, {age[1]}" if age else name
    return found


def _draw_logline(text: str, elements: tuple[Element, ...], names: list[str]) -> str:
    told = " ".join(e.text for e in elements if e.kind in ("action", "dialogue"))
    phrases = find_key_phrases(told, 3)
    chinese = is_chinese(text)
    if not names or not phrases:
        return traits.draw_subject(told or text)
    said = traits.join_words(phrases, chinese)
    return (
        f"{traits.join_words(names[:2], chinese)}：{said}。"
        if chinese
        else f"{traits.join_words(names[:2])}, and {said}."
    )
