"""A form as the page's scripts take it: plain data, words in both languages."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from creative.forms import STOPS
from creative.orders import SAMPLERS
from creative.studio import Studio

Plain = dict[str, Any]


def describe_form(studio: Studio, name: str) -> Plain:
    """Give everything the page needs to draw the desk of a form."""
    form = studio.form(name)
    actions = studio.form_actions(name)
    named = ("short", "medium", "long")
    return {
        "name": form.name,
        "title": asdict(form.title),
        "fields": [asdict(field) for field in form.fields],
        "lengths": {n: {key: form.lengths.get(n).target(key) for key in ("en", "zh")} for n in named},
        "actions": [_action(action) for action in actions if action.kind == "revise"],
        "brainstorms": [_action(action) for action in actions if action.kind == "brainstorm"],
        "examples": [asdict(example) for example in form.examples],
        "exporters": [
            {"name": format_name, "title": dict(exporter.TITLE), "suffix": exporter.SUFFIX}
            for format_name, exporter in studio.formats(form.name)
        ],
        "stops": [
            {"at": stop.at, "title": asdict(stop.title), "effect": asdict(stop.effect)} for stop in STOPS
        ],
        "samplers": {sampler: list(bounds) for sampler, bounds in SAMPLERS.items()},
    }


def describe_forms(studio: Studio) -> list[Plain]:
    """Give the name and title of every form, for lists of drafts of all forms."""
    return [{"name": form.name, "title": asdict(form.title)} for form in studio.forms()]


def _action(action: Any) -> Plain:
    return {
        "name": action.name,
        "title": asdict(action.title),
        "help": asdict(action.help),
        "asks": action.asks_instruction,
    }


def label_pairs(studio: Studio) -> dict[str, str]:
    """Give the Chinese label of every form's questions for the English one."""
    fields = [field for form in studio.forms() for field in form.fields]
    return {field.label.en: field.label.zh for field in fields if field.label.zh}
