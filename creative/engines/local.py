"""A model on this machine: opens a folder and writes for many at once."""

from __future__ import annotations

import contextlib
import copy
import os
import secrets
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from creative.engines.batch import Batch, Limits
from creative.engines.contract import EngineInfo, Piece, Prompt, WriteRequest
from creative.engines.loading import Loaded, Precision, load_model
from creative.engines.machine import measure_machine
from creative.engines.network import Network
from creative.engines.recorded import SETTLED
from creative.engines.runner import Inline, Scheduler
from creative.engines.samplers import WordMarks, find_word_marks
from creative.engines.ticket import Job, Ticket
from creative.engines.tokens import Reader
from creative.engines.voices import EmptyShelf, Shelf
from creative.engines.wishes import check_request
from creative.errors import CreativeError, TextTooLong

_SEEDS = 2**31
_CACHE_SHARE = (
    0.4  # of the memory still free once the model is loaded; steps and other programs need some too
)
_LEAST_CACHE = 64_000_000
_MOST_KEPT = 1 << 30  # bytes: what was read before is a comfort, and other programs want memory too


def open_engine(
    folder: Path,
    precision: Precision,
    why: str = "",
    title: str = "",
    shelf: Shelf | None = None,
    model: str = "",
    rows: int = 0,
) -> LocalEngine:
    """Give an engine for a local folder, loaded in a precision; `model` is its name when the folder's is not.

    `rows` is how many texts it writes side by side at most; zero leaves that to the machine.
    Raises ModelDamaged and DoesNotFit.
    """
    loaded = load_model(folder, precision)
    info = EngineInfo(
        model=model or folder.name,
        title=title or folder.name,
        precision=precision,
        context=loaded.context,
        chat=bool(loaded.tokenizer.chat_template),
        why=why,
        memory_gb=loaded.memory_gb,
        fingerprint=loaded.fingerprint,
    )
    return LocalEngine(loaded, info, shelf or EmptyShelf(), _find_limits(loaded, rows))


def _find_limits(loaded: Loaded, rows: int) -> Limits:
    machine = measure_machine()
    on_gpu = loaded.model.device.type == "cuda"
    free_gb = machine.gpu_free_gb if on_gpu else machine.ram_free_gb
    cache_bytes = max(_LEAST_CACHE, int(free_gb * 1e9 * _CACHE_SHARE))
    return Limits(rows or (32 if on_gpu else 16), cache_bytes, min(_MOST_KEPT, cache_bytes // 4))


def _tell_int4(info: EngineInfo, more_bytes: int) -> EngineInfo:
    why = "Its 4 bits are int4 in groups of 32, because this processor has no fast product for NF4."
    return replace(info, why=f"{info.why} {why}".strip(), memory_gb=info.memory_gb + more_bytes / 1e9)


class _Runner(Protocol):
    """Takes tickets and sees that the batch turns."""

    def submit(self, ticket: Ticket) -> None: ...

    def next_item(self, ticket: Ticket) -> Piece | CreativeError | None: ...

    def close(self) -> None: ...


class LocalEngine:
    """A loaded model that writes for many at once; see the contract."""

    def __init__(self, loaded: Loaded, info: EngineInfo, shelf: Shelf, limits: Limits | None = None) -> None:
        self._shelf = shelf
        self._folder = loaded.folder
        self._reader = Reader(loaded.tokenizer, loaded.ends)
        self._asking = threading.Lock()  # a fast tokenizer refuses two threads at once
        self._decoder = copy.deepcopy(
            loaded.tokenizer
        )  # so that the writing thread never waits for a long prompt
        self._ends = loaded.ends
        self._network = Network(loaded)
        self._info = _tell_int4(info, self._network.int4_bytes) if self._network.int4_bytes else info
        self._batch = Batch(
            self._network,
            self._decode,
            loaded.ends,
            limits or Limits(),
        )
        self._marks: WordMarks | None = None
        # On ZeroGPU every call runs in a worker of its own, where a thread of ours would not exist.
        self._runner: _Runner = (
            Inline(self._batch) if os.environ.get("SPACES_ZERO_GPU") else Scheduler(self._batch)
        )
        if self._network.device.type == "cuda" and isinstance(self._runner, Scheduler):
            threading.Thread(target=self._warm_up, name="warming up", daemon=True).start()

    @property
    def info(self) -> EngineInfo:
        """What a person may know about the model."""
        return self._info

    @property
    def folder(self) -> Path:
        """Where the model's files are; a training opens them again in its own process."""
        return self._folder

    def count(self, text: Prompt) -> int:
        """Give the number of tokens in plain text, or in messages with all that is put around them."""
        with self._asking:
            return len(self._reader.read_text(text) if isinstance(text, str) else self._reader.read(text))

    def render(self, prompt: Prompt) -> str:
        """Give the exact text the model reads, chat template and all."""
        with self._asking:
            return self._reader.render(prompt)

    def stream(self, request: WriteRequest, cancel: threading.Event | None = None) -> Iterator[Piece]:
        """Write, giving text as it comes. A bad request is refused here, before the first piece is asked for."""
        return self._listen(self._take(request, cancel))

    def close(self) -> None:
        """Free the memory; requests under way end as cancelled."""
        self._runner.close()
        self._network.release()

    def _take(self, request: WriteRequest, cancel: threading.Event | None) -> Ticket:
        check_request(request, self._batch.limits.rows)
        with self._asking:
            tokens = self._reader.read(request.prompt)
            counted_from = self._reader.text_begins(request.prompt, len(tokens))
        room = self._room(len(tokens), 0)
        voice = self._shelf.find(request.adapter) if request.adapter else None
        if voice is not None:
            self._shelf.verify(voice, self._info, self._folder)
        seed = secrets.randbelow(_SEEDS) if request.seed is None else request.seed
        limit = min(request.max_new_tokens, room)

        def prepare() -> Job:
            key = self._network.voices.load(voice.folder) if voice is not None else ""
            past = self._network.voices.past(key)
            lead = past.length if past else 0
            most = min(limit, self._room(len(tokens), lead))
            sampling = request.sampling
            counts_words = sampling.dry_multiplier or sampling.repetition_penalty != 1.0
            marks = self._find_marks() if counts_words else WordMarks()
            return Job(request, tuple(tokens), most, seed, key, marks, lead, counted_from)

        return Ticket(request, prepare, len(tokens), limit, seed, cancel)

    def _warm_up(self) -> None:
        """Write a few words for nobody: a GPU loads its kernels at their first call, and no writer waits for that."""
        with contextlib.suppress(CreativeError):  # closed again, or no room: whoever writes is told
            for _ in self.stream(WriteRequest("The", 2 * SETTLED, seed=0)):
                pass

    def _room(self, prompt_tokens: int, lead: int) -> int:
        """Give the tokens that may be written after a prompt and what its voice puts before it."""
        room = self._info.context - prompt_tokens - lead
        if room < 1:
            beside = f" beside the {lead} of the voice" if lead else ""
            raise TextTooLong(
                f"The prompt has {prompt_tokens} tokens{beside}; this model takes {self._info.context} with the text.",
                "Shorten the brief or the text, or choose a model with a longer context.",
            )
        return room

    def _listen(self, ticket: Ticket) -> Iterator[Piece]:
        self._runner.submit(ticket)
        try:
            while (item := self._runner.next_item(ticket)) is not None:
                if isinstance(item, CreativeError):
                    raise item
                yield item
        finally:
            ticket.left = True

    def _decode(self, tokens: list[int]) -> str:
        return self._decoder.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)

    def _find_marks(self) -> WordMarks:
        if self._marks is None:
            tokens = range(len(self._decoder))
            entries = self._decoder.convert_ids_to_tokens(list(tokens))
            texts = self._decoder.batch_decode([[token] for token in tokens])
            width = self._network.model.config.get_text_config().vocab_size
            self._marks = find_word_marks(zip(entries, texts, strict=True), width, self._network.device)
        return self._marks
