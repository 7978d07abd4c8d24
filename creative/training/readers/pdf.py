"""PDF files that hold text: page numbers and running heads are taken off, lines joined to paragraphs."""

from __future__ import annotations

import io
import re
from collections import Counter

from creative.errors import UnreadableFile
from creative.training.readers import _scenes
from creative.training.readers._reading import Reading, show_name, title_of
from creative.training.records import Document, LeftOut, Upload
from creative.training.words import count_words, first_words

SUFFIXES = (".pdf",)
MOST_PAGES = 3000

_EDGE = 2
"""Lines at the head and at the foot of a page that may be a running head."""
_PAGE_NUMBER = re.compile(
    r"^\W*(?:page\s+|p\.\s*|第)?(?:\d{1,4}|[ivxl]{1,7})(?:\s*(?:of|/)\s*\d{1,4}|页)?\W*$", re.IGNORECASE
)


def read(upload: Upload) -> Reading:
    """Give the whole file as one document; raises UnreadableFile for locked, damaged or pictured pages."""
    file = show_name(upload.name)
    pages, unread = _read_pages(upload.body)
    kept, heads = _strip_heads([page.split("\n") for page in pages])
    left_out = []
    if heads:
        why = f"boilerplate: {len(heads):,} page numbers and running heads"
        left_out.append(
            LeftOut(file, first_words(" · ".join(dict.fromkeys(heads))), why, count_words(" ".join(heads)))
        )
    if unread:
        listed = ", ".join(str(number) for number in unread[:10])
        left_out.append(
            LeftOut(file, f"page {listed}", "unreadable: these pages hold no text that can be read", 0)
        )
    text = "\n".join("\n".join(lines).strip("\n") for lines in kept)
    if len("".join(text.split())) < 20 * max(1, len(pages) // 20):
        raise UnreadableFile(
            f"The PDF's {len(pages):,} pages hold no text; they may be scanned pictures.",
            "Run text recognition (OCR) over it, or send the pages as text.",
        )
    if _scenes.is_script(text):
        return _scenes.read_script(text, file)
    return Reading((Document(title_of(upload.name), file, text),), tuple(left_out), wrapped=True)


def _read_pages(body: bytes) -> tuple[list[str], list[int]]:
    """Give the text of each page, and the numbers of pages that could not be read."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    # Damaged files fail in pypdf in as many ways as they are damaged.
    broken = (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError,
              AssertionError, NotImplementedError, ZeroDivisionError, OverflowError)  # fmt: skip
    damaged = UnreadableFile("The PDF is damaged, or no PDF.", "Open it where it was made and save it again.")
    try:
        reader = PdfReader(io.BytesIO(body))
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableFile("The PDF is protected by a password.", "Save it without one.")
        count = len(reader.pages)
    except broken as err:
        raise damaged from err
    if count > MOST_PAGES:
        raise UnreadableFile(
            f"The PDF has {count:,} pages; {MOST_PAGES:,} can be taken.", "Send it in parts."
        )
    pages: list[str] = []
    unread: list[int] = []
    for number in range(count):
        try:
            pages.append(reader.pages[number].extract_text())
        except broken:
            unread.append(number + 1)
    if not pages:
        raise damaged
    return pages, unread


def _strip_heads(pages: list[list[str]]) -> tuple[list[list[str]], list[str]]:
    """Take off page numbers and the lines that stand at the edge of many pages; give both."""
    pages = [[line.rstrip() for line in page] for page in pages]
    full = [[i for i, line in enumerate(page) if line.strip()] for page in pages]
    edges = [[*rows[:_EDGE], *rows[-_EDGE:]] for rows in full]
    seen: Counter[str] = Counter()
    for page, rows in zip(pages, edges, strict=True):
        seen.update({_pattern(page[row]) for row in rows})
    often = {line for line, count in seen.items() if count >= max(3, len(pages) // 5)}
    heads: list[str] = []
    for page, rows in zip(pages, edges, strict=True):
        for row in sorted(set(rows), reverse=True):
            line = page[row].strip()
            if (_PAGE_NUMBER.match(line) and len(pages) > 1) or (_pattern(line) in often and len(line) < 90):
                heads.append(line)
                del page[row]
    return pages, heads


def _pattern(line: str) -> str:
    """Give a line with its numbers made alike, as heads differ by nothing else from page to page."""
    return re.sub(r"\d+", "0", " ".join(line.split()).casefold())
