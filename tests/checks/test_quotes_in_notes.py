"""Quoted speech must stand in the notes word for word; marks, case and line breaks do not count."""

from __future__ import annotations

import pytest

from creative import checks

BRIEF = {
    "notes": 'The quarry sends 60 lorries a day.\nShah said "a bridge does not\nnegotiate".',
    "quotes": "“We were not asked, and we won’t forget it,” said Pell.\nRuth Okafor: People came to read, to be warm.",
}


def read(text: str, brief: dict[str, str] = BRIEF, language: str = "English") -> list[tuple[str, str]]:
    found = checks.run(("quotes_in_notes",), text, brief, language)
    return [(f.title, text[f.start : f.end]) for f in found if f.level != "pass"]


@pytest.mark.parametrize(
    "text",
    [
        "“We were not asked,” said Joan Pell, “and we won't forget it.”",
        '"A bridge does not negotiate," Shah said.',
        "‘We were not asked,’ she said.",
        "'People came to read, to be warm,' said Okafor.",
        "“People came … to be warm,” said Okafor.",
        "They saw the film “Low Water” at the “Old Mill”.",
        "It's the town's bridge, and the workers' road.",
        "'We were not asked, and we won't forget it,' said Pell.",
    ],
)
def test_real_quotes_and_mere_names_pass(text: str) -> None:
    assert read(text) == []


def test_an_invented_quote_fails_at_its_words() -> None:
    text = "“This is a dark day for the town,” said Joan Pell."
    assert read(text) == [("Quote not in the notes", "This is a dark day for the town,")]
    assert read("'This is a dark day for us,' said Pell.") == [
        ("Quote not in the notes", "This is a dark day for us,")
    ]


def test_an_altered_quote_is_shown_its_original() -> None:
    text = "“We were never asked, and we won't forget it,” said Joan Pell."
    found = checks.run(("quotes_in_notes",), text, BRIEF, "English")
    assert [f.title for f in found] == ["Quote altered"]
    assert "We were not asked, and we won’t forget it" in found[0].message


def test_a_quote_is_not_found_inside_longer_words() -> None:
    assert read("“were not ask and we”") != []


def test_chinese_quotes_are_held_to_the_notes() -> None:
    brief = {"notes": "", "quotes": "周岚说：“没有人问过我们，我们也不会忘。”"}
    assert read("周岚说：“没有人问过我们。”", brief, "Chinese") == []
    assert read("周岚说：“这是黑暗的一天啊。”", brief, "Chinese") == [("引语没有出处", "这是黑暗的一天啊。")]


def test_without_notes_nothing_is_judged() -> None:
    assert read("“This is a dark day for the town,” she said.", {}) == []
