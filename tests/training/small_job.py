"""A stand-in for the training's program that the launcher can start in a moment: it keeps the folder's promises.

The voice's title says what it does: `steps N`, `hang` at the first step, `break` or `vanish` at once.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time
from pathlib import Path

from creative.training.folder import LOCK, STOP, read_order
from creative.training.progress import EventLog, read_events

STEP_S = 0.05


def main(folder: Path) -> None:
    """Run the job."""
    title = read_order(folder).title
    lock = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    log = EventLog(folder)
    done = max((event["step"] for event in read_events(folder) if event["kind"] == "step"), default=0)
    log.write("started", pid=os.getpid(), pid_started=time.time(), resumed_from=done or None)
    log.write("phase", name="training")
    if title == "vanish":
        os.kill(os.getpid(), 9)
    if title == "break":
        sys.exit("RuntimeError: the floor is gone")
    total = int(title.removeprefix("steps ")) if title.startswith("steps ") else 1000
    for step in range(done + 1, total + 1):
        if title == "hang":
            time.sleep(3600)
        if (folder / STOP).exists():
            log.write("stopped", message="Stopped as asked.")
            return
        log.write("step", step=step, total=total, epoch=step / 10, epochs=total / 10, loss=3.0)
        time.sleep(STEP_S)
    log.write("done", message="It is done.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
