"""The low-rank factors of voices, read from their folders and laid side by side for a batch of many voices.

A voice adds `B A x` to what a layer gives. The factors of all voices of a step stand in one tall matrix: each
row is multiplied by all of them, what belongs to other voices is struck out, and the second factors add the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from peft.tuners.tuners_utils import check_target_module_exists
from peft.utils.other import get_pattern_key
from safetensors.torch import load_file

from creative.engines.packed import Blocked, Product, can_block, fill_up, widens

WEIGHTS = "adapter_model.safetensors"
GROUPS = (
    ("self_attn", ("q_proj", "k_proj", "v_proj", "qkv_proj")),
    ("self_attn", ("o_proj",)),
    ("mlp", ("gate_proj", "up_proj", "gate_up_proj")),
    ("mlp", ("down_proj",)),
)
"""The matrices that a layer may have: those of one group read the same input."""
_OTHERWISE = ("model.embed_tokens", "lm_head", "model.norm")
_PREFIX = "base_model.model."
# What makes of LoRA something else than B A x, or trains more than that.
_UNUSUAL = (
    *("use_dora", "lora_bias", "modules_to_save", "layer_replication", "trainable_token_indices"),
    *("alora_invocation_tokens", "use_qalora", "target_parameters", "use_bdlora", "arrow_config"),
    *("kasa_config", "monteclora_config", "velora_config", "fan_in_fan_out"),
)

Pair = tuple[torch.Tensor, torch.Tensor]
"""The factors of one group: rank x input, and rank x outputs of the group side by side."""
Span = tuple[int, int]
"""The first output that one of the rank says something about, and the one after the last; the same if of none."""


@dataclass(frozen=True)
class Factors:
    """One voice: for each layer and group its factors, None where the voice changes nothing in any layer."""

    layers: tuple[tuple[Pair | None, ...], ...]

    @property
    def ranks(self) -> tuple[int, ...]:
        """Rank in each group, the same in all layers."""
        return tuple(0 if pair is None else pair[0].shape[0] for pair in self.layers[0])

    @cached_property
    def spans(self) -> tuple[tuple[Span, ...], ...]:
        """For each group the span of each of its rank, in all layers together."""
        return tuple(
            _find_spans([pair for pair in pairs if pair]) for pairs in zip(*self.layers, strict=True)
        )

    @property
    def bytes_held(self) -> int:
        """Memory of the factors, in bytes."""
        return sum(part.nbytes for layer in self.layers for pair in layer if pair for part in pair)


@dataclass(frozen=True)
class Packed:
    """The factors of one group as products in bf16: half as large, and for four rows and more the fastest."""

    down: Product
    up: Product

    @classmethod
    def of(cls, pair: Pair) -> Packed:
        """Give the products of two factors."""
        return cls(Blocked(pair[0].bfloat16()), Blocked(pair[1].T.bfloat16().contiguous()))


@dataclass(frozen=True)
class Parts:
    """The factors of one group whose matrices say something about some of its outputs only."""

    down: torch.Tensor
    """Rank x input."""
    ups: tuple[tuple[slice, slice, torch.Tensor], ...]
    """What of the rank, which outputs, and a matrix of the one x the other."""


@dataclass(frozen=True)
class Mixture:
    """The factors that a step uses, and for each group what each row must not hear of them (None: all is heard)."""

    layers: tuple[tuple[Pair | Parts | Packed | None, ...], ...]
    struck: tuple[torch.Tensor | None, ...]

    def at(self, rows: torch.Tensor | slice) -> Mixture:
        """Give the same for some of the rows."""
        return Mixture(self.layers, tuple(None if struck is None else struck[rows] for struck in self.struck))


Laid = Sequence[Pair | Parts | Packed | None]
"""The factors of one group, for each layer."""


class Blend:
    """Several voices side by side."""

    def __init__(self, voices: dict[str, Factors], dtype: torch.dtype) -> None:
        self.keys = frozenset(voices)
        said = list(voices.values())
        self._places = {key: place for place, key in enumerate(voices)}
        device = next(pair[0].device for layer in said[0].layers for pair in layer if pair)
        laid: list[Laid] = []
        self._owners: list[torch.Tensor] = []
        for group in range(len(GROUPS)):
            layers = zip(*(voice.layers for voice in said), strict=True)
            piles = [_pile([factors[group] for factors in layer]) for layer in layers]
            order, group_laid = _lay(piles, said, group, dtype)
            ranks = torch.tensor([voice.ranks[group] for voice in said], device=device)
            laid.append(group_laid)
            self._owners.append(torch.arange(len(said), device=device).repeat_interleave(ranks)[order])
        self._layers = tuple(zip(*laid, strict=True))

    def mixture(self, keys: Sequence[str]) -> Mixture:
        """Give what rows with these voices hear; "" hears nothing."""
        device = self._owners[0].device
        rows = torch.tensor([self._places.get(key, -1) for key in keys], device=device).unsqueeze(1)
        return Mixture(self._layers, tuple(owner != rows for owner in self._owners))


def _find_spans(pairs: list[Pair]) -> tuple[Span, ...]:
    if not pairs:
        return ()
    says = pairs[0][1] != 0
    for _, up in pairs[1:]:
        says |= up != 0
    first = says.int().argmax(dim=1)
    after = says.shape[1] - says.flip(1).int().argmax(dim=1)
    after = torch.where(says.any(dim=1), after, first)
    return tuple(zip(first.tolist(), after.tolist(), strict=True))


def _lay(
    piles: Sequence[Pair | None], voices: list[Factors], group: int, dtype: torch.dtype
) -> tuple[torch.Tensor | slice, Laid]:
    """Give the order into which the rank of a group was brought, and each layer's factors for the device's products."""
    pairs = [pile for pile in piles if pile is not None]
    if not pairs or pairs[0][0].device.type != "cpu":
        return slice(None), piles
    if can_block(pairs[0][0].to(dtype)) and not widens(dtype):
        return slice(None), [Packed.of(pair) for pair in pairs]
    return _part(pairs, [span for voice in voices for span in voice.spans[group]])


def _part(pairs: list[Pair], spans: list[Span]) -> tuple[torch.Tensor, list[Parts]]:
    """Leave out the zeros of the factors: those of the queries say nothing about keys."""
    order = sorted(range(len(spans)), key=lambda row: spans[row])
    blocks: list[tuple[slice, slice]] = []
    for place, row in enumerate(order):
        first, last = spans[row]
        if blocks and first < blocks[-1][1].stop:
            rank, outputs = blocks[-1]
            blocks[-1] = slice(rank.start, place + 1), slice(outputs.start, max(outputs.stop, last))
        elif first < last:
            blocks.append((slice(place, place + 1), slice(first, last)))
    places = torch.tensor(order, device=pairs[0][0].device)
    return places, [
        Parts(
            down[places],
            tuple((rank, outputs, up[places[rank], outputs].contiguous()) for rank, outputs in blocks),
        )
        for down, up in pairs
    ]


def _pile(pairs: list[Pair | None]) -> Pair | None:
    kept = [pair for pair in pairs if pair is not None]
    if not kept:
        return None
    return torch.cat([pair[0] for pair in kept]), torch.cat([pair[1] for pair in kept])


def groups(layer: Any) -> list[tuple[Any, tuple[str, ...]]]:
    """Give for each group the module that holds its matrices, and those of their names that this layer has."""
    parents = [(getattr(layer, parent), names) for parent, names in GROUPS]
    return [(parent, tuple(name for name in names if hasattr(parent, name))) for parent, names in parents]


def add(
    mixture: Mixture, place: tuple[int, int], state: torch.Tensor, into: torch.Tensor, many: bool
) -> torch.Tensor:
    """Add what the voices say to the outputs of a layer and group, in place: rows x input, rows x outputs.

    On a CPU the factors of one voice are fp32: for few rows torch takes eight times as long in bf16, for `many` less
    where the processor has instructions for it.
    """
    pair = mixture.layers[place[0]][place[1]]
    struck = mixture.struck[place[1]]
    if pair is None:
        return into
    if isinstance(pair, Packed):
        return into.add_(pair.up(_strike(pair.down(state.bfloat16(), many), struck), many))
    down = pair.down if isinstance(pair, Parts) else pair[0]
    dtype = into.dtype if many and not widens(into.dtype) else down.dtype
    # Only in bf16 does torch leave these to oneDNN.
    filled = fill_up(state) if many and dtype == torch.bfloat16 and state.device.type == "cpu" else state
    heard = torch.nn.functional.linear(filled.to(dtype), down.to(dtype))
    _strike(heard[: state.shape[0]], struck)
    if isinstance(pair, Parts):
        for rank, outputs, up in pair.ups:
            _say(up, heard[:, rank], into[:, outputs])
    else:
        _say(pair[1], heard, into)
    return into


def _say(up: torch.Tensor, heard: torch.Tensor, into: torch.Tensor) -> None:
    said = up.to(heard.dtype)
    if heard.dtype == into.dtype and heard.shape[0] == into.shape[0]:
        into.addmm_(heard, said)
    else:
        into.add_((heard @ said)[: into.shape[0]])


def _strike(heard: torch.Tensor, struck: torch.Tensor | None) -> torch.Tensor:
    # Struck out, not multiplied by zero: another voice's infinity must stay its own.
    return heard if struck is None else heard.masked_fill_(struck, 0)


def read_factors(folder: Path, config: Any, model: Any) -> Factors | None:
    """Give the factors of a LoRA or AdaLoRA voice of a Llama or its kin, or None when it is more than factors.

    Raises ValueError when its weights are not those of its own configuration on this model.
    """
    kind = getattr(config.peft_type, "value", str(config.peft_type))
    if kind not in ("LORA", "ADALORA") or any(getattr(config, name, None) for name in _UNUSUAL):
        return None
    if config.bias != "none" or any(check_target_module_exists(config, name) for name in _OTHERWISE):
        return None
    weights = load_file(folder / WEIGHTS)
    dtype = torch.float32 if model.device.type == "cpu" else model.dtype
    reader = _Reader(weights, config, kind == "ADALORA", dtype, model.device)
    found = [list(reader.read_layer(index, layer)) for index, layer in enumerate(_plain_layers(model))]
    if weights:
        raise ValueError(f"{len(weights)} of its weights have no place here, such as {min(weights)}")
    return Factors(_level(found))


def _plain_layers(model: Any) -> Any:
    return model.model.layers


def _shape(linear: Any) -> tuple[int, int]:
    plain = linear.get_base_layer() if hasattr(linear, "get_base_layer") else linear
    return plain.in_features, plain.out_features


@dataclass(frozen=True)
class _Reader:
    """Takes the weights of one voice out of what was read, layer by layer."""

    weights: dict[str, torch.Tensor]
    config: Any
    adaptive: bool
    dtype: torch.dtype
    device: torch.device

    def read_layer(self, index: int, layer: Any) -> Iterator[Pair | None]:
        for (place, _), (parent, names) in zip(GROUPS, groups(layer), strict=True):
            shapes = [_shape(getattr(parent, name)) for name in names]
            total = sum(outputs for _, outputs in shapes)
            pairs, start = [], 0
            for name, (inputs, outputs) in zip(names, shapes, strict=True):
                pair = self._read(f"model.layers.{index}.{place}.{name}", inputs, outputs)
                if pair is not None:
                    wide = pair[1].new_zeros(pair[1].shape[0], total)
                    wide[:, start : start + outputs] = pair[1]
                    pairs.append((pair[0], wide))
                start += outputs
            joined = _pile(list(pairs))
            yield joined and (self._place(joined[0]), self._place(joined[1]))

    def _read(self, module: str, inputs: int, outputs: int) -> Pair | None:
        if not check_target_module_exists(self.config, module):
            return None
        end = "" if self.adaptive else ".weight"
        down, up = (self._take(f"{module}.lora_{part}{end}").float() for part in "AB")
        rank = down.shape[0]
        if self.adaptive:
            scale = float(self.config.lora_alpha if self.config.lora_alpha > 0 else self.config.init_r)
            down = down * self._take(f"{module}.lora_E").float()
            up = up * (scale / (self.config.init_r + 1e-5))
        else:
            rank = self.config.rank_pattern.get(
                get_pattern_key(self.config.rank_pattern, module), self.config.r
            )
            alpha = self.config.alpha_pattern.get(
                get_pattern_key(self.config.alpha_pattern, module), self.config.lora_alpha
            )
            up = up * (alpha / rank**0.5 if self.config.use_rslora else alpha / rank)
        if down.shape != (rank, inputs) or up.shape != (outputs, rank):
            shapes = f"{tuple(down.shape)} and {tuple(up.shape)}"
            raise ValueError(
                f"{module} has factors {shapes} where {(rank, inputs)} and {(outputs, rank)} belong"
            )
        if not (down.isfinite().all() and up.isfinite().all()):
            raise ValueError(f"{module} has numbers that are not numbers")
        return down, up.T

    def _take(self, name: str) -> torch.Tensor:
        try:
            return self.weights.pop(_PREFIX + name)
        except KeyError as err:
            raise ValueError(f"{name} is missing") from err

    def _place(self, part: torch.Tensor) -> torch.Tensor:
        return part.to(self.device, self.dtype).contiguous()


def _level(layers: list[list[Pair | None]]) -> tuple[tuple[Pair | None, ...], ...]:
    """Fill up with zero rows to one rank per group, so that one mask serves all layers."""
    leveled = []
    for group in range(len(GROUPS)):
        pairs = [layer[group] for layer in layers]
        like = next((pair for pair in pairs if pair is not None), None)
        rank = max((pair[0].shape[0] for pair in pairs if pair is not None), default=0)
        leveled.append([_fill(pair, rank, like) if like is not None else None for pair in pairs])
    return tuple(zip(*leveled, strict=True))


def _fill(pair: Pair | None, rank: int, like: Pair) -> Pair:
    if pair is not None and pair[0].shape[0] == rank:
        return pair
    filled = (like[0].new_zeros(rank, like[0].shape[1]), like[1].new_zeros(rank, like[1].shape[1]))
    if pair is not None:
        for part, whole in zip(pair, filled, strict=True):
            whole[: part.shape[0]] = part
    return filled
