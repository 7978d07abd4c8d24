"""Phrases everyone has read before."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from creative.checks import Finding, _phrasebook
from creative.checks._remarks import Remarks

TITLE = {"en": "Stock phrases", "zh": "套话"}

_BOOK = Path(__file__).with_suffix(".toml")


def check(text: str, brief: Mapping[str, str], language: str) -> list[Finding]:
    """Find the phrases of the list beside this file, outside quotation marks and the brief's own words."""
    remarks = Remarks("stock_phrases", TITLE, text, language)
    for start, end, note in _phrasebook.find(_BOOK, text, brief, language):
        remarks.add("warn", note, (start, end))
    return remarks.done({"en": "No stock phrase found.", "zh": "没有发现套话。"})
