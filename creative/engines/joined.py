"""Matrices that read the same input, joined into one: fewer calls, which are most of a small model's step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import bitsandbytes as bnb
import torch
from torch.nn import functional

Product = Callable[[torch.Tensor], torch.Tensor]
"""What the layers would give, side by side: rows x input to rows x outputs."""


def join(linears: Sequence[Any]) -> Product | None:
    """Give the product of layers without bias as one, or None when they are of a kind that cannot be joined.

    The layers go on working and keep views of the joined matrix: no memory is added but the scales of NF4.
    """
    if any(linear.bias is not None for linear in linears):
        return None
    if all(type(linear) is torch.nn.Linear for linear in linears):
        return _join_plain(linears)
    if all(isinstance(linear, bnb.nn.Linear4bit) and _packs(linear) for linear in linears):
        return _join_packed(linears)
    return None


def _join_plain(linears: Sequence[Any]) -> Product:
    matrix = torch.cat([linear.weight.data for linear in linears])
    for linear, part in zip(linears, matrix.split([linear.out_features for linear in linears]), strict=True):
        linear.weight.data = part
    return lambda state: functional.linear(state, matrix)


def _packs(linear: Any) -> bool:
    """Tell whether a layer holds its weights as the processor's own 4-bit product wants them (AVX-512 BF16)."""
    weight = linear.weight
    if weight.device.type != "cpu" or linear.compute_dtype != torch.bfloat16:
        return False
    with torch.no_grad():
        linear(torch.zeros(1, linear.in_features, dtype=torch.bfloat16))  # packed at its first use
    return getattr(weight.quant_state, "packing_format_for_cpu", False)


def _join_packed(linears: Sequence[Any]) -> Product:
    states = [linear.weight.quant_state for linear in linears]
    # Packed in blocks of 32 outputs, one after the other; the scales stand input by output.
    matrix = torch.cat([linear.weight.data for linear in linears])
    scales = torch.cat([state.absmax for state in states], dim=1)
    for linear, part in zip(linears, matrix.split([linear.out_features for linear in linears]), strict=True):
        linear.weight.data = part
    shape = [matrix.shape[0], linears[0].in_features]
    code, block = states[0].code, states[0].blocksize
    product = torch.ops.bitsandbytes.gemv_4bit.default
    return lambda state: product(state, matrix, shape, scales, code, block)
