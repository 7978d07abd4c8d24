"""A pair as the model reads it: the brief goes through the forms' own code and the starter's chat template."""

from __future__ import annotations

from functools import cache

from transformers import AutoTokenizer, PreTrainedTokenizerBase

from creative.actions import Action, load_actions
from creative.forms import Budget, Form, Task, clean_brief, compose, load_forms
from creative.starter.recipe.data import STARTER
from creative.starter.recipe.pairs import Pair

CONTEXT = 1024
END_OF_TURN = "<|im_end|>"
FIRST_DRAFT = Task()


def render_pair(pair: Pair) -> tuple[str, str]:
    """The exact text before the answer, and the answer with its end."""
    action = _actions()[pair.action] if pair.action else None
    task = Task(action, pair.draft, pair.selection)
    return render_prompt(pair.form, pair.brief, task), pair.text + (END_OF_TURN if pair.whole else "")


def render_prompt(form: str, answers: dict[str, str], task: Task = FIRST_DRAFT) -> str:
    """The exact text the starter reads for a brief, as the app composes it."""
    wanted = _forms()[form]
    budget = Budget(CONTEXT, 400, _count, chat=True)
    messages = compose(wanted, clean_brief(wanted, answers), task, budget).prompt
    return _tokenizer().apply_chat_template(list(messages), tokenize=False, add_generation_prompt=True)


def _count(text: str) -> int:
    return len(_tokenizer()(text).input_ids)


@cache
def _forms() -> dict[str, Form]:
    forms, _ = load_forms()
    return forms


@cache
def _actions() -> dict[str, Action]:
    actions, _ = load_actions()
    return actions


@cache
def _tokenizer() -> PreTrainedTokenizerBase:
    return AutoTokenizer.from_pretrained(STARTER)
