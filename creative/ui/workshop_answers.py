"""What the page may ask about training and voices: each question by its name; the workshop says who may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from creative.errors import BadValue, shorten
from creative.studio import Studio
from creative.training.records import TrainingOrder, Upload
from creative.trust import require_owner
from creative.ui.orders import Asked, text_of
from creative.ui.uploads import LARGEST_MB, MOST_FILES, MOST_TOGETHER_MB, uploads_of

Plain = dict[str, Any]


class WorkshopAnswers:
    """The page's questions about training and voices; every public method is one."""

    def __init__(self, studio: Studio) -> None:
        self._workshop = studio.workshop
        self._uploads = uploads_of(studio)

    def train_describe(self, asked: Asked) -> Plain:
        """Give recipes, settings, formats and limits, and why training is not offered where it is not."""
        told = self._workshop.describe(asked.visitor)
        most_mb = min(told.pop("file_mb"), LARGEST_MB)
        return {**told, "limits": {"file_mb": most_mb, "together_mb": MOST_TOGETHER_MB, "files": MOST_FILES}}

    def train_preview(self, asked: Asked) -> Plain:
        """Give what would be trained on."""
        order = read_training_order(asked.values.get("order"))
        return asdict(self._workshop.preview(asked.visitor, self._pages(asked), order))

    def train_start(self, asked: Asked) -> str:
        """Start a training, or put it in the line, and give its id."""
        order = read_training_order(asked.values.get("order"))
        return self._workshop.train(asked.visitor, self._pages(asked), order)

    def train_jobs(self, asked: Asked) -> list[Plain]:
        """Give every training, the latest first."""
        return [asdict(state) for state in self._workshop.jobs(asked.visitor)]

    def train_job(self, asked: Asked) -> Plain:
        """Give how one training stands."""
        return asdict(self._workshop.job(asked.visitor, asked.text("id")))

    def train_stop(self, asked: Asked) -> Plain:
        """End a training, keeping what it learned."""
        return asdict(self._workshop.stop_job(asked.visitor, asked.text("id")))

    def train_resume(self, asked: Asked) -> Plain:
        """Let a training go on."""
        return asdict(self._workshop.resume_job(asked.visitor, asked.text("id")))

    def train_delete(self, asked: Asked) -> bool:
        """Remove a training that is not under way."""
        self._workshop.delete_job(asked.visitor, asked.text("id"))
        return True

    def train_use(self, asked: Asked) -> Plain:
        """Make another checkpoint of a training its voice."""
        step = asked.values.get("step")
        if isinstance(step, bool) or not isinstance(step, int):
            raise BadValue(f"A step is a whole number, not {shorten(step)}.", "Choose one of the samples.")
        return asdict(self._workshop.use_step(asked.visitor, asked.text("id"), step))

    def train_blind(self, asked: Asked) -> Plain:
        """Give two texts of the same brief, by the plain model and by the voice, without saying which is which."""
        return asdict(self._workshop.blind_pair(asked.visitor, asked.text("id")))

    def train_pick(self, asked: Asked) -> dict[str, int]:
        """Keep which of the two a person liked better, and give the counts so far."""
        return self._workshop.pick(asked.visitor, asked.text("id"), asked.text("token"), asked.text("side"))

    def voices(self, asked: Asked) -> list[Plain]:
        """Give the voices on the shelf with their passports, the examples left out."""
        return self._workshop.voices(asked.visitor)

    def voice_import(self, asked: Asked) -> Plain:
        """Put a voice made elsewhere on the shelf: `upload` is a zip, `uploads` the files of its folder."""
        require_owner(asked.visitor, "bring voices")
        ids = asked.values.get("uploads") or [asked.values.get("upload")]
        with self._uploads.open(ids) as files:
            return self._workshop.import_voice(asked.visitor, files)

    def voice_delete(self, asked: Asked) -> str:
        """Take a voice off the shelf; the key given brings it back."""
        return self._workshop.delete_voice(asked.visitor, asked.text("name"))

    def voice_restore(self, asked: Asked) -> Plain:
        """Bring a deleted voice back."""
        return self._workshop.restore_voice(asked.visitor, asked.text("key"))

    def voice_push(self, asked: Asked) -> str:
        """Publish a voice on the hub, private unless `private` is false; gives its address."""
        private = asked.values.get("private") is not False
        return self._workshop.push_voice(asked.visitor, asked.text("name"), asked.text("repo"), private)

    def _pages(self, asked: Asked) -> Sequence[Upload]:
        # A guest is not told whether an id is one.
        require_owner(asked.visitor, "train voices")
        return self._uploads.read(asked.values.get("uploads"))


def read_training_order(value: object) -> TrainingOrder:
    """Give the order for a training as the page sends it; the workshop checks what it asks for."""
    values = value if isinstance(value, dict) else {}
    settings = values.get("settings") or {}
    if not isinstance(settings, dict):
        raise BadValue("The numbers of a recipe come by name.", "Send them as one object.")
    return TrainingOrder(
        form=text_of(values, "form"),
        title=text_of(values, "title"),
        preset=text_of(values, "preset") or "balanced",
        settings=settings,
        style=text_of(values, "style") or "form",  # type: ignore[arg-type]
        language=text_of(values, "language") or "English",
        rights=text_of(values, "rights") or None,  # type: ignore[arg-type]
    )
