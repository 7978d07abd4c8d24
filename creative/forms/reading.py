"""Finding the forms: every TOML in the house's folder and in the host's, each checked as a whole."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from creative import checks, exporters
from creative.actions import Action
from creative.actions.template import placeholders
from creative.actions.tomlfile import load_files, malformed, read_toml
from creative.errors import CreativeError, MalformedFile
from creative.forms.brief import clean_brief
from creative.forms.form import LENGTH_FIELD, Example, Field, Form
from creative.forms.languages import clean_language

FOLDER = Path(__file__).parent
"""Where the forms of the house are."""
MOST_PRIMARY = 4
GIVEN = ("brief", "words", "language", "form", "length")
"""Names that the templates know beside the questions."""


def load_forms(
    folders: Sequence[Path] = (FOLDER,), actions: Collection[str] = ()
) -> tuple[dict[str, Form], list[MalformedFile]]:
    """Read every form, in the order of the tabs, and what could not be read.

    Give the house's folder first: a host's form takes the place of the house's of the same name.
    A form that names a check, an exporter or (where `actions` are given) an action that does not
    exist goes on without it, and that is told too.
    """
    forms, errors = load_files(folders, _read_form)
    for name, form in forms.items():
        missing = _find_missing(form, actions)
        errors.extend(missing)
        if missing:
            forms[name] = replace(
                form,
                checks=tuple(check for check in form.checks if check in checks.names()),
                exporters=tuple(format for format in form.exporters if format in exporters.names()),
            )
    return forms, errors


def offered(form: Form, actions: Iterable[Action]) -> tuple[Action, ...]:
    """Give the actions that serve the form: those it names first, in its order, then the others in theirs.

    An action serves the forms it lists, every form when it lists none, and any form that names it.
    """
    serving = [a for a in actions if not a.forms or form.name in a.forms or a.name in form.actions]
    named = [a for name in form.actions for a in serving if a.name == name]
    return (*named, *(a for a in serving if a not in named))


def _read_form(path: Path) -> Form:
    form = read_toml(path, Form)
    if any(field.name in GIVEN for field in form.fields):
        raise malformed(path, f"a field may not be named {' or '.join(GIVEN)}")
    form = replace(form, fields=(*form.fields, LENGTH_FIELD))
    problems = [*_field_problems(form), *_template_problems(form)]
    if problems:
        raise malformed(path, "; ".join(problems[:4]))
    return replace(form, examples=tuple(_read_examples(path, form)))


def _field_problems(form: Form) -> list[str]:
    names = [field.name for field in form.fields]
    problems = [f"“{name}” is asked for twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    if not any(field.required for field in form.fields):
        problems.append("at least one field has to be required")
    if sum(field.primary for field in form.fields) > MOST_PRIMARY:
        problems.append(f"at most {MOST_PRIMARY} fields may be primary")
    for field in form.fields:
        if (field.kind == "choice") != bool(field.choices):
            problems.append(f"“{field.name}”: choices and the kind “choice” belong together")
        problems.extend(_default_problems(field))
    return problems


def _default_problems(field: Field) -> list[str]:
    values = [choice.value for choice in field.choices]
    if len(set(values)) < len(values):
        return [f"“{field.name}” has the same choice twice"]
    if field.default and values and not field.free and field.default not in values:
        return [f"“{field.name}”: its default is none of {', '.join(values)}"]
    return []


def _template_problems(form: Form) -> list[str]:
    answers = {field.name for field in form.fields} | {f"{f.name}_rule" for f in form.fields if f.choices}
    inner = answers | {"words", "language"}
    chats = [chat for chat in (form.chat.en, form.chat.zh) if chat]
    outer = [*(c.user for c in chats), *filter(None, (form.plain.en, form.plain.zh))]
    rules = [rule for f in form.fields for c in f.choices for rule in (c.rule.en, c.rule.zh)]
    problems = [
        *_unknown("brief", (form.brief.en, form.brief.zh), inner),
        *_unknown("chat or plain", (*outer, *(c.system for c in chats)), inner | {"brief", "form"}),
        *_unknown("rule", rules, {"words"}),
    ]
    in_brief = placeholders(form.brief.en)
    unseen = {
        field.name: f"a template does not show “{field.name}”, which is required"
        for text in outer
        for field in form.fields
        if field.required
        and field.name not in placeholders(text)
        and not ("brief" in placeholders(text) and field.name in in_brief)
    }
    return [*problems, *unseen.values()]


def _unknown(where: str, texts: Iterable[str], known: set[str]) -> list[str]:
    asked = dict.fromkeys(name for text in texts for name in placeholders(text))
    unknown = ", ".join(f"{{{name}}}" for name in asked if name not in known)
    if not unknown:
        return []
    return [f"“{where}” asks for {unknown}; there are {', '.join(sorted(known))}"]


def _find_missing(form: Form, actions: Collection[str]) -> list[MalformedFile]:
    errors = []
    for kind, named, known in (
        ("check", form.checks, checks.names()),
        ("exporter", form.exporters, exporters.names()),
        ("action", form.actions if actions else (), actions),
    ):
        if unknown := [name for name in named if name not in known]:
            errors.append(
                MalformedFile(
                    f"The form “{form.name}” goes on without the {kind} {', '.join(unknown)}: there is none.",
                    f"There are: {', '.join(sorted(known)) or 'none'}.",
                )
            )
    return errors


def _read_examples(path: Path, form: Form) -> Iterable[Example]:
    for example in form.examples:
        try:
            clean_language(example.language)
            yield replace(example, brief=clean_brief(form, example.brief))
        except CreativeError as err:
            raise malformed(path, f"its example “{example.title}” does not fit it: {err}") from err
