"""The linear layers of a model as products: those that read the same input joined, packed where that is faster.

The layers stay what they are and can be called, by a voice that stands around them for one, with one exception:
bf16 layers give their weights away to be held in another order, and NF4 ones to be held as int4 where the
processor multiplies that faster, until `restore` is called.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bitsandbytes as bnb
import torch

from creative.engines.originals import Originals
from creative.engines.packed import Blocked, Bytes, Int4, Nibbles, Product, Whole, can_block, lay_out, widens

_SMALL = 8 << 20  # bytes of a head in bf16 that is kept so beside quantized matrices
_MOST_COPIED = 128 << 20  # bytes of a copy of the embeddings in bf16, for the head: half of fit.py's room


class Given:
    """A product of layers that gave their weights away."""

    def __init__(self, layers: Sequence[Any], matrix: Blocked | Bytes) -> None:
        self._layers = tuple(layers)
        self._matrix: Blocked | Bytes | Whole = matrix
        for layer in self._layers:
            layer.weight.data = layer.weight.data.new_empty(0)

    def __call__(self, state: torch.Tensor, many: bool = False) -> torch.Tensor:
        """Give rows x outputs."""
        return self._matrix(state, many)

    def restore(self) -> None:
        """Give the layers their weights back; the product works on, on the same memory."""
        if not isinstance(self._matrix, Whole):
            whole = self._matrix.unpack()
            self._matrix = Whole(whole)
            _share(self._layers, whole)


class Replaced:
    """A product in int4 where layers in NF4 stood, which gave their weights away."""

    def __init__(self, layers: Sequence[Any], originals: Originals) -> None:
        self._layers = tuple(layers)
        self._originals = originals
        self._restored = False
        for layer in self._layers:
            layer.weight.data = layer.weight.data.new_empty(0)
            layer.weight.quant_state = layer.quant_state = None
        # From the weights as they were: of NF4's, the errors of both would add up.
        self.matrix = Int4.of(originals.read(layer) for layer in self._layers)

    def __call__(self, state: torch.Tensor, many: bool = False) -> torch.Tensor:
        """Give rows x outputs."""
        return self.matrix(state, many)

    def restore(self) -> None:
        """Give the layers their NF4 back, made of the folder's weights once more; the product stays beside them."""
        for layer in () if self._restored else self._layers:
            weight = layer.weight
            weight.data, weight.quant_state = bnb.functional.quantize_4bit(
                self._originals.read(layer).to(layer.compute_dtype),
                blocksize=weight.blocksize,
                compress_statistics=weight.compress_statistics,
                quant_type=weight.quant_type,
                quant_storage=weight.quant_storage,
            )
            layer.quant_state = weight.quant_state
        self._restored = True


class Biased:
    """A product and what its layers add to it, in the dtype of that."""

    def __init__(self, product: Product, bias: torch.Tensor) -> None:
        self.product = product
        self._bias = bias

    def __call__(self, state: torch.Tensor, many: bool = False) -> torch.Tensor:
        """Give rows x outputs."""
        return self.product(state, many) + self._bias

    def restore(self) -> None:
        """Give the layers their weights back, where they had been taken."""
        if isinstance(self.product, Given | Replaced):
            self.product.restore()


def join(
    layers: Sequence[Any], bias_dtype: torch.dtype | None = None, originals: Originals | None = None
) -> Product | None:
    """Give the product of layers as one, or None when they are of a kind that cannot be joined.

    With `originals` layers in NF4 are made into int4 where the processor has no fast product for NF4. No memory is
    added but the scales of both and the biases. With a wider `bias_dtype` layers that have a bias give that: added
    in bf16, it would be rounded twice.
    """
    biases = [layer.bias.data for layer in layers if layer.bias is not None]
    if not biases:
        return _join_matrices(layers, originals)
    product = _join_matrices(layers, originals) if len(biases) == len(layers) else None
    return product and Biased(product, torch.cat(biases).to(bias_dtype))


def _join_matrices(layers: Sequence[Any], originals: Originals | None) -> Product | None:
    if all(type(layer) is torch.nn.Linear for layer in layers):
        matrix = lay_out([layer.weight.data for layer in layers])
        if can_block(matrix):
            return Given(layers, Blocked(matrix))
        _share(layers, matrix)
        return Whole(matrix)
    if all(isinstance(layer, bnb.nn.Linear4bit) for layer in layers):
        if originals is not None and _goes_in_int4(layers, originals):
            return Replaced(layers, originals)
        return _join_nibbles(layers) if all(_packs(layer) for layer in layers) else None
    if all(isinstance(layer, bnb.nn.Linear8bitLt) and _is_read_in_bytes(layer) for layer in layers):
        return _join_bytes(layers)
    return None


def take_head(model: Any, quantized: bool) -> Product | None:
    """Give the product of a model's output head, in 8 bits beside quantized matrices; None to call the head itself."""
    head = model.lm_head
    weight = head.weight.data
    if type(head) is not torch.nn.Linear or head.bias is not None:
        return None
    tied = weight.data_ptr() == model.get_input_embeddings().weight.data_ptr()
    in_bytes = quantized and weight.device.type == "cpu" and Bytes.takes(weight.shape[1])
    if in_bytes and widens(weight.dtype):
        matrix: Blocked | Bytes = Bytes.of(weight)
    elif not can_block(weight):
        head.weight.data = weight = lay_out([weight])
        if tied:
            # One memory still: the words that are read are found in it in any order.
            model.get_input_embeddings().weight.data = weight
        return Whole(weight)
    elif tied and not quantized and weight.nbytes > _MOST_COPIED:
        return None
    else:
        # A small one stays near the processor, where 16 bits are read as fast as 8, by sixteen rows four times as fast.
        matrix = Bytes.of(weight) if in_bytes and weight.nbytes > _SMALL else Blocked(weight)
    # In 8 bits fit.py counts the copy, however large it is.
    return matrix if tied else Given([head], matrix)


def _is_read_in_bytes(layer: Any) -> bool:
    return layer.weight.device.type == "cpu" and Bytes.takes(layer.in_features)


def _goes_in_int4(layers: Sequence[Any], originals: Originals) -> bool:
    return (
        all(layer.weight.device.type == "cpu" and widens(layer.compute_dtype) for layer in layers)
        and all(Int4.takes(layer.in_features, layer.out_features) for layer in layers)
        and all(originals.has(layer) for layer in layers)
    )


def _packs(layer: Any) -> bool:
    """Tell whether a layer holds its weights as the processor's own 4-bit product wants them (AVX-512 BF16)."""
    weight = layer.weight
    if weight.device.type != "cpu" or layer.compute_dtype != torch.bfloat16:
        return False
    with torch.no_grad():
        layer(torch.zeros(1, layer.in_features, dtype=torch.bfloat16))  # packed at its first use
    return getattr(weight.quant_state, "packing_format_for_cpu", False)


def _join_nibbles(layers: Sequence[Any]) -> Product:
    states = [layer.weight.quant_state for layer in layers]
    # Packed in blocks of 32 outputs, one after the other; the scales stand input by output.
    matrix = torch.cat([layer.weight.data for layer in layers])
    scales = torch.cat([state.absmax for state in states], dim=1)
    _share(layers, matrix)
    return Nibbles(matrix, scales, layers[0].in_features, states[0].blocksize)


def _join_bytes(layers: Sequence[Any]) -> Product:
    for layer in layers:
        if layer.state.CB is None:
            layer.init_8bit_state()
    matrix = torch.cat([layer.state.CB for layer in layers])
    largest = torch.cat([layer.state.SCB for layer in layers])
    _share(layers, matrix)
    for layer in layers:
        layer.state.CB = layer.weight.data
    return Bytes(matrix, largest)


def _share(layers: Sequence[Any], matrix: torch.Tensor) -> None:
    for layer, part in zip(layers, matrix.split([layer.out_features for layer in layers]), strict=True):
        layer.weight.data = part
