"""The voices of this home: taken in from an upload, given out as a zip, put away and brought back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from creative.adapters.match import check_sizes
from creative.adapters.parcel import pack_voice, unpack_files, unpack_zip
from creative.adapters.placing import bring_back, leave_out_spare, put_aside, reveal, tidy, writing_hidden
from creative.adapters.shelf import Base, Shelf, check_base, name_voice
from creative.adapters.voice import PASSPORT, Voice, read_object, read_voice
from creative.errors import NotAllowed, StorageFull, UnknownVoice, shorten


class Collection:
    """What an owner does with the voices in the home's own folder; the shelf lists them, and others."""

    def __init__(self, shelf: Shelf, folder: Path) -> None:
        """Take over the home's folder of voices, which need not exist; what was deleted earlier is removed now."""
        self._shelf = shelf
        self._folder = folder
        try:
            tidy(folder)
        except OSError as err:
            raise _stuck("tidied", err) from err

    def import_zip(self, stream: BinaryIO, name: str, base: Base, model_folder: Path | None) -> Voice:
        """Put the voice in a zip on the shelf, named after its passport or else the file, and give it.

        It must fit the model in use, which is seen from the headers before anything is loaded. Raises
        `ModelDamaged` (not a voice, or unsafe), `AdapterMismatch` and `StorageFull`.
        """
        return self._take_in(lambda target: unpack_zip(stream, target), name, base, model_folder)

    def import_files(
        self, files: Mapping[str, bytes], name: str, base: Base, model_folder: Path | None
    ) -> Voice:
        """Put the voice of an uploaded folder on the shelf; keys are paths inside the upload. As `import_zip`."""
        return self._take_in(lambda target: unpack_files(files, target), name, base, model_folder)

    def export(self, name: str) -> tuple[str, bytes]:
        """Give a voice as a zip, with a name for the file. Raises `UnknownVoice` and `StorageFull`."""
        voice = self._shelf.find(name)
        try:
            return f"{voice.name}.zip", pack_voice(voice)
        except OSError as err:
            raise _stuck("read", err) from err

    def delete(self, name: str) -> str:
        """Take a voice off the shelf and give the key by which `restore` brings it back until the next start.

        Raises `UnknownVoice`, and `NotAllowed` for one that stands elsewhere.
        """
        voice = self._shelf.find(name)
        if voice.folder.parent.resolve() != self._folder.resolve():
            raise NotAllowed(
                f"The voice {voice.title} does not stand in this playground's home, where voices are deleted.",
                "It came with the playground or by --voice: start without that flag, or remove its folder yourself.",
            )
        try:
            return put_aside(voice.folder)
        except OSError as err:
            raise _stuck("put away", err) from err

    def restore(self, key: str) -> Voice:
        """Bring a deleted voice back and give it. Raises `UnknownVoice` when it is gone for good."""
        try:
            folder = bring_back(self._folder, key)
        except OSError as err:
            raise _stuck("brought back", err) from err
        if folder is None:
            raise UnknownVoice(key, (voice.name for voice in self._shelf.list()))
        return self._find(folder)

    def _take_in(
        self, unpack: Callable[[Path], None], name: str, base: Base, model_folder: Path | None
    ) -> Voice:
        stem = Path(name.replace("\\", "/")).name.removesuffix(".zip") or "voice"
        with writing_hidden(self._folder) as hidden:
            target = hidden / name_voice(Path(stem))  # what is wrong with it is told by this name
            target.mkdir()
            unpack(target)
            title = _read_title(target) or stem
            _write_title(target, title)
            voice = read_voice(target, target.name)
            check_base(voice, base)
            if model_folder is not None:
                # Before the spare embeddings go: their rows tell the vocabulary.
                check_sizes(voice, base.model, model_folder)
            leave_out_spare(target)
            self._shelf.verify(voice, base, model_folder)
            folder = reveal(target, self._folder, title)
        return self._find(folder)

    def _find(self, folder: Path) -> Voice:
        return next(voice for voice in self._shelf.list() if voice.folder.resolve() == folder.resolve())


def _read_title(folder: Path) -> str:
    title = read_object(folder / PASSPORT).get("title") if (folder / PASSPORT).is_file() else ""
    return title if isinstance(title, str) and title.strip() else ""


def _write_title(folder: Path, title: str) -> None:
    """Keep the name that a person gave the file: a folder's name on the shelf has room for Latin letters only."""
    passport = read_object(folder / PASSPORT) if (folder / PASSPORT).is_file() else {}
    if passport.get("title") != title:
        # In ASCII, for a title may hold half characters, which no file takes.
        (folder / PASSPORT).write_text(json.dumps({**passport, "title": title}, indent=1) + "\n")


def _stuck(what: str, err: OSError) -> StorageFull:
    return StorageFull(
        f"The voices could not be {what}: {err.strerror or shorten(err)}.",
        "Look whether the home folder is there, has room and may be written.",
    )
