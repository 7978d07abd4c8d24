"""JSON lines: one pair of brief and text a line, or one text a line; a JSON list of them is read too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from creative.training.readers._encoding import decode
from creative.training.readers._pairs import read_row, shorten_list
from creative.training.readers._reading import Reading, show_name
from creative.training.records import Document, LeftOut, Upload
from creative.training.words import count_words, first_words

SUFFIXES = (".jsonl", ".ndjson", ".json")


def read(upload: Upload) -> Reading:
    """Give a document for each good line; a bad one is left out with its number."""
    file = show_name(upload.name)
    documents: list[Document] = []
    left_out: list[LeftOut] = []
    for place, shown, row in _read_rows(decode(upload.body)):
        found = "is not one JSON value" if row is None else read_row(row, file, place)
        if isinstance(found, Document):
            documents.append(found)
        else:
            why = f"unreadable: {place[0].lower()}{place[1:]} {found}"
            left_out.append(LeftOut(file, first_words(shown), why, count_words(shown)))
    return Reading(tuple(documents), shorten_list(left_out), parted=True)


def _read_rows(text: str) -> Iterator[tuple[str, str, Any]]:
    """Give each value with its place and its source; None is one that cannot be read."""
    whole = _load(text) if text.lstrip().startswith("[") else None
    if isinstance(whole, list):
        for number, row in enumerate(whole, 1):
            yield f"Item {number}", str(row)[:400], row
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield f"Line {number}", line, _load(line)


def _load(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
