"""Where one document of a text ends and the next begins: chapters, tales, songs, reports and ads by their headings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from creative.training.words import count_words, first_words

LONGEST_HEADING = 90
"""Characters."""
SCENES_FROM = 2500
"""Words from which the scenes of a text without chapters are documents of their own."""


@dataclass(frozen=True)
class Chapter:
    """One document of a text; an empty title means that no heading stood there."""

    title: str
    text: str


@dataclass(frozen=True)
class _Heading:
    """Lines of a text, from `start` to before `body`, that name what follows; `taken` off the text or not."""

    title: str
    start: int
    body: int


_COUNT = (
    r"(?:[ivxlcdm]+|\d{1,4}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    r"|(?:twenty|thirty|forty|fifty)(?:[\s-](?:one|two|three|four|five|six|seven|eight|nine))?|the\s+(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last))"
)
_NAMED = re.compile(
    rf"^(?:chapter|part|book|volume|act|scene|canto|letter|stave|section|story|tale|episode|chapitre|capítulo|capitulo"
    rf"|kapitel|capitolo|hoofdstuk|rozdział|глава|часть|day|night|week|song|poem)\s+{_COUNT}(?:[.:)]?|\s*[.:—–\-]+\s*\S.*|\s+\S.*)$",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"^(?:prologue|epilogue|preface|foreword|introduction|interlude|afterword|dedication|contents|table of contents"
    r"|acknowledge?ments?|about the authors?|also by .{0,60}|copyright|appendix(?: [a-z\d]+)?|index|notes|footnotes"
    r"|transcriber['’]s notes?|list of illustrations|the end|finis"
    r"|楔子|序|序言|序章|前言|引子|尾声|后记|番外.{0,20}|目录|目錄|版权.{0,8}|致谢|作者简介|终章|终)[.:]?$",
    re.IGNORECASE,
)
_CHINESE = re.compile(
    r"^(?:正文\s*)?第[〇零一二三四五六七八九十百千两\d]{1,7}[章回节節卷集部幕篇话話](?:[\s\u3000:：、.·—].*|[^。，！？]{0,30})?$"
)
_MARKED = re.compile(r"^(#{1,6})[ \t]+(.*?)[ \t#]*$")
_NUMERAL = re.compile(
    r"^(?:[\[(—–\-]\s*)?([IVXLC]+|[ivxlc]+|\d{1,3}|[一二三四五六七八九十]{1,3})(?:\s*[\])—–\-.:、](?:\s+(\S.{0,60}))?)?$"
)
_BREAK = re.compile(r"^\s*(?:(?:[*＊•·◇◆○●☆★~～=_\-–—§#⁂†❦]\s*){1,40}|<>|o0o|-0-)\s*$")
_SECTION = re.compile(
    r"^[#*_\s]*[\[(【（]?\s*(?:final\s+|last\s+)?(?:verse|chorus|bridge|intro|outro|pre-?\s?chorus|post-?chorus|refrain|hook|coda"
    r"|interlude|solo|strophe|主歌|副歌|桥段|前奏|尾声|间奏|预副歌|导歌)\s*\d*\s*[x×]?\d*[^a-z\n]{0,12}$",
    re.IGNORECASE,
)
_DATELINE = re.compile(
    r"^\**(?:[A-Z][A-Z.'’\- ]{2,40}(?:,[^—–\n]{1,40}?)?|[A-Z][\w.'’ ]{2,30},[^—–\n]{2,30}?)"
    r"\s*(?:\([^)\n]{1,20}\)\s*)?(?:—|–|--|\s-\s)"
    r"|^[【（(]?[^，。！？\n]{0,24}?(?:日电|日讯|电讯|讯)"
)
_AD = re.compile(
    r"^[*_\s]*(headline(?: 1)?|subject(?: line)?|post|标题1?|主标题|主题|正文|帖子)[*_]*\s*[:：]",
    re.IGNORECASE,
)
_VARIANT = re.compile(
    r"^[#*_\[(\s]*(?:(?:ad|copy|post|email|poster)\s+)?(?:variant|version|variation|option|ad|第)\s*#?[\dA-H一二三四五六七八九十]{1,3}[稿版]?[\])*_:.\s]*$",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"^\W*(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s)?(?:\d{1,2}\s)?(?:january|february|march|april|may|june|july|august"
    r"|september|october|november|december)\b[\s\d,]{2,12}$|^\W*\d{4}[-年]\d{1,2}[-月]\d{1,2}日?\W*$",
    re.IGNORECASE,
)
_BYLINE = re.compile(r"^(?:by|from the|translated by|文[/:：]|作者[:：])\s*\S.{0,60}$", re.IGNORECASE)
_ENDS_SENTENCE = re.compile(r"[.,;!?。，；！？]['\"”’」]*$")


def is_break(line: str) -> bool:
    """Tell whether a line is a break between scenes, such as ***."""
    return bool(_BREAK.match(line)) and not line.strip().isalnum()


def split_chapters(text: str) -> list[Chapter]:
    """Give the documents of a text in order; what stands before the first heading comes first, without a title.

    A heading is the title of its chapter and no part of its text; a headline, though, is part of a report.
    """
    lines = text.split("\n")
    headings = _find_headings(lines)
    # A preface and an index say nothing about the chapters between them; nor does a "Part 2" in one of many poems.
    bare = [heading for heading in headings if _BARE.match(_bare(lines[heading.start]))]
    if len(bare) == len(headings) or len(_find_titled_pieces(lines)) > 2 * len(headings):
        found = max((find(lines) for find in _BY_TITLE), key=len)
        found = found or next(filter(None, (find(lines) for find in _BY_COUNT)), [])
        starts = {heading.start for heading in found}
        headings = sorted([*found, *(h for h in bare if h.start not in starts)], key=lambda h: h.start)
    return list(_cut(lines, headings)) if headings else [Chapter("", text)]


def _cut(lines: list[str], headings: list[_Heading]) -> Iterator[Chapter]:
    if front := _text(lines[: headings[0].start]):
        yield Chapter("", front)
    stops = [heading.start for heading in headings[1:]] + [len(lines)]
    for heading, stop in zip(headings, stops, strict=True):
        yield Chapter(heading.title, _text(lines[heading.body : stop]))


def _text(lines: list[str]) -> str:
    """Give the lines as a text that neither begins nor ends with a scene break."""
    while lines and (not lines[0].strip() or is_break(lines[0])):
        lines = lines[1:]
    while lines and (not lines[-1].strip() or is_break(lines[-1])):
        lines = lines[:-1]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _bare(line: str) -> str:
    """Give a line without the ornaments around it."""
    return line.strip(" \t*_=~—–-•·【】[]《》\u3000") if len(line) <= LONGEST_HEADING + 20 else ""


def _is_alone(lines: list[str], at: int) -> bool:
    before = at == 0 or not lines[at - 1].strip()
    return before and (at + 1 == len(lines) or not lines[at + 1].strip())


def _find_headings(lines: list[str]) -> list[_Heading]:
    """Find headings marked by # and those that say what they are, such as Chapter 3 or 第三章."""
    found: list[_Heading] = []
    for at, line in enumerate(lines):
        if not line.strip() or len(line) > LONGEST_HEADING + 20 or _SECTION.match(line):
            continue
        marked = _MARKED.match(line)
        bare = _bare(line)
        if marked and marked[2].strip():
            found.append(_Heading(_bare(marked[2]) or marked[2], at, at + 1))
        elif _is_named(bare) or (_BARE.match(bare) and _is_alone(lines, at)):
            title, body = _with_subtitle(lines, at, bare)
            found.append(_Heading(title, at, body))
    # One heading at the head of a text is its title; the pieces below may have manners of their own.
    if len(found) == 1 and not _text(lines[: found[0].start]):
        inner = split_chapters("\n".join(lines[found[0].body :]))
        if len(inner) > 1:
            return []
    return found


def _is_named(bare: str) -> bool:
    if not bare or len(bare) > LONGEST_HEADING:
        return False
    if _CHINESE.match(bare):
        return True
    named = _NAMED.match(bare)
    # "Letter 5 was never sent." is a sentence, "Chapter 5. In which it rains." a heading.
    return bool(named) and not (bare.endswith((",", ";")) or re.match(r"^\w+ \w+ [a-z].*[.!?]$", bare))


def _with_subtitle(lines: list[str], at: int, bare: str) -> tuple[str, int]:
    """Give the title and the line after it; a short line below "Chapter 1" is the chapter's name."""
    title = bare.rstrip(" .:")
    below = at + 1
    while below < len(lines) and not lines[below].strip() and below < at + 4:
        below += 1
    if below >= len(lines) or not re.fullmatch(r"\S+(?:\s+\S+)?", title):
        return title, at + 1
    name = _bare(lines[below])
    short = 0 < len(name) <= 60 and count_words(name) <= 10 and not _ENDS_SENTENCE.search(name.rstrip("."))
    told = name.endswith(".") and not name.isupper()
    starts = name[:1] in "\"“‘'「" or _is_named(name) or is_break(lines[below])
    if not short or told or starts or not _is_alone([*lines[at + 1 : below + 2], ""], below - at - 1):
        return title, at + 1
    return f"{title}: {name.rstrip('.')}", below + 1


def _find_tales(lines: list[str]) -> list[_Heading]:
    """Find titles that stand below two blank lines at least: the tales or poems of a collection."""
    found: list[_Heading] = []
    for at, line in enumerate(lines):
        if not line.strip() or any(above.strip() for above in lines[max(0, at - 2) : at]):
            continue
        title = _bare(line)
        by = at + 1 < len(lines) and bool(_BYLINE.match(lines[at + 1]))
        alone = at + 1 == len(lines) or by or not lines[at + 1].strip()
        odd = is_break(line) or _SECTION.match(line) or title[:1].islower()
        if alone and _is_title(title) and not odd:
            found.append(_Heading(title.rstrip("."), at, at if _is_headline(lines, at) else at + 1 + by))
    sizes = sorted(count_words("\n".join(lines[a.body : b.start])) for a, b in pairwise(found))
    return found if len(found) > 1 and sizes[len(sizes) // 2] > 60 else []


def _find_numerals(lines: list[str]) -> list[_Heading]:
    """Find headings that are only numbers, or numbers and a name; they count up from one."""
    found: list[_Heading] = []
    wanted = 1
    for at, line in enumerate(lines):
        bare = line.strip(" \t*_#") if len(line) < LONGEST_HEADING else ""
        numeral = _NUMERAL.match(bare) if bare and _is_alone(lines, at) else None
        if (
            numeral
            and _value(numeral[1]) in (wanted, 1)
            and not (numeral[2] and _ENDS_SENTENCE.search(numeral[2]))
        ):
            wanted = _value(numeral[1]) + 1
            found.append(_Heading(bare.strip(" .[]()—–-"), at, at + 1))
    bodies = [b.start - a.body for a, b in pairwise(found)]
    return found if len(found) > 1 and sum(size > 2 for size in bodies) * 2 >= len(bodies) else []


def _value(numeral: str) -> int:
    if numeral.isdecimal():
        return int(numeral)
    if numeral[0] in "一二三四五六七八九十":
        digits = "一二三四五六七八九"
        tens, _, ones = numeral.rpartition("十") if "十" in numeral else ("", "", numeral)
        ten = (digits.find(tens) + 1 or 1) * 10 if "十" in numeral else 0
        return ten + digits.find(ones) + 1 if ones else ten
    worth = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
    values = [worth[letter] for letter in numeral.lower()]
    return sum(-a if a < b else a for a, b in pairwise([*values, 0]))


def _find_songs(lines: list[str]) -> list[_Heading]:
    """Find the titles of songs: a short line above the first named section of each."""
    labels = [at for at, line in enumerate(lines) if _SECTION.match(line)]
    found: list[_Heading] = []
    for at in labels:
        above = at - 1
        while above >= 0 and not lines[above].strip():
            above -= 1
        if above < 0 or (at - above < 2 and found):
            continue
        title = _bare(lines[above].lstrip("#"))
        alone = above == 0 or not lines[above - 1].strip() or is_break(lines[above - 1])
        if (
            title
            and alone
            and count_words(title) <= 12
            and not _SECTION.match(lines[above])
            and above not in labels
        ):
            found.append(_Heading(title.strip('"“”'), above, above + 1))
    return found


def _find_reports(lines: list[str]) -> list[_Heading]:
    """Find news reports: a headline alone on its line, and below it a dateline."""
    found: list[_Heading] = []
    for at, line in enumerate(lines):
        if (
            not 0 < len(line.strip()) <= 140
            or not _is_alone(lines, at)
            or line.rstrip().endswith((".", "。"))
        ):
            continue
        below = [
            text
            for text in lines[at + 1 : at + 6]
            if text.strip() and not re.match(r"^\W*(?:By |文[/ ]|记者)", text)
        ]
        if below and _DATELINE.match(below[0]):
            found.append(_Heading(_bare(line.lstrip("#")), at, at))
    return found


def _is_headline(lines: list[str], at: int) -> bool:
    """Tell whether a title belongs to its report: four words or more, and a date or dateline below."""
    below = next((line for line in lines[at + 1 : at + 4] if line.strip()), "")
    return count_words(lines[at]) >= 4 and bool(_DATELINE.match(below) or _DATE.match(below))


def _find_ads(lines: list[str]) -> list[_Heading]:
    """Find ads: the first label of one comes back at the head of the next."""
    found: list[_Heading] = []
    for at, line in enumerate(lines):
        if _VARIANT.match(line) and line.strip():
            found.append(_Heading(_bare(line.lstrip("#")), at, at + 1))
        elif _AD.match(line) and (at == 0 or not lines[at - 1].strip() or is_break(lines[at - 1])):
            shown = re.sub(r"^[^:：]*[:：]\s*", "", line)
            found.append(_Heading(first_words(shown, 50), at, at))
    return found if len(found) > 1 else []


def _part_pieces(lines: list[str]) -> list[_Heading]:
    """Find what lines such as *** part; a piece without a title line of its own has an empty title."""
    starts = [0, *(at + 1 for at, line in enumerate(lines) if is_break(line))]
    found = []
    for start, stop in pairwise([*starts, len(lines)]):
        at = next((i for i in range(start, stop) if lines[i].strip() and not is_break(lines[i])), None)
        if at is None:
            continue
        below = at + 1 + (at + 1 < stop and bool(_BYLINE.match(lines[at + 1])))
        titled = _is_title(_bare(lines[at])) and (below == stop or not lines[below].strip())
        if titled and _text(lines[below:stop]):
            body = at if _is_headline(lines, at) else below
            found.append(_Heading(_bare(lines[at].lstrip("#")).rstrip("."), start, body))
        else:
            found.append(_Heading("", start, start))
    return found if len(found) > 1 else []


def _find_titled_pieces(lines: list[str]) -> list[_Heading]:
    """Find pieces parted by lines such as ***, most of them with titles of their own."""
    found = _part_pieces(lines)
    return found if sum(bool(heading.title) for heading in found) * 2 > len(found) else []


def _find_scenes(lines: list[str]) -> list[_Heading]:
    """Find the scenes of a long text; those of a short one stay together."""
    return _part_pieces(lines) if count_words("\n".join(lines)) >= SCENES_FROM else []


def _is_title(bare: str) -> bool:
    """Tell whether a line alone may be a title: short, and no sentence or speech."""
    fits = 0 < len(bare) <= 80 and 0 < count_words(bare) <= 14 and bare[:1] not in '"“‘「'
    return fits and not _ENDS_SENTENCE.search(bare.rstrip("."))


def _find_titles(lines: list[str]) -> list[_Heading]:
    """Find titles in capitals, alone on their lines, with some text below each."""
    found = []
    for at, line in enumerate(lines):
        bare = _bare(line)
        capital = bare.isupper() and sum(ch.isalpha() for ch in bare) > 3
        if capital and len(bare) <= 70 and _is_alone(lines, at) and not re.search(r"[!?,;:]$", bare):
            found.append(_Heading(bare.rstrip("."), at, at + 1))
    sizes = [count_words("\n".join(lines[a.body : b.start])) for a, b in pairwise(found)]
    return found if len(found) > 1 and sum(size > 40 for size in sizes) * 2 >= len(sizes) else []


_Manner = Callable[[list[str]], list[_Heading]]
_BY_TITLE: tuple[_Manner, ...] = (_find_songs, _find_reports, _find_ads, _find_titled_pieces, _find_tales)
"""The manner that finds most is the text's; of two that find as many, the first."""
_BY_COUNT: tuple[_Manner, ...] = (_find_numerals, _find_scenes, _find_titles)
"""Where none of those finds anything, the first that does."""
