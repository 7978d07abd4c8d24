"""The trial before the work: three steps on the longest rows, and the voice written and read back."""

from __future__ import annotations

import resource
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from creative.catalogue.fit import Machine
from creative.errors import StorageFull
from creative.training.job.checkpoints import read_chance, reload_voice, set_chance, write_voice

_TRIALS = 3


@dataclass(frozen=True)
class Trial:
    """What three trial steps cost."""

    step_s: float
    """Seconds of one step, all its batches."""
    peak_gb: float
    """Memory at the most, over what the model took before."""


def measure_free_gb() -> float:
    """Give the memory that is free where the model is: the GPU's, or the computer's."""
    if torch.cuda.is_available():
        free, _total = torch.cuda.mem_get_info()
        return free / 1e9
    return Machine.here().ram_free_gb


def measure_memory_gb() -> float:
    """Give the memory this process holds now."""
    if torch.cuda.is_available():
        return torch.cuda.memory_reserved() / 1e9
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return _peak_gb()
    return pages * resource.getpagesize() / 1e9


def run_trial(trainer: Any, rows: Any, longest: list[int], shrink: Callable[[], None]) -> Trial:
    """Take three steps' work on the longest rows and give what they cost; nothing is learned from them.

    Where memory runs out, `shrink` is asked to make the batches smaller; it raises when they cannot be.
    """
    chance = read_chance()
    begun_gb = _reset_peak()
    seconds: list[float] = []
    while len(seconds) < _TRIALS:
        batch = trainer.args.per_device_train_batch_size
        # The very longest at first, for the memory; then typical ones, for the time.
        at = 0 if not seconds else len(longest) * len(seconds) // _TRIALS
        places = [longest[(at + more) % len(longest)] for more in range(batch)]
        begun = time.perf_counter()
        try:
            trainer.try_step([rows[place] for place in places])
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as err:
            if not is_out_of_memory(err):
                raise
            shrink()
            seconds.clear()
            continue
        seconds.append(time.perf_counter() - begun)
    set_chance(chance)
    typical_s = sum(seconds[1:]) / (len(seconds) - 1)
    return Trial(typical_s * trainer.args.gradient_accumulation_steps, max(0.0, _peak_gb() - begun_gb))


def try_saving(folder: Path, voice: Any) -> float:
    """Write the voice and read it back, and give its size in MB. Raises `StorageFull`."""
    place = folder / ".trial" / "voice"
    try:
        write_voice(place, voice)
        if not reload_voice(place, voice):
            raise StorageFull(
                "The voice does not read back from the disk as it was written.",
                "Look at the disk, or use another.",
            )
        return sum(file.stat().st_size for file in place.iterdir()) / 1e6
    finally:
        shutil.rmtree(place.parent, ignore_errors=True)


def is_out_of_memory(err: BaseException) -> bool:
    """Tell whether an error means that memory ran out, on the GPU or in the computer."""
    words = str(err)
    return (
        isinstance(err, (torch.OutOfMemoryError, MemoryError))
        or "not enough memory" in words
        or "can't allocate memory" in words
    )


def _reset_peak() -> float:
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
        return torch.cuda.memory_allocated() / 1e9
    try:
        Path("/proc/self/clear_refs").write_text("5")  # Linux: the peak begins anew
    except OSError:
        return _peak_gb()
    return measure_memory_gb()


def _peak_gb() -> float:
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 1e9
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e9
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
