"""The shelf: the folders where voices stand, found anew each time, so that a new voice is there at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from creative.adapters.match import check_parts, check_rank, check_sizes, same_name
from creative.adapters.voice import CONFIG, PASSPORT, WEIGHTS, Voice, read_voice
from creative.errors import AdapterMismatch, ModelDamaged, UnknownVoice


class Base(Protocol):
    """What the shelf must know of the model in use; the engines' info has it."""

    @property
    def model(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...


class Shelf:
    """All voices of some folders (one folder a voice in each), and single voices from elsewhere."""

    def __init__(self, folders: Sequence[Path], singles: Sequence[Path] = ()) -> None:
        """Take the folders as they are, also missing ones. Raises `ModelDamaged` for a bad single voice."""
        self._folders = tuple(folders)
        self._singles: tuple[Path, ...] = ()
        for folder in singles:
            self.add(folder)

    def add(self, folder: Path) -> Voice:
        """Put a voice's own folder on the shelf where it is, and give it. Raises `ModelDamaged`."""
        place = folder.expanduser().resolve()
        if not place.is_dir():
            raise ModelDamaged(
                f"There is no voice folder {folder}.", f"Give a folder with {CONFIG} and {WEIGHTS}."
            )
        read_voice(place, name_voice(place))
        if place not in self._singles:
            self._singles = (*self._singles, place)
        return next(voice for voice in self.list() if voice.folder == place)

    def list(self) -> tuple[Voice, ...]:
        """Give every voice that can be used, single ones first, then by folder and name."""
        return self._read()[0]

    def faults(self) -> tuple[ModelDamaged, ...]:
        """Give the reason for each folder on the shelf that looks like a voice and cannot be used."""
        return self._read()[1]

    def find(self, name: str) -> Voice:
        """Give the voice of this name. Raises `UnknownVoice`, listing all there are."""
        voices = {voice.name: voice for voice in self.list()}
        if name not in voices:
            raise UnknownVoice(name, voices)
        return voices[name]

    def verify(self, voice: Voice, info: Base, model_folder: Path | None = None) -> None:
        """Make sure, before anything is loaded, that the voice was made for the model in use.

        The passport's fingerprint decides where both have one; else the model's name, and with
        `model_folder` the sizes of its layers too. Raises `AdapterMismatch` and `ModelDamaged`.
        """
        check_rank(voice)
        check_base(voice, info)
        if not (voice.base_fingerprint and info.fingerprint):
            if model_folder is not None:
                check_sizes(voice, info.model, model_folder)
            elif not voice.base_id:
                raise AdapterMismatch(
                    f"The voice {voice.title} does not say which model it was trained on.",
                    f"Write the model's id as base_model_name_or_path into its {CONFIG}.",
                )
        check_parts(voice)

    def _read(self) -> tuple[tuple[Voice, ...], tuple[ModelDamaged, ...]]:
        voices: dict[str, Voice] = {}
        faults: list[ModelDamaged] = []
        for folder in self._places():
            name = _free(name_voice(folder), voices)
            try:
                voices[name] = read_voice(folder, name)
            except ModelDamaged as err:
                faults.append(err)
        return tuple(voices.values()), tuple(faults)

    def _places(self) -> Iterator[Path]:
        yield from (folder for folder in self._singles if folder.is_dir())
        for shelf in self._folders:
            if shelf.is_dir():
                found = (folder for folder in sorted(shelf.iterdir()) if _stands_on(shelf, folder))
                yield from (folder for folder in found if folder.resolve() not in self._singles)


def check_base(voice: Voice, info: Base) -> None:
    """Raise `AdapterMismatch` when the voice names another model, by fingerprint or else by name."""
    if voice.base_fingerprint and info.fingerprint:
        fits = voice.base_fingerprint == info.fingerprint
    else:
        fits = not voice.base_id or same_name(voice.base_id, info.model)
    if not fits:
        raise _other_base(voice, info)


def name_voice(folder: Path) -> str:
    """Give the name that a folder's voice goes by."""
    return re.sub(r"[^a-z0-9]+", "-", folder.name.casefold()).strip("-")[:60].strip("-") or "voice"


def _free(name: str, taken: dict[str, Voice]) -> str:
    free, number = name, 2
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free


def _stands_on(shelf: Path, folder: Path) -> bool:
    """Tell whether a folder is a voice's and all it consists of lies on the shelf itself."""
    if folder.name.startswith(".") or not (folder / CONFIG).is_file():
        return False
    home = shelf.resolve()
    parts = (folder, *(folder / name for name in (CONFIG, WEIGHTS, PASSPORT)))
    return all(part.resolve().is_relative_to(home) for part in parts)


def _other_base(voice: Voice, info: Base) -> AdapterMismatch:
    trained_on = voice.base_id or "another model"
    more = " of another version" if same_name(trained_on, info.model) else ""
    return AdapterMismatch(
        f"The voice {voice.title} was trained on {trained_on}{more}; the model in use is {info.model}.",
        f"Choose {trained_on}, or another voice.",
    )
