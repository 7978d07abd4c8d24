"""The exporters: one file format per file, found by listing this folder.

An exporter is a module with `TITLE` (dict of language to title), `SUFFIX` (".docx") and
`export(manuscript) -> bytes`. Adding one is adding one file.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from creative.errors import UnknownFormat


@dataclass(frozen=True)
class Manuscript:
    """What is exported."""

    title: str
    text: str
    form: str
    """Name of the form, for formats that lay out a script differently from prose."""
    language: str = "English"


class Exporter(Protocol):
    """What an exporter's module holds."""

    TITLE: Mapping[str, str]
    SUFFIX: str

    def export(self, manuscript: Manuscript) -> bytes: ...


@cache
def names() -> tuple[str, ...]:
    """List every exporter in this folder."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")))


def find(name: str) -> Exporter:
    """Give the exporter of that name."""
    if name not in names():
        raise UnknownFormat(name, names())
    return importlib.import_module(f"{__name__}.{name}")  # type: ignore[return-value]
