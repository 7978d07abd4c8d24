"""What every exporter takes from a manuscript: its clean text, its title, its paragraphs."""

from __future__ import annotations

import re

from creative.errors import BadValue
from creative.exporters import Manuscript

SCRIPT_FORM = "screenplay"

# A lone half of a surrogate pair is no character and no file can hold it.
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_BREAKS = re.compile(r"\r\n?|\u2028|\u2029|\x0b|\x0c|\x85")
# XML 1.0 knows no control character but tab and line feed; other formats are better off without them as well.
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


def clean_text(manuscript: Manuscript) -> str:
    """Give the text without control characters or space around it, line breaks as line feeds; refuse an empty one."""
    text = _cleaned(manuscript.text)
    text = "\n".join(line.rstrip(" \t") if line != "  " else line for line in text.split("\n")).strip("\n")
    if not text.strip():
        raise BadValue(
            "There is nothing to export: the page is empty.", "Write something first, then export it."
        )
    return text


def clean_title(manuscript: Manuscript) -> str:
    """Give the title on one line; empty when the text's first line already is the title."""
    title = " ".join(_cleaned(manuscript.title).split())
    first = next((line for line in _cleaned(manuscript.text).split("\n") if line.strip()), "")
    return "" if _plain(first) == _plain(title) else title


def own_title(text: str) -> str:
    """Give the text's first line when it stands as a title: short, one line, an empty line below."""
    first, _, rest = text.partition("\n")
    alone = rest.startswith("\n") and bool(rest.strip())
    ends_open = not re.search(r"[.!?。！？,，:：;；…—\])）】][\"'”’」*_]*$", first.strip())
    return first if alone and ends_open and 0 < len(first.strip()) <= 90 else ""


def blocks(text: str) -> list[list[str]]:
    """Give the lines of each paragraph; blank lines part paragraphs."""
    found: list[list[str]] = []
    current: list[str] = []
    for line in [*text.split("\n"), ""]:
        if line.strip():
            current.append(line)
        elif current:
            found.append(current)
            current = []
    return found


def _cleaned(text: str) -> str:
    return _CONTROLS.sub("", _SURROGATES.sub("", _BREAKS.sub("\n", text)))


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
