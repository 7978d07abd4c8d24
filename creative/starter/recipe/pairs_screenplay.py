"""Screenplay pairs: stories with speech, and scenes of plays, set out as Fountain by rule."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from creative.starter.recipe.corpus import Split
from creative.starter.recipe.pairs import Pair, split_sentences
from creative.starter.recipe.pairs_story import TRAITS, UNNAMED, find_event
from creative.starter.recipe.present import tell_in_present
from creative.starter.recipe.words import (
    MEN,
    SURNAMES,
    WOMEN,
    build_name,
    key_words,
    pick_name,
    read_words,
    swap_names,
    swap_things,
    swap_words,
    unname,
)

OUTSIDE, INSIDE, PLACES = read_words("outside"), read_words("inside"), read_words("places")
TIMES = ("DAY", "DAY", "DAY", "NIGHT", "NIGHT", "DAWN", "DUSK", "CONTINUOUS")
GENRES = ("drama", "comedy", "thriller", "romance", "")
ENDINGS = ("CUT TO:", "FADE OUT.", "CUT TO BLACK.", "")
MANNERS, THINGS = read_words("manners"), read_words("things")
TITLES, SPEAKERS = ("Mr", "Mr", "Mrs", "Mrs", "Miss", "Ms", "Dr", "Captain"), read_words("speakers")
TITLED, BY_TRADE = 0.2, 0.15
"""Shares of the people out of plays who are called by a title and a last name, and by what they are."""
NOT_SPEAKERS = frozenset(read_words("not_speakers"))
MOVES = (
    "{a} stands by the door. {b} does not look up.",
    "{a} and {b} sit across from each other.",
    "{b} waits at the window. {a} comes in.",
    "{a} puts {thing} on the table. {b} looks at it.",
    "{a} holds {thing}. {b} watches.",
    "A clock ticks. {a} walks up and down. {b} is very still.",
    "{a} opens {thing} and closes it again. {b} waits.",
)
CLOSES = (
    "{a} looks at {b}. Nobody speaks.",
    "{b} goes out. The door stays open.",
    "{a} sits down. {b} takes {thing}.",
)

_SAID = "|".join(read_words("said"))
_QUOTE = re.compile(r'"([^"]{2,240})"')
_AFTER = re.compile(rf"^,? ?(?:(?:{_SAID}) )?((?:the |her |his )?[A-Za-z]+)(?: (?:{_SAID}))?\b")
_BEFORE = re.compile(rf"((?:[Tt]he |[Hh]er |[Hh]is )?[A-Za-z]+)(?: [a-z]+)? (?:{_SAID})\b[^\"]*$")
_OPENING = re.compile(r"^(?:Once upon a time|One day|Once|Long ago|One \w+ day),? ?", re.IGNORECASE)
_TITLE = "|".join(sorted(set(TITLES)))
_TWO_TITLES = re.compile(rf"\b(?:{_TITLE})\.? (?=(?:{_TITLE}) )")
_ARCHAIC = re.compile(r"\b(?:thou|thee|thy|dost|hath|doth|'tis|'twas|prithee)\b|\.\s?\.", re.IGNORECASE)


@dataclass
class _Teller:
    """Who has been named so far, so that he and she can be given their names."""

    last: str = ""
    woman: str = ""
    man: str = ""
    speakers: list[str] = field(default_factory=list)

    def notice(self, sentence: str) -> None:
        for name in re.findall(r"\b[A-Z][a-z]+\b", sentence):
            if name in WOMEN:
                self.woman = self.last = name
            elif name in MEN:
                self.man = self.last = name

    def name(self, word: str) -> str:
        plain = re.sub(r"^(?:the|her|his) ", "", word, flags=re.IGNORECASE)
        if plain.lower() in ("he", "she"):
            return (self.man if plain.lower() == "he" else self.woman) or self.last
        if (
            plain in WOMEN
            or plain in MEN
            or word != plain
            or plain.lower() in ("mom", "dad", "mommy", "daddy")
        ):
            return plain
        return ""


def make_pairs(splits: dict[str, Split], part: str, rng: random.Random) -> Iterator[Pair]:
    """Pairs without end; part is "train" or "held_out"."""
    stories = [d for d in getattr(splits["simple"], part) if d.count('"') >= 6 and len(d) < 2600]
    speeches = [s for doc in getattr(splits["plays"], part) if len(s := find_speeches(doc)) > 12]
    while True:
        pair = (
            from_story(rng.choice(stories), rng)
            if rng.random() < 0.55
            else from_play(rng.choice(speeches), rng)
        )
        if pair is not None:
            yield pair


def from_story(doc: str, rng: random.Random) -> Pair | None:
    """A scene told from a story: its narration as action in the present, its speeches under their names."""
    (story,) = swap_words([doc], swap_things(doc, rng))
    logline = find_event(story)
    blocks = _tell(story)
    cues = [b[0] for b in blocks if b[0]]
    if len(cues) < 3 or len(blocks) > 26 or not logline:
        return None
    # Nobody speaks to themselves, and no "and" speaks: the rule took the wrong speaker.
    if any(
        cue and (cue.lower() in NOT_SPEAKERS or re.search(rf"\b{re.escape(cue)}\b", words))
        for cue, _, words in blocks
    ):
        return None
    place = next((p for p in OUTSIDE + INSIDE if re.search(rf"\b{p}\b", story)), "") or rng.choice(PLACES)
    heading = _heading(place, time := rng.choice(TIMES))
    lines = [heading]
    for cue, manner, words in blocks:
        lines.append(f"{cue.upper()}\n{f'({manner})' + chr(10) if manner else ''}{words}" if cue else words)
    if ending := rng.choice(ENDINGS):
        lines.append(ending)
    # Whoever speaks is named in the brief, a dog or a mom too: the model learns to take its speakers from there.
    names = list(dict.fromkeys(cue.title() for cue in cues))
    if len(names) > 3:
        return None
    # Renamed last: who speaks is told by names that the lists know.
    logline, *rest = swap_words([logline, *names, *lines], swap_names(story, rng))
    names, lines = rest[: len(names)], rest[len(names) :]
    return _pair(lines, logline, names, place, time, rng)


def from_play(speeches: list[tuple[str, str]], rng: random.Random) -> Pair | None:
    """A short exchange out of a play, between two or three people with new names, in a new place."""
    count = rng.randrange(5, 12)
    start = rng.randrange(0, max(1, len(speeches) - count))
    chosen = speeches[start : start + count]
    cues = list(dict.fromkeys(cue for cue, _ in chosen))
    turns = all(a[0] != b[0] for a, b in pairwise(chosen))
    if "" in cues or not turns or not 2 <= len(cues) <= 3 or sum(len(s) for _, s in chosen) > 1500:
        return None
    renamed: dict[str, str] = {}
    for cue in cues:
        renamed[cue] = _pick_speaker(rng, frozenset(renamed.values()))
    swaps = {
        word: renamed[cue].removeprefix("the ")
        for cue in cues
        for word in cue.title().split()
        if len(word) > 3
    }
    texts = [_TWO_TITLES.sub("", t) for t in swap_words([s for _, s in chosen], swaps)]
    a, b, thing = renamed[cues[0]], renamed[cues[1]], rng.choice(THINGS)
    place, time = rng.choice(PLACES), rng.choice(TIMES)
    lines = [_heading(place, time), _begin(rng.choice(MOVES).format(a=a, b=b, thing=thing))]
    for (cue, _), words in zip(chosen, texts, strict=True):
        manner = f"({rng.choice(MANNERS)})\n" if rng.random() < 0.12 else ""
        lines.append(f"{renamed[cue].upper()}\n{manner}{words}")
    lines.append(_begin(rng.choice(CLOSES).format(a=a, b=b, thing=thing)))
    if ending := rng.choice(ENDINGS):
        lines.append(ending)
    spoken_of = key_words(" ".join(texts), 3)
    about = f"the {rng.choice(spoken_of)}" if spoken_of else thing
    where = rng.choice((f"in the {place}", "", ""))
    logline = rng.choice(
        (
            "{a} and {b} argue about {x} {w}",
            "{a} wants to know about {x}, and {b} will not say",
            "{a} tells {b} about {x} {w}",
        )
    ).format(a=a, b=b, x=about, w=where)
    logline = _begin(re.sub(r" +(?=[.,]|$)", "", logline) + ".")
    return _pair(lines, logline, list(renamed.values()), place, time, rng)


def _pick_speaker(rng: random.Random, taken: frozenset[str]) -> str:
    """A first name, or now and then a last name behind its title, or a trade: "Mr Okafor", "the driver"."""
    way = rng.random()
    if way < TITLED:
        last = build_name(rng) if rng.random() < 0.5 else rng.choice(SURNAMES)
        return f"{rng.choice(TITLES)} {last}"
    if way < TITLED + BY_TRADE:
        return rng.choice([who for who in SPEAKERS if who not in taken])
    return pick_name(rng, taken=taken)


def _begin(told: str) -> str:
    """The sentences with their capitals, where somebody without a name begins one."""
    return re.sub(r"(^|[.!?] )(the )", lambda m: m.group(1) + m.group(2).capitalize(), told)


def _pair(
    lines: list[str], logline: str, names: list[str], place: str, time: str, rng: random.Random
) -> Pair:
    text = "\n\n".join(lines)
    words = len(text.split())
    told = [_describe(name[0].upper() + name[1:], rng) for name in names]
    characters = ". ".join(told) + "." if rng.random() < 0.75 else ""
    if characters and rng.random() < UNNAMED:
        logline = unname(logline, names, rng)
    lower = text.lower()
    purpose = ""
    if len(names) > 1 and rng.random() < 0.4:
        about = key_words(" ".join(lines[1:]), 4)
        verb = rng.choice(("tells", "must hear from", "asks", "learns something from"))
        purpose = _begin(f"{names[0]} {verb} {names[1]}") + (
            f" about the {rng.choice(about)}" if about else ""
        )
    brief = {
        "logline": logline,
        "genre": rng.choice(GENRES),
        "characters": characters,
        "location": place[0].upper() + place[1:] if rng.random() < 0.8 else "",
        "time_of_day": time if rng.random() < 0.7 else "",
        "purpose": purpose,
        "length": "short" if words < 260 else "medium",
    }
    asked = " ".join((logline, brief["characters"], brief["location"].lower()))
    wanted = [w for name in names if (w := name.split()[-1]) in asked] + [
        w for w in key_words(asked, 6) if w in lower
    ]
    if brief["location"]:
        wanted.append(place)
    return Pair("screenplay", brief, text, tuple(dict.fromkeys(wanted)))


def _describe(name: str, rng: random.Random) -> str:
    age = f", {rng.randrange(9, 80)}" if rng.random() < 0.5 else ""
    return name + age + (f", {rng.choice(TRAITS)}" if rng.random() < 0.3 else "")


def _heading(place: str, time: str) -> str:
    return f"{'EXT.' if place in OUTSIDE else 'INT.'} {place.upper()} - {time}"


def _tell(story: str) -> list[tuple[str, str, str]]:
    """The story as (cue, manner, words); an action has no cue."""
    blocks: list[tuple[str, str, str]] = []
    teller = _Teller()
    for paragraph in story.split("\n"):
        open_quote = ""
        for sentence in split_sentences(paragraph):
            open_quote = f"{open_quote} {sentence}".strip()
            # A speech of several sentences is told when its quote closes.
            if open_quote.count('"') % 2 == 0:
                _tell_sentence(open_quote, teller, blocks)
                open_quote = ""
    return blocks


def _tell_sentence(sentence: str, teller: _Teller, blocks: list[tuple[str, str, str]]) -> None:
    # A lone word in quotes is the name of something, not a speech.
    quotes = [q for q in _QUOTE.findall(sentence) if q[0].isupper() or q[-1] in ".,!?"]
    if not quotes:
        teller.notice(sentence)
        action = _act(sentence.replace('"', ""))
        if blocks and not blocks[-1][0] and len(blocks[-1][2]) < 110:
            blocks[-1] = ("", "", f"{blocks[-1][2]} {action}")
        else:
            blocks.append(("", "", action))
        return
    cue = _speaker(sentence, teller)
    if not cue:
        return
    teller.speakers.append(cue)
    manner = re.search(r"\b(?:said|asked|replied|answered) ([a-z]+ly)\b", sentence)
    words = " ".join(re.sub(r",$", ".", q) for q in quotes)
    if blocks and blocks[-1][0] == cue:
        blocks[-1] = (cue, blocks[-1][1], f"{blocks[-1][2]} {words}")
    else:
        blocks.append((cue, manner.group(1) if manner else "", words))
    teller.notice(re.sub(_QUOTE, "", sentence))


def _speaker(sentence: str, teller: _Teller) -> str:
    before = _BEFORE.search(sentence.split('"', maxsplit=1)[0])
    if before and (name := teller.name(before.group(1))):
        return name
    after = _AFTER.match(sentence.split('"')[2]) if sentence.count('"') > 1 else None
    if after and (name := teller.name(after.group(1))):
        return name
    others = [s for s in teller.speakers if s != teller.speakers[-1]] if teller.speakers else []
    return others[-1] if others else ""


def _act(sentence: str) -> str:
    sentence = _OPENING.sub("", sentence)
    return tell_in_present(sentence[:1].upper() + sentence[1:])


def find_speeches(doc: str) -> list[tuple[str, str]]:
    """The speeches of a play as (name, words), stage directions left out; long ones break the run."""
    found = []
    for block in re.split(r"\n\s*\n", doc):
        cue, _, words = block.partition("\n")
        words = re.sub(r"\([^)]*\)|\[[^\]]*\]", "", words.replace("\n", " "))
        words = re.sub(r"\s+", " ", words).replace(" .", ".").strip()
        words = re.sub(r"([.!?])\.+", r"\1", words)
        if re.fullmatch(r"[A-Z][A-Z .']{1,24}", cue) and 4 < len(words) < 280 and not _ARCHAIC.search(words):
            found.append((cue, words))
        elif found and found[-1] != ("", ""):
            # An empty turn breaks the run: what follows does not answer what went before.
            found.append(("", ""))
    return found
