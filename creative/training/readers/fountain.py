"""Screenplays in Fountain: a document a scene."""

from __future__ import annotations

from creative.training.readers import _scenes
from creative.training.readers._encoding import decode
from creative.training.readers._reading import Reading, show_name, title_of
from creative.training.records import Document, Upload

SUFFIXES = (".fountain", ".spmd")


def read(upload: Upload) -> Reading:
    """Give the scenes; a script without a scene heading is one document."""
    text = decode(upload.body)
    reading = _scenes.read_script(text, show_name(upload.name))
    if reading.documents:
        return reading
    return Reading((Document(title_of(upload.name), show_name(upload.name), text),), parted=True)
