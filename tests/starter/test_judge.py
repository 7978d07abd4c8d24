"""What the judge prefers: a text that keeps to its brief over one that strays from it, in every form."""

import pytest

from creative.starter.recipe.judge import (
    _SLIP,
    LEAST_WORDS,
    changes_sex,
    is_taken_over,
    judge,
    namesakes,
    odd_words,
    strangers,
)
from creative.starter.recipe.measures import split_words
from creative.starter.recipe.pairs import Pair

STORY = Pair(
    "story",
    {"premise": "Anna finds a kite in the park.", "characters": "Anna. Tom."},
    "",
    ("Anna", "Tom", "kite"),
)
SCENE = Pair(
    "screenplay",
    {"logline": "Anna wants the kite of Tom.", "characters": "Anna. Tom."},
    "",
    ("Anna", "Tom", "kite"),
)
SONG = Pair("lyrics", {"theme": "The sea", "structure": "Verse", "rhyme_scheme": "AABB"}, "", ("sea",))
NEWS = Pair(
    "news", {"notes": "The bridge in Aldham closed on Monday. 40 people walked."}, "", ("bridge", "Aldham")
)
AD = Pair(
    "ad_copy",
    {"product": "Kiteworks, a kite", "benefits": "Flies in light wind", "channel": "poster"},
    "",
    ("Kiteworks",),
)

GOOD = {
    "story": 'Anna and Tom went to the park. Anna found a red kite. "It is yours," said Tom. She let it fly.',
    "screenplay": "EXT. PARK - DAY\n\nAnna holds a kite.\n\nTOM\nThat is mine.\n\nANNA\nThen take it.",
    "lyrics": "[Verse 1]\nI walked along the sea alone\nI threw a little stone\n"
    "The boats were coming in that night\nThey carried all their light",
    "news": "Bridge in Aldham closes\n\nThe bridge in Aldham closed on Monday.\n\n40 people walked.",
    "ad_copy": "Headline: Flies in light wind\nLine: Kiteworks, a kite for a quiet day.\nCall: Try it today",
}
WORSE = [
    (STORY, "Anna went to the park. Lily found a ball. Daisy said no. Lily and Daisy went home."),
    (STORY, GOOD["story"].replace("red", "gronvid").replace("fly", "snorple")),
    (SCENE, GOOD["screenplay"].replace("TOM", "IMS").replace("ANNA", "PEARL")),
    (SCENE, GOOD["screenplay"].replace("That is mine", "That is mine, Tom")),
    (
        SCENE,
        GOOD["screenplay"].replace(
            "Anna holds a kite.", "Anna and her mom holds a kite. They see Tom and runs."
        ),
    ),
    (SCENE, GOOD["screenplay"].replace("ANNA", "TOM")),
    (SCENE, GOOD["screenplay"] + "\n\nMOM\nGo home now."),
    (STORY, GOOD["story"].replace("She let it fly.", "Tom and Tom let it fly.")),
    (STORY, GOOD["story"] + " The ball is big. A ball is red. The ball is hers. No ball is lost."),
    (SONG, GOOD["lyrics"].replace("stone", "hand")),
    (SONG, GOOD["lyrics"].replace("[Verse 1]\n", "")),
    (SONG, GOOD["lyrics"].replace("alone", "night").replace("stone", "night")),
    (
        SONG,
        "[Verse 1]\nThe sea is mine alone\nThe sea has every stone\nThe sea was here at night\nThe sea took all light",
    ),
    (NEWS, GOOD["news"].replace("40 people", "70 people")),
    (NEWS, GOOD["news"] + " The bridge in Aldham closed on Monday."),
    (AD, "Kiteworks flies."),
    (AD, GOOD["ad_copy"].replace("Line:", "Headline: Kiteworks\nLine:")),
    (AD, GOOD["ad_copy"].replace("quiet day", "day of four colours")),
]
KNOWN = frozenset(word for text in GOOD.values() for word in split_words(text))


def test_a_title_alone_is_nobody_of_the_brief() -> None:
    brief = {"logline": "A kite is found.", "characters": "Mr Adeyemi, 70. The driver."}
    pair = Pair("screenplay", brief, "", ("Adeyemi", "driver", "kite"))
    text = "EXT. PARK - DAY\n\nMr Adeyemi holds a kite. The driver waits.\n\n{}\nThat is mine.\n\n{}\nThen take it."
    known = KNOWN | frozenset(split_words(text + "MR THE"))
    whole = judge(pair, text.format("THE DRIVER", "MR ADEYEMI"), True, known)
    for one, other in (("THE DRIVER", "MR"), ("THE", "MR ADEYEMI")):
        assert whole > judge(pair, text.format(one, other), True, known) + 0.2, (one, other)


@pytest.mark.parametrize(("pair", "worse"), WORSE)
def test_what_strays_from_the_brief_is_worth_less(pair: Pair, worse: str) -> None:
    known = KNOWN | frozenset(split_words(worse)) - {"gronvid", "snorple"}
    assert judge(pair, GOOD[pair.form], True, known) > judge(pair, worse, True, known) + 0.05


def test_a_text_without_an_end_or_with_a_loop_is_worth_less() -> None:
    whole = judge(STORY, GOOD["story"], True, KNOWN)
    assert whole > judge(STORY, GOOD["story"], False, KNOWN)
    assert whole > judge(STORY, GOOD["story"] + " She let it fly high." * 4, True, KNOWN | {"high"})


LONGER = (
    " The wind took it over the pond, past two ducks and an old man with a pipe. Anna ran along the path and laughed."
    " Tom could not keep up, for he wore his new boots. At the gate they stopped. A branch of the oak held the string,"
    " and neither of them was tall enough. So they sat down below and ate their apples until the sun was low."
)


def test_the_sooner_a_text_ends_the_less_it_is_worth() -> None:
    long = GOOD["story"] + LONGER
    assert len(GOOD["story"].split()) < len(long.split()) < LEAST_WORDS["story"]
    known = KNOWN | frozenset(split_words(long))
    assert judge(STORY, long, True, known) > judge(STORY, GOOD["story"], True, known)


def test_names_of_the_brief_are_no_strangers_and_known_words_not_odd() -> None:
    assert strangers(STORY, "Anna met Tom, and then Lily came with Mom on Monday.") == ["Lily"]
    told = "A Anna saw Tom's gronvid k kite"
    assert odd_words(STORY, told, frozenset({"saw", "a", "k"})) == ["gronvid", "k"]


def test_a_name_that_tells_its_sex_keeps_it() -> None:
    alone = Pair("story", {"premise": "Louis loses a scarf."}, "")
    assert changes_sex(alone, "There was a little girl named Louis. She had a scarf. She lost it.")
    assert not changes_sex(alone, 'Louis had a scarf. He lost it. "She has it," he said.')
    assert changes_sex(STORY, "There was a boy called Anna, and Tom was there too.")
    assert not changes_sex(STORY, "Anna met him. He was there. He left.")


def test_the_more_of_a_songs_lines_rhyme_the_more_it_is_worth() -> None:
    half = GOOD["lyrics"].replace("stone", "hand")
    none = half.replace("light", "songs")
    worth = [judge(SONG, text, True, KNOWN | {"hand", "songs"}) for text in (GOOD["lyrics"], half, none)]
    assert worth[0] > worth[1] + 0.2 > worth[2] + 0.4


@pytest.mark.parametrize(
    ("text", "slips"),
    [
        ("They eat the food and becomes friends.", True),
        ("Otis and his mom goes to the ship.", True),
        ("We has a kite.", True),
        ("They eat the food and become friends. Otis goes home.", False),
        ("They see Anna, and she goes home.", False),
        ("Anna sees Tom and his mom. She runs.", False),
    ],
)
def test_what_is_said_of_many_as_if_of_one_is_a_slip(text: str, slips: bool) -> None:
    assert bool(_SLIP.search(text)) == slips


def test_a_thing_nobody_asked_for_may_not_take_over() -> None:
    kite = "Anna holds the kite. Anna lets the kite fly."
    assert not is_taken_over(STORY, kite + " A ball lies there.")
    assert is_taken_over(STORY, kite + " A ball! The ball is big. It is a ball. Her ball is red.")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Iris and Iris went home.", 1),
        ("Iris told Iris a story. Iris gave the ball to Iris.", 2),
        ("Iris smiled when Iris saw the sea.", 0),
        ("Iris and Tom ran, and Iris won.", 0),
        ('Iris said, "Iris is my name." Iris ran.', 0),
        ("Iris's mother looked for Iris.", 0),
    ],
)
def test_one_name_for_two_people_is_counted(text: str, count: int) -> None:
    assert namesakes(text) == count
