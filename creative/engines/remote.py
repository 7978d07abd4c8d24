"""A model behind another server: writes through any OpenAI-compatible one, and tells what that server cannot do."""

from __future__ import annotations

import asyncio
import queue
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx2
import openai
from openai import AsyncOpenAI

from creative.adapters import Shelf
from creative.engines.contract import Counts, EngineInfo, FinishReason, Piece, Prompt, WriteRequest
from creative.engines.server_voices import Role, find_role
from creative.engines.servers import OTHER, Door, KnownContext, Served
from creative.engines.stops import Assembler
from creative.engines.tokens import break_marks
from creative.engines.wishes import check_request
from creative.errors import CreativeError, EngineFailed, EngineUnreachable, TextTooLong, shorten

_MOST_VARIANTS = 16
_SEEDS = 2**31
_TIMES = httpx2.Timeout(connect=5.0, read=300.0, write=30.0, pool=None)
_LISTEN_S = 0.02
"""How often a listener who waits for text looks whether it was cancelled."""
_MOST_COUNTED = 4096
"""Texts whose token counts are kept: a form's own parts come again with every request."""
WATCH_S = 5.0
"""How often a server is asked whether it is still there."""
_GO_ON = "Go on from exactly where the text stops. Write only what comes next."
_DRY = {"dry_multiplier", "dry_base", "dry_allowed_length", "dry_range"}

_TROUBLE = (openai.OpenAIError, httpx2.HTTPError, ValueError, KeyError, TypeError)
"""What talking with a server may raise."""

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Address:
    """Where a server is, and the key it wants."""

    url: str
    key: str = ""

    @property
    def base(self) -> str:
        """The address of its OpenAI routes."""
        url = self.url.rstrip("/")
        return url if urlsplit(url).path else f"{url}/v1"

    @property
    def shown(self) -> str:
        """The part of it that may be told: never a name and password in it."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


@dataclass(frozen=True)
class _Task:
    """A request as the server is asked for it."""

    request: WriteRequest
    served: Served
    role: Role
    prompt: Prompt
    prompt_tokens: int
    limit: int
    seed: int


def open_remote(
    address: Address, model: str, shelf: Shelf, known_context: KnownContext, title: str = ""
) -> RemoteEngine:
    """Give the engine that writes through a server; `model` is the name it serves, empty for its first.

    Raises EngineUnreachable, EngineFailed and UnknownModel.
    """
    engine = RemoteEngine(address, model, shelf, known_context, title)
    try:
        engine.look()
    except CreativeError:
        engine.close()
        raise
    engine.watch()
    return engine


class RemoteEngine:
    """A model on a server; see the contract. All talk with it happens on one thread of its own."""

    def __init__(
        self, address: Address, model: str, shelf: Shelf, known_context: KnownContext, title: str = ""
    ) -> None:
        self._address = address
        self._wanted = model
        self._shelf = shelf
        self._known_context = known_context
        self._title = title
        self._closed = threading.Event()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="remote-engine", daemon=True).start()
        # The key is always given, so that none of the environment goes to a stranger.
        self._client = AsyncOpenAI(
            base_url=address.base, api_key=address.key or "none", timeout=_TIMES, max_retries=2
        )
        self._door = Door(self._client)
        self._served: Served | None = None
        self._doubted = False  # it was away, or has not what it had: to be asked anew
        self._away = False
        self._counted: OrderedDict[str, int] = OrderedDict()
        self._counting = threading.Lock()

    @property
    def info(self) -> EngineInfo:
        """What a person may know about the model."""
        served = self._served
        if served is None:
            raise EngineFailed("The server has not been asked yet.", "Wait until it has answered.")
        return EngineInfo(
            model=_shown(served.model),
            title=self._title or _shown(served.model),
            precision=served.kind.name,
            context=served.context,
            chat=served.chat,
            why=self._explain(served),
            memory_gb=0.0,
            fingerprint="",
            voices=tuple(served.voices),
            leaves_out=served.kind.leaves_out,
            counts_exactly=bool(served.kind.counts_at),
            remote=True,
            away=self._unreachable().message if self._away else "",
        )

    def look(self) -> None:
        """Ask the server what it is and has; it may have changed. Raises as `open_remote`."""
        looked = self._do(self._door.look(self._wanted, self._known_context))
        with self._counting:
            self._counted.clear()
        self._see(looked)

    def watch(self) -> None:
        """See from now on, until it is closed, whether the server is there; `info.away` tells."""
        asyncio.run_coroutine_threadsafe(self._watch(), self._loop)

    def count(self, text: Prompt) -> int:
        """Give the number of tokens: the server's own count where it has one, else an estimate."""
        text = break_marks(text)
        if not isinstance(text, str):
            return self._do(self._door.count(self._know(), text))
        with self._counting:
            if text in self._counted:
                self._counted.move_to_end(text)
                return self._counted[text]
        served = self._know()
        number = self._do(self._door.count(served, text))
        with self._counting:
            self._counted[text] = number
            while len(self._counted) > _MOST_COUNTED:
                self._counted.popitem(last=False)
        return number

    def render(self, prompt: Prompt) -> str:
        """Give the text the model reads; where the server does not tell its template, the messages alone."""
        return self._do(self._door.render(self._know(), break_marks(prompt)))

    def stream(self, request: WriteRequest, cancel: threading.Event | None = None) -> Iterator[Piece]:
        """Write, giving text as it comes. A bad request is refused here, before the first piece is asked for."""
        check_request(request, _MOST_VARIANTS)
        return self._listen(self._take(request), cancel or threading.Event())

    def close(self) -> None:
        """Leave the server; requests under way end as cancelled."""
        if not self._closed.is_set():
            self._closed.set()
            asyncio.run_coroutine_threadsafe(self._leave(), self._loop)

    # --- asking ------------------------------------------------------------------------------

    def _know(self) -> Served:
        """Give what the server is, asking again after it was away."""
        if self._served is None or self._doubted:
            self.look()
        assert self._served is not None
        return self._served

    def _see(self, served: Served) -> None:
        self._served, self._doubted, self._away = served, False, False

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_S)
            if not await self._door.answers():
                self._doubted = self._away = True
            elif self._away:
                try:
                    self._see(await self._door.look(self._wanted, self._known_context))
                except (CreativeError, *_TROUBLE):
                    continue  # it is only just starting, perhaps

    def _do(self, talk: Coroutine[Any, Any, Answer]) -> Answer:
        """Give the outcome of talking with the server; what goes wrong there is told in our words."""
        if self._closed.is_set():
            talk.close()
            raise _closed()
        answer = asyncio.run_coroutine_threadsafe(talk, self._loop)
        try:
            while True:
                try:
                    return answer.result(1.0)
                except TimeoutError:
                    if self._closed.is_set():
                        raise _closed() from None
        except CancelledError:
            raise _closed() from None
        except _TROUBLE as err:
            raise self._tell(err) from err

    def _take(self, request: WriteRequest) -> _Task:
        served = self._know()
        role, served = self._do(find_role(self._door, served, request.adapter, self._shelf))
        self._served = served
        prompt = break_marks(request.prompt)
        if not isinstance(prompt, str) and not served.chat:
            prompt = "\n\n".join(message["content"] for message in prompt)
        if not isinstance(prompt, str) and prompt[-1]["role"] == "assistant" and served.kind.goes_on is None:
            prompt = (*prompt, {"role": "user", "content": _GO_ON})
        tokens = self.count(prompt)
        room = served.context - tokens
        if room < 1:
            raise TextTooLong(
                f"The prompt has {tokens} tokens; this model takes {served.context} with the text.",
                "Shorten the brief or the text, or choose a model with a longer context.",
            )
        seed = secrets.randbelow(_SEEDS) if request.seed is None else request.seed
        return _Task(request, served, role, prompt, tokens, min(request.max_new_tokens, room), seed)

    # --- writing -----------------------------------------------------------------------------

    def _listen(self, task: _Task, cancel: threading.Event) -> Iterator[Piece]:
        pieces: queue.SimpleQueue[Piece | CreativeError] = queue.SimpleQueue()
        going = dict.fromkeys(range(task.request.n), 0)  # variant -> pieces it gave
        if self._closed.is_set():
            raise _closed()
        if cancel.is_set():
            yield from self._break_off(task, going)
            return
        writing = asyncio.run_coroutine_threadsafe(self._write(task, pieces.put), self._loop)
        try:
            while going:
                if cancel.is_set() or self._closed.is_set():
                    yield from self._break_off(task, going)
                    return
                try:
                    piece = pieces.get(timeout=_LISTEN_S)
                except queue.Empty:
                    if writing.done() and not self._closed.is_set():
                        writing.result()  # a mistake of ours is not to be waited for
                    continue
                if isinstance(piece, CreativeError):
                    raise piece
                going[piece.index] += 1
                yield piece
                if piece.finish_reason:
                    del going[piece.index]
        finally:
            writing.cancel()  # closes the connections, which is what ends the writing there

    def _break_off(self, task: _Task, going: dict[int, int]) -> Iterator[Piece]:
        for index, given in going.items():
            yield Piece("", index, "cancelled", Counts(task.prompt_tokens, given, task.seed))

    async def _write(self, task: _Task, give: Callable[[Piece | CreativeError], None]) -> None:
        """Write every variant in a request of its own: so each has its own seed, count and end.

        Servers keep the common prompt in their cache, and several of them ignore `n`.
        """
        await asyncio.gather(*(self._write_one(task, index, give) for index in range(task.request.n)))

    async def _write_one(
        self, task: _Task, index: int, give: Callable[[Piece | CreativeError], None]
    ) -> None:
        try:
            await self._follow(task, index, give)
        except (openai.OpenAIError, httpx2.HTTPError, ValueError) as err:
            give(self._tell(err))
        except EngineFailed as err:
            give(err)

    async def _follow(self, task: _Task, index: int, give: Callable[[Piece | CreativeError], None]) -> None:
        text = Assembler(lambda codes: "".join(map(chr, codes)), task.request.stop)
        chunks, reason, usage = 0, "", None
        async with await self._ask(task, index) as stream:
            async for chunk in stream:
                usage = chunk.usage or usage
                if not chunk.choices:
                    continue
                choice = chunk.choices[0]
                fresh = choice.text if isinstance(task.prompt, str) else choice.delta.content
                chunks += bool(fresh)
                if shown := "".join(text.push(ord(char)) for char in fresh or ""):
                    give(Piece(shown, index))
                reason = choice.finish_reason or reason
                if text.stopped:
                    break
        if not reason and not text.stopped:
            raise EngineFailed(
                f"The server at {self._address.shown} broke off in the middle.",
                "What was written is kept; go on from there.",
            )
        finish: FinishReason = "length" if reason == "length" and not text.stopped else "stop"
        new_tokens = usage.completion_tokens if usage else task.limit if finish == "length" else chunks
        prompt_tokens = usage.prompt_tokens if usage else task.prompt_tokens
        counts = Counts(prompt_tokens, new_tokens, task.seed)
        give(Piece(text.finish(complete=finish == "stop"), index, finish, counts))

    async def _ask(self, task: _Task, index: int) -> Any:
        """Give the open stream of one variant."""
        kind = task.served.kind
        beside = {**kind.spell(task.request.sampling, task.served.context), **task.role.beside}
        words: dict[str, Any] = {
            "model": task.role.model,
            "max_tokens": task.limit,
            "seed": (task.seed + index) % _SEEDS,
            "stream": True,
        }
        if task.request.stop:
            # The rest are looked for here as well, so no more than are taken need be sent.
            words["stop"] = list(task.request.stop[: 4 if kind is OTHER else None])
        if kind.tells_usage:
            words["stream_options"] = {"include_usage": True}
        if isinstance(task.prompt, str):
            return await self._client.completions.create(prompt=task.prompt, extra_body=beside, **words)
        messages = [dict(message) for message in task.prompt]
        if messages[-1]["role"] == "assistant":
            beside |= kind.goes_on or {}
        return await self._client.chat.completions.create(messages=messages, extra_body=beside, **words)  # type: ignore[arg-type]

    async def _leave(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._client.close()
        self._loop.call_soon(self._loop.stop)

    # --- telling -----------------------------------------------------------------------------

    def _explain(self, served: Served) -> str:
        left_out = [name for name in served.kind.leaves_out if name not in _DRY]
        if len(served.kind.leaves_out) > len(left_out):
            left_out.append("DRY")
        sentences = [f"{served.kind.name} writes."]
        if left_out:
            sentences.append(f"It does not know these settings, which have no effect: {', '.join(left_out)}.")
        if not served.kind.counts_at:
            sentences.append("It does not count tokens, so their number is estimated.")
        if served.chat and served.kind.goes_on is None:
            sentences.append("It cannot go on within a text, so it is asked to, and may repeat a few words.")
        return " ".join((*sentences, *served.notes))

    def _unreachable(self) -> EngineUnreachable:
        return EngineUnreachable(
            f"The server at {self._address.shown} does not answer.",
            "Your text is kept. Try again in a moment.",
        )

    def _tell(self, err: Exception) -> CreativeError:
        """Give what went wrong with the server in our words."""
        place, said = self._address.shown, shorten(_words(err), 200)
        status = err.status_code if isinstance(err, openai.APIStatusError) else 0
        if isinstance(err, openai.APIConnectionError | httpx2.HTTPError) or status in (502, 503, 504):
            self._doubted = self._away = True
            return self._unreachable()
        if status in (401, 403):
            return EngineFailed(
                f"The server at {place} does not accept the key.",
                "Start again with the right one in CREATIVE_ENGINE_KEY.",
            )
        if status == 404:
            self._doubted = True
            return EngineFailed(
                f"The server at {place} does not have what was asked for: {said}.",
                "Write again: it is asked anew what it has.",
            )
        if status == 429:
            return EngineFailed(
                f"The server at {place} has more to do than it takes.", "Try again in a moment."
            )
        if status == 400 and re.search(r"context|too long|maximum.*tokens", said, re.IGNORECASE):
            return TextTooLong(
                f"The text is too long for the server at {place}: {said}.", "Shorten the brief or the text."
            )
        if not isinstance(err, openai.OpenAIError):
            return EngineFailed(
                f"The server at {place} gives answers that cannot be read.",
                "Check that --engine is the address of an OpenAI-compatible server, such as http://host:8000/v1.",
            )
        return EngineFailed(
            f"The server at {place} could not write this: {said}.", "Try again, or ask whoever runs it."
        )


def _closed() -> EngineFailed:
    return EngineFailed("This model has been closed.", "Ask again: the model now in use will answer.")


def _words(err: Exception) -> str:
    """Give what a server said was wrong, out of the several shapes that takes."""
    body: Any = getattr(err, "body", None)
    for name in ("error", "message", "detail"):
        if isinstance(body, dict) and body.get(name):
            body = body[name]
    told = body if isinstance(body, str) and body else getattr(err, "message", "") or str(err)
    return told.strip().rstrip(".")


def _shown(name: str) -> str:
    """Give a model's name as visitors may see it: of a path, which some servers take for a name, only the end."""
    parts = re.split(r"[/\\]", name.rstrip("/\\"))
    return parts[-1] if len(parts) > 2 or name.startswith(("/", ".", "~")) else name
