"""Trimming: which part of a long draft the model reads."""

from __future__ import annotations

import time

import pytest

from creative.forms.trimming import GAP, count_words, find_opening, fit_draft, longest_head, longest_tail

OPENING = "The ferry had not run since Tuesday, and by Friday the island had started to talk to itself."
BODY = "\n\n".join(
    f"Paragraph {n} begins here. It has three sentences. This is its last one." for n in range(400)
)
DRAFT = f"{OPENING}\n\n{BODY}"


def words(text: str) -> int:
    return len(text.split())


def test_a_draft_that_fits_is_kept_whole():
    assert fit_draft("One.\n\nTwo.", 100, words).text == "One.\n\nTwo."


def test_the_opening_and_the_end_stay_and_the_middle_goes_by_whole_paragraphs():
    fitted = fit_draft(DRAFT, 300, words)
    assert fitted.opening == OPENING
    assert fitted.latest.startswith("Paragraph ")
    assert fitted.latest.endswith("This is its last one.")
    assert fitted.text == OPENING + GAP + fitted.latest
    assert fitted.opening + fitted.left_out + fitted.latest == DRAFT
    assert 200 < words(fitted.text) <= 300


def test_the_cut_stays_where_it_is_while_a_draft_grows_and_then_moves_far():
    text, cuts, read = DRAFT, [], []
    for _ in range(60):
        fitted = fit_draft(text, 300, words)
        cuts.append(len(text) - len(fitted.latest))
        read.append(words(fitted.text))
        text += " Nobody said a word about it." if len(text) % 3 else " It rained.\n\nThen it stopped."
    assert sorted(cuts) == cuts
    moves = len(set(cuts)) - 1
    assert 2 <= moves <= (words(text) - words(DRAFT)) // 80 + 1  # a third of the room for the end
    assert min(read) > 150
    assert max(read) <= 300


@pytest.mark.parametrize("ending", ["渡轮停了。岛上的人开始自言自语。" * 100, "Æ-þ-ð. " * 300])
def test_an_end_in_another_script_than_the_beginning_fills_half_the_room(ending: str):
    def count(text: str) -> int:
        return sum(3 if ord(letter) > 127 else 1 for letter in text) // 3

    fitted = fit_draft(f"{DRAFT}\n\n{ending}", 200, count)
    assert 90 < count(fitted.text) <= 200


def test_an_opening_too_long_for_the_room_goes():
    fitted = fit_draft(DRAFT, 60, words)
    assert fitted.opening == ""
    assert fitted.latest.endswith("This is its last one.")
    assert words(fitted.text) <= 60


def test_a_title_stays_with_the_first_paragraph():
    assert find_opening(f"The Last Ferry\n\n{DRAFT}") == f"The Last Ferry\n\n{OPENING}"


def test_one_endless_paragraph_starts_at_a_sentence():
    text = "It went out the way it always went out. " * 500
    tail = longest_tail(text, 100, words)
    assert tail.startswith("It went out")
    assert 60 < words(tail) <= 100


def test_chinese_starts_at_a_sentence():
    tail = longest_tail("渡轮停了。岛上的人开始自言自语。" * 200, 300, len)
    assert tail.startswith(("渡轮", "岛上"))
    assert 200 < len(tail) <= 300


def test_no_emoji_is_torn_apart():
    family = "👩\u200d👩\u200d👧\u200d👦"
    for room in range(60, 80):
        assert longest_tail(family * 200, room, len)[0] == "👩"
        assert longest_tail(family * 200, room, len)[1:].count("\u200d") % 3 == 0


def test_the_text_after_a_passage_ends_with_a_sentence():
    head = longest_head(BODY, 50, words)
    assert BODY.startswith(head)
    assert head.endswith(".")
    assert 25 < words(head) <= 50


@pytest.mark.parametrize("room", [0, -5])
def test_no_room_keeps_nothing(room: int):
    assert fit_draft(DRAFT, room, words).latest == ""
    assert longest_head(BODY, room, words) == ""


def test_a_novel_is_fitted_quickly_with_few_short_counts():
    novel = "It went out the way it always went out, slowly and then all at once.\n\n" * 7_000
    asked: list[int] = []

    def count(text: str) -> int:
        asked.append(len(text))
        return words(text)

    started = time.perf_counter()
    fitted = fit_draft(novel, 1000, count)
    assert time.perf_counter() - started < 2
    assert words(fitted.text) > 800
    assert len(asked) < 40
    assert max(asked) < len(novel) / 10


def test_words_are_counted_as_a_reader_does():
    assert count_words("The island's well-kept ledger, twice.") == 5
    assert count_words("渡轮停了。") == 4
    assert count_words("他说 hello 两次") == 5
