"""A document cut to passages that fit: at scene breaks, stanzas, paragraphs; within a sentence only if it must be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from creative.training.chapters import is_break
from creative.training.records import Count
from creative.training.words import split_paragraphs, split_sentences

GAP_TOKENS = 1
"""Tokens that a blank line between two paragraphs costs."""
NEAR_END = 4
"""Passages before a document's end from which on their sizes are evened out."""
SCENE_FROM = 0.6
"""Share of a passage from which on it rather ends at a scene's end than goes on."""


@dataclass(frozen=True)
class Block:
    """A stretch of text that is never cut."""

    text: str
    tokens: int
    gap: str
    """What stands before it: a blank line, a line break, a space, or nothing."""
    opens: bool
    """Whether a scene begins with it."""


def cut_blocks(text: str, count: Count, room: int) -> list[Block]:
    """Give the paragraphs of a text; one longer than `room` tokens in lines, sentences, words at last."""
    blocks: list[Block] = []
    opens = False
    for paragraph in split_paragraphs(text):
        if is_break(paragraph):
            opens = bool(blocks)
            continue
        tokens = count(paragraph) + GAP_TOKENS
        if tokens <= room:
            blocks.append(Block(paragraph, tokens, "\n\n", opens))
        else:
            blocks += _cut_paragraph(paragraph, count, room, opens)
        opens = False
    return blocks


def join_blocks(blocks: list[Block]) -> str:
    """Give the text of consecutive blocks; between two scenes stands ***."""
    parts = []
    for number, block in enumerate(blocks):
        if number:
            parts.append("\n\n***\n\n" if block.opens else block.gap)
        parts.append(block.text)
    return "".join(parts)


def take_passage(blocks: list[Block], room: int) -> int:
    """Give how many blocks the first passage takes of `blocks`, so that all passages come out about as long."""
    total = 0
    for block in blocks:
        total += block.tokens
        if total > NEAR_END * room:
            break
    # Even parts: a chapter a little longer than one passage gives two halves, not a crumb.
    parts = -(-total // room)
    aim = room if parts == 1 or parts > NEAR_END else min(room, round(total / parts * 1.03) + 1)
    used, taken, scene = 0, 0, 0
    for number, block in enumerate(blocks):
        if number and used + block.tokens > room:
            break
        if block.opens and used >= SCENE_FROM * aim:
            scene = number
        if number and used >= aim:
            break
        used += block.tokens
        taken = number + 1
    return scene if scene and taken < len(blocks) else taken


def _cut_paragraph(paragraph: str, count: Count, room: int, opens: bool) -> Iterator[Block]:
    """Give the lines or sentences of a paragraph that is too long for one passage."""
    first = True
    for line in filter(str.strip, paragraph.split("\n")):
        sentences = split_sentences(line) if count(line) + GAP_TOKENS > room else [line]
        for number, sentence in enumerate(sentences):
            for piece, gap in _cut_sentence(sentence, count, room):
                between = "\n\n" if first else gap if gap is not None else " " if number else "\n"
                yield Block(piece, count(piece) + GAP_TOKENS, between, opens and first)
                first = False


def _cut_sentence(sentence: str, count: Count, room: int) -> Iterator[tuple[str, str | None]]:
    """Give a sentence whole, or in pieces with what stood before each where it alone is longer than the room."""
    if count(sentence) + GAP_TOKENS <= room:
        yield sentence, None
        return
    gap: str | None = None
    while sentence:
        # As many characters as tokens fit almost always; passages join the pieces again.
        size = min(len(sentence), room)
        while size > 1 and count(sentence[:size]) + GAP_TOKENS > room:
            size = max(1, min(size * 3 // 4, size * room // max(1, count(sentence[:size]))))
        space = max((m.end() for m in re.finditer(r"\s+|[，；、]", sentence[:size])), default=0)
        stop = space if space > size // 2 and size < len(sentence) else size
        yield sentence[:stop].rstrip(), gap
        gap = " " if sentence[:stop].endswith(" ") else ""
        sentence = sentence[stop:]
