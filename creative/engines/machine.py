"""What this machine has free and what its processor is good at, seen with torch's eyes."""

from __future__ import annotations

import platform
from functools import cache

import torch

from creative.catalogue.fit import Machine

_WITHOUT_AVX512 = ("DEFAULT", "AVX2")


def measure_machine() -> Machine:
    """Give the free memory of the GPU (0 without one) and of the computer, and what its processor is good at."""
    fast_bf16 = has_fast_bf16()
    if not torch.cuda.is_available():
        return Machine.here(fast_bf16=fast_bf16)
    free, _total = torch.cuda.mem_get_info()
    return Machine.here(free / 1e9, torch.cuda.get_device_name(), fast_bf16)


@cache
def has_avx2() -> bool:
    """Tell whether the processor is an x86 one with AVX2, as nearly all are; with AVX-512 too or without."""
    return torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512")


@cache
def has_avx2_only() -> bool:
    """Tell whether the processor is an x86 one with AVX2 and without AVX-512, as most laptops have."""
    return torch.backends.cpu.get_cpu_capability() == "AVX2"


@cache
def has_fast_bf16() -> bool:
    """Tell whether the processor has instructions for products in bf16 (AVX-512 BF16, or bf16 of 64-bit Arm).

    Without them such products are put together from others, and fp32 is faster: for many rows six times.
    oneDNN's own answer is no help, since it takes bf16 on every AVX-512. With ATEN_CPU_CAPABILITY=avx2 in the
    environment a processor passes for one without.
    """
    if platform.machine().lower() in ("arm64", "aarch64"):
        return torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return (
        torch.backends.cpu.get_cpu_capability() not in _WITHOUT_AVX512
        and torch.cpu._is_avx512_bf16_supported()
    )
