"""The voices inside a loaded model: loaded on demand, mixed row by row, absent when no row asks for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from peft import PeftConfig, PeftModel
from peft.tuners.tuners_utils import BaseTunerLayer
from safetensors import SafetensorError

from creative.engines.contract import EngineInfo
from creative.engines.fingerprint import list_weights
from creative.errors import AdapterMismatch, UnknownVoice

BASE = "__base__"  # PEFT's name for "no adapter" in a mixed batch
_WEIGHTS = "adapter_model.safetensors"


class Voice(Protocol):
    """An adapter on the shelf."""

    @property
    def folder(self) -> Path: ...


class Shelf(Protocol):
    """Where voices are found by name; `verify` raises AdapterMismatch when one belongs to another model."""

    def find(self, name: str) -> Voice: ...

    def verify(self, voice: Any, info: EngineInfo, model_folder: Path | None = None) -> None: ...


class EmptyShelf:
    """A shelf for those who have none."""

    def find(self, name: str) -> Voice:
        """Refuse: there are no voices."""
        raise UnknownVoice(name, ())

    def verify(self, voice: Voice, info: EngineInfo, model_folder: Path | None = None) -> None:
        """Never asked: nothing is found here."""


@dataclass(frozen=True)
class _Place:
    """Where a tuned layer sits in the model, and the layer it stands for."""

    parent: torch.nn.Module
    name: str
    tuned: BaseTunerLayer
    plain: torch.nn.Module


class Voices:
    """The adapters of one model. Used by one thread at a time."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._peft: Any = None
        self._given = 0  # names given so far; one that failed is not used again
        self._keys: dict[tuple[str, int], str] = {}  # folder and its time of writing -> PEFT's name
        self._alone: set[str] = set()
        self._places: list[_Place] = []
        self._tuned = False
        self._active = ""
        self._names: list[str] | None = None

    def load(self, folder: Path) -> str:
        """Give the key of the adapter in a folder, loading it the first time; raises AdapterMismatch."""
        stamp = self._stamp(folder)
        if stamp in self._keys:
            return self._keys[stamp]
        config = self._read_config(folder)
        self._given += 1
        key = f"voice{self._given}"
        self._set_tuned(True)
        try:
            list_weights(folder / _WEIGHTS)
            with torch.inference_mode(False):
                self._insert(key, config, folder)
        except (ValueError, RuntimeError, LookupError, OSError, TypeError, SafetensorError) as err:
            self._take_out(key)
            reason = str(err).strip().splitlines()[0].rstrip(".")[:200]
            raise AdapterMismatch(
                f"The voice in {folder.name} does not fit this model: {reason}.",
                "Choose a voice made for this model, or train one on it.",
            ) from err
        self._peft.eval()
        self._keys[stamp] = key
        if config.use_dora:
            self._alone.add(key)
        return key

    def _insert(self, key: str, config: Any, folder: Path) -> None:
        config.inference_mode = True
        try:
            if self._peft is None:
                self._peft = PeftModel(self._model, config, adapter_name=key)
            found = self._peft.load_adapter(folder, adapter_name=key, torch_device=str(self._model.device))
        finally:
            self._find_places()
        # PEFT only warns of these, and the voice would be silent.
        strange = [*found.missing_keys, *found.unexpected_keys]
        if strange:
            raise ValueError(f"{len(strange)} of its weights have no place here, such as {strange[0]}")

    def _take_out(self, key: str) -> None:
        if self._peft is not None and key in self._peft.peft_config:
            self._peft.delete_adapter(key)
        self._active = ""
        if self._peft is not None and not self._peft.peft_config:
            # The very first one failed: the model goes back to what it was.
            self._set_tuned(False)
            self._peft, self._places = None, []

    def mixes(self, key: str) -> bool:
        """Tell whether rows with this adapter can share a step with others (not with DoRA)."""
        return key not in self._alone

    def use(self, keys: Sequence[str]) -> None:
        """Set the adapter of each row for the next pass; "" is the plain model."""
        wanted = set(keys)
        if wanted <= {""}:
            self._set_tuned(False)
            return
        self._set_tuned(True)
        if len(wanted) == 1:
            # One voice for all: PEFT's ordinary path, which does not sort the rows in every layer.
            self._names = None
            self._activate(keys[0])
        else:
            self._names = [key or BASE for key in keys]

    def _activate(self, key: str) -> None:
        if key == self._active:
            return
        for place in self._places:
            place.tuned.set_adapter(key, inference_mode=True)
        self._active = key

    def _set_tuned(self, tuned: bool) -> None:
        # The tuned layers are taken out of the model while no row needs them: no cost without a voice.
        if tuned == self._tuned:
            return
        for place in self._places:
            place.parent._modules[place.name] = place.tuned if tuned else place.plain
        self._tuned = tuned

    def _find_places(self) -> None:
        known = {id(place.tuned) for place in self._places}
        for parent in list(self._model.modules()):
            for name, child in list(parent._modules.items()):
                if not isinstance(child, BaseTunerLayer) or id(child) in known:
                    continue
                self._places.append(_Place(parent, name, child, child.get_base_layer()))
                child.register_forward_pre_hook(self._name_rows, with_kwargs=True)
        self._active = ""
        self._tuned = True

    def _name_rows(self, module: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        return None if self._names is None else (args, {**kwargs, "adapter_names": self._names})

    @staticmethod
    def _stamp(folder: Path) -> tuple[str, int]:
        try:
            return str(folder), (folder / _WEIGHTS).stat().st_mtime_ns
        except OSError as err:
            raise AdapterMismatch(
                f"The voice in {folder.name} has no {_WEIGHTS}.", "Delete it and train or import it again."
            ) from err

    @staticmethod
    def _read_config(folder: Path) -> Any:
        try:
            config = PeftConfig.from_pretrained(str(folder))
        except (ValueError, OSError, KeyError, TypeError) as err:
            raise AdapterMismatch(
                f"The voice in {folder.name} has a damaged adapter_config.json.",
                "Delete it and train or import it again.",
            ) from err
        kind = getattr(config.peft_type, "value", str(config.peft_type))
        if kind != "LORA" or config.modules_to_save:
            what = "whole replaced layers" if kind == "LORA" else f"of the kind {kind}"
            raise AdapterMismatch(
                f"The voice in {folder.name} is {what}, which cannot be mixed in one batch.",
                "Use a LoRA voice without extra trained layers.",
            )
        return config
