"""The writer's files as documents: what can be trained on, and what is left out and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from creative.errors import UnreadableFile
from creative.training.boilerplate import name_apparatus, strip_furniture, strip_licence
from creative.training.chapters import Chapter, split_chapters
from creative.training.duplicates import find_duplicates
from creative.training.lines import clean_lines, reflow
from creative.training.personal import find_personal
from creative.training.readers import Reading, read_pages, show_name
from creative.training.records import Document, LeftOut, Manuscript, Upload
from creative.training.words import count_words, first_words

MOST_FILES = 200
MOST_WORDS = 2_000_000
"""Words of all files together: twenty long novels, and more than a voice is made of."""


def read_manuscript(uploads: Sequence[Upload]) -> Manuscript:
    """Give the documents found in all the files; a file that cannot be read is left out with a sentence."""
    documents: list[Document] = []
    left_out: list[LeftOut] = []
    words = 0
    for number, upload in enumerate(uploads):
        try:
            if number >= MOST_FILES:
                raise UnreadableFile(f"Only {MOST_FILES} files are taken at once.", "Join some of them.")
            reading = read_pages(upload)
            words += _check_words(reading, words)
            found, left = _read_documents(reading)
        except UnreadableFile as err:
            name = show_name(upload.name)
            left_out.append(LeftOut(name, "the whole file", f"unreadable: {err}", 0))
            continue
        documents += found
        left_out += left
    copies = find_duplicates(documents)
    left_out += [_leave(documents[place], why) for place, why in sorted(copies.items())]
    kept = tuple(document for place, document in enumerate(documents) if place not in copies)
    return Manuscript(kept, tuple(left_out), find_personal(document.text for document in kept))


def _check_words(reading: Reading, before: int) -> int:
    """Give the words of a file; raises UnreadableFile where they are too many after those `before` it."""
    words = sum(count_words(document.text) for document in reading.documents)
    if before + words > MOST_WORDS:
        others = f", with {before:,} in the files before it" if before else ""
        raise UnreadableFile(
            f"The file holds {words:,} words{others}; {MOST_WORDS:,} are taken at once.", "Send fewer pages."
        )
    return words


def _read_documents(reading: Reading) -> tuple[list[Document], list[LeftOut]]:
    if reading.parted:
        return [replace(d, text=clean_lines(d.text)) for d in reading.documents], list(reading.left_out)
    kept: list[Document] = []
    left_out = list(reading.left_out)
    for document in reading.documents:
        found, left = _split_document(document, reading)
        kept += found
        left_out += left
    return kept, left_out


def _split_document(document: Document, reading: Reading) -> tuple[list[Document], list[LeftOut]]:
    """Give the chapters of one document, and what of it is no writing."""
    text, left_out = strip_licence(clean_lines(document.text), document.file)
    text, furniture = strip_furniture(text, document.file)
    chapters = split_chapters(reflow(text) if reading.wrapped else text)
    kept: list[Document] = []
    for number, chapter in enumerate(chapters):
        alone = len(chapters) == 1 and len(reading.documents) == 1
        first = number == 0 and not chapter.title and (len(chapters) > 1 or not alone)
        part = replace(document, title=_title(chapter, document, chapters), text=chapter.text)
        why = name_apparatus(chapter.title or document.title, chapter.text, first, alone)
        if not why:
            kept.append(part)
        elif count_words(chapter.text):
            left_out.append(_leave(part, why if why == "too short" else f"boilerplate: {why}"))
    return kept, left_out + furniture


def _title(chapter: Chapter, document: Document, chapters: list[Chapter]) -> str:
    if chapter.title:
        return first_words(chapter.title, 80)
    if len(chapters) == 1 and document.title:
        return document.title
    return first_words(chapter.text, 50)


def _leave(document: Document, why: str) -> LeftOut:
    return LeftOut(document.file, first_words(document.text), why, count_words(document.text))
