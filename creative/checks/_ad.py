"""The parts of ad copy: variants, and the labelled lines in them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from creative.checks._passages import Passage, trimmed

_PARTS = {
    "headline": "headlines?|title|titles|主标题|标题",
    "description": "descriptions?|描述",
    "path": "(?:display )?paths?|显示路径|路径",
    "subject": "subject(?: lines?)?|主题|邮件主题",
    "preview": "preview(?: text| line)?|preheader|预览|预览文字|摘要",
    "post": "post|caption|帖子|文案",
    "body": "body|text|copy|正文|内文",
    "button": "button|cta|call to action|call|按钮|行动|行动号召",
    "line": "line|subline|sub-?headline|tagline|副标题|广告语",
    "hashtags": "hashtags?|tags|话题|标签",
}
_LABEL = re.compile(
    r"^[ \t]*(?:[-*•–#>]+[ \t]*|\d{1,2}[.)][ \t]+)*[*_]*(?:"
    + "|".join(f"(?P<{kind}>{names})" for kind, names in _PARTS.items())
    + r")[ \t]*(?:#?\d{1,2}|[一二三四五六]|[A-C](?![a-z]))?[ \t]*(?:\([^)\n]{0,40}\)|（[^）\n]{0,40}）)?"
    r"[*_]*[ \t]*[:：][*_]*[ \t]*",
    re.IGNORECASE,
)
_LONGEST_LABEL = 32
_VARIANT = re.compile(
    r"^[ \t]*[#*_\[(（【]*[ \t]*"
    r"(?:(?:(?:ad|copy|post|email|poster)[ \t]+)?(?:variant|version|variation|option)|ad|post|email|poster"
    r"|第[一二三四五六七八九十\d]+[稿版]|变体|版本|方案|稿)"
    r"[ \t]*#?(?:\d{1,2}|[A-H]|[一二三四五六七八九十])?[ \t]*[*_\])）】]*[ \t]*(?:[:：.\-–—][^\n]{0,60})?$"
    r"|^[ \t]*(?:-{3,}|\*{3,}|={3,})[ \t]*$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"^[ \t]*[#*_]*\(?\d{1,2}[.):）、][*_]*[ \t]*$")
_NUMBERED_COPY = re.compile(r"^[ \t]*[*_]*\d{1,2}[.)、][*_]*[ \t]+(?=\S)")
_ITEM = re.compile(r"^[ \t]*(?:[-*•–]|\d{1,2}[.)])[ \t]+")
_COUNT = re.compile(
    r"[ \t]*[(（\[]\s*\d+\s*(?:/\s*\d+\s*)?(?:characters?|chars?|words?|个?字符?|字)?\s*[)）\]][ \t]*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Part:
    """One labelled line of an ad, or several lines below one label."""

    kind: str
    """headline, description, path, subject, preview, post, body, button, line, hashtags."""
    passage: Passage
    """The copy itself, without label, quotation marks, emphasis or a count the writer noted."""


@dataclass(frozen=True)
class Variant:
    """One of the versions of an ad."""

    passage: Passage
    """All of its copy, without its number."""
    parts: tuple[Part, ...]


def variants(text: str) -> list[Variant]:
    """Split ad copy at its variant headings; copy without any is one variant."""
    bounds: list[tuple[int, int]] = []
    start = at = 0
    after_blank = True
    for line in text.split("\n"):
        numbered = _NUMBERED_COPY.match(line) if after_blank and not _LABEL.match(line) else None
        if _is_break(line) or numbered:
            bounds.append((start, at))
            start = at + (numbered.end() if numbered else len(line) + 1)
        at += len(line) + 1
        after_blank = not line.strip()
    bounds.append((start, len(text)))
    passages = [trimmed(text, a, min(b, len(text))) for a, b in bounds if text[a:b].strip()]
    # "Here are three ads:" introduces the variants and is none.
    if len(passages) > 1 and passages[0].text.endswith((":", "：")) and "\n" not in passages[0].text:
        passages = passages[1:]
    return [Variant(p, tuple(_parts(text, p))) for p in passages]


def opened(begun: str) -> str | None:
    """Give the kind of part that the beginning of a line opens, empty for none; None where it cannot be told yet."""
    found = _LABEL.match(begun)
    if found:
        return next(kind for kind in _PARTS if found[kind])
    return "" if len(begun) > _LONGEST_LABEL or ":" in begun or "：" in begun else None


def last_part(text: str, line: str) -> Part | None:
    """Give the part that a line after `text` is; None where it is none."""
    parts = [part for variant in variants(text + line)[-1:] for part in variant.parts[-1:]]
    return next((part for part in parts if part.passage.start >= len(text)), None)


def _is_break(line: str) -> bool:
    if len(line) > 80 or not line.strip():
        return False
    return bool(_NUMBERED.match(line) or (_VARIANT.match(line) and not _LABEL.match(line)))


def _parts(text: str, variant: Passage) -> list[Part]:
    parts: list[Part] = []
    label, filled = "", False
    at = variant.start
    for line in variant.text.split("\n"):
        found = _LABEL.match(line)
        if found:
            label, filled = next(kind for kind in _PARTS if found[kind]), False
        start = at + (found.end() if found else 0)
        shown = text[start : at + len(line)]
        at += len(line) + 1
        if not label or not shown.strip():
            continue
        item = _ITEM.match(shown)
        if found or item or not filled:
            parts.append(Part(label, _bare(text, start + (item.end() if item and not found else 0), at - 1)))
        elif label in {"post", "body"}:
            whole = parts[-1].passage
            parts[-1] = Part(label, trimmed(text, whole.start, at - 1))
        filled = True
    return parts


def _bare(text: str, start: int, stop: int) -> Passage:
    shown = text[start:stop]
    count = _COUNT.search(shown)
    if count:
        shown = shown[: count.start()]
    leading = re.match(r"[\s*_“\"「]*", shown)
    start += leading.end() if leading else 0
    shown = re.sub(
        r"[\s*_]*[”\"」]?[\s*_]*$", "", text[start : start + len(shown) - (leading.end() if leading else 0)]
    )
    return Passage(shown, start, start + len(shown))
