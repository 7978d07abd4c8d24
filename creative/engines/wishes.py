"""Checks what a request asks of any engine, before anything is computed."""

from __future__ import annotations

import math

from creative.engines.contract import Sampling, WriteRequest
from creative.errors import BadValue, shorten

_ROOM = {
    "temperature": (0.0, 5.0),
    "top_k": (0, 1_000_000),
    "top_p": (0.0, 1.0),
    "min_p": (0.0, 1.0),
    "typical_p": (0.0, 1.0),
    "repetition_penalty": (0.1, 10.0),
    "no_repeat_ngram": (0, 1000),
    "dry_multiplier": (0.0, 100.0),
    "dry_base": (1.0, 10.0),
    "dry_allowed_length": (1, 1000),
    "dry_range": (0, 1_000_000),
}


def check_request(request: WriteRequest, most_variants: int) -> None:
    """Raise BadValue naming the first wish that is no number or out of its room."""
    if request.max_new_tokens < 1:
        raise BadValue(f"The length asked for is {request.max_new_tokens} tokens.", "Ask for at least 1.")
    if not 1 <= request.n <= most_variants:
        raise BadValue(f"{request.n} variants were asked for.", f"Ask for 1 to {most_variants}.")
    check_sampling(request.sampling)


def check_sampling(sampling: Sampling) -> None:
    """Raise BadValue for the first setting that is no number or out of its room."""
    for name, (least, most) in _ROOM.items():
        value = getattr(sampling, name)
        if not isinstance(value, int | float) or not math.isfinite(value) or not least <= value <= most:
            raise BadValue(
                f"The setting {name} is {shorten(value)}.", f"Give a number from {least:g} to {most:g}."
            )
