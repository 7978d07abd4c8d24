"""Parentheticals that direct the hands or name a mood are told; those about the voice are let be."""

from __future__ import annotations

import pytest

from creative import checks


def read(text: str) -> list[str]:
    return [
        text[f.start : f.end]
        for f in checks.run(("parentheticals",), text, {}, "English")
        if f.level != "pass"
    ]


@pytest.mark.parametrize("inside", ["turning a page", "angrily", "slowly closing the door", "拿起信封"])
def test_a_parenthetical_that_directs_is_told(inside: str) -> None:
    assert read(f"MAREN\n({inside})\nHm.") == [f"({inside})"]


@pytest.mark.parametrize(
    "inside",
    [
        "beat",
        "sotto",
        "to Ines",
        "re: the letter",
        "into phone",
        "off his look",
        "whispering to Ines",
        "in French",
        "dry",
    ],
)
def test_a_parenthetical_about_the_voice_passes(inside: str) -> None:
    assert read(f"MAREN\n({inside})\nHm.") == []


def test_a_page_full_of_them_is_one_remark() -> None:
    found = checks.run(("parentheticals",), "MAREN\n(angrily)\nHm.\n\n" * 9, {}, "English")
    assert [f.title for f in found] == ["Many parentheticals"]
