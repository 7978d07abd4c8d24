"""Runs every measurement, one after the other: `make bench`."""

from __future__ import annotations

from benchmarks import cpu, kin, page, redrawing, serving, soak, start, table, training

if __name__ == "__main__":
    start.main()
    table.main()
    cpu.main()
    kin.main()
    redrawing.main()
    page.main()
    serving.main()
    training.main()
    soak.main()  # the last: it takes ten minutes, and its exit code tells
