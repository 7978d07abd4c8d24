"""Whether every number, amount and date of a report stands in its notes."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping

from creative.checks import Finding
from creative.checks._article import read_article
from creative.checks._numbers import Number, numbers, values_in
from creative.checks._remarks import MOST, Note, Remarks

TITLE = {"en": "Numbers in the notes", "zh": "数字有据"}

_NOT_IN_NOTES = Note(
    {"en": "Number not in the notes", "zh": "数字没有出处"},
    {
        "en": "Your notes do not hold “{number}”; a reader takes a figure for a fact, so source it or cut it.",
        "zh": "笔记里没有“{number}”；读者会把数字当事实，补上出处，不然就删。",
    },
)
_DAY_NOT_IN_NOTES = Note(
    {"en": "Date not in the notes", "zh": "日期没有出处"},
    {
        "en": "Your notes do not say “{number}”; when it happened is the first thing anyone will check.",
        "zh": "笔记里没有“{number}”；什么时候发生的，是最先会被核对的。",
    },
)
_NO_NOTES = {"en": "There are no notes to hold the numbers against.", "zh": "没有笔记可供核对。"}
_HELD = {"en": "Every number stands in the notes.", "zh": "数字都有出处。"}

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_DAY = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|(?:周|星期|礼拜)[一二三四五六日天]")
# "May" and "March" are months only beside a day, a year or a word of time.
_NAMES = "|".join(month.title() for month in MONTHS)
_BEFORE_MONTH = (
    r"(?:\d(?:st|nd|rd|th)?|\b(?:[Ii]n|[Ss]ince|[Uu]ntil|[Bb]y|[Ff]rom|[Ll]ast|[Nn]ext|[Ll]ate|[Ee]arly))[ ]"
)
_MONTH = re.compile(rf"{_BEFORE_MONTH}({_NAMES})\b|\b({_NAMES})(?= \d)")
_FULL_DATE = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")
_NUMERIC_MONTH = re.compile(r"\d{4}[-/.年](\d{1,2})|\b\d{1,2}[-/.](\d{1,2})[-/.]\d{2,4}|(\d{1,2})月")
_ABOUT = re.compile(
    r"\b(?:about|around|nearly|almost|roughly|some|approximately|(?:more|less|fewer) than|over|under|at least|up to|"
    r"close to|just (?:over|under|short of))\s+(?:\S?\s?)$|(?:约|近|超过?|逾|不到|将近|大约|至少)\s*$",
    re.IGNORECASE,
)
_ABOUT_SHARE = 0.15
_LIST_MARK = re.compile(r"(?:^|\n)[ \t]*$")
# In Chinese a bare numeral is often part of a word; before one of these it counts something.
_COUNTED = re.compile(
    r"^(?:多|余|几)?(?:[个名人位年月日号元块岁家次天周户所辆起件条票成倍吨米里层楼栋台架艘场届项种只头门套册页秒]|小时|分钟|公里|公斤|千米|平方|美元|%)"
)


def check(text: str, brief: Mapping[str, str], language: str) -> list[Finding]:
    """Find the numbers and dates that neither the notes nor any other answer holds."""
    remarks = Remarks("numbers_in_notes", TITLE, text, language)
    if not brief.get("notes", "").strip():
        return remarks.done(_NO_NOTES)
    # The asked length is no fact.
    given = "\n".join(value for name, value in brief.items() if name != "length")
    held = sorted(values_in(given))
    plain = given.casefold()
    dateline = read_article(text).dateline
    skipped = dateline.span if dateline else (0, 0)
    told = 0
    for number in numbers(text):
        inside = skipped[0] <= number.start < skipped[1]
        if not inside and _states_something(text, number) and not _is_held(text, number, held, plain):
            remarks.add("fail", _NOT_IN_NOTES, (number.start, number.end), number=number.text)
            told += 1
        if told == MOST:
            break
    _check_days(text, given, skipped, remarks)
    return remarks.done(_HELD)


def _states_something(text: str, number: Number) -> bool:
    """Leave out list marks, and the small words that are grammar more than number: one, two, first, third."""
    after = text[number.end : number.end + 4]
    if re.match(r"[.)、]\s", after) and _LIST_MARK.search(text[max(0, number.start - 20) : number.start]):
        return False
    if not number.spelled:
        return True
    if max(number.values) < 3 or number.text.casefold() == "third":
        return False
    chinese = not number.text.isascii()
    return not chinese or number.text.startswith(("百分之", "千分之")) or bool(_COUNTED.match(after))


def _is_held(text: str, number: Number, ordered: list[float], given: str) -> bool:
    """Look a number up among the sorted values of the notes; after "about" a near one will do."""
    if not number.values:
        return number.text.casefold() in given
    if any(bisect_left(ordered, value) < bisect_right(ordered, value) for value in number.values):
        return True
    if not _ABOUT.search(text[max(0, number.start - 24) : number.start]):
        return False
    return any(
        bisect_left(ordered, value / (1 + _ABOUT_SHARE)) < bisect_right(ordered, value / (1 - _ABOUT_SHARE))
        for value in number.values
        if value > 0
    )


def _check_days(text: str, given: str, skipped: tuple[int, int], remarks: Remarks) -> None:
    notes = given.casefold()
    dated = bool(_FULL_DATE.search(given))
    months = {int(next(filter(None, m.groups()))) for m in _NUMERIC_MONTH.finditer(given)}
    for day in _DAY.finditer(text):
        name = day.group().casefold()
        known = name in notes or (name in DAYS and re.search(rf"\b{name[:3]}[a-z]{{0,2}}\b", notes))
        # With a full date in the notes the weekday can be worked out.
        if not known and not dated and not _same_chinese_day(day.group(), given):
            _tell_day(text, day.span(), skipped, remarks)
    for month in _MONTH.finditer(text):
        place = month.span(1) if month[1] else month.span(2)
        name = text[slice(*place)].casefold()
        known = re.search(rf"\b{name[:3]}(?:{name[3:]}|t)?\b", notes)
        if not known and MONTHS.index(name) + 1 not in months:
            _tell_day(text, place, skipped, remarks)


def _same_chinese_day(day: str, given: str) -> bool:
    """Say whether the notes name the same weekday another way: 周二 for 星期二."""
    last = "日" if day[-1] == "天" else day[-1]
    return any(prefix + form in given for prefix in ("周", "星期", "礼拜") for form in (last, day[-1]))


def _tell_day(text: str, place: tuple[int, int], skipped: tuple[int, int], remarks: Remarks) -> None:
    if not skipped[0] <= place[0] < skipped[1]:
        remarks.add("fail", _DAY_NOT_IN_NOTES, place, number=text[slice(*place)])
