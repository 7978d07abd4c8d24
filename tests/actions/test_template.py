"""Templates: what becomes of lines, placeholders and braces."""

from __future__ import annotations

import pytest

from creative.actions.template import placeholders, render
from creative.errors import MalformedFile


def test_a_line_whose_placeholders_are_all_empty_is_left_out():
    assert render("Write.\nGenre: {genre}\nTone: {tone}", {"genre": "", "tone": "dry"}) == "Write.\nTone: dry"


def test_a_line_with_one_answer_of_two_stays():
    assert render("{place}, {time}", {"place": "Harbour", "time": ""}) == "Harbour,"


def test_left_out_lines_leave_no_double_blank_lines_and_no_blank_ends():
    template = "\n{a}\n\n{b}\n\n{c}\n\n"
    assert render(template, {"a": "one", "b": "", "c": "three"}) == "one\n\nthree"
    assert render(template, {"a": "", "b": "two", "c": ""}) == "two"


def test_braces_and_placeholders_inside_a_value_stay_as_they_are():
    value = "{premise} {{x}} {0} %s ${y} {__class__}"
    assert render("Tone: {tone}", {"tone": value, "premise": "secret"}) == f"Tone: {value}"


def test_doubled_braces_write_braces():
    assert render("{{as is}} {a}", {"a": "x"}) == "{as is} x"


def test_a_value_of_several_lines_starts_below_its_label_and_keeps_its_blank_lines():
    assert render("Notes: {notes}\nEnd", {"notes": "one\n\n\ntwo"}) == "Notes:\none\n\n\ntwo\nEnd"


def test_every_missing_placeholder_is_named_at_once():
    with pytest.raises(MalformedFile) as caught:
        render("{a} {b}\n{c}", {"b": "x"})
    assert "{a}" in caught.value.message
    assert "{c}" in caught.value.message
    assert "{b}" in caught.value.hint


def test_placeholders_come_once_each_in_order():
    assert placeholders("{b} {a} {b} {{c}}") == ("b", "a")
