"""What a draft is made of: plain data, as it is given out and taken in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from creative.errors import TextTooLong

GROWING = ""
"""The `finish` of a version that is still being written."""
INTERRUPTED = "interrupted"
"""The `finish` of a version whose writing ended with the program."""
MAX_CHARACTERS = 2_000_000
"""Longest text of one version; a novel of 300,000 words fits."""

# Han, kana and hangul characters stand for themselves; other letters and digits make words.
_OWN = r"\u2e80-\u2fdf\u3005-\u3007\u3041-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_WORDS = re.compile(rf"[{_OWN}]|[^\W{_OWN}]+(?:['’\-][^\W{_OWN}]+)*")


@dataclass(frozen=True)
class NewNode:
    """A version to be added; what is left out takes the value of a writer's own edit."""

    text: str
    """The whole text of the draft in this version, not only what is new."""
    action: str = "edit"
    """What made it: write, continue, edit, shorten, ..."""
    parent: str = ""
    """The version it came from; empty for the head."""
    prompt: str = ""
    model: str = ""
    adapter: str = ""
    seed: int | None = None
    sampling: Mapping[str, Any] = field(default_factory=dict)
    finish: str = "done"
    """Why writing ended; `GROWING` while it goes on."""
    proposal: bool = False
    """A variant or revision not taken yet."""
    move_head: bool = True
    """Whether the draft shows this version at once."""


@dataclass(frozen=True)
class Node:
    """A version of a draft. `text` and `prompt` are filled by `Drafts.node` only."""

    id: str
    parent: str
    """Empty for the first version, which is the empty page."""
    action: str
    model: str
    adapter: str
    seed: int | None
    sampling: Mapping[str, Any]
    created: float
    """Seconds since 1970."""
    words: int
    name: str
    """Given by the writer; usually empty."""
    finish: str
    proposal: bool
    visited: str
    """The child that redo goes to; empty when there is none."""
    text: str = ""
    prompt: str = ""


@dataclass(frozen=True)
class Draft:
    """A draft with its tree, oldest version first, and the text of its head."""

    id: str
    form: str
    title: str
    brief: Mapping[str, Any]
    language: str
    head: str
    nodes: tuple[Node, ...]
    text: str
    created: float
    updated: float


@dataclass(frozen=True)
class Summary:
    """A line of the list of drafts."""

    id: str
    title: str
    form: str
    language: str
    words: int
    updated: float
    excerpt: str
    """The first words of the head, on one line."""


def count_words(text: str) -> int:
    """Count words; a Chinese or Japanese character counts as one."""
    return sum(1 for _ in _WORDS.finditer(text))


def excerpt(text: str, limit: int = 160) -> str:
    """Give the beginning of a text on one line."""
    line = " ".join(text[: limit * 4].split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def storable(text: str) -> str:
    """Give the text as it can be stored: no half surrogates, which a browser may send; within the limit."""
    if len(text) > MAX_CHARACTERS:
        raise TextTooLong(
            f"The text has {len(text):,} characters; a draft takes {MAX_CHARACTERS:,}.",
            "Split it into several drafts.",
        )
    return text.encode("utf-8", "replace").decode("utf-8")
