"""Praise that any rival could print, and superlatives that prove nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from creative.checks import Finding, _phrasebook
from creative.checks._remarks import Remarks

TITLE = {"en": "Sales talk", "zh": "广告腔"}

_BOOK = Path(__file__).with_suffix(".toml")


def check(text: str, brief: Mapping[str, str], language: str) -> list[Finding]:
    """Find the phrases of the list beside this file, outside quotation marks and the brief's own words."""
    remarks = Remarks("hype_words", TITLE, text, language)
    for start, end, note in _phrasebook.find(_BOOK, text, brief, language):
        remarks.add("warn", note, (start, end))
    return remarks.done({"en": "Every claim is a plain one.", "zh": "没有空话。"})
