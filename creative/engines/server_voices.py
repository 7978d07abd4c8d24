"""Voices on a server: chosen by name, loaded into vLLM from the shelf, refused with the reason where that cannot be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from openai import BadRequestError, NotFoundError

from creative.adapters import Shelf, Voice
from creative.engines.servers import LLAMA_CPP, VLLM, Door, Served
from creative.errors import AdapterMismatch, EngineFailed, UnknownVoice

_CONFIG = "adapter_config.json"
# vLLM refuses the first three; what it does not know of the last two it drops, and the voice would sound wrong.
_NOT_IN_VLLM = ("use_dora", "modules_to_save", "layers_to_transform", "alpha_pattern", "rank_pattern")
_TRY_OUT = "The ferry had stopped before the war."


@dataclass(frozen=True)
class Role:
    """How a request asks for a voice: the model's name, and what is sent beside it."""

    model: str
    beside: Mapping[str, Any]


@dataclass(frozen=True)
class _Base:
    """The served model as the shelf compares it: by name, for a server tells no fingerprint."""

    model: str
    fingerprint: str = ""


async def find_role(door: Door, served: Served, name: str, shelf: Shelf) -> tuple[Role, Served]:
    """Give how to ask for a voice, and what is served after it was loaded, if it had to be.

    Raises UnknownVoice, AdapterMismatch, EngineFailed and openai's errors.
    """
    if name and name not in served.voices:
        served = await _load(door, served, name, shelf)
    if served.kind is not LLAMA_CPP:
        return Role(name or served.model, {}), served
    # What is not named keeps the strength it was started with, so all are.
    scales = [{"id": number, "scale": float(voice == name)} for voice, number in served.voices.items()]
    return Role(served.model, {"lora": scales} if scales else {}), served


async def _load(door: Door, served: Served, name: str, shelf: Shelf) -> Served:
    voice = next((voice for voice in shelf.list() if voice.name == name), None)
    if voice is None:
        raise UnknownVoice(name, {*served.voices, *(voice.name for voice in shelf.list())})
    if served.kind is not VLLM:
        raise EngineFailed(
            f"{served.kind.name} does not have the voice {voice.title} and takes none while it runs.",
            "Choose a voice it has, or none."
            if served.kind is not LLAMA_CPP
            else f"Start it with --lora {name}.gguf, or choose another voice.",
        )
    base = _Base(served.source)
    shelf.verify(voice, base)
    check_for_vllm(voice)
    try:
        await door.post("/v1/load_lora_adapter", {"lora_name": name, "lora_path": str(voice.folder)})
    except NotFoundError as err:
        if isinstance(err.body, dict) and err.body.get("detail") == "Not Found":
            raise EngineFailed(
                f"vLLM does not have the voice {voice.title} and takes none while it runs.",
                f"Start it with --enable-lora and --lora-modules {name}=FOLDER, or with"
                " VLLM_ALLOW_RUNTIME_LORA_UPDATING=True.",
            ) from err
        raise EngineFailed(
            f"vLLM does not find the folder of the voice {voice.title}: {voice.folder}.",
            "It reads the folder on its own machine: put the voice at the same place there.",
        ) from err
    except BadRequestError as err:
        if "already" not in str(err.message):
            raise
    await _check_heard(door, served, voice)
    return replace(served, voices={**served.voices, name: 0})


def check_for_vllm(voice: Voice) -> None:
    """Raise AdapterMismatch for a voice that vLLM would refuse, or load and play wrong."""
    config = json.loads((voice.folder / _CONFIG).read_text(encoding="utf-8"))
    odd = [key for key in _NOT_IN_VLLM if config.get(key)]
    if config.get("bias", "none") != "none":
        odd.append("bias")
    if odd:
        raise AdapterMismatch(
            f"vLLM cannot play the voice {voice.title}: it uses {', '.join(odd)}.",
            "Write with the model on this machine, or train the voice as plain LoRA.",
        )


async def _check_heard(door: Door, served: Served, voice: Voice) -> None:
    """Make sure the voice does something: with layers of other names vLLM loads it and writes as without it."""
    alone = await _first_chance(door, served.model)
    if alone is None or alone != await _first_chance(door, voice.name):
        return
    await door.post("/v1/unload_lora_adapter", {"lora_name": voice.name})
    raise AdapterMismatch(
        f"The voice {voice.title} changes nothing in vLLM: the names of its layers are not those of the model there.",
        "Write with the model on this machine, or train the voice on the model as vLLM serves it.",
    )


async def _first_chance(door: Door, model: str) -> float | None:
    told = await door.client.completions.create(
        model=model, prompt=_TRY_OUT, max_tokens=1, temperature=0, logprobs=1
    )
    logprobs = told.choices[0].logprobs
    return logprobs.token_logprobs[0] if logprobs and logprobs.token_logprobs else None
