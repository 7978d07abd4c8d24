"""What a form is: its questions, lengths, templates and defaults, as its TOML file holds them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field as Bound
from pydantic.dataclasses import dataclass

from creative.actions.action import Chat, Scaffold
from creative.actions.tomlfile import STRICT, Name, SamplingValues, Words

FieldKind = Literal["line", "text", "choice", "number", "lines"]
LengthName = Literal["short", "medium", "long"]

HANZI_PER_WORD = 1.6
"""Chinese characters that say as much as one English word, roughly; for the target length only."""


@dataclass(frozen=True, config=STRICT)
class Choice:
    """One answer that can be picked."""

    value: str
    """What the brief keeps and the API takes."""
    en: str
    zh: str = ""
    rule: Words = Words(en="")
    """What the prompt adds when this is picked, under `{<field>_rule}`; may ask for {words}."""

    def label(self, key: str) -> str:
        """Give the words of the choice in `key` ("en" or "zh")."""
        return (self.zh if key == "zh" else "") or self.en


@dataclass(frozen=True, config=STRICT)
class Field:
    """One question of the brief."""

    name: Name
    label: Words
    kind: FieldKind = "line"
    help: Words = Words(en="")
    placeholder: Words = Words(en="")
    """A real answer, shown faintly; never an instruction."""
    required: bool = False
    primary: bool = False
    """Whether it stands before "More about the brief"; four at most."""
    choices: tuple[Choice, ...] = ()
    free: bool = False
    """Whether an answer beside the choices is taken."""
    default: str = ""
    """Taken when nothing is answered."""
    least: int = 0
    """Smallest number taken."""
    most: int = 1000
    """Largest number taken."""
    capitals: bool = False
    """Whether the model reads the names of people who are listed in capitals, as a script has them over speech."""


@dataclass(frozen=True, config=STRICT)
class Length:
    """How much is written at once."""

    words: Annotated[int, Bound(ge=1, le=20_000)]
    """Target length in English words, named in the prompt and in the foot line."""
    max_new_tokens: Annotated[int, Bound(ge=16, le=32_768)]

    def target(self, key: str) -> int:
        """Give the target in the units of the language: words, or 字 for "zh" (rounded to tens)."""
        return round(self.words * HANZI_PER_WORD / 10) * 10 if key == "zh" else self.words


@dataclass(frozen=True, config=STRICT)
class Lengths:
    """The three lengths a writer chooses from."""

    short: Length = Length(300, 500)
    medium: Length = Length(600, 1000)
    long: Length = Length(1200, 2000)

    def get(self, name: str) -> Length:
        """Give the length of that name; an empty one is medium."""
        return {"short": self.short, "long": self.long}.get(name, self.medium)


@dataclass(frozen=True, config=STRICT)
class Example:
    """A brief filled in, for a writer who wants to see one."""

    title: str
    brief: Mapping[str, str | int | list[str]]
    language: str = "English"


@dataclass(frozen=True, config=STRICT)
class Form:
    """One form of writing; everything the page, the prompts and the API know about it."""

    name: Name
    title: Words
    """The tab's title."""
    noun: Words
    """What one piece is called inside a prompt: "story", "news report"."""
    about: Words
    """One line that says what it is for."""
    fields: tuple[Field, ...]
    """The questions; a last one, `length`, is added when the form is read."""
    brief: Words
    """Template of the brief as short labelled lines; the other templates ask for it as {brief}."""
    chat: Chat
    plain: Scaffold
    order: int = 1000
    """Place among the tabs, smallest first."""
    lengths: Lengths = Lengths()
    sampling: SamplingValues = SamplingValues()
    """At the middle of the creativity slider."""
    stop: tuple[str, ...] = ()
    model: str = ""
    """Model of its own; empty: the one in use."""
    voice: str = ""
    """Voice of its own; empty: the plain model."""
    checks: tuple[str, ...] = ()
    exporters: tuple[str, ...] = ("txt", "md", "docx")
    actions: tuple[str, ...] = ()
    """What the selection bar offers, in order; empty: the actions that serve any form."""
    examples: tuple[Example, ...] = ()

    def field(self, name: str) -> Field | None:
        """Give the question of that name, or None."""
        return next((field for field in self.fields if field.name == name), None)

    def length(self, brief: Mapping[str, str]) -> Length:
        """Give the length that a cleaned brief asks for."""
        return self.lengths.get(brief.get("length", ""))


LENGTH_FIELD = Field(
    name="length",
    label=Words("Length", "篇幅"),
    kind="choice",
    choices=(
        Choice("short", "Short", "短"),
        Choice("medium", "Medium", "中"),
        Choice("long", "Long", "长"),
    ),
    default="medium",
)
"""The question every form ends with; its words and tokens are the form's `lengths`."""
