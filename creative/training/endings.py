"""How a training's process ends without a word of its own: made to, and told in words."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

HUNG = (
    "It stayed silent after it was asked to stop, so its process was ended."
    " What it learned until it last saved is kept; resume it to go on from there."
)
CUT_SHORT = (
    "Its process ended before it could stop in order. What it learned until it last saved is kept;"
    " resume it to go on from there."
)


def end_process(pid: int, how: signal.Signals) -> None:
    """Send a signal to a job's process and all it started; nothing happens when it is gone."""
    if pid <= 1:
        return
    with suppress(ProcessLookupError, PermissionError):
        # One that was started from a shell is not the head of a group of its own.
        if os.getpgid(pid) == pid:
            os.killpg(pid, how)
        else:
            os.kill(pid, how)
        # One that is held still hears nothing but SIGKILL until it is let go.
        os.kill(pid, signal.SIGCONT)


def explain_end(code: int | None) -> str:
    """Say how a process ended that said nothing itself; None when nobody saw it."""
    if code == -signal.SIGKILL:
        return "The training's process was killed; if nobody did it, the memory was probably full."
    if code is None:
        return "The training's process ended without a word."
    return f"The training's process was ended by {signal.strsignal(-code) or f'signal {-code}'}."


def read_last_line(file: Path) -> str:
    """Give the last words of a program from its log."""
    with suppress(OSError):
        lines = file.read_text(encoding="utf-8", errors="replace")[-4000:].split("\n")
        return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "it said nothing.")
    return "it said nothing."
