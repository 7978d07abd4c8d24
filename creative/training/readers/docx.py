"""Word files: paragraphs under their headings; what was deleted, footnotes and pictures are not read."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from creative.errors import UnreadableFile
from creative.training.readers import _scenes
from creative.training.readers._reading import Reading, show_name, title_of
from creative.training.readers._zipped import BROKEN, Zipped
from creative.training.records import Document, Upload

SUFFIXES = (".docx",)

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_GAPS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_NOT_READ = (f"{_W}del", f"{_W}txbxContent", f"{_W}moveFrom", f"{_W}drawing", f"{_W}pict")
_SKIPPED = ("toc", "header", "footer", "table of", "footnote", "endnote", "annotation")


def read(upload: Upload) -> Reading:
    """Give the whole file as one document, its headings marked by #."""
    Zipped(upload.body, "Word file (.docx)")
    file = show_name(upload.name)
    paragraphs = list(_read_paragraphs(upload.body))
    text = ("\n" if _is_lines(paragraphs) else "\n\n").join(paragraphs)
    if _scenes.is_script(text):
        return _scenes.read_script(text, file)
    return Reading((Document(title_of(upload.name), file, text),))


def _read_paragraphs(body: bytes) -> Iterator[str]:
    import docx
    from docx.opc.exceptions import OpcError

    try:
        document = docx.Document(io.BytesIO(body))
    # lxml's errors are SyntaxErrors.
    except (OpcError, SyntaxError, KeyError, AttributeError, *BROKEN) as err:
        raise UnreadableFile(
            "The Word file is damaged, or no Word file.",
            "Open it in a word processor and save it again as .docx.",
        ) from err
    styles = {style.style_id: (style.name or "").casefold() for style in document.styles}
    for paragraph in document.element.body.iter(f"{_W}p"):
        if any(above.tag in _NOT_READ for above in paragraph.iterancestors()):
            continue
        style = styles.get(paragraph.style, "") if paragraph.style else ""
        text = _read_text(paragraph)
        if style.startswith(_SKIPPED):
            continue
        level = _level(style)
        yield f"{'#' * level} {' '.join(text.split())}" if level and text.strip() else text


def _read_text(paragraph: Any) -> str:
    parts: list[str] = []
    for node in paragraph.iter():
        if node.tag == f"{_W}t" or node.tag in _GAPS:
            inside = [above.tag for above in node.iterancestors()]
            inside = inside[: inside.index(f"{_W}p")]
            if not any(tag in _NOT_READ for tag in inside) and f"{_W}tabs" not in inside:
                parts.append(_GAPS.get(node.tag) or node.text or "")
    return "".join(parts).rstrip()


def _level(style: str) -> int:
    """Give the level of a heading's style, 0 for running text; the title of the whole stands above all."""
    if style == "title":
        return 1
    words = style.split()
    if len(words) == 2 and words[0] == "heading" and words[1].isdecimal():
        return min(int(words[1]) + 1, 6)
    return 0


def _is_lines(paragraphs: list[str]) -> bool:
    """Tell whether each paragraph is one line of verse, an empty one parting the stanzas."""
    full = [p for p in paragraphs if p.strip() and not p.startswith("#")]
    empty = sum(not p.strip() for p in paragraphs)
    return empty * 10 >= len(full) > 0 and sorted(map(len, full))[len(full) // 2] < 60
