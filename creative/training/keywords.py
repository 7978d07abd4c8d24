"""What a passage is about: its key words with their articles, told by where they stand; knows no form."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path

from creative.training.words import is_chinese

_WORDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_STOP = frozenset(_WORDS["stop"].split())
_ZH_STOP = frozenset(_WORDS["zh_stop"])
_PLACES = "|".join(sorted(_WORDS["places"].split(), key=len, reverse=True))

# A noun follows an article or possessive, perhaps an adjective, and ends its phrase.
_PHRASE = re.compile(
    r"\b(an?|the|his|her|my|your|their|our|some|this|that|two|three|no)\s((?:[a-z]{3,}\s)?)([a-z][a-z-]{2,})"
    r"(?=[.,;:!?\"”’\n—)]|\s(?:and|or|was|were|is|are|in|on|at|to|with|that|from|for|of|who|which|by|had|has|into|but|as)\b)"
)
_NO_ADJECTIVE = re.compile(r"(?:ed|ing|ly)\s$")
_HAN_RUN = re.compile(r"[\u4e00-\u9fff]{2,}")
_PLACE = re.compile(
    rf"\b(?:in|at|on|into|inside|outside|behind|through|across|down|near|from|to|of) "
    rf"((?:the|an?|his|her|my|their|our|this|that) (?:[a-z-]+ )?(?:{_PLACES}))\b"
)
_HAN_PLACE = re.compile(
    r"(?:在|到|进了?|回到?|走进|来到)([\u4e00-\u9fff]{2,5}?)(?:里|上|中|旁|边|外|前|下|门口|，|。)"
)


def find_key_words(text: str, most: int) -> list[str]:
    """Give the nouns a text returns to, the first to appear first; in Chinese, words of two characters."""
    return [word for word, _ in _find(text, most)]


def find_key_phrases(text: str, most: int) -> list[str]:
    """Give the key words as they may stand in a sentence: "a ledger", "the grey coat", "tickets"."""
    return [phrase for _, phrase in _find(text, most)]


def find_place(text: str) -> str:
    """Give where a passage plays, in the passage's own few words; empty where nothing says it."""
    if is_chinese(text):
        found = Counter(m for m in _HAN_PLACE.findall(text) if not set(m) & _ZH_STOP)
        return found.most_common(1)[0][0] if found and found.most_common(1)[0][1] > 1 else ""
    places = Counter(_settled(phrase) for phrase in _PLACE.findall(text))
    return places.most_common(1)[0][0] if places else ""


def _find(text: str, most: int) -> list[tuple[str, str]]:
    if is_chinese(text):
        pairs: Counter[str] = Counter()
        for run in _HAN_RUN.findall(text):
            pairs.update(
                run[at : at + 2] for at in range(len(run) - 1) if not set(run[at : at + 2]) & _ZH_STOP
            )
        return [(word, word) for word, count in pairs.most_common(most) if count > 1]
    seen: Counter[str] = Counter()
    phrases: dict[str, Counter[str]] = {}
    for article, adjective, noun in _PHRASE.findall(text):
        if noun in _STOP or noun.endswith(("ly", "ing", "est")):
            continue
        if adjective.strip() in _STOP or _NO_ADJECTIVE.search(adjective):
            adjective = ""
        seen[noun] += 1
        phrases.setdefault(noun, Counter())[_settled(f"{article} {adjective}{noun}")] += 1
    best = {noun for noun, _ in seen.most_common(most)}
    return [(noun, phrases[noun].most_common(1)[0][0]) for noun in seen if noun in best]


def _settled(phrase: str) -> str:
    """Give a phrase that needs nobody to own it: "his hat" is "a hat"."""
    article, _, rest = phrase.partition(" ")
    if article in ("the", "a", "an", "two", "three"):
        return phrase
    if rest.endswith("s") and not rest.endswith("ss"):
        return rest
    return f"{'an' if rest[0] in 'aeiou' else 'a'} {rest}"
