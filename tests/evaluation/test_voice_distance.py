"""Voice distance with texts whose differences are known."""

from __future__ import annotations

import random

import pytest

from creative.evaluation.voice_distance import measure_distance, measure_nearness

NOUNS = [f"noun{n}" for n in range(300)]


def write(
    seed: int, words: int = 12, dialogue: float = 0.0, small: str = "the of and", mark: str = ","
) -> str:
    """Write twenty paragraphs by rule: sentences of about `words` words."""
    draw = random.Random(seed)

    def sentence() -> str:
        told = [
            draw.choice(small.split()) if draw.random() < 0.4 else draw.choice(NOUNS)
            for _ in range(max(2, round(draw.gauss(words, 2))))
        ]
        told[len(told) // 2] += mark
        said = " ".join(told) + "."
        return f"“{said}”" if draw.random() < dialogue else said

    return "\n".join(" ".join(sentence() for _ in range(5)) for _ in range(20))


def test_a_text_is_no_distance_from_itself() -> None:
    own = [write(1, dialogue=0.3)]
    found = measure_distance(own, own)
    assert (found.sentence_length, found.dialogue, found.function_words, found.punctuation) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("sentence_length", {"words": 20}),
        ("dialogue", {"dialogue": 0.5}),
        ("function_words", {"small": "the of but"}),
        ("punctuation", {"mark": ";"}),
    ],
)
def test_each_part_sees_its_own_difference_and_no_other(part: str, change: dict[str, object]) -> None:
    own, same = [write(1)], [write(2)]
    plain = measure_distance(own, same)
    other = measure_distance(own, [write(2, **change)])  # type: ignore[arg-type]
    assert getattr(other, part) > 3 * getattr(plain, part) + 0.05
    if part != "sentence_length":  # Its change moves the places of the commas, too.
        assert other.sentence_length == pytest.approx(plain.sentence_length, abs=0.02)


def test_shares_and_lengths_are_what_they_say() -> None:
    own = ["One two three four. One two three four."]
    assert measure_distance(own, ["One two three four five six."]).sentence_length == pytest.approx(0.5)
    assert measure_distance(own, ["“One two,” three four."]).dialogue == pytest.approx(0.5)
    for quoted in ('"One two" three four', "「One two」 three four", "‘One two’ three four"):
        assert measure_distance(own, [quoted]).dialogue == pytest.approx(0.5)
    assert measure_distance(own, ["— One two three four\nfive six seven eight"]).dialogue == pytest.approx(
        0.5
    )
    assert measure_distance(own, ["it’s the dogs’ bone"]).dialogue == 0.0


def test_a_quote_left_open_ends_with_its_paragraph() -> None:
    assert measure_distance(["a b c d"], ["“One two\nthree four"]).dialogue == pytest.approx(0.5)


def test_the_writers_own_pages_are_the_measure() -> None:
    pages = [write(n, words=8, dialogue=0.4) for n in range(3)]
    near, far = [write(9, words=8, dialogue=0.4)], [write(9, words=16, mark=";")]
    found = measure_nearness(pages, far, near)
    assert found is not None
    assert 0.4 < found.voice_total < 1.6
    assert found.base_total > 3
    assert found.habits["pages"].sentence_words == pytest.approx(8, abs=0.5)
    assert found.habits["base"].sentence_words == pytest.approx(16, abs=0.5)
    assert found.habits["base"].dialogue_percent == 0
    # Both are looked at in the same number of words.
    assert found.habits["base"].words == pytest.approx(found.habits["voice"].words, abs=20)


def test_too_little_text_gives_no_number() -> None:
    page = write(1)
    assert measure_nearness([page], ["Short."], [page]) is None
    assert measure_nearness(["Short."], [page], [page]) is None
    assert measure_nearness([], [], []) is None
    endless = " ".join(NOUNS)
    assert measure_nearness([endless], [endless], [endless]) is not None


def test_chinese_pages_are_measured_in_characters_and_their_own_small_words() -> None:
    def chinese(seed: int, small: str) -> str:
        draw = random.Random(seed)
        lines = []
        for _ in range(40):
            signs = [
                draw.choice(small) if draw.random() < 0.4 else draw.choice("山水人家门风雨夜灯火船海")
                for _ in range(12)
            ]
            lines.append("".join(signs[:6]) + "，" + "".join(signs[6:]) + "。")
        return "\n".join(lines)

    pages = [chinese(n, "的了在是") for n in range(3)]
    found = measure_nearness(pages, [chinese(8, "之乎者也")], [chinese(9, "的了在是")], "Chinese")
    assert found is not None
    assert found.habits["pages"].sentence_words == pytest.approx(12)
    assert found.base.function_words > 4 * found.voice.function_words
    assert found.voice_total < 1.5


def test_another_language_is_measured_by_its_most_frequent_words() -> None:
    pages = [write(n, small="der die und") for n in range(3)]
    found = measure_nearness(pages, [write(8, small="auf zu den")], [write(9, small="der die und")], "German")
    assert found is not None
    assert found.base.function_words > 2 * found.voice.function_words
