"""Every form of the house, found by listing the folder: what each must hold, and that its prompts are right."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from tokenizers import Tokenizer

import creative
from creative.actions import load_actions
from creative.forms import FOLDER, Form, clean_brief, load_forms, write_prompt
from creative.forms.brief import LIMITS
from creative.forms.reading import MOST_PRIMARY

ACTIONS, _ = load_actions()
FORMS, ERRORS = load_forms(actions=ACTIONS)
TOKENIZER = Path(creative.__file__).parent / "starter" / "tokenizer.json"
SYSTEM_TOKENS = 96
"""Of the starter's 1,024, counted by its own tokenizer."""
PROMPT_TOKENS = 340
CHINESE_SYSTEM = 130
"""Characters; the starter's tokenizer knows no Chinese, so its tokens say nothing."""
WANTED_FIELDS = {
    "story": "premise genre characters setting point_of_view tense tone length",
    "screenplay": "logline genre characters location time_of_day purpose length",
    "lyrics": "theme mood style structure rhyme_scheme length",
    "news": "notes angle audience quotes length",
    "ad_copy": "product audience benefits channel tone call_to_action frame variants length",
}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
both_kinds = pytest.mark.parametrize("chat", [True, False], ids=["chat", "base"])


@cache
def starter_tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(TOKENIZER))


def whole(prompt: object) -> str:
    return prompt if isinstance(prompt, str) else "\n".join(m["content"] for m in prompt)


def required_only(form: Form) -> dict[str, str]:
    return {field.name: "Something happens." for field in form.fields if field.required}


def test_every_file_is_a_form_and_none_is_malformed():
    assert [str(error) for error in ERRORS] == []
    assert sorted(FORMS) == sorted(path.stem for path in FOLDER.glob("*.toml"))
    assert [form.title.en for form in FORMS.values()] == ["Story", "Screenplay", "Lyrics", "News", "Ad copy"]


@pytest.mark.parametrize("name", WANTED_FIELDS)
def test_a_form_asks_what_a_professional_answers(name: str):
    assert {field.name for field in FORMS[name].fields} >= set(WANTED_FIELDS[name].split())


@every_form
def test_a_form_has_all_its_words_in_both_languages(form: Form):
    assert form.title.zh
    assert form.noun.zh
    assert form.about.zh
    assert form.brief.zh
    assert form.plain.zh
    assert form.chat.zh
    for field in form.fields:
        assert field.label.zh
        assert bool(field.help.en) == bool(field.help.zh)
        assert bool(field.placeholder.en) == bool(field.placeholder.zh)
        assert all(choice.zh for choice in field.choices)
        assert all(bool(choice.rule.en) == bool(choice.rule.zh) for choice in field.choices)


@every_form
def test_the_chinese_templates_name_the_same_fields(form: Form):
    assert set(re.findall(r"\{\w+\}", form.brief.en)) == set(re.findall(r"\{\w+\}", form.brief.zh))


@every_form
def test_a_form_shows_one_to_four_questions_first_the_required_ones_among_them(form: Form):
    primary = [field for field in form.fields if field.primary]
    assert 1 <= len(primary) <= MOST_PRIMARY
    assert all(field.primary for field in form.fields if field.required)
    assert all(field.placeholder.en for field in primary)


@every_form
def test_a_form_names_a_check_exporters_and_actions_that_exist(form: Form):
    assert form.checks
    assert {"txt", "md", "docx"} <= set(form.exporters)
    assert set(form.actions) <= set(ACTIONS)
    assert all(ACTIONS[name].kind == "revise" for name in form.actions)


@every_form
def test_lengths_grow_and_leave_room_for_their_words(form: Form):
    lengths = [form.lengths.short, form.lengths.medium, form.lengths.long]
    assert lengths == sorted(lengths, key=lambda length: length.words)
    assert all(length.max_new_tokens >= 1.4 * length.words for length in lengths)


@every_form
@both_kinds
def test_three_examples_and_one_in_chinese_compose(form: Form, chat: bool):
    assert len([e for e in form.examples if e.language == "English"]) >= 3
    assert len([e for e in form.examples if e.language == "Chinese"]) >= 1
    for example in form.examples:
        assert re.match(r"[A-Z]", example.title)
        prompt = whole(write_prompt(form, example.brief, example.language, chat))
        for field in form.fields:
            if field.kind in ("line", "text"):
                answer = str(example.brief[field.name])
                assert answer.lower() in prompt.lower() if field.capitals else answer in prompt
        assert not re.search(r"\{\w+\}", prompt)


@every_form
@both_kinds
@pytest.mark.parametrize("language", ["English", "Chinese"])
def test_empty_answers_leave_no_trace(form: Form, chat: bool, language: str):
    brief = dict.fromkeys((field.name for field in form.fields), "") | required_only(form)
    prompt = whole(write_prompt(form, brief, language, chat))
    assert "\n\n\n" not in prompt
    lines = [line for line in prompt.strip().split("\n") if line]
    # Only the last line of a scaffold, which leads into the text, may end in a colon.
    assert not [line for line in lines[:-1] if line.endswith((":", "："))]
    # One line for each required answer, and those of the templates that hold no field.
    answered = [line for line in lines if "Something happens." in line]
    assert len(answered) == len(required_only(form))


@every_form
def test_a_chinese_brief_gets_a_chinese_prompt(form: Form):
    prompt = whole(write_prompt(form, required_only(form), "Chinese")).replace("Something happens.", "")
    assert re.search(r"[\u4e00-\u9fff]", prompt)
    assert set(re.findall(r"[A-Za-z]+", prompt)) <= {"Fountain"}


@every_form
def test_another_language_is_asked_for_in_one_line(form: Form):
    messages = write_prompt(form, required_only(form), "Brazilian Portuguese")
    assert messages[-1]["content"].endswith("\nWrite in Brazilian Portuguese.")
    assert whole(write_prompt(form, required_only(form), "Hindi", chat=False)).startswith("Write in Hindi.\n")
    assert "Write in" not in whole(write_prompt(form, required_only(form), "English"))


@every_form
@pytest.mark.skipif(not TOKENIZER.exists(), reason="the starter is not here")
def test_prompts_are_short_enough_for_the_starter(form: Form):
    def count(text: str) -> int:
        return len(starter_tokenizer().encode(text).ids)

    assert count(form.chat.en.system) <= SYSTEM_TOKENS
    for example in form.examples:
        if example.language == "English":
            assert sum(count(m["content"]) for m in write_prompt(form, example.brief)) <= PROMPT_TOKENS


@every_form
def test_the_chinese_rules_are_short_too(form: Form):
    assert form.chat.zh
    assert len(form.chat.zh.system) <= CHINESE_SYSTEM


@every_form
def test_what_a_writer_types_is_never_read_as_template(form: Form):
    attack = "{words} {{language}} {brief} {unknown} ${x} %(y)s"
    answers = {field.name: attack for field in form.fields if field.kind in ("line", "text", "lines")}
    for chat in (True, False):
        prompt = whole(write_prompt(form, clean_brief(form, answers), chat=chat))
        assert prompt.count(attack) == len(answers)


@every_form
def test_two_megabytes_in_the_first_question_get_a_sentence_with_numbers(form: Form):
    from creative.errors import TextTooLong

    first = next(field for field in form.fields if field.required)
    with pytest.raises(TextTooLong) as caught:
        clean_brief(form, {first.name: "x" * 2_000_000})
    assert "2,000,000" in caught.value.message
    assert f"{LIMITS[first.kind]:,}" in caught.value.message
    assert first.label.en in caught.value.message


@pytest.mark.parametrize(
    ("answer", "read"),
    [
        ("Rhea, 68. James.", "RHEA, 68. JAMES."),
        ("Mr. Smith-Jones, 40; Anna (his wife)", "MR. SMITH-JONES, 40; ANNA (his wife)"),
        (
            "Dana, 45. She lies.\nThe driver, never seen whole.",
            "DANA, 45. She lies.\nTHE DRIVER, never seen whole.",
        ),
        ("Two brothers who hate each other", "Two brothers who hate each other"),
        ("A boy of six", "A boy of six"),
    ],
)
def test_a_script_s_people_are_read_in_capitals(answer: str, read: str):
    form = FORMS["screenplay"]
    brief = clean_brief(form, {"logline": "Somebody asks.", "characters": answer})
    assert read in whole(write_prompt(form, brief))
    assert answer in whole(write_prompt(form, brief, language="Chinese"))
    assert brief["characters"] == answer


def test_the_rule_of_a_choice_reaches_the_prompt():
    ad = FORMS["ad_copy"]
    prompt = whole(write_prompt(ad, clean_brief(ad, {"product": "A pen", "channel": "search ad"})))
    assert "at most 30 characters" in prompt
    assert "at most 90" in prompt
    assert "at most 15" in prompt
    assert "Variants: 3" in prompt
    email = whole(
        write_prompt(ad, clean_brief(ad, {"product": "A pen", "channel": "email", "length": "long"}))
    )
    assert "Body: about 160 words" in email


def test_the_length_asked_for_is_in_the_prompt_in_the_units_of_the_language():
    story = FORMS["story"]
    brief = clean_brief(story, {"premise": "x", "length": "long"})
    assert "about 1200 words" in whole(write_prompt(story, brief))
    assert "1920字" in whole(write_prompt(story, brief, "Chinese"))
