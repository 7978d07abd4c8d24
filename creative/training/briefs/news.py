"""A report's brief from the report: its facts as notes in telegram style, its quotes, its dateline."""

from __future__ import annotations

import re

from creative.training.words import is_chinese, split_paragraphs, split_sentences

MOST_NOTES = 9
MOST_QUOTES = 3

_DATELINE = re.compile(
    r"^\**((?:[A-Z][A-Z.'’\- ]{2,40}(?:,[^—–\n]{1,40}?)?|[A-Z][\w.'’ ]{2,30},[^—–\n]{2,30}?)"
    r"(?:\s*\([^)\n]{1,20}\))?)\s*(?:—|–|--|\s-\s)\**\s*"
)
_CHINESE_DATELINE = re.compile(r"^[【（(]?([^，。！？\n]{0,24}?(?:日电|日讯|电讯|讯))[】）)]?[\s：:，,]*")
_QUOTED = re.compile(r"[\"“][^\"“”\n]{8,}[\"”]|：“[^”\n]{4,}”")
# What a notebook leaves out; the fewer words stay as they are, the less a report is copied from its notes.
_DROPPED = re.compile(
    r"\b(?:the|an?|has|have|had|was|were|is|are|been|will be|that|which|who|also|it|its|there|their)\s+",
    re.IGNORECASE,
)
_MEMBERS = re.compile(
    r",\s+(?:but|and|which|who|where|while|as)\s+|;\s+|\s+(?:because|after|before|while)\s+"
)
_JOINTS = dict.fromkeys(("to", "and", "by", "for", "with", "at", "from"), 6) | dict.fromkeys(
    ("in", "on", "of"), 10
)
"""Words before which a long note is parted, once it has so many words."""
_HAN_MEMBERS = re.compile(r"[，；]")


def draw(text: str) -> dict[str, str]:
    """Give the notes and what quotes and dateline there are: a report has nothing that its notes lack."""
    paragraphs = split_paragraphs(text)
    headed = (
        len(paragraphs) > 1
        and "\n" not in paragraphs[0].strip()
        and not re.search(r"[.。]$", paragraphs[0].strip())
    )
    dateline, told = "", []
    for paragraph in paragraphs[1:] if headed else paragraphs:
        found = _DATELINE.match(paragraph) or _CHINESE_DATELINE.match(paragraph)
        if found and not dateline:
            dateline, paragraph = found[1].strip(), paragraph[found.end() :]
        told.append(" ".join(paragraph.split()))
    facts = [s for p in told for s in split_sentences(p) if not _QUOTED.search(s) and not _is_in_quote(s, p)]
    notes = [note for fact in facts if (note := _take_note(fact))]
    quotes = [quote for p in told if (quote := _take_quote(p))]
    if not notes:
        notes = [_take_note(" ".join(told)[:200])]
    return {
        "notes": "\n".join(notes[:MOST_NOTES]),
        "quotes": "\n".join(quotes[:MOST_QUOTES]),
        "dateline": dateline,
    }


def _is_in_quote(sentence: str, paragraph: str) -> bool:
    at = paragraph.find(sentence)
    return sum(paragraph[:at].count(mark) for mark in '"“”') % 2 == 1 or sentence.count('"') % 2 == 1


def _take_note(sentence: str) -> str:
    """Give a sentence as a notebook has it: its first members, without articles and auxiliaries."""
    if is_chinese(sentence):
        return "，".join(_HAN_MEMBERS.split(sentence)[:3]).rstrip("。") + "。"
    members = [m for m in _MEMBERS.split(sentence) if m]
    # "Councillor Orme, who voted against it, ..." says nothing in its first member.
    short = 2 if len(members[0].split()) < 5 else 0
    kept = [m for i, m in enumerate(members) if i == 0 or i <= short or re.search(r"\d|[a-z] [A-Z]", m)]
    note = "; ".join(_part_long(_DROPPED.sub("", member.rstrip("."))) for member in kept)
    return f"{note[:1].upper()}{note[1:]}." if len(note.split()) > 2 else ""


def _part_long(member: str) -> str:
    """Give a long member in parts, so that no note is a sentence of the report."""
    parts = [""]
    for word in member.split():
        long = len(parts[-1].split())
        if long > _JOINTS.get(word, 99):
            parts.append("")
        # Of "to close" and "and put" the verb is enough; a place needs its preposition.
        if parts[-1] or word not in ("to", "and"):
            parts[-1] += f" {word}"
    return "; ".join(part.strip() for part in parts if part)


def _take_quote(paragraph: str) -> str:
    """Give a quotation with the sentence that says whose it is, as it stands: a quote must not change."""
    found = _QUOTED.search(paragraph)
    if not found:
        return ""
    around = paragraph
    if len(around) > 260:
        stop = re.search(r"[.。]", paragraph[found.end() :])
        around = paragraph[found.start() : found.end() + (stop.end() if stop else 0)]
    return around[:300]
