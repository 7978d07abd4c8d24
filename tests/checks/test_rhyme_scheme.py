"""A lyric is held to its scheme where it can be heard, and let be everywhere else."""

from __future__ import annotations

import pytest

from creative import checks
from creative.checks.rhyme_scheme import asked_scheme

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
