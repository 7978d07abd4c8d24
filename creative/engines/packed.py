"""Products of a matrix in the form the processor reads fastest, each held once; knows no model.

To write a token is to read every weight once, so the product nearest to the memory's own speed wins.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Protocol

import torch
from bitsandbytes.cextension import lib
from torch.nn import functional

from creative.engines import machine

_STEPS_OF_INT8 = 127
_ROUNDED_AT_ONCE = 4096  # outputs
_MANY = 8  # rows: for fewer MKL is as fast in fp32
_LANES = 16  # inputs: torch's 8-bit product reads so many at once, past the end of a matrix too
_WIDENED_AT_ONCE = 1 << 19  # numbers, 2 MB in fp32: what a processor's own memory holds


class Product(Protocol):
    """What one layer or several give, side by side."""

    def __call__(self, state: torch.Tensor, many: bool = False) -> torch.Tensor:
        """Give rows x outputs for rows x inputs; `many` rows may take another way than few, to round otherwise."""
        ...


class Whole:
    """A matrix as it is, outputs x inputs."""

    def __init__(self, matrix: torch.Tensor) -> None:
        self.matrix = matrix
        # In fp32 oneDNN is up to twice as fast as MKL where MKL does without AVX-512, as on AMD's processors.
        by_onednn = matrix.device.type == "cpu" and matrix.dtype == torch.float32
        self._by_onednn = by_onednn and torch.backends.mkldnn.is_available()
        self._widens = matrix.device.type == "cpu" and widens(matrix.dtype)

    def __call__(self, state: torch.Tensor, many: bool = False) -> torch.Tensor:
        """Give rows x outputs."""
        if many and self._widens:
            return _multiply_widened(state, self.matrix).to(state.dtype)
        if self._by_onednn and (many or state.shape[0] >= _MANY):
            return _multiply(state, self.matrix)
        return functional.linear(state, self.matrix)


class Blocked:
    """A bf16 matrix in oneDNN's own order; in the usual one it is put in order anew at every call."""

    def __init__(self, matrix: torch.Tensor) -> None:
        self._matrix = torch.ops.mkldnn._reorder_linear_weight(matrix, 1)

    def __call__(self, state: torch.Tensor, many: bool = False) -> torch.Tensor:
        """Give rows x outputs."""
        return _multiply(state, self._matrix)

    def unpack(self) -> torch.Tensor:
        """Give the matrix in the usual order, bit for bit."""
        return self._matrix.to_dense()


class Bytes:
    """A matrix of 8 bits with a scale per output: what LLM.int8 stores (arXiv 2208.07339), on bf16 inputs.

    The inputs are not rounded to 8 bits as LLM.int8 does, so the result is nearer to the unquantized one.
    """

    def __init__(self, matrix: torch.Tensor, largest: torch.Tensor) -> None:
        self._matrix = matrix
        self._scale = (largest / _STEPS_OF_INT8).to(torch.bfloat16)

    @staticmethod
    def takes(inputs: int) -> bool:
        """Tell whether so many inputs can be multiplied."""
        return inputs % _LANES == 0

    @classmethod
    def of(cls, weight: torch.Tensor) -> Bytes:
        """Give a matrix rounded to 8 bits."""
        matrix = torch.empty_like(weight, dtype=torch.int8)
        largest = weight.new_empty(weight.shape[0], dtype=torch.float32)
        # Piece by piece: at once, the head of a model of 4 billion would take 1.6 GB more while it is rounded.
        for start in range(0, weight.shape[0], _ROUNDED_AT_ONCE):
            piece = slice(start, start + _ROUNDED_AT_ONCE)
            largest[piece] = weight[piece].abs().amax(dim=1)
            steps = _STEPS_OF_INT8 / largest[piece].clamp(min=torch.finfo(torch.float32).tiny)
            matrix[piece] = (weight[piece] * steps.unsqueeze(1)).round_().to(torch.int8)
        return cls(matrix, largest)

    def __call__(self, state: torch.Tensor, many: bool = False) -> torch.Tensor:
        """Give rows x outputs; for many rows the bytes are unpacked once instead of for each row."""
        if not many:
            return torch.ops.aten._weight_int8pack_mm(state, self._matrix, self._scale)
        if widens(state.dtype):
            return _multiply_widened(state, self._matrix).mul_(self._scale).to(state.dtype)
        given = functional.linear(fill_up(state), self._matrix.to(torch.bfloat16))
        return given[: state.shape[0]].mul_(self._scale)

    def unpack(self) -> torch.Tensor:
        """Give the rounded matrix in bf16."""
        return self._matrix * self._scale.unsqueeze(1)


class Nibbles:
    """A matrix in NF4 (arXiv 2305.14314) as bitsandbytes packs it for AVX-512: scales are inputs / block x outputs.

    Its function is called directly: the way there through the library takes as long as a small product.
    """

    def __init__(self, matrix: torch.Tensor, scales: torch.Tensor, inputs: int, block: int) -> None:
        self._matrix, self._scales = matrix, scales  # kept alive: their addresses are handed out below
        self._outputs = matrix.shape[0]
        self._function: Callable[..., object] = lib.gemv_4bit_inference_cpu_nf4_bf16
        self._shape = (ctypes.c_int64(self._outputs), ctypes.c_int64(inputs))
        self._weights = (ctypes.c_void_p(matrix.data_ptr()), ctypes.c_void_p(scales.data_ptr()))
        self._rest = (ctypes.c_int64(block), ctypes.c_int64(inputs), ctypes.c_int64(self._outputs))

    def __call__(self, state: torch.Tensor, many: bool = False) -> torch.Tensor:
        """Give rows x outputs."""
        state = state.contiguous()
        given = state.new_empty(state.shape[0], self._outputs)
        self._function(
            ctypes.c_int64(state.shape[0]),
            *self._shape,
            ctypes.c_void_p(state.data_ptr()),
            *self._weights,
            ctypes.c_void_p(given.data_ptr()),
            *self._rest,
        )
        return given


def widens(dtype: torch.dtype) -> bool:
    """Tell whether a CPU computes products of this dtype in fp32: there bf16 is up to six times slower."""
    return dtype == torch.bfloat16 and torch.backends.mkldnn.is_available() and not machine.has_fast_bf16()


def _multiply_widened(state: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    """Give rows x outputs in fp32; the matrix is widened piece by piece, so that no copy of it is written to memory."""
    rows = state.shape[0]
    filled = fill_up(state).float()
    given = filled.new_empty(filled.shape[0], matrix.shape[0])
    step = max(1, _WIDENED_AT_ONCE // matrix.shape[1])
    for start in range(0, matrix.shape[0], step):
        piece = slice(start, start + step)
        given[:, piece] = _multiply(filled, matrix[piece].float())
    return given[:rows]


def _multiply(state: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    """Give rows x outputs by oneDNN."""
    given = torch.ops.mkldnn._linear_pointwise(fill_up(state), matrix, None, "none", [], "")
    return given[: state.shape[0]]


def fill_up(state: torch.Tensor) -> torch.Tensor:
    """Add empty rows: for every number of them that oneDNN meets it writes a program, and keeps a thousand.

    One takes up to 1.5 MB and a millisecond, so few numbers are met.
    """
    more = round_up(state.shape[0]) - state.shape[0]
    return functional.pad(state, (0, 0, 0, more)) if more else state


def round_up(rows: int) -> int:
    """Give the number of rows that so many are filled up to: 14 numbers up to 256."""
    if rows <= 16:
        return 1 << (rows - 1).bit_length()
    step = 16 if rows <= 64 else 32
    return -(-rows // step) * step


def can_block(matrix: torch.Tensor) -> bool:
    """Tell whether oneDNN multiplies by this matrix here."""
    return (
        matrix.device.type == "cpu"
        and matrix.dtype == torch.bfloat16
        and torch.backends.mkldnn.is_available()
        and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    )
