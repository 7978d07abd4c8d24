"""From form, brief and task to the exact prompt, fitted to the model's context by one stated rule.

The rule: the instructions, the brief and the latest text are always kept. When a draft is longer
than the room there is, its middle goes first, by whole paragraphs and sentences; its opening stays
where it takes no more than a quarter of the room. For a revision the passage is kept whole; of the
text around it the model reads up to 600 tokens before and 200 after, and long answers of the brief
are cut. A brainstorm reads 600 tokens of the text, its opening and its end. Nothing is left out in
silence: `Composed.trimmed` says what was. When not even this fits, TextTooLong says by how much.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from creative.actions import Action
from creative.errors import MissingField, TextTooLong
from creative.forms.form import Form
from creative.forms.languages import clean_language
from creative.forms.prompt import Prompt, Template, shorten_answers, template_of
from creative.forms.trimming import Fitted, count_words, fit_draft, longest_head, longest_tail

MESSAGE_TOKENS = 8
"""What a chat template puts around one message; generous, the starter's takes 5."""
CHAT_TOKENS = 24
"""What a chat template may put before all messages, such as the date."""
PLAIN_TOKENS = 2
LABEL_TOKENS = 16
"""What the labels and joints of texts put into a prompt may cost beyond the texts counted alone."""
LEAST_TEXT = 48
"""Tokens of the latest text under which a continuation has nothing to go on."""
BEFORE, AFTER = 600, 200
"""Tokens read around a passage: enough to match voice and sense, short enough to answer quickly."""
BRIEF_CUTS = (600, 120)
"""Characters kept of each answer when a passage is revised: first try, and when room is short."""


@dataclass(frozen=True)
class Task:
    """What is to be done; without an action, a first draft."""

    action: Action | None = None
    text: str = ""
    """The whole draft as it stands."""
    selection: str = ""
    start: int | None = None
    """Character of the draft where the selection starts; None, or wrong: its first place in it."""
    instruction: str = ""


@dataclass(frozen=True)
class Budget:
    """The room a model has."""

    context: int
    """Tokens it reads and writes together."""
    reserve: int
    """Tokens kept free for what it writes."""
    count: Callable[[str], int]
    chat: bool

    def cost(self, prompt: Prompt) -> int:
        """Give the tokens a prompt takes, rounded up for what a chat template adds."""
        if isinstance(prompt, str):
            return self.count(prompt) + PLAIN_TOKENS
        return CHAT_TOKENS + sum(self.count(m["content"]) + MESSAGE_TOKENS for m in prompt)

    @property
    def room(self) -> int:
        """Tokens the prompt may take."""
        return self.context - self.reserve


@dataclass(frozen=True)
class Part:
    """One piece of the prompt, for a writer who wants to see what the model reads."""

    name: str
    """instructions, brief, text, before, selection, after or request."""
    text: str
    tokens: int
    trimmed_tokens: int = 0
    """Tokens left out of it, estimated from the length."""


@dataclass(frozen=True)
class Composed:
    """A prompt that fits, and what it is made of."""

    prompt: Prompt
    parts: tuple[Part, ...]
    trimmed: str = ""
    """A sentence that says what was left out; empty when nothing was."""
    stop: tuple[str, ...] = ()
    tokens: int = 0
    """What the whole prompt takes, chat template included, rounded up."""
    seam: str = ""
    """Spaces taken off the end of the text; drop them from the front of what comes back."""


def compose(
    form: Form, brief: Mapping[str, str], task: Task, budget: Budget, language: str = "English"
) -> Composed:
    """Give the prompt for a task; `brief` is a cleaned one. Empty answers leave no trace.

    A text to be continued is the last message (role `assistant`) or the end of the plain text.
    Raises TextTooLong, MissingField (no selection, no instruction) and BadValue (language).
    """
    template = template_of(form, task.action, clean_language(language), budget.chat)
    if task.action is None or task.action.kind == "continue":
        text = task.text if task.action else ""
        return _compose_draft(template, brief, text, budget)
    if task.action.kind == "revise":
        return _compose_revision(template, brief, task, budget)
    return _compose_brainstorm(template, brief, task, budget)


def _compose_draft(template: Template, brief: Mapping[str, str], text: str, budget: Budget) -> Composed:
    kept = text.rstrip(" \t\u3000")
    values = template.values(brief)
    parts = [Part(name, part, budget.count(part)) for name, part in template.heads(values)]
    fitted, said = Fitted("", "", ""), ""
    room = _room_beside(template, values, brief, budget)
    if kept.strip():
        fitted = _fit_text(kept, room, budget)
        parts.append(_estimated("text", fitted.text, len(fitted.left_out), budget))
        said = template.say_draft(fitted)
    prompt = template.build(values, fitted.text)
    return Composed(prompt, tuple(parts), said, template.stop, budget.cost(prompt), seam=text[len(kept) :])


def _compose_brainstorm(template: Template, brief: Mapping[str, str], task: Task, budget: Budget) -> Composed:
    values = template.values(brief) | {"instruction": task.instruction.strip()}
    room = _room_beside(template, values, brief, budget)
    fitted = Fitted("", "", "")
    if task.text.strip() and template.shows("text"):
        fitted = _fit_text(task.text.strip(), min(BEFORE, room), budget)
    values["text"] = fitted.text
    prompt = template.build(values)
    parts = [
        _estimated(name, part, len(fitted.left_out) if name == "text" else 0, budget)
        for name, part in template.pieces(values, ("brief", "text"))
    ]
    return Composed(prompt, tuple(parts), template.say_draft(fitted), template.stop, budget.cost(prompt))


def _compose_revision(template: Template, brief: Mapping[str, str], task: Task, budget: Budget) -> Composed:
    if not task.selection.strip():
        raise MissingField("Nothing is selected.", "Select the passage to change, two characters or more.")
    instruction = task.instruction.strip()
    if task.action and task.action.asks_instruction and not instruction:
        raise MissingField("There is no instruction.", "Say in a few words what should change.")
    given = {"selection": task.selection.strip("\n"), "instruction": instruction}
    for limit in BRIEF_CUTS:
        answers, cut = shorten_answers(brief, limit)
        values = template.values(answers) | given
        fixed = budget.cost(template.build(values))
        if fixed <= budget.room:
            break
    else:
        raise _passage_too_long(task.selection, fixed, budget)
    around = {name: text for name, text in _surroundings(task).items() if template.shows(name)}
    room = budget.room - fixed - LABEL_TOKENS
    read = {
        "before": longest_tail(around.get("before", ""), min(BEFORE, room * 2 // 3), budget.count),
        "after": longest_head(around.get("after", ""), min(AFTER, room // 3), budget.count),
    }
    left_out = {name: len(text) - len(read[name]) for name, text in around.items()}
    parts = [
        _estimated(name, part, left_out.get(name, 0), budget)
        for name, part in template.pieces(values | read, ("brief", "before", "selection", "after"))
    ]
    words = {name: count_words(text) for name, text in read.items()}
    words_out = sum(count_words(text) - words[name] for name, text in around.items())
    said = template.say_around(words_out, words["before"], words["after"], cut and template.shows("brief"))
    prompt = template.build(values | read)
    return Composed(prompt, tuple(parts), said, template.stop, budget.cost(prompt))


def _room_beside(
    template: Template, values: Mapping[str, str], brief: Mapping[str, str], budget: Budget
) -> int:
    """Give the tokens left for a text beside instructions and brief; raises TextTooLong when these do not fit."""
    fixed = budget.cost(template.build(values))
    if fixed <= budget.room:
        return budget.room - fixed - LABEL_TOKENS
    longest = max(template.form.fields, key=lambda field: len(brief.get(field.name, "")))
    words = count_words(brief.get(longest.name, ""))
    raise TextTooLong(
        f"The brief takes {fixed:,} tokens with its instructions. {_say_room(budget)}",
        f"Shorten “{longest.label.en}” ({words:,} words), choose a shorter length or a model that reads more.",
    )


def _fit_text(text: str, room: int, budget: Budget) -> Fitted:
    fitted = fit_draft(text, room, budget.count)
    if fitted.left_out and room < LEAST_TEXT:
        raise TextTooLong(
            f"The brief leaves room for {max(0, room):,} tokens of the text; {LEAST_TEXT} are needed. "
            + _say_room(budget),
            "Shorten the brief, or choose a shorter length.",
        )
    return fitted


def _surroundings(task: Task) -> dict[str, str]:
    start = task.start
    if start is None or task.text[start : start + len(task.selection)] != task.selection:
        start = task.text.find(task.selection)
    if start < 0:
        return {}
    return {
        "before": task.text[:start].strip(),
        "after": task.text[start + len(task.selection) :].strip(),
    }


def _passage_too_long(selection: str, fixed: int, budget: Budget) -> TextTooLong:
    return TextTooLong(
        f"The passage ({count_words(selection):,} words) takes {fixed:,} tokens with its brief. {_say_room(budget)}",
        "Select a shorter passage.",
    )


def _say_room(budget: Budget) -> str:
    return (
        f"The model reads {budget.context:,} at once, {budget.reserve:,} of them kept for writing: "
        f"there is room for {max(0, budget.room):,}."
    )


def _estimated(name: str, text: str, left_out: int, budget: Budget) -> Part:
    tokens = budget.count(text)
    # At the rate of what was kept: counting a whole novel would take longer than writing the next line.
    rate = tokens / len(text) if text else 0.25
    return Part(name, text, tokens, round(left_out * rate))
