"""The prompt templates: how lines with placeholders become text; knows neither forms nor actions.

A template is plain lines with `{name}` placeholders. A line whose placeholders are all empty is
left out, so unanswered questions leave no trace. `{{` and `}}` write braces. Values are put in as
they are: nothing inside a value is ever read as template.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from creative.errors import MalformedFile

_MARK = re.compile(r"\{\{|\}\}|\{([A-Za-z_]\w*)\}")


def placeholders(template: str) -> tuple[str, ...]:
    """Give the names that the template asks for, each once, in order."""
    return tuple(dict.fromkeys(m.group(1) for m in _MARK.finditer(template) if m.group(1)))


def render(template: str, values: Mapping[str, str]) -> str:
    """Fill the template; no empty line at its ends, never two in a row between its own lines.

    A value of several lines starts on a line of its own, below its label.
    Raises MalformedFile naming every placeholder that has no value.
    """
    missing = [name for name in placeholders(template) if name not in values]
    if missing:
        listed = ", ".join(f"{{{name}}}" for name in missing)
        raise MalformedFile(
            f"A template asks for {listed}, which nobody gives.",
            "It may use: " + ", ".join(f"{{{name}}}" for name in sorted(values)) + ".",
        )
    lines: list[str] = []
    for line in template.splitlines():
        names = placeholders(line)
        if names and not any(values[name].strip() for name in names):
            continue
        filled = _fill(line, values)
        if filled or (lines and lines[-1]):
            lines.append(filled)
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines)


def _fill(line: str, values: Mapping[str, str]) -> str:
    filled = ""
    end = 0
    for mark in _MARK.finditer(line):
        filled += line[end : mark.start()]
        end = mark.end()
        if not mark.group(1):
            filled += mark.group(0)[0]
            continue
        value = values[mark.group(1)]
        if "\n" in value and filled.strip():
            filled = filled.rstrip() + "\n"
        filled += value
    return (filled + line[end:]).rstrip()
