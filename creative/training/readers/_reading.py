"""What a reader gives back, and how a file's name is shown."""

from __future__ import annotations

from dataclasses import dataclass

from creative.training.records import Document, LeftOut

LONGEST_NAME = 80


@dataclass(frozen=True)
class Reading:
    """The documents of one file, in order."""

    documents: tuple[Document, ...]
    left_out: tuple[LeftOut, ...] = ()
    """Parts that could not be read, such as a damaged line."""
    parted: bool = False
    """Whether the file says itself where each document begins and ends, so that none is split further."""
    wrapped: bool = False
    """Whether lines may be broken in the middle of a sentence."""


def show_name(name: str) -> str:
    """Give the last part of a file's name as it may be shown; nothing of it is ever a path."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    clean = "".join(ch if ch.isprintable() else "?" for ch in last).strip() or "unnamed"
    return clean if len(clean) <= LONGEST_NAME else f"{clean[: LONGEST_NAME - 13]}…{clean[-12:]}"


def title_of(name: str) -> str:
    """Give a title from a file's name: without its ending, lines for spaces."""
    stem = show_name(name).rpartition(".")[0] or show_name(name)
    return " ".join(stem.replace("_", " ").replace("-", " ").split()) or "Untitled"
