"""An engine that gives out a text it was handed, piece by piece: for trying the page without a model."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from creative.engines.contract import Counts, EngineInfo, FinishReason, Piece, Prompt, WriteRequest
from creative.engines.stops import Assembler
from creative.engines.wishes import check_request
from creative.errors import EngineFailed, TextTooLong, UnknownVoice

_MOST_VARIANTS = 16


class ScriptedEngine:
    """Writes what its script says, one character a token; keeps every other promise of the contract."""

    def __init__(
        self,
        script: str | Callable[[WriteRequest], str],
        delay_s: float = 0.0,
        context: int = 32_768,
        chat: bool = True,
    ) -> None:
        self._script = script
        self._delay_s = delay_s
        self._closed = threading.Event()
        self._info = EngineInfo(
            model="scripted",
            title="Scripted",
            precision="none",
            context=context,
            chat=chat,
            why="It gives out a text written beforehand and needs no memory.",
            memory_gb=0.0,
            fingerprint="scripted",
        )

    @property
    def info(self) -> EngineInfo:
        """What a person may know about the model."""
        return self._info

    def count(self, text: Prompt) -> int:
        """Give the number of tokens: one a character."""
        return len(self.render(text))

    def render(self, prompt: Prompt) -> str:
        """Give the text that a model would read."""
        if isinstance(prompt, str):
            return prompt
        return "\n\n".join(message["content"] for message in prompt)

    def stream(self, request: WriteRequest, cancel: threading.Event | None = None) -> Iterator[Piece]:
        """Write, giving text as it comes; see the contract."""
        check_request(request, _MOST_VARIANTS)
        if request.adapter:
            raise UnknownVoice(request.adapter, ())
        prompt_tokens = self.count(self.render(request.prompt))
        room = self._info.context - prompt_tokens
        if room < 1:
            raise TextTooLong(
                f"The prompt has {prompt_tokens} tokens; this model takes {self._info.context} with the text.",
                "Shorten the brief or the text.",
            )
        return self._write(
            request, cancel or threading.Event(), prompt_tokens, min(room, request.max_new_tokens)
        )

    def close(self) -> None:
        """End what is under way as cancelled."""
        self._closed.set()

    def _write(
        self, request: WriteRequest, cancel: threading.Event, prompt_tokens: int, limit: int
    ) -> Iterator[Piece]:
        if self._closed.is_set():
            raise EngineFailed("This model has been closed.", "Ask again: the model now in use will answer.")
        script = self._script if isinstance(self._script, str) else self._script(request)
        texts = [Assembler(_decode, request.stop) for _ in range(request.n)]
        going = dict(enumerate(texts))
        written = 0
        while going:
            # All variants take a step together, as in a batch.
            reason, step = self._next(script, written, limit, cancel)
            written += step is not None
            for index, text in list(going.items()):
                shown = text.push(ord(step)) if step is not None else ""
                ended: FinishReason | None = "stop" if text.stopped else reason
                if ended and not text.stopped:
                    shown += text.finish(complete=ended == "stop")
                counts = Counts(prompt_tokens, written, request.seed or 0) if ended else None
                if shown or ended:
                    yield Piece(shown, index, ended, counts)
                if ended:
                    del going[index]

    def _next(
        self, script: str, written: int, limit: int, cancel: threading.Event
    ) -> tuple[FinishReason | None, str | None]:
        if self._delay_s:
            time.sleep(self._delay_s)
        if cancel.is_set() or self._closed.is_set():
            return "cancelled", None
        if written == len(script):
            return "stop", None
        return "length" if written + 1 == limit else None, script[written]


def _decode(tokens: list[int]) -> str:
    return "".join(map(chr, tokens))
