"""The machine as torch sees it: whether its processor multiplies bf16 by itself."""

from __future__ import annotations

import pytest
import torch

from creative.engines.machine import has_avx2, has_avx2_only, has_fast_bf16, measure_machine


@pytest.mark.parametrize(
    ("processor", "capability", "instructions", "expected"),
    [
        ("x86_64", "AVX2", False, False),
        ("x86_64", "AVX512", False, False),
        ("x86_64", "AVX512", True, True),
        ("x86_64", "AVX2", True, False),  # ATEN_CPU_CAPABILITY=avx2
        ("AMD64", "DEFAULT", False, False),
    ],
)
def test_bf16_is_fast_where_there_are_instructions_for_it(
    monkeypatch: pytest.MonkeyPatch, processor: str, capability: str, instructions: bool, expected: bool
) -> None:
    monkeypatch.setattr("platform.machine", lambda: processor)
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: instructions)
    assert has_fast_bf16.__wrapped__() == expected


@pytest.mark.parametrize(
    ("capability", "avx2", "only"), [("AVX2", True, True), ("AVX512", True, False), ("DEFAULT", False, False)]
)
def test_a_processor_with_avx2_is_known_and_one_with_nothing_more(
    monkeypatch: pytest.MonkeyPatch, capability: str, avx2: bool, only: bool
) -> None:
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    assert has_avx2.__wrapped__() == avx2
    assert has_avx2_only.__wrapped__() == only


def test_without_onednn_bf16_is_not_fast_on_arm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "arm64")
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    assert not has_fast_bf16.__wrapped__()


def test_the_machine_is_told_what_its_processor_is_good_at() -> None:
    machine = measure_machine()
    assert machine.fast_bf16 == has_fast_bf16()
    assert machine.ram_free_gb > 0.01
