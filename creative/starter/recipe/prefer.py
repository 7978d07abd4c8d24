"""Preference tuning: of two texts for a brief the better becomes likelier and the worse less; plain text stays.

Direct preference optimization (Rafailov et al. 2023, arXiv 2305.18290) on the mean of a text's tokens instead of their
sum, as in Tulu 3 (Lambert et al. 2024, arXiv 2411.15124), so that no text wins by its length; with DPO-Positive's
penalty where the better one becomes less likely too (Pal et al. 2024, arXiv 2402.13228), as reports and ads did, whose
two texts have most words in common. The first teacher is the model that the run starts from.

nice python -m creative.starter.recipe.prefer --tries FILE --tokens FOLDER --run FOLDER --start-from START
    --teachers START BASE
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn import functional

from creative.starter.recipe.data import STARTER, open_tokens
from creative.starter.recipe.loop import Batch, Read, Run, read_plan
from creative.starter.recipe.pretrain import ask_for_shares, held_out_losses, plain_batch, share_kinds
from creative.starter.recipe.tries import Tried, read_tried
from creative.starter.recipe.tune import Example, encode, make_batch, share_sizes, sort_by_size

SHARPNESS = 5.0
"""How much a nat per token between two texts weighs; DPO's beta for means."""
HELD = 5.0
"""How many times what the better text became less likely by counts; DPO-Positive's lambda."""
LEARNED = 0.2
"""Weight of the better text's own loss, without which both of a pair may become less likely."""
KEPT = 1.0
"""Weight of plain text, learned from the teachers."""


class PreferenceRun(Run):
    """A run whose batches hold the better texts, then the worse ones in the same order, then plain text."""

    def _loss(self, read: Read) -> torch.Tensor:
        assert self.teachers is not None
        rows = read.counted.nonzero()[:, 0]
        told = self.teachers.ask(read.ids, read.counted, read.plain)
        scores = (read.hidden[read.counted] @ self.model.lm_head.weight.T).float()
        likely = functional.log_softmax(scores, dim=-1)
        chosen = read.targets[read.counted].unsqueeze(1)
        own = likely.gather(1, chosen).squeeze(1)
        before = told.gather(1, chosen).squeeze(1).clamp(min=1e-9).log()
        pairs = int((~read.plain).sum()) // 2
        loss = _preferred(own - before, rows, pairs) - LEARNED * own[rows < pairs].mean()
        in_plain = read.plain[rows]
        if bool(in_plain.any()):
            loss = loss - KEPT * (told[in_plain] * likely[in_plain]).sum(dim=-1).mean()
        return loss


def _preferred(gains: torch.Tensor, rows: torch.Tensor, pairs: int) -> torch.Tensor:
    """Give DPO-Positive's loss from what each token became likelier by, in nats, and the row it stands in."""
    count = int(rows.max()) + 1
    sums = gains.new_zeros(count).index_add(0, rows, gains)
    means = sums / torch.bincount(rows, minlength=count)
    better, worse = means[:pairs], means[pairs : 2 * pairs]
    return -functional.logsigmoid(SHARPNESS * (better - worse - HELD * (-better).clamp(min=0))).mean()


def encode_tried(tried: Tried, tokenizer: Tokenizer) -> tuple[Example, Example]:
    """The better and the worse text of a brief, each behind the same prompt, in tokens."""
    worse = replace(tried.pair, text=tried.worse, whole=tried.worse_whole)
    return encode(tried.pair, tokenizer), encode(worse, tokenizer)


def main() -> None:
    """Tune on the tries."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=Path, nargs="+", required=True)
    parser.add_argument("--tokens", type=Path, required=True)
    ask_for_shares(parser, plain=0.25)
    options, plan = read_plan(parser)
    tokenizer = Tokenizer.from_file(str(STARTER / "tokenizer.json"))
    tries = (encode_tried(tried, tokenizer) for file in options.tries for tried in read_tried(file))
    by_size = sort_by_size(tries, lambda both: max(map(len, both)))
    plain, held_out = open_tokens(options.tokens, "train"), open_tokens(options.tokens, "held_out")
    rows, shares = share_sizes(by_size)
    kinds = share_kinds(options.kinds)

    def draw(rng: np.random.Generator) -> Batch:
        size = int(rng.choice(list(rows), p=shares))
        beside = max(1, round(rows[size] * options.plain_share))
        chosen = rng.integers(0, len(by_size[size]), (rows[size] - beside) // 2)
        both = [by_size[size][i] for i in chosen]
        examples = [better for better, _ in both] + [worse for _, worse in both]
        parts = [make_batch(examples, size), plain_batch(plain, rng, beside, size, kinds)]
        ids, labels = (np.concatenate(column) for column in zip(*parts, strict=True))
        return ids, labels

    PreferenceRun(plan).train(draw, lambda model: held_out_losses(model, held_out))


if __name__ == "__main__":
    main()
