"""Runs every measurement, one after the other: `make bench`."""

from __future__ import annotations

from benchmarks import engine, start

if __name__ == "__main__":
    start.main()
    engine.main()
