"""A voice as it travels: the four files of one taken out of an upload, and a zip of a voice to take away.

Nothing of an upload is trusted: not its names, not its sizes. Only the four files are read, under names of ours.
"""

from __future__ import annotations

import io
import json
import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from creative.adapters.card import CARD
from creative.adapters.voice import CONFIG, PASSPORT, WEIGHTS, Voice, read_object
from creative.errors import ModelDamaged, shorten

KEPT = (CONFIG, WEIGHTS, PASSPORT, CARD)
"""All that a voice consists of."""
_LARGEST = {CONFIG: 5_000_000, WEIGHTS: 2_000_000_000, PASSPORT: 5_000_000, CARD: 1_000_000}
_MOST_ENTRIES = 2000
_MOST_DIRECTORY = 1_000_000
"""Bytes of a zip's list of contents; reading a larger one would take more memory than it is worth."""
_MOST_RATIO = 100
"""Weights are random numbers and hardly shrink; an untrained adapter is half zeros."""
_SMALL = 1_000_000
"""Bytes up to which the ratio does not matter: an adapter just made is mostly zeros."""
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
_BLOCK = 1 << 20


@dataclass(frozen=True)
class _Entry:
    name: str
    size: int
    """As declared; what is read is counted anyway."""
    packed: int
    """Bytes it takes in the zip."""
    open: Callable[[], BinaryIO]


def unpack_zip(stream: BinaryIO, target: Path) -> None:
    """Write the files of the one voice in a zip into a folder. Raises `ModelDamaged` and OSError."""
    with _translated():
        _check_directory(stream)
        with zipfile.ZipFile(stream) as packed:
            entries = []
            for info in packed.infolist():
                _check_entry(info)
                if not info.is_dir():
                    entries.append(
                        _Entry(info.filename, info.file_size, info.compress_size, _opener(packed, info))
                    )
            for name, entry in _choose(entries).items():
                _write(entry, target / name, _LARGEST[name])


def unpack_files(files: Mapping[str, bytes], target: Path) -> None:
    """Write the files of the one voice in an uploaded folder into a folder; keys are paths inside the upload.

    Raises `ModelDamaged` and OSError.
    """
    for name in files:
        _check_name(name)
    entries = [_Entry(name, len(body), len(body), _reader(body)) for name, body in files.items()]
    for name, entry in _choose(entries).items():
        _write(entry, target / name, _LARGEST[name])


def pack_voice(voice: Voice) -> bytes:
    """Give a voice as a zip that any PEFT program and any other playground can read. Raises OSError."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in travel_files(voice).items():
            # A fixed time, so that the same voice is always the same zip.
            info = zipfile.ZipInfo(f"{voice.name}/{name}", (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if name == WEIGHTS else zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            packed.writestr(info, content)
    return body.getvalue()


def travel_files(voice: Voice) -> dict[str, bytes]:
    """Give a voice's files as they leave this machine: the config names the base, never a folder of ours."""
    config = read_object(voice.folder / CONFIG)
    config["base_model_name_or_path"] = voice.base_id or None
    files = {CONFIG: (json.dumps(config, indent=2, ensure_ascii=False) + "\n").encode()}
    for name in (WEIGHTS, PASSPORT, CARD):
        if (voice.folder / name).is_file():
            files[name] = (voice.folder / name).read_bytes()
    return files


def _check_directory(stream: BinaryIO) -> None:
    """Refuse a zip whose list of contents would fill the memory, before the library reads it."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - 65_557))
    end = stream.read()
    at = end.rfind(b"PK\x05\x06")
    if at < 0 or at + 22 > len(end):
        raise zipfile.BadZipFile("it has no list of its contents")
    count, directory = struct.unpack("<HI", end[at + 10 : at + 16])
    if (
        count > _MOST_ENTRIES
        or directory > _MOST_DIRECTORY
        or end[max(0, at - 20) : at].startswith(b"PK\x06\x07")
    ):
        raise _refused(f"it lists more than {_MOST_ENTRIES:,} files", "A voice is a zip of one small folder.")


def _check_entry(info: zipfile.ZipInfo) -> None:
    _check_name(info.orig_filename)
    _check_name(info.filename)
    if info.flag_bits & 1:
        raise _refused("it is locked with a password", "Zip the folder again without one.")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise _refused(f"{shorten(info.filename)} in it is a link, not a file", "Zip the files themselves.")


def _check_name(name: str) -> None:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if name.startswith(("/", "\\")) or ".." in parts or "\0" in name or (parts and parts[0][1:2] == ":"):
        raise _refused(
            f"the name {shorten(name)} in it leads out of its folder",
            "Zip the voice's own folder, nothing else.",
        )


def _choose(entries: list[_Entry]) -> dict[str, _Entry]:
    """Give the voice's files out of everything; a folder around them, and others beside them, do not matter."""
    folders: dict[PurePosixPath, dict[str, _Entry]] = {}
    for entry in entries:
        path = PurePosixPath(entry.name.replace("\\", "/"))
        folders.setdefault(path.parent, {}).setdefault(path.name, entry)
    voices = [
        folder for folder, files in folders.items() if CONFIG in files and "__MACOSX" not in folder.parts
    ]
    if not voices:
        names = ", ".join(shorten(entry.name, 40) for entry in entries[:3]) or "nothing"
        raise _refused(f"there is no {CONFIG} in it, only {names}", f"A voice has {CONFIG} and {WEIGHTS}.")
    depth = min(len(folder.parts) for folder in voices)
    top = [folder for folder in voices if len(folder.parts) == depth]  # checkpoints may lie deeper inside
    if len(top) > 1:
        names = ", ".join(shorten(folder.name, 40) for folder in top[:3])
        raise _refused(f"there are {len(top)} voices in it ({names})", "Upload them one by one.")
    files = folders[top[0]]
    if WEIGHTS not in files:
        pickle = next((name for name in sorted(files) if name.endswith(_PICKLES)), "")
        if pickle:
            raise _refused(
                f"its weights come only as {shorten(pickle)}, a kind of file that can run code",
                "Save them as safetensors (save_pretrained does) and upload that.",
            )
        raise _refused(f"it has no {WEIGHTS}", f"A voice has {CONFIG} and {WEIGHTS}.")
    chosen = {name: files[name] for name in KEPT if name in files}
    for name, entry in chosen.items():
        _check_size(name, entry)
    return chosen


def _check_size(name: str, entry: _Entry) -> None:
    if entry.size > _LARGEST[name]:
        raise _refused(
            f"its {name} would take {entry.size / 1e6:,.0f} MB; at most {_LARGEST[name] / 1e6:,.0f} MB are taken",
            "A voice is small: look whether it is a whole model.",
        )
    if entry.size > max(_SMALL, _MOST_RATIO * entry.packed):
        raise _refused(
            f"{entry.packed:,} bytes in it would become {entry.size:,}, as no weights do",
            "Zip the voice's folder again.",
        )


def _opener(packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
    return lambda: packed.open(info)  # type: ignore[return-value]


def _reader(body: bytes) -> Callable[[], BinaryIO]:
    return lambda: io.BytesIO(body)


def _write(entry: _Entry, file: Path, most: int) -> None:
    written = 0
    with entry.open() as source, file.open("xb") as target:
        while block := source.read(_BLOCK):
            written += len(block)
            if written > min(most, entry.size):
                raise zipfile.BadZipFile("a file in it is larger than it says")
            target.write(block)
    if written != entry.size:
        raise zipfile.BadZipFile("a file in it is cut short")


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the troubles of a zip into sentences; the disk's own stay as they are."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, struct.error) as err:
        raise _refused("it is not a whole zip file", "Zip the voice's folder again and upload that.") from err
    except (NotImplementedError, RuntimeError, ValueError, UnicodeError) as err:
        raise _refused(
            "it is packed in a way that is not known here", "Zip it with an ordinary program."
        ) from err


def _refused(why: str, hint: str) -> ModelDamaged:
    return ModelDamaged(f"The voice cannot be taken in: {why}.", hint)
