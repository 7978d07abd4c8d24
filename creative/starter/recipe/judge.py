"""How well a text answers its brief, as one number: the brief's words, the form's craft checks, an end, no strangers.

The number only ranks several texts for one brief: what is preferred is learned from (`prefer.py`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Set
from itertools import pairwise

from creative import checks, fountain
from creative.checks.numbers_in_notes import DAYS, MONTHS
from creative.checks.rhyme_scheme import count_rhymes
from creative.checks.same_name import BETWEEN_NAMES
from creative.starter.recipe.measures import cut_choruses, keeps_format, loops, share_used, split_words
from creative.starter.recipe.pairs import Pair, split_sentences
from creative.starter.recipe.words import CLASSES, MEN, NOUNS, WOMEN, find_names

CHECKS = {
    "story": ("story_loops", "repeated_word"),
    "screenplay": ("parentheticals",),
    "lyrics": (),
    "news": ("quotes_in_notes", "story_loops"),
    "ad_copy": ("call_to_action", "hype_words"),
}
"""The craft checks that count beside the form's format."""

LEAST_WORDS = {"story": 180, "screenplay": 180, "lyrics": 60, "news": 12, "ad_copy": 6}
"""Under these a text is worth the less the shorter it is: short ones loop and stray less, and would be preferred."""
SHORT = 0.8
REMARK, MOST_REMARKS = 0.12, 4
STRANGER, MOST_STRANGERS = 0.2, 4
ODD_WORD, MOST_ODD_WORDS = 0.08, 5
UNTRUE, MOST_UNTRUE = 0.15, 4
WRONG_NUMBER = 0.3
RHYMES = 0.8
"""Of a song all of whose lines rhyme as asked, over one where none does."""
NAMED_ENOUGH, NAMED_ALWAYS = 0.35, 0.8
"""Share of a song's lines that may name what it is about, and what a song loses that names it in every line."""
SLIP, MOST_SLIPS = 0.15, 4
NAMESAKE, MOST_NAMESAKES = 0.25, 3
TAKEN_OVER = 0.4
"""What a text loses in which a thing that nobody asked for is named more often than all that were."""
_ROLES = frozenset(
    "mom mommy mother dad daddy father grandma grandpa man woman boy girl teacher doctor waiter clerk".split()  # noqa: SIM905
)
_TITLES = frozenset(("mr", "mrs", "miss", "ms", "dr", "captain", "the", "a"))
_NO_NAMES = frozenset("i mom mommy dad daddy mr mrs miss dr god christmas english int ext".split()).union(  # noqa: SIM905
    DAYS, MONTHS
)
_THINGS = frozenset(NOUNS) | {word for words in CLASSES.values() for word in words}
_INSIDE = re.compile(r"(?<=[a-z,;] )([A-Z][a-z]+)\b")
_FEMALE, _MALE = re.compile(r"\b(?:she|her|hers|girl|woman)\b"), re.compile(r"\b(?:he|him|his|boy|man)\b")
_NAMED = re.compile(r"\b(girl|woman|boy|man) (?:named|called) ([A-Z][a-z]+)")
_SPEECH = re.compile(r'"[^"]*"|“[^”]*”')
_NAMESAKES = re.compile(rf"\b([A-Z][a-z]+) {BETWEEN_NAMES}\1\b")
_OF_ONE = "(?:goes|makes|has|gets|becomes|takes|comes|sees|finds|says|plays|runs|starts|wants|likes|looks|is|does|eats)"
_SLIP = re.compile(
    rf"\b(?:[Tt]hey|[Ww]e|[Yy]ou)(?: both| all| also)? {_OF_ONE}\b"
    rf"|\b(?:[Tt]hey|[Ww]e)\b[^.,!?;:\"“]{{3,60}} and {_OF_ONE}\b"
    rf"|\b[A-Z][a-z]+ and (?:(?:his|her|their|the) )?[A-Za-z]+ {_OF_ONE}\b",
)
_NUMBER = re.compile(r"\d+(?:[,.]\d+)*|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b")


def judge(pair: Pair, text: str, ended: bool, known: Set[str]) -> float:
    """Give the worth of a text for its brief; `known` are the words that are no slip of the pen."""
    used = share_used(pair.wanted, text)
    remarks = checks.run(CHECKS[pair.form], text, pair.brief, "English")
    worth = 1.5 * (1.0 if used is None else used)
    worth += 0.4 * ended - 0.6 * loops(text)
    worth -= SHORT * max(0.0, 1 - len(text.split()) / LEAST_WORDS[pair.form])
    worth -= 0.8 * (keeps_format(pair.form, text, pair.brief) is False)
    worth -= REMARK * min(MOST_REMARKS, sum(finding.level != "pass" for finding in remarks))
    worth -= ODD_WORD * min(MOST_ODD_WORDS, len(odd_words(pair, text, known)))
    worth -= SLIP * min(MOST_SLIPS, len(_SLIP.findall(text)))
    worth -= NAMESAKE * min(MOST_NAMESAKES, namesakes(text))
    return worth + _OF_A_FORM[pair.form](pair, text)


def is_taken_over(pair: Pair, text: str) -> bool:
    """Whether a thing that the brief does not name is named twice as often as the most named of those it does."""
    asked = _THINGS.intersection(split_words(pair.answers))
    if not asked:
        return False
    said = Counter(split_words(text))
    most = max(said[thing] for thing in asked)
    return any(said[thing] >= max(4, 2 * most) for thing in _THINGS - asked)


def odd_words(pair: Pair, text: str, known: Set[str]) -> list[str]:
    """The words of a text that neither the brief nor anybody else has, and single letters."""
    asked = set(split_words(pair.answers)) | {"int", "ext"}
    said = {re.sub("['’]s$", "", word) for word in split_words(text)} - asked
    return sorted(word for word in said if word not in known or re.fullmatch(r"[^aio\d]", word))


def strangers(pair: Pair, text: str) -> list[str]:
    """The names of a text that its brief does not have."""
    asked = {word.lower() for word in re.findall(r"[A-Za-z]+", pair.answers)}
    named = {*find_names(text), *_INSIDE.findall(_SPEECH.sub("", text))}
    return sorted(name for name in named if name.lower() not in asked | _NO_NAMES)


def namesakes(text: str) -> int:
    """How often one name is given to two people, as in "Iris and Iris" or "Iris told Iris"."""
    return len(_NAMESAKES.findall(_SPEECH.sub('""', text)))


def untrue_numbers(pair: Pair, text: str) -> int:
    """How many numbers of an ad its brief does not have; of a report the check `numbers_in_notes` knows better."""
    asked = set(_NUMBER.findall(pair.answers.lower()))
    return sum(number not in asked for number in _NUMBER.findall(text.lower()))


def changes_sex(pair: Pair, text: str) -> bool:
    """Whether somebody's name belies their sex, or an only person is spoken of as the other a third of the time."""
    if any(name in (MEN if sex in ("girl", "woman") else WOMEN) for sex, name in _NAMED.findall(text)):
        return True
    names = find_names(pair.answers) or find_names(text)[:1]
    women, men = set(names) & set(WOMEN), set(names) & set(MEN)
    if len(names) != 1 or bool(women) == bool(men):
        return False
    told = _SPEECH.sub("", text).lower()
    counts = (len(_FEMALE.findall(told)), len(_MALE.findall(told)))
    wrong = counts[1] if women else counts[0]
    return wrong * 3 > sum(counts)


def _of_a_story(pair: Pair, text: str) -> float:
    # Whoever names nobody leaves two names to the story.
    free = 0 if any(word[0].isupper() for word in pair.wanted) else 2
    more = max(0, len(strangers(pair, text)) - free)
    return -STRANGER * min(MOST_STRANGERS, more) - 0.5 * changes_sex(pair, text) - _strays(pair, text)


def _of_a_screenplay(pair: Pair, text: str) -> float:
    script = fountain.parse(text)
    cues = [e.text.split("(")[0].strip().lower() for e in script.elements if e.kind == "character"]
    speeches = [e.text.lower() for e in script.elements if e.kind == "dialogue"]
    if not cues:
        return -1.0
    said = pair.answers.lower()
    people = {cue for cue in set(cues) - _TITLES if re.search(rf"\b{re.escape(cue)}\b", said)}
    from_brief = sum(cue in people for cue in cues) / len(cues)
    # Where two people of the brief speak, nobody else has to.
    unknown = len(set(cues) - people - (_ROLES if len(people) < 2 else frozenset()))
    to_themselves = sum(
        re.search(rf"\b{re.escape(cue)}\b", speech) is not None
        for cue, speech in zip(cues, speeches, strict=False)
    )
    in_a_row = sum(one == other for one, other in pairwise(cues))
    worth = 0.6 * from_brief - STRANGER * min(MOST_STRANGERS, unknown) - 0.15 * min(4, to_themselves)
    return worth - 0.2 * min(4, in_a_row) - _strays(pair, text)


def _of_lyrics(pair: Pair, text: str) -> float:
    verses = cut_choruses(text).split("\n")
    lines = [line.strip(" ,.;").lower() for line in verses if line and not line.startswith("[")]
    again = sum(count - 1 for count in Counter(lines).values())
    # Lines that begin with the same two words read as a list.
    starts = Counter(" ".join(line.split()[:2]) for line in lines)
    alike = sum(count - 2 for count in starts.values() if count > 2)
    ends = Counter(line.split()[-1] for line in lines if line.split())
    same_end = sum(count - 1 for count in ends.values())
    wanted = [word.lower() for word in pair.wanted]
    named = sum(any(word in line for word in wanted) for line in lines) / max(1, len(lines))
    too_often = max(0.0, named - NAMED_ENOUGH) / (1 - NAMED_ENOUGH)
    kept, asked = count_rhymes(text, pair.brief)
    worth = RHYMES * (kept / asked if asked else 1.0) - NAMED_ALWAYS * too_often
    return worth - 0.12 * min(5, again) - 0.06 * min(6, alike) - 0.06 * min(6, same_end)


def _of_news(pair: Pair, text: str) -> float:
    numbers = checks.run(("numbers_in_notes",), text, pair.brief, "English")
    wrong = sum(finding.level != "pass" for finding in numbers)
    unknown = len(strangers(pair, text))
    return -STRANGER * min(MOST_STRANGERS, unknown) - WRONG_NUMBER * min(3, wrong) - _said_again(text)


def _of_an_ad(pair: Pair, text: str) -> float:
    variants = [
        [line.split(":", 1) for line in part.split("\n") if ":" in line] for part in text.split("\n\n")
    ]
    told = Counter(copy.strip(" .!").lower() for parts in variants for _, copy in parts)
    again = sum(count - 1 for copy, count in told.items() if len(copy.split()) > 3)
    doubled = sum(len(parts) - len({label for label, _ in parts}) for parts in variants)
    untrue = untrue_numbers(pair, "\n".join(told))
    return -0.1 * min(5, again) - 0.3 * min(3, doubled) - UNTRUE * min(MOST_UNTRUE, untrue)


def _strays(pair: Pair, text: str) -> float:
    return TAKEN_OVER * is_taken_over(pair, text) + _said_again(text)


def _said_again(text: str) -> float:
    sentences = Counter(s.lower() for p in text.split("\n") for s in split_sentences(p) if len(s.split()) > 3)
    return 0.15 * min(4, sum(count - 1 for count in sentences.values()))


_OF_A_FORM: dict[str, Callable[[Pair, str], float]] = {
    "story": _of_a_story,
    "screenplay": _of_a_screenplay,
    "lyrics": _of_lyrics,
    "news": _of_news,
    "ad_copy": _of_an_ad,
}
