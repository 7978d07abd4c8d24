"""Tables: one pair of brief and text a row, or one text a row; commas, semicolons, tabs or bars between."""

from __future__ import annotations

import csv
import io

from creative.errors import UnreadableFile
from creative.training.readers._encoding import decode
from creative.training.readers._pairs import TEXTS, read_row, shorten_list
from creative.training.readers._reading import Reading, show_name
from creative.training.records import Document, LeftOut, Upload
from creative.training.words import count_words, first_words

SUFFIXES = (".csv", ".tsv")
DELIMITERS = ",;\t|"

# A cell may hold a whole chapter; the library's own limit is 131,072 characters.
csv.field_size_limit(2**31 - 1)


def read(upload: Upload) -> Reading:
    """Give a document for each row under the header; raises UnreadableFile where no column holds the text."""
    file = show_name(upload.name)
    rows = _read_rows(decode(upload.body))
    if not rows:
        raise UnreadableFile(
            "The table holds no rows.", "Its first line names the columns, one of them “text”."
        )
    (_, header), *body = rows
    names = [name.strip().casefold() for name in header]
    if len(names) == 1 and names[0] not in TEXTS:
        names, body = [TEXTS[0]], rows
    if not set(names) & set(TEXTS):
        raise UnreadableFile(
            f"No column of the table is called {', '.join(TEXTS[:4])}; "
            f"there are {first_words(', '.join(header), 200)}.",
            "Name the column that holds the text “text”.",
        )
    documents: list[Document] = []
    left_out: list[LeftOut] = []
    for line, cells in body:
        if len(cells) > len(names):
            found: Document | str = f"has {len(cells)} cells where the header has {len(names)}"
        else:
            found = read_row(dict(zip(names, cells, strict=False)), file, f"Line {line}")
        if isinstance(found, Document):
            documents.append(found)
        elif any(cell.strip() for cell in cells):
            told = " ".join(cells)
            left_out.append(
                LeftOut(file, first_words(told), f"unreadable: line {line} {found}", count_words(told))
            )
    return Reading(tuple(documents), shorten_list(left_out), parted=True)


def _read_rows(text: str) -> list[tuple[int, list[str]]]:
    """Give the rows that hold something, each with the number of its last line."""
    text = text.replace("\0", "")
    delimiter = max(DELIMITERS, key=lambda mark: _fitness(text, mark))
    rows = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num, cells))
    except csv.Error as err:
        raise UnreadableFile(
            f"The table cannot be read after line {reader.line_num}: {err}.", "Save it again as CSV in UTF-8."
        ) from err
    return rows


def _fitness(text: str, delimiter: str) -> tuple[bool, int, int]:
    """Say how well a delimiter parts the header: known column, rows of the same width, number of columns."""
    reader = csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=delimiter)
    try:
        header = next(reader, [])
        widths = [len(cells) for cells, _ in zip(reader, range(20), strict=False)]
    except csv.Error:
        return False, 0, 0
    known = bool({name.strip().casefold() for name in header} & set(TEXTS))
    return known, sum(width == len(header) for width in widths), len(header)
