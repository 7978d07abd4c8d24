"""Pairs of the actions: passages polished, shortened and expanded, and lists of titles, made by rule from drafts."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from creative.starter.recipe import pairs_screenplay, pairs_story
from creative.starter.recipe.corpus import Split
from creative.starter.recipe.pairs import Pair, split_sentences
from creative.starter.recipe.words import find_names, key_words, read_words

WEAK = re.compile(
    r"\b(?:very|really|just|quite|suddenly|so much|a little|of course|then|all) ", re.IGNORECASE
)
CONFUSED = dict(pair.split(":") for pair in read_words("confused"))
TITLES = (
    *("The {k}", "{k}", "{k} and {l}", "One {k}", "No {k}", "The Other {k}"),
    *("{n}'s {k}", "A {k} for {n}", "{n} and the {k}"),
)
FARTHER = ("{f}", "The {f}", "{f} Work", "Lessons in {f}", "A Trade in {k}", "{f} Days")
FAR = ("{g}", "The {g}", "{g} and {k}", "A Kind of {g}")
NAMES_IN_TITLES = re.compile(r"\{n\}")


def make_pairs(splits: dict[str, Split], part: str, rng: random.Random) -> Iterator[Pair]:
    """Pairs without end; part is "train" or "held_out"."""
    stories = pairs_story.make_pairs(splits, part, rng)
    scenes = pairs_screenplay.make_pairs(splits, part, rng)
    makers = (polish, polish, shorten, expand, list_titles)
    while True:
        draft = next(stories if rng.random() < 0.8 else scenes)
        pair = rng.choice(makers)(draft, rng)
        if pair is not None:
            yield pair


def polish(draft: Pair, rng: random.Random) -> Pair | None:
    """A passage with a few slips put in; the answer is the passage as it was."""
    passage = choose_passage(draft.text, rng, rng.choice((1, 2, 2, 3)))
    worse = spoil(passage, rng)
    return _revision(draft, "polish", worse, passage) if passage and worse != passage else None


def shorten(draft: Pair, rng: random.Random) -> Pair | None:
    """A passage and what is left of it when weak words and a sentence are cut."""
    passage = choose_passage(draft.text, rng, rng.choice((3, 4, 5)))
    short = cut(passage, rng)
    return (
        _revision(draft, "shorten", passage, short) if passage and len(short) < 0.85 * len(passage) else None
    )


def expand(draft: Pair, rng: random.Random) -> Pair | None:
    """A passage with a sentence left out, and the passage as it was."""
    passage = choose_passage(draft.text, rng, rng.choice((3, 4, 5)))
    short = cut(passage, rng)
    return (
        _revision(draft, "expand", short, passage) if passage and len(short) < 0.75 * len(passage) else None
    )


def list_titles(draft: Pair, rng: random.Random) -> Pair | None:
    """Nine titles from the draft's things and names, then from trades, then from far fields."""
    shown = draft.text if rng.random() < 0.35 else ""
    told = shown or draft.answers
    things = [w.title() for w in key_words(told, 6) if not w.endswith("s")]
    names = find_names(told)[:2]
    if len(things) < 2:
        return None
    trades, fields = rng.sample(read_words("trades"), 3), rng.sample(read_words("fields"), 3)
    near = [t for t in TITLES if names or not NAMES_IN_TITLES.search(t)]
    rows = [_title(t, things, names, rng) for t in rng.sample(near, 3)]
    rows += [_title(t, things, names, rng, f=f) for t, f in zip(rng.sample(FARTHER, 3), trades, strict=True)]
    rows += [_title(t, things, names, rng, g=g) for t, g in zip(rng.sample(FAR, 3), fields, strict=True)]
    text = "\n".join(f"- {row}" for row in rows)
    return Pair(
        draft.form,
        draft.brief,
        text,
        action="brainstorm_titles",
        draft=draft.text if rng.random() < 0.5 else "",
    )


def choose_passage(text: str, rng: random.Random, count: int) -> str:
    """Some sentences in a row of one paragraph; empty where no paragraph has enough."""
    paragraphs = [
        s for p in text.split("\n") if len(s := split_sentences(p)) >= count and p.count('"') % 2 == 0
    ]
    if not paragraphs:
        return ""
    sentences = rng.choice(paragraphs)
    start = rng.randrange(len(sentences) - count + 1)
    passage = " ".join(sentences[start : start + count])
    return passage if passage.count('"') % 2 == 0 and passage in text else ""


def cut(passage: str, rng: random.Random) -> str:
    """The passage without its weak words and without one or two of its sentences, never the first."""
    sentences = split_sentences(passage)
    for _ in range(max(1, len(sentences) // 3)):
        plain = [i for i, s in enumerate(sentences) if i and '"' not in s]
        if len(sentences) > 1 and plain:
            del sentences[rng.choice(plain)]
    return WEAK.sub("", " ".join(sentences))


def spoil(passage: str, rng: random.Random) -> str:
    """The passage with one to four slips: letters swapped or lost, words doubled or confused, capitals forgotten."""
    words = passage.split(" ")
    for _ in range(rng.randrange(1, 5)):
        i = rng.randrange(len(words))
        words[i] = _slip(words[i], rng)
    spoilt = " ".join(words)
    return spoilt.rstrip(".") if rng.random() < 0.3 else spoilt


def _slip(word: str, rng: random.Random) -> str:
    kind = rng.randrange(5)
    if kind == 0 and word.lower() in CONFUSED:
        return CONFUSED[word.lower()]
    if kind == 1:
        return word.lower()
    if kind == 2 and len(word) < 5:
        return f"{word} {word}"
    if len(word) > 3:
        at = rng.randrange(1, len(word) - 2)
        if kind == 3:
            return word[:at] + word[at + 1 :]
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word


def _title(template: str, things: list[str], names: list[str], rng: random.Random, **fields: str) -> str:
    k, other = rng.sample(things, 2)
    title = template.format(k=k, l=other, n=names[0] if names else k, **fields)
    return re.sub(r"^A (?=[AEIOU])", "An ", title)


def _revision(draft: Pair, action: str, selection: str, answer: str) -> Pair:
    whole = draft.text.replace(answer if action != "shorten" else selection, selection, 1)
    return Pair(draft.form, draft.brief, answer, action=action, draft=whole, selection=selection)
