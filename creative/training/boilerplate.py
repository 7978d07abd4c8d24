"""What of the pages is no writing: licences, title pages, contents, copyright pages, page numbers."""

from __future__ import annotations

import re
from itertools import pairwise

from creative.training.records import LeftOut
from creative.training.words import count_words, first_words, split_paragraphs

SHORTEST = 8
"""Words below which a text found in the pages is taken for a leftover."""

LONGEST_IMPRINT = 1500
"""Words from which on a text is no copyright page, whatever it speaks of."""

_START = re.compile(
    r"^.{0,10}\*{2,}\s*START OF TH(?:E|IS) PROJECT GUTENBERG.*$|^\*END\*?\s*THE SMALL PRINT.*$", re.MULTILINE
)
_STOP = re.compile(
    r"^.{0,10}\*{2,}\s*END OF TH(?:E|IS) PROJECT GUTENBERG.*$|^End of (?:the |this )?Project Gutenberg.*$",
    re.MULTILINE,
)
_MADE_BY = re.compile(
    r"\A(?:\s*(?:(?:E-?text |This e-?book was )?(?:produced|prepared|transcribed|scanned|proofed)\b"
    r"|\[?Transcriber['’]s note)[^\n]*(?:\n[^\n]+)*\n+)+",
    re.IGNORECASE,
)
_PICTURE = re.compile(
    r"^[ \t]*\[(?:Illustration|Picture|Image|Frontispiece|插图|图)[^\]]{0,200}\][ \t]*\n?",
    re.MULTILINE | re.IGNORECASE,
)
_NUMBER_LINE = re.compile(
    r"^[ \t]*[\[({—–-]*[ \t]*(?:page\s+|pg\.?\s*|p\.\s*)?(\d{1,4})[ \t]*[\])}—–-]*[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_RIGHTS = re.compile(
    r"©|\(c\) ?\d{4}|\bcopyright\b|all rights reserved|\bISBN\b|no part of this (?:book|publication)|first published"
    r"|published by|printed in|library of congress|work of fiction|any resemblance|www\.|版权所有|翻印必究|出版社|定价",
    re.IGNORECASE,
)
_APPARATUS = re.compile(
    r"^(?:(?:table of )?contents|copyright.*|imprint|colophon|about the authors?|also by .*|acknowledge?ments?"
    r"|dedication|index|(?:foot|end)?notes|transcriber['’]s notes?|list of illustrations|title ?page|cover"
    r"|half ?title.*|uncopyright|landmarks|bibliography|the end|finis|目录|目錄|版权.*|致谢|作者简介|封面|扉页)$",
    re.IGNORECASE,
)
_LEADERS = re.compile(r"(?:\.\s?){4,}\s*\d+\s*$|\t\d+\s*$", re.MULTILINE)
_SENTENCE = re.compile(r"[a-z,”\"’'\w][.!?…]|[。！？]")


def strip_licence(text: str, file: str) -> tuple[str, list[LeftOut]]:
    """Give the text without Project Gutenberg's head and foot, and what was taken off."""
    start, left_out = _START.search(text), []
    first = start.end() if start else 0
    stop = _STOP.search(text, first)
    last = stop.start() if stop else len(text)
    if made := _MADE_BY.match(text[first : first + 3000]) if start else None:
        first += made.end()
    off = text[:first] + text[last:]
    if off.strip():
        why = "boilerplate: Project Gutenberg's licence"
        left_out.append(LeftOut(file, first_words(off), why, count_words(off)))
    return text[first:last], left_out


def strip_furniture(text: str, file: str) -> tuple[str, list[LeftOut]]:
    """Give the text without picture captions and page numbers, and what was taken off.

    Bare numbers that part whole sentences are chapters' and stay.
    """
    pictures = _PICTURE.findall(text)
    text = _PICTURE.sub("", text)
    left_out = []
    if pictures:
        words = count_words(" ".join(pictures))
        left_out.append(
            LeftOut(file, first_words(pictures[0]), f"boilerplate: {len(pictures):,} picture captions", words)
        )
    numbers = list(_NUMBER_LINE.finditer(text))
    inside = sum(
        not re.search(r"[.!?…:”\"』」。！？*]\s*$", text[max(0, m.start() - 20) : m.start()])
        for m in numbers
        if m.start()
    )
    counted = [int(m[1]) for m in numbers]
    rising = sum(a < b for a, b in pairwise(counted))
    if len(numbers) > 2 and inside * 3 >= len(numbers) and rising * 3 >= 2 * (len(numbers) - 1):
        # The paragraph that a page's end parted is joined again.
        text = re.sub(rf"\n+{_NUMBER_LINE.pattern}\n+", "\n", text, flags=_NUMBER_LINE.flags)
        why = f"boilerplate: {len(numbers):,} page numbers"
        left_out.append(LeftOut(file, first_words(numbers[0][0].strip()), why, len(numbers)))
    return text, left_out


def name_apparatus(title: str, text: str, first: bool, alone: bool) -> str:
    """Say what a part of a book is where it is no writing: "the table of contents", "a copyright page"; else "".

    `first`: it stands before any heading. `alone`: it is all that the file holds, and stays if it may be writing.
    """
    words = count_words(text)
    if not words:
        return "a heading with nothing under it"
    if _APPARATUS.match(title.strip()):
        return f"the part called “{title.strip()}”"
    if len(_LEADERS.findall(text)) > 3:
        return "the table of contents"
    rights = len(_RIGHTS.findall(text)) if words < LONGEST_IMPRINT else 0
    if rights >= 2 and words < 150 * rights:
        return "a copyright page"
    if first and not alone:
        prose = sum(
            count_words(p) for p in split_paragraphs(text) if count_words(p) > 20 and _SENTENCE.search(p)
        )
        if prose * 2 < words:
            return "the title page and what stands before the first heading"
    return "too short" if words < SHORTEST and not alone else ""
