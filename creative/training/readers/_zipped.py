"""The zip files that .docx and .epub are: opened with a cap on what they unfold to, never written to disk."""

from __future__ import annotations

import io
import zipfile
import zlib

from creative.errors import UnreadableFile

MOST_MB = 128
"""What all the parts may unfold to; a file of at most 32 MB holds less, unless it is made to do harm."""
MOST_PARTS = 10_000

BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    ValueError,
    OverflowError,
    OSError,
)


class Zipped:
    """The parts of a zip file by name; a name is only a key and may hold anything."""

    def __init__(self, body: bytes, kind: str) -> None:
        self._kind = kind
        if body.startswith(b"\xd0\xcf\x11\xe0"):
            raise UnreadableFile(
                f"The file is protected by a password, or of a kind older than {kind}.",
                f"Save it without a password as {kind}.",
            )
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(body))
        except BROKEN as err:
            raise self._damaged() from err
        parts = self._zip.infolist()
        unfolded_mb = sum(part.file_size for part in parts) / 2**20
        if unfolded_mb > MOST_MB or len(parts) > MOST_PARTS:
            raise UnreadableFile(
                f"The file unfolds to {unfolded_mb:,.0f} MB in {len(parts):,} parts; "
                f"{MOST_MB} MB in {MOST_PARTS:,} parts can be taken.",
                "Save the text without its pictures, or as plain text.",
            )
        if any(part.flag_bits & 0x1 for part in parts):
            raise UnreadableFile("The file is protected by a password.", "Save it without one.")
        self.names = frozenset(self._zip.namelist())
        self._left = MOST_MB * 2**20

    def read(self, name: str) -> bytes:
        """Give one part; what is read counts, whatever the file says of its size."""
        try:
            with self._zip.open(name) as part:
                body = part.read(self._left + 1)
        except (KeyError, RuntimeError, *BROKEN) as err:
            raise self._damaged() from err
        self._left -= len(body)
        if self._left < 0:
            raise UnreadableFile(
                f"The file unfolds to more than {MOST_MB} MB.", "Save its text as plain text and send that."
            )
        return body

    def _damaged(self) -> UnreadableFile:
        return UnreadableFile(
            f"The file is damaged, or no {self._kind}.", "Open it where it was written and save it again."
        )
