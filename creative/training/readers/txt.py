"""Plain text; a screenplay saved as plain text is read as one."""

from __future__ import annotations

from creative.training.readers import _scenes
from creative.training.readers._encoding import decode
from creative.training.readers._reading import Reading, show_name, title_of
from creative.training.records import Document, Upload

SUFFIXES = (".txt", ".text")


def read(upload: Upload) -> Reading:
    """Give the whole file as one document, or a screenplay's scenes."""
    text = decode(upload.body)
    if _scenes.is_script(text):
        return _scenes.read_script(text, show_name(upload.name))
    return Reading((Document(title_of(upload.name), show_name(upload.name), text),), wrapped=True)
