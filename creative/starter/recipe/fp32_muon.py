"""Muon's orthogonalization in fp32, for processors on which torch's own, in bf16, takes ten times as long."""

from __future__ import annotations

import torch
from torch.optim import _muon


def use_fp32() -> None:
    """Let every torch.optim.Muon of this process orthogonalize in fp32; torch offers no setting for it."""
    _muon._zeropower_via_newtonschulz = orthogonalize


def orthogonalize(
    grad: torch.Tensor, ns_coefficients: tuple[float, float, float], ns_steps: int, eps: float
) -> torch.Tensor:
    """Give a matrix with singular values near 1 in the gradient's place (Newton-Schulz; Jordan et al. 2024, Muon)."""
    a, b, c = ns_coefficients
    tall = grad.shape[0] > grad.shape[1]
    wide = (grad.T if tall else grad).float()
    wide = wide / wide.norm().clamp(min=eps)
    for _ in range(ns_steps):
        gram = wide @ wide.T
        wide = torch.addmm(wide, torch.addmm(gram, gram, gram, beta=b, alpha=c), wide, beta=a)
    return wide.T if tall else wide
