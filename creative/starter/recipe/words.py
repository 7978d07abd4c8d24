"""Word lists and small language rules for the pairs: names, kinds of things, key words, verbs in the present."""

from __future__ import annotations

import random
import re
import tomllib
from collections import Counter
from collections.abc import Sequence, Set
from pathlib import Path

from creative.starter.recipe.clean import find_listed

_LISTS = tomllib.loads(Path(__file__).with_name("seeds").joinpath("words.toml").read_text(encoding="utf-8"))


def read_words(name: str) -> list[str]:
    """A list of seeds/words.toml."""
    text = " ".join(_LISTS[name].split())
    return [w.strip() for w in text.split("|")] if "|" in text else text.split()


def read_groups(name: str) -> dict[str, list[str]]:
    """A table of lists of seeds/words.toml."""
    return {key: text.split() for key, text in _LISTS[name].items()}


WOMEN, MEN, SURNAMES = read_words("women"), read_words("men"), read_words("surnames")

CLASSES = read_groups("classes")
"""Things of one kind may stand for one another; the same word is put in the brief and in the text."""

INVENTED = 0.6
"""Share of new names that are built from syllables or are last names, so that names in no list are copied too."""
_ONSETS, _NUCLEI, _CODAS = read_words("onsets"), read_words("nuclei"), read_words("codas")

NOUNS = read_words("nouns")
"""Things that a brief may name."""

ONE_PERSON, SEVERAL_PEOPLE = read_words("one_person"), read_words("several_people")
"""What a premise calls people whose names stand elsewhere in the brief."""

STOP = frozenset(read_words("stop"))
"""Words too common to be key words."""

IRREGULAR = dict(pair.split(":") for pair in read_words("irregular"))
"""Past to present, he or she."""

_NOUN = re.compile(
    r"\b(?:an?|the|his|her|my|your|their|our|some|this|that|of|with|two|three|many)\s(?:[a-z]+\s){0,2}?([a-z]{3,})(?="
    r"[.,;:!?\"\n—]|\s(?:and|or|was|were|is|in|on|at|to|with|that|from|for|of|who|which|by|had|has|into|named|called|but)\b)"
)
_NAMED = re.compile(r"\b(?:an?|the|his|her|my|your|their|our)\s([a-z]{3,})\b")
"""A noun stands at least once right after its article; "nearby" and "prefer" do not."""
_WORD = re.compile(r"[A-Za-z][a-z']+")
_DROPPED_E = frozenset(read_words("dropped_e"))
"""Stems of regular verbs that end in -e."""
_DROPPED_E_END = re.compile(r"(?:v|c|[^z]z|u|[dr]g|(?<!lo)(?<!ha)(?<!ba)ng|[^aeo]at)$")


def key_words(text: str, count: int) -> list[str]:
    """The things that say most what the text is about: frequent nouns by their place, lower case; earliest first."""
    seen: Counter[str] = Counter()
    named = set(_NAMED.findall(text))
    for word in _NOUN.findall(text):
        if word in named and word not in STOP and not word.endswith(("ly", "ing", "est", "ed")):
            seen[word] += 1
    best = {w for w, _ in seen.most_common(count)}
    return [w for w in seen if w in best]


def find_names(text: str, also: Set[str] = frozenset()) -> list[str]:
    """First names of the text that the lists know or that are among `also`, most frequent first."""
    seen = Counter(w for w in re.findall(r"\b[A-Z][a-z]+\b", text) if w in _KNOWN or w in also)
    return [name for name, _ in seen.most_common()]


def pick_name(rng: random.Random, like: str = "", taken: frozenset[str] = frozenset()) -> str:
    """A random first name, of the same list as `like` where it is known, and not one of `taken`; some are invented."""
    if rng.random() < INVENTED:
        return build_name(rng) if rng.random() < 0.7 else rng.choice(SURNAMES)
    pool = WOMEN if like in _WOMEN else MEN if like in _KNOWN else rng.choice((WOMEN, MEN))
    while (name := rng.choice(pool)) in taken:
        pass
    return name


def build_name(rng: random.Random) -> str:
    """A name of one to three syllables that can be spoken and is in no list: "Maren", "Odran", "Tesk"."""
    while True:
        count = rng.choices((1, 2, 3), (1, 6, 2))[0]
        parts = [
            (rng.choice(_ONSETS) if n or rng.random() < 0.8 else "") + rng.choice(_NUCLEI)
            for n in range(count)
        ]
        joints = [rng.choice(_CODAS) if rng.random() < 0.25 else "" for _ in parts[1:]]
        end = rng.choice(_CODAS) if count == 1 or rng.random() < 0.6 else ""
        name = "".join(part + joint for part, joint in zip(parts, [*joints, end], strict=True)).capitalize()
        fits = 3 <= len(name) <= 9 and not re.search(r"(.)\1\1|[^aeiouy]{4}", name)
        if fits and name.lower() not in _COMMON and not find_listed(name):
            return name


def swap_words(texts: list[str], swaps: dict[str, str]) -> list[str]:
    """Put new words for old in all the texts at once: capitals and plural -s are kept, a/an is put right."""
    if not swaps:
        return texts
    lower = {old.lower(): new for old, new in swaps.items()}
    words = "|".join(sorted(map(re.escape, lower), key=len, reverse=True))
    pattern = re.compile(rf"\b(?:(an?) )?({words})(s?)\b", re.IGNORECASE)
    return [pattern.sub(lambda m: _swapped(m, lower), text) for text in texts]


def _swapped(match: re.Match[str], swaps: dict[str, str]) -> str:
    article, old, plural = match.groups()
    new = swaps[old.lower()]
    if old.isupper():
        new = new.upper()
    elif old[0].isupper():
        new = new[0].upper() + new[1:]
    if not article:
        return new + plural
    fitting = "an" if new[0].lower() in "aeiou" else "a"
    return f"{fitting.capitalize() if article[0].isupper() else fitting} {new}{plural}"


def swap_names(text: str, rng: random.Random) -> dict[str, str]:
    """New names for most names of the text."""
    names = find_names(text)
    swaps: dict[str, str] = {}
    for name in names:
        if rng.random() < 0.85:
            swaps[name] = pick_name(rng, name, frozenset(names) | frozenset(swaps.values()))
    return swaps


def swap_things(text: str, rng: random.Random, share: float = 0.6, wild: float = 0.0) -> dict[str, str]:
    """Other things of the same kind for some things of the text.

    With the chance `wild` one of the things the text is about becomes any other thing.
    """
    swaps: dict[str, str] = {}
    present = set(_WORD.findall(text.lower()))
    for words in CLASSES.values():
        for old in words:
            if old in present and rng.random() < share * 0.6:
                new = rng.choice(words)
                if new not in present and new not in swaps.values():
                    swaps[old] = new
    about = [w for w in key_words(text, 4) if w not in swaps and not w.endswith("s")]
    if about and rng.random() < wild:
        new = rng.choice(NOUNS)
        if new not in present and new not in swaps.values():
            swaps[rng.choice(about)] = new
    return swaps


def unname(told: str, names: Sequence[str], rng: random.Random) -> str:
    """A sentence without the names of those it is about: "Ana and Ben find a drum." is "Two friends find a drum."."""
    who = "|".join(map(re.escape, names))
    told = re.sub(rf" (?:named|called) (?:{who})\b", "", told)
    told = re.sub(rf"^(?:{who}) and (?:{who})\b", rng.choice(SEVERAL_PEOPLE), told)
    told = re.sub(rf"^(?:{who})\b(?! and\b)", rng.choice(ONE_PERSON), told)
    return told[:1].upper() + told[1:]


def to_present(verb: str) -> str:
    """The present tense, he or she, of a past verb; the verb itself when no rule fits."""
    if verb in IRREGULAR:
        return IRREGULAR[verb]
    if not verb.endswith("ed") or len(verb) < 5:
        return verb
    stem = verb[:-2]
    if stem.endswith("i"):
        return stem[:-1] + "ies"
    if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "lsfz":
        return stem[:-1] + "s"
    if stem in _DROPPED_E or _DROPPED_E_END.search(stem):
        return stem + "es"
    return stem + ("es" if stem.endswith(("s", "sh", "ch", "x", "z")) else "s")


def of_many(verb: str) -> str:
    """The present tense of a verb for several, from that for he or she."""
    if verb in _OF_MANY:
        return _OF_MANY[verb]
    if verb.endswith("ies"):
        return verb[:-3] + "y"
    if verb.endswith(("sses", "shes", "ches", "xes")):
        return verb[:-2]
    return verb[:-1] if verb.endswith("s") else verb


_OF_MANY = {"has": "have", "does": "do", "goes": "go", "is": "are", "was": "were"} | {
    f"{one}n't": f"{many}n't" for one, many in (("has", "have"), ("does", "do"), ("is", "are"))
}
_WOMEN = frozenset(WOMEN)
_COMMON = STOP | frozenset(NOUNS) | {word for words in CLASSES.values() for word in words}
_KNOWN = frozenset(WOMEN) | frozenset(MEN) - {"Will", "Mark", "Dean", "Rose", "Bill", "Bo"}
