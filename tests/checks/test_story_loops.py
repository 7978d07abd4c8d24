"""A story that circles is told where; one that echoes on purpose is mostly let be."""

from __future__ import annotations

from creative import checks

STORY = """Maren took the envelope down. The paper was soft with damp, and it opened without a sound.

“I don't know,” Ines said. She was mending a net that nobody would use.

“I don't know,” said Maren. The tide was going out the way it always went out.

There were four lines. She read the third one twice. Then she folded the page along its crease."""


def read(text: str, language: str = "English") -> list[tuple[str, str, str]]:
    found = checks.run(("story_loops",), text, {}, language)
    return [(f.level, f.title, text[f.start : f.end]) for f in found if f.level != "pass"]


def test_a_story_that_moves_on_passes() -> None:
    assert read(STORY) == []


def test_a_sentence_said_again_is_told_once_at_its_second_place() -> None:
    text = (
        STORY
        + "\n\nNight. There were four lines. She read the third one twice. And she read the third one twice."
    )
    assert [x for x in read(text) if x[1] == "Same sentence again"] == [
        ("warn", "Same sentence again", "She read the third one twice.")
    ]


def test_a_looping_model_fails_and_is_told_in_few_remarks() -> None:
    text = "The boy went to the big park to play. " * 300
    found = read(text)
    assert found[0][:2] == ("fail", "Same sentence again")
    assert len(found) == 1


def test_a_stuck_word_is_one_finding() -> None:
    assert read("She was very very very very very tired of it.") == [
        ("fail", "Stuck on a word", "very very very very very")
    ]
    assert read("It went on and on and on, and that was that.") == []
    assert read("to the to the to the to the sea")[0][1] == "Stuck on a word"


def test_a_phrase_said_again_nearby_is_told_and_grammar_is_not() -> None:
    text = "He saw the old lamp swing over the harbour wall. Rain. Then the old lamp swing over the harbour wall began."
    assert read(text) == [("warn", "Same phrase again", "the old lamp swing over the harbour wall")]
    assert read("It was one of the things that he had. But it was one of the things that he had not.") == []


def test_paragraphs_that_start_alike_are_told_at_the_last() -> None:
    part = "She went {} the long stone quay with a heavy bucket of fish."
    text = "\n\n".join(part.format(w) + f" {w.upper()}." for w in ("along", "past", "beyond"))
    assert ("warn", "Paragraphs start alike", "She went") in read(text)
    assert (
        text.rindex("She went")
        == next(f for f in checks.run(("story_loops",), text, {}, "English") if "start" in f.title).start
    )


def test_chinese_is_read_by_characters() -> None:
    text = "潮水退下去的时候，旧木桩一排排站着。风停了。潮水退下去的时候，旧木桩一排排站着。"
    assert read(text, "Chinese") == [("warn", "句子重复", "潮水退下去的时候，旧木桩一排排站着。")]
    assert read("哈哈哈哈，他笑了。", "Chinese") == []
