"""Documents to examples, passages under the form's own prompt, and what a person sees of them before a start."""

from __future__ import annotations

import hashlib
import json
import math
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from creative.errors import NotEnoughText
from creative.training.passages import cut_blocks, join_blocks, take_passage
from creative.training.records import (
    Count,
    Dataset,
    Document,
    Example,
    LeftOut,
    Manuscript,
    Preview,
    Prompt,
    Render,
    Style,
)
from creative.training.words import count_words, first_words

LEAST_TOKENS = 1500
"""Tokens below which nothing is learned but the pages by heart."""
LEAST_ROOM = 64
"""Tokens a passage has at least, however long its prompt."""
ROOM_TRIES = 6
"""Times that a passage and its brief are weighed against each other; each comes nearer."""
HELD_OUT = 0.1
"""Share of the words that is held out, about."""
MOST_HELD_OUT = 0.25
"""Share above which a document is too large to be held out whole."""
SHOWN = 3
"""Examples that a preview shows in full."""
FEW_TOKENS = 10_000
"""Tokens below which a voice is faint."""
_WORDS_A_TOKEN = 0.7
"""Where there are no pages to tell, as in English prose."""
TAIL_TITLE = "the last tenth of “{title}”"

_EDGES = tuple(map(re.compile, (r"\n\s*\n", r"\n", r"[.!?。！？]['\"”’」]*\s*", r"\s+", r"")))

Draw = Callable[[str, Mapping[str, str]], Mapping[str, str]]
"""Give the form's brief for a passage and the answers given with it; the studio binds briefs.draw_brief to a form."""
Doubt = Callable[[Mapping[str, str]], Mapping[str, str]]
Show = Callable[[Prompt], str]
"""Give the exact text the model reads before it writes: the chat template applied, or the plain prompt itself."""


@dataclass(frozen=True)
class Posing:
    """How passages are put before the model."""

    style: Style
    render: Render
    draw: Draw
    count: Count
    show: Show
    max_tokens: int
    """Longest prompt and text together: the sequence length."""
    doubt: Doubt = lambda answers: {}
    """Gives the answers that came with the pages and cannot be used, each with the reason."""


Part = tuple[int, Document]
"""A document, or what of one is held out or not, with its place in the manuscript."""


@dataclass(frozen=True)
class Posed:
    """A document, or a part of one, as it is put before the model."""

    place: int
    """Of the whole document in the manuscript."""
    document: Document
    examples: tuple[Example, ...]
    tokens: int
    """Of its text, which is what the loss is taken on."""


def make_dataset(manuscript: Manuscript, posing: Posing) -> Dataset:
    """Give the examples, split in those to train on and those held out; the same pages always give the same.

    Raises NotEnoughText, with the numbers and what to do.
    """
    train, held = pose_documents(manuscript.documents, posing)
    if problem := _find_problem(manuscript, train, held):
        raise problem
    examples = [example for posed in train for example in posed.examples]
    kept_out = [example for posed in held for example in posed.examples]
    titles = tuple(dict.fromkeys(posed.document.title for posed in held))
    return Dataset(tuple(examples), tuple(kept_out), titles, fingerprint([*examples, *kept_out]))


def _find_problem(manuscript: Manuscript, train: list[Posed], held: list[Posed]) -> NotEnoughText | None:
    tokens = sum(posed.tokens for posed in [*train, *held])
    if tokens >= LEAST_TOKENS and train and held:
        return None
    words = sum(count_words(document.text) for document in manuscript.documents)
    return NotEnoughText(
        f"The pages hold {words:,} words in {_count_things(len(manuscript.documents), 'document')}; "
        f"about {_in_words(LEAST_TOKENS, words, tokens):,} are the least that can be trained on.",
        "Add more pages of the same kind; "
        f"a voice is heard from about {_in_words(FEW_TOKENS, words, tokens):,} words on.",
    )


def _in_words(wanted: int, words: int, tokens: int) -> int:
    """Give how many words of pages like these make so many tokens, rounded up."""
    found = wanted * (words / tokens if tokens else _WORDS_A_TOKEN)
    step = max(50, 10 ** (len(str(int(found))) - 2))
    return max(1, math.ceil(found / step)) * step


def hold_out(documents: Sequence[Document]) -> tuple[list[Part], list[Part]]:
    """Give what to train on and what is held out: whole documents of about a tenth of all words.

    Where every document is too large for that, the last tenth of the largest is held out, from a paragraph on.
    """
    sizes = [count_words(document.text) for document in documents]
    total = sum(sizes)
    parts = list(enumerate(documents))
    if not total:
        return parts, []
    if chosen := _choose_held_out(documents, sizes):
        return [p for p in parts if p[0] not in chosen], [p for p in parts if p[0] in chosen]
    largest = max(range(len(documents)), key=lambda place: sizes[place])
    head, tail = _part_tail(documents[largest], min(0.5, HELD_OUT * total / sizes[largest]))
    parts[largest] = (largest, head)
    return [p for p in parts if p[1].text], [(largest, tail)] if tail.text else []


def _choose_held_out(documents: Sequence[Document], sizes: list[int]) -> set[int]:
    """Give the places of the documents to hold out: one of about the right size near the middle, or several."""
    total, middle = sum(sizes), (len(sizes) - 1) / 2
    inner = range(1, len(sizes) - 1) if len(sizes) > 3 else range(len(sizes))
    fitting = [place for place in inner if 0.07 * total <= sizes[place] <= 0.14 * total]
    if fitting:
        return {min(fitting, key=lambda place: (abs(place - middle), place))}
    # In an order that the texts decide: neither the first songs of a file nor the last.
    order = sorted(range(len(sizes)), key=lambda place: (zlib.crc32(documents[place].text.encode()), place))
    chosen: set[int] = set()
    words = 0
    for place in order:
        if words < HELD_OUT * total * 0.9 and words + sizes[place] <= HELD_OUT * total * 1.3:
            chosen.add(place)
            words += sizes[place]
    if words >= 0.05 * total:
        return chosen
    nearest = min(range(len(sizes)), key=lambda place: (abs(sizes[place] - HELD_OUT * total), place))
    few = len(sizes) < 2 or sizes[nearest] > MOST_HELD_OUT * total or sizes[nearest] < 0.05 * total
    return set() if few else {nearest}


def _part_tail(document: Document, share: float) -> tuple[Document, Document]:
    """Give a document without its end and the end, parted at a paragraph, or at a line, sentence or word."""
    text = document.text
    target, slack = round(len(text) * (1 - share)), len(text) * share / 2
    for edge in _EDGES:
        at = min((m.end() for m in edge.finditer(text)), key=lambda end: abs(end - target), default=0)
        if abs(at - target) <= slack:
            break
    tail = replace(document, title=TAIL_TITLE.format(title=document.title), text=text[at:].strip())
    return replace(document, text=text[:at].strip()), tail


def pose_documents(documents: Sequence[Document], posing: Posing) -> tuple[list[Posed], list[Posed]]:
    """Give the documents to train on and those held out, each with its examples."""
    train, held = hold_out(documents)
    return [pose_document(*part, posing) for part in train], [pose_document(*part, posing) for part in held]


def pose_document(place: int, document: Document, posing: Posing) -> Posed:
    """Give the passages of one document, in order, each under a prompt of its own; the last one is whole.

    A passage from the middle is posed like the first, under a brief drawn from itself: the tab asks for
    nothing else. Answers that came with the pages describe the whole text and go to its first passage.
    """
    examples: list[Example] = []
    room = _find_room(document, posing)
    blocks = cut_blocks(document.text, posing.count, room)
    tokens = sum(block.tokens for block in blocks)
    while blocks:
        taken = take_passage(blocks, room)
        given = document.brief if not examples else {}
        text = join_blocks(blocks[:taken])
        prompt, used = _pose(text, given, posing)
        # A passage may ask for a longer brief than the room was reckoned with.
        while taken > 1 and used + sum(b.tokens for b in blocks[:taken]) >= posing.max_tokens:
            taken -= 1
            text = join_blocks(blocks[:taken])
            prompt, used = _pose(text, given, posing)
        blocks = blocks[taken:]
        examples.append(Example(prompt, text, document.title, whole=not blocks))
    return Posed(place, document, tuple(examples), tokens)


def _find_room(document: Document, posing: Posing) -> int:
    """Give the tokens that a passage may have beside its own brief, which may grow with the passage, as notes do."""
    most = room = posing.max_tokens - 1
    if posing.style == "plain":
        return room
    opening = document.text[:6000]
    characters = len(opening) / max(1, posing.count(opening))
    for _ in range(ROOM_TRIES):
        _, used = _pose(opening[: int(room * characters)], document.brief, posing)
        if room + used <= most or room <= LEAST_ROOM:
            break
        room = max(LEAST_ROOM, room * most // (room + used))
    return room


def _pose(text: str, given: Mapping[str, str], posing: Posing) -> tuple[Prompt, int]:
    """Give the prompt of a passage and its tokens."""
    if posing.style == "plain":
        return "", 0
    prompt = posing.render(posing.draw(text, given))
    return prompt, posing.count(posing.show(prompt))


def fingerprint(examples: Sequence[Example]) -> str:
    """Give 16 hex digits that change with any word of any example."""
    lines = [json.dumps(asdict(example), ensure_ascii=False, sort_keys=True) for example in examples]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def preview(manuscript: Manuscript, posing: Posing) -> Preview:
    """Give what the pages come to; pages that cannot be trained on give a `problem` instead of an error."""
    train, held = pose_documents(manuscript.documents, posing)
    problem = _find_problem(manuscript, train, held)
    examples = [example for posed in train for example in posed.examples]
    learned = sum(posed.tokens for posed in train)
    trained = {posed.place for posed in train}
    sizes: Counter[int] = Counter()
    for posed in [*train, *held]:
        sizes[posed.place] += posed.tokens
    words = [count_words(document.text) for document in manuscript.documents]
    return Preview(
        tuple(
            {
                "title": d.title,
                "file": d.file,
                "words": words[i],
                "tokens": sizes[i],
                "held_out": i not in trained,
            }
            for i, d in enumerate(manuscript.documents)
        ),
        sum(words),
        learned,
        len(examples),
        (*manuscript.left_out, *_find_unused(manuscript, posing)),
        manuscript.personal,
        tuple({"title": e.source, "prompt": posing.show(e.prompt), "text": e.text} for e in examples[:SHOWN]),
        str(problem or ""),
        () if problem else tuple(_advise(manuscript, train, held)),
    )


def _find_unused(manuscript: Manuscript, posing: Posing) -> Iterator[LeftOut]:
    """Give the answers that came with the pages and that the form does not take, those of one kind as one."""
    found: dict[tuple[str, str], list[str]] = {}
    for document in manuscript.documents if posing.style == "form" else ():
        for name, why in posing.doubt(document.brief).items():
            found.setdefault((document.file, why), []).append(document.brief[name])
    for (file, why), answers in found.items():
        times = f", {len(answers):,} times" if len(answers) > 1 else ""
        words = sum(map(count_words, answers))
        yield LeftOut(file, first_words(answers[0]), f"answer not used{times}: {why}", words)


def _advise(manuscript: Manuscript, train: list[Posed], held: list[Posed]) -> Iterator[str]:
    """Give the sentences worth reading before a start."""
    tokens = sum(posed.tokens for posed in train)
    if tokens < FEW_TOKENS:
        words = sum(count_words(posed.document.text) for posed in train)
        yield (
            f"There are {words:,} words to learn from; "
            f"a voice is heard from about {_in_words(FEW_TOKENS, words, tokens):,} on, "
            "so expect a faint one, and sentences that are remembered rather than written."
        )
    if held[0].document is not manuscript.documents[held[0].place]:
        yield f"Held out is {held[0].document.title}; with more documents a whole one would be."
    kept = sum(count_words(document.text) for document in manuscript.documents)
    left = sum(part.words for part in manuscript.left_out)
    if left > kept / 3:
        yield f"{left:,} words are left out beside {kept:,} that are kept; the list says why."
    unread = sum(part.why.startswith("unreadable") for part in manuscript.left_out)
    if unread:
        yield f"{_count_things(unread, 'part')} of the pages could not be read; the rest can be trained on."
    if any(found.kind != "name" for found in manuscript.personal):
        yield "The pages hold e-mail addresses or phone numbers; a voice may write them down again."


def _count_things(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
