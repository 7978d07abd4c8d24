"""The list of old words that read badly today: what replaces them, and what drops a document."""

from __future__ import annotations

import re

REPLACED: dict[str, str] = {
    "pussy": "kitty",
    "pussies": "kitties",
    "pussy-cat": "kitty-cat",
    "pussycat": "kitty-cat",
    "pussy-willow": "willow",
    "pussy-willows": "willows",
    "ejaculated": "exclaimed",
    "ejaculating": "exclaiming",
    "ejaculates": "exclaims",
    "ejaculate": "exclaim",
    "ejaculation": "exclamation",
    "ejaculations": "exclamations",
    "ejaculatory": "exclaiming",
    "gay": "merry",
    "gayer": "merrier",
    "gayest": "merriest",
    "gaily": "merrily",
    "gayly": "merrily",
    "gayety": "merriment",
    "gaiety": "merriment",
    "queer": "odd",
    "queerer": "odder",
    "queerest": "oddest",
    "queerly": "oddly",
    "queerness": "oddness",
    "cock": "rooster",
    "cocks": "roosters",
    "ass": "donkey",
    "asses": "donkeys",
    "faggot": "bundle",
    "faggots": "bundles",
    "intercourse": "company",
    "make love to": "court",
    "makes love to": "courts",
    "made love to": "courted",
    "making love to": "courting",
    "make love": "court",
    "makes love": "courts",
    "made love": "courted",
    "making love": "courting",
    "love-making": "courting",
    "lovemaking": "courting",
    "erection": "building",
    "erections": "buildings",
    "prick": "prickle",
    "tits": "titmice",
    "wench": "girl",
    "wenches": "girls",
    "niggard": "miser",
    "niggards": "misers",
    "niggardly": "miserly",
    "chinaman": "Chinese man",
    "chinamen": "Chinese men",
    "gypsy": "traveller",
    "gypsies": "travellers",
    "gipsy": "traveller",
    "gipsies": "travellers",
    "savages": "islanders",
    "cripple": "lame man",
    "cripples": "lame people",
}
"""Old words and what is written in their place; lower case, matched in any case."""

DROPPED = (
    r"nigg(?:er|ah|a)\w*|negro\w*|negress\w*|dark(?:y|ie|ies|eys?)|coons?|pickaninn\w*|piccaninn\w*|mulatto\w*"
    r"|quadroon\w*|blackamoor\w*|massa|mammy|half-?(?:breed|caste)s?|squaws?|red-?skins?|injuns?|kaffirs?|kafirs?"
    r"|hottentots?|dagos?|dagoes|wops?|kikes?|spics?|japs|chinks?(?=\s+(?:cook|boy|laundry))|jew-boy|sheeny|sheenies"
    r"|the jew|old jew|jewess\w*|bitch(?:es)?|whores?|sluts?|strumpets?|harlots?|rap(?:e|ed|ist)|bastards?|fags?"
    r"|orgasm\w*|boners?|spastics?|cunts?|fuck\w*|shit\w*|bondage|nigger\w*|white man's burden"
)
"""Words that no replacement mends: a document that holds one is left out whole."""

_VOWEL = re.compile(r"[aeiou]", re.IGNORECASE)
_REPLACE = re.compile(
    r"(?<![\w-])(?:(an?)(\s+))?("
    + "|".join(re.escape(w) for w in sorted(REPLACED, key=len, reverse=True))
    + r")(?![\w-])",
    re.IGNORECASE,
)
_DROP = re.compile(rf"(?<!\w)(?:{DROPPED})(?!\w)", re.IGNORECASE)


def is_dropped(text: str) -> bool:
    """Whether the text holds a word that no replacement mends."""
    return _DROP.search(text) is not None


def find_listed(text: str) -> list[str]:
    """Every listed word in the text, lower case, in the order found; empty when the text is clean."""
    found = [m.group(3).lower() for m in _REPLACE.finditer(text)]
    return found + [m.group(0).lower() for m in _DROP.finditer(text)]


def clean_text(text: str) -> str:
    """The text with the listed words replaced; capitals and a/an follow the new word."""
    return _REPLACE.sub(_swap, text)


def _swap(match: re.Match[str]) -> str:
    article, space, old = match.group(1), match.group(2), match.group(3)
    new = REPLACED[old.lower()]
    if old.isupper() and len(old) > 1:
        new = new.upper()
    elif old[0].isupper():
        new = new[0].upper() + new[1:]
    if article is None:
        return new
    fitting = "an" if _VOWEL.match(new) else "a"
    if article[0].isupper():
        fitting = fitting.capitalize()
    return fitting + space + new
