"""Advertisement pairs: products with their benefits, set out by rule in the labelled lines of each channel."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from creative.starter.recipe.corpus import Split
from creative.starter.recipe.pairs import Pair, list_words
from creative.starter.recipe.words import read_words

SEEDS = Path(__file__).with_name("seeds") / "ads.txt"
CHANNELS = ("search_ad", "social_post", "email", "poster")
FRAMES = ("AIDA", "PAS", "BAB", "FAB", "", "", "")
TONES = ("Dry, capable", "Cheerful", "Neighbourly, plain", "Warm", "Calm", "Playful", "Direct", "", "")
FIRST, SECOND = read_words("brand_starts"), read_words("brand_ends")
AUDIENCES, CALLS, HASHTAGS = read_words("audiences"), read_words("calls"), read_words("hashtags")
OPENERS = {
    "AIDA": (
        "One thing to know about {brand}: {x}.",
        "{b1}? Yes.",
        "Have a look at {brand}.",
        "{b1}. Read on.",
        "A word to {audience}.",
    ),
    "PAS": (
        "The last {noun} let you down.",
        "You know the problem, and so do {audience}.",
        "Tired of making do?",
        "Another week, the same trouble.",
        "What {audience} have now does not do the job.",
        "You have put up with it long enough.",
    ),
    "BAB": (
        "Before: another day of making do.",
        "Yesterday you made do.",
        "Last month you had no {noun}.",
        "Think back to the days before {brand}.",
        "It used to take patience.",
    ),
    "FAB": (
        "{b1}. That is the point.",
        "{b1}. It is as simple as that.",
        "It starts with one thing: {x}.",
        "{b1}. We began there.",
    ),
    "": (
        "Meet {brand}.",
        "For {audience}.",
        "{b1}.",
        "Say hello to {brand}.",
        "Here is {brand}.",
        "New to you? {brand}.",
        "{brand} is made for {audience}.",
        "We thought of {audience}.",
        "In need of {a_noun}?",
        "{b1}: that is {brand}.",
    ),
}
"""Ways into an ad, by its frame; the variants of one ad take different ones."""
MIDDLES = {
    "PAS": ("Here is the answer: {brand}.", "{brand} is the way out.", "{brand} puts it right."),
    "BAB": ("Now there is {brand}.", "Today it is different.", "With {brand} that is over."),
    "AIDA": ("That is {brand}.", "And there is more to {brand}.", ""),
    "FAB": ("",),
    "": ("",),
}
HEADLINE = 30
DESCRIPTION = 90
LONGEST_POST = 280
"""Characters a social post takes."""

_BENEFIT = re.compile(
    r"\b(?:features?|featuring|offers?|offering|provides?|boasts?|with|adds?|ensures?|ensuring) "
    r"((?:an? |the )?[a-z][^.,;]{10,44})(?=[.,;])"
)
_NOUN_ENDS = re.compile(
    r"[.,]| (?:that|for|in|of|with|without|from|to|by|on|at|across|who|where|between|you|only|no) "
    r"| (?:made|poured|posted|filled|brought|sold|left|woven|knitted|baked|turned|planted|open) "
)
_THING = re.compile(r"(?:our|this|these|the) ", re.IGNORECASE)
_PERFECT = re.compile(r"\b(?:[Pp]erfect|[Ii]deal|[Gg]reat) for ([^.,;]{6,40})(?=[.,;])")


@dataclass(frozen=True)
class Offer:
    """What is sold, to whom and why."""

    brand: str
    noun: str
    product: str
    audience: str
    benefits: tuple[str, ...]
    call: str
    article: str = ""
    """What stands before the noun: "a ", "an " or, before several, nothing."""
    prose: str = ""
    """Sentences of the product's own description; empty for a seed."""


def make_pairs(splits: dict[str, Split], part: str, rng: random.Random) -> Iterator[Pair]:
    """Pairs without end; part is "train" or "held_out"."""
    docs = getattr(splits["ads"], part)
    seeds = [
        line for line in SEEDS.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")
    ]
    # The last seeds are kept for the held-out briefs.
    seeds = seeds[:-6] if part == "train" else seeds[-6:]
    while True:
        offer = (
            seed_offer(rng.choice(seeds), rng) if rng.random() < 0.4 else shop_offer(rng.choice(docs), rng)
        )
        if offer is not None:
            yield make_pair(offer, rng)


def make_pair(offer: Offer, rng: random.Random) -> Pair:
    """One brief and its numbered variants, each with the benefits in another order and another way in."""
    channel, frame = rng.choice(CHANNELS), rng.choice(FRAMES)
    count = rng.choice((1, 1, 2, 3, 3))
    said = {
        "audience": offer.audience if rng.random() < 0.8 else "",
        "call_to_action": offer.call if rng.random() < 0.75 else "",
    }
    drafts = []
    ways = _Ways(frame, rng)
    for i in range(count):
        turned = offer.benefits[i % len(offer.benefits) :] + offer.benefits[: i % len(offer.benefits)]
        call = offer.call if said["call_to_action"] else rng.choice(CALLS)
        audience = offer.audience if said["audience"] else ""
        ways.offer = replace(offer, benefits=turned, call=call, audience=audience)
        drafts.append(_WRITERS[channel](ways))
    text = drafts[0] if count == 1 else "\n\n".join(f"Variant {i}\n{d}" for i, d in enumerate(drafts, 1))
    brief = {
        "product": offer.product,
        "benefits": "\n".join(offer.benefits) if rng.random() < 0.85 or not offer.prose else "",
        "channel": channel,
        "tone": rng.choice(TONES),
        "frame": frame,
        "variants": str(count),
        "length": rng.choice(("short", "medium")),
    } | said
    wanted = [offer.brand, *([offer.call] if said["call_to_action"] else [])]
    if brief["benefits"] and channel != "poster":
        wanted += [b for b in offer.benefits if b.lower() in text.lower()]
    return Pair("ad_copy", brief, text, tuple(w for w in wanted if w.lower() in text.lower()))


def seed_offer(line: str, rng: random.Random) -> Offer:
    """An offer from a line of seeds/ads.txt under a new brand."""
    product, audience, benefits, calls = (part.strip() for part in line.split("|"))
    brand = make_brand(rng)
    product = product.replace("{B}", brand)
    noun = _NOUN_ENDS.split(product[len(brand) :].strip(" ,"))[0]
    article = re.match(r"an? |", noun)
    picked = [b.strip() for b in benefits.split(";")]
    rng.shuffle(picked)
    picked = picked[: rng.choice((2, 3, 3, 4))]
    return Offer(
        brand,
        re.sub(r"^an? ", "", noun),
        product,
        audience,
        tuple(picked),
        rng.choice(calls.split(";")).strip(),
        article.group() if article else "",
    )


def shop_offer(doc: str, rng: random.Random) -> Offer | None:
    """An offer from a description of the shop, with a new brand before the product's name."""
    name, _, prose = doc.partition("\n")
    prose = " ".join(prose.split())
    benefits = [b[0].upper() + b[1:] for b in dict.fromkeys(_BENEFIT.findall(prose)) if not _THING.match(b)][
        :3
    ]
    if len(benefits) < 2 or len(name) > 44:
        return None
    brand = make_brand(rng)
    perfect = _PERFECT.search(prose)
    audience = perfect.group(1) if perfect else rng.choice(AUDIENCES)
    noun = name.split(" with ")[0].lower()
    price = rng.choice(("", f" ${rng.randrange(6, 180)}.", f" £{rng.randrange(6, 180)}."))
    article = "" if noun.endswith("s") else "an " if noun[0] in "aeiou" else "a "
    return Offer(
        brand,
        noun,
        f"{brand}, {article}{noun}.{price}",
        audience,
        tuple(benefits),
        rng.choice(CALLS),
        article,
        prose,
    )


def make_brand(rng: random.Random) -> str:
    """A brand that nobody owns, such as "Lowtide" or "Crumb Run"."""
    first, second = rng.choice(FIRST), rng.choice(SECOND)
    if second == "&":
        return f"{first} & {rng.choice(('Co', 'Daughters', 'Sons'))}"
    return f"{first} {second}" if second[0].isupper() else first + second


class _Ways:
    """The ways into one ad: what its variants have already opened with, and which benefits a variant has left."""

    def __init__(self, frame: str, rng: random.Random) -> None:
        self.frame, self.rng = frame, rng
        self.openers = list(OPENERS[frame])
        rng.shuffle(self.openers)
        self.opened: list[str] = []

    @property
    def offer(self) -> Offer:
        return self._offer

    @offer.setter
    def offer(self, offer: Offer) -> None:
        """Begin a variant with all of its benefits."""
        self._offer = offer
        self.left = [b.rstrip(".") for b in offer.benefits]

    def take(self, limit: int = 200, words: int = 99) -> str:
        """The strongest benefit that is left and fits, or ""; it is not said again."""
        found = next((b for b in self.left if len(b) <= limit and len(b.split()) <= words), "")
        if found:
            self.left.remove(found)
        return found

    def fresh(self, limit: int, *options: str) -> str:
        """One of the options that fits, if need be cut; rather one that no variant has had."""
        fitting = [o for o in options if o and len(o) <= limit]
        new = [o for o in fitting if o not in self.opened]
        if not fitting:
            return min(filter(None, options), key=len)[:limit].rsplit(" ", 1)[0]
        self.opened.append(self.rng.choice(new or fitting))
        return self.opened[-1]

    def opening(self) -> str:
        """A first sentence that no other variant has; it may use up the first benefit."""
        offer = self.offer
        fitting = [
            o
            for o in self.openers
            if (offer.audience or "{audience}" not in o) and (self.left or not re.search("{b1}|{x}", o))
        ]
        opener = fitting[0]
        self.openers.remove(opener)
        self.openers.append(opener)
        b1 = self.take() if re.search("{b1}|{x}", opener) else ""
        a_noun = offer.article + offer.noun
        return opener.format(
            b1=b1, x=_lower(b1), brand=offer.brand, audience=offer.audience, noun=offer.noun, a_noun=a_noun
        )

    def body(self) -> str:
        """What the opening leaves to say."""
        offer, rng = self.offer, self.rng
        b, self.left = self.left, []
        middle = rng.choice(MIDDLES[self.frame]).format(brand=offer.brand)
        prose = " ".join(re.split(r"(?<=\.) ", offer.prose)[:2]).strip()
        said = [x for x in offer.benefits if x.rstrip(".") not in b]
        if any(x.lower() in prose.lower() for x in said):
            prose = ""
        if prose and (rng.random() < 0.3 or not b):
            told = prose
        elif not b:
            told = f"{offer.brand} does what it says."
        else:
            options = [". ".join(b) + ".", f"{b[0]}." + "".join(f" {x}, too." for x in b[1:2])]
            if len(b) > 1 and not middle:
                options.append(f"With {offer.brand}: {list_words([_lower(x) for x in b])}.")
            if len(b) > 1:
                options.append(f"{'; '.join([b[0], *map(_lower, b[1:])])}.")
            told = rng.choice(options)
        return f"{middle} {told}".strip()


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def _search_ad(ways: _Ways) -> str:
    offer = ways.offer
    noun = offer.noun.title()
    last = noun.split()[-1]
    named = ways.fresh(
        HEADLINE,
        f"{offer.brand} {noun}",
        f"{offer.brand}: {noun}",
        f"{noun} by {offer.brand}",
        f"{offer.brand} {last}",
        offer.brand,
    )
    second = ways.take(HEADLINE) or ways.fresh(
        HEADLINE, f"For {offer.audience}" if offer.audience else "", f"{last}, {offer.brand}", last
    )
    called = ways.fresh(HEADLINE, offer.call)
    told = [b for b in (ways.take(60), ways.take(DESCRIPTION)) if b]
    if len(". ".join(told)) >= DESCRIPTION:
        told = told[:1]
    for_whom = f"For {offer.audience}" if offer.audience and "For " not in second else ""
    first = (
        f"{'. '.join(told)}." if told else ways.fresh(DESCRIPTION, offer.product, f"{noun} by {offer.brand}.")
    )
    what = _sentence(offer)
    closing = ways.fresh(
        DESCRIPTION,
        f"{for_whom}. {offer.call}." if for_whom else "",
        f"{what} {offer.call}." if what not in first else "",
        f"{offer.call} at {offer.brand}.",
    )
    path = re.sub(r"[^a-z]", "", offer.noun.split()[-1].lower())[:15] or "shop"
    heads = [named, second, called]
    if ways.rng.random() < 0.3:
        heads[:2] = heads[1::-1]
    rows = [f"Headline {i}: {h}" for i, h in enumerate(heads, 1)]
    return "\n".join([*rows, f"Description 1: {first}", f"Description 2: {closing}", f"Path: {path}"])


def _social_post(ways: _Ways) -> str:
    offer, rng = ways.offer, ways.rng
    tag = re.sub(r"[^A-Za-z]", "", offer.brand)
    tags = [f"#{tag}", f"#{re.sub(r'[^a-z]', '', offer.noun.split()[-1].lower()) or 'shop'}"]
    if rng.random() < 0.5:
        tags.append(f"#{rng.choice(HASHTAGS)}")
    opening = ways.opening()
    body = ways.body()
    what = _sentence(offer, named=offer.brand in opening)
    parts = [opening, what if rng.random() < 0.5 or offer.brand not in opening + body else "", body]
    if offer.audience and offer.audience not in opening and rng.random() < 0.4:
        parts.append(f"Made for {offer.audience}.")
    parts.append(f"{offer.call}.")
    # What does not fit is left out from the end, before the call.
    while len(" ".join(filter(None, parts))) + len(" ".join(tags)) + 1 > LONGEST_POST and len(parts) > 2:
        del parts[-2]
    return f"Post: {' '.join(filter(None, parts))}\nHashtags: {' '.join(tags)}"


def _email(ways: _Ways) -> str:
    offer, rng = ways.offer, ways.rng
    subject = ways.fresh(
        50,
        ways.left[0],
        f"{offer.brand}: {_lower(ways.left[0])}",
        f"{offer.brand} is here",
        f"Meet {offer.brand}",
        f"For {offer.audience}" if offer.audience else "",
    )
    if ways.left[0].lower() in subject.lower():
        ways.take()
    last = ways.left[-1] if len(ways.left) > 1 else ""
    preview = ways.fresh(
        90,
        f"{last}." if last else "",
        f"{offer.brand}, for {offer.audience}." if offer.audience and "For " not in subject else "",
        _sentence(offer),
    )
    if last and preview == f"{last}.":
        ways.left.remove(last)
    opening = ways.opening()
    what = offer.product if offer.brand not in opening else _sentence(offer, named=True, whole=True)
    body = f"{opening} {what.rstrip('.')}. {ways.body()}"
    if offer.audience and offer.audience not in opening + subject + preview and rng.random() < 0.6:
        body += f" Made for {offer.audience}."
    return f"Subject: {subject}\nPreview: {preview}\nBody: {body}\nButton: {_short(offer.call, 4)}"


def _poster(ways: _Ways) -> str:
    offer = ways.offer
    head = ways.take(words=8)
    if not head or head in ways.opened:
        head = f"Meet {offer.brand}"
    ways.opened.append(head)
    second = ways.take()
    line = ways.fresh(
        120,
        _sentence(offer),
        f"{offer.brand}: {_lower(second)}." if second else "",
        f"{offer.brand}, for {offer.audience}." if offer.audience else "",
    )
    return f"Headline: {head}\nLine: {line}\nCall: {_short(offer.call, 5)}"


def _sentence(offer: Offer, named: bool = False, whole: bool = False) -> str:
    """What is sold, in one sentence, or whole with its price; without its name once that has been said."""
    what = offer.product if whole else offer.product.split(". ")[0]
    if named:
        what = what.removeprefix(offer.brand).lstrip(" ,")
        what = what[0].upper() + what[1:]
    return f"{what.rstrip('.')}."


def _short(call: str, words: int) -> str:
    return " ".join(call.split()[:words])


_WRITERS = {"search_ad": _search_ad, "social_post": _social_post, "email": _email, "poster": _poster}
