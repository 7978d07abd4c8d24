"""The forms of writing: one TOML each, and the code that turns a writer's answers into a prompt."""

from __future__ import annotations

from creative.forms.brief import clean_brief, clean_text
from creative.forms.compose import Budget, Composed, Part, Task, compose
from creative.forms.creativity import STOPS, check_creativity, sampling_for, stop_at
from creative.forms.form import Choice, Example, Field, Form, Length
from creative.forms.languages import clean_language, template_key
from creative.forms.prompt import Prompt, write_prompt
from creative.forms.reading import FOLDER, load_forms, offered
from creative.forms.trimming import count_words

__all__ = [
    "FOLDER",
    "STOPS",
    "Budget",
    "Choice",
    "Composed",
    "Example",
    "Field",
    "Form",
    "Length",
    "Part",
    "Prompt",
    "Task",
    "check_creativity",
    "clean_brief",
    "clean_language",
    "clean_text",
    "compose",
    "count_words",
    "load_forms",
    "offered",
    "sampling_for",
    "stop_at",
    "template_key",
    "write_prompt",
]
