"""The lines of a text: odd characters taken off, lines that a page's width broke joined to paragraphs again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from creative.training.words import HAN, KANA

_GONE = re.compile(
    "[\u200b\u2060\ufeff\u00ad\u202a-\u202e\u2066-\u2069\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f]"
)
_BREAKS = re.compile("\r\n?|[\u0085\u2028\u2029\v]")
_ENDED = re.compile(r"[.!?:…。！？：*_\-–—][\"'”’»)\]」』*_]*$|[”\"」』]$")
_INDENT = re.compile(r"^(?:\u3000+|\t+|[ ]{2,})(?=\S)")
_EAST = re.compile(rf"[{HAN}{KANA}\u3000-\u303f\uff00-\uffef]")
_HYPHEN = re.compile(r"([^\W\d_]+)[-\u2010]$")
_CONTINUED = re.compile(r"^([a-zà-öø-ÿ]+)")

NARROWEST, WIDEST = 15, 140
"""Characters a full line of a page has; below are verses, above are paragraphs."""


def clean_lines(text: str) -> str:
    """Give the text in composed Unicode, with \\n as its line break and no invisible or trailing characters."""
    text = (
        unicodedata.normalize("NFC", _BREAKS.sub("\n", text)).replace("\x0c", "\n\n").replace("\u00a0", " ")
    )
    text = re.sub(r"[ \t\u3000]+$", "", _GONE.sub("", text), flags=re.MULTILINE)
    return re.sub(r"\n{4,}", "\n\n\n", text).strip("\n")


def reflow(text: str) -> str:
    """Give the text with a blank line between paragraphs and none of a page's line breaks in them; verse is kept."""
    lines = text.split("\n")
    full = [line for line in lines if line.strip()]
    if not full:
        return ""
    if _is_doubled(lines, full):
        lines = full
    width = _page_width(lines)
    if width:
        return _join_wrapped(lines, width, text)
    if _is_paragraph_a_line(lines, full):
        return "\n\n".join(line.strip(" \t\u3000") for line in full)
    # Indents carry sense in verse and scripts, but not when all lines have one.
    return "\n".join(line.rstrip() if line.strip() else "" for line in lines).replace("\u3000", " ")


def _is_doubled(lines: list[str], full: list[str]) -> bool:
    """Tell whether a blank line stands between any two lines, also in the middle of sentences."""
    blank = len(lines) - len(full)
    return (
        len(full) > 20
        and blank >= 0.9 * len(full)
        and sum(not _ENDED.search(x) for x in full) > len(full) / 2
    )


def _page_width(lines: list[str]) -> int:
    """Give the length of a full line where a page's width broke the paragraphs, else 0.

    A page breaks a line where the next word would not fit, and goes on in small letters; verse does neither.
    """
    lengths = sorted(len(line) for line in lines if line.strip())
    width = lengths[int(len(lengths) * 0.95)]
    eastern = bool(_EAST.search("".join(lines[:200])))
    if not NARROWEST <= width <= WIDEST or (width < 40 and not eastern):
        return 0
    followed = [(a, b) for a, b in pairwise(lines) if a.strip() and b.strip() and not _INDENT.match(b)]
    broken = [(a, b.strip()) for a, b in followed if not _ENDED.search(a)]
    if len(broken) < 3 or len(broken) < 0.3 * len(followed):
        return 0
    small = sum(not b[:1].isupper() for _, b in broken)
    full = sum(len(a) + 1 + (1 if eastern else len(b.split()[0])) > 0.85 * width for a, b in broken)
    return width if small >= 0.3 * len(broken) and full >= 0.7 * len(broken) else 0


def _is_paragraph_a_line(lines: list[str], full: list[str]) -> bool:
    """Tell whether each line is a paragraph of its own: indented or long ones, and hardly a blank between."""
    indented = sum(bool(_INDENT.match(line)) for line in full)
    blank = sum(not line.strip() for line in lines)
    long = sum(len(line) > 120 for line in full)
    return indented > 0.6 * len(full) or (blank < len(full) / 3 and long > len(full) / 4)


def _join_wrapped(lines: list[str], width: int, text: str) -> str:
    known = frozenset(re.findall(r"[a-zà-öø-ÿ]{4,}(?:-[a-zà-öø-ÿ]+)*", text))
    paragraphs = []
    for block in _blocks(lines, width):
        if _is_verse(block):
            paragraphs.append("\n".join(line.strip() for line in block))
            continue
        joined = block[0].strip(" \t\u3000")
        for before, line in pairwise(block):
            full = len(before.rstrip()) >= 0.6 * width
            joined = _join(joined, line.strip(" \t\u3000"), known) if full else f"{joined}\n{line.strip()}"
        paragraphs.append(joined)
    return re.sub(r"\n{4,}", "\n\n\n", "\n\n".join(paragraphs)).strip("\n")


def _blocks(lines: list[str], width: int) -> Iterator[list[str]]:
    """Give the lines of each paragraph: a blank line, an indent, or a short last line parts them."""
    block: list[str] = []
    for before, line in pairwise(["", *lines]):
        if not line.strip():
            if block:
                yield block
            elif not before.strip():
                # Two blank lines say more than one: a title may follow.
                yield [""]
            block = []
            continue
        if block:
            short = len(block[-1].rstrip()) < 0.7 * width and _ENDED.search(block[-1].rstrip())
            indented = _INDENT.match(line) and not _INDENT.match(block[-1])
            each = _INDENT.match(line) and len(block) == 1 and _ENDED.search(block[-1].rstrip())
            if short or indented or each:
                yield block
                block = []
        block.append(line)
    if block:
        yield block


def _is_verse(block: list[str]) -> bool:
    return len(block) > 3 and all(line.strip(" \t\u3000\"“‘'_")[:1].isupper() for line in block)


def _join(start: str, line: str, known: frozenset[str]) -> str:
    if _EAST.match(start[-1:]) or _EAST.match(line[:1]):
        return start + line
    head, tail = _HYPHEN.search(start), _CONTINUED.match(line)
    if head and tail:
        whole = head[1].casefold() + tail[1]
        if f"{head[1].casefold()}-{tail[1]}" in known and whole not in known:
            return start + line
        return start[:-1] + line
    return start + line if start.endswith(("—", "–")) else f"{start} {line}"
