"""The report of a training: before and after in one plain dict, with sentences a person can act on."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from creative.evaluation.diversity import Diversity, measure_diversity
from creative.evaluation.memorisation import MOST_OVERLAP, RUN, Copies, find_copies
from creative.evaluation.voice_distance import LEAST_WORDS, Nearness, measure_nearness
from creative.evaluation.words import split_words

Verdict = Literal["much", "some", "little", "nothing", "worse"]
"""How much was learned, by the fall of the held-out perplexity: from 20 %, from 5 %, from 0.5 %, less, negative."""
_LOOP = 0.10
"""So large a share of repeated runs of four words is a warning."""
_ROUGH_WORDS = 1000
"""Under so many words a voice distance is told as rough."""


@dataclass(frozen=True)
class Evidence:
    """What is compared; the samples of base and voice are written under the same prompts and seeds."""

    loss_before: float
    """Nats per token of the base on the held-out pages."""
    loss_after: float
    """The same of the voice at the kept checkpoint."""
    held_out: Sequence[str] = ()
    """The writer's own pages that were not trained on."""
    training: Sequence[str] = ()
    """The texts that were trained on."""
    base_samples: Sequence[str] = ()
    voice_samples: Sequence[str] = ()
    language: str = "English"
    held_out_tokens: int = 0
    """Tokens that the two losses are taken on."""


def make_report(evidence: Evidence) -> dict[str, Any]:
    """Give the report as plain JSON: verdict, sentences, warnings, and the numbers they stand on.

    `perplexity` is always there; `voice_distance`, `memorisation` and `diversity` are empty where there is
    too little text for them. Percentages are whole changes: -31.2 is 31.2 % less.
    """
    perplexity = _measure_perplexity(evidence)
    verdict = _judge(perplexity["change_percent"])
    sentences = [_tell_perplexity(perplexity["change_percent"], verdict)]
    warnings: list[str] = []
    nearness = measure_nearness(
        evidence.held_out, evidence.base_samples, evidence.voice_samples, evidence.language
    )
    sentences.append(_tell_nearness(nearness) if nearness else _tell_too_little(evidence))
    memorisation: dict[str, Any] = {}
    diversity: dict[str, Any] = {}
    if any(map(split_words, evidence.voice_samples)):
        copies = find_copies(evidence.voice_samples, evidence.training)
        by_base = find_copies(evidence.base_samples, evidence.training)
        memorisation = _write_copies(copies, by_base)
        (warnings if copies.is_warning else sentences).append(_tell_copies(copies))
        base, voice = _measure_diversity(evidence)
        diversity = {"base": _plain(base), "voice": _plain(voice)}
        if voice.repeated_4 > max(_LOOP, 1.5 * base.repeated_4):
            warnings.append(_tell_loop(voice, base))
    if verdict == "worse":
        warnings.append("Writing without this voice is better: train again with fewer passes or more pages.")
    return {
        "verdict": verdict,
        "sentences": sentences,
        "warnings": warnings,
        "perplexity": perplexity,
        "voice_distance": _write_nearness(nearness),
        "memorisation": memorisation,
        "diversity": diversity,
    }


def _measure_perplexity(evidence: Evidence) -> dict[str, Any]:
    # A loss beyond 50 nats would not fit a number of JSON, and means nothing.
    before, after = (min(loss, 50.0) for loss in (evidence.loss_before, evidence.loss_after))
    return {
        "before": round(math.exp(before), 3),
        "after": round(math.exp(after), 3),
        "change_percent": round((math.exp(after - before) - 1) * 100, 2),
        "loss_before": round(before, 5),
        "loss_after": round(after, 5),
        "tokens": evidence.held_out_tokens,
    }


def _judge(change_percent: float) -> Verdict:
    if change_percent > 0.5:
        return "worse"
    less = -change_percent
    return "much" if less >= 20 else "some" if less >= 5 else "little" if less >= 0.5 else "nothing"


def _tell_perplexity(change_percent: float, verdict: Verdict) -> str:
    less = f"{abs(change_percent):.0f} %" if abs(change_percent) >= 3 else f"{abs(change_percent):.1f} %"
    if verdict == "worse":
        return f"On pages it had not seen, the voice is {less} more surprised than the model without it."
    if verdict == "nothing":
        return "Nothing was learned: the pages it had not seen surprise the voice as much as the model without it."
    if verdict == "little":
        return f"Little was learned: {less}. These pages are much like what the model already writes."
    return f"On pages it had not seen, the voice is {less} less surprised."


def _tell_nearness(nearness: Nearness) -> str:
    base, voice = nearness.base_total, nearness.voice_total
    if voice < 0.95 * base:
        start = "Its samples are nearer to the pages than the model's"
    elif voice > 1.05 * base:
        start = "Its samples are no nearer to the pages than the model's, rather further"
    else:
        start = "Its samples are as far from the pages as the model's"
    few = min(nearness.habits["pages"].words, nearness.habits["voice"].words)
    rough = f" With {few:,} words to compare this is rough." if few < _ROUGH_WORDS else ""
    habits = nearness.habits
    return (
        f"{start}: {voice:.1f} against {base:.1f}, where 1 is as far as the pages are from each other. "
        f"A sentence has {habits['pages'].sentence_words:.0f} words in the pages, "
        f"{habits['base'].sentence_words:.0f} in the model's samples and "
        f"{habits['voice'].sentence_words:.0f} in the voice's.{rough}"
    )


def _tell_too_little(evidence: Evidence) -> str:
    if not evidence.voice_samples:
        return "Style and copying were not measured: there are no samples of it."
    pages, base, voice = (
        sum(len(split_words(text)) for text in texts)
        for texts in (evidence.held_out, evidence.base_samples, evidence.voice_samples)
    )
    return (
        f"How near its style is to the pages was not measured: that takes {2 * LEAST_WORDS} held-out words and "
        f"{LEAST_WORDS} in the samples of model and voice each; there are {pages:,}, {base:,} and {voice:,}."
    )


def _tell_copies(copies: Copies) -> str:
    longest = f"{copies.longest:,} {copies.unit}"
    if not copies.is_warning:
        return (
            f"It does not recite the pages: the longest run that its samples share with them is {longest}; "
            f"from {copies.level} on it would count as copied."
        )
    what = (
        f"A sample repeats {longest} in a row from the pages"
        if copies.longest >= copies.level
        else f"{copies.overlap:.0%} of all runs of {RUN} {copies.unit} in its samples stand in the pages; "
        f"from {MOST_OVERLAP:.0%} on it counts as copying"
    )
    return f"{what}. It may give the pages away: train with fewer passes or more pages before you share it."


def _tell_loop(voice: Diversity, base: Diversity) -> str:
    return (
        f"It repeats itself: {voice.repeated_4:.0%} of its runs of four words stood in the same text before "
        f"(the model without it: {base.repeated_4:.0%}). An earlier step may read better."
    )


def _measure_diversity(evidence: Evidence) -> tuple[Diversity, Diversity]:
    words = [
        sum(len(split_words(text)) for text in texts)
        for texts in (evidence.base_samples, evidence.voice_samples)
    ]
    same = min(words) if min(words) else 0
    return measure_diversity(evidence.base_samples, same), measure_diversity(evidence.voice_samples, same)


def _write_nearness(nearness: Nearness | None) -> dict[str, Any]:
    if nearness is None:
        return {}
    return {
        "base": {**_plain(nearness.base), "total": round(nearness.base_total, 3)},
        "voice": {**_plain(nearness.voice), "total": round(nearness.voice_total, 3)},
        "own": _plain(nearness.own),
        "change_percent": round((nearness.voice_total / nearness.base_total - 1) * 100, 1)
        if nearness.base_total
        else 0.0,
        "habits": {who: _plain(habits) for who, habits in nearness.habits.items()},
    }


def _write_copies(copies: Copies, by_base: Copies) -> dict[str, Any]:
    return {
        "longest_run": copies.longest,
        "base_longest_run": by_base.longest,
        "unit": copies.unit,
        "overlap_8": round(copies.overlap, 4),
        "base_overlap_8": round(by_base.overlap, 4),
        "warning_from": copies.level,
        "warning": copies.is_warning,
        "longest_passage": copies.runs[0].excerpt if copies.runs else "",
        "runs": [dataclasses.asdict(run) for run in copies.runs],
    }


def _plain(numbers: Any) -> dict[str, Any]:
    return {
        name: round(value, 4) if isinstance(value, float) else value
        for name, value in dataclasses.asdict(numbers).items()
    }
