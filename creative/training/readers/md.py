"""Markdown: front matter, links, pictures and emphasis marks are taken off, headings stay for the chapters."""

from __future__ import annotations

import re

from creative.training.readers._encoding import decode
from creative.training.readers._reading import Reading, show_name, title_of
from creative.training.records import Document, Upload

SUFFIXES = (".md", ".markdown")

_FRONT = re.compile(r"\A---\n.*?\n(?:---|\.\.\.)\n", re.DOTALL)
# Every stretch has a most, or a line of nothing but openings would be read once for each of them.
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_GONE = re.compile(
    r"^```.*?^```[^\n]*$|!\[[^\]\n]{0,300}\]\([^)\n]{0,600}\)|\[\^[^\]\n]{1,60}\](?!:)|^\[[^\]\n]{1,60}\]: \S.*$"
    r"|</?\w[^<>\n]{0,300}>",
    re.DOTALL | re.MULTILINE,
)
_TABLE = re.compile(r"(?:^\|.*\|[ \t]*\n?){2,}", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[([^\[\]\n]{1,400})\]\((?:[^()\n]|\([^()\n]{0,200}\)){0,600}\)")
_STRONG = re.compile(r"(\*\*|__)(?=\S)([^\n]{1,600}?)(?<=\S)\1")
_EMPHASIS = re.compile(
    r"(?<![\w*_\\])([*_])(?=[^\s*_])([^*_\n]{1,400}(?:\n[^*_\n]{1,400}){0,3}?)(?<=\S)\1(?![\w*_])"
)
_UNDERLINED = re.compile(
    r"(?:(?<=\n\n)|\A)(?=[^\n]*\w)([^\n#>*-][^\n]{0,79})\n(={3,}|-{3,})[ \t]*$", re.MULTILINE
)


def read(upload: Upload) -> Reading:
    """Give the whole file as one document, its headings marked by #."""
    text = decode(upload.body).replace("\r\n", "\n").replace("\r", "\n")
    document = Document(title_of(upload.name), show_name(upload.name), strip_marks(text))
    return Reading((document,), wrapped=True)


def strip_marks(text: str) -> str:
    """Give the prose of a Markdown text; headings keep their #."""
    text = _FRONT.sub("", text)
    closed = text.rfind("-->") + 3
    text = _GONE.sub("", _COMMENT.sub("", text[:closed]) + text[closed:] if closed > 2 else text)
    text = _TABLE.sub("", text)
    text = _UNDERLINED.sub(lambda m: f"{'#' if m[2][0] == '=' else '##'} {m[1].strip()}\n", text)
    text = _LINK.sub(r"\1", text)
    for _ in range(2):
        text = _STRONG.sub(r"\2", text)
    text = _EMPHASIS.sub(r"\2", text)
    text = re.sub(r"^>[ \t]?", "", text, flags=re.MULTILINE)
    # Two spaces or a backslash at a line's end break the line; the line break itself is kept anyway.
    text = re.sub(r"(?:[ \t]{2,}|\\)$", "", text, flags=re.MULTILINE)
    return re.sub(r"\\([\\`*_{}\[\]()#+\-.!~>])", r"\1", text)
