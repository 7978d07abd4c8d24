"""How the next token of each row is drawn: penalties, filters and the draw; knows no model.

The order is fixed: repetition penalty, DRY, no-repeat n-gram, temperature, top-k, top-p, min-p, typical-p, draw.
Each filter gives what the transformers class of the same name gives; a filter that is off costs nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch.nn import functional

from creative.engines.contract import Sampling

DRY_BREAKERS = ("\n", ":", '"', "*")
DRY_LONGEST_RUN = 50  # matches beyond this cost time and change nothing: the penalty is huge by then
_OFF = float("-inf")
_FAR = -1e4  # added to a score that has no say; minus infinity would be slow
_COLD = 1e-3  # stands for temperature 0 where a share is asked for
_WORD_BEGINS = ("Ġ", "▁")  # how byte-level and SentencePiece vocabularies write the space before a word


@dataclass(frozen=True)
class WordMarks:
    """What the penalties have to know of a vocabulary."""

    breakers: frozenset[int] = frozenset()
    """Tokens that end a repeated run."""
    names: frozenset[int] = frozenset()
    """Tokens that cost nothing: a capital begins them, or they go on with a word. A name may always be said again."""
    twins: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """The same word with a capital or without its space: kept from one, a model takes the other ("TuesdayTo")."""
    going_on: torch.Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.bool))
    """Whether a token begins with a letter and no space: after a letter it goes on with the word. Bool, vocabulary."""
    open: frozenset[int] = frozenset()
    """Tokens that end with a letter, so that the word may go on."""


def find_word_marks(
    vocabulary: Iterable[tuple[str, str]], width: int, device: torch.device | str = "cpu"
) -> WordMarks:
    """Find them in a vocabulary: for each token, from 0 on, its entry and the text it stands for.

    `width` is the number of scores to be penalised, which may be more than the tokenizer has tokens; they stand on
    `device`.
    """
    breakers, names, open_ends = set(), set(), set()
    going_on = []
    alike: dict[str, list[int]] = {}
    for token, (entry, text) in enumerate(vocabulary):
        word = text.strip()
        first = word[:1]
        # Only letters that have a capital: what parts words in other scripts no single token tells.
        going_on.append(_is_cased(text[:1]) and not entry.startswith(_WORD_BEGINS))
        if _is_cased(text[-1:]):
            open_ends.add(token)
        if word.isalpha():
            alike.setdefault(word.lower(), []).append(token)
        if any(mark in text for mark in DRY_BREAKERS):
            breakers.add(token)
        elif first.isupper() or (first.islower() and not entry.startswith(_WORD_BEGINS)):
            names.add(token)
    twins = {token: tuple(group) for group in alike.values() if len(group) > 1 for token in group}
    return WordMarks(
        frozenset(breakers),
        frozenset(names),
        twins,
        functional.pad(torch.tensor(going_on, device=device), (0, width - len(going_on))),
        frozenset(open_ends),
    )


def _is_cased(letter: str) -> bool:
    return letter.lower() != letter.upper()


class Drawer:
    """One row's settings, its past tokens and its own source of chance, which company cannot disturb.

    The penalties count the past from `counted_from` on: what a brief names is there to be written.
    """

    def __init__(
        self, sampling: Sampling, seed: int, index: int, past: Sequence[int], counted_from: int = 0
    ) -> None:
        self.sampling = sampling
        self.past = list(past)
        self._counted_from = counted_from
        self.marks = WordMarks()
        self._chance = random.Random(f"{seed}:{index}")
        self._seen = dict.fromkeys(self.past[counted_from:]) if sampling.repetition_penalty != 1.0 else {}
        self._places: dict[int, list[int]] = {}  # token -> where it stands, for DRY
        if sampling.dry_multiplier:
            for place in range(counted_from, len(self.past)):
                self._places.setdefault(self.past[place], []).append(place)
        self._follows: dict[tuple[int, ...], list[int]] = {}  # run -> tokens that came after it
        if run := sampling.no_repeat_ngram:
            for place in range(counted_from + run - 1, len(self.past)):
                before = tuple(self.past[place - run + 1 : place])
                self._follows.setdefault(before, []).append(self.past[place])

    def accept(self, token: int) -> None:
        """Take note of a token that was read or written."""
        run = self.sampling.no_repeat_ngram
        if run and len(self.past) >= self._counted_from + run - 1:
            before = tuple(self.past[len(self.past) - run + 1 :])
            self._follows.setdefault(before, []).append(token)
        if self.sampling.dry_multiplier:
            self._places.setdefault(token, []).append(len(self.past))
        if self.sampling.repetition_penalty != 1.0:
            self._seen[token] = None
        self.past.append(token)

    def spin(self) -> float:
        """Give the next number of this row's own chance, 0 <= u < 1."""
        return self._chance.random()

    @property
    def inside_word(self) -> bool:
        """Whether the past ends with a letter and the repetition penalty is on, so that the word may go on."""
        return bool(
            self._seen and self.sampling.repetition_penalty != 1.0 and self.past[-1] in self.marks.open
        )

    def lower_seen(self, scores: torch.Tensor) -> None:
        """Lower the scores (a vector over the vocabulary) of what was written before, by the repetition penalty.

        Inside a word those of its spelling stay.
        """
        factor = self.sampling.repetition_penalty
        if factor == 1.0 or not self._seen:
            return
        seen = torch.tensor(list(self._seen), device=scores.device)
        if self.inside_word:
            seen = seen[~self.marks.going_on[seen]]
        part = scores[seen]
        scores[seen] = torch.where(part < 0, part * factor, part / factor)

    def lower_runs(self, scores: torch.Tensor) -> None:
        """Lower the scores (a vector over the vocabulary) of what would lengthen a run that was written before."""
        sampling = self.sampling
        if sampling.dry_multiplier and len(self.past) > self._counted_from:
            for token, cost in self.dry_costs().items():
                scores[token] -= cost
        if sampling.no_repeat_ngram and len(self.past) + 1 >= self._counted_from + sampling.no_repeat_ngram:
            run = tuple(self.past[len(self.past) - sampling.no_repeat_ngram + 1 :])
            banned = self._follows.get(run)
            if banned:
                scores[torch.tensor(banned, device=scores.device)] = _OFF

    def dry_costs(self) -> dict[int, float]:
        """Give what DRY takes off each token that would lengthen a run that was written before."""
        past, sampling = self.past, self.sampling
        last = past[-1]
        if last in self.marks.breakers:
            return {}
        longest: dict[int, int] = {}
        for place in self._places[last][:-1]:
            token = past[place + 1]
            if sampling.dry_range and len(past) - (place + 1) > sampling.dry_range:
                continue
            if token not in self.marks.breakers and token not in self.marks.names:
                longest[token] = max(longest.get(token, 0), self._run_length(place))
        allowed = sampling.dry_allowed_length
        return {
            twin: sampling.dry_multiplier * sampling.dry_base ** (length - allowed)
            for token, length in sorted(longest.items(), key=lambda found: found[1])
            if length >= allowed
            for twin in self.marks.twins.get(token, (token,))
        }

    def _run_length(self, place: int) -> int:
        past, length = self.past, 1
        while length < DRY_LONGEST_RUN and length <= place - self._counted_from:
            token = past[-1 - length]
            if past[place - length] != token or token in self.marks.breakers:
                break
            length += 1
        return length

    @property
    def penalises(self) -> bool:
        """Whether any penalty is on."""
        sampling = self.sampling
        return bool(sampling.repetition_penalty != 1.0 or sampling.dry_multiplier or sampling.no_repeat_ngram)


def choose(logits: torch.Tensor, drawers: Sequence[Drawer]) -> list[int]:
    """Give each row's next token from its logits (rows x vocabulary); raises RuntimeError on broken numbers."""
    scores = logits.float()
    if any(drawer.penalises for drawer in drawers):
        scores = scores.clone() if scores is logits else scores
        penalise(scores, drawers)
    drawn = [row for row, drawer in enumerate(drawers) if drawer.sampling.temperature > 0]
    tokens = scores.argmax(dim=-1).tolist() if len(drawn) < len(drawers) else [0] * len(drawn)
    if drawn:
        part = scores if len(drawn) == len(drawers) else scores[torch.tensor(drawn, device=scores.device)]
        chosen = _draw(
            filter_scores(part, [drawers[row].sampling for row in drawn]), [drawers[r] for r in drawn]
        )
        for row, token in zip(drawn, chosen, strict=True):
            tokens[row] = token
    return tokens


def penalise(scores: torch.Tensor, drawers: Sequence[Drawer]) -> None:
    """Lower the scores (rows x vocabulary) of what would repeat each row's past, in place.

    How a word goes on is spelling, and whether it ends is no repetition: only which word comes next is. So inside a
    word what the repetition penalty takes from the words that may come next is given back to all of them.
    """
    places = [row for row, drawer in enumerate(drawers) if drawer.inside_word]
    inside, rows = [drawers[row] for row in places], torch.tensor(places, device=scores.device)
    before = _likely_ends(scores, rows, inside) if inside else None
    for row, drawer in enumerate(drawers):
        drawer.lower_seen(scores[row])
    if before is not None:
        given_back = before - _likely_ends(scores, rows, inside)
        scores.index_add_(0, rows, given_back * ~inside[0].marks.going_on)
    for row, drawer in enumerate(drawers):
        drawer.lower_runs(scores[row])


def _likely_ends(scores: torch.Tensor, rows: torch.Tensor, inside: Sequence[Drawer]) -> torch.Tensor:
    """How likely the word of each of the rows ends here, as a score (rows x 1) at the row's own temperature."""
    heat = torch.tensor([[drawer.sampling.temperature or _COLD] for drawer in inside], device=scores.device)
    ending = scores.index_select(0, rows).add_(inside[0].marks.going_on * _FAR)
    # log-sum-exp by way of softmax, which is faster.
    return ending.amax(1, keepdim=True) - heat * (ending / heat).softmax(1).amax(1, keepdim=True).log()


def filter_scores(scores: torch.Tensor, settings: Sequence[Sampling]) -> torch.Tensor:
    """Give scores with temperature applied and every token outside the rows' filters at minus infinity."""
    heat = torch.tensor([s.temperature for s in settings], device=scores.device).unsqueeze(1)
    scores = scores / heat
    steps: list[
        tuple[Callable[[Sampling], float], Callable[[torch.Tensor, torch.Tensor], torch.Tensor], float]
    ]
    steps = [
        (lambda s: s.top_k, _keep_top_k, 0),
        (lambda s: s.top_p, _keep_top_p, 1.0),
        (lambda s: s.min_p, _keep_min_p, 0.0),
        (lambda s: s.typical_p, _keep_typical, 1.0),
    ]
    for value_of, keep, off in steps:
        values = [value_of(s) for s in settings]
        rows = [row for row, value in enumerate(values) if value != off]
        if not rows:
            continue
        limits = torch.tensor([values[row] for row in rows], device=scores.device).unsqueeze(1)
        if len(rows) == len(values):
            scores = keep(scores, limits)
        else:
            places = torch.tensor(rows, device=scores.device)
            scores = scores.index_copy(0, places, keep(scores[places], limits))
    return scores


def _keep_top_k(scores: torch.Tensor, ks: torch.Tensor) -> torch.Tensor:
    ks = ks.clamp(max=scores.shape[-1])
    best = scores.topk(int(ks.max()), dim=-1).values
    return scores.masked_fill(scores < best.gather(1, ks - 1), _OFF)


def _keep_top_p(scores: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
    ordered, places = scores.sort(dim=-1)
    drop = ordered.softmax(dim=-1).cumsum(dim=-1) <= 1 - shares
    drop[:, -1] = False
    return scores.masked_fill(torch.zeros_like(drop).scatter(1, places, drop), _OFF)


def _keep_min_p(scores: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
    likely = scores.softmax(dim=-1)
    best = likely.max(dim=-1, keepdim=True).values
    return scores.masked_fill(likely < shares.clamp(max=1.0) * best, _OFF)


def _keep_typical(scores: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
    logs = scores.log_softmax(dim=-1)
    likely = logs.exp()
    expected = -(logs * likely).nansum(dim=-1, keepdim=True)
    distance = (-logs - expected).abs()
    ordered, places = distance.sort(dim=-1)
    mass = scores.gather(1, places).softmax(dim=-1).cumsum(dim=-1)
    last = (mass < shares).sum(dim=-1, keepdim=True).clamp(max=scores.shape[-1] - 1)
    return scores.masked_fill(distance > ordered.gather(1, last), _OFF)


def _draw(scores: torch.Tensor, drawers: Sequence[Drawer]) -> list[int]:
    # The inverse of the cumulative sum takes one number a row, drawn on the CPU: no kernel, device or
    # neighbour has a say in it. Doubles, because a float32 sum over 150,000 tokens drifts.
    mass = scores.softmax(dim=-1).double().cumsum(dim=-1)
    whole = mass[:, -1:]
    if bool(whole.isnan().any()):
        raise RuntimeError("the model gave numbers that are not numbers")
    points = torch.tensor([[d.spin()] for d in drawers], dtype=torch.float64, device=scores.device) * whole
    found = torch.searchsorted(mass, points, right=True).squeeze(1)
    return found.clamp(max=scores.shape[-1] - 1).tolist()
