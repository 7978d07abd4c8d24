"""The languages a text may be asked for in: which templates serve them, and what is added."""

from __future__ import annotations

import unicodedata

from creative.errors import BadValue, shorten

LONGEST = 40
_CHINESE = {"chinese", "simplified chinese", "mandarin", "中文", "简体中文", "汉语", "zh", "zh-cn"}
_ENGLISH = {"english", "en"}


def clean_language(language: object) -> str:
    """Give the name of the language as the prompts use it; empty is English.

    Raises BadValue unless it is at most 40 letters, spaces and hyphens.
    """
    if not isinstance(language, str):
        raise _refuse(language)
    name = " ".join(language.split())
    if not name or name.lower() in _ENGLISH:
        return "English"
    if name.lower() in _CHINESE:
        return "Chinese"
    if len(name) > LONGEST or not all(ch in " -" or unicodedata.category(ch)[0] in "LM" for ch in name):
        raise _refuse(language)
    return name


def template_key(language: str) -> str:
    """Give the key of the templates that serve a cleaned language: "zh" or "en"."""
    return "zh" if language == "Chinese" else "en"


def ask_for(language: str, key: str) -> str:
    """Give the line that asks for the language, empty where the templates of `key` are in it already."""
    return "" if language == {"en": "English", "zh": "Chinese"}[key] else f"Write in {language}."


def _refuse(language: object) -> BadValue:
    return BadValue(
        f"{shorten(language)} is not the name of a language.",
        "Write it in letters, such as English, Chinese or Brazilian Portuguese.",
    )
