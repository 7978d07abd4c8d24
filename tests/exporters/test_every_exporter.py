"""What every exporter must do, over each file found in the folder; a new one is tested by being there."""

from __future__ import annotations

import io
import json
import re
import time
import zipfile

import docx
import pytest

from creative import exporters, fountain
from creative.errors import BadValue
from creative.exporters import Manuscript

NASTY = {
    "prose": "Low Water\n\nThe ferry stopped.\nNobody said so.\n\n“You'll have to open it sometime,” Ines said.",
    "chinese": "潮水退了，木桩一排排站着。\n\n“我知道上面写着什么。”",
    "emoji": "A wave 🌊 and a family 👨‍👩‍👧 and a flag 🇳🇴.",
    "right to left": "البحر هادئ الليلة\n\nשלום עולם",
    "xml": "He typed </w:t></w:r> & <b>bold</b> ]]> then stopped.",
    "markdown": "# not a heading\n* not a list\n1. not a list\n> not a quote\n_not_ *set* [off](x) `code` <i>x</i> a|b "
    "~~c~~ &amp; \\*",
    "rules": "Above\n---\nbelow\n===\nand\n```\nfence\n+ plus\n- minus",
    "controls": "A\x00B\x07C\x0bD\x1bE\ud800F\ufffeG",
    "windows": "One.\r\n\r\nTwo.\rThree.",
    "template": "${String(40+2)} {{value}} {0} %s",
}


def words_of(text: str) -> list[str]:
    """The text as its visible characters, for formats that may change the space between."""
    cleaned = re.sub(r"[\x00-\x08\x0e-\x1f\ud800-\udfff\ufffe]", "", text.replace("\x0b", "\n"))
    return re.sub(r"\s+", " ", cleaned.replace("\u00a0", " ")).strip().split(" ")


def read_back(name: str, data: bytes) -> str:
    """What a person sees who opens the file."""
    if name == "docx":
        return "\n\n".join(p.text for p in docx.Document(io.BytesIO(data)).paragraphs)
    text = data.decode("utf-8")
    if name == "md":
        markdown = pytest.importorskip("markdown_it")
        pieces = []
        for token in markdown.MarkdownIt("commonmark").parse(text):
            if token.type == "fence":
                pieces.append(token.content)
            assert token.type in {
                "fence",
                "inline",
                "paragraph_open",
                "paragraph_close",
                "heading_open",
                "heading_close",
            }
            for child in token.children or []:
                assert child.type in {"text", "hardbreak", "softbreak", "text_special"}
                pieces.append(child.content if child.content else "\n")
            pieces.append("\n")
        return "".join(pieces)
    return text


@pytest.mark.parametrize("name", exporters.names())
@pytest.mark.parametrize("kind", NASTY)
def test_the_words_survive(name: str, kind: str) -> None:
    data = exporters.find(name).export(Manuscript("", NASTY[kind], "story"))
    assert words_of(read_back(name, data)) == words_of(NASTY[kind])


@pytest.mark.parametrize("name", exporters.names())
@pytest.mark.parametrize("form", ["story", "lyrics", "screenplay", "a_hosts_own_form"])
def test_every_form_can_be_exported_with_a_title(name: str, form: str) -> None:
    text = "INT. HARBOUR - DAY\n\nMAREN\nHello."
    data = exporters.find(name).export(Manuscript("Low\nWater <1> & *2*", text, form))
    shown = read_back(name, data)
    assert "MAREN" in shown
    assert name == "txt" or "Low Water <1> & *2*" in shown.replace("\n", " ")


@pytest.mark.parametrize("name", exporters.names())
@pytest.mark.parametrize("text", ["", " \n\t\n", "\x00\x07"])
def test_an_empty_page_is_refused_with_a_way_out(name: str, text: str) -> None:
    with pytest.raises(BadValue) as caught:
        exporters.find(name).export(Manuscript("Title", text, "story"))
    assert caught.value.hint


@pytest.mark.parametrize("name", exporters.names())
@pytest.mark.parametrize("form", ["story", "screenplay"])
def test_two_megabytes_are_exported_whole(name: str, form: str) -> None:
    paragraph = "The tide went out the way it always went out, slowly. " * 4
    text = "\n\n".join(f"{i} {paragraph}" for i in range(2_000_000 // len(paragraph)))
    began = time.process_time()
    data = exporters.find(name).export(Manuscript("Long", text, form))
    assert time.process_time() - began < 20
    if name == "docx":
        inside = zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml").decode("utf-8")
        assert inside.count("The tide went out") == text.count("The tide went out")
    else:
        assert data.decode("utf-8").count("The tide went out") == text.count("The tide went out")


@pytest.mark.parametrize("name", exporters.names())
def test_an_exporter_says_what_it_is(name: str) -> None:
    exporter = exporters.find(name)
    assert exporter.SUFFIX.startswith(".")
    assert set(exporter.TITLE) >= {"en", "zh"}
    json.dumps(dict(exporter.TITLE))


@pytest.mark.parametrize("name", [n for n in exporters.names() if n != "docx"])
def test_a_text_file_is_utf8_without_a_mark_and_ends_its_last_line(name: str) -> None:
    data = exporters.find(name).export(Manuscript("", "潮水退了", "story"))
    assert not data.startswith(b"\xef\xbb\xbf")
    assert data.endswith(b"\n")
    assert not data.endswith(b"\n\n")
    assert b"\r" not in data


def test_a_script_reads_the_same_after_it_was_exported_as_fountain() -> None:
    text = "FADE IN:\n\nINT. A - DAY #1#\n\nRain.\n\nMAREN ^\n(low)\nHello.\n\nCUT TO:\n\n> END <"
    data = exporters.find("fountain").export(Manuscript("Low Water", text, "screenplay"))
    again = fountain.parse(data.decode())
    assert again.title_page == (("Title", "Low Water"),)
    assert [(e.kind, e.text) for e in again.elements] == [
        (e.kind, e.text) for e in fountain.parse(text).elements
    ]
    twice = exporters.find("fountain").export(Manuscript("Other", data.decode(), "screenplay"))
    assert twice == data
