"""Where the paragraphs, sentences and words of a text stand; every span is in code points."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*|\d+(?:[.,:]\d+)*")
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_PARAGRAPH = re.compile(r"[^\n]*\S[^\n]*")
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s|$)|[。！？…]+[”’」』）]*")
_TITLES = frozenset({"mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "vs", "etc", "capt"})
_QUOTED = re.compile(
    r"“[^”\n]*(?:”|$)|「[^」\n]*(?:」|$)|『[^』\n]*(?:』|$)|\"[^\"\n]*(?:\"|$)", re.MULTILINE
)


@dataclass(frozen=True)
class Passage:
    """A stretch of the text."""

    text: str
    start: int
    end: int

    @property
    def span(self) -> tuple[int, int]:
        """Its first character and one past its last."""
        return self.start, self.end


def paragraphs(text: str) -> list[Passage]:
    """Give every line that is not blank, without the space at its ends."""
    return [trimmed(text, m.start(), m.end()) for m in _PARAGRAPH.finditer(text)]


def blocks(text: str) -> list[Passage]:
    """Give the stretches of lines that blank lines part."""
    return [trimmed(text, m.start(), m.end()) for m in re.finditer(r"(?:[^\n]*\S[^\n]*(?:\n|$))+", text)]


def sentences(text: str) -> Iterator[Passage]:
    """Give the sentences, each within one line."""
    for paragraph in paragraphs(text):
        at = paragraph.start
        for end in _SENTENCE_END.finditer(paragraph.text):
            stop = paragraph.start + end.end()
            last = re.search(r"(\w+)\.$", paragraph.text[max(0, end.end() - 12) : end.end()])
            if last and (last[1].casefold() in _TITLES or (len(last[1]) == 1 and last[1].isupper())):
                continue
            if text[at:stop].strip():
                yield trimmed(text, at, stop)
            at = stop
        if text[at : paragraph.end].strip():
            yield trimmed(text, at, paragraph.end)


def words(text: str, start: int = 0, end: int | None = None) -> list[Passage]:
    """Give the words of a language that parts them with spaces, lower case, apostrophes straight."""
    stop = len(text) if end is None else end
    return [
        Passage(m.group().casefold().replace("’", "'"), m.start(), m.end())
        for m in WORD.finditer(text, start, stop)
    ]


def quoted(text: str) -> list[tuple[int, int]]:
    """Give the spans between quotation marks, within each line."""
    return [m.span() for m in _QUOTED.finditer(text)]


def is_han(text: str) -> bool:
    """Say whether most of the letters are Chinese."""
    sample = text[:4000]
    return len(HAN.findall(sample)) * 2 > sum(ch.isalpha() for ch in sample)


def trimmed(text: str, start: int, end: int) -> Passage:
    """Give the stretch without the space at its ends."""
    shown = text[start:end]
    start += len(shown) - len(shown.lstrip())
    shown = shown.strip()
    return Passage(shown, start, start + len(shown))
