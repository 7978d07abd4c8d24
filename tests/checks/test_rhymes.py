"""The ear: hand-written pairs that rhyme, that nearly do, and that do not; its hits are counted."""

from __future__ import annotations

import time

import pytest

from creative.checks._rhymes import compare

RHYMES = """
love above; though go; through blue; cough off; rough enough; bough now; dough snow; fire desire; hour flower;
higher liar; day weigh; eyes skies; said bed; bread instead; great late; heart apart; word bird; heard stirred;
door more; sure more; home foam; stone alone; sun done; one begun; tongue young; moon june; rain again; been seen;
been begin; wind sinned; wind find; tear fear; tear there; read bed; read need; live give; live drive; bow row; bow
cow; lead said; night kite; bright appetite; sign mine; design line; knee free; key sea; melody free; memory sea;
eternity be; people steeple; ocean motion; water daughter; falling calling; running gunning; together weather;
forever never; mother brother; summer drummer; feather leather; city pretty; remember december; believing leaving;
tomorrow sorrow; yellow fellow; river shiver; table able; little brittle; simple dimple; prove move; choir fire;
rhyme time; thumb come; comb home; tomb room; debt forget; receipt complete; island highland; once dunce; ache
break; school cool; yacht hot; quay tea; buy goodbye; height light; eight gate; caught thought; laugh half; laughed
craft; busy dizzy; women swimmin'; pressure fresher; treasure measure; nation station; delicious vicious; machine
green; police peace; ballet day;
"""

NO_RHYMES = """
stone light; love hate; night moon; day dark; fire rain; heart soul; cough though; through rough; bough tough;
though thought; home come; move love; one bone; said paid; great threat; heard beard; word lord; dear bear; food
good; blood mood; orange door; window silver; running falling; water fire; summer winter; mother father; river
mountain; ocean table; morning evening; forever always; sea shore; hand gold; bird tree; glass stone; salt wind;
ship wave; sand rock; face mirror; street car; train bus; knife spoon; bridge road; lamp dark; paper pen; coat
shoe; bread milk; apple pear; king crown; letter stamp; island boat; dance music; laughter tears; honest promise;
winter harbour; silence sound; promise thunder; engine flower; garden candle; pocket shadow; doctor window
"""


def pairs(text: str) -> list[tuple[str, str]]:
    return [(a, b) for a, b in (pair.split() for pair in text.split(";") if pair.strip())]


def test_at_least_95_in_100_of_the_pairs_that_rhyme_are_heard() -> None:
    listed = pairs(RHYMES)
    missed = [pair for pair in listed if compare(*pair) != "rhyme"]
    assert len(listed) >= 90
    assert len(missed) <= len(listed) * 0.05, missed


def test_no_pair_that_rhymes_is_called_a_failure() -> None:
    assert [pair for pair in pairs(RHYMES) if compare(*pair) == "none"] == []


def test_at_least_95_in_100_of_the_pairs_that_do_not_rhyme_are_not_taken_for_rhymes() -> None:
    listed = pairs(NO_RHYMES)
    wrong = [pair for pair in listed if compare(*pair) == "rhyme"]
    assert len(listed) >= 60
    assert len(wrong) <= len(listed) * 0.05, wrong


@pytest.mark.parametrize(
    "pair",
    [
        ("time", "mine"),
        ("day", "rain"),
        ("love", "move"),
        ("sing", "falling"),
        ("heart", "dark"),
        ("home", "alone"),
        ("night", "time"),
        ("soul", "all"),
    ],
)
def test_slant_and_eye_rhymes_are_near(pair: tuple[str, str]) -> None:
    assert compare(*pair) == "near"


@pytest.mark.parametrize("pair", [("stone", "light"), ("sea", "shore"), ("fire", "moon"), ("glass", "stone")])
def test_plain_failures_are_told(pair: tuple[str, str]) -> None:
    assert compare(*pair) == "none"


def test_rare_words_are_heard_by_their_spelling_and_never_failed() -> None:
    assert compare("frostlight", "night") == "rhyme"
    assert compare("moonbeams", "dreams") == "rhyme"
    assert compare("zorbling", "stone") in {"unknown", "near"}
    assert compare("xqz", "stone") == "unknown"


def test_a_thousand_lines_are_compared_quickly() -> None:
    compare("night", "frostlight")
    began = time.process_time()
    for _ in range(1000):
        compare("tomorrow", "sorrow")
        compare("gloamingtide", "wide")
    assert time.process_time() - began < 1
