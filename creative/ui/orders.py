"""What the page sends, made into what the studio takes; whatever is of the wrong kind is refused here."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from creative.errors import BadValue, shorten
from creative.orders import Order
from creative.studio import Studio
from creative.trust import Visitor, meet

_WRITER = re.compile(r"[0-9a-f]{32}")
_VERB = re.compile(r"[a-z][a-z0-9_ ]{0,39}")


@dataclass(frozen=True)
class Asked:
    """One question with whoever asks it."""

    values: Mapping[str, Any]
    writer: str
    visitor: Visitor

    def text(self, name: str) -> str:
        """Give a value that has to be text; a missing one is empty."""
        return text_of(self.values, name)


def text_of(values: Mapping[str, Any], name: str) -> str:
    """Give a value that has to be text; a missing one is empty."""
    value = values.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadValue(f"“{name}” has to be text, not {shorten(value)}.", "Reload the page.")
    return value


def writer_of(values: Mapping[str, Any]) -> str:
    """Give the writer's secret, 128 bits in hex as the page makes it."""
    writer = text_of(values, "writer")
    if not _WRITER.fullmatch(writer):
        raise BadValue("The page sent no key to your drafts.", "Reload the page.")
    return writer


def read_brief(values: Mapping[str, Any]) -> dict[str, Any]:
    """Give the answers to the form's questions."""
    brief = values.get("brief") or {}
    if not isinstance(brief, dict):
        raise BadValue("A brief is a set of named answers.", "Reload the page.")
    return brief


def read_verb(values: Mapping[str, Any]) -> str:
    """Give what made a version; whatever is no name of an action is the writer's own edit."""
    verb = text_of(values, "verb")
    return verb if _VERB.fullmatch(verb) else "edit"


def meet_visitor(studio: Studio, request: gr.Request, writer: str) -> Visitor:
    """Tell who asks; the share of the model is kept per `writer`: a page's secret, or a client's session."""
    headers = {str(name).lower(): str(value) for name, value in request.headers.items()}
    key = hashlib.sha256(writer.encode()).hexdigest()[:16]
    return meet(studio.settings, headers, dict(request.cookies), key)


def read_order(values: Mapping[str, Any], writer: str) -> Order:
    """Give the order for a run; the studio checks what it asks for."""
    overrides = values.get("overrides") or {}
    if not isinstance(overrides, dict):
        raise BadValue("Sampling values come as named numbers.", "Reload the page.")
    return Order(
        form=text_of(values, "form"),
        brief=read_brief(values),
        action=text_of(values, "action") or "write",
        text=text_of(values, "text"),
        selection=text_of(values, "selection"),
        selection_start=values.get("selection_start"),
        instruction=text_of(values, "instruction"),
        voice=text_of(values, "voice"),
        creativity=values.get("creativity", 0.5),
        seed=values.get("seed", -1),
        language=text_of(values, "language") or "English",
        variants=values.get("variants", 1),
        overrides=overrides,
        writer=writer,
        draft=text_of(values, "draft"),
        head=text_of(values, "head"),
    )
