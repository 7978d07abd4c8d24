"""The brief of a form drawn from a passage by rule, so that pages are trained under the form's own prompt.

A form with rules of its own has them in a module of its name here, with `draw(text) -> dict`; the others
are drawn from the kinds of their fields. Adding rules is adding one file.
"""

from __future__ import annotations

import importlib
import math
import pkgutil
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Protocol

from creative.training.briefs import _traits as traits
from creative.training.keywords import find_key_words, find_place
from creative.training.words import count_words, is_chinese

PROMPT = "prompt"
"""Name of a whole prompt that came with a text, for want of answers."""
LENGTHS = ("short", "medium", "long")


class ChoiceShape(Protocol):
    """One answer that can be picked, as far as a brief needs to know."""

    @property
    def value(self) -> str: ...
    @property
    def en(self) -> str: ...
    @property
    def zh(self) -> str: ...


class FieldShape(Protocol):
    """One question of a form, as far as a brief needs to know; creative.forms.Field is one."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def required(self) -> bool: ...
    @property
    def choices(self) -> Sequence[ChoiceShape]: ...
    @property
    def free(self) -> bool: ...
    @property
    def least(self) -> int: ...
    @property
    def most(self) -> int: ...


class LengthShape(Protocol):
    """How much is written at once."""

    def target(self, key: str) -> int: ...


class LengthsShape(Protocol):
    """The lengths a writer chooses from, by name."""

    def get(self, name: str) -> LengthShape: ...


class FormShape(Protocol):
    """A form, as far as a brief needs to know; creative.forms.Form is one."""

    @property
    def name(self) -> str: ...
    @property
    def fields(self) -> Sequence[FieldShape]: ...
    @property
    def lengths(self) -> LengthsShape: ...


class Rules(Protocol):
    """What the module of a form holds."""

    def draw(self, text: str) -> dict[str, str]: ...


@cache
def own_rules() -> tuple[str, ...]:
    """List the forms that have rules of their own."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")))


def draw_brief(form: FormShape, text: str, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Give answers to the form's questions that describe `text`, every one valid for the form.

    Answers `given` with the pages are kept, and besides them only what the form requires is drawn. Of one
    text the same brief is always drawn.
    """
    kept = _keep_given(form, given or {})
    if form.name in own_rules():
        rules: Rules = importlib.import_module(f"{__name__}.{form.name}")  # type: ignore[assignment]
        drawn = rules.draw(text)
    else:
        drawn = _draw_by_name(text)
    drawn |= {"length": _nearest_length(form, text)}
    answers = {}
    for field in form.fields:
        said = kept.get(field.name, "")
        if not said and (not kept or field.required or field.name == "length"):
            said = _fit(field, drawn.get(field.name, ""))
        if not said and field.required:
            said = _fit(field, _draw_required(field, text))
        if said:
            answers[field.name] = said
    return answers


def _keep_given(form: FormShape, given: Mapping[str, str]) -> dict[str, str]:
    """Give the answers that came with a text and fit the form; a whole prompt answers the first question."""
    kept = {field.name: said for field in form.fields if (said := _fit(field, given.get(field.name, "")))}
    if given.get(PROMPT, "").strip():
        first = next((f for f in form.fields if f.required and f.kind in ("text", "line", "lines")), None)
        if first and first.name not in kept:
            kept[first.name] = _fit(first, given[PROMPT])
    return kept


def find_unused(form: FormShape, given: Mapping[str, str]) -> dict[str, str]:
    """Give the answers that came with a text and that no question of the form takes, each with the reason."""
    fields = {field.name: field for field in form.fields}
    found: dict[str, str] = {}
    for name, said in given.items():
        field = fields.get(name)
        if name == PROMPT or not said.strip() or (field and _fit(field, said)):
            continue
        if field is None:
            found[name] = f"the form does not ask for “{name}”"
        elif field.kind == "number":
            found[name] = f"“{name}” takes a number from {field.least} to {field.most}"
        else:
            found[name] = f"“{name}” takes one of {', '.join(choice.value for choice in field.choices)}"
    return found


def _fit(field: FieldShape, said: str) -> str:
    """Give the answer where the question can take it, else nothing."""
    said = said.strip()
    if field.kind == "choice":
        for choice in field.choices:
            if said.casefold() in {word.casefold() for word in (choice.value, choice.en, choice.zh) if word}:
                return choice.value
        return " ".join(said.split())[:400] if field.free else ""
    if field.kind == "number":
        whole = said.isdecimal() and len(said) <= 5
        return said if whole and field.least <= int(said) <= field.most else ""
    return " ".join(said.split())[:400] if field.kind == "line" else said[:6000]


def _draw_required(field: FieldShape, text: str) -> str:
    if field.kind == "choice":
        return field.choices[0].value if field.choices else traits.draw_subject(text)
    return str(field.least) if field.kind == "number" else traits.draw_subject(text)


def _draw_by_name(text: str) -> dict[str, str]:
    """Give answers under the names that forms use for the same question."""
    place = find_place(text)
    words = ("、" if is_chinese(text) else ", ").join(find_key_words(text, 4))
    drawn = {
        "characters": traits.draw_characters(text),
        "point_of_view": traits.draw_point_of_view(text),
        "tense": traits.draw_tense(text),
    }
    return (
        drawn
        | dict.fromkeys(("setting", "place", "location"), place)
        | dict.fromkeys(("keywords", "key_words"), words)
    )


def _nearest_length(form: FormShape, text: str) -> str:
    """Give the length whose target is nearest to the passage, by ratio."""
    words, key = max(1, count_words(text)), "zh" if is_chinese(text) else "en"
    return min(LENGTHS, key=lambda name: abs(math.log(form.lengths.get(name).target(key) / words)))
