"""Plain text: the page as it stands, in UTF-8."""

from __future__ import annotations

from creative.exporters import Manuscript
from creative.exporters._manuscript import clean_text

TITLE = {"en": "Plain text", "zh": "纯文本"}
SUFFIX = ".txt"


def export(manuscript: Manuscript) -> bytes:
    """Give the text in UTF-8 without a byte order mark, ending in one line feed."""
    return (clean_text(manuscript) + "\n").encode("utf-8")
