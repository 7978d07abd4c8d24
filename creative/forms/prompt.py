"""The words of a prompt: which templates serve a task, and what fills them; knows no lengths."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from creative.actions import Action
from creative.actions.action import ChatTemplate
from creative.actions.template import placeholders, render
from creative.forms.form import Field, Form
from creative.forms.languages import ask_for, clean_language, template_key
from creative.forms.trimming import Fitted, count_words

_LISTED = re.compile(
    r"(?:^|(?<=[.;\n] )|(?<=[;\n]))(?!(?:he|she|they|it|his|her|their|an?)\b)[^\W\d_][^,.;:()\n–—]*",
    re.IGNORECASE,
)
"""What begins the entry of each person in a list: up to the first mark."""
_LONGEST_NAME = 3
"""Words."""

Prompt = str | tuple[dict[str, str], ...]
"""Plain text for a base model, or messages (`role`, `content`) for a chat model."""


@dataclass(frozen=True)
class Template:
    """The templates of one form, action and language, for a chat or a base model."""

    form: Form
    action: Action | None
    """None for a draft, first or continued."""
    language: str
    key: str
    """Language of the templates: "en" or "zh"."""
    chat: ChatTemplate | None
    """None for a base model."""
    scaffold: str
    stop: tuple[str, ...]

    def values(self, brief: Mapping[str, str]) -> dict[str, str]:
        """Give what the templates may ask for, from a cleaned brief; texts of the task are empty."""
        words = str(self.form.length(brief).target(self.key))
        values = {"words": words, "language": self.language, "form": self.form.noun.get(self.key)}
        for field in self.form.fields:
            answer = brief.get(field.name, "")
            values[field.name] = _word_answer(field, answer, self.key)
            if field.choices:
                rule = next((c.rule.get(self.key) for c in field.choices if c.value == answer), "")
                values[f"{field.name}_rule"] = render(rule, {"words": words})
        values["brief"] = render(self.form.brief.get(self.key), values)
        return values | dict.fromkeys(("before", "selection", "after", "text", "instruction"), "")

    def build(self, values: Mapping[str, str], text: str = "") -> Prompt:
        """Fill the templates; `text` is what the model goes on from."""
        heads = [part for _, part in self.heads(values)]
        if self.chat is None:
            return f"{heads[0]}\n\n{text}"
        roles = ("system", "user") if len(heads) == 2 else ("user",)
        messages = [{"role": role, "content": part} for role, part in zip(roles, heads, strict=True)]
        if text.strip():
            messages.append({"role": "assistant", "content": text})
        return tuple(messages)

    def heads(self, values: Mapping[str, str]) -> list[tuple[str, str]]:
        """Give the named texts before the writing: instructions and brief, or the scaffold alone."""
        asked = ask_for(self.language, self.key)
        if self.chat is None:
            return [("brief", "\n".join(filter(None, (asked, render(self.scaffold, values)))))]
        system = render(self.chat.system, values)
        user = "\n".join(filter(None, (render(self.chat.user, values), asked)))
        return [("instructions", system), ("brief", user)] if system else [("brief", user)]

    def pieces(self, values: Mapping[str, str], names: tuple[str, ...]) -> list[tuple[str, str]]:
        """Give the named texts inside an action's prompt, then its own words as the request."""
        heads = self.heads(dict(values) | dict.fromkeys((*names, "text"), ""))
        inside = [(name, values[name]) for name in names if self.shows(name) and values[name]]
        return [*heads[:-1], *inside, ("request", heads[-1][1])]

    def shows(self, name: str) -> bool:
        """Whether the action's templates ask for a text of that name."""
        return name in placeholders(self.chat.user if self.chat else self.scaffold)

    def say_draft(self, fitted: Fitted) -> str:
        """Say what of a draft was left out, in the language of the prompt; empty when nothing was."""
        if not fitted.left_out.strip():
            return ""
        out, latest = count_words(fitted.left_out), count_words(fitted.latest)
        if self.key == "zh":
            if fitted.opening:
                return f"模型读了稿子的开头和最后{latest:,}字，中间{out:,}字没有读。"
            return f"模型读了稿子的最后{latest:,}字，前面{out:,}字没有读。"
        if fitted.opening:
            return (
                f"The model read the opening and the last {latest:,} words of the draft; "
                f"{out:,} words between them were left out."
            )
        return f"The model read the last {latest:,} words of the draft; the first {out:,} were left out."

    def say_around(self, left_out: int, before: int, after: int, brief_cut: bool) -> str:
        """Say what a revision did not read, in the language of the prompt; empty when it read all."""
        said = []
        if self.key == "zh":
            if left_out:
                said.append(f"模型读了选段之前{before:,}字、之后{after:,}字；其余{left_out:,}字没有读。")
            if brief_cut:
                said.append("提要里过长的回答只读了开头。")
            return "".join(said)
        if left_out:
            said.append(
                f"The model read {before:,} words before the passage and {after:,} after it; "
                f"the other {left_out:,} were left out."
            )
        if brief_cut:
            said.append("Of long answers in the brief it read the beginning.")
        return " ".join(said)


def template_of(form: Form, action: Action | None, language: str, chat: bool) -> Template:
    """Give the templates for a task in a cleaned language; continuing uses the form's own."""
    key = template_key(language)
    own = action if action and action.chat and action.plain else None
    chats = own.chat if own and own.chat else form.chat
    plain = own.plain if own and own.plain else form.plain
    # A host's file without Chinese templates falls back to English ones as a whole.
    if key == "zh" and not (chats.zh if chat else plain.zh):
        key = "en"
    messages = chats.get(key)
    if not messages.system:
        messages = ChatTemplate(user=messages.user, system=form.chat.get(key).system)
    stop = (own.stop if own else form.stop) + (() if chat else plain.stop)
    return Template(form, own, language, key, messages if chat else None, plain.get(key), stop)


def write_prompt(
    form: Form, brief: Mapping[str, str], language: str = "English", chat: bool = True
) -> Prompt:
    """Give the prompt of a first draft, whatever its length: what a voice is trained under."""
    template = template_of(form, None, clean_language(language), chat)
    return template.build(template.values(brief))


def shorten_answers(brief: Mapping[str, str], limit: int) -> tuple[dict[str, str], bool]:
    """Give the brief with each answer cut at `limit` characters, and whether any was."""
    short = {name: _shorten_answer(answer, limit) for name, answer in brief.items()}
    return short, short != dict(brief)


def _shorten_answer(answer: str, limit: int) -> str:
    if len(answer) <= limit:
        return answer
    space = answer.rfind(" ", limit // 2, limit)
    return answer[: space if space > 0 else limit].rstrip() + " …"


def _word_answer(field: Field, answer: str, key: str) -> str:
    for choice in field.choices:
        if choice.value == answer:
            return choice.label(key)
    if field.kind == "lines":
        lines = [line.strip() for line in answer.split("\n") if line.strip()]
        return "\n".join(f"- {line}" for line in lines) if len(lines) > 1 else "".join(lines)
    if field.capitals and key == "en":
        return _LISTED.sub(_capitalise, answer)
    return answer


def _capitalise(listed: re.Match[str]) -> str:
    """Put somebody's name in capitals; what is longer than a name is a description."""
    return listed[0].upper() if len(listed[0].split()) <= _LONGEST_NAME else listed[0]
