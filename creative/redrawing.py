"""Lines and words that give way: where a form's craft knows that one cannot stand, others are drawn in its place."""

from __future__ import annotations

import random
import re
import secrets
import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace

from creative.checks import Guide, Unit
from creative.engines.contract import Counts, Engine, FinishReason, Piece, Prompt, WriteRequest

_AT_ONCE, _ROUNDS = 6, 2
"""Lines or words tried side by side, and how often."""
_LONGEST = 40
"""Tokens of a line that is tried; what is longer is prose."""
_REMEMBERED = 20_000
"""Characters of what is gone on with that the guide reads."""
_SEEDS = 2**31
Writing = Generator[Piece, None, Iterator[Piece] | None]


def write_guided(
    engine: Engine,
    request: WriteRequest,
    guide: Guide | None,
    before: str = "",
    cancel: threading.Event | None = None,
) -> Iterator[Piece]:
    """Write as `engine.stream` does, but draw others for lines or words that `guide` finds wrong.

    What the guide holds is shown when it stands; where nothing better comes it stays as it was. All else is what the
    engine alone would have written, and the same seed gives the same text. `before` is the text that is gone on with.
    Without a guide the engine writes alone, and several texts under a guide of words. Refuses at once what
    `engine.stream` refuses.
    """
    if guide is None or (guide.unit == "word" and request.n > 1):
        return engine.stream(request, cancel)
    seed = secrets.randbelow(_SEEDS) if request.seed is None else request.seed
    texts = [
        _Text(engine, replace(request, n=1, seed=seed), index, guide, before, cancel)
        for index in range(request.n)
    ]
    return _take_turns([text.write() for text in texts])


def _take_turns(texts: list[Generator[Piece]]) -> Generator[Piece]:
    going = list(texts)
    try:
        while going:
            for text in list(going):
                piece = next(text, None)
                if piece is None:
                    going.remove(text)
                else:
                    yield piece
    finally:
        for text in texts:
            text.close()


@dataclass(frozen=True)
class _Part:
    """A whole line, or a word with the space before it."""

    text: str
    breaks: str
    """The line breaks after a line; empty where the text ends with it."""
    is_last: bool
    """Whether the text ends with it."""


class _Text:
    """One variant while it is written; the engine is asked at once, so that a refusal comes at once."""

    def __init__(
        self,
        engine: Engine,
        request: WriteRequest,
        index: int,
        guide: Guide,
        before: str,
        cancel: threading.Event | None,
    ) -> None:
        self._engine = engine
        self._request = request
        self._index = index
        self._guide = guide
        self._before = before[-_REMEMBERED:]
        self._cancel = cancel
        self._seeds = random.Random(f"{request.seed} {index}")
        self._text = ""
        seed = self._seeds.randrange(_SEEDS) if index else request.seed
        self._begun = engine.stream(replace(request, seed=seed), cancel)

    @property
    def _whole(self) -> str:
        return self._before + self._text

    def write(self) -> Generator[Piece]:
        """Write to the end."""
        pieces: Iterator[Piece] | None = self._begun
        while pieces is not None:
            pieces = yield from self._listen(pieces)

    def _listen(self, pieces: Iterator[Piece]) -> Writing:
        """Pass a stream on until a part of it gives way; then give the stream that goes on from there."""
        held = ""
        try:
            for piece in pieces:
                if piece.ahead:
                    yield replace(piece, index=self._index)
                    continue
                held += piece.text
                while held:
                    begun = _begun(held, self._guide.unit)
                    if not self._holds(begun):
                        held = held[len(begun) :]
                        yield self._show(begun)
                    elif part := _first(held, self._guide.unit, piece.finish_reason == "stop"):
                        if better := self._better(part):
                            return (yield from self._put(better))
                        held = held[len(part.text + part.breaks) :]
                        yield self._show(part.text + part.breaks)
                    else:
                        break
                if piece.finish_reason:
                    if held:
                        yield self._show(held)
                    yield self._end(piece.finish_reason, piece.counts if pieces is self._begun else None)
            return None
        finally:
            _close(pieces)

    def _holds(self, begun: str) -> bool:
        """Whether the part that begins so cannot be shown yet. One that has been shown in part is shown to its end."""
        if self._guide.unit == "word":
            at_start = not self._whole or begun[0].isspace()
            return at_start and (begun.isspace() or self._guide.holds(self._whole, begun))
        at_start = not self._whole or self._whole.endswith("\n")
        return at_start and self._guide.holds(self._whole, begun.removesuffix("\n"))

    def _put(self, part: _Part) -> Writing:
        """Show a part in place of the one that was held, and give the stream that goes on after it."""
        yield self._show(part.text + part.breaks)
        room = self._room
        if part.is_last or room < 1:
            yield self._end("stop" if part.is_last else "length")
            return None
        return self._ask(1, room)

    def _better(self, part: _Part) -> _Part | None:
        """Give another part for one that cannot stand; None where it stays as it is."""
        if self._guide.weigh(self._whole, part.text, part.breaks) != "wrong":
            return None
        near: _Part | None = None
        for _ in range(_ROUNDS):
            tried = self._try_parts()
            if tried is None:
                break
            for each in tried:
                fit = self._guide.weigh(self._whole, each.text, each.breaks)
                if fit == "full":
                    return each
                near = near or (each if fit == "near" else None)
        return near

    def _try_parts(self) -> list[_Part] | None:
        """Give other parts for the place after the text, as far as they came to an end; None where they would wait."""
        room = min(_LONGEST, self._room)
        if room < 1:
            return None
        unit, texts, finished = self._guide.unit, [""] * _AT_ONCE, [""] * _AT_ONCE
        pieces = self._ask(_AT_ONCE, room)
        try:
            for piece in pieces:
                if piece.ahead:
                    return None
                texts[piece.index] += piece.text
                finished[piece.index] = piece.finish_reason or ""
                if all(end or _first(text, unit) for text, end in zip(texts, finished, strict=True)):
                    break
        finally:
            _close(pieces)
        parts = [_first(text, unit, end == "stop") for text, end in zip(texts, finished, strict=True)]
        return [part for part in parts if part and part.text.strip()]

    def _ask(self, n: int, room: int) -> Iterator[Piece]:
        request = replace(
            self._request,
            prompt=_go_on(self._request.prompt, self._text),
            max_new_tokens=room,
            n=n,
            seed=self._seeds.randrange(_SEEDS),
        )
        return self._engine.stream(request, self._cancel)

    @property
    def _room(self) -> int:
        return self._request.max_new_tokens - self._engine.count(self._text)

    def _show(self, text: str) -> Piece:
        self._text += text
        return Piece(text, self._index)

    def _end(self, reason: FinishReason, counts: Counts | None = None) -> Piece:
        count = self._engine.count
        counts = counts or Counts(count(self._request.prompt), count(self._text), 0)
        return Piece("", self._index, reason, replace(counts, seed=self._request.seed or 0))


def _close(pieces: Iterator[Piece]) -> None:
    if isinstance(pieces, Generator):
        pieces.close()


def _begun(text: str, unit: Unit) -> str:
    """Give as much of the first part of a text as there is."""
    found = re.match(r"[^\n]*\n?" if unit == "line" else r"\s*\S*", text)
    return found.group() if found else ""


def _first(text: str, unit: Unit, ended: bool = False) -> _Part | None:
    """Give the first part of a text; None as long as more of it, or of the line breaks behind it, may come."""
    if unit == "word":
        word = _begun(text, unit)
        is_last = word == text
        return None if word.isspace() or (is_last and not ended) else _Part(word, "", is_last)
    line, broken, rest = text.partition("\n")
    after = rest.lstrip("\n")
    if not after and not ended:
        return None
    breaks = broken + rest[: len(rest) - len(after)]
    return _Part(line, breaks, not breaks)


def _go_on(prompt: Prompt, text: str) -> Prompt:
    """Give the prompt that goes on with what has been written."""
    if isinstance(prompt, str):
        return prompt + text
    last = prompt[-1]
    if last["role"] == "assistant":
        return (*prompt[:-1], {**last, "content": last["content"] + text})
    return (*prompt, {"role": "assistant", "content": text})
