"""What a person asks the studio for and what comes back, as plain data; nothing here does anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from creative.errors import BadValue, shorten

State = Literal["loading", "waiting", "writing", "done", "stopped"]
MOST_VARIANTS = 8
LARGEST_SEED = 2**63 - 1

SAMPLERS: dict[str, tuple[float, float, bool]] = {
    "temperature": (0.0, 5.0, False),
    "top_k": (0, 10_000, True),
    "top_p": (0.01, 1.0, False),
    "min_p": (0.0, 1.0, False),
    "typical_p": (0.01, 1.0, False),
    "repetition_penalty": (0.5, 3.0, False),
    "no_repeat_ngram": (0, 100, True),
    "dry_multiplier": (0.0, 10.0, False),
    "dry_base": (1.0, 10.0, False),
    "dry_allowed_length": (1, 100, True),
    "dry_range": (0, 100_000, True),
}
"""Sampling values a writer may set by hand: least, most, whole number."""


@dataclass(frozen=True)
class Order:
    """One request for writing, as a visitor made it; nothing in it has been checked."""

    form: str
    brief: Mapping[str, object] = field(default_factory=dict)
    action: str = "write"
    """`write` for a first draft, or the name of an action."""
    text: str = ""
    """The page as it stands; an action works on it, `write` starts afresh beside it."""
    selection: str = ""
    selection_start: int | None = None
    """Character (code point) of `text` where the selection starts."""
    instruction: str = ""
    voice: str = ""
    creativity: float = 0.5
    max_tokens: int | None = None
    """Longest result in tokens; None takes what the brief's length or the action asks for."""
    seed: int = -1
    """-1 draws one."""
    language: str = "English"
    variants: int = 1
    overrides: Mapping[str, object] = field(default_factory=dict)
    """Sampling values set by hand, over those that creativity gives."""
    writer: str = ""
    """Secret of the writer whose draft this is; empty keeps no draft."""
    draft: str = ""
    head: str = ""
    """The version the page shows; another tab may have moved on."""


@dataclass(frozen=True)
class PromptPart:
    """One piece of what the model reads, with what it costs."""

    name: str
    text: str
    tokens: int
    trimmed_tokens: int


@dataclass(frozen=True)
class Report:
    """What the model was given."""

    parts: tuple[PromptPart, ...]
    prompt: str
    """The exact text, chat template and all."""
    prompt_tokens: int
    context: int
    max_new_tokens: int
    trimmed: str
    """A sentence that says what was left out; empty when nothing was."""
    sampling: Mapping[str, float]
    model: str
    voice: str


@dataclass(frozen=True)
class Step:
    """One thing that happened while an order was filled."""

    state: State
    index: int = 0
    """Which variant `text` belongs to."""
    text: str = ""
    """Only what is new."""
    ahead: int = 0
    """While waiting: how many come first."""
    draft: str = ""
    nodes: tuple[str, ...] = ()
    """Version of each variant; known from the first step that has a draft."""
    report: Report | None = None
    """On the first step of the writing."""
    finish: str = ""
    """On the last step of a variant: stop, length or cancelled."""
    seed: int | None = None
    new_tokens: int = 0


def check_whole(name: str, value: object, least: int, most: int) -> int:
    """Give a whole number between two bounds; anything else is BadValue, floats like 3.0 are taken."""
    number = value
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
        raise BadValue(
            f"{name} cannot be {shorten(value)}.", f"It is a whole number from {least:,} to {most:,}."
        )
    return number


TEXTS = ("action", "text", "selection", "instruction", "voice", "writer", "draft", "head")
"""Parts of an order that are text whatever it asks for."""


def check_texts(order: Order) -> Order:
    """Give the order with every text a text that can be read and stored; BadValue names one that is none."""
    cleaned: dict[str, str] = {}
    for name in TEXTS:
        value = getattr(order, name)
        if not isinstance(value, str):
            raise BadValue(f"{name} has to be text, not {shorten(value)}.", "Send it as a string.")
        # A browser may send half a surrogate pair, which no tokenizer takes; the length stays the same.
        cleaned[name] = value.encode("utf-8", "replace").decode("utf-8")
    if order.selection_start is not None:
        check_whole("selection_start", order.selection_start, 0, max(0, len(order.text)))
    return replace(order, **cleaned)  # type: ignore[arg-type]


def check_samplers(values: object) -> dict[str, float]:
    """Give sampling values that can be used; BadValue names the one that cannot and its range."""
    if not isinstance(values, Mapping):
        raise BadValue(
            f"Sampling values are named numbers, not {shorten(values)}.", f"There are: {', '.join(SAMPLERS)}."
        )
    checked: dict[str, float] = {}
    for name, value in values.items():
        if name not in SAMPLERS:
            raise BadValue(
                f"There is no sampling value called {shorten(name)}.", f"There are: {', '.join(SAMPLERS)}."
            )
        least, most, whole = SAMPLERS[name]
        if whole:
            checked[name] = check_whole(name, value, int(least), int(most))
        elif isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise BadValue(
                f"{name} cannot be {shorten(value)}.", f"It is a number from {least:g} to {most:g}."
            )
        else:
            checked[name] = float(value)
    return checked
