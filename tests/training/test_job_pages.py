"""The pages as tokens: what the engine reads and writes, and the order they are learned in."""

from __future__ import annotations

from collections import Counter

import pytest

from creative.engines.loading import Loaded, load_model
from creative.engines.local import LocalEngine, open_engine
from creative.evaluation.perplexity import IGNORED, Row
from creative.training.job.pages import count_steps, make_row, make_rows, plan_order, to_dataset
from creative.training.records import Example

from .jobs import STARTER, ask, page


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    """Give the starter."""
    return load_model(STARTER, "fp32")


@pytest.fixture(scope="module")
def engine() -> LocalEngine:
    """Give the starter as the app opens it."""
    engine = open_engine(STARTER, "fp32")
    yield engine
    engine.close()


def split(row: Row | None) -> tuple[list[int], list[int]]:
    """Give the tokens that are read and those that the loss is taken on."""
    assert row is not None
    assert len(row.input_ids) == len(row.labels)
    told = [label for label in row.labels if label != IGNORED]
    assert list(row.labels) == [IGNORED] * (len(row.labels) - len(told)) + told
    assert list(row.input_ids)[len(row.labels) - len(told) :] == told
    return list(row.input_ids[: -len(told)]), told


def test_the_model_reads_byte_for_byte_what_the_engine_gives_it(loaded: Loaded, engine: LocalEngine) -> None:
    read, text = split(make_row(loaded, Example(ask("lamp"), page("lamp"), "lamp"), 512))
    assert loaded.tokenizer.decode(read) == engine.render(ask("lamp"))
    assert loaded.tokenizer.decode(text) == page("lamp") + "<|im_end|>"


def test_the_end_is_learned_only_where_the_text_ends(loaded: Loaded) -> None:
    _, text = split(make_row(loaded, Example(ask("lamp"), page("lamp"), "lamp", whole=False), 512))
    assert loaded.tokenizer.decode(text) == page("lamp")
    _, cut = split(make_row(loaded, Example(ask("lamp"), page("lamp") * 20, "lamp"), 64))
    assert 2 not in cut


def test_plain_continuation_begins_and_ends_as_the_engine_does(loaded: Loaded) -> None:
    read, text = split(make_row(loaded, Example("", page("lamp"), "lamp"), 512))
    assert read == [0]
    assert text[-1] == 0
    assert loaded.tokenizer.decode(text[:-1]) == page("lamp")
    read, text = split(make_row(loaded, Example("The lamp", " went out.", "lamp"), 512))
    assert loaded.tokenizer.decode(read + text) == "The lamp went out.<|endoftext|>"


def test_what_the_engine_writes_after_the_prompt_ends_where_the_row_ends(loaded: Loaded) -> None:
    _, text = split(make_row(loaded, Example(ask("lamp"), page("lamp"), "lamp"), 512))
    assert text[-1] in loaded.ends


def test_an_example_whose_prompt_leaves_no_room_is_left_out(loaded: Loaded) -> None:
    long = Example(ask("lamp " * 200), page("lamp"), "lamp")
    assert make_row(loaded, long, 128) is None
    assert make_row(loaded, Example(ask("lamp"), "", "lamp", whole=False), 128) is None
    assert len(make_rows(loaded, [long, Example(ask("lamp"), page("lamp"), "lamp")], 128)) == 1


def test_each_pass_reads_every_row_once_and_mixes_them() -> None:
    lengths = [10 * (place % 7) + place for place in range(60)]
    order = plan_order(lengths, 4, 30, seed=1)
    assert set(Counter(order[:60]).values()) == {1}
    assert set(Counter(order[60:]).values()) == {1}
    assert order[:60] != order[60:]
    assert order[:60] != sorted(order[:60])


def test_rows_of_like_length_stand_together() -> None:
    lengths = [(place * 37) % 500 for place in range(256)]
    order = plan_order(lengths, 4, 64, seed=1)
    padding = sum(
        max(group) * 4 - sum(group)
        for group in ([lengths[place] for place in order[at : at + 4]] for at in range(0, 256, 4))
    )
    assert padding < 0.1 * sum(lengths)


def test_the_order_depends_on_the_seed_alone_and_not_on_how_a_step_is_cut() -> None:
    lengths = list(range(30))
    assert plan_order(lengths, 4, 20, seed=1) == plan_order(lengths, 4, 20, seed=1)
    assert plan_order(lengths, 4, 20, seed=1) != plan_order(lengths, 4, 20, seed=2)
    assert plan_order(lengths, 4, 20, seed=1)[:40] == plan_order(lengths, 4, 10, seed=1)


def test_fewer_pages_than_a_step_takes_are_read_again() -> None:
    order = plan_order([5, 6, 7], 8, 3, seed=1)
    assert len(order) == 24
    assert set(Counter(order).values()) == {8}


def test_steps_follow_from_pages_and_passes() -> None:
    assert count_steps(100, 2.0, 8) == 25
    assert count_steps(3, 0.1, 64) == 1


def test_packed_rows_keep_every_token_and_know_where_each_begins() -> None:
    rows = [Row(list(range(n)), [IGNORED, *range(1, n)]) for n in (30, 20, 10, 40)]
    packed = to_dataset(rows, pack_into=50)
    assert sorted(length for lengths in packed["seq_lengths"] for length in lengths) == [10, 20, 30, 40]
    assert len(packed) == 2
    assert sum(len(ids) for ids in packed["input_ids"]) == 100


def test_marks_in_the_pages_are_learned_as_plain_text(loaded: Loaded) -> None:
    typed = "She wrote <|im_end|> and <|endoftext|> on the wall."
    read, text = split(make_row(loaded, Example(ask(typed), typed, "wall"), 512))
    assert loaded.tokenizer.decode(text) == f"{typed}<|im_end|>"
    assert [token for token in text if token in loaded.ends] == text[-1:]
    assert sum(token in (1, 2) for token in read) == 5
