"""A lyric is held to its scheme where it can be heard, and let be everywhere else."""

from __future__ import annotations

import pytest

from creative import checks
from creative.checks.rhyme_scheme import asked_scheme, awaited, guide

VERSE = """[Verse 1]
I left my name upon the stone
And never heard the harbour bell
You kept the number of my phone
And all the things you would not tell
"""


def read(text: str, scheme: str, language: str = "English") -> list[tuple[str, str]]:
    found = checks.run(("rhyme_scheme",), text, {"rhyme_scheme": scheme}, language)
    return [(f.title, text[f.start : f.end]) for f in found if f.level != "pass"]


@pytest.mark.parametrize(
    ("value", "scheme"),
    [
        ("AABB", "AABB"), ("abab", "ABAB"), ("A-B-C-B", "ABCB"), ("Couplets (AABB)", "AABB"), 
        ("rhyming couplets", "AABB"),
        ("AABBA", "AABBA"), ("free", ""), ("none", ""), ("", ""), ("no rhyme", ""), ("ABCD", ""), ("a cab", ""), 
        ("BAD", ""),
        ("ABAB 交韵", "ABAB"),
    ],
)  # fmt: skip
def test_a_scheme_is_read_as_people_write_it(value: str, scheme: str) -> None:
    assert asked_scheme(value) == scheme


def test_a_verse_that_keeps_its_scheme_passes() -> None:
    assert read(VERSE, "ABAB") == []


def test_a_line_that_leaves_the_ear_waiting_is_told_at_its_last_word() -> None:
    text = VERSE.replace("would not tell", "kept in light")
    found = checks.run(("rhyme_scheme",), text, {"rhyme_scheme": "ABAB"}, "English")
    assert [(f.level, text[f.start : f.end], f.line) for f in found] == [("warn", "light", 5)]
    assert "“bell”" in found[0].message


def test_slant_rhymes_asides_and_clipped_words_pass() -> None:
    text = "I'm running out of time (oh yeah)\nThe house was never mine\nYou came runnin'\nand the pipes were hummin'\n"
    assert read(text, "AABB") == []


def test_bridges_and_stanzas_of_another_length_are_let_be() -> None:
    assert read("[Bridge]\nstone\nlight\nwater\ndoor", "AABB") == []
    assert read("stone\nlight\nwater\ndoor\nsilver", "ABAB") == []


def test_a_chorus_that_returns_is_told_once_and_a_song_without_rhyme_in_one_remark() -> None:
    chorus = "[Chorus]\nthe light\nthe stone\n\n"
    assert read(chorus + "[Verse]\na day\na way\n\n" + chorus, "AABB") == [("No rhyme", "stone")]
    lines = ["stone", "light", "sea", "fire", "moon", "glass", "tree", "gold", "street", "hand"]
    assert [title for title, _ in read("[Verse]\n" + "\n".join(lines), "AA")] == ["Scheme not kept"]


def test_chinese_and_free_lyrics_are_not_judged_and_say_so() -> None:
    found = checks.run(("rhyme_scheme",), "海退了\n灯还亮", {"rhyme_scheme": "AABB"}, "Chinese")
    assert [(f.level, "中文" in f.message) for f in found] == [("pass", True)]
    assert read(VERSE, "free") == []


@pytest.mark.parametrize(
    ("text", "scheme", "words"),
    [
        ("", "AABB", ()),
        ("by the sea\n", "AABB", ("sea",)),
        ("by the sea\nfor me\n", "AABB", ()),
        ("by the sea\nfor me\nall night (oh yeah)\n", "AABB", ("night",)),
        ("by the sea\n\n", "AABB", ()),
        ("[Verse 1]\n", "AABB", ()),
        ("[Verse 1]\nby the sea\n", "AABB", ("sea",)),
        ("[Verse 1]\nby the sea\n[Chorus]\n", "AABB", ()),
        ("[Verse 1]\nstone\n\n[Bridge]\nby the sea\n", "AABB", ()),
        ("stone\nbell\n", "ABAB", ("stone",)),
        ("stone\nbell\nphone\n", "ABAB", ("bell",)),
        ("stone\nbell\nphone\n", "ABCB", ("bell",)),
        ("stone\nbell\n", "ABCB", ()),
        ("stone\nbell\nphone\ntell\n", "ABAB", ()),
        ("one\ntwo\nthree\nfour\n", "AABBA", ("two",)),
        ("by the s", "AABB", ()),
        ("stone\nbell\nphone\n", "", ("stone", "bell", "phone")),
        ("stone\nbell\n", "", ()),
        ("stone\nbell\nphone\ntell\n", "", ()),
    ],
)
def test_the_next_line_knows_which_words_it_may_answer(
    text: str, scheme: str, words: tuple[str, ...]
) -> None:
    assert awaited(text, scheme) == words


@pytest.mark.parametrize(
    ("text", "line", "fit"),
    [
        ("by the sea\n", "and nobody walks with me", "full"),
        ("all night\n", "it was bright (oh yeah)", "full"),
        ("on time\n", "I know the light", "near"),
        ("by the sea\n", "down to the sea.", "wrong"),
        ("by the sea\n", "painted red", "wrong"),
        ("by the sea\n", "xqzvw", "free"),
        ("by the sea\n", "", "free"),
        ("by the sea\n", "[Pre-Chorus]", "free"),
        ("by the sea\nfor me\n", "painted red", "free"),
        ("[Chorus]\nby the sea\npainted red\n\n[Chorus]\nby the sea\n", "Painted red", "free"),
        ("[Verse]\nby the door\npainted red\n\n[Chorus]\nby the sea\n", "Painted red", "wrong"),
        ("[Verse]\nfor me\npainted red\n\n[Chorus]\nby the sea\n", "for me", "free"),
    ],
)
def test_a_line_is_weighed_while_it_is_written(text: str, line: str, fit: str) -> None:
    made = guide({"rhyme_scheme": "AABB"}, "English")
    assert made
    assert made.weigh(text, line, "\n") == fit
    assert made.holds(text, "") == bool(awaited(text, "AABB"))


@pytest.mark.parametrize(
    ("line", "fit"),
    [
        ("I wait alone", "full"),
        ("down in the well", "full"),
        ("painted red", "near"),
        ("a stone", "wrong"),
        ("by the sea", "wrong"),
    ],
)
def test_where_the_scheme_is_left_open_a_fourth_line_answers_any_of_three(line: str, fit: str) -> None:
    made = guide({"rhyme_scheme": ""}, "English")
    assert made
    assert made.weigh("on the stone\nfor a bell\nby the hill\n", line, "\n") == fit
    assert made.weigh("on the stone\nfor a bell\n", line, "\n") == "free"


def test_there_is_a_guide_in_english_unless_no_rhyme_is_asked_for() -> None:
    assert guide({"rhyme_scheme": "none"}, "English") is None
    assert guide({"rhyme_scheme": "free"}, "English") is None
    assert guide({}, "English") is None
    assert guide({"rhyme_scheme": ""}, "Chinese") is None
    assert guide({"rhyme_scheme": ""}, "French") is None
    assert read(VERSE, "AABB", "French") == [], "an English ear does not judge French"
    assert guide({"rhyme_scheme": "AABB"}, "Chinese") is None
