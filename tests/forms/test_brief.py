"""Briefs: what is cleaned, what is refused, and with which sentence."""

from __future__ import annotations

import pytest

from creative.errors import BadValue, MissingField, TextTooLong
from creative.forms import clean_brief, clean_text, load_forms

FORMS, _ = load_forms()
STORY, AD, NEWS = FORMS["story"], FORMS["ad_copy"], FORMS["news"]


def premise(text: object) -> str:
    return clean_brief(STORY, {"premise": text})["premise"]


def test_every_question_has_an_answer_after_cleaning_empty_or_default():
    brief = clean_brief(STORY, {"premise": "A ferry stops."})
    assert list(brief) == [field.name for field in STORY.fields]
    assert brief["genre"] == ""
    assert brief["length"] == "medium"
    assert clean_brief(AD, {"product": "Pen"})["variants"] == "3"


def test_an_unknown_question_is_named_and_the_known_ones_listed():
    with pytest.raises(BadValue) as caught:
        clean_brief(STORY, {"premise": "x", "plot\n<b>": "y"})
    assert "plot?<b>" in caught.value.message
    assert "premise" in caught.value.hint
    assert "point_of_view" in caught.value.hint


@pytest.mark.parametrize(
    "answers", [{}, {"premise": ""}, {"premise": "  \n\t "}, {"premise": None}, {"premise": "\x00"}]
)
def test_an_empty_required_answer_names_its_label(answers: dict[str, object]):
    with pytest.raises(MissingField) as caught:
        clean_brief(STORY, answers)
    assert "What is it about?" in caught.value.message
    assert "premise" in caught.value.hint


def test_a_brief_that_need_not_be_complete_is_taken_empty():
    assert clean_brief(STORY, {}, complete=False)["premise"] == ""


@pytest.mark.parametrize("answer", [True, float("nan"), float("inf"), {"a": 1}, ["a", 1], b"bytes", object()])
def test_an_answer_of_the_wrong_kind_is_refused_by_name(answer: object):
    with pytest.raises(BadValue, match="premise"):
        premise(answer)


@pytest.mark.parametrize("answers", [None, "premise", ["premise"], 7])
def test_a_brief_that_is_no_set_of_answers_is_refused(answers: object):
    with pytest.raises(BadValue, match="named answers"):
        clean_brief(STORY, answers)  # type: ignore[arg-type]


def test_numbers_and_lists_of_words_are_taken():
    assert premise(1984) == "1984"
    assert clean_brief(AD, {"product": "Pen", "variants": 2.0})["variants"] == "2"
    assert clean_brief(NEWS, {"notes": "x", "quotes": ["one", "two"]})["quotes"] == "one\ntwo"


@pytest.mark.parametrize("variants", [0, 11, -1, 2.5, "many", "9" * 15, "²", "1e3"])
def test_a_number_out_of_its_range_is_refused_with_the_range(variants: object):
    with pytest.raises(BadValue) as caught:
        clean_brief(AD, {"product": "Pen", "variants": variants})
    assert "from 1 to 10" in caught.value.hint


@pytest.mark.parametrize("said", ["first", "First Person", "第一人称"])
def test_a_choice_is_taken_by_value_or_label(said: str):
    assert clean_brief(STORY, {"premise": "x", "point_of_view": said})["point_of_view"] == "first"


def test_an_answer_beside_the_choices_is_taken_only_where_the_form_says_so():
    assert clean_brief(STORY, {"premise": "x", "genre": "ghost story"})["genre"] == "ghost story"
    with pytest.raises(BadValue) as caught:
        clean_brief(STORY, {"premise": "x", "tense": "future"})
    assert "past, present" in caught.value.hint


def test_a_line_has_a_limit_of_its_own():
    with pytest.raises(TextTooLong, match="501 characters; 500"):
        clean_brief(STORY, {"premise": "x", "tone": "x" * 501})
    assert len(clean_brief(STORY, {"premise": "x" * 20_000})["premise"]) == 20_000


def test_line_ends_become_newlines_and_a_line_stays_one_line():
    assert premise("a\r\nb\rc\u2028d") == "a\nb\nc\nd"
    assert clean_brief(STORY, {"premise": "x", "tone": "dry\r\n  and\tcold"})["tone"] == "dry and cold"


def test_control_characters_and_lone_surrogates_go_and_tabs_stay():
    assert premise("a\x00b\x1b[31mc\x7f\td\ud800") == "ab[31mc\td"
    premise("a\ud800").encode("utf-8")


def test_right_to_left_text_and_emoji_stay_whole_but_overrides_go():
    for text in ("مرحبا بالعالم", "שלום", "👩‍👩‍👧‍👦 family", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "می‌خواهم", "e\u0301", "a\u200fb"):
        assert premise(text) == text
    assert clean_text("safe\u202egnp.exe\u202c \u2066x\u2069") == "safegnp.exe x"
