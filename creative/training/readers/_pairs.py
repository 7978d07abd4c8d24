"""A row of named values as a pair: the answers of a brief, and the text written to it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from creative.training.records import Document, LeftOut
from creative.training.words import first_words

TEXTS = (
    *("text", "completion", "output", "response", "answer", "story", "lyrics", "script"),
    *("content", "body", "description", "正文", "文本"),
)
"""Names of the text; the first that is there counts."""
MOST_TOLD = 10
"""Bad rows of one file that are told one by one."""
PROMPT = "prompt"
"""Answer under which a whole prompt stands that is no set of answers."""

_NOT_ANSWERS = {"title", "标题", "id", "source", "url", "date"}


def shorten_list(left_out: list[LeftOut]) -> tuple[LeftOut, ...]:
    """Give the first bad rows one by one and the others as one."""
    rest = left_out[MOST_TOLD:]
    if not rest:
        return tuple(left_out)
    told = LeftOut(rest[0].file, f"{len(rest):,} more rows", rest[0].why, sum(part.words for part in rest))
    return (*left_out[:MOST_TOLD], told)


def read_row(row: Any, file: str, place: str) -> Document | str:
    """Give the document of a row, or why there is none, to follow the row's number."""
    if isinstance(row, str):
        return Document(f"{place}: {first_words(row, 40)}", file, row) if row.strip() else "holds no text"
    if not isinstance(row, Mapping):
        return "is neither an object nor a text"
    values = {str(name).strip().casefold(): value for name, value in row.items()}
    values |= _read_talk(values.pop("messages", None) or values.pop("conversations", None))
    name = next((n for n in TEXTS if isinstance(values.get(n), str) and values[n].strip()), "")
    if not name:
        return f"holds no text; it is looked for under {', '.join(TEXTS[:4])}"
    text = values.pop(name)
    title = next((str(values[n]).strip() for n in ("title", "标题", "name") if values.get(n)), "")
    return Document(title or f"{place}: {first_words(text, 40)}", file, text, _read_brief(values))


def _read_brief(values: dict[str, Any]) -> dict[str, str]:
    """Give the answers that stand in a row beside its text."""
    brief = values.pop("brief", None)
    if isinstance(brief, str) and brief.lstrip().startswith("{"):
        try:
            brief = json.loads(brief)
        except (ValueError, RecursionError):
            brief = str(brief)
    given = values if not isinstance(brief, Mapping) else values | {str(k): v for k, v in brief.items()}
    if isinstance(brief, str) and brief.strip():
        given = {PROMPT: brief} | given
    if given.get("instruction"):
        told = [str(given.pop(name, "") or "") for name in ("instruction", "input")]
        given = {PROMPT: "\n".join(filter(None, told))} | given
    answers = {name: _write_answer(value) for name, value in given.items() if name not in _NOT_ANSWERS}
    return {name: answer for name, answer in answers.items() if answer}


def _write_answer(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Sequence):
        return "\n".join(str(item) for item in value if isinstance(item, str | int | float))
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _read_talk(messages: Any) -> dict[str, str]:
    """Give the last answer of a conversation and what was asked before it."""
    if not isinstance(messages, Sequence) or isinstance(messages, str):
        return {}
    turns = [m for m in messages if isinstance(m, Mapping)]
    said = [
        (str(m.get("role") or m.get("from")), str(m.get("content") or m.get("value") or "")) for m in turns
    ]
    asked = [words for role, words in said if role in ("user", "human")]
    written = [words for role, words in said if role in ("assistant", "gpt", "model")]
    return {PROMPT: asked[-1], TEXTS[0]: written[-1]} if asked and written else {}
