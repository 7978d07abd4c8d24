"""Puts a voice's folder on a shelf whole or not at all, under a name of its own."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from creative.adapters.parcel import KEPT
from creative.adapters.shelf import name_voice
from creative.adapters.tensors import find_spare, leave_out
from creative.adapters.voice import WEIGHTS, read_shapes
from creative.errors import StorageFull

_HIDDEN = re.compile(r"\.(?P<kind>new|old|gone)-(?P<key>[0-9a-f]{12})(?:-(?P<name>.+))?")
_LONGEST_WRITING_S = 24 * 3600.0


def put_voice(source: Path, shelf: Path, name: str, replace: bool = False) -> Path:
    """Copy a voice's files from a folder onto a shelf and give where it stands.

    The folder's name is made of `name`, with a number where it is taken; with `replace` it takes the place of
    the voice in the folder of that name. Raises `StorageFull`, and `ModelDamaged` for weights that are none.
    """
    with writing_hidden(shelf) as hidden:
        for file in KEPT:
            if (source / file).is_file():
                shutil.copyfile(source / file, hidden / file)
        leave_out_spare(hidden)
        return reveal(hidden, shelf, name, replace)


@contextmanager
def writing_hidden(shelf: Path) -> Iterator[Path]:
    """Give an empty folder on the shelf that nobody sees; what is left of it at the end is removed.

    Raises `StorageFull` for the disk's troubles inside.
    """
    hidden = shelf / _hide("new")
    try:
        hidden.mkdir(parents=True)
        yield hidden
    except OSError as err:
        if err.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull(
                "The disk is full; the voice could not be put on the shelf.",
                "Free some space and try again; nothing half-written is left.",
            ) from err
        raise StorageFull(
            f"The voice could not be put on the shelf: {err.strerror or err}.",
            "Look whether the home folder is there and may be written.",
        ) from err
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def leave_out_spare(folder: Path) -> None:
    """Take the embeddings out that PEFT saves beside a LoRA of the embeddings. Raises OSError, `ModelDamaged`."""
    spare = find_spare(read_shapes(folder / WEIGHTS))
    if spare:
        leave_out(folder / WEIGHTS, spare)


def reveal(hidden: Path, shelf: Path, name: str, replace: bool = False) -> Path:
    """Rename a hidden folder to its name on the shelf, last of all, and give where it stands. Raises OSError."""
    for file in hidden.iterdir():
        with file.open("rb") as stream:
            os.fsync(stream.fileno())
    stem = name_voice(Path(name.replace("/", " ") or "voice"))
    if replace and (shelf / stem).is_dir():
        # Two renames, for a folder cannot be exchanged in one; `tidy` knows what a crash between them leaves.
        aside = shelf / _hide("old", stem)
        (shelf / stem).rename(aside)
        hidden.rename(shelf / stem)
        shutil.rmtree(aside, ignore_errors=True)
        return shelf / stem
    number = 1
    while True:
        place = shelf / (stem if number == 1 else f"{stem}-{number}")
        with suppress(FileExistsError):
            # A folder can be renamed onto an empty one, so that two at once cannot take the same name.
            place.mkdir()
            hidden.rename(place)
            return place
        number += 1


def put_aside(folder: Path) -> str:
    """Take a voice's folder out of sight and give the key that `bring_back` wants. Raises OSError."""
    hidden = _hide("gone", folder.name)
    folder.rename(folder.with_name(hidden))
    return hidden.split("-")[1]


def bring_back(shelf: Path, key: str) -> Path | None:
    """Put a voice that was put aside back under its name, with a number where it is taken; None if it is gone."""
    for folder in _hidden_folders(shelf, "gone"):
        found = _HIDDEN.fullmatch(folder.name)
        if found and found["key"] == key:
            return reveal(folder, shelf, found["name"] or "voice")
    return None


def tidy(shelf: Path) -> None:
    """Remove what earlier runs put aside or left half-written, and finish what a crash cut short. Raises OSError."""
    for folder in _hidden_folders(shelf, "gone"):
        _remove(folder)
    for folder in _hidden_folders(shelf, "new"):
        # A training job may be writing at this moment.
        if time.time() - folder.stat().st_mtime > _LONGEST_WRITING_S:
            _remove(folder)
    for folder in _hidden_folders(shelf, "old"):
        found = _HIDDEN.fullmatch(folder.name)
        if found and found["name"] and not (shelf / found["name"]).exists():
            folder.rename(shelf / found["name"])
        else:
            _remove(folder)


def _hide(kind: str, name: str = "") -> str:
    return f".{kind}-{secrets.token_hex(6)}{f'-{name}' if name else ''}"


def _hidden_folders(shelf: Path, kind: str) -> list[Path]:
    folders = sorted(shelf.iterdir()) if shelf.is_dir() else []
    return [
        folder for folder in folders if (found := _HIDDEN.fullmatch(folder.name)) and found["kind"] == kind
    ]


def _remove(folder: Path) -> None:
    if folder.is_symlink():
        folder.unlink()
    else:
        shutil.rmtree(folder, ignore_errors=True)
