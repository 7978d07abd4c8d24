"""Whether ad copy fits the place it runs: the limits of search ads, posts, e-mails and posters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from creative.checks import Finding, Fit, Unit
from creative.checks._ad import Part, Variant, last_part, opened, variants
from creative.checks._passages import HAN, Passage, is_han, words
from creative.checks._remarks import Note, Remarks, tongue

TITLE = {"en": "Channel limits", "zh": "渠道限制"}

_TOO_LONG = Note(
    {"en": "{part} too long", "zh": "{part}太长"},
    {
        "en": "{length} characters where {place} takes {most}: cut {over}, and keep the promise at the front.",
        "zh": "{place}只容{most}个字符，现有{length}个：删{over}个，把承诺留在前面。",
    },
)
_TOO_MANY_WORDS = Note(
    {"en": "{part} too long", "zh": "{part}太长"},
    {
        "en": "{length} words; {place} is read in passing, and past {most} words nobody takes it in.",
        "zh": "{length}个字；{place}是路过时看的，超过{most}个字就没人记得住。",
    },
)
_MISSING = Note(
    {"en": "Missing: {part}", "zh": "缺{part}"},
    {
        "en": "{place} cannot run without one; write it on a line of its own after “{label}:”.",
        "zh": "{place}少了它就发不出去；另起一行写在“{label}：”后面。",
    },
)
_UNLABELLED = Note(
    {"en": "No labelled lines", "zh": "没有标明各行"},
    {
        "en": "Begin each line with Headline:, Description: or Path:, so that nobody guesses what goes in which box.",
        "zh": "每行以“标题：”“描述：”“路径：”开头，投放的人才不用猜哪句填哪格。",
    },
)
_SHOUTS = Note(
    {"en": "Exclamation mark in the headline", "zh": "标题里有感叹号"},
    {
        "en": "Take it out: search ads with one in the headline are refused, and the promise is louder without it.",
        "zh": "去掉：搜索广告标题带感叹号会被拒登，不喊反而更有力。",
    },
)

_NAMES = {
    "headline": ("Headline", "标题"),
    "description": ("Description", "描述"),
    "path": ("Path", "路径"),
    "subject": ("Subject", "主题"),
    "preview": ("Preview", "预览"),
    "post": ("Post", "正文"),
}
_PLACES = {
    "search": ("a search ad", "搜索广告"),
    "social": ("a post", "帖子"),
    "email": ("an inbox", "收件箱"),
    "poster": ("a poster", "海报"),
}
# By display width in search ads, where a double-width character counts two; by characters elsewhere.
_MOST = {
    ("search", "headline"): 30,
    ("search", "description"): 90,
    ("search", "path"): 15,
    ("social", "post"): 280,
    ("email", "subject"): 60,
    ("email", "preview"): 90,
}
_POSTER_WORDS = 8
_POSTER_HAN = 15
_SHORT = {
    "search": ("headline", "description", "path"),
    "email": ("subject", "preview"),
    "poster": ("headline",),
}
"""The kinds of line that are short enough to be drawn anew."""
_CHANNELS = {
    "search": r"search|google|搜索|竞价",
    "social": r"social|post(?!er)|tweet|社交|帖|朋友圈|微博",
    "email": r"e-?mail|newsletter|邮件|电邮",
    "poster": r"poster|billboard|海报",
}


def check(text: str, brief: Mapping[str, str], language: str) -> list[Finding]:
    """Measure each labelled line against what its channel takes."""
    remarks = Remarks("channel_limits", TITLE, text, language)
    channel = _asked_channel(brief)
    if not channel:
        return remarks.done({"en": "This channel has no limits of its own.", "zh": "这个渠道没有字数限制。"})
    which = 0 if tongue(language) == "en" else 1
    for variant in variants(text):
        if channel == "search":
            _check_search(variant, which, remarks)
        elif channel == "email":
            _check_email(variant, which, remarks)
        elif channel == "social":
            _check_social(variant, which, remarks)
        else:
            _check_poster(variant, which, remarks)
    return remarks.done({"en": "Every line keeps its limit.", "zh": "各行都没有超限。"})


def guide(brief: Mapping[str, str], language: str) -> _Limits | None:
    """Say of each short line of an ad, while it is written, whether its channel takes it."""
    channel = _asked_channel(brief)
    return _Limits(channel) if channel in _SHORT else None


@dataclass(frozen=True)
class _Limits:
    """Knows which lines are too long."""

    unit: ClassVar[Unit] = "line"
    channel: str

    def holds(self, text: str, begun: str) -> bool:
        """Hold a line with a limit, and what may become one."""
        kind = opened(begun)
        return kind is None or kind in _SHORT[self.channel]

    def weigh(self, text: str, line: str, breaks: str) -> Fit:
        """Weigh a line by its length, and a search ad's headline by its marks too."""
        part = last_part(text, line)
        if not part or part.kind not in _SHORT[self.channel]:
            return "free"
        remarks = Remarks("channel_limits", TITLE, text + line, "English")
        _check_part(self.channel, part, 0, remarks)
        return "full" if all(f.level == "pass" for f in remarks.done()) else "wrong"


def _asked_channel(brief: Mapping[str, str]) -> str:
    asked = brief.get("channel", "").casefold()
    return next((name for name, words_ in _CHANNELS.items() if re.search(words_, asked)), "")


def _check_search(variant: Variant, which: int, remarks: Remarks) -> None:
    if not variant.parts:
        remarks.add("fail", _UNLABELLED, variant.passage.span)
        return
    for part in variant.parts:
        _check_part("search", part, which, remarks)
    _check_present(variant, "search", ("headline", "description"), which, remarks)


def _check_part(channel: str, part: Part, which: int, remarks: Remarks) -> None:
    """Measure one labelled line of a search ad, an e-mail or a poster."""
    if channel == "poster":
        _check_poster_headline(part.passage, which, remarks)
    elif part.kind == "path":
        _check_path(part, which, remarks)
    else:
        _check_length(channel, part, which, remarks)
    mark = re.search(r"[!！]", part.passage.text)
    if channel == "search" and part.kind == "headline" and mark:
        at = part.passage.start + mark.start()
        remarks.add("warn", _SHOUTS, (at, at + 1))


def _check_path(part: Part, which: int, remarks: Remarks) -> None:
    """Measure each of the two fields of a display path: "shop/shoes"."""
    at = part.passage.start
    for field in part.passage.text.split("/"):
        length = width(field.strip())
        if length > _MOST["search", "path"]:
            _tell_too_long("search", "path", length, (at, at + len(field)), which, remarks)
        at += len(field) + 1


def _check_email(variant: Variant, which: int, remarks: Remarks) -> None:
    for part in variant.parts:
        _check_part("email", part, which, remarks)
    _check_present(variant, "email", ("subject",), which, remarks)


def _check_social(variant: Variant, which: int, remarks: Remarks) -> None:
    posts = [part.passage for part in variant.parts if part.kind in {"post", "body"}] or [variant.passage]
    # Hashtags that stand on a line of their own are posted with the rest.
    tags = sum(len(part.passage.text) + 1 for part in variant.parts if part.kind == "hashtags")
    for post in posts:
        length = len(post.text) + tags
        if length > _MOST["social", "post"]:
            _tell_too_long("social", "post", length, post.span, which, remarks)


def _check_poster(variant: Variant, which: int, remarks: Remarks) -> None:
    headlines = [part.passage for part in variant.parts if part.kind == "headline"]
    if not headlines and variant.parts:
        _check_present(variant, "poster", ("headline",), which, remarks)
        return
    first_line = variant.passage.text.split("\n", 1)[0].rstrip()
    for headline in headlines or [
        Passage(first_line, variant.passage.start, variant.passage.start + len(first_line))
    ]:
        _check_poster_headline(headline, which, remarks)


def _check_poster_headline(headline: Passage, which: int, remarks: Remarks) -> None:
    chinese = is_han(headline.text)
    length = len(HAN.findall(headline.text)) if chinese else len(words(headline.text))
    most = _POSTER_HAN if chinese else _POSTER_WORDS
    if length > most:
        slots = {
            "part": _NAMES["headline"][which],
            "place": _PLACES["poster"][which],
            "length": length,
            "most": most,
        }
        remarks.add("fail", _TOO_MANY_WORDS, headline.span, **slots)


def _check_length(channel: str, part: Part, which: int, remarks: Remarks) -> None:
    most = _MOST.get((channel, part.kind))
    length = width(part.passage.text) if channel == "search" else len(part.passage.text)
    if most and length > most:
        _tell_too_long(channel, part.kind, length, part.passage.span, which, remarks)


def _tell_too_long(
    channel: str, kind: str, length: int, span: tuple[int, int], which: int, remarks: Remarks
) -> None:
    most = _MOST[channel, kind]
    slots = {"part": _NAMES[kind][which], "place": _PLACES[channel][which], "length": length, "most": most}
    remarks.add("fail", _TOO_LONG, span, over=length - most, **slots)


def _check_present(
    variant: Variant, channel: str, kinds: tuple[str, ...], which: int, remarks: Remarks
) -> None:
    have = {part.kind for part in variant.parts}
    for kind in kinds:
        if kind not in have:
            name, place = _NAMES[kind][which], _PLACES[channel][which]
            first = variant.passage.text.split("\n", 1)[0].rstrip()
            span = (variant.passage.start, variant.passage.start + len(first))
            remarks.add(
                "fail", _MISSING, span, part=name.lower(), place=place[0].upper() + place[1:], label=name
            )


def width(text: str) -> int:
    """Count a text as search engines do: a double-width character is two."""
    return sum(
        2 if unicodedata.east_asian_width(ch) in "WF" else 1 for ch in text if not unicodedata.combining(ch)
    )
