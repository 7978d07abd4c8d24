"""The parts of a news report: headline, dateline, lead, body."""

from __future__ import annotations

import re
from dataclasses import dataclass

from creative.checks._passages import Passage, paragraphs, trimmed

_LABEL = re.compile(r"^[#*\s]*(?:headline|title|标题)\s*[:：]\**\s*", re.IGNORECASE)
_MARKS = re.compile(r"^[#*_\s]+|[*_\s]+$")
_BYLINE = re.compile(r"^\W*(?:by\s+[A-Z][^.]{0,60}|(?:文|记者|作者)\s*[/|｜:：]?\s*\S{2,12})\W*$")
_LEAD_LABEL = re.compile(r"^\W*(?:lead|lede|body|dateline|导语|正文)\s*[:：]\**\s*", re.IGNORECASE)
# A capital place name, perhaps a date and an agency, then a dash: "HARROW, 12 February (RN) —".
_DATELINE = re.compile(
    r"^\**(?:[A-Z][A-Z.'’\- ]+[A-Z](?:,[^—–\n]{1,40}?)?|[A-Z][\w.'’ ]{2,30},[^—–\n]{2,30}?)"
    r"\s*(?:\([^)\n]{1,20}\)\s*)?(?:—|–|--|\s-\s)\**\s*"
)
_CHINESE_DATELINE = re.compile(
    r"^[【（(]?[^，。！？\n]{0,24}?(?:日电|日讯|报道|讯)[】）)]?(?:[ \u3000：:，,]|（[^）]{1,20}）)*"
)
_CAPITALS = re.compile(r"^[A-Z][A-Z.'’\- ]+(?:,[^.\n]{1,40})?$")


@dataclass(frozen=True)
class Article:
    """A report, part by part; a part that is absent is None."""

    headline: Passage | None
    dateline: Passage | None
    lead: Passage | None
    """The first paragraph of the report, without the dateline."""


def read_article(text: str) -> Article:
    """Find the parts of a report by where they stand and how they look."""
    parts = paragraphs(text)
    if not parts:
        return Article(None, None, None)
    headline = _strip_marks(text, parts[0])
    dateline: Passage | None = None
    for part in parts[1:]:
        if _BYLINE.match(part.text) or _is_deck(part, parts):
            continue
        label = _LEAD_LABEL.match(part.text)
        start = part.start + (label.end() if label else 0)
        told = text[start : part.end]
        before = _CAPITALS.match(told) if len(told) < 60 else None
        found = before or _DATELINE.match(told) or _CHINESE_DATELINE.match(told)
        if found and found.end() > 0:
            dateline = dateline or trimmed(text, start, start + found.end())
            start += found.end()
        if text[start : part.end].strip():
            return Article(headline, dateline, trimmed(text, start, part.end))
    return Article(headline, dateline, None)


def _strip_marks(text: str, part: Passage) -> Passage:
    label = _LABEL.match(part.text)
    start = part.start + (label.end() if label else 0)
    shown = text[start : part.end]
    leading = _MARKS.match(shown)
    start += leading.end() if leading else 0
    shown = re.sub(r"[*_\s]+$", "", text[start : part.end])
    # A label with nothing after it is shown as it stands.
    return Passage(shown, start, start + len(shown)) if shown else part


def _is_deck(part: Passage, parts: list[Passage]) -> bool:
    """Say whether a second line is a sub-headline: short, unpunctuated, with the report still to come."""
    second = len(parts) > 2 and part is parts[1]
    return (
        second
        and len(part.text) < 120
        and not re.search(r"[.。!?！？”\"…]\W*$", part.text)
        and not _CAPITALS.match(part.text)
    )
