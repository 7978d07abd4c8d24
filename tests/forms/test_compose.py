"""Composing: the prompt of each task, fitted to the model, with nothing left out in silence."""

from __future__ import annotations

from pathlib import Path

import pytest
from tokenizers import Tokenizer

import creative
from creative.actions import load_actions
from creative.errors import BadValue, MissingField, TextTooLong
from creative.forms import Budget, Task, clean_brief, compose, load_forms, write_prompt

STARTER = Path(creative.__file__).parent / "starter" / "tokenizer.json"
FORMS, _ = load_forms()
ACTIONS, _ = load_actions()
STORY = FORMS["story"]
BRIEF = clean_brief(STORY, {"premise": "A ferry stops running.", "tone": "wry"})
OPENING = "The ferry had not run since Tuesday, and by Friday the island had started to talk to itself."
DRAFT = (
    OPENING + "\n\n" + "\n\n".join(f"Paragraph {n} of the draft. It goes on a little." for n in range(500))
)


def words(text: str) -> int:
    return len(text.split())


def budget(context: int = 1024, reserve: int = 200, chat: bool = True) -> Budget:
    return Budget(context, reserve, words, chat)


def go_on(text: str, **room: int | bool):
    return compose(STORY, BRIEF, Task(ACTIONS["continue"], text=text), budget(**room))


def revise(name: str, text: str, selection: str, start: int | None = None, **room: int | bool):
    task = Task(ACTIONS[name], text=text, selection=selection, start=start)
    return compose(STORY, BRIEF, task, budget(**room))


@pytest.mark.parametrize("chat", [True, False])
def test_a_first_draft_is_the_prompt_that_voices_are_trained_under(chat: bool):
    composed = compose(STORY, BRIEF, Task(), budget(chat=chat))
    assert composed.prompt == write_prompt(STORY, BRIEF, chat=chat)
    assert composed.trimmed == ""


def test_a_first_draft_does_not_read_the_page():
    assert "old text" not in str(compose(STORY, BRIEF, Task(text="old text"), budget()).prompt)


def test_a_chat_model_continues_its_own_last_message():
    composed = go_on("The ferry lay on its side.")
    assert [m["role"] for m in composed.prompt] == ["system", "user", "assistant"]
    assert composed.prompt[:2] == write_prompt(STORY, BRIEF)
    assert composed.prompt[-1]["content"] == "The ferry lay on its side."


def test_a_base_model_continues_the_scaffold_and_the_text():
    composed = go_on("The ferry lay on its side.", chat=False)
    assert composed.prompt == write_prompt(STORY, BRIEF, chat=False) + "The ferry lay on its side."
    assert "\nPremise:" in composed.stop


def test_continuing_an_empty_page_is_a_first_draft():
    assert go_on("  \n ").prompt == write_prompt(STORY, BRIEF)


def test_spaces_at_the_end_of_the_text_are_held_back_and_told():
    composed = go_on("He said \t")
    assert composed.prompt[-1]["content"] == "He said"
    assert composed.seam == " \t"
    assert go_on("The end.\n\n").prompt[-1]["content"] == "The end.\n\n"


@pytest.mark.parametrize("chat", [True, False])
def test_a_long_draft_keeps_brief_opening_and_latest_text_and_says_what_went(chat: bool):
    composed = go_on(DRAFT, chat=chat)
    whole = (
        composed.prompt
        if isinstance(composed.prompt, str)
        else "\n".join(m["content"] for m in composed.prompt)
    )
    assert "A ferry stops running." in whole
    assert OPENING in whole
    assert whole.endswith("Paragraph 499 of the draft. It goes on a little.")
    assert "Paragraph 3 of" not in whole
    assert composed.tokens <= 824
    assert composed.tokens > 550  # the cut moves by a third of the room
    assert composed.trimmed.startswith("The model read the opening and the last ")
    text = next(part for part in composed.parts if part.name == "text")
    assert text.trimmed_tokens > 3000
    kept = words(text.text.replace("[…]", "").replace(OPENING, ""))
    out = words(DRAFT) - words(OPENING) - kept
    assert f"{out:,} words" in composed.trimmed
    assert f"{kept:,} words" in composed.trimmed


@pytest.mark.skipif(not STARTER.exists(), reason="the starter is not here")
def test_a_long_draft_never_takes_more_than_the_room_by_the_starters_own_count():
    tokenizer = Tokenizer.from_file(str(STARTER))
    template = "<|im_start|>{role}\n{content}<|im_end|>\n"

    def count(text: str) -> int:
        return len(tokenizer.encode(text).ids)

    for room in range(300, 800, 37):
        for name in ("continue", "rewrite", "brainstorm_hooks"):
            for chat in (True, False):
                task = Task(ACTIONS[name], text=DRAFT, selection="Paragraph 250 of the draft.")
                prompt = compose(STORY, BRIEF, task, Budget(room + 224, 224, count, chat)).prompt
                whole = prompt if isinstance(prompt, str) else "".join(template.format(**m) for m in prompt)
                assert count(whole) <= room


def test_what_was_left_out_of_a_chinese_draft_is_said_in_chinese():
    brief = clean_brief(STORY, {"premise": "渡轮停了。"})
    task = Task(ACTIONS["continue"], text="渡轮停了，岛上的人开始自言自语。\n\n" * 300)
    composed = compose(STORY, brief, task, Budget(1024, 200, len, True), "Chinese")
    assert composed.trimmed.startswith("模型读了稿子的")
    assert composed.tokens <= 824


def test_a_brief_longer_than_the_context_is_refused_with_the_numbers():
    brief = clean_brief(STORY, {"premise": "word " * 2000})
    with pytest.raises(TextTooLong) as caught:
        compose(STORY, brief, Task(), budget())
    assert "1,024" in caught.value.message
    assert "824" in caught.value.message
    assert "What is it about?" in caught.value.hint
    assert "2,000 words" in caught.value.hint


def test_a_brief_that_leaves_no_room_for_the_text_is_refused():
    brief = clean_brief(STORY, {"premise": "word " * 670})
    compose(STORY, brief, Task(), budget())
    with pytest.raises(TextTooLong, match="leaves room for"):
        compose(STORY, brief, Task(ACTIONS["continue"], text=DRAFT), budget())


@pytest.mark.parametrize("reserve", [1024, 1_000_000])
def test_a_reserve_larger_than_the_context_is_refused(reserve: int):
    with pytest.raises(TextTooLong, match="room for 0"):
        compose(STORY, BRIEF, Task(), budget(reserve=reserve))


def test_a_revision_shows_the_passage_and_what_stands_around_it():
    composed = revise("rewrite", "One before.\n\nThe passage itself.\n\nOne after.", "The passage itself.")
    user = composed.prompt[-1]["content"]
    assert composed.prompt[-1]["role"] == "user"
    assert "Just before: One before." in user
    assert "Passage: The passage itself." in user
    assert "Just after: One after." in user
    assert [p.name for p in composed.parts] == [
        "instructions",
        "brief",
        "before",
        "selection",
        "after",
        "request",
    ]
    assert composed.trimmed == ""


def test_a_passage_that_stands_twice_is_found_by_its_place():
    text = "Alpha. Same. Beta. Same. Gamma."
    assert "Just before: Alpha. Same. Beta." in revise("polish", text, "Same.", 19).prompt[-1]["content"]
    assert "Just before: Alpha." in revise("polish", text, "Same.", 3).prompt[-1]["content"]


def test_a_revision_without_a_brief_leaves_no_label():
    task = Task(ACTIONS["rewrite"], text="The passage.", selection="The passage.")
    user = compose(STORY, clean_brief(STORY, {}, complete=False), task, budget()).prompt[-1]["content"]
    assert user.startswith("Passage: The passage.")


def test_a_passage_at_the_edge_leaves_no_empty_label():
    user = revise("rewrite", "The passage.", "The passage.").prompt[-1]["content"]
    assert "Just before" not in user
    assert "Just after" not in user


def test_a_revision_in_a_long_draft_keeps_the_passage_and_says_what_it_did_not_read():
    place = DRAFT.index("Paragraph 250")
    selection = "Paragraph 250 of the draft."
    composed = revise("rewrite", DRAFT, selection, place)
    user = composed.prompt[-1]["content"]
    assert f"Passage: {selection}" in user
    assert "Paragraph 249 of the draft." in user
    assert "before the passage" in composed.trimmed
    assert composed.tokens <= 824


def test_a_passage_too_long_is_refused_with_the_numbers():
    with pytest.raises(TextTooLong) as caught:
        revise("rewrite", DRAFT, DRAFT)
    assert f"{words(DRAFT):,} words" in caught.value.message
    assert "shorter passage" in caught.value.hint


def test_long_answers_are_cut_for_a_revision_and_that_is_said():
    brief = clean_brief(STORY, {"premise": "long " * 500})
    task = Task(ACTIONS["polish"], text="A b. C d.", selection="C d.")
    composed = compose(STORY, brief, task, budget())
    assert "it read the beginning" in composed.trimmed
    assert "C d." in composed.prompt[-1]["content"]


def test_a_revision_needs_a_passage_and_an_instruction_where_one_is_asked_for():
    with pytest.raises(MissingField, match="Nothing is selected"):
        revise("rewrite", DRAFT, "  ")
    with pytest.raises(MissingField, match="no instruction"):
        revise("instruct", DRAFT, "Paragraph 3")


@pytest.mark.parametrize("chat", [True, False])
def test_a_brainstorm_reads_brief_and_text_within_the_room(chat: bool):
    task = Task(ACTIONS["brainstorm_endings"], text=DRAFT)
    composed = compose(STORY, BRIEF, task, budget(context=4096, chat=chat))
    whole = composed.prompt if isinstance(composed.prompt, str) else composed.prompt[-1]["content"]
    assert "A ferry stops running." in whole
    assert "Paragraph 499" in whole
    assert composed.trimmed
    assert composed.tokens < 1200


def test_the_parts_add_up_to_the_prompt():
    composed = go_on("One. Two. Three.")
    assert sum(part.tokens for part in composed.parts) == sum(words(m["content"]) for m in composed.prompt)


def test_text_of_the_writer_is_never_read_as_template():
    composed = revise("rewrite", "{brief} {selection} {x}", "{selection}")
    assert "Passage: {selection}" in composed.prompt[-1]["content"]


def test_an_unknown_kind_of_language_is_refused_before_anything():
    with pytest.raises(BadValue, match="language"):
        compose(STORY, BRIEF, Task(), budget(), "x" * 80)
