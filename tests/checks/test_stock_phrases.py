"""The phrase lists are well formed, find what they list, and leave speech and the writer's own words alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from creative import checks
from creative.checks import _phrasebook

BOOKS = sorted(Path(checks.__file__).parent.glob("*.toml"))


def read(
    text: str, language: str = "English", brief: dict[str, str] | None = None, name: str = "stock_phrases"
) -> list[str]:
    return [
        text[f.start : f.end] for f in checks.run((name,), text, brief or {}, language) if f.level != "pass"
    ]


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("A shiver ran down her spine.", "A shiver ran down her spine"),
        ("Little did they know.", "Little did they know"),
        ("It stood as a testament to his courage.", "stood as a testament to"),
        (
            "She let out a breath she didn’t know she was holding.",
            "let out a breath she didn’t know she was holding",
        ),
        ("It was late, as the sun dipped\nbelow the horizon.", "as the sun dipped\nbelow the horizon"),
        ("He couldn't help but smile.", "couldn't help but smile"),
    ],
)
def test_a_stock_phrase_is_found_whole(text: str, phrase: str) -> None:
    assert [p.casefold() for p in read(text)] == [phrase.casefold()] or read(text)[0].casefold().endswith(
        phrase.casefold()
    )


def test_plain_prose_passes() -> None:
    text = "Maren took the envelope down. The paper was soft with damp. She shivered. Time passed. His heart was bad."
    assert read(text) == []


def test_speech_and_the_brief_are_the_writers_own() -> None:
    assert read("“Little did she know,” said Ines, “the end of it.”") == []
    assert read("Little did she know.", brief={"premise": "Little did she know"}) == []


def test_a_phrase_does_not_run_over_a_full_stop() -> None:
    assert read("It was a testament. To him it meant the end.") == []


def test_chinese_stock_phrases_are_found() -> None:
    assert read("她的嘴角勾起一抹笑，打破了沉默。", "Chinese") == ["嘴角勾起一抹", "打破了沉默"]


def test_sales_talk_is_a_list_of_its_own() -> None:
    assert read("Say goodbye to dull mornings.", name="hype_words") == ["Say goodbye to"]
    assert read("She went to say goodbye to her mother.") == []
    assert read("全网最低价", "Chinese", name="hype_words") == ["全网最"]


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.stem)
def test_every_phrase_of_a_list_can_be_found(book: Path) -> None:
    missed = []
    for _, english, chinese in _phrasebook._kinds(book):
        for pattern in english:
            for wording in _phrasebook._spelled_out(pattern):
                said = " ".join(wording).replace("<my>", "her").replace("<she>", "she").replace("*", "odd")
                if not _phrasebook.find(book, said, {}, "English"):
                    missed.append(said)
        missed += [p for p in chinese if not _phrasebook.find(book, p, {}, "Chinese")]
    assert missed == []
