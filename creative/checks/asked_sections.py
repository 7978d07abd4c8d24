"""Whether a lyric has the sections the writer asked for, in their order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from difflib import SequenceMatcher

from creative.checks import Finding
from creative.checks._remarks import Note, Remarks, tongue
from creative.checks._sections import NAMES, Section, asked, sections

TITLE = {"en": "The asked sections", "zh": "段落结构"}

_NO_LABELS = Note(
    {"en": "No section labels", "zh": "没有标明段落"},
    {
        "en": "Name each section on a line of its own, such as [Verse 1]; a singer looks there for the change of tune.",
        "zh": "每段开头单独一行标明，如[主歌1]；唱的人要看得出旋律在哪儿变。",
    },
)
_MISSING = Note(
    {"en": "Missing: {name}", "zh": "缺{name}"},
    {
        "en": "The brief asks for {asked} of it and the song has {found}; {reason}.",
        "zh": "提要要{asked}段{name}，现有{found}段；{reason}。",
    },
)
_EXTRA = Note(
    {"en": "Not asked for: {name}", "zh": "多出{name}"},
    {
        "en": "The brief has no {name} here; keep it only if the song turns on it.",
        "zh": "提要里这里没有{name}；除非歌真要在此转折，否则不必留。",
    },
)
_ORDER = Note(
    {"en": "Another order", "zh": "顺序不同"},
    {
        "en": "The brief has a {wanted} here and not a {name}; where the hook falls decides what the ear waits for.",
        "zh": "提要里这里是{wanted}，不是{name}；记忆句落在哪儿，决定耳朵等什么。",
    },
)
_EMPTY = Note(
    {"en": "Empty section", "zh": "空段落"},
    {
        "en": "The label has no lines below it; a label alone will do only for words already sung.",
        "zh": "标了段落却没有词；只有唱过的词才可以光写段名。",
    },
)

_REASONS = {
    "verse": ("the verses carry the story forward", "故事要靠主歌往前走"),
    "prechorus": ("it lifts the ear into the chorus", "它把情绪托进副歌"),
    "chorus": ("the song is remembered by what returns", "一首歌靠反复的那几句被记住"),
    "postchorus": ("it lets the hook ring on", "它让记忆句多响一阵"),
    "bridge": ("it is where the song sees itself anew", "歌到这里要换一种眼光"),
    "intro": ("it sets the room before the first word", "它先把场子铺好"),
    "outro": ("it decides what is left in the air", "它决定余音"),
    "interlude": ("it gives the words room to settle", "它让歌词有地方落下"),
}


def check(text: str, brief: Mapping[str, str], language: str) -> list[Finding]:
    """Compare the labels in the lyric with the order the brief asks for."""
    remarks = Remarks("asked_sections", TITLE, text, language)
    wanted = asked(brief.get("structure", ""))
    if not text.strip() or not wanted:
        return remarks.done({"en": "No order of sections was asked for.", "zh": "没有要求段落结构。"})
    found = sections(text)
    if not found:
        remarks.add("fail", _NO_LABELS, None)
        return remarks.done()
    _check_bodies(text, found, remarks)
    which = 0 if tongue(language) == "en" else 1
    _compare(_without_doubled_chorus(found, wanted), wanted, which, remarks)
    return remarks.done({"en": "The sections stand in the order asked for.", "zh": "段落与要求一致。"})


def _check_bodies(text: str, found: list[Section], remarks: Remarks) -> None:
    sung = {s.kind for s in found if text[s.body_start : s.body_end].strip()}
    wordless = {"intro", "outro", "interlude"}
    for section in found:
        if not text[section.body_start : section.body_end].strip() and section.kind not in sung | wordless:
            remarks.add("warn", _EMPTY, (section.start, section.end))


def _without_doubled_chorus(found: list[Section], wanted: list[str]) -> list[Section]:
    """Take a chorus sung twice running for one, unless the brief counts it twice."""
    if Counter(s.kind for s in found)["chorus"] <= Counter(wanted)["chorus"]:
        return found
    return [s for i, s in enumerate(found) if not (i and s.kind == "chorus" == found[i - 1].kind)]


def _compare(found: list[Section], wanted: list[str], which: int, remarks: Remarks) -> None:
    kinds = [s.kind for s in found]
    have, need = Counter(kinds), Counter(wanted)
    for kind in need - have:
        # The remark stands at the section after which the missing one is due.
        due = _due(kinds, wanted, kind)
        place = (found[due].start, found[due].end)
        remarks.add(
            "warn",
            _MISSING,
            place,
            name=NAMES[kind][which],
            asked=need[kind],
            found=have[kind],
            reason=_REASONS[kind][which],
        )
    if have == need and kinds != wanted:
        at = next(i for i, (a, b) in enumerate(zip(kinds, wanted, strict=True)) if a != b)
        section = found[at]
        remarks.add(
            "warn",
            _ORDER,
            (section.start, section.end),
            wanted=NAMES[wanted[at]][which],
            name=NAMES[section.kind][which],
        )
    for kind in have - need:
        section = [s for s in found if s.kind == kind][need[kind]]
        remarks.add("warn", _EXTRA, (section.start, section.end), name=NAMES[kind][which])


def _due(kinds: list[str], wanted: list[str], kind: str) -> int:
    """Give the found section after which the first missing `kind` should stand."""
    for op, i1, _, j1, j2 in SequenceMatcher(None, kinds[:200], wanted, autojunk=False).get_opcodes():
        if op in {"insert", "replace"} and kind in wanted[j1:j2]:
            return max(0, min(i1, len(kinds)) - 1)
    return len(kinds) - 1
