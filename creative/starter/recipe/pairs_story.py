"""Story pairs: a premise, characters, setting and manner taken by rule from a story, then renamed in both."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from creative.starter.recipe.corpus import Split
from creative.starter.recipe.pairs import Pair, list_words, split_sentences
from creative.starter.recipe.present import tell_in_present
from creative.starter.recipe.words import (
    CLASSES,
    find_names,
    key_words,
    read_groups,
    read_words,
    swap_names,
    swap_things,
    swap_words,
    to_present,
    unname,
)

LONGEST = 2500
"""Characters of a text; longer ones are cut at a paragraph and their end is not trained."""

UNNAMED = 0.4
"""Share of the briefs with characters whose premise leaves their names out."""
GENRES = {
    "simple": ("children's story", "bedtime story", "fable", "slice of life", "fantasy", "", ""),
    "fairy": ("fairy_tale", "fantasy", "folk tale", ""),
    "novels": ("adventure", "historical", "coming of age", ""),
    "fiction": ("literary", "mystery", "historical", "horror", ""),
}
TONES = read_groups("tones")
TRAITS = read_words("traits")

_STATE = re.compile(r"^.{0,40}? (?:is|are|loves?|likes?|lives?|has|have|wants? to play|feels?) ")
_INTRO = re.compile(r"\b(?:was|lived|were) (an? (?:[a-z]+,? ){0,3}[a-z]+),? (?:named|called) ([A-Z][a-z]+)")
_EVENT = re.compile(
    r"^(?:One (?:\w+ )?(?:day|morning|night|evening|afternoon),? |Once,? |Then,? )?(.+)$", re.DOTALL
)
_SUBJECT = re.compile(
    r"^([A-Z][a-z]+|He|She|The [a-z]+|An? [a-z]+ [a-z]+)(?: and [A-Z]?[a-z ]+?)? ([a-z]+)\b"
)


def make_pairs(splits: dict[str, Split], part: str, rng: random.Random) -> Iterator[Pair]:
    """Pairs without end, a new renaming each time; part is "train" or "held_out"."""
    shares = {"simple": 0.82, "fairy": 0.1, "novels": 0.04, "fiction": 0.04}
    stock = {kind: getattr(splits[kind], part) for kind in shares}
    while True:
        kind = rng.choices(list(shares), list(shares.values()))[0]
        pair = make_pair(rng.choice(stock[kind]), kind, rng)
        if pair is not None:
            yield pair


def make_pair(doc: str, kind: str, rng: random.Random) -> Pair | None:
    """One pair from one document, or None where no premise can be found."""
    text, whole = _fit(doc, kind)
    if len(text) < 250:
        return None
    renamed = swap_names(text, rng)
    (text,) = swap_words([text], renamed | swap_things(text, rng, wild=0.5))
    names = find_names(text, set(renamed.values()))
    brief = describe(text, names, rng)
    if not brief["premise"]:
        return None
    brief["genre"] = rng.choice(GENRES[kind])
    brief["point_of_view"] = rng.choice((_point_of_view(text), ""))
    brief["tense"] = rng.choice(("past", "", ""))
    brief["tone"] = rng.choice((_tone(text), ""))
    words = len(text.split())
    brief["length"] = "short" if words < 240 else rng.choice(("medium", "medium", "long"))
    return Pair("story", brief, text, _wanted(brief, text, names), whole)


def describe(text: str, names: list[str], rng: random.Random) -> dict[str, str]:
    """Premise, characters and setting of a text about people of these names, each part sometimes left unsaid."""
    names = names[:3]
    words = key_words(text, 6)
    event = find_event(text)
    intro = _INTRO.search(text)
    style = rng.random()
    if event and style < 0.6:
        premise = event
    elif names and words and style < 0.85:
        chosen = rng.sample(words, min(len(words), rng.choice((1, 2, 2, 3))))
        premise = f"{rng.choice(('A story about ', 'About ', ''))}{list_words(names[:2])} and {_with_article(chosen)}"
    elif words:
        premise = (
            f"{rng.choice(('A story with ', 'A story about ', 'Something about '))}{_with_article(words[:3])}"
        )
    else:
        premise = ""
    if premise and rng.random() < 0.7:
        premise = premise.rstrip(".!") + "."
    characters = _characters(names, intro, rng) if rng.random() < 0.55 else ""
    if characters and rng.random() < UNNAMED:
        premise = unname(premise, names, rng)
    place = next((p for p in CLASSES["place"] if re.search(rf"\b{p}\b", text)), "")
    setting = rng.choice((f"a {place}", f"the {place}", f"{place}", "")) if place else ""
    return {"premise": premise[:1].upper() + premise[1:], "characters": characters, "setting": setting}


def find_event(text: str) -> str:
    """What happens, as a sentence in the present: "A little boy named Tim finds a big toy on the floor."; or ""."""
    intro = _INTRO.search(text)
    told = [e for s in split_sentences(" ".join(text.split("\n")[:8]))[:9] if (e := _event(s, intro))]
    # That someone likes to play is no premise where something happens later.
    return next((e for e in told if not _STATE.search(e)), told[0] if told else "")


def _event(sentence: str, intro: re.Match[str] | None) -> str:
    if '"' in sentence or "there was" in sentence or "there lived" in sentence or len(sentence) > 150:
        return ""
    matched = _EVENT.match(sentence)
    body = matched.group(1) if matched else sentence
    found = _SUBJECT.match(body)
    if not found or to_present(found.group(2)) == found.group(2):
        return ""
    told = tell_in_present(body)
    if intro and found.group(1) in (intro.group(2), "He", "She"):
        told = re.sub(rf"^{found.group(1)}\b", f"{intro.group(1)} named {intro.group(2)}", told)
    if re.match(r"(He|She|They|It)\b", told):
        return ""
    return told[0].upper() + told[1:]


def _characters(names: list[str], intro: re.Match[str] | None, rng: random.Random) -> str:
    said = [
        f"{n}, {intro.group(1)}"
        if intro and n == intro.group(2)
        else f"{n}, {rng.choice(TRAITS)}"
        if rng.random() < 0.35
        else n
        for n in names
    ]
    mark = rng.choice(("; ", ". "))
    return mark.join(said) + ("." if mark == ". " and said else "")


def _with_article(words: list[str]) -> str:
    return list_words([w if w.endswith("s") else f"{'an' if w[0] in 'aeiou' else 'a'} {w}" for w in words])


def _fit(doc: str, kind: str) -> tuple[str, bool]:
    # A title is not asked for.
    doc = re.sub(r"^[^\n]{3,90}(?<![.!?\"”])\n\n", "", doc)
    if kind == "simple":
        doc = re.sub(r"\s*\n\s*", "\n\n", doc)
    if len(doc) <= LONGEST:
        return doc, True
    cut = doc.rfind("\n\n", 0, LONGEST)
    return (doc[:cut], False) if cut > 800 else ("", False)


def _point_of_view(text: str) -> str:
    return "first" if len(re.findall(r"\b(?:I|my)\b", re.sub(r'"[^"]*"', "", text))) > 4 else "third_close"


def _tone(text: str) -> str:
    lower = text.lower()
    counts = {tone: sum(lower.count(w) for w in words) for tone, words in TONES.items()}
    best = max(counts, key=lambda t: counts[t])
    return best if counts[best] > 1 else ""


def _wanted(brief: dict[str, str], text: str, names: list[str]) -> tuple[str, ...]:
    asked = " ".join((brief["premise"], brief["characters"], brief["setting"]))
    lower = text.lower()
    wanted = find_names(asked, set(names)) + key_words(asked, 8)
    return tuple(dict.fromkeys(w for w in wanted if w.lower() in lower))
