"""What this machine has free, seen with torch's eyes."""

from __future__ import annotations

import torch

from creative.catalogue.fit import Machine


def measure_machine() -> Machine:
    """Give the free memory of the GPU (0 without one) and of the computer."""
    if not torch.cuda.is_available():
        return Machine.here()
    free, _total = torch.cuda.mem_get_info()
    return Machine.here(free / 1e9, torch.cuda.get_device_name())
