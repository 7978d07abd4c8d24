"""The readers of uploaded pages: one file per format, found by listing this folder.

A reader is a module with `SUFFIXES` and `read(upload) -> Reading`; it raises UnreadableFile. Adding one
is adding one file.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Protocol

from creative.errors import UnreadableFile
from creative.training.readers._reading import Reading, show_name
from creative.training.records import Upload

__all__ = ["MOST_MB", "Reading", "read_pages", "readers", "show_name"]

MOST_MB = 32
"""Size of one file that is taken."""


class Reader(Protocol):
    """What a reader's module holds."""

    SUFFIXES: tuple[str, ...]

    def read(self, upload: Upload) -> Reading: ...


@cache
def readers() -> dict[str, Reader]:
    """Give the reader of each suffix, such as ".txt"."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    modules: list[Reader] = [importlib.import_module(f"{__name__}.{name}") for name in names]  # type: ignore[misc]
    return {suffix: module for module in modules for suffix in module.SUFFIXES}


def read_pages(upload: Upload) -> Reading:
    """Give the documents of one file as its format tells them; the file's name only picks the reader.

    Raises UnreadableFile, whose message says what is wrong with the file and whose hint what to do.
    """
    name = show_name(upload.name)
    suffix = f".{name.rpartition('.')[2].lower()}" if "." in name else ""
    known = readers()
    if suffix not in known:
        kind = f"{suffix} files are" if suffix else "A file without an ending is"
        raise UnreadableFile(f"{kind} not read.", f"Pages may be {', '.join(sorted(known))}.")
    size_mb = len(upload.body) / 2**20
    if size_mb > MOST_MB:
        raise UnreadableFile(
            f"The file has {size_mb:.0f} MB; {MOST_MB} MB can be taken.",
            "Save the text without its pictures, or in several files.",
        )
    if not upload.body.strip():
        raise UnreadableFile("The file is empty.", "Choose the file again once it holds text.")
    return known[suffix].read(upload)
