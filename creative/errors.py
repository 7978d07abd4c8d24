"""What can go wrong for a person, one class per situation, each with a way out."""

from __future__ import annotations

from collections.abc import Iterable


class CreativeError(Exception):
    """A situation told in two sentences: what happened, and what to do here and now."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class MissingField(CreativeError):
    """A question of the form that needs an answer has none."""


class BadValue(CreativeError):
    """A value is of the wrong kind or out of its range."""


class UnknownName(CreativeError):
    """Something was asked for by a name that does not exist."""

    kind = "name"

    def __init__(self, name: object, known: Iterable[str]) -> None:
        listed = ", ".join(sorted(known)) or "none yet"
        super().__init__(f"There is no {self.kind} called {shorten(name)}.", f"There are: {listed}.")


class UnknownForm(UnknownName):
    """No form has this name."""

    kind = "form"


class UnknownVoice(UnknownName):
    """No voice on the shelf has this name."""

    kind = "voice"


class UnknownAction(UnknownName):
    """No action has this name, or the form does not offer it."""

    kind = "action"


class UnknownModel(UnknownName):
    """No model in the catalogue or on the hub has this id."""

    kind = "model"


class UnknownFormat(UnknownName):
    """The form cannot be exported in this format."""

    kind = "format"


class UnknownJob(UnknownName):
    """No training has this id."""

    kind = "training"


class UnknownUpload(CreativeError):
    """A file that was sent earlier is not there any more."""


class MalformedFile(CreativeError):
    """A TOML file of a form, action or model cannot be read; the rest goes on without it."""


class TextTooLong(CreativeError):
    """A text is longer than can be taken."""


class DoesNotFit(CreativeError):
    """A model needs more memory than is free."""


class ModelUnreachable(CreativeError):
    """The model files cannot be fetched: no network, a wrong id, or a closed door."""


class ModelGated(CreativeError):
    """The model's licence must be accepted on the hub first."""


class ModelDamaged(CreativeError):
    """The model's files are incomplete, changed or of an unsafe kind."""


class EngineUnreachable(CreativeError):
    """A server that should write does not answer."""


class EngineFailed(CreativeError):
    """The model could not go on writing."""


class AdapterMismatch(CreativeError):
    """A voice was trained for another model."""


class NotEnoughText(CreativeError):
    """The pages hold too little text to train on."""


class UnreadableFile(CreativeError):
    """A file of the pages cannot be read."""


class NotAllowed(CreativeError):
    """Only the owner of this playground may do this."""


class NotOffered(CreativeError):
    """Nothing can be trained here, with this model or on this kind of machine."""


class JobFailed(CreativeError):
    """A training cannot go on, or not be told to do what was asked."""


class DraftNotFound(CreativeError):
    """This visitor has no such draft or version."""


class DraftConflict(CreativeError):
    """Another tab wrote on the same draft; the text was kept as the version `saved`."""

    def __init__(self, message: str, hint: str, saved: str, head: str) -> None:
        super().__init__(message, hint)
        self.saved = saved
        self.head = head


class StorageDamaged(CreativeError):
    """The file that holds the drafts cannot be read."""


class StorageFull(CreativeError):
    """The disk is full or cannot be written."""


class PortInUse(CreativeError):
    """Another program listens where the page should be."""


def shorten(value: object, limit: int = 60) -> str:
    """Give a value as it may be shown in a message: quoted, one line, at most `limit` characters."""
    text = "".join(ch if ch.isprintable() else "?" for ch in str(value))
    return f"“{text[: limit - 1]}…”" if len(text) > limit else f"“{text}”"
