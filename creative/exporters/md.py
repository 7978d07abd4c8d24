"""Markdown: the title as a heading, prose with its characters escaped, a script in a fence."""

from __future__ import annotations

import re

from creative.exporters import Manuscript
from creative.exporters._manuscript import SCRIPT_FORM, blocks, clean_text, clean_title, own_title

TITLE = {"en": "Markdown", "zh": "Markdown"}
SUFFIX = ".md"

_INLINE = re.compile(r"[\\`*_\[\]<>&~|$]")
# What would begin a heading, a quote, a list or a rule.
_OPENING = re.compile(r"^(?:[#+\-=>:]|(\d{1,9})(?=[.)]))")
_INDENT = re.compile(r"^[ \t\u3000]+")


def export(manuscript: Manuscript) -> bytes:
    """Give the text as Markdown that reads back as the same words and line breaks."""
    text = clean_text(manuscript)
    title = clean_title(manuscript)
    if not title and manuscript.form != SCRIPT_FORM and own_title(text):
        title, _, text = text.partition("\n")
    heading = f"# {_escaped(title.strip())}\n\n" if title else ""
    body = _fenced(text) if manuscript.form == SCRIPT_FORM else _prose(text)
    return (heading + body + "\n").encode("utf-8")


def _fenced(text: str) -> str:
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}fountain\n{text}\n{fence}"


def _prose(text: str) -> str:
    # Two spaces at the end keep a line break within a paragraph.
    return "\n\n".join("  \n".join(_escaped(line) for line in lines) for lines in blocks(text))


def _escaped(line: str) -> str:
    """Escape a line; space at its start becomes no-break spaces, or it would turn into code or be lost."""
    indent = _INDENT.match(line)
    lead = indent.group() if indent else ""
    shown = _INLINE.sub(lambda m: "\\" + m.group(), line[len(lead) :])
    opening = _OPENING.match(shown)
    if opening and opening[1]:
        shown = opening[1] + "\\" + shown[opening.end() :]
    elif opening:
        shown = "\\" + shown
    return lead.replace("\t", " " * 4).replace(" ", "\u00a0") + shown
