"""Mistakes of a visitor: each is answered with a sentence that helps, and odd text is kept."""

from __future__ import annotations

from typing import Any

import pytest

from creative.errors import (
    BadValue,
    CreativeError,
    DraftNotFound,
    MissingField,
    TextTooLong,
    UnknownAction,
    UnknownForm,
    UnknownFormat,
    UnknownVoice,
)
from creative.studio import Studio
from tests.hall import (
    PAGE,
    order,
    run,
    written,
)

BAD: list[tuple[dict[str, Any], type[CreativeError], str]] = [
    ({"brief": {"premise": " \n "}}, MissingField, "Fill in premise and write again"),
    ({"brief": {"premise": "x" * 2_000_000}}, TextTooLong, "holds 2,000,000 characters; 20,000"),
    ({"brief": {"premise": "wörd " * 3900}}, TextTooLong, "The model reads 1,024 at once"),
    ({"brief": [1]}, BadValue, "set of named answers.*It asks for: premise"),
    ({"brief": {"hero": "x"}}, BadValue, "does not ask for “hero”.*premise, characters"),
    ({"brief": {"premise": {"a": 1}}}, BadValue, "premise.*It takes text"),
    ({"max_tokens": 0}, BadValue, "max_tokens cannot be “0”.*from 1 to 1,023"),
    ({"max_tokens": 1_000_000}, BadValue, "max_tokens cannot be “1000000”.*from 1 to 1,023"),
    ({"creativity": float("nan")}, BadValue, "“nan”.*from 0 to 1"),
    ({"form": "poem"}, UnknownForm, "“poem”.*ad_copy, lyrics, news, screenplay, story"),
    ({"form": ["story"]}, UnknownForm, "There are: ad_copy"),
    ({"voice": "../../etc/passwd"}, UnknownVoice, "There is no voice called.*best-beloved, drawing-room"),
    ({"voice": ["a"]}, BadValue, "voice has to be text"),
    ({"action": "explode"}, UnknownAction, "“explode”.*continue.*shorten.*write"),
    ({"action": ["shorten"]}, BadValue, "action has to be text"),
    ({"overrides": {"temperature": float("nan")}}, BadValue, "temperature cannot be “nan”.*0 to 5"),
    ({"overrides": {"heat": 1}}, BadValue, "“heat”.*temperature, top_k"),
    ({"overrides": {"top_k": 2.5}}, BadValue, "top_k.*whole number from 0 to 10,000"),
    ({"overrides": [1]}, BadValue, "named numbers.*temperature"),
    ({"seed": -2}, BadValue, "seed cannot be “-2”.*from -1"),
    ({"seed": "seven"}, BadValue, "seed cannot be “seven”"),
    ({"variants": 9}, BadValue, "variants cannot be “9”.*from 1 to 8"),
    ({"text": None}, BadValue, "text has to be text"),
    ({"language": "<b>"}, BadValue, "Write it in letters"),
    ({"action": "continue", "text": "  "}, BadValue, "no text to go on from.*type an opening line"),
    ({"action": "shorten", "text": PAGE}, MissingField, "Nothing is selected"),
    ({"action": "shorten", "text": PAGE, "selection": "not there"}, BadValue, "passage is not in the text"),
    (
        {"action": "shorten", "text": PAGE, "selection": "Maren", "selection_start": "3"},
        BadValue,
        "whole number",
    ),
    ({"action": "instruct", "text": PAGE, "selection": "Maren"}, MissingField, "no instruction"),
    ({"action": "shorten", "selection": "word " * 3000}, TextTooLong, "3,000 words.*shorter passage"),
    ({"writer": 3}, BadValue, "writer has to be text"),
    ({"writer": "w", "draft": "nobody's"}, DraftNotFound, "no such draft"),
    ({"writer": "w", "action": "continue", "text": "x " * 1_500_000}, TextTooLong, "a draft takes 2,000,000"),
]


@pytest.mark.parametrize(("wishes", "error", "sentence"), BAD, ids=range(len(BAD)))
def test_a_mistake_is_answered_with_a_sentence_that_helps(
    studio: Studio, wishes: dict[str, Any], error: type[CreativeError], sentence: str
) -> None:
    with pytest.raises(error, match=f"(?s){sentence}") as raised:
        run(studio, order(**wishes))
    assert raised.value.hint
    assert len(str(raised.value)) < 400


def test_a_mistake_leaves_no_draft_behind(studio: Studio) -> None:
    for wishes in ({"brief": {"premise": ""}}, {"max_tokens": 0}, {"variants": 0}, {"voice": "nobody"}):
        with pytest.raises(CreativeError):
            run(studio, order(writer="careless", **wishes))
    assert studio.drafts.listing("careless") == []


def test_right_to_left_text_and_emoji_reach_the_model_and_control_characters_do_not(studio: Studio) -> None:
    kept = "سفينة شمال 👩‍👩‍👧 שלום"
    steps = written(run(studio, order(brief={"premise": f"\x00\x07\u202e{kept}\x1b[2J\ud83d"}, writer="rtl")))
    report = steps[0].report
    assert report
    assert kept in report.prompt
    assert not set("\x00\x07\x1b\u202e\ud83d") & set(report.prompt)
    draft = studio.drafts.open("rtl", steps[0].draft)
    assert draft.brief["premise"] == f"{kept}[2J"


def test_half_a_surrogate_on_the_page_does_not_stop_the_writing(studio: Studio) -> None:
    steps = run(studio, order(action="continue", text="Maren \ud83d went", writer="half"))
    assert studio.drafts.open("half", steps[0].draft).text.startswith("Maren ? went")


def test_an_unknown_format_lists_what_there_is(studio: Studio) -> None:
    with pytest.raises(UnknownFormat, match=r"“exe”.*docx, md, txt"):
        studio.export("story", PAGE, "exe")


@pytest.mark.parametrize("title", ["../../etc/passwd", "a/b\\c:d*?", "", "\x00", "渡轮", "…"])
def test_a_title_becomes_a_harmless_file_name(studio: Studio, title: str) -> None:
    name, body = studio.export("story", PAGE, "txt", title)
    assert name.endswith(".txt")
    assert not set(name) & set("/\\:*?\0")
    assert not name.startswith(".")
    assert b"Maren counted" in body
