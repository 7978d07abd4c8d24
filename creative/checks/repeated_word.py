"""Where a telling word returns three times in a breath; English only, for Chinese parts no words."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping

from creative.checks import Finding
from creative.checks._passages import paragraphs, quoted, words
from creative.checks._remarks import Note, Remarks, tongue

TITLE = {"en": "Repeated words", "zh": "词语重复"}

_THREE = Note(
    {"en": "Same word three times", "zh": "同一个词三次"},
    {
        "en": "“{word}” returns {times} times in {breadth} words; keep it for the beat, or the ear hears a slip.",
        "zh": "“{word}”在{breadth}个词里出现{times}次；要的是节奏就留着，不然像是疏忽。",
    },
)
_NOT_JUDGED = {"en": "Repeated words are read in English only.", "zh": "重复的词只能判断英文。"}

_WINDOW = 24
_SHORTEST = 4
# Words too plain to be heard.
_PLAIN = frozenset(
    re.findall(
        r"[\w']+",
        "that this these those they them their then there than through thing things think thought what when "
        "where which while with would were will went want wanted whose whether without have here himself "
        "herself said says some something such same should still from first your yours into it's itself only "
        "over other others once about after again also always around away asked another anything back been "
        "before being because both could came can't come down does didn't don't done every even each ever "
        "just know knew like little long look looked made make many more most much must never next until upon "
        "very well year years time times good great left right last take took told tell part people nothing "
        "wasn't three four five seven eight nine hundred thousand million perhaps might shall going gone "
        "comes give gave seen mister miss less side under ours having toward towards though across between "
        "against along since days hand hands eyes face head",
    )
)


def check(text: str, brief: Mapping[str, str], language: str) -> list[Finding]:
    """Find words of four letters or more that stand three times within two dozen words of one paragraph."""
    remarks = Remarks("repeated_word", TITLE, text, language)
    if tongue(language) == "zh":
        return remarks.done(_NOT_JUDGED)
    spoken = quoted(text)
    for paragraph in paragraphs(text):
        places: dict[str, list[tuple[int, int, int]]] = {}
        for i, word in enumerate(words(text, *paragraph.span)):
            # A capital is a name, or opens a sentence; a name may return.
            telling = len(word.text) >= _SHORTEST and text[word.start].islower() and word.text not in _PLAIN
            if telling and not _is_spoken(word.start, spoken):
                places.setdefault(word.text.removesuffix("'s"), []).append((i, word.start, word.end))
        for word_text, found in places.items():
            _tell(word_text, found, remarks)
    return remarks.done({"en": "No word wears out.", "zh": "没有用旧的词。"})


def _is_spoken(at: int, spoken: list[tuple[int, int]]) -> bool:
    before = bisect_right(spoken, at, key=lambda span: span[0]) - 1
    return before >= 0 and at < spoken[before][1]


def _tell(word: str, found: list[tuple[int, int, int]], remarks: Remarks) -> None:
    """Remark once on each cluster of three or more."""
    first = 0
    while first + 2 < len(found):
        last = first
        while last + 1 < len(found) and found[last + 1][0] - found[max(first, last - 1)][0] <= _WINDOW:
            last += 1
        if last - first < 2:
            first += 1
            continue
        breadth = found[last][0] - found[first][0] + 1
        # "Faces, faces, faces" is meant.
        if breadth > last - first + 2:
            remarks.add(
                "warn",
                _THREE,
                (found[first][1], found[last][2]),
                word=word,
                times=last - first + 1,
                breadth=breadth,
            )
        first = last + 1
