"""What a training is made of, as plain data: what a person asks, what a preview shows, what a job tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Message = Mapping[str, str]
Prompt = str | Sequence[Message]
"""As in the engines' contract: chat messages, or plain text that is continued."""
Render = Callable[[Mapping[str, str]], Prompt]
"""Give the form's own prompt for a brief; the studio binds form, language and kind of model."""
Count = Callable[[str], int]
"""Give the number of tokens in a text."""

Style = Literal["form", "plain"]
"""`form`: under the form's own prompt; `plain`: plain continuation, what base models get."""
Rights = Literal["mine", "public_domain", "licensed"]
State = Literal["waiting", "starting", "training", "finishing", "done", "stopped", "failed", "interrupted"]
"""`interrupted`: its process is gone without a word; it can be resumed, as can `stopped` and `failed`."""


@dataclass(frozen=True)
class TrainingOrder:
    """What a person asks for; everything but the pages."""

    form: str
    title: str
    """Name of the voice as writers will see it."""
    preset: str = "balanced"
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Numbers of the recipe that replace the preset's."""
    style: Style = "form"
    language: str = "English"
    rights: Rights | None = None
    """Whose pages these are; None is refused at the start: the person has to say that they may train on them."""


@dataclass(frozen=True)
class Upload:
    """One file as it came: the name is only shown, never used as a path."""

    name: str
    body: bytes


@dataclass(frozen=True)
class Document:
    """A chapter, scene, song, report or ad found in the pages."""

    title: str
    file: str
    text: str
    brief: Mapping[str, str] = field(default_factory=dict)
    """Set for a pair that came with its own brief (.jsonl, .csv); else the brief is drawn from the text."""


@dataclass(frozen=True)
class LeftOut:
    """Something of the pages that is not trained on, and why."""

    file: str
    what: str
    """Its first words."""
    why: str
    """`boilerplate`, `duplicate`, `near duplicate of ...`, `too short`, `unreadable`, in words for a person."""
    words: int


@dataclass(frozen=True)
class Personal:
    """A name, e-mail address or phone number found in the pages."""

    kind: Literal["name", "email", "phone"]
    text: str
    count: int


@dataclass(frozen=True)
class Manuscript:
    """The uploads, read: what can be trained on, and what was left out."""

    documents: tuple[Document, ...]
    left_out: tuple[LeftOut, ...]
    personal: tuple[Personal, ...]


@dataclass(frozen=True)
class Example:
    """What the model reads and what it learns to write; one line of data/train.jsonl and data/held_out.jsonl."""

    prompt: Prompt
    """"" for plain continuation."""
    text: str
    """The only part the loss is taken on."""
    source: str
    """The document's title."""
    whole: bool = True
    """Whether the text ends here; of a cut passage the end is not trained."""


@dataclass(frozen=True)
class Dataset:
    """The examples, split: whole documents (or the last tenth of a single one) are held out, never random chunks."""

    train: tuple[Example, ...]
    held_out: tuple[Example, ...]
    held_out_titles: tuple[str, ...]
    fingerprint: str
    """sha256 of all examples, 16 hex digits."""


@dataclass(frozen=True)
class Preview:
    """What a person sees before a start."""

    documents: tuple[Mapping[str, Any], ...]
    """Each: title, file, words, tokens, held_out."""
    words: int
    tokens: int
    """Tokens that the loss is taken on."""
    examples: int
    left_out: tuple[LeftOut, ...]
    personal: tuple[Personal, ...]
    shown: tuple[Mapping[str, str], ...]
    """The exact text of the first examples as the model will see it: title, prompt, text."""
    problem: str = ""
    """Why these pages cannot be trained on, or empty."""
    advice: tuple[str, ...] = ()
    """Sentences worth reading before the start, such as that the pages are few."""


@dataclass(frozen=True)
class Card:
    """One sample: the same prompt and seed at every step it is written at."""

    title: str
    """What the brief asks, in a few words."""
    seed: int
    text: str


@dataclass(frozen=True)
class Evaluation:
    """How the voice stood at one step."""

    step: int
    epoch: float
    held_out_loss: float
    """Nats per token on the held-out pages."""
    kept: bool
    """Whether it is the best so far."""
    cards: tuple[Card, ...] = ()


@dataclass(frozen=True)
class JobState:
    """What the job's folder tells, read anew each time."""

    id: str
    title: str
    form: str
    state: State
    message: str
    """One sentence for a person: what it does, or why it ended."""
    hint: str = ""
    """After a failure: what to do."""
    created: float = 0.0
    place: int = 0
    """Jobs that come first, while waiting."""
    step: int = 0
    total: int = 0
    epoch: float = 0.0
    epochs: float = 0.0
    loss: float | None = None
    eval_loss: float | None = None
    """The latest held-out loss."""
    tokens_per_s: float | None = None
    eta_s: float | None = None
    memory_gb: float | None = None
    curve: tuple[tuple[int, float], ...] = ()
    """Step and training loss, thinned to at most 400 points."""
    evaluations: tuple[Evaluation, ...] = ()
    """The first one is the base, at step 0."""
    notices: tuple[str, ...] = ()
    """What happened on the way that a person should know, such as a smaller batch after a lack of memory."""
    preflight: Mapping[str, Any] = field(default_factory=dict)
    report: Mapping[str, Any] = field(default_factory=dict)
    """Before and after, once it is done; see evaluation.report."""
    recipe: Mapping[str, Any] = field(default_factory=dict)
    voice: str = ""
    """Name on the shelf once it stands there."""
    kept_step: int | None = None
    """The checkpoint that became the voice."""
