"""Cuts a text into words and sentences, in any language; a Chinese or Japanese character counts as a word."""

from __future__ import annotations

import re
from dataclasses import dataclass

_OWN = r"\u3005-\u3007\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_OWN}]|[^\W_{_OWN}]+(?:['’][^\W_{_OWN}]+)*")
_OWN_CHARACTER = re.compile(rf"[{_OWN}]")
# A sentence ends at its mark and the quotes that close behind it, or with its paragraph.
_SENTENCE_END = re.compile(r"(?:[.!?…]+[\"”’')\]]*(?=\s)|[。！？…]+[”’」』）]*)|\n+")


@dataclass(frozen=True)
class Word:
    """A word in lower case with a plain apostrophe, and where it stands in the text."""

    text: str
    start: int
    end: int


def split_words(text: str) -> list[str]:
    """Give the words of a text in lower case, without punctuation."""
    return [found.replace("’", "'") for found in _WORD.findall(text.lower())]


def find_words(text: str) -> list[Word]:
    """Give the words of a text with their places."""
    return [
        Word(found[0].lower().replace("’", "'"), found.start(), found.end()) for found in _WORD.finditer(text)
    ]


def split_sentences(text: str) -> list[str]:
    """Give the sentences of a text; a line break ends one, too."""
    return [
        part.strip()
        for part in _SENTENCE_END.sub(lambda end: f"{end[0]}\0", text).split("\0")
        if split_words(part)
    ]


def is_chinese(text: str) -> bool:
    """Tell whether a text is mostly written in characters that are counted one by one."""
    words = split_words(text[:20_000])
    return sum(1 for word in words if _OWN_CHARACTER.match(word)) * 2 > len(words)
