"""The voices inside a loaded model: loaded on demand, mixed row by row, absent when no row asks for one."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from peft import PeftConfig, PeftModel, PeftType
from peft.tuners.tuners_utils import BaseTunerLayer
from safetensors import SafetensorError

from creative.engines.cache import Past
from creative.engines.contract import EngineInfo
from creative.engines.factors import GROUPS, WEIGHTS, Blend, Factors, Mixture, read_factors
from creative.engines.fingerprint import list_weights
from creative.engines.prefixes import read_prefix
from creative.errors import AdapterMismatch, UnknownVoice

BASE = "__base__"  # PEFT's name for "no adapter" in a mixed batch
MOST_BYTES = 1 << 30  # of voices held in memory; those longest unused go first
_KINDS = ("LORA", "ADALORA", "PREFIX_TUNING")
_CHANGES_THE_MODEL = ("pissa", "corda", "olora", "loftq", "lora_ga")  # ways to begin a LoRA voice


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


class WrittenOut(Protocol):
    """A pass of our own, which adds the factors of voices itself."""

    @property
    def dtype(self) -> torch.dtype:
        """Of the keys and values it keeps."""
        ...

    def restore(self) -> None:
        """Give the model's layers their weights back, before PEFT takes hold of them."""
        ...


@dataclass(frozen=True)
class _Place:
    """Where a tuned layer sits in the model, and the layer it stands for."""

    parent: torch.nn.Module
    name: str
    tuned: BaseTunerLayer
    plain: torch.nn.Module


class Voices:
    """The adapters of one model. Used by one thread at a time."""

    def __init__(self, model: Any, written_out: WrittenOut | None = None) -> None:
        self._model = model
        self._written_out = written_out
        self._factors: dict[str, Factors] = {}  # the least recently asked for first
        self._blend: Blend | None = None
        self._pasts: dict[str, Past] = {}  # of prefix-tuned voices
        self._peft: Any = None
        self._given = 0  # names given so far; one that failed is not used again
        self._keys: dict[tuple[str, int], str] = {}  # folder and its time of writing -> PEFT's name
        self._alone: set[str] = set()
        self._places: list[_Place] = []
        self.tuned = False
        """Whether PEFT's layers stand in the places of the model's own."""
        self._active = ""
        self._names: list[str] | None = None

    def load(self, folder: Path) -> str:
        """Give the key of the adapter in a folder, loading it the first time; raises AdapterMismatch."""
        stamp = self._stamp(folder)
        if stamp in self._keys:
            key = self._keys[stamp]
            if key in self._factors:
                self._factors[key] = self._factors.pop(key)
            return key
        config = self._read_config(folder)
        self._given += 1
        key = f"voice{self._given}"
        try:
            list_weights(folder / WEIGHTS)
            with torch.inference_mode(False):
                self._read(key, config, folder)
        except (ValueError, RuntimeError, LookupError, OSError, TypeError, SafetensorError) as err:
            self._take_out(key)
            reason = str(err).strip().splitlines()[0].rstrip(".")[:200]
            raise AdapterMismatch(
                f"The voice in {folder.name} does not fit this model: {reason}.",
                "Choose a voice made for this model, or train one on it.",
            ) from err
        self._keys[stamp] = key
        return key

    def past(self, key: str) -> Past | None:
        """Give what stands before every prompt of a voice, if anything."""
        return self._pasts.get(key)

    def tidy(self, in_use: Set[str]) -> list[str]:
        """Let go of voices that no row uses and that were trained anew, or are too many; gives their keys."""
        before = set(self._keys.values())
        newest = {folder: key for (folder, _), key in self._keys.items()}
        kept = set(newest.values()) | in_use
        held = sum(factors.bytes_held for factors in self._factors.values())
        for key in list(self._factors):
            if key not in in_use and (key not in kept or held > MOST_BYTES):
                held -= self._factors[key].bytes_held
                self._drop(key)
        for key in [key for key in self._keys.values() if key not in kept and key not in self._factors]:
            self._drop(key)
        return sorted(before - set(self._keys.values()))

    def _drop(self, key: str) -> None:
        self._keys = {stamp: other for stamp, other in self._keys.items() if other != key}
        self._alone.discard(key)
        if self._factors.pop(key, None) is None and self._pasts.pop(key, None) is None:
            self._take_out(key)
        if self._blend is not None and key in self._blend.keys:
            self._blend = None

    def _read(self, key: str, config: Any, folder: Path) -> None:
        if config.peft_type == PeftType.PREFIX_TUNING:
            dtype = self._model.dtype if self._written_out is None else self._written_out.dtype
            self._pasts[key] = read_prefix(folder, config, self._model, dtype)
            return
        factors = read_factors(folder, config, self._model) if self._written_out is not None else None
        if factors is not None:
            self._factors[key] = factors
        else:
            self._insert(key, config, folder)

    def _insert(self, key: str, config: Any, folder: Path) -> None:
        if config.peft_type != PeftType.LORA:
            raise ValueError(
                f"it is of the kind {config.peft_type.value}, which cannot be used with this model"
            )
        config.inference_mode = True
        if self._written_out is not None:
            self._written_out.restore()
        self._set_tuned(True)
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
        self._peft.eval()
        # A written-out pass has no rows to sort in PEFT's way; DoRA cannot be sorted at all.
        if config.use_dora or self._written_out is not None:
            self._alone.add(key)

    def _take_out(self, key: str) -> None:
        if self._peft is not None and key in self._peft.peft_config:
            self._peft.delete_adapter(key)
        self._active = ""
        if self._peft is not None and not self._peft.peft_config:
            # The very first one failed: the model goes back to what it was.
            self._set_tuned(False)
            self._peft, self._places = None, []

    def mixes(self, key: str) -> bool:
        """Tell whether rows with this adapter can share a step with others (not with DoRA, for one)."""
        return key not in self._alone

    def can_add(self, keys: Sequence[str]) -> bool:
        """Tell whether rows with these voices need the plain model and factors beside it, and nothing of PEFT's."""
        return all(key == "" or key in self._pasts or key in self._factors for key in keys)

    def use(self, keys: Sequence[str], width: int = 1) -> Mixture | None:
        """Set the adapter of each row for the next pass of `width` tokens a row; "" is the plain model.

        Gives what the pass has to add itself, if anything.
        """
        adds = self.can_add(keys)
        keys = ["" if key in self._pasts else key for key in keys]
        wanted = set(keys) - {""}
        if adds:
            self._set_tuned(False)
            return self._mix(keys, wanted, width) if wanted else None
        self._use_peft(keys)
        return None

    def _mix(self, keys: Sequence[str], wanted: Set[str], width: int) -> Mixture:
        if len(set(keys)) == 1:
            return Mixture(self._factors[keys[0]].layers, (None,) * len(GROUPS))
        blend = self._blend
        if blend is None or not wanted <= blend.keys or len(blend.keys) > 2 * len(wanted):
            factors = {key: self._factors[key] for key in sorted(wanted)}
            blend = self._blend = Blend(factors, self._model.dtype)
        return blend.mixture([key for key in keys for _ in range(width)])

    def _use_peft(self, keys: Sequence[str]) -> None:
        wanted = set(keys)
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
        if tuned == self.tuned:
            return
        for place in self._places:
            place.parent._modules[place.name] = place.tuned if tuned else place.plain
        self.tuned = tuned

    def _find_places(self) -> None:
        known = {id(place.tuned) for place in self._places}
        for parent in list(self._model.modules()):
            for name, child in list(parent._modules.items()):
                if not isinstance(child, BaseTunerLayer) or id(child) in known:
                    continue
                self._places.append(_Place(parent, name, child, child.get_base_layer()))
                child.register_forward_pre_hook(self._name_rows, with_kwargs=True)
        self._active = ""
        self.tuned = True

    def _name_rows(self, module: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        return None if self._names is None else (args, {**kwargs, "adapter_names": self._names})

    @staticmethod
    def _stamp(folder: Path) -> tuple[str, int]:
        try:
            return str(folder), (folder / WEIGHTS).stat().st_mtime_ns
        except OSError as err:
            raise AdapterMismatch(
                f"The voice in {folder.name} has no {WEIGHTS}.", "Delete it and train or import it again."
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
        if kind not in _KINDS or getattr(config, "modules_to_save", None):
            what = "whole replaced layers" if kind in _KINDS else f"of the kind {kind}"
            raise AdapterMismatch(
                f"The voice in {folder.name} is {what}, which cannot be used here.",
                "Use a LoRA, DoRA, AdaLoRA or prefix-tuned voice without extra trained layers.",
            )
        start = getattr(config, "init_lora_weights", True)
        if isinstance(start, str) and start.startswith(_CHANGES_THE_MODEL):
            raise AdapterMismatch(
                f"The voice in {folder.name} began as {start}, which changes the model beneath all voices.",
                "Save it again as a plain LoRA voice (PEFT's path_initial_model_for_weight_conversion).",
            )
        return config
