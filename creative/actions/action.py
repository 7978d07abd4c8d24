"""What an action is: what a writer can have done to a text, its words and its templates."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from creative.actions.template import placeholders
from creative.actions.tomlfile import STRICT, Name, SamplingValues, Words

Kind = Literal["continue", "revise", "brainstorm"]

VARIABLES = ("form", "brief", "before", "selection", "after", "text", "instruction", "words", "language")
"""What the templates of an action may ask for."""


@dataclass(frozen=True, config=STRICT)
class ChatTemplate:
    """The messages for a chat model."""

    user: str
    system: str = ""
    """Empty in an action: the form's own, so that the rules of the form hold for every revision."""


@dataclass(frozen=True, config=STRICT)
class Chat:
    """The messages in each language."""

    en: ChatTemplate
    zh: ChatTemplate | None = None
    """Missing: the English messages, with a line that names the language."""

    def get(self, key: str) -> ChatTemplate:
        """Give the messages in `key` ("en" or "zh")."""
        return (self.zh if key == "zh" else None) or self.en


@dataclass(frozen=True, config=STRICT)
class Scaffold:
    """The plain text that leads a base model into the writing; a blank line and the text follow it."""

    en: str
    zh: str = ""
    stop: tuple[str, ...] = ()
    """Where a base model has to be stopped: what it writes when it starts the scaffold again."""

    def get(self, key: str) -> str:
        """Give the scaffold in `key` ("en" or "zh")."""
        return (self.zh if key == "zh" else "") or self.en


@dataclass(frozen=True, config=STRICT)
class Action:
    """One thing that can be done to a text."""

    name: Name
    kind: Kind
    title: Words
    """A verb of one or two words, as it stands on the button."""
    order: int = 1000
    help: Words = Words(en="")
    """One line that says what it does."""
    forms: tuple[str, ...] = ()
    """The forms it serves; empty: every form. A form may also name it in its own list."""
    ratio: Annotated[float, Field(gt=0, le=10)] = 1.5
    """How long the result may be against the selection."""
    least_tokens: Annotated[int, Field(ge=1, le=4096)] = 64
    """Room for the result, however short the selection is."""
    sampling: SamplingValues = SamplingValues()
    """Where it departs from the form's own."""
    stop: tuple[str, ...] = ()
    chat: Chat | None = None
    """Absent for `continue`: the form's own templates are used, with the text after them."""
    plain: Scaffold | None = None

    @property
    def asks_instruction(self) -> bool:
        """Whether the writer has to say what to do."""
        return self.chat is not None and "instruction" in placeholders(self.chat.en.user)

    def most_tokens(self, selection_tokens: int) -> int:
        """Give how long the result may be, in tokens."""
        return max(self.least_tokens, round(self.ratio * selection_tokens))


def find_problems(action: Action) -> list[str]:
    """Say what is wrong with an action beyond the shape of its file."""
    if action.kind == "continue":
        return ["an action that continues takes no templates"] if action.chat or action.plain else []
    if action.chat is None or action.plain is None:
        return ["“chat” and “plain” are both needed"]
    chats = [chat for chat in (action.chat.en, action.chat.zh) if chat]
    texts = [
        *(chat.system for chat in chats),
        *(chat.user for chat in chats),
        action.plain.en,
        action.plain.zh,
    ]
    asked = dict.fromkeys(name for text in texts for name in placeholders(text))
    unknown = [f"{{{name}}}" for name in asked if name not in VARIABLES]
    if unknown:
        return [f"its templates ask for {', '.join(unknown)}; there are {', '.join(VARIABLES)}"]
    shown = [*(chat.user for chat in chats), *filter(None, (action.plain.en, action.plain.zh))]
    if action.kind == "revise" and not all("selection" in placeholders(text) for text in shown):
        return ["an action that revises has to show {selection}"]
    return []
