"""The writer's answers: cleaned, checked against the form's questions, and nothing lost on the way."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping

from creative.errors import BadValue, MissingField, TextTooLong, shorten
from creative.forms.form import Field, Form

LIMITS = {"line": 500, "choice": 500, "number": 20, "text": 20_000, "lines": 20_000}
"""Characters taken for each kind of question."""

_BREAKS = re.compile("\r\n?|[\u0085\u2028\u2029\v\f]")
# Overrides and isolates can show a text in another order than it is stored; marks (200E, 200F) cannot.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")


def clean_text(text: str) -> str:
    """Give the text with newlines as \\n and without control characters, bidi overrides and lone surrogates.

    Right-to-left text, emoji and the joiners inside them stay as they are.
    """
    text = _BIDI.sub("", _BREAKS.sub("\n", text))
    return "".join(ch for ch in text if ch in "\n\t" or unicodedata.category(ch) not in ("Cc", "Cs"))


def clean_brief(form: Form, answers: Mapping[str, object], complete: bool = True) -> dict[str, str]:
    """Give an answer for every question of the form, in its order; unanswered ones are empty or the default.

    Raises BadValue (unknown question, wrong kind, not among the choices), TextTooLong, and MissingField
    naming every required question that has no answer, unless the brief need not be `complete`.
    """
    if not isinstance(answers, Mapping):
        raise BadValue(f"A brief is a set of named answers, not {shorten(answers)}.", _listed(form))
    known = {field.name for field in form.fields}
    unknown = [name for name in answers if name not in known]
    if unknown:
        names = ", ".join(shorten(name) for name in unknown[:5])
        raise BadValue(f"{form.title.en} does not ask for {names}.", _listed(form))
    cleaned = {field.name: _clean_answer(field, answers.get(field.name, "")) for field in form.fields}
    missing = [f for f in form.fields if f.required and not cleaned[f.name]]
    if complete and missing:
        labels = ", ".join(f"“{field.label.en}”" for field in missing)
        names = ", ".join(field.name for field in missing)
        verb = "needs" if len(missing) == 1 else "need"
        raise MissingField(f"{labels} {verb} an answer.", f"Fill in {names} and write again.")
    return cleaned


def _clean_answer(field: Field, answer: object) -> str:
    text = _as_text(field, answer)
    limit = LIMITS[field.kind]
    if len(text) > limit:
        raise TextTooLong(
            f"“{field.label.en}” ({field.name}) holds {len(text):,} characters; {limit:,} can be taken.",
            "Shorten it, or put the longer text on the page and continue from there. Nothing was changed.",
        )
    text = clean_text(text).strip()
    if field.kind in ("line", "choice", "number"):
        text = " ".join(text.split())
    if not text:
        return field.default
    if field.kind == "choice":
        return _pick(field, text)
    return _count(field, text) if field.kind == "number" else text


def _as_text(field: Field, answer: object) -> str:
    if answer is None:
        return ""
    if isinstance(answer, str):
        return answer
    if isinstance(answer, int | float) and not isinstance(answer, bool) and math.isfinite(answer):
        # 3.0 is how a number box sends 3.
        return f"{int(answer)}" if float(answer).is_integer() else f"{answer}"
    if isinstance(answer, list | tuple) and all(isinstance(item, str) for item in answer):
        return ("\n" if field.kind in ("lines", "text") else ", ").join(answer)
    raise BadValue(
        f"“{field.label.en}” ({field.name}) cannot be {shorten(answer)}.",
        "It takes a number." if field.kind == "number" else "It takes text.",
    )


def _pick(field: Field, text: str) -> str:
    for choice in field.choices:
        if text.casefold() in {word.casefold() for word in (choice.value, choice.en, choice.zh) if word}:
            return choice.value
    if field.free:
        return text
    allowed = ", ".join(choice.value for choice in field.choices)
    raise BadValue(
        f"“{field.label.en}” ({field.name}) cannot be {shorten(text)}.", f"Choose from: {allowed}."
    )


def _count(field: Field, text: str) -> str:
    # isdecimal also takes the digits of other scripts, which int() reads; five keep int() short.
    if len(text) <= 5 and text.isdecimal() and field.least <= int(text) <= field.most:
        return str(int(text))
    raise BadValue(
        f"“{field.label.en}” ({field.name}) cannot be {shorten(text)}.",
        f"It is a whole number from {field.least} to {field.most}.",
    )


def _listed(form: Form) -> str:
    return f"It asks for: {', '.join(field.name for field in form.fields)}."
