"""How far texts are from a writer's own pages: sentence length, dialogue, function words, punctuation.

Every part is also given in units of the writer's own spread: 1 is as far as the writer's pages are from each
other. Function words are compared as in Burrows's Delta (Literary and Linguistic Computing 17, 2002), the mean
difference of word rates in standard deviations; for want of a corpus of many writers the deviation is the one
that chance gives a passage of a thousand words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import accumulate

from creative.evaluation.words import is_chinese, split_sentences, split_words

LEAST_WORDS = 100
"""Fewer words than this, on any side, say nothing about a voice."""
_MOST_SLICES = 4
_LONG_PARAGRAPH = 2000
"""Characters."""
_ENGLISH = frozenset(
    split_words("""
    a about above after again against all almost also although always am among an and another any are as at away
    back be because been before behind being below between both but by can can't could did didn't do does don't
    done down each either else enough even ever every for from had has have he her here hers herself him himself
    his how i i'd i'll i'm i've if in into is it it's its itself just last least less let like little many may me
    might mine more most much must my myself near neither never no nobody none nor not nothing now of off often on
    once one only onto or other our ours out over own perhaps quite rather same shall she should since so some
    somebody something still such than that that's the their theirs them themselves then there these they thing
    this those though through till to too toward towards under until up upon us very was we well were what when
    where whether which while who whom whose why will with within without would yes yet you your yours""")
)
_CHINESE = frozenset(
    "的了在是我不他她它你们这那有就也都还又才只很太更最着过到从把被给对向和与跟而但却因所以如若虽"
    "之其于为者乎矣焉哉吗呢吧啊呀哦么什怎谁哪几个上下里中来去起出没无可能会要想得地便再已将让"
)
_MARKS = re.compile(r"\.\.\.|……|——|--|[.,;:!?…—–()\"“”「」『』，。、；：！？（）-]")
_SAME_MARK = {
    "...": "…", "……": "…", "——": "—", "--": "—", "–": "—", "，": ",", "。": ".", "；": ";", "：": ":",
    "！": "!", "？": "?", "（": "(", "）": ")", "”": '"', "“": '"', "「": '"', "」": '"', "『": '"', "』": '"',
}  # fmt: skip
# A quote ends with its paragraph: a mark left open must not turn the rest of a book into dialogue.
_QUOTED = re.compile(
    r"“[^”\n]*”?|「[^」\n]*」?|『[^』\n]*』?|\"[^\"\n]*\"?|(?<!\w)‘[^\n]*?’(?!\w)|^[—–-] ?\S.*$", re.MULTILINE
)


@dataclass(frozen=True)
class Distance:
    """How far one set of texts is from another; 0 is no difference."""

    sentence_length: float
    """Earth mover's distance of the sentence lengths, over the writer's mean length."""
    dialogue: float
    """Difference of the shares of words inside quotation marks, 0 to 1."""
    function_words: float
    """Mean difference of their rates, in standard deviations."""
    punctuation: float
    """Bray-Curtis dissimilarity of the marks per thousand words, 0 to 1."""


@dataclass(frozen=True)
class Habits:
    """What a set of texts looks like, for a person to read."""

    words: int
    sentence_words: float
    """Mean words a sentence (Chinese: characters)."""
    dialogue_percent: float
    commas: float
    """Per thousand words, as are the next two."""
    exclamations: float
    questions: float


@dataclass(frozen=True)
class Nearness:
    """How near base and voice are to the writer's held-out pages."""

    base: Distance
    voice: Distance
    own: Distance
    """The reference: slices of the held-out pages, as long as the samples or half of them, against the rest."""
    base_total: float
    """Mean over the four parts, each over its reference: 1 is as far as the writer's own pages are apart."""
    voice_total: float
    habits: dict[str, Habits]
    """Of `pages`, `base` and `voice`."""


# Below these a part of the reference is chance, and dividing by it would make noise of the total.
_LEAST = Distance(sentence_length=0.1, dialogue=0.03, function_words=0.5, punctuation=0.08)


@dataclass(frozen=True)
class _Profile:
    words: Counter[str]
    lengths: tuple[int, ...]
    """Words of every sentence, in order of size."""
    quoted: int
    marks: Counter[str]

    @property
    def count(self) -> int:
        return sum(self.words.values())


def measure_nearness(
    pages: Sequence[str], base: Sequence[str], voice: Sequence[str], language: str = "English"
) -> Nearness | None:
    """Compare samples of base and voice with the writer's own pages; None where there is too little to read.

    Base and voice are cut to the same number of words, for a shorter text strays further by chance alone.
    """
    own, by_base, by_voice = _paragraphs(pages), _paragraphs(base), _paragraphs(voice)
    size = min(_count(by_base), _count(by_voice))
    if min(size, _count(own) // 2) < LEAST_WORDS:
        return None
    function_words = _choose_words(own, language)
    whole, of_base, of_voice = (
        _profile(parts) for parts in (own, _take(by_base, size), _take(by_voice, size))
    )
    reference = _reference(own, min(size, whole.count // 2), function_words)
    from_base, from_voice = (_compare(whole, one, function_words) for one in (of_base, of_voice))
    return Nearness(
        base=from_base,
        voice=from_voice,
        own=reference,
        base_total=_total(from_base, reference),
        voice_total=_total(from_voice, reference),
        habits={"pages": _habits(whole), "base": _habits(of_base), "voice": _habits(of_voice)},
    )


def measure_distance(pages: Sequence[str], texts: Sequence[str], language: str = "English") -> Distance:
    """Give how far texts are from a writer's pages."""
    own = _paragraphs(pages)
    return _compare(_profile(own), _profile(_paragraphs(texts)), _choose_words(own, language))


def _paragraphs(texts: Sequence[str]) -> list[str]:
    return [
        part for text in texts for line in text.splitlines() if split_words(line) for part in _parts(line)
    ]


def _parts(line: str) -> list[str]:
    """Cut a paragraph that goes on for pages into pieces of about a hundred words, at the ends of sentences."""
    parts: list[list[str]] = [[]]
    have = 0
    for sentence in split_sentences(line) if len(line) > _LONG_PARAGRAPH else (line,):
        if have >= 100:
            parts.append([])
            have = 0
        parts[-1].append(sentence)
        have += len(split_words(sentence))
    return [" ".join(part) for part in parts]


def _count(paragraphs: Sequence[str]) -> int:
    return sum(len(split_words(paragraph)) for paragraph in paragraphs)


def _take(paragraphs: Sequence[str], size: int) -> list[str]:
    """Give the first paragraphs that together have at least `size` words; the last one is cut at a sentence."""
    taken: list[str] = []
    left = size
    for paragraph in paragraphs:
        words = len(split_words(paragraph))
        if words > left:
            sentences = split_sentences(paragraph)
            ends = accumulate(len(split_words(sentence)) for sentence in sentences)
            taken.append(" ".join(s for s, end in zip(sentences, ends, strict=True) if end <= left))
            break
        taken.append(paragraph)
        left -= words
    return taken


def _profile(paragraphs: Sequence[str]) -> _Profile:
    text = "\n".join(paragraphs)
    return _Profile(
        words=Counter(split_words(text)),
        lengths=tuple(sorted(len(split_words(sentence)) for sentence in split_sentences(text))),
        quoted=sum(len(split_words(found)) for found in _QUOTED.findall(text)),
        marks=Counter(_SAME_MARK.get(mark, mark) for mark in _MARKS.findall(text)),
    )


def _choose_words(own: Sequence[str], language: str) -> frozenset[str]:
    """Give the words to count; for other languages the writer's fifty most frequent, as Burrows took them."""
    text = "\n".join(own)
    if is_chinese(text):
        return _CHINESE
    if language.casefold() == "english":
        return _ENGLISH
    return frozenset(word for word, _ in Counter(split_words(text)).most_common(50))


def _compare(pages: _Profile, other: _Profile, function_words: frozenset[str]) -> Distance:
    return Distance(
        sentence_length=_move(pages.lengths, other.lengths) / max(1.0, _mean(pages.lengths)),
        dialogue=abs(pages.quoted / max(1, pages.count) - other.quoted / max(1, other.count)),
        function_words=_delta(pages, other, function_words),
        punctuation=_dissimilarity(pages, other),
    )


def _mean(lengths: Sequence[int]) -> float:
    return sum(lengths) / max(1, len(lengths))


def _move(one: Sequence[int], other: Sequence[int]) -> float:
    """Give the mean number of words that sentences must change to make one distribution the other."""
    if not one or not other:
        return _mean(one or other)
    # The area between the two inverse distribution functions, at a thousand even steps.
    steps = [(step + 0.5) / 1000 for step in range(1000)]
    return sum(abs(one[int(s * len(one))] - other[int(s * len(other))]) for s in steps) / 1000


def _delta(pages: _Profile, other: _Profile, function_words: frozenset[str]) -> float:
    total, used = 0.0, 0
    for word in function_words:
        together = (pages.words[word] + other.words[word]) / max(1, pages.count + other.count)
        if together:
            apart = abs(pages.words[word] / max(1, pages.count) - other.words[word] / max(1, other.count))
            total += apart / (together * (1 - together) / 1000) ** 0.5
            used += 1
    return total / max(1, used)


def _dissimilarity(pages: _Profile, other: _Profile) -> float:
    rates = [
        (pages.marks[mark] / max(1, pages.count), other.marks[mark] / max(1, other.count))
        for mark in pages.marks.keys() | other.marks.keys()
    ]
    both = sum(one + two for one, two in rates)
    return sum(abs(one - two) for one, two in rates) / both if both else 0.0


def _reference(own: Sequence[str], size: int, function_words: frozenset[str]) -> Distance:
    """Give the mean distance of slices of the pages from the rest of them."""
    slices = _cut(own, size)
    if len(slices) == 1:  # one sentence without an end
        return _LEAST
    found = []
    for number, piece in enumerate(slices):
        rest = [line for other, part in enumerate(slices) if other != number for line in part]
        found.append(_compare(_profile(rest), _profile(piece), function_words))
    return Distance(**{part.name: _average(found, part.name) for part in fields(Distance)})


def _cut(own: Sequence[str], size: int) -> list[list[str]]:
    """Cut pages into two to four slices of at least `size` words each, the rest in the last one."""
    slices: list[list[str]] = [[]]
    wanted = min(size, _count(own) // 2)
    have = 0
    for line in own:
        if have >= wanted and len(slices) < _MOST_SLICES:
            slices.append([])
            have = 0
        slices[-1].append(line)
        have += len(split_words(line))
    if len(slices) > 2 and have < wanted // 2:
        slices[-2:] = [slices[-2] + slices[-1]]
    return slices


def _average(found: Sequence[Distance], part: str) -> float:
    return sum(getattr(one, part) for one in found) / len(found)


def _total(distance: Distance, reference: Distance) -> float:
    parts = [part.name for part in fields(Distance)]
    return sum(
        getattr(distance, part) / max(getattr(reference, part), getattr(_LEAST, part)) for part in parts
    ) / len(parts)


def _habits(profile: _Profile) -> Habits:
    per_thousand = 1000 / max(1, profile.count)
    return Habits(
        words=profile.count,
        sentence_words=_mean(profile.lengths),
        dialogue_percent=100 * profile.quoted / max(1, profile.count),
        commas=(profile.marks[","] + profile.marks["、"]) * per_thousand,
        exclamations=profile.marks["!"] * per_thousand,
        questions=profile.marks["?"] * per_thousand,
    )
