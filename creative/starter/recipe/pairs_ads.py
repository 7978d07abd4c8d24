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
    "AIDA": ("Look at this: {b1}.", "{b1}? Yes.", "What if {x}?"),
    "PAS": (
        "Tired of things that let you down?",
        "You know the problem. It gets worse every week.",
        "Nothing works the way it should?",
    ),
    "BAB": ("Before: another day of making do.", "Yesterday you made do.", "It used to be hard."),
    "FAB": ("{b1}. That is the point.", "It starts with one thing: {x}.", "Made so that {x}."),
    "": (
        "Meet {brand}.",
        "For {audience}.",
        "{b1}.",
        "{brand} is here.",
        "Say hello to {brand}.",
        "Here is {brand}.",
    ),
}
MIDDLES = {
    "PAS": "Here is the answer. ",
    "BAB": "Now there is {brand}. ",
    "AIDA": "That is {brand}. ",
    "FAB": "",
    "": "",
}
LONGEST_POST = 280
"""Characters a social post takes."""

_BENEFIT = re.compile(
    r"\b(?:features?|featuring|offers?|offering|provides?|boasts?|with|adds?|ensures?|ensuring) "
    r"((?:an? |the )?[a-z][^.,;]{10,44})(?=[.,;])"
)
_NOUN_ENDS = re.compile(
    r"[.,]| (?:that|for|in|of|with|from|to|made|poured|posted|you|filled|brought|where|between) "
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
    """One brief and its numbered variants, each with the benefits in another order."""
    channel, frame = rng.choice(CHANNELS), rng.choice(FRAMES)
    count = rng.choice((1, 1, 2, 3, 3))
    said = {
        "audience": offer.audience if rng.random() < 0.8 else "",
        "call_to_action": offer.call if rng.random() < 0.75 else "",
    }
    drafts = []
    for i in range(count):
        turned = offer.benefits[i % len(offer.benefits) :] + offer.benefits[: i % len(offer.benefits)]
        call = offer.call if said["call_to_action"] else rng.choice(CALLS)
        audience = offer.audience if said["audience"] else ""
        drafts.append(
            _WRITERS[channel](replace(offer, benefits=turned, call=call, audience=audience), frame, rng)
        )
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
    picked = [b.strip() for b in benefits.split(";")]
    rng.shuffle(picked)
    return Offer(
        brand,
        re.sub(r"^an? ", "", noun),
        product,
        audience,
        tuple(picked),
        rng.choice(calls.split(";")).strip(),
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
        brand, noun, f"{brand}, {article}{noun}.{price}", audience, tuple(benefits), rng.choice(CALLS), prose
    )


def make_brand(rng: random.Random) -> str:
    """A brand that nobody owns, such as "Lowtide" or "Crumb Run"."""
    first, second = rng.choice(FIRST), rng.choice(SECOND)
    if second == "&":
        return f"{first} & {rng.choice(('Co', 'Daughters', 'Sons'))}"
    return f"{first} {second}" if second[0].isupper() else first + second


def _fit(limit: int, rng: random.Random, options: list[str]) -> str:
    fitting = [o for o in options if o and len(o) <= limit]
    return rng.choice(fitting) if fitting else min(options, key=len)[:limit].rsplit(" ", 1)[0]


def _search_ad(offer: Offer, frame: str, rng: random.Random) -> str:
    noun = offer.noun.title()
    b = [x.rstrip(".") for x in offer.benefits]
    last = noun.split()[-1]
    heads = [
        _fit(
            30, rng, [f"{offer.brand} {noun}", f"{offer.brand}: {noun}", f"{offer.brand} {last}", offer.brand]
        ),
        _fit(
            30,
            rng,
            [
                *(x for x in b if len(x) <= 30),
                f"For {offer.audience}" if offer.audience else "",
                f"{last}, {offer.brand}",
                last,
            ],
        ),
        _fit(30, rng, [offer.call]),
    ]
    first = _fit(90, rng, [f"{b[0]}. {b[1]}." if len(b) > 1 else "", f"{b[0]}."])
    second = _fit(
        90,
        rng,
        [
            f"For {offer.audience}. {offer.call}." if offer.audience else "",
            f"{b[-1]}. {offer.call}.",
            f"{offer.brand}. {offer.call}.",
        ],
    )
    path = re.sub(r"[^a-z]", "", offer.noun.split()[-1].lower())[:15] or "shop"
    rows = [f"Headline {i}: {h}" for i, h in enumerate(heads, 1)]
    return "\n".join([*rows, f"Description 1: {first}", f"Description 2: {second}", f"Path: {path}"])


def _opening(offer: Offer, frame: str, rng: random.Random) -> str:
    b1 = offer.benefits[0].rstrip(".")
    opener = rng.choice([o for o in OPENERS[frame] if offer.audience or "{audience}" not in o])
    return opener.format(b1=b1, x=b1[0].lower() + b1[1:], brand=offer.brand, audience=offer.audience)


def _body(offer: Offer, frame: str, rng: random.Random) -> str:
    b = [x.rstrip(".") for x in offer.benefits]
    if offer.prose and rng.random() < 0.4:
        told = " ".join(re.split(r"(?<=\.) ", offer.prose)[:2])
    else:
        told = rng.choice(
            (
                ". ".join(b) + ".",
                f"{b[0]}. " + (f"{b[1]}, too." if len(b) > 1 else ""),
                f"With {offer.brand}: {list_words([x[0].lower() + x[1:] for x in b])}.",
            )
        )
    fit_for = f" Made for {offer.audience}." if offer.audience and rng.random() < 0.5 else ""
    return MIDDLES[frame].format(brand=offer.brand) + told.strip() + fit_for


def _social_post(offer: Offer, frame: str, rng: random.Random) -> str:
    tag = re.sub(r"[^A-Za-z]", "", offer.brand)
    tags = [f"#{tag}", f"#{re.sub(r'[^a-z]', '', offer.noun.split()[-1].lower()) or 'shop'}"]
    if rng.random() < 0.5:
        tags.append(f"#{rng.choice(HASHTAGS)}")
    body = _body(offer, frame, rng)
    opening = _opening(offer, frame, rng)
    brand = "" if offer.brand in opening + body else f" {offer.brand}."
    post = f"{opening}{brand} {body} {offer.call}."
    if len(post) > LONGEST_POST:
        post = f"{opening}{brand} {offer.benefits[0].rstrip('.')}. {offer.call}."
    return f"Post: {post}\nHashtags: {' '.join(tags)}"


def _email(offer: Offer, frame: str, rng: random.Random) -> str:
    b = [x.rstrip(".") for x in offer.benefits]
    subject = _fit(50, rng, [b[0], f"{offer.brand}: {b[0]}", f"{offer.brand} is here", f"Meet {offer.brand}"])
    preview = _fit(
        90,
        rng,
        [
            f"{b[-1]}.",
            f"{b[-1]}. From {offer.brand}.",
            f"{offer.brand}, for {offer.audience}." if offer.audience else "",
        ],
    )
    body = f"{_opening(offer, frame, rng)} {offer.product.rstrip('.')}. {_body(offer, frame, rng)}"
    return f"Subject: {subject}\nPreview: {preview}\nBody: {body}\nButton: {_short(offer.call, 4)}"


def _poster(offer: Offer, frame: str, rng: random.Random) -> str:
    b = [x.rstrip(".") for x in offer.benefits]
    head = next((x for x in b if len(x.split()) <= 8), f"Meet {offer.brand}")
    line = rng.choice(
        (f"{offer.product.split('. ')[0].rstrip('.')}.", f"{offer.brand}: {b[-1][0].lower() + b[-1][1:]}.")
    )
    return f"Headline: {head}.\nLine: {line}\nCall: {_short(offer.call, 5)}"


def _short(call: str, words: int) -> str:
    return " ".join(call.split()[:words])


_WRITERS = {"search_ad": _search_ad, "social_post": _social_post, "email": _email, "poster": _poster}
