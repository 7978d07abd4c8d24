"""What fits this machine, in which precision, and why; arithmetic only, knows no library.

Memory of a model = weights + cache + working room:

- weights: matrices at 4 (fp32), 2 (bf16), 1 (int8, plus 2 bytes of scale per row, which is nothing) or 0.516
  bytes (NF4: half a byte, one byte of scale per 64 values, four bytes per 64 x 256: arXiv 2305.14314). What
  bitsandbytes leaves alone (embeddings, output head, norms) stays at 2 bytes.
- on a CPU without instructions for bf16, matrices of 4 bits are int4: 0.625 bytes (half a byte, and 4 bytes for
  32 values). What the engine cannot write out stays NF4 there and takes less.
- cache: keys and values of every layer for each token held, 2 bytes a value (4 in fp32). Llama and its kin keep
  them in fp32 always on a CPU and so hold half as many tokens in this room.
- working room: activations and logits; on a GPU the driver's own memory, on a CPU a faster copy of a small head.
- on a CPU beside quantized matrices: a copy of an output head that is the embeddings too, at 1 byte.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from creative.errors import BadValue, DoesNotFit, shorten

Precision = Literal["nf4", "int8", "bf16", "fp32"]
Place = Literal["gpu", "cpu"]

LABELS: dict[Precision, str] = {"nf4": "NF4", "int8": "int8", "bf16": "bf16", "fp32": "fp32"}
_MATRIX_BYTES: dict[Precision, float] = {"nf4": 0.516, "int8": 1.0, "bf16": 2.0, "fp32": 4.0}
_QUALITIES: tuple[Precision, ...] = ("bf16", "int8", "nf4")
_INT4_BYTES = 0.625
_WORKING_GB: dict[Place, float] = {"gpu": 0.8, "cpu": 0.3}
_UNKNOWN_KEPT = 0.15
"""Share of embeddings and head where the shape is not known; 4 % (Mistral 7B) to 28 % (Qwen2.5 0.5B)."""
SMALL_B = 0.1
"""Billions of parameters below which quantizing saves nothing worth having."""
TOKENS = 8192
"""Tokens held in the cache at once, by all writers together, unless told otherwise."""


@dataclass(frozen=True)
class Shape:
    """What of a model decides its memory."""

    parameters_b: float
    """Billions of parameters."""
    kept_b: float | None = None
    """Billions of them that are never quantized; None when unknown."""
    cache_bytes: int = 0
    """Bytes of cache per token in bf16; 0 when unknown."""
    tied_b: float = 0.0
    """Billions of them that are embeddings and output head in one; 0 when unknown."""


@dataclass(frozen=True)
class Machine:
    """What is free here. GB are 10^9 bytes."""

    gpu_free_gb: float
    ram_free_gb: float
    gpu_name: str = ""
    cores: int = 1
    fast_bf16: bool = True
    """Whether its processor has instructions for products in bf16."""

    @classmethod
    def here(cls, gpu_free_gb: float = 0.0, gpu_name: str = "", fast_bf16: bool = True) -> Machine:
        """Look at this machine's memory; whoever knows torch says what the GPU has and the processor is good at."""
        return cls(gpu_free_gb, read_free_ram() / 1e9, gpu_name, os.cpu_count() or 1, fast_bf16)


@dataclass(frozen=True)
class Fit:
    """The precision to load a model in, and the reason."""

    precision: Precision
    needed_gb: float
    free_gb: float
    where: Place
    why: str
    """One sentence with the numbers, to be shown."""


def weights_gb(shape: Shape, precision: Precision, int4: bool = False) -> float:
    """Give the memory of the weights alone, with 4 bits in int4 instead of NF4 if asked."""
    kept_b = shape.parameters_b * _UNKNOWN_KEPT if shape.kept_b is None else shape.kept_b
    kept_bytes = 4.0 if precision == "fp32" else 2.0
    matrix_bytes = _INT4_BYTES if int4 and precision == "nf4" else _MATRIX_BYTES[precision]
    return (shape.parameters_b - kept_b) * matrix_bytes + kept_b * kept_bytes


def needed_gb(
    shape: Shape, precision: Precision, where: Place, tokens: int = TOKENS, fast_bf16: bool = True
) -> float:
    """Give the memory that writing takes, with `tokens` held in the cache at once; `fast_bf16` as the machine is."""
    # Unknown: 100 kB a token, between Qwen2.5 7B (57 kB) and Mistral Nemo (164 kB).
    per_token = shape.cache_bytes or 100_000
    cache_gb = tokens * per_token * (2 if precision == "fp32" else 1) / 1e9
    copy_gb = shape.tied_b if where == "cpu" and precision in ("nf4", "int8") else 0.0
    int4 = where == "cpu" and not fast_bf16
    return weights_gb(shape, precision, int4) + cache_gb + copy_gb + _WORKING_GB[where]


def cache_bytes(layers: int, kv_heads: int, head_dim: int) -> int:
    """Give the bytes of cache per token in bf16 from the numbers of a model's configuration."""
    return 2 * layers * kv_heads * head_dim * 2


def choose(
    shape: Shape, machine: Machine, wanted: str = "auto", small: Precision = "fp32", tokens: int = TOKENS
) -> Fit:
    """Choose precision and place for a model: the GPU where it fits there, else the CPU.

    `auto` takes bf16 on a GPU, NF4 where that is too large; on a CPU NF4, which also writes faster there, or
    without instructions for bf16 int8, which is nearly as fast there, and NF4 where that is too large; and `small`
    for a model under `SMALL_B` (fp32 costs it nothing, and there a text is the same alone and in company). Fp32
    is taken when `wanted`.
    Raises `DoesNotFit`, naming what would, and `BadValue`.
    """
    if wanted not in (*get_args(Precision), "auto"):
        raise BadValue(
            f"There is no precision called {shorten(wanted)}.",
            f"There are: auto, {', '.join(get_args(Precision))}.",
        )
    for where in ("gpu", "cpu"):
        free_gb = machine.gpu_free_gb if where == "gpu" else machine.ram_free_gb
        for precision in _order(shape, where, wanted, small, machine.fast_bf16):
            need_gb = needed_gb(shape, precision, where, tokens, machine.fast_bf16)
            if need_gb <= free_gb:
                fit = Fit(precision, need_gb, free_gb, where, "")
                return replace(fit, why=_explain(fit, shape, machine, wanted, tokens))
    raise _does_not_fit(shape, machine, wanted, tokens)


def _order(
    shape: Shape, where: Place, wanted: str, small: Precision, fast_bf16: bool
) -> tuple[Precision, ...]:
    for precision in get_args(Precision):
        if precision == wanted:
            return (precision,)
    if where == "gpu":
        return ("bf16", "nf4")
    quantized: tuple[Precision, ...] = ("nf4",) if fast_bf16 else ("int8", "nf4")
    return (small, *quantized) if shape.parameters_b < SMALL_B else quantized


def _explain(fit: Fit, shape: Shape, machine: Machine, wanted: str, tokens: int) -> str:
    place = f" on the GPU ({machine.gpu_name})" if machine.gpu_name else " on the GPU"
    why = (
        f"{LABELS[fit.precision]}: needs {_gb(fit.needed_gb)} of the {_gb(fit.free_gb)} free"
        f"{place if fit.where == 'gpu' else ''}"
    )
    bf16_gb, int8_gb, nf4_gb = (
        needed_gb(shape, precision, fit.where, tokens, machine.fast_bf16) for precision in _QUALITIES
    )
    if wanted != "auto":
        why += ", as you asked"
    elif fit.precision == "int8":
        why += (
            f"; on this processor it is nearly as fast as NF4, which would need {_gb(nf4_gb)}, and more exact"
        )
    elif fit.precision == "nf4" and fit.where == "cpu" and not machine.fast_bf16:
        why += f"; int8, nearly as fast on this processor and more exact, would need {_gb(int8_gb)}"
    elif fit.precision == "nf4" and bf16_gb > fit.free_gb:
        why += f"; bf16 would need {_gb(bf16_gb)}"
    elif fit.precision == "nf4":
        why += f"; on a CPU it writes faster than bf16, which would need {_gb(bf16_gb)}"
    elif shape.parameters_b < SMALL_B:
        why += "; a model this small gains nothing from fewer bits"
    if fit.where == "cpu" and machine.gpu_free_gb:
        smallest_gb = needed_gb(shape, "nf4" if wanted == "auto" else fit.precision, "gpu", tokens)
        why += (
            f". It runs on the CPU: the GPU has {_gb(machine.gpu_free_gb)} free, of {_gb(smallest_gb)} needed"
        )
    return f"{why}."


def _does_not_fit(shape: Shape, machine: Machine, wanted: str, tokens: int) -> DoesNotFit:
    where: Place = "gpu" if machine.gpu_free_gb > machine.ram_free_gb else "cpu"
    free_gb = max(machine.gpu_free_gb, machine.ram_free_gb)
    fast = machine.fast_bf16
    least = wanted if wanted != "auto" else "nf4"
    asked = next(precision for precision in get_args(Precision) if precision == least)
    message = (
        f"A model of {_billions(shape.parameters_b)} parameters needs"
        f" {_gb(needed_gb(shape, asked, where, tokens, fast))} in {LABELS[asked]}; {_gb(free_gb)} are free."
    )
    would = [
        f"{LABELS[precision]} ({_gb(need_gb)})"
        for precision in _QUALITIES
        if (need_gb := needed_gb(shape, precision, where, tokens, fast)) <= free_gb
    ]
    if would:
        return DoesNotFit(message, f"This would fit: {', '.join(would)}.")
    room_gb = free_gb - needed_gb(Shape(0.0, 0.0, shape.cache_bytes), "nf4", where, tokens)
    int4 = where == "cpu" and not fast
    largest_b = max(0.0, room_gb / weights_gb(Shape(1.0), "nf4", int4))
    if largest_b < SMALL_B:
        return DoesNotFit(message, "Close other programs to free memory, or write with the starter.")
    return DoesNotFit(
        message, f"Models up to about {_billions(largest_b)} parameters fit here in NF4; choose one of those."
    )


def _gb(value_gb: float) -> str:
    return f"{value_gb:.1f} GB" if value_gb >= 0.95 else f"{value_gb * 1000:.0f} MB"


def _billions(value_b: float) -> str:
    return f"{value_b:.1f} billion" if value_b >= 0.95 else f"{value_b * 1000:.0f} million"


def read_free_ram(root: Path = Path("/")) -> int:
    """Give the bytes of memory that can still be taken here, within the container's limit."""
    try:
        lines = (root / "proc/meminfo").read_text().splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        # No /proc (macOS): half of what is built in is a safe guess of what is free.
        free = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    return min(free, *(limit for limit in _container_room(root) if limit is not None), free)


def _container_room(root: Path) -> list[int | None]:
    pairs = (
        ("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory.current"),
        ("sys/fs/cgroup/memory/memory.limit_in_bytes", "sys/fs/cgroup/memory/memory.usage_in_bytes"),
    )
    return [_difference(root / limit, root / used) for limit, used in pairs]


def _difference(limit: Path, used: Path) -> int | None:
    try:
        # "max" where there is no limit.
        return max(0, int(limit.read_text()) - int(used.read_text()))
    except (OSError, ValueError):
        return None
