"""Where a text goes round in circles: words stuck, sentences and phrases said again, paragraphs that start alike."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from creative.checks import Finding, Level
from creative.checks._passages import HAN, Passage, paragraphs, sentences, words
from creative.checks._remarks import Note, Remarks, tongue

TITLE = {"en": "Loops", "zh": "重复"}

_STUCK = Note(
    {"en": "Stuck on a word", "zh": "卡在一个词上"},
    {
        "en": "“{word}” stands here {times} times running; once says it, and the sentence can move on.",
        "zh": "“{word}”连着出现{times}次；说一次就够，句子才走得下去。",
    },
)
_SENTENCE = Note(
    {"en": "Same sentence again", "zh": "句子重复"},
    {
        "en": "¶ {first} has it already, {times} times in all; a line that returns should have gained something.",
        "zh": "第{first}段已经有这一句，全文共{times}次；一句话再出现，总该多带点什么回来。",
    },
)
_PHRASE = Note(
    {"en": "Same phrase again", "zh": "短语重复"},
    {
        "en": "¶ {first} has these words already; so near, they read as a slip unless you meant a refrain.",
        "zh": "第{first}段已有这几个字；离得这么近，若不是有意的回环，读来就像笔误。",
    },
)
_STARTS = Note(
    {"en": "Paragraphs start alike", "zh": "段首雷同"},
    {
        "en": "{times} paragraphs running open with “{word}”; a new way in wakes the ear.",
        "zh": "连着{times}段都以“{word}”开头；换一个入口，读的人才会醒一醒。",
    },
)

# Words that carry no picture: six of these in a row are grammar, not an echo.
_LIGHT = frozenset(
    re.findall(
        r"\w+",
        "a an the of to in on at by for with from as and or but if so that this it its he she they i you we him her "
        "them his their my your our me us be is are was were been am do did does have has had not no would could will "
        "can there then than what when who which how all one out up down into over back "
        "about said just very more some any",
    )
)
_LEAST_WORDS = 5
_LEAST_HAN = 9
_PHRASE_WORDS = 6
_PHRASE_HAN = 10
# Two like phrases a chapter apart are chance; within this many words the reader hears them.
_NEAR = 400


@dataclass(frozen=True)
class _Measure:
    """How a language is counted."""

    phrase: int
    near: int


def check(text: str, brief: Mapping[str, str], language: str) -> list[Finding]:
    """Find what is said again by accident; short lines of dialogue may return."""
    remarks = Remarks("story_loops", TITLE, text, language)
    chinese = tongue(language) == "zh"
    units = _characters(text) if chinese else words(text)
    _check_stuck(text, units, chinese, remarks)
    told = _check_sentences(text, chinese, remarks)
    measure = _Measure(_PHRASE_HAN, _NEAR * 2) if chinese else _Measure(_PHRASE_WORDS, _NEAR)
    _check_phrases(text, [u for u in units if not _covered(u, told)], measure, remarks)
    _check_starts(text, chinese, remarks)
    return remarks.done({"en": "Nothing goes round in circles.", "zh": "没有原地打转的地方。"})


def _characters(text: str) -> list[Passage]:
    return [Passage(m.group(), m.start(), m.end()) for m in HAN.finditer(text)]


def _check_stuck(text: str, units: Sequence[Passage], chinese: bool, remarks: Remarks) -> None:
    """Find one word, or a pair, four or more times running; Chinese doubles its characters freely, so six there."""
    least = 6 if chinese else 4
    for size in (1, 2):
        start = 0
        for i in range(size, len(units) + 1):
            if i < len(units) and units[i].text == units[i - size].text:
                continue
            times = (i - start) // size
            if times >= least and not (size == 2 and units[start].text == units[start + 1].text):
                word = text[units[start].start : units[start + size - 1].end]
                remarks.add("fail", _STUCK, (units[start].start, units[i - 1].end), word=word, times=times)
            start = i - size + 1


def _check_sentences(text: str, chinese: bool, remarks: Remarks) -> list[tuple[int, int]]:
    """Tell each sentence that returns once, at its second place; gives the spans of all its later places."""
    places: dict[str, list[Passage]] = {}
    for sentence in sentences(text):
        plain = re.sub(r"[^\w]+", " ", sentence.text.casefold()).strip()
        long_enough = (
            len(HAN.findall(plain)) >= _LEAST_HAN if chinese else plain.count(" ") + 1 >= _LEAST_WORDS
        )
        if long_enough:
            places.setdefault(plain, []).append(sentence)
    told: list[tuple[int, int]] = []
    for found in places.values():
        if len(found) < 2:
            continue
        level: Level = "fail" if len(found) > 3 else "warn"
        first = remarks.paragraph(found[0].start)
        remarks.add(level, _SENTENCE, found[1].span, first=first, times=len(found))
        told += [sentence.span for sentence in found[1:]]
    return sorted(told)


def _covered(unit: Passage, spans: list[tuple[int, int]]) -> bool:
    at = bisect_right(spans, unit.start, key=lambda span: span[0]) - 1
    return at >= 0 and unit.start < spans[at][1]


def _check_phrases(text: str, units: Sequence[Passage], measure: _Measure, remarks: Remarks) -> None:
    """Find the longest stretches of words that stood close before."""
    last: dict[tuple[str, ...], int] = {}
    run: tuple[int, int, int] | None = None  # first unit, one past the last, where it stood before
    size = measure.phrase
    for i in range(len(units) - size + 1):
        key = tuple(u.text for u in units[i : i + size])
        before = last.get(key)
        last[key] = i
        if before is None or i - before > measure.near or i - before < size or not _tells(key):
            continue
        if run and i <= run[1]:
            run = (run[0], i + size, run[2])
            continue
        _tell_phrase(text, units, run, remarks)
        run = (i, i + size, before)
    _tell_phrase(text, units, run, remarks)


def _tells(phrase: tuple[str, ...]) -> bool:
    return len(set(phrase) - _LIGHT) >= 3


def _tell_phrase(
    text: str, units: Sequence[Passage], run: tuple[int, int, int] | None, remarks: Remarks
) -> None:
    if run:
        first = remarks.paragraph(units[run[2]].start)
        remarks.add("warn", _PHRASE, (units[run[0]].start, units[run[1] - 1].end), first=first)


def _check_starts(text: str, chinese: bool, remarks: Remarks) -> None:
    """Find three paragraphs running that open with the same two words, or five with the same one."""
    parts = [p for p in paragraphs(text) if len(p.text) > (20 if chinese else 40)]
    starts = []
    for part in parts:
        head = _characters(part.text[:4]) if chinese else words(part.text[:80])
        speech = part.text[0] in "“\"「『‘'-—–[（("
        starts.append([] if speech else [u.text for u in head])
    told: set[int] = set()
    for size, least in ((2, 3), (1, 5)):
        start = 0
        for i in range(1, len(parts) + 1):
            same = i < len(parts) and len(starts[i]) >= size and starts[i][:size] == starts[start][:size]
            if same:
                continue
            if i - start >= least and len(starts[start]) >= size and start not in told:
                told.update(range(start, i))
                opening = _opening(parts[i - 1], starts[start][:size], chinese)
                remarks.add("warn", _STARTS, opening.span, times=i - start, word=opening.text)
            start = i


def _opening(part: Passage, start: list[str], chinese: bool) -> Passage:
    head = _characters(part.text[:4]) if chinese else words(part.text[:80])
    last = head[len(start) - 1]
    return Passage(part.text[: last.end], part.start, part.start + last.end)
