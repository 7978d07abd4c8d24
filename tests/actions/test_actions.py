"""Every action of the house, found by listing the folder, and the actions a host adds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from creative.actions import FOLDER, Action, load_actions
from creative.actions.template import placeholders
from creative.forms import Task, compose, load_forms, offered, sampling_for
from creative.forms.compose import Budget

FILES = sorted(FOLDER.glob("*.toml"))
ACTIONS, ERRORS = load_actions()
FORMS, _ = load_forms()
WANTED = {
    *("continue", "rewrite", "expand", "shorten", "describe", "polish", "instruct"),
    *("brainstorm_titles", "brainstorm_names", "brainstorm_hooks", "brainstorm_endings"),
}
HOST_ACTION = """
name = "whisper"
kind = "revise"
title = { en = "Whisper" }
[chat.en]
user = "{selection}\\nSay it in a whisper."
[plain]
en = "{selection}\\nIn a whisper:"
"""


def budget(chat: bool) -> Budget:
    return Budget(context=4096, reserve=256, count=lambda text: len(text.split()), chat=chat)


def serving_forms(action: Action) -> list[str]:
    return [name for name, form in FORMS.items() if action in offered(form, ACTIONS.values())]


def test_every_file_is_an_action_and_none_is_malformed():
    assert ERRORS == []
    assert {path.stem for path in FILES} == set(ACTIONS)
    assert set(ACTIONS) >= WANTED


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_an_action_has_words_in_both_languages_and_serves_a_form(action: Action):
    assert action.title.zh
    assert action.help.en
    assert action.help.zh
    assert set(action.forms) <= set(FORMS)
    assert serving_forms(action)


@pytest.mark.parametrize(
    "action", [a for a in ACTIONS.values() if a.kind != "continue"], ids=lambda a: a.name
)
@pytest.mark.parametrize("language", ["English", "Chinese", "French"])
@pytest.mark.parametrize("chat", [True, False], ids=["chat", "base"])
def test_an_action_composes_in_every_language_for_chat_and_base_models(
    action: Action, language: str, chat: bool
):
    form = FORMS[serving_forms(action)[0]]
    task = Task(action, text="One. Two. Three.", selection="Two.", instruction="Make it rain.")
    composed = compose(form, form.examples[0].brief, task, budget(chat), language)
    whole = composed.prompt if isinstance(composed.prompt, str) else composed.prompt[-1]["content"]
    assert ("Two." in whole) if action.kind == "revise" else ("One. Two. Three." in whole)
    assert ("Make it rain." in whole) == action.asks_instruction
    assert ("Write in French." in whole) == (language == "French")
    assert not placeholders(whole)
    if not chat:
        assert composed.stop


@pytest.mark.parametrize(
    "action", [a for a in ACTIONS.values() if a.kind == "brainstorm"], ids=lambda a: a.name
)
def test_a_brainstorm_asks_for_three_distances(action: Action):
    assert action.chat
    assert action.chat.zh
    asked = action.chat.en.user
    assert re.findall(r"^(?:Two|Three) (near|farther|far):", asked, re.MULTILINE) == [
        "near",
        "farther",
        "far",
    ]
    assert "a field that has nothing to do with it" in asked
    assert "analogy" in action.chat.en.system
    assert "毫不相干" in action.chat.zh.user


def test_polish_is_drawn_cooler_than_the_form_and_a_brainstorm_hotter():
    story = FORMS["story"]
    plain = sampling_for(story, 0.5)["temperature"]
    assert sampling_for(story, 0.5, ACTIONS["polish"])["temperature"] < plain
    assert sampling_for(story, 0.5, ACTIONS["brainstorm_titles"])["temperature"] > plain


def test_the_result_may_be_as_long_as_the_action_allows():
    assert ACTIONS["expand"].most_tokens(200) == 600
    assert ACTIONS["shorten"].most_tokens(200) == 200
    assert ACTIONS["shorten"].most_tokens(3) == ACTIONS["shorten"].least_tokens


def test_a_hosts_own_action_is_found_and_offered(tmp_path: Path):
    (tmp_path / "whisper.toml").write_text(HOST_ACTION, encoding="utf-8")
    actions, errors = load_actions((FOLDER, tmp_path))
    assert not errors
    assert "whisper" in [action.name for action in offered(FORMS["news"], actions.values())]


def test_a_hosts_action_takes_the_place_of_the_houses(tmp_path: Path):
    (tmp_path / "x.toml").write_text(HOST_ACTION.replace('"whisper"', '"polish"'), encoding="utf-8")
    actions, errors = load_actions((FOLDER, tmp_path))
    assert not errors
    assert actions["polish"].title.en == "Whisper"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("{selection}\\nSay", "{selektion}\\nSay"), "{selektion}"),
        (('kind = "revise"', 'kind = "revize"'), "kind"),
        (('kind = "revise"', ""), "“kind” is missing"),
        (
            ('title = { en = "Whisper" }', 'title = { en = "Whisper" }\nloud = true'),
            "“loud” is not a known key",
        ),
        (('"whisper"', '"Whisper!"'), "name"),
        (('kind = "revise"', 'kind = "continue"'), "takes no templates"),
        (("[plain]", "[plain"), "not TOML"),
        (("In a whisper:", "In {whisper}:"), "{whisper}"),
    ],
)
def test_a_malformed_action_is_reported_and_the_rest_go_on(
    tmp_path: Path, change: tuple[str, str], said: str
):
    (tmp_path / "whisper.toml").write_text(HOST_ACTION.replace(*change), encoding="utf-8")
    actions, errors = load_actions((FOLDER, tmp_path))
    assert set(actions) == set(ACTIONS)
    assert len(errors) == 1
    assert "whisper.toml" in errors[0].message
    assert said in errors[0].message


def test_two_actions_of_one_name_in_a_folder_are_one_action_and_an_error(tmp_path: Path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text(HOST_ACTION, encoding="utf-8")
    actions, errors = load_actions((tmp_path,))
    assert list(actions) == ["whisper"]
    assert "b.toml" in errors[0].message


def test_a_file_that_is_not_utf8_is_reported(tmp_path: Path):
    (tmp_path / "latin.toml").write_bytes('name = "caf\xe9"'.encode("latin-1"))
    assert "UTF-8" in load_actions((tmp_path,))[1][0].message
