"""Blind pairs in the real drafts file: shuffled, picked from once, counted, and read by TRL's own checks."""

from __future__ import annotations

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from creative.drafts import Drafts, NewNode
from creative.errors import BadValue
from creative.feedback import Pair, Pairs

CHAT = ({"role": "system", "content": "You write."}, {"role": "user", "content": "A ferry, 灯塔."})
PAIR = Pair("a1b2c3", "starter", "Once upon", "The model's text.", "The voice's text.")


class Clock:
    """A clock that a test sets."""

    now = 1000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pairs(tmp_path: Path, clock: Clock) -> Pairs:
    return Pairs(Drafts(tmp_path / "drafts.sqlite"), clock)


def pick(pairs: Pairs, wanted: str, pair: Pair = PAIR) -> dict[str, int]:
    """Offer a pair and pick the text that is `base`, `voice` or `neither`."""
    offer = pairs.offer(pair)
    text = {"base": pair.base_text, "voice": pair.voice_text}.get(wanted)
    side = "neither" if text is None else "left" if offer.left == text else "right"
    return pairs.pick(pair.voice, offer.token, side)


def test_picks_are_counted_for_the_one_whose_text_it_was(pairs: Pairs) -> None:
    assert pairs.counts(PAIR.voice) == {"base": 0, "voice": 0, "neither": 0}
    for wanted in ("voice", "voice", "base", "neither"):
        counts = pick(pairs, wanted)
    assert counts == pairs.counts(PAIR.voice) == {"base": 1, "voice": 2, "neither": 1}
    assert pairs.counts("another") == {"base": 0, "voice": 0, "neither": 0}


def test_sides_are_shuffled_and_a_token_tells_nothing(pairs: Pairs) -> None:
    offers = [pairs.offer(PAIR) for _ in range(60)]
    left = [offer.left for offer in offers]
    assert 10 < left.count(PAIR.voice_text) < 50
    assert all({offer.left, offer.right} == {PAIR.voice_text, PAIR.base_text} for offer in offers)
    assert len({offer.token for offer in offers}) == 60
    assert all(len(offer.token) >= 20 and PAIR.voice not in offer.token for offer in offers)


def test_a_pair_is_picked_from_once_and_only_for_its_voice(pairs: Pairs) -> None:
    offer = pairs.offer(PAIR)
    with pytest.raises(BadValue, match="picked from already"):
        pairs.pick("another", offer.token, "left")
    with pytest.raises(BadValue, match="There are: left, right, neither"):
        pairs.pick(PAIR.voice, offer.token, "both")
    pairs.pick(PAIR.voice, offer.token, "left")
    for token in (offer.token, "", "unknown"):
        with pytest.raises(BadValue, match="picked from already"):
            pairs.pick(PAIR.voice, token, "right")


def test_two_clicks_at_once_count_once(pairs: Pairs) -> None:
    offer = pairs.offer(PAIR)

    def click(_: int) -> bool:
        try:
            pairs.pick(PAIR.voice, offer.token, "left")
        except BadValue:
            return False
        return True

    with ThreadPoolExecutor(8) as many:
        assert sum(many.map(click, range(8))) == 1
    assert sum(pairs.counts(PAIR.voice).values()) == 1


def test_an_offer_outlives_a_restart_and_is_forgotten_after_a_day(tmp_path: Path, clock: Clock) -> None:
    drafts = Drafts(tmp_path / "drafts.sqlite")
    first, second = (Pairs(drafts, clock).offer(PAIR) for _ in range(2))
    drafts.close()
    pairs = Pairs(Drafts(tmp_path / "drafts.sqlite"), clock)
    pairs.pick(PAIR.voice, first.token, "neither")
    clock.now += 25 * 3600
    pairs.offer(PAIR)
    with pytest.raises(BadValue):
        pairs.pick(PAIR.voice, second.token, "left")
    assert pairs.counts(PAIR.voice) == {"base": 0, "voice": 0, "neither": 1}


def test_a_pick_keeps_all_that_was_compared(pairs: Pairs, clock: Clock) -> None:
    pick(pairs, "base", Pair("v", "starter", CHAT, "base \ud800", "voice"))
    (kept,) = pairs.list("v")
    assert kept == {
        "prompt": list(CHAT),
        "chosen": "base ?",
        "rejected": "voice",
        "voice": "v",
        "base": "starter",
        "picked": "base",
        "time": clock.now,
    }
    pick(pairs, "neither")
    assert [pair["voice"] for pair in pairs.list()] == ["v", PAIR.voice]


def test_the_export_is_what_trls_dpo_takes(pairs: Pairs) -> None:
    from datasets import Dataset
    from trl.data_utils import is_conversational, maybe_apply_chat_template

    pick(pairs, "voice")
    pick(pairs, "neither")
    pick(pairs, "base", Pair(PAIR.voice, "starter", CHAT, "Mine 灯.", "Other."))
    lines = [json.loads(line) for line in pairs.export(PAIR.voice).splitlines()]
    assert lines[0] == {"prompt": "Once upon", "chosen": PAIR.voice_text, "rejected": PAIR.base_text}
    assert not is_conversational(lines[0])
    assert is_conversational(lines[1])
    assert lines[1]["chosen"] == [{"role": "assistant", "content": "Mine 灯."}]
    assert len(lines) == 2
    assert Dataset.from_list(lines[1:]).column_names == ["prompt", "chosen", "rejected"]
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(Path(__file__).parents[2] / "creative" / "starter")
    told = maybe_apply_chat_template(lines[1], tokenizer)
    assert "A ferry, 灯塔." in told["prompt"]
    assert told["chosen"].startswith("Mine 灯.")


def test_a_file_from_before_the_pairs_gets_their_table_and_keeps_its_drafts(tmp_path: Path) -> None:
    old = sqlite3.connect(tmp_path / "drafts.sqlite")
    old.executescript((Path(__file__).parents[1] / "drafts" / "version1.sql").read_text())
    old.close()
    drafts = Drafts(tmp_path / "drafts.sqlite")
    pick(Pairs(drafts), "voice")
    (line,) = drafts.listing("a secret of mine")
    drafts.add("a secret of mine", line.id, NewNode("both are kept"))
    assert drafts.open("a secret of mine", line.id).text == "both are kept"
    assert Pairs(drafts).counts(PAIR.voice)["voice"] == 1
