"""Servers that write: what each kind calls things, and what stands at an address, found by asking it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import httpx2
from openai import APIConnectionError, APIStatusError, APITimeoutError, AsyncOpenAI

from creative.engines.contract import Prompt, Sampling
from creative.errors import EngineFailed, UnknownModel

Settings = Mapping[str, Any]
Listed = Mapping[str, Any]
"""A model as a server lists it."""
KnownContext = Callable[[str], int]
"""Give the context of a model by its name, from what is known here; 0 when it is not."""
_SIGN_OF_LIFE_S = 5.0
ASSUMED_CONTEXT = 4096
"""Where neither the server nor the catalogue tells."""
_OPENAI = {"temperature": "temperature", "top_p": "top_p"}
_LLAMA_CPP_PYTHON = _OPENAI | {"top_k": "top_k", "min_p": "min_p", "repetition_penalty": "repeat_penalty"}
_DRY = ("dry_multiplier", "dry_base", "dry_allowed_length")
_DRY_RANGE = "dry_penalty_last_n"
# English prose and Chinese: what a tokenizer makes of each is how an estimate is calibrated.
_SAMPLE = (
    "The ferry had stopped before the war, and nobody in the harbour could say whose idea it had been. " * 3
)
_CHINESE_SAMPLE = "渡船在战争之前就停了，港口里没有人说得出那是谁的主意。" * 3
_MORE_THAN_ANY_CONTEXT = 300_000
_MESSAGE_TOKENS = 8


@dataclass(frozen=True)
class Kind:
    """What one kind of server understands."""

    name: str
    takes: Mapping[str, str]
    """Sampling setting -> what the server calls it; what is missing here, it cannot do."""
    always: Settings = field(default_factory=dict)
    """Sent with every request, because the server's own default would change the text."""
    looks_back: tuple[str, ...] = ()
    """How far back its penalties look, in tokens: as far as the context where no range is asked for, never by the
    server's own default."""
    in_config: bool = False
    """Whether the settings travel as JSON inside `generation_config`; anything else unknown is refused there."""
    goes_on: Settings | None = None
    """What makes it continue a last message of role `assistant`; None when it always begins a new one."""
    counts_at: str = ""
    """The route that counts tokens; empty when it has none."""
    tells_usage: bool = True
    """Whether it must be asked to tell what a stream cost."""

    @property
    def leaves_out(self) -> tuple[str, ...]:
        """The sampling settings it does not know."""
        return tuple(each.name for each in fields(Sampling) if each.name not in self.takes)

    def spell(self, sampling: Sampling, context: int) -> dict[str, Any]:
        """Give the settings as a server with this context reads them: all it knows, also those that are off."""
        values = {
            theirs: value
            for ours, theirs in self.takes.items()
            if (value := getattr(sampling, ours)) is not None
        }
        if self is VLLM and not sampling.top_k:
            values["top_k"] = -1  # 0 is an error in older versions
        if not self.in_config:
            return {
                **values,
                **self.always,
                **{name: values.get(name) or context for name in self.looks_back},
            }
        if not values:
            return {}
        values["do_sample"] = sampling.temperature > 0
        if not sampling.temperature:
            values = {name: value for name, value in values.items() if name not in _DRAWS}
        return {"generation_config": json.dumps(values)}


_DRAWS = ("temperature", "top_k", "top_p", "min_p", "typical_p")
"""Settings that transformers warns of when nothing is drawn."""

VLLM = Kind(
    "vLLM",
    _OPENAI | {name: name for name in ("top_k", "min_p", "repetition_penalty")},
    goes_on={"add_generation_prompt": False, "continue_final_message": True},
    counts_at="/tokenize",
)
LLAMA_CPP = Kind(
    "llama.cpp",
    _LLAMA_CPP_PYTHON | {name: name for name in ("typical_p", *_DRY)} | {"dry_range": _DRY_RANGE},
    # Its own order puts the temperature last.
    always={"samplers": ["penalties", "dry", "temperature", "top_k", "top_p", "min_p", "typ_p"]},
    # 64 by default; -1, once the word for all, is refused by newer ones.
    looks_back=("repeat_last_n", _DRY_RANGE),
    goes_on={},
    counts_at="/tokenize",
)
LLAMA_CPP_PYTHON = Kind(
    "llama-cpp-python", _LLAMA_CPP_PYTHON, counts_at="/extras/tokenize/count", tells_usage=False
)
TRANSFORMERS = Kind(
    "transformers serve",
    _OPENAI
    | {name: name for name in ("top_k", "min_p", "typical_p", "repetition_penalty")}
    | {"no_repeat_ngram": "no_repeat_ngram_size"},
    in_config=True,
    tells_usage=False,
)
OTHER = Kind("OpenAI-compatible server", _OPENAI)


@dataclass(frozen=True)
class Served:
    """What a server told about itself and the model it is asked for."""

    kind: Kind
    model: str
    """The name to send."""
    source: str = ""
    """Where its weights come from, as the server says; voices are checked against it."""
    context: int = ASSUMED_CONTEXT
    chat: bool = True
    voices: Mapping[str, int] = field(default_factory=dict)
    """The voices it has -> their number there (llama.cpp), else 0."""
    letters: tuple[float, float] = (0.3, 1.2)
    """Tokens per Latin and per other character, for an estimate; cautious until measured, unused where it counts."""
    notes: tuple[str, ...] = ()
    """What a person should know, in sentences."""

    def estimate(self, text: str) -> int:
        """Give about how many tokens a text has, a tenth too many rather than too few."""
        latin = sum(char < "\u0250" for char in text)
        tokens = latin * self.letters[0] + (len(text) - latin) * self.letters[1]
        return int(1.1 * tokens) + 1 if text else 0


class Door:
    """The routes of one server, those outside of OpenAI's ones too."""

    def __init__(self, client: AsyncOpenAI) -> None:
        self.client = client
        self._once = client.with_options(max_retries=0)  # for questions that may well be refused
        # Most routes lie beside /v1, not under it.
        self.root = str(client.base_url).rstrip("/").removesuffix("/v1")

    async def get(self, route: str) -> Any:
        """Give the JSON of a route, None when there is none. Raises openai's errors for a server that is not ready."""
        try:
            told = await self._once.get(self.root + route, cast_to=object)
        except APIStatusError as err:
            if err.status_code in (401, 403, 502, 503, 504):
                raise
            return None
        return told if isinstance(told, dict | list) else None  # a web page, perhaps

    async def answers(self) -> bool:
        """Tell whether the server is there; one that has too much to do to answer at once is."""
        try:
            # Over a connection of its own: an old one may end in a process that no longer takes new ones.
            await self._once.get(
                f"{self.root}/health",
                cast_to=object,
                options={"timeout": _SIGN_OF_LIFE_S, "headers": {"Connection": "close"}},
            )
        except APIStatusError as err:
            return err.status_code not in (502, 503, 504)
        except APITimeoutError as err:
            return not isinstance(err.__cause__, httpx2.ConnectTimeout)
        except APIConnectionError:
            return False
        return True

    async def post(self, route: str, body: Settings) -> Any:
        """Give the JSON that answers a question. Raises openai's errors."""
        return await self.client.post(self.root + route, body=dict(body), cast_to=object)

    async def models(self) -> list[Listed]:
        """Give what the server lists. Raises ValueError for an answer that is no list of models."""
        told = await self.client.get("/models", cast_to=object)
        if not isinstance(told, dict) or not isinstance(told.get("data"), list):
            raise ValueError("no list of models")
        return [model for model in told["data"] if isinstance(model, dict) and model.get("id")]

    async def count(self, served: Served, prompt: Prompt) -> int:
        """Give the tokens of plain text or of messages with all that is put around them."""
        kind = served.kind
        if not isinstance(prompt, str):
            if kind is VLLM:
                return int((await self._tokenize(served, prompt))["count"])
            if kind is LLAMA_CPP:
                return await self.count(served, await self.render(served, prompt))
            return sum([await self.count(served, m["content"]) + _MESSAGE_TOKENS for m in prompt]) + 1
        if kind is VLLM:
            return int((await self._tokenize(served, prompt))["count"])
        if kind is LLAMA_CPP:
            return len((await self.post("/tokenize", {"content": prompt}))["tokens"])
        if kind is LLAMA_CPP_PYTHON:
            asked = {"model": served.model, "input": prompt}
            return int((await self.post("/extras/tokenize/count", asked))["count"])
        return served.estimate(prompt)

    async def render(self, served: Served, prompt: Prompt) -> str:
        """Give the text the model reads; where the server does not tell, the messages one after the other."""
        if isinstance(prompt, str):
            return prompt
        if served.kind is VLLM:
            tokens = (await self._tokenize(served, prompt))["tokens"]
            told = await self.post("/detokenize", {"model": served.model, "tokens": tokens})
            return str(told["prompt"])
        if served.kind is LLAMA_CPP:
            return str((await self.post("/apply-template", {"messages": prompt}))["prompt"])
        return "\n\n".join(message["content"] for message in prompt)

    async def _tokenize(self, served: Served, prompt: Prompt) -> Any:
        if isinstance(prompt, str):
            asked: dict[str, Any] = {"prompt": prompt, "add_special_tokens": False}
        else:
            asked = {"messages": [dict(message) for message in prompt]}
            if prompt[-1]["role"] == "assistant":
                asked |= served.kind.goes_on or {}
        return await self.post("/tokenize", {"model": served.model, **asked})

    # --- asking what stands here -----------------------------------------------------------

    async def look(self, wanted: str, known_context: KnownContext) -> Served:
        """Find out what stands here and give what it serves under the name, or the first model it has.

        Raises UnknownModel, EngineFailed and openai's errors.
        """
        routes = set((await self.get("/openapi.json") or {}).get("paths", {}))
        if {"/load_model", "/reset"} <= routes:
            return await self._look_at_transformers(wanted, known_context)
        listed = await self.models()
        kind = await self._find_kind(listed, routes)
        bases = [str(model["id"]) for model in listed if not model.get("parent")]
        if not bases:
            raise EngineFailed("The server has no model.", "Start it with one, then write again.")
        if wanted and wanted not in bases:
            raise UnknownModel(wanted, bases)
        name = wanted or bases[0]
        model = next(each for each in listed if each["id"] == name)
        served = Served(kind, name, str(model.get("root") or name))
        if kind is VLLM:
            voices = {str(each["id"]): 0 for each in listed if each.get("parent")}
            served = replace(served, context=int(model["max_model_len"]), voices=voices)
            return replace(served, chat=await self._has_template(served))
        if kind is LLAMA_CPP:
            return await self._look_at_llama_cpp(served)
        if kind is LLAMA_CPP_PYTHON:
            return await self._look_at_llama_cpp_python(served)
        return _with_context(served, known_context)

    async def _find_kind(self, listed: list[Listed], routes: set[str]) -> Kind:
        if any(model.get("owned_by") == "llamacpp" for model in listed):
            return LLAMA_CPP
        if any(model.get("max_model_len") for model in listed) and await self.get("/version"):
            return VLLM
        return LLAMA_CPP_PYTHON if LLAMA_CPP_PYTHON.counts_at in routes else OTHER

    async def _has_template(self, served: Served) -> bool:
        try:
            await self._tokenize(served, ({"role": "user", "content": "Hello."},))
        except APIStatusError:
            return False
        return True

    async def _look_at_llama_cpp(self, served: Served) -> Served:
        props = await self.get("/props") or {}
        adapters = await self.get("/lora-adapters") or []
        voices = {_stem(str(each["path"])): int(each["id"]) for each in adapters}
        context = int(props.get("default_generation_settings", {}).get("n_ctx", 0)) or ASSUMED_CONTEXT
        return replace(served, context=context, chat=bool(props.get("chat_template")), voices=voices)

    async def _look_at_llama_cpp_python(self, served: Served) -> Served:
        """Ask with a prompt that is too long for any model: the refusal tells the context."""
        told = ""
        try:
            await self._once.completions.create(
                model=served.model, prompt="a " * _MORE_THAN_ANY_CONTEXT, max_tokens=1
            )
        except APIStatusError as err:
            told = err.message
        found = re.search(r"context length is (\d+)", told)
        notes = (
            "It writes for one writer at a time; start it with --interrupt_requests false, or each new writer ends"
            " the text of the one before.",
        )
        return replace(served, context=int(found[1]) if found else ASSUMED_CONTEXT, notes=notes)

    async def _look_at_transformers(self, wanted: str, known_context: KnownContext) -> Served:
        # One that was started with a model takes no other, and does not list it; without a name it answers with it.
        pinned = await self._first_words(wanted or None) or await self._first_words(None)
        listed = await self._cached() if pinned is None else [pinned.removesuffix("@main")]
        if pinned is None and not wanted and listed:
            pinned = await self._first_words(listed[0])
        if pinned is None or (wanted and pinned.removesuffix("@main") != wanted.removesuffix("@main")):
            raise UnknownModel(wanted, listed)
        served = Served(TRANSFORMERS, wanted or pinned.removesuffix("@main"))
        served = replace(served, source=served.model, chat=await self._takes_messages(served.model))
        ours = await self._cost(served.model, _SAMPLE, 4), await self._cost(served.model, _CHINESE_SAMPLE, 1)
        letters = ours[0][0] / len(_SAMPLE), ours[1][0] / len(_CHINESE_SAMPLE)
        served = _with_context(replace(served, letters=letters), known_context)
        if ours[0][1] == 1:
            return served
        note = (
            "It batches continuously and takes the sampling settings of its first request for everybody: creativity"
            " and seed have no effect."
        )
        kind = replace(TRANSFORMERS, takes={})
        return replace(served, kind=kind, notes=(note, *served.notes))

    async def _cached(self) -> list[str]:
        try:
            return [str(model["id"]) for model in await self.models()]
        except APIStatusError:
            return []  # it fails where nothing was ever downloaded

    async def _first_words(self, model: str | None) -> str | None:
        """Give the name under which it answers, None when it does not have the model."""
        try:
            # No settings: a server that batches keeps those of the first request for good.
            told = await self._once.completions.create(model=model, prompt="The", max_tokens=1)  # type: ignore[arg-type]
        except APIStatusError:
            return None
        return told.model

    async def _takes_messages(self, model: str) -> bool:
        try:
            await self._once.chat.completions.create(
                model=model, messages=[{"role": "user", "content": "Hello."}], max_tokens=1
            )
        except APIStatusError:
            return False
        return True

    async def _cost(self, model: str, text: str, most: int) -> tuple[int, int]:
        """Give the tokens read and written when told to stop after no time at all."""
        told = await self.client.completions.create(
            model=model,
            prompt=text,
            max_tokens=most,
            # What batches continuously reads none of this, and so writes on.
            extra_body={"generation_config": json.dumps({"max_time": 1e-9, "do_sample": False})},
        )
        usage = told.usage
        return (usage.prompt_tokens, usage.completion_tokens) if usage else (0, 0)


def _with_context(served: Served, known_context: KnownContext) -> Served:
    if known := known_context(served.model):
        return replace(served, context=known)
    note = f"The server does not tell how much it reads at once: {ASSUMED_CONTEXT} tokens are assumed."
    return replace(served, notes=(*served.notes, note))


def _stem(path: str) -> str:
    return re.sub(r"\.gguf$", "", re.split(r"[/\\]", path)[-1])
