"""The Word file is laid out as its form is read: prose as a manuscript, a script as the industry sets it."""

from __future__ import annotations

import io
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Inches, Pt

from creative import exporters
from creative.exporters import Manuscript

SCRIPT = """INT. HARBOUR OFFICE - DAWN

A single *strip* light. [[check]]

MAREN
(turning a page)
It's been off
since the storm.

= They meet.

CUT TO:

===

EXT. SEA - NIGHT

Rain."""


def opened(title: str, text: str, form: str) -> Any:
    return docx.Document(io.BytesIO(exporters.find("docx").export(Manuscript(title, text, form))))


def test_a_script_stands_where_a_reader_expects_it() -> None:
    document = opened("", SCRIPT, "screenplay")
    section = document.sections[0]
    assert (section.page_width, section.page_height) == (Inches(8.5), Inches(11))
    assert (section.left_margin, section.right_margin) == (Inches(1.5), Inches(1))
    normal = document.styles["Normal"]
    assert normal.font.name.startswith("Courier")
    assert normal.font.size == Pt(12)
    by_text = {p.text: p for p in document.paragraphs}
    assert list(by_text) == [
        "INT. HARBOUR OFFICE - DAWN",
        "A single strip light.",
        "MAREN",
        "(turning a page)",
        "It's been off\nsince the storm.",
        "CUT TO:",
        "EXT. SEA - NIGHT",
        "Rain.",
    ]
    assert by_text["MAREN"].style.paragraph_format.left_indent == Inches(2.2)
    assert by_text["MAREN"].style.paragraph_format.keep_with_next
    assert by_text["It's been off\nsince the storm."].style.paragraph_format.left_indent == Inches(1)
    assert by_text["CUT TO:"].style.paragraph_format.alignment == WD_ALIGN_PARAGRAPH.RIGHT
    assert by_text["EXT. SEA - NIGHT"].paragraph_format.page_break_before
    assert [r.italic for r in by_text["A single strip light."].runs] == [None, True, None]
    assert "PAGE" in section.header._element.xml


def test_a_title_gives_a_script_a_page_of_its_own() -> None:
    document = opened("Low Water", SCRIPT, "screenplay")
    assert document.paragraphs[0].text == "Low Water"
    assert document.paragraphs[1].paragraph_format.page_break_before


def test_prose_gets_a_title_and_one_paragraph_for_each_of_its_own() -> None:
    document = opened("", "Low Water\n\nThe ferry stopped.\n\n* * *\n\nNobody said so.", "story")
    assert [(p.style.name, p.text) for p in document.paragraphs] == [
        ("Title", "Low Water"),
        ("Normal", "The ferry stopped."),
        ("Normal", "* * *"),
        ("Normal", "Nobody said so."),
    ]
    assert document.paragraphs[2].alignment == WD_ALIGN_PARAGRAPH.CENTER
    assert document.core_properties.title == "Low Water"
    assert document.core_properties.author == ""


def test_a_first_line_that_is_a_sentence_is_no_title() -> None:
    styles = [
        opened("", f"{line}\n\nThe ferry ran.", "story").paragraphs[0].style.name
        for line in (
            "Low Water",
            "Maren is a boy. He has to go home.",
            "“Is it Maren?” ",
            "The ferry " * 9 + "ran",
        )
    ]
    assert styles == ["Title", *[styles[1]] * 3]
    assert styles[1] != "Title"


def test_a_title_that_opens_the_text_is_not_printed_twice() -> None:
    document = opened("Low water", "Low Water\n\nThe ferry stopped.", "story")
    assert [p.text for p in document.paragraphs] == ["Low Water", "The ferry stopped."]


def test_verse_keeps_its_lines() -> None:
    document = opened("", "[Verse]\nThe tide is out\nand so am I\n\n[Chorus]\nLow water", "lyrics")
    assert [p.text for p in document.paragraphs] == [
        "[Verse]\nThe tide is out\nand so am I",
        "[Chorus]\nLow water",
    ]


def test_right_to_left_paragraphs_are_set_so() -> None:
    document = opened("", "البحر هادئ\n\nThe sea is calm.", "story")
    assert ["w:bidi" in p._p.xml for p in document.paragraphs] == [True, False]
