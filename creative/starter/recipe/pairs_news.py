"""News pairs: made-up notes and the reports that use them and nothing else, from seeds/news.toml."""

from __future__ import annotations

import calendar
import random
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from creative.starter.recipe.corpus import Split
from creative.starter.recipe.pairs import Pair, split_sentences
from creative.starter.recipe.words import (
    INVENTED,
    SURNAMES,
    build_name,
    find_names,
    pick_name,
    read_words,
    swap_names,
    swap_things,
    swap_words,
    to_present,
)

SEEDS = Path(__file__).with_name("seeds") / "news.toml"
DAYS, MONTHS = list(calendar.day_name), list(calendar.month_name)[1:]
START, FINISH = read_words("place_starts"), read_words("place_ends")
STREETS, ORGS, FIRMS = read_words("streets"), read_words("organisations"), read_words("firms")
ANGLES = ("What it means for {place}", "The cost", "Not everyone is pleased", "What happens next", "", "", "")
READERS = (
    "Readers of a town weekly",
    "City page",
    "Local readers",
    "Readers of a national paper",
    "Parents",
    "",
    "",
)


_REPORTABLE = re.compile(
    r"(?:The|A|An|[A-Z][a-z]+) [^\"“—;:!?()/_*]{24,120}(?<! Mr)(?<! Mrs)(?<! Dr)(?<! St)\.$"
)
_SLOT = re.compile(r"{(\w+)}")
_NAMES = {"place", "place2", "river", "street", "org", "firm"}
"""Slots that may come again in the sentences of one report."""
_LOOSE = frozenset(read_words("loose"))


@dataclass(frozen=True)
class Event:
    """What is reported: the main note, its headline, the other facts, and (words, name, role) of each quote."""

    note: str
    headline: str
    facts: list[str]
    quotes: list[tuple[str, str, str]] = field(default_factory=list)


def make_pairs(splits: dict[str, Split], part: str, rng: random.Random) -> Iterator[Pair]:
    """Pairs without end; the held-out part has places and events that training never meets."""
    subjects = tomllib.loads(SEEDS.read_text(encoding="utf-8"))["subject"]
    docs = [d for kind in ("simple", "fairy", "novels", "fiction") for d in getattr(splits[kind], part)]
    while True:
        pair = (
            make_pair(rng.choice(subjects), rng, part)
            if rng.random() < 0.6
            else from_sentences(docs, rng, part)
        )
        if pair is not None:
            yield pair


def from_sentences(docs: list[str], rng: random.Random, part: str) -> Pair | None:
    """Notes that are plain sentences of any books, so that copying does not depend on the words of the seeds."""
    told: list[str] = []
    for _ in range(40):
        doc = rng.choice(docs)
        at = rng.randrange(0, max(1, len(doc) - 1500))
        told += [s for s in split_sentences(" ".join(doc[at : at + 1500].split())[60:]) if is_reportable(s)][
            :1
        ]
        if len(told) > 3:
            break
    told = [swap_words([s], swap_names(s, rng) | swap_things(s, rng))[0] for s in told]
    heads = [h for s in told if (h := headline_of(s))]
    if len(told) < 3 or not heads:
        return None
    event = next(s for s in told if headline_of(s) == heads[0])
    return _report(Event(event, heads[0], [s for s in told if s != event]), make_slots(rng, part), rng)


def is_reportable(sentence: str) -> bool:
    """Whether a sentence can stand alone in a notebook: it names its subject and speaks of no he or she before."""
    return _REPORTABLE.match(sentence) is not None and (
        sentence.startswith(("The ", "A ", "An ", "Two ", "Three "))
        or bool(find_names(sentence.split(maxsplit=1)[0]))
    )


def headline_of(sentence: str) -> str:
    """A sentence cut to a headline in the present: "King gives the shoemaker forty pieces"; or ""."""
    words = sentence.rstrip(".").split()
    if words[0] in ("The", "A", "An"):
        words = words[1:]
    for i, word in enumerate(words[1:5], 1):
        present = to_present(word)
        if present != word and word not in ("was", "were", "had", "could", "would"):
            cut = [*words[:i], present, *words[i + 1 :]]
            end = next(
                (j for j in range(i + 4, len(cut)) if cut[j] in _LOOSE or cut[j - 1][-1] in ",;"), len(cut)
            )
            head = " ".join(cut[: min(end, 10)]).rstrip(",;")
            return (
                head[0].upper() + head[1:] if len(head.split()) > 3 and head.split()[-1] not in _LOOSE else ""
            )
    return ""


def make_pair(subject: dict[str, list], rng: random.Random, part: str = "train") -> Pair:
    """Made-up notes on one subject, and their report."""
    slots = make_slots(rng, part)
    # The last event of each subject is kept for the held-out briefs.
    events = subject["events"][:-1] if part == "train" else subject["events"]
    event = rng.choice(events)
    note, headline = (fill(text, slots) for text in event)
    facts = [fill(f, slots) for f in _sample_facts(event[0], subject["facts"], rng)]
    speakers = rng.sample(subject["speakers"], 2)
    quotes = [
        (quote, make_person(rng), fill(role, slots))
        for quote, role in zip(
            rng.sample(subject["quotes"], rng.choice((0, 1, 1, 2))), speakers, strict=False
        )
    ]
    return _report(Event(note, headline, facts, quotes), slots, rng)


def _sample_facts(note: str, facts: list[str], rng: random.Random) -> list[str]:
    """Some facts of a subject; no number or date stands for one thing in the note and for another in a fact."""
    held = set(_SLOT.findall(note)) - _NAMES
    told: list[str] = []
    for fact in rng.sample(facts, len(facts)):
        slots = set(_SLOT.findall(fact)) - _NAMES
        if not slots & held:
            held |= slots
            told.append(fact)
    return told[: rng.choice((2, 3, 3, 4, 5))]


def _report(event: Event, slots: dict[str, str], rng: random.Random) -> Pair:
    """Headline, dateline, lead, facts in order and quotes word for word, with the notes they come from."""
    dateline = rng.choice((f"{slots['place'].upper()}, {slots['today']}", slots["place"].upper(), "", ""))
    marks = rng.choice(("“”", "“”", '""'))
    body = event.facts
    spoken = [_speak(q, marks, rng) for q in event.quotes]
    half = (len(body) + 1) // 2
    lead = f"{dateline} — {event.note}" if dateline else event.note
    blocks = [event.headline, lead, " ".join(body[:half]), *spoken[:1], " ".join(body[half:]), *spoken[1:]]
    text = "\n\n".join(b for b in blocks if b)
    told = [event.note, *event.facts]
    if rng.random() < 0.2:
        rng.shuffle(told)
    said = [f"{marks[0]}{q},{marks[1]} said {name}, {role}." for q, name, role in event.quotes]
    brief = {
        "notes": ("\n" if rng.random() < 0.6 else " ").join(told),
        "angle": fill(rng.choice(ANGLES), slots),
        "quotes": "\n".join(said),
        "audience": rng.choice(READERS),
        "dateline": dateline,
        "length": rng.choice(("short", "short", "medium")),
    }
    asked = " ".join((*told, *said))
    names = re.findall(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b", asked)
    numbers = re.findall(r"\d[\d,.]*\d|\d", asked)
    return Pair("news", brief, text, tuple(dict.fromkeys(w for w in names + numbers if w in text)))


def make_slots(rng: random.Random, part: str) -> dict[str, str]:
    """Values for every slot; held-out places begin in ways that training never uses."""
    starts = START[-8:] if part == "held_out" else START[:-8]
    place, other = (first + rng.choice(FINISH) for first in rng.sample(starts, 2))
    a = rng.randrange(3, 12)
    day, month, year = rng.choice(DAYS), rng.choice(MONTHS), rng.randrange(1890, 2010)
    money = rng.choice("£$€")
    return {
        "place": place,
        "place2": other,
        "river": rng.choice(START).replace("Old", "Olden"),
        "street": f"{rng.choice(STREETS)} {rng.choice(('Street', 'Road', 'Lane'))}",
        "org": f"{rng.choice(SURNAMES)} {rng.choice(ORGS)}",
        "firm": f"{rng.choice(SURNAMES)} {rng.choice(FIRMS)}",
        "n": _count(rng),
        "n2": _count(rng),
        "m": str(rng.randrange(13, 60)),
        "m2": str(rng.randrange(13, 90)),
        "a": str(a),
        "b": str(rng.randrange(2, a)),
        "pct": str(rng.randrange(2, 60)),
        "money": rng.choice(
            (
                f"{money}{rng.randrange(1, 9)}.{rng.randrange(1, 9)} million",
                f"{money}{rng.randrange(20, 900)},000",
                f"{money}{rng.randrange(2, 30)} million",
            )
        ),
        "money2": f"{money}{rng.randrange(3, 90) * 100:,}",
        "money3": f"{money}{rng.randrange(3, 40)}",
        "day": day,
        "day2": rng.choice([d for d in DAYS if d != day]),
        "date": f"{rng.randrange(1, 29)} {rng.choice(MONTHS)}",
        "today": f"{rng.randrange(1, 29)} {rng.choice(MONTHS)}",
        "month": month,
        "month2": rng.choice([m for m in MONTHS if m != month]),
        "year": str(year),
        "year2": str(rng.randrange(year + 1, 2021)),
    }


def _count(rng: random.Random) -> str:
    """How many of a thing that a town has a few hundred of, or some thousands."""
    return (
        str(rng.randrange(60, 999))
        if rng.random() < 0.6
        else f"{rng.randrange(1, 5)},{rng.randrange(100, 999)}"
    )


def make_person(rng: random.Random) -> str:
    """A made-up first and last name."""
    last = build_name(rng) if rng.random() < INVENTED / 2 else rng.choice(SURNAMES)
    return f"{pick_name(rng)} {last}"


def fill(text: str, slots: dict[str, str]) -> str:
    """The text with its slots filled."""
    return text.format_map(slots)


def _speak(quote: tuple[str, str, str], marks: str, rng: random.Random) -> str:
    words, name, role = quote
    who = f"{name}, {role}"
    if rng.random() < 0.75:
        return f"{marks[0]}{words},{marks[1]} said {who}."
    return f"{who}, said: {marks[0]}{words}.{marks[1]}"
