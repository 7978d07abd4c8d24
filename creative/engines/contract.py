"""The contract between whoever asks for text and whatever writes it; knows no library."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Literal, Protocol

FinishReason = Literal["stop", "length", "cancelled"]
Prompt = str | tuple[Mapping[str, str], ...]
"""Plain text, or chat messages (`role`, `content`); a last message of role `assistant` is continued."""


@dataclass(frozen=True)
class Sampling:
    """How the next token is drawn. The defaults switch every filter off; temperature 0 is greedy.

    The penalties on repetition count the text itself, plain or the begun answer of a chat, and not the messages
    before it: what a brief names is there to be written. A server of another make may count those too.
    """

    temperature: float = 0.8
    """Spread of the draw; 0 takes the likeliest token every time (0 to 5)."""
    top_k: int = 0
    """Keep only the k likeliest tokens; 0 keeps all."""
    top_p: float = 1.0
    """Keep the likeliest tokens that together hold this share (nucleus sampling, arXiv 1904.09751)."""
    min_p: float = 0.0
    """Keep tokens at least this share as likely as the likeliest (arXiv 2407.01082)."""
    typical_p: float = 1.0
    """Keep the tokens whose surprise is nearest the expected one (arXiv 2202.00666)."""
    repetition_penalty: float = 1.0
    """Divide the score of tokens already used (CTRL, arXiv 1909.05858); 1 is off. Spelling is no repetition: after a
    letter only tokens that begin another word pay; those that go on with this one stay as likely as they were."""
    no_repeat_ngram: int = 0
    """Never write the same run of this many tokens twice; 0 is off."""
    dry_multiplier: float = 0.0
    """Strength of the penalty on continuing a repeated run (DRY, text-generation-webui #5677); 0 is off."""
    dry_base: float = 1.75
    """How fast the DRY penalty grows with the length of the run."""
    dry_allowed_length: int = 2
    """Runs up to this many tokens cost nothing under DRY."""
    dry_range: int = 0
    """How many tokens DRY looks back; 0 is all of the text. A chorus comes again beyond it, for nothing."""

    @classmethod
    def of(cls, values: Mapping[str, float]) -> Sampling:
        """Give the settings of a form or a person; those that are whole numbers are made so."""
        whole = {each.name for each in fields(cls) if isinstance(each.default, int)}
        return cls(**{name: int(v) if name in whole else v for name, v in values.items()})  # type: ignore[arg-type]


@dataclass(frozen=True)
class WriteRequest:
    """One request for text. Everything it depends on is in it; nothing is set on the model."""

    prompt: Prompt
    """What stands in it is plain text: a chat template's mark that somebody typed steers no model."""
    max_new_tokens: int
    sampling: Sampling = field(default_factory=Sampling)
    adapter: str = ""
    """Name of the voice on the shelf; empty for the plain model."""
    n: int = 1
    """Variants written side by side in one batch."""
    stop: tuple[str, ...] = ()
    """Writing ends before the first of these; no part of one is ever given out."""
    seed: int | None = None
    """The same seed, model and prompt give the same text; None draws one."""
    owner: str = ""
    """Who asks, so that one visitor cannot take every place."""


@dataclass(frozen=True)
class Counts:
    """What a request has cost so far."""

    prompt_tokens: int
    new_tokens: int
    seed: int
    """The seed in use, also when none was asked for."""


@dataclass(frozen=True)
class Piece:
    """A bit of text of variant `index`; whole characters only. The last one has a finish reason."""

    text: str
    index: int = 0
    finish_reason: FinishReason | None = None
    counts: Counts | None = None
    """Set on the last piece of a variant."""
    ahead: int = 0
    """While waiting for a place: how many requests come first; such a piece has no text."""


@dataclass(frozen=True)
class EngineInfo:
    """What a person may know about the model in use."""

    model: str
    """Hub id, folder name or served name."""
    title: str
    precision: str
    context: int
    """Tokens that prompt and text may take together."""
    chat: bool
    """Whether the model takes chat messages; otherwise it continues plain text."""
    why: str
    """Why this precision, in plain words with the numbers."""
    memory_gb: float
    fingerprint: str
    """Hash of configuration and tokenizer and weight names; voices name the one they belong to."""
    languages: tuple[str, ...] = ()
    """Languages it writes well; empty when unknown."""
    voices: tuple[str, ...] = ()
    """Voices a server has itself, beside those on the shelf."""
    leaves_out: tuple[str, ...] = ()
    """Sampling settings that have no effect here, by their names in `Sampling`."""
    counts_exactly: bool = True
    """Whether `count` is the tokenizer's own number; otherwise it is an estimate, rather too high."""
    remote: bool = False
    """Whether it writes on another machine: it takes no memory here, and may be away."""
    away: str = ""
    """Why it does not answer just now, in a sentence; empty while it does."""


class Engine(Protocol):
    """Whatever writes. Safe to call from many threads at once."""

    @property
    def info(self) -> EngineInfo: ...

    def count(self, text: Prompt) -> int:
        """Give the number of tokens in plain text, or in messages with all that is put around them.

        About, where `info.counts_exactly` is false.
        """
        ...

    def render(self, prompt: Prompt) -> str:
        """Give the exact text the model reads, chat template and all; a server may keep its template to itself."""
        ...

    def stream(self, request: WriteRequest, cancel: threading.Event | None = None) -> Iterator[Piece]:
        """Write, giving text as it comes; setting `cancel` or closing the iterator ends it within a token.

        Raises CreativeError: `TextTooLong` when prompt and one token do not fit the context,
        `UnknownVoice`, `AdapterMismatch`, `EngineFailed`, `EngineUnreachable`.
        """
        ...

    def close(self) -> None:
        """Free the memory; requests under way end as cancelled."""
        ...
