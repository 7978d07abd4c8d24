"""Each sampler gives what transformers' own gives, row by row, and DRY what its slow definition says."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
from transformers.generation import logits_process as theirs

from creative.engines.contract import Sampling
from creative.engines.samplers import Drawer, WordMarks, choose, filter_scores, find_word_marks, penalise

VOCABULARY = 300


def random_scores(rows: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(rows, VOCABULARY, generator=torch.Generator().manual_seed(seed)) * 3


FILTERS = [
    (Sampling(temperature=0.7), lambda: [theirs.TemperatureLogitsWarper(0.7)]),
    (Sampling(temperature=1.0, top_k=7), lambda: [theirs.TopKLogitsWarper(7)]),
    (Sampling(temperature=1.0, top_k=5000), lambda: [theirs.TopKLogitsWarper(5000)]),
    (Sampling(temperature=1.0, top_p=0.8), lambda: [theirs.TopPLogitsWarper(0.8)]),
    (Sampling(temperature=1.0, min_p=0.05), lambda: [theirs.MinPLogitsWarper(0.05)]),
    (Sampling(temperature=1.0, typical_p=0.6), lambda: [theirs.TypicalLogitsWarper(0.6)]),
    (
        Sampling(temperature=1.3, top_k=50, top_p=0.9, min_p=0.01, typical_p=0.9),
        lambda: [
            theirs.TemperatureLogitsWarper(1.3),
            theirs.TopKLogitsWarper(50),
            theirs.TopPLogitsWarper(0.9),
            theirs.MinPLogitsWarper(0.01),
            theirs.TypicalLogitsWarper(0.9),
        ],
    ),
]


@pytest.mark.parametrize(("sampling", "make"), FILTERS)
def test_a_filter_gives_what_transformers_gives(sampling: Sampling, make) -> None:
    scores = random_scores(4)
    expected = theirs.LogitsProcessorList(make())(torch.zeros(4, 1, dtype=torch.long), scores)
    torch.testing.assert_close(filter_scores(scores, [sampling] * 4), expected)


def test_rows_with_different_settings_do_not_touch_each_other() -> None:
    settings = [sampling for sampling, _ in FILTERS]
    scores = random_scores(len(settings), seed=5)
    together = filter_scores(scores, settings)
    for row, sampling in enumerate(settings):
        torch.testing.assert_close(together[row : row + 1], filter_scores(scores[row : row + 1], [sampling]))


@pytest.mark.parametrize(
    ("sampling", "make"),
    [
        (Sampling(repetition_penalty=1.3), lambda: theirs.RepetitionPenaltyLogitsProcessor(1.3)),
        (Sampling(no_repeat_ngram=3), lambda: theirs.NoRepeatNGramLogitsProcessor(3)),
        (Sampling(no_repeat_ngram=2), lambda: theirs.NoRepeatNGramLogitsProcessor(2)),
        (Sampling(no_repeat_ngram=1), lambda: theirs.NoRepeatNGramLogitsProcessor(1)),
    ],
)
def test_a_penalty_gives_what_transformers_gives(sampling: Sampling, make) -> None:
    generator = torch.Generator().manual_seed(4)
    for length in (1, 2, 3, 40):
        past = torch.randint(0, 6, (length,), generator=generator).tolist()
        scores = random_scores(1, seed=length)
        expected = make()(torch.tensor([past]), scores.clone())
        penalise(scores, [Drawer(sampling, 0, 0, past)])
        torch.testing.assert_close(scores, expected)


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(repetition_penalty=1.3),
        Sampling(no_repeat_ngram=1),
        Sampling(no_repeat_ngram=3),
        Sampling(dry_multiplier=0.8, dry_allowed_length=1),
    ],
)
def test_penalties_count_the_text_and_not_what_comes_before_it(sampling: Sampling) -> None:
    generator = torch.Generator().manual_seed(8)
    for brief, written in ((5, 0), (5, 1), (5, 2), (40, 30)):
        past = torch.randint(0, 6, (brief + written,), generator=generator).tolist()
        later = torch.randint(0, 6, (12,), generator=generator).tolist()
        drawer, without = Drawer(sampling, 0, 0, past, brief), Drawer(sampling, 0, 0, past[brief:])
        for token in [*later, 0]:
            scores = random_scores(1, seed=brief)
            expected = scores.clone()
            penalise(scores, [drawer])
            penalise(expected, [without])
            torch.testing.assert_close(scores, expected)
            drawer.accept(token)
            without.accept(token)


WORDS = ["\n", "ĠMa", "ren", "rk", "Ġwalks", "Ġhome", "'s", ".", "ĠMaren", "老", "郝", "ĠInes"]


@pytest.mark.parametrize("temperature", [0.0, 0.8, 1.0])
def test_inside_a_word_only_the_next_word_is_penalised_and_never_the_spelling(temperature: float) -> None:
    """The starter wrote "MASE" for "MAREN": once said, the parts of a name were the last to be written again."""
    sampling = Sampling(temperature=temperature, repetition_penalty=1.4)
    marks = find_word_marks(((word, word.replace("Ġ", " ")) for word in WORDS), len(WORDS))
    going_on = [2, 3]
    for seed in range(6):
        drawer = Drawer(sampling, 0, 0, [1, 2, 4, 7, 1])
        drawer.marks = marks
        scores = random_scores(1, seed)[0][: len(WORDS)]
        before, plain = scores.clone(), scores.clone()
        penalise(scores.unsqueeze(0), [drawer])
        penalise(plain.unsqueeze(0), [Drawer(sampling, 0, 0, [1, 2, 4, 7, 1])])
        ends = [t for t in range(len(WORDS)) if t not in going_on]
        # Spelling and the end of the word are as likely as they were ...
        heat = temperature or 1e-3
        one, other = (each.div(heat).softmax(0) for each in (before, scores))
        torch.testing.assert_close(other[going_on], one[going_on], atol=1e-4, rtol=1e-3)
        # ... and among the words that may come next the penalty is what it always is.
        one, other = (each[ends].div(heat).softmax(0) for each in (plain, scores))
        torch.testing.assert_close(other, one, atol=1e-4, rtol=1e-3)


def test_rows_inside_a_word_and_rows_between_two_are_penalised_as_each_would_be_alone() -> None:
    marks = find_word_marks(((word, word.replace("Ġ", " ")) for word in WORDS), len(WORDS))
    drawers = [
        Drawer(Sampling(temperature=heat, repetition_penalty=penalty), 0, 0, past)
        for heat, penalty, past in (
            (0.7, 1.4, [1, 2, 4, 1]), (1.0, 1.0, [1]), (0.9, 1.2, [4, 7]), (1.3, 1.1, [5, 4]), (0.5, 1.4, [])
        )
    ]  # fmt: skip
    for drawer in drawers:
        drawer.marks = marks
    scores = random_scores(len(drawers))[:, : len(WORDS)].contiguous()
    alone = [row.clone().unsqueeze(0) for row in scores]
    for row, drawer in zip(alone, drawers, strict=True):
        penalise(row, [drawer])
    penalise(scores, drawers)
    torch.testing.assert_close(scores, torch.cat(alone))


def test_a_model_may_have_more_scores_than_its_tokenizer_has_tokens() -> None:
    more = len(WORDS) + 4
    marks = find_word_marks(((word, word.replace("Ġ", " ")) for word in WORDS), more)
    drawer = Drawer(Sampling(repetition_penalty=1.4), 0, 0, [more - 1, 4, 1])
    drawer.marks = marks
    scores = random_scores(1)[:, :more].contiguous()
    before = scores.clone()
    penalise(scores, [drawer])
    going_on = [2, 3]
    heat = drawer.sampling.temperature
    one, other = (each.div(heat).softmax(1)[:, going_on] for each in (before, scores))
    torch.testing.assert_close(other, one, atol=1e-4, rtol=1e-3)
    assert scores[0, more - 1] - scores[0, more - 2] < before[0, more - 1] - before[0, more - 2]


def test_where_a_word_begins_and_where_no_letter_has_a_capital_the_penalty_is_the_plain_one() -> None:
    marks = find_word_marks(((word, word.replace("Ġ", " ")) for word in WORDS), len(WORDS))
    for past in ([1, 2, 4, 7], [1, 2, 0], [9, 10, 9]):
        drawer, plain = (Drawer(Sampling(repetition_penalty=1.4), 0, 0, past) for _ in range(2))
        drawer.marks = marks
        scores = random_scores(1)[0][: len(WORDS)]
        expected = scores.clone()
        penalise(scores.unsqueeze(0), [drawer])
        penalise(expected.unsqueeze(0), [plain])
        torch.testing.assert_close(scores, expected)


def slow_dry(past: list[int], sampling: Sampling, breakers: set[int]) -> dict[int, float]:
    """DRY by its definition: the longest run before each earlier place that also ends the text."""
    costs: dict[int, float] = {}
    for place in range(1, len(past)):
        longest = 0
        while longest < min(place, 50):
            at_end, before = past[len(past) - 1 - longest], past[place - 1 - longest]
            if at_end != before or at_end in breakers:
                break
            longest += 1
        if sampling.dry_range and len(past) - place > sampling.dry_range:
            continue
        if longest >= max(1, sampling.dry_allowed_length) and past[place] not in breakers:
            cost = sampling.dry_multiplier * sampling.dry_base ** (longest - sampling.dry_allowed_length)
            costs[past[place]] = max(costs.get(past[place], 0), cost)
    return costs


def test_dry_gives_what_its_slow_definition_gives() -> None:
    generator = torch.Generator().manual_seed(9)
    seen = 0
    for trial in range(60):
        sampling = Sampling(dry_multiplier=0.8, dry_allowed_length=1 + trial % 3, dry_range=trial % 4 * 12)
        past = torch.randint(0, 4, (trial + 2,), generator=generator).tolist()
        drawer = Drawer(sampling, 0, 0, past)
        drawer.marks = WordMarks(breakers=frozenset({3}))
        costs = drawer.dry_costs()
        assert costs == pytest.approx(slow_dry(past, sampling, {3}))
        seen += bool(costs)
    assert seen > 20


def test_dry_lets_a_name_be_said_again() -> None:
    words = ["\n", "ĠBeth", "el", "Ġwalks", "Ġhome", "Ġslowly", "ETH"]
    marks = find_word_marks(((word, word.replace("Ġ", " ")) for word in words), len(words))
    assert (marks.breakers, marks.names) == (frozenset({0}), frozenset({1, 2, 6}))
    drawer = Drawer(Sampling(dry_multiplier=0.8, dry_allowed_length=1), 0, 0, [])
    drawer.marks = marks
    costs = []
    for token in [1, 2, 3, 4, 5, 1, 2, 3, 4]:
        costs.append(set(drawer.dry_costs()) if drawer.past else set())
        drawer.accept(token)
    # After "Beth" comes "el" for nothing, and the name counts as part of the run: "walks" and "home" cost.
    assert costs == [set(), set(), set(), set(), set(), set(), set(), {3}, {4}]


def test_a_word_that_dry_costs_does_not_come_in_another_dress() -> None:
    """The starter wrote "TuesdayTo close": kept from " to", it took "To", which might have been a name."""
    words = ["Ġopen", "Ġto", "To", "to", "ĠTO", "Ġtoo", '"To']
    marks = find_word_marks(((word, word.replace("Ġ", " ")) for word in words), len(words))
    assert marks.twins == dict.fromkeys((1, 2, 3, 4), (1, 2, 3, 4))
    drawer = Drawer(Sampling(dry_multiplier=0.8, dry_allowed_length=1), 0, 0, [5, 0, 1, 5, 0])
    drawer.marks = marks
    assert drawer.dry_costs() == dict.fromkeys((1, 2, 3, 4), pytest.approx(0.8 * 1.75))
    # Of a word that may be a name nothing is known from its twin.
    drawer = Drawer(Sampling(dry_multiplier=0.8, dry_allowed_length=1), 0, 0, [5, 0, 2, 5, 0])
    drawer.marks = marks
    assert drawer.dry_costs() == {}


def test_chinese_has_no_names_that_dry_could_know() -> None:
    marks = find_word_marks([("ä½łå¥½", "你好"), ("▁晚上", "晚上")], 2)
    assert not marks.names


def test_temperature_zero_takes_the_likeliest() -> None:
    scores = random_scores(3)
    drawers = [Drawer(Sampling(temperature=0), 1, row, []) for row in range(3)]
    assert choose(scores, drawers) == scores.argmax(-1).tolist()


def test_the_draw_follows_the_probabilities() -> None:
    scores = torch.tensor([[0.0, 1.0, 2.0, float("-inf")]])
    drawer = Drawer(Sampling(temperature=1.0), 7, 0, [])
    found = Counter(choose(scores, [drawer])[0] for _ in range(4000))
    for token, share in enumerate(scores.softmax(-1)[0].tolist()):
        assert found[token] / 4000 == pytest.approx(share, abs=0.03)
    assert found[3] == 0


def test_company_does_not_change_what_a_row_draws() -> None:
    scores = random_scores(1, seed=3)
    alone = Drawer(Sampling(temperature=1.0), 42, 0, [])
    among = Drawer(Sampling(temperature=1.0), 42, 0, [])
    others = [Drawer(Sampling(temperature=1.0, top_p=0.5), row, 0, []) for row in range(5)]
    first = [choose(scores, [alone])[0] for _ in range(30)]
    second = [choose(scores.expand(6, -1), [*others, among])[5] for _ in range(30)]
    assert first == second


def test_variants_of_one_seed_differ() -> None:
    scores = torch.zeros(2, VOCABULARY)
    drawers = [Drawer(Sampling(temperature=1.0), 42, index, []) for index in range(2)]
    assert [choose(scores, drawers)[0] for _ in range(8)] != [choose(scores, drawers)[1] for _ in range(8)]


def test_numbers_that_are_none_are_an_error_and_not_a_word() -> None:
    with pytest.raises(RuntimeError, match="not numbers"):
        choose(torch.full((1, 5), float("nan")), [Drawer(Sampling(), 0, 0, [])])
