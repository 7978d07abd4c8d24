"""Fountain: plain text that screenwriting programs read."""

from __future__ import annotations

from creative.exporters import Manuscript
from creative.exporters._manuscript import clean_text, clean_title
from creative.fountain import parse

TITLE = {"en": "Fountain", "zh": "Fountain 剧本"}
SUFFIX = ".fountain"


def export(manuscript: Manuscript) -> bytes:
    """Give the script in UTF-8, its title page first; a title page in the text is kept as it is."""
    text = clean_text(manuscript)
    title = clean_title(manuscript)
    if title and not parse(text).title_page:
        text = f"Title: {title}\n\n{text}"
    return (text + "\n").encode("utf-8")
