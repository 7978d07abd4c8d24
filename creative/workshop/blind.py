"""The blind test: the same brief written by the plain model and by the voice, shown without saying which is which."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from creative import forms
from creative.engines.contract import Engine, Sampling, WriteRequest
from creative.forms import Form
from creative.training.folder import SamplePrompt

MOST_TOKENS = 220
_SEEDS = 2**31


@dataclass(frozen=True)
class BlindPair:
    """What a person sees: two texts, and a token that only the server can open."""

    brief: str
    """What was asked, in a few words."""
    left: str
    right: str
    token: str


def write_both(engine: Engine, form: Form, prompt: SamplePrompt, voice: str) -> tuple[str, str]:
    """Give a brief written by the plain model and by the voice, with the same seed, as a writer would get it.

    Both are written at once. Raises what the engine raises: AdapterMismatch when another model is in use than
    the voice belongs to.
    """
    request = WriteRequest(
        prompt=prompt.prompt if isinstance(prompt.prompt, str) else tuple(prompt.prompt),
        max_new_tokens=MOST_TOKENS,
        sampling=Sampling.of(forms.sampling_for(form, 0.5)),
        stop=form.stop,
        seed=secrets.randbelow(_SEEDS),
    )
    with ThreadPoolExecutor(max_workers=2) as writers:
        base, own = writers.map(lambda name: _write(engine, replace(request, adapter=name)), ("", voice))
    return base, own


def _write(engine: Engine, request: WriteRequest) -> str:
    return "".join(piece.text for piece in engine.stream(request)).strip()
