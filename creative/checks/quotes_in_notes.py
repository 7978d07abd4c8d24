"""Whether every quote of a report was really said: it must stand word for word in the quotes or the notes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from creative.checks import Finding
from creative.checks._passages import HAN, Passage, trimmed, words
from creative.checks._remarks import MOST, Note, Remarks

TITLE = {"en": "Quotes in the notes", "zh": "引语有据"}

_NOT_SAID = Note(
    {"en": "Quote not in the notes", "zh": "引语没有出处"},
    {
        "en": "Nobody in your notes says this; only words that were spoken may stand between quotation marks.",
        "zh": "笔记里没有人说过这句话；引号里只能放原话。",
    },
)
_ALTERED = Note(
    {"en": "Quote altered", "zh": "引语有改动"},
    {
        "en": "Your notes have “{said}”; restore the words, or take the marks off and report them.",
        "zh": "笔记里是“{said}”；改回原话，或去掉引号转述。",
    },
)
_NO_NOTES = {"en": "There are no notes to hold the quotes against.", "zh": "没有笔记可供核对。"}
_HELD = {"en": "Every quote stands in the notes.", "zh": "引语都有出处。"}

_QUOTE = re.compile(
    r"“([^“”\n]+)(?:”|$)|「([^「」\n]+)(?:」|$)|\"([^\"\n]+)\"|(?<!\w)‘([^‘\n]{1,600}?[,.?!])’(?!\w)"
    # A single straight mark is an apostrophe unless it opens a word and closes after a stop.
    r"|(?<!\w)'([^'\n]{1,400}(?:(?<=\w)'\w[^'\n]{0,200}){0,6}(?<=[,.?!]))'(?!\w)",
    re.MULTILINE,
)
# What a writer may put in or leave out openly: [the bridge], three dots.
_OPEN_CHANGE = re.compile(r"\[[^\]\n]*\]|\.\.\.|…+")
# Two quoted words are a name or a term more often than speech.
_LEAST_WORDS = 3
_LEAST_HAN = 6
_LIKE = 0.6


def check(text: str, brief: Mapping[str, str], language: str) -> list[Finding]:
    """Find quoted speech that neither the quotes nor the notes hold."""
    remarks = Remarks("quotes_in_notes", TITLE, text, language)
    given = brief.get("quotes", "") + "\n" + brief.get("notes", "")
    if not given.strip():
        return remarks.done(_NO_NOTES)
    said = " " + _plain(given) + " "
    lines = _lines_said(given)
    missed = 0
    for quote in _quotes(text):
        missing = [
            part
            for part in _OPEN_CHANGE.split(quote.text)
            if f" {_plain(part)} " not in said and _plain(part)
        ]
        # Chinese is written without spaces, so a part of a sentence has no word edge around it.
        if not missing or all(HAN.search(part) and _plain(part) in said for part in missing):
            continue
        missed += 1
        if missed > MOST:
            break
        nearest = _nearest(quote.text, lines)
        if nearest:
            remarks.add("fail", _ALTERED, quote.span, said=nearest)
        else:
            remarks.add("fail", _NOT_SAID, quote.span)
    return remarks.done(_HELD)


def _quotes(text: str) -> Iterator[Passage]:
    """Give what stands between quotation marks, when it is long enough to be speech."""
    for found in _QUOTE.finditer(text):
        which = next(i for i in range(1, 6) if found[i] is not None)
        passage = trimmed(text, *found.span(which))
        if len(words(passage.text)) >= _LEAST_WORDS or len(HAN.findall(passage.text)) >= _LEAST_HAN:
            yield passage


def _plain(text: str) -> str:
    """Give the words alone, so that marks, case and line breaks do not count."""
    return " ".join(re.findall(r"[^\W_]+(?:'[^\W_]+)*", text.casefold().replace("’", "'")))


def _lines_said(given: str) -> list[tuple[str, Counter[str]]]:
    lines = [line.strip() for line in re.split(r"\n|(?<=[.!?。！？])\s*", given) if line.strip()]
    quoted = [passage.text for passage in _quotes(given)]
    return [(line, _tokens(line)) for line in (*quoted, *lines)][:2000]


def _tokens(text: str) -> Counter[str]:
    return Counter(HAN.findall(text) if HAN.search(text) else _plain(text).split())


def _nearest(quote: str, lines: list[tuple[str, Counter[str]]]) -> str:
    """Give the line of the notes that shares most of the quote's words, if any is like it."""
    spoken = _tokens(quote)
    best, shared = "", _LIKE
    for line, tokens in lines:
        both = 2 * (spoken & tokens).total() / max(1, spoken.total() + tokens.total())
        if both > shared:
            best, shared = line, both
    best = best.strip("“”\"「」'‘’ ,，")
    return best if len(best) <= 120 else best[:119].rstrip() + "…"
