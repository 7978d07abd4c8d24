"""Reading one TOML file strictly: unknown keys are named, and what is wrong is said in a sentence."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Protocol, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from creative.errors import MalformedFile

STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
"""No unknown keys, no silent change of kind, no NaN."""

NAME = r"^[a-z][a-z0-9_]*$"
Name = Annotated[str, Field(pattern=NAME, max_length=40)]

_SHOWN = 4
"""Problems named of one file; the rest shows when these are put right."""


class Ordered(Protocol):
    """What stands in a list on the page."""

    @property
    def name(self) -> str: ...
    @property
    def order(self) -> int: ...


_Shape = TypeVar("_Shape")
_Item = TypeVar("_Item", bound=Ordered)


@dataclass(frozen=True, config=STRICT)
class Words:
    """The same words in the languages that have templates of their own."""

    en: str
    zh: str = ""
    """Simplified Chinese, written as Chinese; empty falls back to English."""

    def get(self, key: str) -> str:
        """Give the words in `key` ("en" or "zh")."""
        return (self.zh if key == "zh" else "") or self.en


@dataclass(frozen=True, config=STRICT)
class SamplingValues:
    """How the next word is drawn, where a file departs from the default."""

    temperature: Annotated[float, Field(ge=0, le=5)] | None = None
    top_k: Annotated[int, Field(ge=0, le=1000)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    min_p: Annotated[float, Field(ge=0, le=1)] | None = None
    typical_p: Annotated[float, Field(gt=0, le=1)] | None = None
    repetition_penalty: Annotated[float, Field(ge=0.5, le=2)] | None = None
    no_repeat_ngram: Annotated[int, Field(ge=0, le=100)] | None = None
    dry_multiplier: Annotated[float, Field(ge=0, le=5)] | None = None
    dry_base: Annotated[float, Field(ge=1, le=4)] | None = None
    dry_allowed_length: Annotated[int, Field(ge=1, le=100)] | None = None
    dry_range: Annotated[int, Field(ge=0, le=100_000)] | None = None

    def given(self) -> dict[str, float]:
        """Give the values that are set, by the names the engines know."""
        return {name: value for name, value in vars(self).items() if value is not None and name[0] != "_"}


def load_files(
    folders: Sequence[Path], read: Callable[[Path], _Item]
) -> tuple[dict[str, _Item], list[MalformedFile]]:
    """Read every TOML file of the folders, by name and in their own order, and what could not be read.

    A missing folder is empty. A later folder's file takes the place of an earlier one's of the same
    name; within a folder the second of two is an error. `read` raises MalformedFile.
    """
    items: dict[str, _Item] = {}
    homes: dict[str, Path] = {}
    errors: list[MalformedFile] = []
    for path in [path for folder in folders if folder.is_dir() for path in sorted(folder.glob("*.toml"))]:
        try:
            item = read(path)
            if homes.get(item.name) == path.parent:
                raise malformed(path, f"another file of this folder is named “{item.name}” too")
        except MalformedFile as err:
            errors.append(err)
            continue
        items[item.name] = item
        homes[item.name] = path.parent
    return dict(sorted(items.items(), key=lambda pair: (pair[1].order, pair[0]))), errors


def read_toml(path: Path, shape: type[_Shape]) -> _Shape:
    """Read the file into `shape`, a strict pydantic dataclass; raises MalformedFile with what is wrong."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as err:
        raise malformed(path, f"it cannot be read ({err.strerror})") from err
    except UnicodeDecodeError as err:
        raise malformed(path, "it is not UTF-8 text") from err
    except tomllib.TOMLDecodeError as err:
        raise malformed(path, f"it is not TOML: {err}") from err
    try:
        # Through JSON, because only there pydantic's strict mode takes a list for a tuple.
        return TypeAdapter(shape).validate_json(json.dumps(data, default=str))
    except ValidationError as err:
        raise malformed(path, "; ".join(_say(err)[:_SHOWN])) from err


def malformed(path: Path, what: str) -> MalformedFile:
    """Give the error that names the file and says what is wrong with it."""
    return MalformedFile(
        f"The file “{path.name}” was left out: {what}.",
        "Put that right and start again; everything else works without it.",
    )


def _say(err: ValidationError) -> list[str]:
    said = []
    for problem in err.errors():
        where = ".".join(str(step) for step in problem["loc"])
        if problem["type"] == "missing":
            said.append(f"“{where}” is missing")
        elif problem["type"] == "unexpected_keyword_argument":
            said.append(f"“{where}” is not a known key")
        else:
            said.append(f"“{where}”: {problem['msg'][0].lower()}{problem['msg'][1:]}")
    return said
