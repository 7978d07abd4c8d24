"""The numbers in a text, in figures or in words, English or Chinese, with every value each may stand for."""

from __future__ import annotations

import re
from dataclasses import dataclass

_UNITS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16,
    "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_SHORT_SCALES = {
    "k": 1_000,
    "m": 1e6,
    "mn": 1e6,
    "bn": 1e9,
    "b": 1e9,
    "tn": 1e12,
    "万": 1e4,
    "亿": 1e8,
    "千": 1e3,
    "百": 100,
}
_PARTS = {
    "half": (50, 0.5),
    "halves": (50, 0.5),
    "quarter": (25, 0.25),
    "quarters": (25, 0.25),
    "thirds": (33, 67),
}
_TIMES = {"dozen": 12, "dozens": 12, "score": 20, "once": 1, "twice": 2, "couple": 2, "pair": 2, "decade": 10}

_FIGURES = re.compile(
    r"(?<![A-Za-z\d_.])(?P<whole>\d{1,3}(?:[,\u00a0\u202f]\d{3})+|\d+)(?P<point>\.\d+)?"
    r"(?:(?P<colon>:\d\d)(?!\d))?"
    r"(?:[ \t\-]?(?P<scale>hundred|thousand|million|billion|trillion)\b|(?P<short>bn|mn|tn|[kmb])(?![A-Za-z])"
    r"|(?P<zh>[万亿千百])+)?"
    r"(?P<suffix>st|nd|rd|th|s|am|pm|[a-zA-Z]{1,3}(?![a-zA-Z]))?"
    r"(?P<clock>[ \t]?[ap]\.?m\b)?",
    re.IGNORECASE,
)
_ONES = "|".join((*_UNITS, *_ORDINALS))
_SMALL = rf"(?:(?:{'|'.join(_TENS)})(?:[ \t\-](?:{_ONES}))?|{_ONES})"
_SCALED = rf"(?:[ \t\-]+(?:hundred|thousand|million|billion|dozen)\b(?:[ \t]+(?:and[ \t]+)?{_SMALL}\b)?)"
_SPELLED = re.compile(rf"\b(?:(?:{_SMALL}|an?)\b{_SCALED}+|{_SMALL}\b)", re.IGNORECASE)
_CHINESE = re.compile(
    r"(?:百分之|千分之)?[零〇一二三四五六七八九十百千万亿两]+(?:点[零一二三四五六七八九]+)?"
)
_CHINESE_DIGITS = {**{c: i for i, c in enumerate("零一二三四五六七八九")}, "〇": 0, "两": 2}
_CHINESE_SCALES = {"十": 10, "百": 100, "千": 1000}
# The name of a road, a form, an illness: A55, COVID-19.
_CODE = re.compile(r"\b[A-Z]{1,6}-?\d[\w\-]*")


@dataclass(frozen=True)
class Number:
    """One number where it stands."""

    text: str
    start: int
    end: int
    values: frozenset[float]
    """What it may stand for: 10:30 pm is also 22:30; a figure has one value, but 3.50 is 3.5."""
    spelled: bool = False


def numbers(text: str) -> list[Number]:
    """Give the numbers of a text in order."""
    codes = [m.span() for m in _CODE.finditer(text)]
    found = [Number(text[a:b], a, b, frozenset()) for a, b in codes]
    inside = {i for a, b in codes for i in range(a, b)}
    found += [_figure(m) for m in _FIGURES.finditer(text) if m.start() not in inside]
    found += [_spelled(m) for m in _SPELLED.finditer(text)]
    found += [n for m in _CHINESE.finditer(text) if (n := _chinese(m))]
    return sorted(found, key=lambda n: n.start)


def values_in(text: str) -> set[float]:
    """Give every value a text states or that its words give away, such as "half" for 50 percent."""
    values: set[float] = set()
    for number in numbers(text):
        values |= number.values
    for word in re.findall(r"[a-z]+", text.casefold()):
        values |= set(_PARTS.get(word, ()))
        if word in _TIMES:
            values.add(float(_TIMES[word]))
    if "半" in text:
        values |= {50.0, 0.5}
    return values


def _figure(m: re.Match[str]) -> Number:
    whole = re.sub(r"\D", "", m["whole"])
    value = float(whole[:15] + (m["point"] or "")[:12])
    values = {value}
    if m["colon"]:
        values = _clock(int(whole[:2]), int(m["colon"][1:]))
    elif m["point"] and len(m["point"]) == 3 and value < 25:
        values |= _clock(int(whole), int(m["point"][1:]))
    elif m["clock"] or (m["suffix"] or "").casefold() in {"am", "pm"}:
        values |= _clock(int(whole[:2]), 0)
    scale = _SCALES.get((m["scale"] or "").casefold()) or _SHORT_SCALES.get((m["short"] or "").casefold())
    if scale:
        # "60m" may be metres and "5k" a run.
        values = {value * scale} | ({value} if (m["short"] or "").casefold() in {"k", "m", "b"} else set())
    if m["zh"]:
        marks = re.sub(r"[^万亿千百]", "", m.group())
        for mark in marks:
            value *= _SHORT_SCALES[mark]
        values = {value}
    end = m.end("clock") if m["clock"] else m.end()
    shown = m.group()[: end - m.start()].rstrip()
    return Number(shown, m.start(), m.start() + len(shown), frozenset(round(v, 6) for v in values))


def _clock(hour: int, minute: int) -> set[float]:
    """Give the values of a time of day on both clocks; below zero, where no other number stands, in minutes."""
    on_clocks = {-float(h % 24 * 60 + minute) - 1 for h in (hour, hour + 12)}
    return on_clocks | ({float(hour)} if minute == 0 else {hour + minute / 100})


def _spelled(m: re.Match[str]) -> Number:
    total = current = 0.0
    for word in re.split(r"[\s\-]+", m.group().casefold()):
        if word in _SCALES:
            current = max(current, 1) * _SCALES[word]
            if word != "hundred":
                total, current = total + current, 0.0
        elif word == "dozen":
            current = max(current, 1) * 12
        else:
            current += _UNITS.get(word, 0) + _TENS.get(word, 0) + _ORDINALS.get(word, 0)
    return Number(m.group(), m.start(), m.end(), frozenset({total + current}), spelled=True)


def _chinese(m: re.Match[str]) -> Number | None:
    shown = m.group()
    digits = shown.removeprefix("百分之").removeprefix("千分之")
    body, _, fraction = digits.partition("点")
    if not any(c in _CHINESE_DIGITS or c == "十" for c in body):
        return None
    if all(c in _CHINESE_DIGITS for c in body):
        value = float("".join(str(_CHINESE_DIGITS[c]) for c in body[:15]))
    else:
        value = _chinese_value(body)
    if fraction:
        value += float("0." + "".join(str(_CHINESE_DIGITS[c]) for c in fraction[:9]))
    return Number(shown, m.start(), m.end(), frozenset({round(value, 6)}), spelled=True)


def _chinese_value(body: str) -> float:
    total = section = digit = 0.0
    for c in body:
        if c in _CHINESE_DIGITS:
            digit = _CHINESE_DIGITS[c]
        elif c in _CHINESE_SCALES:
            section += max(digit, 1) * _CHINESE_SCALES[c]
            digit = 0
        else:
            total = (total + section + digit) * (1e4 if c == "万" else 1e8)
            section = digit = 0
    return total + section + digit
