"""Products of a matrix in the form the processor reads fastest, each held once; knows no model.

To write a token is to read every weight once, so the product nearest to the memory's own speed wins.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import torch
from bitsandbytes.cextension import lib
from torch.nn import functional

from creative.engines import machine

_STEPS_OF_INT8 = 127
_ROUNDED_AT_ONCE = 4096  # outputs
_MANY = 8  # rows: for fewer MKL is as fast in fp32
_LANES = 16  # inputs: torch's 8-bit product reads so many at once, past the end of a matrix too
_GROUP = 32  # inputs that share a scale in int4
_INT4_BLOCKS = {"AVX2": 32, "AVX512": 64}  # outputs that torch packs together
_INT4_UNPACKED = 64  # rows from which unpacking int4 pays
_MOST_ACROSS = 32 << 20  # bytes of a matrix that is held input by input
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
        by_onednn = _is_plain(matrix) and not machine.has_avx2_only()
        self._by_onednn = by_onednn and torch.backends.mkldnn.is_available()
        self._widens = matrix.device.type == "cpu" and widens(matrix.dtype)

    def __call__(self, state: torch.Tensor, many: bool = False) -> torch.Tensor:
        """Give rows x outputs."""
        if many and self._widens:
            return _multiply_widened(state, self.matrix).to(state.dtype)
        if self._by_onednn and (many or state.shape[0] >= _MANY):
            return _multiply(state, self.matrix)
        return functional.linear(state, self.matrix)


def lay_out(matrices: Sequence[torch.Tensor]) -> torch.Tensor:
    """Give matrices, outputs x inputs, as one whose numbers stand in the order that is read fastest.

    With AVX2 or AVX-512 that is input by input in fp32, except where there are fewer outputs than inputs, and in large
    matrices: one row of 2,816 x 256 takes half the time, 16 take three quarters; but one row of 256 x 1,408 takes half
    as much again, and with AVX2 only 16 of 49,152 x 576 a third more.
    """
    outputs, inputs = sum(matrix.shape[0] for matrix in matrices), matrices[0].shape[1]
    across = outputs >= inputs and sum(matrix.nbytes for matrix in matrices) <= _MOST_ACROSS
    if across and machine.has_avx2() and all(map(_is_plain, matrices)):
        return torch.cat([matrix.T for matrix in matrices], dim=1).T
    return torch.cat(list(matrices)) if matrices[1:] else matrices[0]


def _is_plain(matrix: torch.Tensor) -> bool:
    return matrix.device.type == "cpu" and matrix.dtype == torch.float32


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


class Int4:
    """A matrix of 4 bits in even steps, with a scale and a middle for every 32 inputs, as torch packs it.

    For processors without the instructions that NF4 needs to be fast. Its error is smaller than NF4's (of the
    weights' size 7.8 %, NF4 9.2 %), its memory larger (5 bits a weight, NF4 4.13).
    """

    def __init__(self, matrix: torch.Tensor, scales: torch.Tensor) -> None:
        self._matrix, self._scales = matrix, scales

    @staticmethod
    def takes(inputs: int, outputs: int) -> bool:
        """Tell whether a matrix of this shape can be held so here; without AVX2 torch has no fast product for it."""
        block = _INT4_BLOCKS.get(torch.backends.cpu.get_cpu_capability(), 0)
        return bool(block) and inputs % _GROUP == 0 and outputs % block == 0

    @classmethod
    def of(cls, weights: Iterable[torch.Tensor]) -> Int4:
        """Give matrices as one, rounded to 4 bits."""
        packed, scales = [], []
        for weight in weights:
            # Piece by piece: one matrix of a model of 7 billion would take half a gigabyte while it is rounded.
            for piece in weight.split(_ROUNDED_AT_ONCE):
                numbers, scale = _round_to_int4(piece)
                packed.append(torch.ops.aten._convert_weight_to_int4pack_for_cpu(numbers, 1))
                scales.append(scale)
        return cls(torch.cat(packed), torch.cat(scales, dim=1))

    def __call__(self, state: torch.Tensor, many: bool = False) -> torch.Tensor:
        """Give rows x outputs; for a long prompt the numbers are unpacked once instead of for each row."""
        if many and state.shape[0] >= _INT4_UNPACKED:
            return self._multiply_unpacked(state).to(state.dtype)
        return torch.ops.aten._weight_int4pack_mm_for_cpu(
            state.contiguous(), self._matrix, _GROUP, self._scales
        )

    @property
    def scale_bytes(self) -> int:
        """Memory of the scales, in bytes: what it takes more than the same numbers in NF4."""
        return self._scales.nbytes

    @property
    def bytes_held(self) -> int:
        """Memory of all of it, in bytes."""
        return self._matrix.nbytes + self._scales.nbytes

    def unpack(self, piece: slice = slice(None)) -> torch.Tensor:
        """Give the rounded matrix in fp32, inputs x outputs; a piece begins and ends with torch's blocks."""
        block = _INT4_BLOCKS[torch.backends.cpu.get_cpu_capability()]
        first, last, _ = piece.indices(self._matrix.shape[0])
        # In a block stand for every input the first half of the outputs in the low bits, the second in the high ones.
        packed = self._matrix[first:last].view(-1, 2 * self._matrix.shape[1], block // 2).transpose(0, 1)
        wide = torch.empty(packed.shape[0], packed.shape[1], 2, block // 2)
        wide[:, :, 0], wide[:, :, 1] = packed & 15, packed >> 4
        scale, middle = self._scales[:, None, first:last].float().unbind(-1)
        grouped = wide.view(-1, _GROUP, last - first)
        return torch.addcmul(middle - 8 * scale, grouped, scale).view(-1, last - first)

    def _multiply_unpacked(self, state: torch.Tensor) -> torch.Tensor:
        filled = fill_up(state).float()
        outputs = self._matrix.shape[0]
        given = filled.new_empty(filled.shape[0], outputs)
        step = max(64, _WIDENED_AT_ONCE // state.shape[1] // 64 * 64)
        for start in range(0, outputs, step):
            piece = slice(start, start + step)
            given[:, piece] = filled @ self.unpack(piece)
        return given[: state.shape[0]]


def _round_to_int4(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Give numbers from 0 to 15, and inputs / 32 x outputs x (scale, middle)."""
    grouped = weight.float().view(weight.shape[0], -1, _GROUP)
    least, most = grouped.amin(-1, keepdim=True), grouped.amax(-1, keepdim=True)
    # Rounded to bf16 before the numbers are: what they lose is then made good by the numbers.
    scale = ((most - least) / 15).clamp(min=1e-30).bfloat16()
    middle = ((most + least + scale.float()) / 2).bfloat16()
    numbers = (grouped - middle.float()).div_(scale.float()).round_().add_(8).clamp_(0, 15)
    scales = torch.cat([scale, middle], dim=-1).transpose(0, 1).contiguous()
    return numbers.view(weight.shape).to(torch.int32), scales


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
