"""One name for two people is told, and a name that comes again for a reason is not."""

from __future__ import annotations

import pytest

from creative import checks
from creative.checks.same_name import guide


def read(text: str, language: str = "English") -> list[tuple[str, str]]:
    found = checks.run(("same_name",), text, {}, language)
    return [(f.title, text[f.start : f.end]) for f in found if f.level != "pass"]


@pytest.mark.parametrize(
    "twice", ["Iris and Iris", "Iris told Iris", "Iris saw a boy named Iris", "Iris told the other Iris"]
)
def test_one_name_for_two_is_told_where_it_stands(twice: str) -> None:
    assert read(f"The tide was out. {twice}, and left.") == [("One name for two", twice)]


@pytest.mark.parametrize(
    "text",
    [
        "Iris sat down. Iris got up.",
        "Iris and Odile met Iris's brother.",
        "Iris took Iris’s coat.",
        "Iris left because Iris was late.",
        "They wrote from Monday to Monday, and from May to May.",
        "“Iris and Iris,” he read out, and “Iris told Iris.”",
        "Mr and Mr Hale",
        'Iris said, "Hello," and Iris left.',
        "Iris and\nIris",
        "Irises and Iris",
    ],
)
def test_a_name_may_come_again(text: str) -> None:
    assert read(text) == []


def test_chinese_is_not_judged() -> None:
    assert read("Iris and Iris", "Chinese") == []
    assert guide({}, "Chinese") is None


def test_while_it_is_written_only_what_may_become_a_name_of_the_paragraph_is_held() -> None:
    names = guide({}, "English")
    assert names
    assert names.holds("Iris and", " I")
    assert names.holds("Iris and", " Iris,")
    assert not names.holds("Iris and", " her")
    assert not names.holds("Iris and", " Odile")
    assert not names.holds("Iris left.\n\nOdile and", " Iris")


def test_a_name_just_given_cannot_stand() -> None:
    names = guide({}, "English")
    assert names
    assert names.weigh("Iris and", " Iris.", "") == "wrong"
    assert names.weigh("Iris and", " Irises", "") == "full"
    assert names.weigh("Iris and", " Odile", "") == "full"
    assert names.weigh("Iris and Iris met", " Odile", "") == "full", "what stands before is not weighed again"
    assert names.weigh("He said, “Iris and", " Iris", "") == "full", "speech may say what it likes"
