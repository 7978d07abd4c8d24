"""Every format from a real file: what is found in it, and what a harmful or damaged one gives."""

from __future__ import annotations

import csv as tables
import io
import json
import re
import time

import pytest

from creative.errors import UnreadableFile
from creative.training.manuscript import read_manuscript
from creative.training.readers import read_pages, readers, show_name
from creative.training.records import Document, LeftOut, Manuscript, Upload
from tests.training.pages import make_docx, make_epub, make_pdf, make_zip, prose


def read(name: str, body: bytes | str) -> Manuscript:
    return read_manuscript([Upload(name, body.encode() if isinstance(body, str) else body)])


def only_left(name: str, body: bytes) -> LeftOut:
    found = read(name, body)
    assert found.documents == ()
    assert len(found.left_out) == 1
    return found.left_out[0]


def test_every_format_of_the_page_has_a_reader() -> None:
    assert {".txt", ".md", ".docx", ".epub", ".fountain", ".pdf", ".jsonl", ".csv"} <= set(readers())


def test_word_headings_part_the_chapters_and_are_no_text() -> None:
    one, two = prose(1, 200), prose(2, 200)
    body = make_docx(
        [("Title", "The Weir"), ("Heading 1", "Low Water"), *(("", p) for p in one.split("\n\n")),
         ("Heading 1", "High Water"), *(("", p) for p in two.split("\n\n"))]
    )  # fmt: skip
    found = read("weir.docx", body)
    assert [(d.title, d.text) for d in found.documents] == [("Low Water", one), ("High Water", two)]


def test_a_verse_in_word_keeps_its_lines_and_stanzas() -> None:
    lines = [
        "Low bridge, keep your head down",
        "You can see the river",
        "",
        "Leave the light on",
        "Leave the gate",
    ]
    (song,) = read("song.docx", make_docx([("", line) for line in lines * 3])).documents
    assert song.text.startswith(
        "Low bridge, keep your head down\nYou can see the river\n\nLeave the light on"
    )


def test_deleted_words_of_a_word_file_stay_deleted_and_inserted_ones_are_read() -> None:
    import docx
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    document = docx.Document()
    paragraph = document.add_paragraph("The lamp was ")
    for xml in (
        "<w:del {}><w:r><w:delText>green</w:delText></w:r></w:del>",
        "<w:ins {}><w:r><w:t>red</w:t></w:r></w:ins>",
    ):
        paragraph._p.append(parse_xml(xml.format(nsdecls("w"))))
    paragraph.add_run(" and it hung above the door of the boat house.")
    out = io.BytesIO()
    document.save(out)
    (found,) = read("lamp.docx", out.getvalue()).documents
    assert found.text == "The lamp was red and it hung above the door of the boat house."


def test_a_book_is_read_in_the_order_of_its_spine_under_the_names_of_its_contents() -> None:
    one, two = prose(3, 150), prose(4, 150)
    paragraphs = "".join(f"<p>{p.replace(' and ', '&#32;<i>and</i>&nbsp;')}</p>\n" for p in one.split("\n\n"))
    body = make_epub(
        [
            ("Cover", '<section epub:type="titlepage"><h1>The Weir</h1><p>by nobody</p></section>'),
            ("The First Lock", f"<h2>The First Lock</h2>{paragraphs}"),
            ("The Second Lock", "".join(f"<p>{p}</p>" for p in two.split("\n\n"))),
            ("Copyright", "<p>Copyright © 2020. All rights reserved. ISBN 0-00-000000-0</p>"),
        ]
    )
    found = read("weir.epub", body)
    assert [(d.title, d.text) for d in found.documents] == [("The First Lock", one), ("The Second Lock", two)]
    assert [part.why for part in found.left_out] == [
        "boilerplate: titlepage",
        "boilerplate: a copyright page",
    ] or {part.why for part in found.left_out} == {
        "boilerplate: titlepage",
        "boilerplate: the part called “Copyright”",
    }


def test_a_book_expands_no_entities() -> None:
    bomb = '<!DOCTYPE html [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    body = make_epub([("One", f"<p>{prose(5, 60)} &b;</p>")], {"OEBPS/x.xhtml": bomb})
    (found,) = read("weir.epub", body).documents
    assert "aaaa" not in found.text


def test_pages_of_a_pdf_lose_heads_and_numbers_and_get_their_paragraphs_back() -> None:
    import textwrap

    story = prose(6, 900, paragraph=80)
    lines = [line for p in story.split("\n\n") for line in textwrap.wrap(p, 70)]
    pages = [
        ["THE WEIR", *lines[at : at + 30], f"- {number} -"]
        for number, at in enumerate(range(0, len(lines), 30), 1)
    ]
    found = read("weir.pdf", make_pdf(pages))
    assert [document.text for document in found.documents] == [story]
    assert "page numbers and running heads" in found.left_out[0].why


def test_words_parted_at_a_line_end_are_joined() -> None:
    lines = [
        "Olga carried the ladder down the narrow stairs of the light-",
        "house, and nobody who saw her on the way asked where",
        "she was going with it or why the lantern of the light-",
        "house had been out since the last week of September.",
        "Piet followed with the rope and with the two buckets and",
        "the dog, which had never learned to walk on a wet step.",
    ]
    (found,) = read("light.pdf", make_pdf([lines * 3])).documents
    assert "of the lighthouse, and nobody" in found.text
    assert "\n" not in found.text.split("\n\n")[0]


def test_a_script_is_parted_at_its_scene_headings_and_its_notes_are_left_out() -> None:
    scene = (
        "INT. {0} - NIGHT\n\nRANIA works under one bulb. [[Check the bulb]] The bell rings.\n\nRANIA\n{1}\n"
    )
    text = "Title: Two Kettles\nAuthor: Nobody\n\n" + "\n".join(
        scene.format(place, prose(number, 70).replace("\n\n", " "))
        for number, place in enumerate(("SHOP", "STAIRS"), 20)
    )
    found = read("kettles.fountain", text)
    assert [document.title for document in found.documents] == ["INT. SHOP - NIGHT", "INT. STAIRS - NIGHT"]
    assert found.documents[0].text.startswith(
        "INT. SHOP - NIGHT\n\nRANIA works under one bulb.  The bell rings."
    )
    assert {part.why for part in found.left_out} == {
        "boilerplate: the title page",
        "boilerplate: notes and synopses, which a script does not print",
    }
    assert [d.text for d in read("kettles.txt", text).documents] == [d.text for d in found.documents]


def test_marks_of_markdown_are_taken_off() -> None:
    head = "---\ntitle: x\n---\n# The Weir\n\n"
    text = f"{head}She was *very* [late](http://a.b/c). **Nobody** minded.[^1]\n\n{prose(7, 60)}"
    (found,) = read("weir.md", text).documents
    assert found.title == "The Weir"
    assert found.text.startswith("She was very late. Nobody minded.\n\n")


def test_lines_of_json_are_pairs_with_their_briefs() -> None:
    rows = [
        {"brief": {"premise": "A ferry stops.", "variants": 2}, "text": prose(8, 40)},
        {"prompt": "Write about a lift.", "completion": prose(9, 40)},
        {"premise": "A bee.", "tone": "Warm", "text": prose(10, 40), "title": "Bees"},
        {
            "messages": [
                {"role": "user", "content": "A night bus."},
                {"role": "assistant", "content": prose(11, 40)},
            ]
        },
        {"text": prose(12, 40)},
        prose(13, 40),
    ]
    found = read("pairs.jsonl", "\n".join(map(json.dumps, rows)))
    assert [dict(d.brief) for d in found.documents] == [
        {"premise": "A ferry stops.", "variants": "2"},
        {"prompt": "Write about a lift."},
        {"premise": "A bee.", "tone": "Warm"},
        {"prompt": "A night bus."},
        {},
        {},
    ]
    assert found.documents[2].title == "Bees"


def test_a_bad_line_is_named_by_its_number_and_the_good_ones_are_kept() -> None:
    good = json.dumps({"text": prose(14, 40)})
    found = read("pairs.jsonl", f'{good}\n{{"text": \n\n{json.dumps({"no": 1})}\n{"[" * 100_000}\n')
    assert len(found.documents) == 1
    assert [part.why[:30] for part in found.left_out] == [
        "unreadable: line 2 is not one ",
        "unreadable: line 4 holds no te",
        "unreadable: line 5 is not one ",
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_table_is_read_with_any_delimiter_and_long_cells(delimiter: str) -> None:
    out = io.StringIO()
    writer = tables.writer(out, delimiter=delimiter)
    long = prose(15, 25_000)
    writer.writerows(
        [
            ["Premise", "Text"],
            ["A ferry; a clerk, a ticket", long],
            ["", ""],
            ["A bee | a girl", prose(16, 50)],
        ]
    )
    found = read("pairs.csv", out.getvalue())
    assert [(d.brief["premise"], d.text) for d in found.documents] == [
        ("A ferry; a clerk, a ticket", long),
        ("A bee | a girl", prose(16, 50)),
    ]


def test_a_table_without_a_text_column_says_which_columns_it_has() -> None:
    left = only_left("pairs.csv", b"name,age\nOlga,58\n")
    assert "there are name, age" in left.why
    assert "Name the column that holds the text “text”." in left.why


def test_a_file_name_is_shown_without_its_path_and_never_opened() -> None:
    assert show_name("../../etc/passwd") == "passwd"
    assert show_name("..\\..\\a\nb.txt") == "a?b.txt"
    assert show_name("/") == "unnamed"
    (found,) = read("../../../x/weir.txt", prose(17, 60)).documents
    assert found.file == "weir.txt"


BAD = {
    "empty.txt": (b"", "The file is empty"),
    "blank.md": (b" \n\n ", "The file is empty"),
    "big.txt": (b"word " * (10 * 2**20 + 1), "The file has 50 MB; 32 MB can be taken."),
    "picture.txt": (b"\x89PNG\r\n" + bytes(range(256)), "a picture"),
    "model.txt": (b"\x80\x04\x95\x0f\x00\x00\x00", "never opened"),
    "model.jsonl": (b"\x80\x02}q\x00.", "never opened"),
    "weir.exe": (b"MZ", ".exe files are not read"),
    "weir": (b"text", "without an ending"),
    "weir.docx": (b"PK\x03\x04 not really", "damaged"),
    "old.docx": (b"\xd0\xcf\x11\xe0" + bytes(512), "protected by a password, or of a kind older"),
    "zip.docx": (make_zip({"a.txt": "x"}), "damaged, or no Word file"),
    "torn.docx": (make_docx([("", "Words.")])[:-400], "damaged"),
    "weir.epub": (make_zip({"a.txt": "x"}), "no book in EPUB"),
    "torn.epub": (make_epub([("One", "<p>Words</p>")])[:300], "damaged"),
    "empty.epub": (make_epub([("One", "<img src='a.png'/>")]), "holds no text"),
    "weir.pdf": (b"%PDF-1.4\ngarbage", "damaged, or no PDF"),
    "text.pdf": (b"This is only text.", "damaged, or no PDF"),
    "scan.pdf": (make_pdf([[], []]), "scanned pictures"),
    "weir.csv": (b"\n,,\n", "holds no rows"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_gives_a_sentence_and_costs_no_other_file(name: str) -> None:
    body, words = BAD[name]
    good = Upload("good.txt", prose(18, 60).encode())
    found = read_manuscript([good, Upload(name, body), Upload("good2.txt", prose(19, 60).encode())])
    assert [document.file for document in found.documents] == ["good.txt", "good2.txt"]
    (left,) = found.left_out
    assert left.file == name
    assert words in left.why
    assert left.why.startswith("unreadable: ")
    assert left.why.endswith(".")


@pytest.mark.parametrize("name", ["bomb.docx", "bomb.epub"])
def test_a_zip_that_unfolds_to_far_more_is_refused_unread(name: str) -> None:
    good = make_docx([("", "Words.")]) if name.endswith("docx") else make_epub([("One", "<p>Words</p>")])
    import zipfile

    parts: dict[str, str | bytes] = {}
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        parts = {item: archive.read(item) for item in archive.namelist()}
    body = make_zip(parts | {f"bomb{i}": bytes(50 * 2**20) for i in range(3)})
    assert len(body) < 2**20
    assert re.search("unfolds to 15[01] MB", only_left(name, body).why)


def test_a_zip_that_lies_about_its_size_is_not_believed() -> None:
    honest = make_zip({"word/document.xml": bytes(40 * 2**20)})
    declared = (40 * 2**20).to_bytes(4, "little")
    lying = honest.replace(declared, (100).to_bytes(4, "little"))
    assert lying != honest
    assert "damaged" in only_left("liar.docx", lying).why


@pytest.mark.parametrize("name", ["torn.docx", "torn.epub"])
def test_a_zip_damaged_in_the_middle_of_a_part_is_refused(name: str) -> None:
    words = "".join(f"<p>{prose(number, 40)}</p>" for number in range(40))
    whole = make_epub([("One", words)]) if name.endswith("epub") else make_docx([("", words)])
    part = b"text/c 0.xhtml" if name.endswith("epub") else b"word/document.xml"
    at = whole.find(part) + 200
    assert "damaged" in only_left(name, whole[:at] + bytes(60) + whole[at + 60 :]).why


def test_many_bad_rows_are_told_in_a_few_lines() -> None:
    found = read("pairs.jsonl", "nothing here\n" * 500)
    assert len(found.left_out) == 11
    assert found.left_out[-1].what == "490 more rows"


def test_a_protected_pdf_asks_for_a_copy_without_a_password() -> None:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(make_pdf([["Some words"]]))))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    assert "protected by a password" in only_left("locked.pdf", out.getvalue()).why


def test_a_protected_zip_asks_for_a_copy_without_a_password() -> None:
    body = bytearray(make_epub([("One", "<p>Words</p>")]))
    at = body.find(b"PK\x01\x02")
    body[at + 8] |= 1
    assert "protected by a password" in only_left("locked.epub", bytes(body)).why


def test_the_reader_raises_and_only_the_manuscript_forgives() -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_pages(Upload("a.doc", b"x"))
    assert ".pdf" in caught.value.hint
    assert isinstance(read_pages(Upload("a.txt", b"x")).documents[0], Document)


@pytest.mark.parametrize("unit", ["<!--", "[a](", "**", "*a", "![", "```\n"])
def test_a_page_of_nothing_but_openings_is_read_at_once(unit: str) -> None:
    start = time.process_time()
    read("odd.md", unit * 20_000)
    assert time.process_time() - start < 5
