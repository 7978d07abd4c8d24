"""Books in EPUB: the chapters of the spine in their order, under the names the contents give them."""

from __future__ import annotations

import posixpath
from html.parser import HTMLParser
from urllib.parse import unquote

from creative.errors import UnreadableFile
from creative.training.readers._encoding import decode
from creative.training.readers._reading import Reading, show_name
from creative.training.readers._zipped import Zipped
from creative.training.records import Document, LeftOut, Upload
from creative.training.words import count_words, first_words

SUFFIXES = (".epub",)

_BLOCKS = {
    "p",
    "div",
    "section",
    "article",
    "li",
    "blockquote",
    "tr",
    "dt",
    "dd",
    "figcaption",
    "body",
    "pre",
    "hr",
}
_HEADINGS = {f"h{level}": "#" * level for level in range(1, 7)}
_UNREAD = {"head", "script", "style", "nav", "svg", "figure", "rt", "rp", "math", "table"}
_VOID = {"br", "hr", "img", "meta", "link", "input", "col", "wbr", "image"}
_APPARATUS = ("toc", "titlepage", "copyright-page", "imprint", "colophon", "cover", "landmarks", "loi", "index",
              "halftitlepage", "endnotes", "footnotes", "dedication", "acknowledgments")  # fmt: skip


class _Tags(HTMLParser):
    """All tags of a small XML file with their attributes, and the text after each; nothing is expanded."""

    def __init__(self, body: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str], list[str]]] = []
        self.feed(decode(body))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag.rpartition(":")[2], {name: value or "" for name, value in attrs}, []))

    def handle_data(self, data: str) -> None:
        if self.found:
            self.found[-1][2].append(data)


class _Chapter(HTMLParser):
    """The running text of one part of a book; headings are marked by #."""

    def __init__(self, body: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[str] = [""]
        self.kinds: list[str] = []
        self._unread: list[str] = []
        self.feed(decode(body))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.kinds += (named.get("epub:type") or "").split()
        note = (named.get("epub:type") or "") in ("noteref", "pagebreak", "footnote", "endnote")
        if self._unread or tag in _UNREAD or note:
            if tag not in _VOID:
                self._unread.append(tag)
        elif tag == "br":
            self.blocks[-1] = self.blocks[-1].rstrip(" ") + "\n"
        elif tag == "hr":
            self.blocks += ["***", ""]
        elif tag in _BLOCKS or tag in _HEADINGS:
            self.blocks.append(f"{_HEADINGS[tag]} " if tag in _HEADINGS else "")

    def handle_endtag(self, tag: str) -> None:
        if self._unread:
            if tag in self._unread:
                del self._unread[self._unread.index(tag) :]
        elif tag in _BLOCKS or tag in _HEADINGS:
            self.blocks.append("")

    def handle_data(self, data: str) -> None:
        if not self._unread:
            # The source's own line breaks are spaces; only <br> breaks a line.
            words = " ".join(data.split())
            lead = " " if data[:1].isspace() else ""
            tail = " " if data[-1:].isspace() and words else ""
            self.blocks[-1] = (self.blocks[-1] + (lead + words + tail)).lstrip(" ")

    def text(self) -> str:
        """Give the text, blocks parted by a blank line, a heading's lines joined."""
        lines = [block.strip() for block in self.blocks]
        joined = [" ".join(b.split()) if b.startswith("#") else b for b in lines if b.strip("# ")]
        return "\n\n".join("\n".join(line.strip() for line in block.split("\n")) for block in joined)


def read(upload: Upload) -> Reading:
    """Give a document for each part of the spine; cover, contents and imprint are left out."""
    file = show_name(upload.name)
    book = Zipped(upload.body, "book in EPUB")
    if _is_locked(book):
        raise UnreadableFile("The book is locked (DRM).", "Use a copy without a lock.")
    parts, contents = _read_spine(book)
    documents: list[Document] = []
    left_out: list[LeftOut] = []
    for path in parts:
        chapter = _Chapter(book.read(path))
        text = chapter.text()
        words = count_words(text)
        kind = next((kind for kind in chapter.kinds[:4] if kind in _APPARATUS), "")
        if kind and words:
            left_out.append(LeftOut(file, first_words(text), f"boilerplate: {kind.replace('-', ' ')}", words))
        elif words:
            documents.append(Document(contents.get(path, ""), file, text))
    if not documents:
        raise UnreadableFile("The book holds no text; its pages may be pictures.", "Send it as text.")
    return Reading(tuple(documents), tuple(left_out))


def _is_locked(book: Zipped) -> bool:
    """Tell whether chapters are encrypted; fonts alone often are, and are not needed."""
    name = "META-INF/encryption.xml"
    tags = _Tags(book.read(name)).found if name in book.names else []
    return any(a.get("uri", "").endswith("html") for tag, a, _ in tags if tag == "cipherreference")


def _read_spine(book: Zipped) -> tuple[list[str], dict[str, str]]:
    """Give the paths of the chapters in reading order, and the names that the contents give to some."""
    if "META-INF/container.xml" not in book.names:
        raise UnreadableFile("The file is a zip archive, but no book in EPUB.", "Send the pages themselves.")
    roots = [
        a.get("full-path", "")
        for tag, a, _ in _Tags(book.read("META-INF/container.xml")).found
        if tag == "rootfile"
    ]
    package = next((root for root in roots if root in book.names), "")
    if not package:
        raise UnreadableFile(
            "The book is damaged: its list of chapters is missing.", "Save it again as EPUB."
        )
    folder = posixpath.dirname(package)
    tags = _Tags(book.read(package)).found
    items = {a.get("id", ""): a for tag, a, _ in tags if tag == "item"}
    paths = {key: _find(folder, a.get("href", "")) for key, a in items.items()}
    spine = [paths.get(a.get("idref", ""), "") for tag, a, _ in tags if tag == "itemref"]
    listed = [
        paths[key]
        for key, a in items.items()
        if "nav" in a.get("properties", "").split() or a.get("media-type") == "application/x-dtbncx+xml"
    ]
    contents: dict[str, str] = {}
    for path in filter(book.names.__contains__, listed):
        contents = _read_contents(book.read(path), posixpath.dirname(path)) | contents
    return [path for path in spine if path in book.names and path not in listed], contents


def _read_contents(body: bytes, folder: str) -> dict[str, str]:
    """Give path to name, from the links of nav.xhtml or the points of toc.ncx; a part's first name counts."""
    names: dict[str, str] = {}
    label = ""
    for tag, attributes, text in _Tags(body).found:
        said = " ".join("".join(text).split())
        if tag == "text":
            label = said
        elif tag == "content":
            names.setdefault(_find(folder, attributes.get("src", "")), label)
        elif tag == "a" and said:
            names.setdefault(_find(folder, attributes.get("href", "")), said)
    return names


def _find(folder: str, address: str) -> str:
    """Give the name a part has in the zip; it is only looked up there."""
    return posixpath.normpath(posixpath.join(folder, unquote(address.partition("#")[0])))
