"""The order a writer asks for is understood as people write it, and held against the labels."""

from __future__ import annotations

import pytest

from creative import checks
from creative.checks._sections import asked, sections

V, C, B, P = "verse", "chorus", "bridge", "prechorus"


@pytest.mark.parametrize(
    ("structure", "order"),
    [
        ("Verse, Chorus, Verse, Chorus, Bridge, Chorus", [V, C, V, C, B, C]),
        ("verse-chorus-bridge", [V, C, B]),
        ("Verse 1 / Pre-Chorus / Chorus / Verse 2 / Chorus", [V, P, C, V, C]),
        ("two verses, a chorus, then the bridge, chorus x2", [V, V, C, B, C, C]),
        ("Verse 1 Chorus Verse 2 Chorus", [V, C, V, C]),
        ("2 verses and a refrain", [V, V, C]),
        ("主歌、副歌、主歌、副歌、桥段、副歌", [V, C, V, C, B, C]),
        ("两段主歌，预副歌，副歌", [V, V, P, C]),
        ("something loose", []),
        ("", []),
    ],
)
def test_an_order_is_read_as_people_write_it(structure: str, order: list[str]) -> None:
    assert asked(structure) == order


@pytest.mark.parametrize(
    "label",
    [
        "[Verse 1]",
        "(Verse)",
        "【主歌一】",
        "**Verse 1**",
        "## Verse 2",
        "Verse 1:",
        "VERSE",
        "[Verse 2: Maren]",
        "*[Verse]*",
        "[主歌1]",
        "主歌二：",
    ],
)
def test_a_label_is_known_in_many_dresses(label: str) -> None:
    assert [s.kind for s in sections(f"{label}\nThe tide is out.")] == ["verse"]


@pytest.mark.parametrize(
    "line",
    ["The chorus of the sea", "I crossed the bridge alone", "Verse after verse I wrote", "Bridges burn"],
)
def test_a_sung_line_is_no_label(line: str) -> None:
    assert sections(line) == []


SONG = "[Verse 1]\nA\n\n[Chorus]\nB\n\n[Verse 2]\nC\n\n[Chorus]\n\n"


def read(text: str, structure: str, language: str = "English") -> list[tuple[str, str]]:
    found = checks.run(("asked_sections",), text, {"structure": structure}, language)
    return [(f.title, text[f.start : f.end]) for f in found if f.level != "pass"]


def test_the_asked_order_passes_with_a_short_label_for_a_repeated_chorus() -> None:
    assert read(SONG, "Verse, Chorus, Verse, Chorus") == []
    assert (
        read(SONG + "[Bridge]\nD\n\n[Chorus]\n\n[Chorus]", "Verse, Chorus, Verse, Chorus, Bridge, Chorus")
        == []
    )


def test_a_missing_section_is_missed_where_it_is_due() -> None:
    first = SONG.index("[Verse 2]")
    found = checks.run(
        ("asked_sections",), SONG, {"structure": "Verse, Chorus, Verse, Chorus, Bridge"}, "English"
    )
    assert [(f.title, f.start > first, f.line) for f in found] == [("Missing: bridge", True, 10)]
    assert "asks for 1" in found[0].message


def test_another_order_and_an_extra_section_are_told_apart() -> None:
    assert read("[Chorus]\nB\n\n[Verse]\nA", "Verse, Chorus") == [("Another order", "[Chorus]")]
    assert read("[Verse]\nA\n\n[Outro]\nB", "Verse") == [("Not asked for: outro", "[Outro]")]


def test_an_empty_section_and_a_song_without_labels_are_found() -> None:
    assert read("[Verse]\n\n[Chorus]\nB", "Verse, Chorus") == [("Empty section", "[Verse]")]
    assert read("The tide is out\nand so am I", "Verse, Chorus") == [("No section labels", "")]


def test_no_structure_asked_is_no_fault() -> None:
    assert read(SONG, "") == []


def test_chinese_songs_are_advised_in_chinese() -> None:
    assert read("[主歌]\n海退了\n\n[副歌]\n海还在", "主歌、副歌、桥段", "Chinese") == [("缺桥段", "[副歌]")]
