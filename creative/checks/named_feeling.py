"""Where the narration names a feeling instead of letting the reader have it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping

from creative.checks import Finding
from creative.checks._passages import Passage, quoted, sentences
from creative.checks._remarks import Note, Remarks, tongue

TITLE = {"en": "Named feelings", "zh": "直说情绪"}

_NAMED = Note(
    {"en": "Names the feeling", "zh": "直说情绪"},
    {
        "en": "“{word}” tells the reader what to feel; show what it makes the hands do, or cut the line.",
        "zh": "“{word}”是替读者下结论；写写手上的动作，或者把这句删掉。",
    },
)

_FEELINGS = (
    "nervous|anxious|sad|unhappy|happy|joyful|angry|furious|enraged|afraid|scared|frightened|terrified|lonely|jealous|envious|"
    "excited|worried|ashamed|embarrassed|humiliated|guilty|heartbroken|devastated|miserable|depressed|frustrated|relieved|"
    "disappointed|hopeless|overjoyed|ecstatic|thrilled|horrified|distraught|bewildered|melancholy"
)
_NOUNS = (
    "sadness|happiness|joy|anger|rage|fury|fear|terror|dread|loneliness|jealousy|envy|excitement|worry|anxiety|"
    "shame|guilt|grief|sorrow|despair|relief|disappointment|hope|panic|love|hatred|regret|pride|nostalgia|longing|frustration"
)
_HOW = (
    r"(?:(?:very|so|really|terribly|quite|suddenly|extremely|incredibly|utterly|all|a little|a bit|still|now|deeply)"
    r"[ ]){0,2}"
)
# A narrator who says "I" may name what they felt; a camera over someone's shoulder should not need to.
_WHO = r"\b(?:[Hh]e|[Ss]he|[Tt]hey|[A-Z][a-z]{2,15})[ ]"
_ENGLISH = re.compile(
    rf"{_WHO}(?:was|were|is|are|felt|feels|became|grew)[ ]{_HOW}({_FEELINGS})\b"
    r"(?![ ]to\b|-|[ ](?:man|woman|boy|girl|eyes|face))"
    rf"|{_WHO}(?:felt|feels)[ ](?:a|an|the)[ ](?:\w+[ ])?"
    rf"(?:wave|surge|pang|rush|sense|flood|twinge|stab|flash|mix|mixture)[ ]of[ ]({_NOUNS})\b"
    rf"|{_WHO}(?:was|were|is|are)[ ](?:filled|overcome|overwhelmed|consumed|gripped)[ ]"
    rf"(?:with|by)[ ](?:\w+[ ])?({_NOUNS})\b"
)
_CHINESE_FEELINGS = (
    "难过|高兴|开心|伤心|愤怒|生气|害怕|紧张|悲伤|孤独|快乐|幸福|失望|绝望|恐惧|焦虑|内疚|羞愧|兴奋|激动"
    "|欣慰|痛苦|委屈|不安|失落|嫉妒"
)
_CHINESE = re.compile(
    rf"[他她们](?:的?心里|心中)?(?:都|就|也|又|忽然|突然)?(?:感到|觉得|感觉)"
    rf"(?:无比|非常|十分|特别|有些|有点|一阵|一丝|很|好)?的?({_CHINESE_FEELINGS})"
    rf"|[他她们](?:无比|非常|十分|特别|有些|有点|很)({_CHINESE_FEELINGS})(?!地|的样子)"
    rf"|[他她们]?(?:心里|心中)(?:充满了|满是)({_CHINESE_FEELINGS})"
)
# The quote of a finding is read at a glance.
_LONGEST = 120


def check(text: str, brief: Mapping[str, str], language: str) -> list[Finding]:
    """Find sentences of narration that say what someone feels; speech may say it."""
    remarks = Remarks("named_feeling", TITLE, text, language)
    pattern = _CHINESE if tongue(language) == "zh" else _ENGLISH
    spoken = quoted(text)
    for sentence in sentences(text):
        found = pattern.search(sentence.text)
        if found and not _is_spoken(sentence.start + found.start(), spoken):
            word = next(group for group in found.groups() if group)
            remarks.add("warn", _NAMED, _quote(sentence, found), word=word)
    return remarks.done({"en": "No feeling is named in the narration.", "zh": "叙述里没有直说情绪。"})


def _is_spoken(at: int, spoken: list[tuple[int, int]]) -> bool:
    before = bisect_right(spoken, at, key=lambda span: span[0]) - 1
    return before >= 0 and at < spoken[before][1]


def _quote(sentence: Passage, found: re.Match[str]) -> tuple[int, int]:
    if len(sentence.text) <= _LONGEST:
        return sentence.span
    return sentence.start + found.start(), sentence.start + found.end()
