"""Preference tuning: of two texts the better becomes likelier than the worse; tries are chosen and read as written."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from creative.engines.local import open_engine
from creative.starter.recipe.corpus import KINDS
from creative.starter.recipe.data import STARTER, write_tokens
from creative.starter.recipe.loop import Plan
from creative.starter.recipe.pairs import Pair
from creative.starter.recipe.prefer import PreferenceRun, _preferred, encode_tried
from creative.starter.recipe.tries import EACH, LEAST_GAP, Tried, choose, known_words, read_tried, write_tries
from creative.starter.recipe.tune import make_batch

PAIR = Pair(
    "story", {"premise": "Anna finds a kite.", "length": "short"}, "Anna found a kite.", ("Anna", "kite")
)
TRIED = Tried(PAIR, "Lily lost a ball.", True, 1.0)


def test_the_better_text_becomes_likelier_than_the_worse_and_plain_text_stays(tmp_path: Path) -> None:
    torch.manual_seed(0)
    better, worse = encode_tried(TRIED, Tokenizer.from_file(str(STARTER / "tokenizer.json")))
    ids, labels = make_batch([better, worse], 256)
    # Of length 256 as the pairs are, every token a label.
    text = np.resize(better.answer.astype(np.int64), 256)
    batch = np.stack([*ids, text]), np.stack([*labels, text])
    plan = Plan(
        tmp_path / "run", STARTER, 4, 1, warmup_steps=1, matrix_rate=0.002, other_rate=2e-4, threads=1,
        teachers=(STARTER, STARTER), compiled=False,
    )  # fmt: skip
    run = PreferenceRun(plan)
    before = _likely(run, ids, labels)
    losses = [run._train_step(batch) for _ in range(3)]
    after = _likely(run, ids, labels)
    assert after[0] - after[1] > before[0] - before[1] + 0.1
    assert losses[-1] < losses[0]


def _likely(run: PreferenceRun, ids: np.ndarray, labels: np.ndarray) -> list[float]:
    """Mean of the log probabilities of each row's labels."""
    with torch.no_grad():
        logs = run.model(input_ids=torch.from_numpy(ids)).logits.log_softmax(-1)[:, :-1]
    wanted = torch.from_numpy(labels)[:, 1:]
    found = logs.gather(2, wanted.clamp(min=0).unsqueeze(2)).squeeze(2)
    return [float(row[mask].mean()) for row, mask in zip(found, wanted != -100, strict=True)]


def test_nothing_is_won_where_the_better_text_becomes_less_likely_too() -> None:
    rows = torch.tensor([0, 0, 1, 1])
    both_fall = _preferred(torch.tensor([-0.1, -0.1, -0.3, -0.3]), rows, 1)
    unchanged = _preferred(torch.zeros(4), rows, 1)
    worse_falls = _preferred(torch.tensor([0.0, 0.0, -0.2, -0.2]), rows, 1)
    assert both_fall > unchanged > worse_falls


def test_words_of_another_product_are_slips_of_an_ad(tmp_path: Path) -> None:
    tokenizer = Tokenizer.from_file(str(STARTER / "tokenizer.json"))
    for kind in KINDS:
        write_tokens(["The kite flew over the sea. " * 6], tokenizer, tmp_path / f"{kind}-train")
    ads = [
        Pair("ad_copy", {"product": f"Thing {i}, a lamp"}, f"Headline: Meet the lamp {i}") for i in range(150)
    ]
    ads.append(Pair("ad_copy", {"product": "Cup"}, "Headline: Meet the kite"))
    known = known_words(tmp_path, ads)
    assert {"headline", "meet", "the"} <= known["ad_copy"]
    assert not {"lamp", "kite", "thing"} & known["ad_copy"]
    assert {"kite", "sea"} <= known["story"]


def test_tries_that_teach_nothing_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "tries.jsonl"
    kinds = [TRIED, Tried(PAIR, "As good.", True, LEAST_GAP / 2), Tried(PAIR, " ", False, 1.0)]
    file.write_text("".join(json.dumps(asdict(one)) + "\n" for one in kinds))
    assert list(read_tried(file)) == [TRIED]


def test_the_best_of_several_texts_are_chosen_over_the_worst() -> None:
    texts = ("Lily lost a ball.", "Anna found a kite.", "Anna found", "Anna found a ball.")
    tries = [(text, text.endswith(".")) for text in texts]
    best, second = choose(PAIR, tries, frozenset(["lily", "lost", "a", "ball", "anna", "found", "kite"]))
    assert (best.pair.text, best.pair.whole, best.worse) == ("Anna found a kite.", True, "Lily lost a ball.")
    assert best.gap > 1 > second.gap
    assert (second.pair.text, second.worse, second.worse_whole) == ("Anna found a ball.", "Anna found", False)


@pytest.mark.slow
def test_the_starter_writes_several_different_texts_for_a_brief() -> None:
    engine = open_engine(STARTER, "fp32")
    try:
        tries = write_tries(engine, PAIR, seed=1)
    finally:
        engine.close()
    assert len({text for text, _ in tries}) == EACH
    assert any(ended for _, ended in tries)
