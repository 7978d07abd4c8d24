"""Names of people in a text, told by rule from how they are spoken of; no list of first names is needed."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path

from creative.training.words import is_chinese

LEAST = 2
"""Times a name without a title must stand in a text to count."""

_WORDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_NO_NAMES = frozenset((_WORDS["not_names"] + _WORDS["titles"]).split())
_SURNAMES = "".join(_WORDS["surnames"].split())
_TITLES = f"(?:{'|'.join(_WORDS['titles'].split())})"
_SPOKE = "|".join(_WORDS["acts"].split())
_NAME = r"[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ]+(?:-[A-ZÀ-ÖØ-Þ]?[a-zà-öø-ÿ]+|['’][A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ]+)?"
_TITLED = re.compile(rf"\b{_TITLES}\.? ({_NAME}(?: {_NAME})?)")
_CAPITAL = re.compile(rf"\b({_NAME})((?: {_NAME})?)(?!\w)")
_LOWER = re.compile(r"\b[a-zà-öø-ÿ]{2,}\b")
_ACTS = re.compile(
    rf"\b({_NAME})(?: {_NAME})?(?: (?:{_SPOKE})|, who)\b"
    rf"|\b(?:said|asked|replied|cried|answered|says) ({_NAME})\b|\b(?:named|called) ({_NAME})\b"
)
_PLACED = re.compile(
    rf"\b(?:in|at|to|from|near|through|across|of|the|into|outside|around|towards?) ({_NAME})\b"
)
_HAN_NAME = re.compile(
    rf"(?<![\u4e00-\u9fff])((?:[{_SURNAMES}]|老[{_SURNAMES}]|小[\u4e00-\u9fff]|阿[\u4e00-\u9fff])[\u4e00-\u9fff]{{0,2}}?)"
    r"(?=[说道问答笑想看听走站坐点摇叹喊把从在的没不也又就是，、。])"
)


def count_names(text: str) -> Counter[str]:
    """Give the names of people in a text and how often each stands there."""
    return _count_chinese(text) if is_chinese(text) else _count_capitals(text)


def is_no_name(word: str) -> bool:
    """Tell whether a word with a capital is one of those that name nobody, such as Monday or And."""
    return word in _NO_NAMES


def find_names(text: str, most: int = 3) -> list[str]:
    """Give the names most spoken of, in the order in which they appear first."""
    best = {name for name, _ in count_names(text).most_common(most)}
    return sorted(best, key=text.find)


def _count_capitals(text: str) -> Counter[str]:
    acts: Counter[str] = Counter(next(filter(None, groups)) for groups in _ACTS.findall(text))
    placed = Counter(_PLACED.findall(text))
    titled = Counter(_TITLED.findall(text))
    lower = frozenset(_LOWER.findall(text))
    first: Counter[str] = Counter()
    whole: dict[str, Counter[str]] = {}
    for name, rest in _CAPITAL.findall(text):
        first[name] += 1
        if rest.strip() and rest.strip() not in _NO_NAMES:
            whole.setdefault(name, Counter())[f"{name}{rest}"] += 1
    found: Counter[str] = Counter()
    for name, count in first.items():
        known = name not in _NO_NAMES and name.casefold() not in lower
        if known and count >= LEAST and acts[name] and acts[name] * 2 > placed[name]:
            longer, often = whole[name].most_common(1)[0] if name in whole else ("", 0)
            found[longer if often >= LEAST else name] = count
    for name, count in titled.items():
        if not any(part in found or part in _NO_NAMES for part in [name, *name.split()]):
            found[name] = count
    return found


def _count_chinese(text: str) -> Counter[str]:
    spoken = Counter(m for m in _HAN_NAME.findall(text) if len(m) > 1)
    found: Counter[str] = Counter()
    for name, count in spoken.items():
        if count >= LEAST and text.count(name) >= count:
            found[name] = text.count(name)
    return found
