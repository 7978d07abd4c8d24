"""A person's order made ready for the training room: checked, bound to the form's own words, its samples chosen."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, get_args

from creative import forms
from creative.errors import BadValue, MissingField, shorten
from creative.forms import Form
from creative.training.briefs import draw_brief, find_unused
from creative.training.dataset import Posing
from creative.training.folder import SamplePrompt
from creative.training.recipe import Recipe, make_recipe
from creative.training.records import Dataset, Example, Prompt, Rights, Style, TrainingOrder
from creative.workshop.ground import Ground

LONGEST_TITLE = 60
SAMPLES = 3
_FIRST_SEED = 11
_OPENING_WORDS = 30
"""Words of a held-out page that a plain continuation goes on from."""


@dataclass(frozen=True)
class Prepared:
    """An order that can be carried out."""

    order: TrainingOrder
    form: Form
    ground: Ground
    recipe: Recipe
    posing: Posing


def prepare(order: TrainingOrder, form: Form, ground: Ground) -> Prepared:
    """Check an order against the form and the model. Raises BadValue."""
    if order.style not in get_args(Style):
        raise BadValue(
            f"Pages cannot be trained as {shorten(order.style)}.",
            f"There are: {', '.join(get_args(Style))}.",
        )
    if not isinstance(order.settings, Mapping):
        raise BadValue("The numbers of a recipe come by name.", "Send them as one object.")
    order = replace(order, language=forms.clean_language(order.language), title=_clean_title(order.title))
    recipe = _fit_length(make_recipe(order.preset, order.settings, ground.parameters_b), order, ground)

    def render(brief: Mapping[str, str]) -> Prompt:
        answers = forms.clean_brief(form, brief, complete=False)
        return forms.write_prompt(form, answers, order.language, ground.base.chat)

    def draw(text: str, given: Mapping[str, str]) -> Mapping[str, str]:
        return draw_brief(form, text, given)

    def doubt(given: Mapping[str, str]) -> Mapping[str, str]:
        return find_unused(form, given)

    posing = Posing(order.style, render, draw, ground.count, ground.show, recipe.max_length, doubt)
    return Prepared(order, form, ground, recipe, posing)


def check_consent(order: TrainingOrder) -> Rights:
    """Give whose pages these are. Raises MissingField unless the person has said that they may train on them."""
    if order.rights is None or order.rights not in get_args(Rights):
        raise MissingField(
            "Say whose pages these are before they are trained on.",
            f"Choose one: {', '.join(get_args(Rights))}; without the right to use them they cannot be taken.",
        )
    if not order.title:
        raise MissingField("The voice has no name.", "Give it one; writers choose it by that name.")
    return order.rights


def choose_prompts(dataset: Dataset, prepared: Prepared) -> tuple[SamplePrompt, ...]:
    """Give what the sample cards are written from: briefs of held-out pages, spread over them.

    Where these are too few, examples of the form's own fill up.
    """
    found: dict[str, tuple[str, Prompt]] = {}
    for example in _spread(dataset.held_out):
        prompt = _open_page(example.text) if prepared.order.style == "plain" else example.prompt
        found.setdefault(json.dumps(prompt, default=dict), (example.source, prompt))
    chosen = list(found.values())[:SAMPLES]
    if prepared.order.style == "form":
        more = prepared.form.examples[: SAMPLES - len(chosen)]
        chosen += [(own.title, prepared.posing.render(_texts(own.brief))) for own in more]
    titles = [title for title, _ in chosen]
    return tuple(
        SamplePrompt(
            title if titles.count(title) == 1 else f"{title} ({titles[: place + 1].count(title)})",
            prompt,
            _FIRST_SEED + place,
        )
        for place, (title, prompt) in enumerate(chosen)
    )


def hash_template(form: Form, language: str, chat: bool) -> str:
    """Give 16 hex digits that change with any word a form's prompt is made of."""
    parts = [asdict(form.chat) if chat else asdict(form.plain), asdict(form.brief), asdict(form.lengths)]
    fields = [asdict(field) for field in form.fields]
    told = json.dumps([parts, fields, language], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _clean_title(title: object) -> str:
    if not isinstance(title, str):
        raise BadValue("The name of a voice has to be text.", "Send it as a string.")
    plain = " ".join("".join(ch if ch.isprintable() else " " for ch in title).split())
    if len(plain) > LONGEST_TITLE:
        raise BadValue(
            f"The name of the voice has {len(plain)} characters.", f"{LONGEST_TITLE} are the most."
        )
    return plain


def _fit_length(recipe: Recipe, order: TrainingOrder, ground: Ground) -> Recipe:
    """Keep the passages within the model's context; a length asked for by hand is refused instead."""
    if recipe.max_length <= ground.context:
        return recipe
    if "max_length" in order.settings:
        raise BadValue(
            f"max_length cannot be {recipe.max_length:,}: {ground.base.title} reads {ground.context:,} tokens.",
            f"It is a whole number up to {ground.context:,}.",
        )
    return replace(recipe, max_length=ground.context)  # type: ignore[type-var]


def _spread(examples: tuple[Example, ...]) -> list[Example]:
    """Give the examples in an order whose first few lie far apart."""
    step = max(1, math.ceil(len(examples) / SAMPLES))
    first = list(examples[::step])
    return first + [example for example in examples if example not in first]


def _open_page(text: str) -> str:
    return " ".join(text.split()[:_OPENING_WORDS])


def _texts(brief: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: "\n".join(value) if isinstance(value, list) else str(value) for name, value in brief.items()
    }
