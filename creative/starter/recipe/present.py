"""Narration in the past told in the present: verbs agree with one or with many, participles stay as they are."""

from __future__ import annotations

import re

from creative.starter.recipe.words import of_many, read_words, to_present

_MANY = frozenset(read_words("of_many"))
"""Subjects that take the verb of many and do not end in -s."""
_HE = frozenset(read_words("of_one"))
_PRONOUNS = _HE | {"i", "we", "you", "they"}
_DETERMINERS = frozenset(read_words("determiners"))
_PREPOSITIONS = frozenset(read_words("prepositions"))
_BETWEEN = frozenset(read_words("between"))
"""Words that may stand between a subject and its verb; so may those in -ly."""
_JOINING = frozenset(read_words("joining"))
_PARTICIPLE_AFTER = frozenset(read_words("before_participle"))
_BARE_AFTER = frozenset(read_words("before_bare_verb"))
_TOLD_AGAIN = ("named", "called")
_BE = ("was", "were", "had")


def tell_in_present(sentence: str) -> str:
    """Give a sentence of narration in the present; speech in quotes must be taken out before."""
    words = sentence.split(" ")
    bare = [word.strip(",.!?;:") for word in words]
    verb = -1
    many = False
    for i in range(1, len(words)):
        present = to_present(bare[i])
        before = bare[i - 1].lower()
        if (
            present == bare[i]
            or bare[i] in _TOLD_AGAIN
            or before in _BARE_AFTER
            or (before in _PARTICIPLE_AFTER and bare[i] not in _BE)
            or (bare[i].endswith("ed") and _has_its_verb(words, bare, verb, i))
        ):
            continue
        subject = _last_of_subject(words, bare, i)
        if subject >= 0:
            many = _is_of_many(words, bare, subject, verb)
        if subject >= 0 and bare[subject] == "I" and bare[i] == "was":
            present = "am"
        elif many:
            present = "are" if bare[i] == "was" else of_many(present)
        elif bare[i] == "were":
            present = "are"
        words[i] = words[i].replace(bare[i], present)
        verb = i
    return " ".join(words)


def _has_its_verb(words: list[str], bare: list[str], verb: int, i: int) -> bool:
    """Whether the clause of word i has a verb already, so that what looks like another is a participle."""
    return verb >= 0 and not any(
        words[k][-1:] in (",", ";", ":") or bare[k].lower() in _JOINING or _is_subject(bare[k], k)
        for k in range(verb, i)
    )


def _is_subject(word: str, at: int) -> bool:
    return word.lower() in _PRONOUNS or (at > 0 and word[:1].isupper())


def _last_of_subject(words: list[str], bare: list[str], i: int) -> int:
    """The place of the last word of the subject of verb i; -1 where it goes on with that of the verb before."""
    k = i - 1
    while k >= 0 and (bare[k].lower() in _BETWEEN or bare[k].lower().endswith("ly")):
        k -= 1
    if k >= 0 and bare[k].lower() in ("who", "which", "that"):
        k -= 1
    if k < 0 or bare[k].lower() in ("and", "but", "or") or words[k][-1:] in (",", ";"):
        return -1
    return k


def _is_of_many(words: list[str], bare: list[str], last: int, verb: int) -> bool:
    """Whether the subject that ends with word `last` takes the verb of many; `verb` is the last verb before it."""
    start = last
    # Back to where this part of the subject begins: "his old dog" from "dog".
    while start > 0 and last - start < 3 and bare[start].lower() not in _DETERMINERS | _PRONOUNS | {"and"}:
        before = bare[start - 1].lower()
        ends_here = bare[start][:1].isupper() or before in ("and", *_PREPOSITIONS)
        if words[start - 1] != bare[start - 1] or (ends_here and before not in _DETERMINERS):
            break
        start -= 1
    joined = bare[start - 1].lower() if start > 0 else ""
    if joined in _PREPOSITIONS and start > 1 and words[start - 1] == bare[start - 1]:
        return _is_of_many(words, bare, start - 2, verb)
    # "She opened the box and the bird flew away": what has its verb already is no part of the subject.
    joined_on = joined == "and" and start > 1 and not words[start - 2].endswith(",")
    if joined_on and not _has_verb(words, bare, start - 1, verb):
        return True
    return _names_many(bare[start : last + 1])


def _has_verb(words: list[str], bare: list[str], end: int, verb: int) -> bool:
    """Whether a verb stands between the beginning of the clause that goes to `end` and that end."""
    begin = max(
        (k for k in range(end) if words[k].endswith((",", ";")) or bare[k].lower() in _JOINING - {"and"}),
        default=-1,
    )
    return verb > begin


def _names_many(subject: list[str]) -> bool:
    first, last = subject[0].lower(), subject[-1]
    if first in ("one", "each", "every", "a", "an") or last.lower() in _HE:
        return False
    if last.lower() in _MANY or first in ("two", "three", "four", "five", "both", "many", "these", "those"):
        return True
    return last.islower() and bool(re.search(r"[^su'i]s$", last)) and len(last) > 3
