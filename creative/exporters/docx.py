"""Word: prose and verse as a clean manuscript, a script in the industry's layout."""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Inches, Pt

from creative import fountain
from creative.exporters import Manuscript
from creative.exporters._manuscript import SCRIPT_FORM, blocks, clean_text, clean_title, own_title

TITLE = {"en": "Word", "zh": "Word 文档"}
SUFFIX = ".docx"

_SCENE_BREAK = re.compile(r"^\s*(?:[*#~·•⁂\-—–]\s*){1,7}$")
_PROSE_FONT = ("Times New Roman", "SimSun")
_SCRIPT_FONT = ("Courier New", "FangSong")


@dataclass(frozen=True)
class _Place:
    """Where an element of a script stands, in inches from the text's left and right edge, and its space above."""

    style: str
    left: float = 0.0
    right: float = 0.0
    lines_before: int = 1
    keep_with_next: bool = False
    alignment: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.LEFT
    bold: bool | None = None
    italic: bool | None = None


# The page is 8.5 inches wide, the text begins at 1.5 and ends at 7.5: six inches, 60 characters of Courier.
_PLACES: dict[str, _Place] = {
    "scene_heading": _Place("Scene Heading", lines_before=2, keep_with_next=True, bold=True),
    "action": _Place("Action"),
    "character": _Place("Character", left=2.2, keep_with_next=True),
    "parenthetical": _Place("Parenthetical", left=1.6, right=2.0, lines_before=0, keep_with_next=True),
    "dialogue": _Place("Dialogue", left=1.0, right=1.5, lines_before=0),
    "lyric": _Place("Lyric", left=1.0, right=1.5, lines_before=0, italic=True),
    "transition": _Place("Transition", alignment=WD_ALIGN_PARAGRAPH.RIGHT),
    "centered": _Place("Centered", alignment=WD_ALIGN_PARAGRAPH.CENTER),
}


def export(manuscript: Manuscript) -> bytes:
    """Give a .docx of the manuscript; notes, synopses and sections of a script are not printed."""
    text = clean_text(manuscript)
    document = docx.Document()
    is_script = manuscript.form == SCRIPT_FORM
    _set_page(document, is_script)
    _set_fonts(document, _SCRIPT_FONT if is_script else _PROSE_FONT)
    document.core_properties.title = _shown_title(manuscript, text)[:255]
    document.core_properties.author = ""
    document.core_properties.comments = ""
    writer = _Writer(document)
    if is_script:
        _add_script_styles(document)
        _write_script(writer, clean_title(manuscript), text)
    else:
        spacing = document.styles["Normal"].paragraph_format
        spacing.space_after, spacing.line_spacing = Pt(12), 1.15 if manuscript.form == "lyrics" else 1.5
        _write_prose(writer, clean_title(manuscript), text)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _shown_title(manuscript: Manuscript, text: str) -> str:
    return clean_title(manuscript) or own_title(text) or " ".join(manuscript.title.split())


class _Writer:
    """Puts paragraphs at the end of a document; finding that end anew each time would be slow in a long one."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._end = document.element.body.sectPr
        self._style_ids: dict[str, str] = {}

    def paragraph(self, style: str = "Normal") -> Any:
        element = OxmlElement("w:p")
        self._end.addprevious(element)
        paragraph = docx.text.paragraph.Paragraph(element, self._document._body)
        if style != "Normal":
            element.style = self._style_id(style)
        return paragraph

    def _style_id(self, name: str) -> str:
        if name not in self._style_ids:
            self._style_ids[name] = self._document.styles[name].style_id
        return self._style_ids[name]


def _set_page(document: Any, is_script: bool) -> None:
    """Set US Letter with one inch around, and a page number; a script has room for its binding and no first number."""
    section = document.sections[0]
    section.page_width, section.page_height = Inches(8.5), Inches(11)
    section.top_margin = section.bottom_margin = section.right_margin = Inches(1)
    section.left_margin = Inches(1.5 if is_script else 1)
    section.header_distance = section.footer_distance = Inches(0.5)
    section.different_first_page_header_footer = is_script
    line = section.header.paragraphs[0] if is_script else section.footer.paragraphs[0]
    line.alignment = WD_ALIGN_PARAGRAPH.RIGHT if is_script else WD_ALIGN_PARAGRAPH.CENTER
    _add_page_number(line)
    if is_script:
        line.add_run(".")


def _add_page_number(line: Any) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    line._p.append(field)


def _set_fonts(document: Any, fonts: tuple[str, str]) -> None:
    for name in ("Normal", "Title"):
        style = document.styles[name]
        style.font.name = fonts[0]
        style.font.color.rgb = None
        faces = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            faces.attrib.pop(qn(f"w:{theme}"), None)
        faces.set(qn("w:hAnsi"), fonts[0])
        faces.set(qn("w:cs"), fonts[0])
        faces.set(qn("w:eastAsia"), fonts[1])
    normal, title = document.styles["Normal"], document.styles["Title"]
    normal.font.size = Pt(12)
    normal.paragraph_format.space_after = Pt(0)
    normal.paragraph_format.widow_control = True
    title.font.size, title.font.bold = Pt(18), True
    title.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.space_after = Pt(24)
    # The template draws a line under its titles.
    for border in title.element.pPr.findall(qn("w:pBdr")):
        title.element.pPr.remove(border)


def _add_script_styles(document: Any) -> None:
    for place in _PLACES.values():
        style = document.styles.add_style(place.style, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style, style.quick_style = document.styles["Normal"], True
        style.font.bold, style.font.italic = place.bold, place.italic
        form = style.paragraph_format
        # Twelve points is one line; a page holds 54 of them, about a minute on the screen.
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(12)
        form.left_indent, form.right_indent = Inches(place.left), Inches(place.right)
        form.space_before, form.keep_with_next = Pt(12 * place.lines_before), place.keep_with_next
        form.alignment = place.alignment


def _write_prose(writer: _Writer, title: str, text: str) -> None:
    if not title and own_title(text):
        title, _, text = text.partition("\n")
    if title:
        _write_lines(writer.paragraph("Title"), [title.strip()])
    for lines in blocks(text):
        paragraph = writer.paragraph()
        if len(lines) == 1 and _SCENE_BREAK.match(lines[0]):
            paragraph.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _write_lines(paragraph, lines)


def _write_lines(paragraph: Any, lines: list[str]) -> None:
    run = paragraph.add_run(lines[0])
    for line in lines[1:]:
        run.add_break()
        run.add_text(line)
    _turn_right_to_left(paragraph, "".join(lines))


def _turn_right_to_left(paragraph: Any, text: str) -> None:
    """Set the paragraph's direction by its first letter, as browsers do."""
    first = next((unicodedata.bidirectional(ch) for ch in text[:400] if ch.isalpha()), "L")
    if first in {"R", "AL"}:
        # Word refuses a paragraph whose properties stand in another order than its schema's.
        later = ("w:adjustRightInd", "w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:rPr")
        paragraph._p.get_or_add_pPr().insert_element_before(OxmlElement("w:bidi"), *later)
        for run in paragraph.runs:
            run._r.get_or_add_rPr().append(OxmlElement("w:rtl"))


def _write_script(writer: _Writer, title: str, text: str) -> None:
    script = fountain.parse(text)
    entries = dict(script.title_page)
    if entries:
        _write_title_page(writer, entries)
    elif title:
        # The draft's name is no markup: a star in it is a star.
        _write_title_page(writer, {"Title": re.sub(r"([*_\\])", r"\\\1", title)})
    breaks = bool(title or entries)
    first = True
    for element in script.elements:
        if element.kind == "page_break":
            breaks = True
        elif element.kind in _PLACES:
            _write_element(writer, element, breaks, first)
            breaks = first = False


def _write_title_page(writer: _Writer, entries: dict[str, str]) -> None:
    """Put the title a third down the page, what follows below it, contact and date at the left."""
    for i, (key, value) in enumerate(entries.items()):
        paragraph = writer.paragraph()
        paragraph.paragraph_format.space_before = Pt(200 if i == 0 else 24)
        aside = key.casefold() in {"contact", "date", "draft date", "copyright", "联系方式", "日期", "版权"}
        paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT if aside else WD_ALIGN_PARAGRAPH.CENTER
        for line, last in zip(value.split("\n"), [*[False] * value.count("\n"), True], strict=True):
            _write_runs(paragraph, line)
            if not last:
                paragraph.add_run().add_break()


def _write_element(writer: _Writer, element: fountain.Element, breaks: bool, first: bool) -> None:
    paragraph = writer.paragraph(_PLACES[element.kind].style)
    if first or breaks:
        paragraph.paragraph_format.space_before = Pt(0)
    if breaks:
        paragraph.paragraph_format.page_break_before = True
    shown = element.text.upper() if element.kind in {"scene_heading", "transition"} else element.text
    for i, line in enumerate(shown.split("\n")):
        if i:
            paragraph.add_run().add_break()
        _write_runs(paragraph, line)
    _turn_right_to_left(paragraph, shown)


def _write_runs(paragraph: Any, line: str) -> None:
    for piece in fountain.runs(line):
        run = paragraph.add_run(piece.text)
        if piece.bold or piece.italic or piece.underline:
            run.bold, run.italic, run.underline = (
                piece.bold or None,
                piece.italic or None,
                piece.underline or None,
            )
