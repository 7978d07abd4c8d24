"""Pages made for the tests: prose that never repeats itself, and real files of every format."""

from __future__ import annotations

import io
import random
import zipfile

import docx

_WHO = ("Olga", "Piet", "Mara", "Jonas", "Tess", "Ivo", "Rania", "Signe", "Bram", "Nell")
_DID = ("carried", "lost", "mended", "painted", "counted", "buried", "sold", "found", "kept", "opened")
_WHAT = ("ladder", "kettle", "ledger", "lantern", "ticket", "violin", "basket", "anchor", "mirror", "letter")
_HOW = ("grey", "broken", "heavy", "borrowed", "silver", "narrow", "wooden", "painted", "empty", "frozen")
_WHERE = (
    "harbour",
    "kitchen",
    "cellar",
    "market",
    "bridge",
    "orchard",
    "station",
    "attic",
    "quarry",
    "ferry",
)


def prose(seed: int, words: int, paragraph: int = 60) -> str:
    """Give about so many words in paragraphs; two seeds share no run of eight words to speak of."""
    rng = random.Random(seed)
    sentences: list[str] = []
    while sum(len(s.split()) for s in sentences) < words:
        who, other = rng.sample(_WHO, 2)
        sentences.append(
            f"{who} {rng.choice(_DID)} the {rng.choice(_HOW)} {rng.choice(_WHAT)} in the {rng.choice(_WHERE)}, "
            f"and {other} {rng.choice(_DID)} a {rng.choice(_HOW)} {rng.choice(_WHAT)} "
            f"{rng.randrange(100)} times before noon."
        )
    per = max(1, paragraph // 24)
    return "\n\n".join(" ".join(sentences[at : at + per]) for at in range(0, len(sentences), per))


def make_zip(parts: dict[str, str | bytes]) -> bytes:
    """Give a zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return out.getvalue()


def make_docx(paragraphs: list[tuple[str, str]]) -> bytes:
    """Give a Word file; each paragraph with its style, such as "Heading 1", or "" for running text."""
    document = docx.Document()
    for style, text in paragraphs:
        document.add_paragraph(text, style=style or None)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def make_epub(chapters: list[tuple[str, str]], extra: dict[str, str | bytes] | None = None) -> bytes:
    """Give a book; each chapter is the title in its contents and its XHTML body."""
    items = "".join(
        f'<item id="c{i}" href="text/c%20{i}.xhtml" media-type="application/xhtml+xml"/>'
        for i in range(len(chapters))
    )
    refs = "".join(f'<itemref idref="c{i}"/>' for i in range(len(chapters)))
    links = "".join(
        f'<li><a href="text/c%20{i}.xhtml">{title}</a></li>' for i, (title, _) in enumerate(chapters)
    )
    parts: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container><rootfile full-path="OEBPS/book.opf"/></container>',
        "OEBPS/book.opf": f'<package><manifest><item id="nav" href="nav.xhtml" properties="nav"/>{items}</manifest>'
        f'<spine><itemref idref="nav"/>{refs}</spine></package>',
        "OEBPS/nav.xhtml": f'<html><body><nav epub:type="toc"><ol>{links}</ol></nav></body></html>',
    }
    for i, (title, body) in enumerate(chapters):
        parts[f"OEBPS/text/c {i}.xhtml"] = (
            f'<?xml version="1.0"?><!DOCTYPE html><html><head><title>{title}</title></head><body>{body}</body></html>'
        )
    return make_zip(parts | (extra or {}))


def make_pdf(pages: list[list[str]]) -> bytes:
    """Give a PDF of the given lines, written by hand: Courier, one text object a page."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
    ]
    kids = []
    for lines in pages:
        shown = [line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in lines]
        drawn = "BT /F1 10 Tf 14 TL 50 780 Td " + " ".join(f"({line}) Tj T*" for line in shown) + " ET"
        stream = drawn.encode("cp1252")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF"
    return out + end % (len(objects) + 1, table, len(objects) + 1, len(out))
