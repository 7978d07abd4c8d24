"""What the report says of trainings that went well, badly, and nowhere."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from creative.evaluation.report import Evidence, make_report

from .test_voice_distance import write

EVIDENCE = Evidence(
    loss_before=3.0,
    loss_after=3.0 + math.log(0.69),
    held_out=[write(n, words=8, dialogue=0.4) for n in range(3)],
    training=[write(n, words=8, dialogue=0.4) for n in range(10, 13)],
    base_samples=[write(20, words=16, mark=";")],
    voice_samples=[write(21, words=8, dialogue=0.4)],
    held_out_tokens=1234,
)


def test_a_good_training_is_told_with_its_numbers() -> None:
    report = make_report(EVIDENCE)
    assert report["verdict"] == "much"
    assert report["sentences"][0] == "On pages it had not seen, the voice is 31 % less surprised."
    assert report["sentences"][1].startswith("Its samples are nearer to the pages than the model's: ")
    assert (
        "A sentence has 8 words in the pages, 16 in the model's samples and 8 in the voice's."
        in (report["sentences"][1])
    )
    assert report["sentences"][2].startswith("It does not recite the pages")
    assert report["warnings"] == []
    assert report["perplexity"]["before"] == pytest.approx(math.exp(3), abs=1e-3)
    assert report["perplexity"]["change_percent"] == pytest.approx(-31)
    assert report["perplexity"]["tokens"] == 1234
    assert report["voice_distance"]["voice"]["total"] < report["voice_distance"]["base"]["total"]
    assert set(report["diversity"]["voice"]) == {
        "distinct_1",
        "distinct_2",
        "distinct_3",
        "repeated_4",
        "words",
    }
    assert json.loads(json.dumps(report, allow_nan=False)) == report


@pytest.mark.parametrize(
    ("ratio", "verdict", "said"),
    [
        (0.5, "much", "is 50 % less surprised."),
        (0.9, "some", "is 10 % less surprised."),
        (
            0.974,
            "little",
            "Little was learned: 2.6 %. These pages are much like what the model already writes.",
        ),
        (1.0, "nothing", "Nothing was learned"),
        (0.997, "nothing", "Nothing was learned"),
        (1.04, "worse", "is 4 % more surprised than the model without it."),
    ],
)
def test_how_much_was_learned_is_said_plainly(ratio: float, verdict: str, said: str) -> None:
    report = make_report(Evidence(loss_before=4.0, loss_after=4.0 + math.log(ratio)))
    assert (report["verdict"], said in report["sentences"][0]) == (verdict, True), report["sentences"]
    assert bool(report["warnings"]) == (verdict == "worse")


def test_without_pages_and_samples_it_says_what_was_not_measured() -> None:
    report = make_report(replace(EVIDENCE, held_out=["A few words."], base_samples=(), voice_samples=()))
    assert (report["voice_distance"], report["memorisation"], report["diversity"]) == ({}, {}, {})
    assert report["sentences"][1] == "Style and copying were not measured: there are no samples of it."
    report = make_report(replace(EVIDENCE, held_out=["A few words."], base_samples=["One two."]))
    assert report["voice_distance"] == {}
    assert (
        "200 held-out words and 100 in the samples of model and voice each; there are 3, 2 and"
        in (report["sentences"][1])
    )


def test_a_voice_that_recites_is_a_warning_and_the_passage_stands_apart() -> None:
    recited = EVIDENCE.training[0][:400]
    report = make_report(replace(EVIDENCE, voice_samples=[EVIDENCE.voice_samples[0], recited]))
    (warning,) = report["warnings"]
    assert " words in a row from the pages." in warning
    assert report["memorisation"]["runs"][0]["excerpt"][:100] in " ".join(recited.split())
    assert report["memorisation"]["longest_passage"] == report["memorisation"]["runs"][0]["excerpt"]
    assert "fewer passes" in warning
    assert report["memorisation"]["warning"] is True
    assert report["memorisation"]["longest_run"] > report["memorisation"]["base_longest_run"]
    assert not any("recite" in sentence for sentence in report["sentences"])


def test_a_voice_that_repeats_itself_is_a_warning() -> None:
    report = make_report(replace(EVIDENCE, voice_samples=["And then he said it to her. " * 60]))
    assert any("It repeats itself" in warning for warning in report["warnings"])


def test_a_voice_further_away_than_the_model_is_told_so() -> None:
    swapped = replace(EVIDENCE, base_samples=EVIDENCE.voice_samples, voice_samples=EVIDENCE.base_samples)
    assert "rather further" in make_report(swapped)["sentences"][1]


def test_a_loss_beyond_all_numbers_still_makes_a_report() -> None:
    report = make_report(Evidence(loss_before=800.0, loss_after=4.0))
    assert json.dumps(report, allow_nan=False)
