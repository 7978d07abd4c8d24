"""Stop belongs to one run of one writer."""

from __future__ import annotations

import threading
import time

from creative.ui.runs import Runs


def test_stop_ends_the_run_and_waits_until_it_has() -> None:
    runs, stopped = Runs(), []

    def work() -> None:
        with runs.begin("w", "1") as run:
            run.cancel.wait(5)
            time.sleep(0.05)
            stopped.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    while not runs.goes_on("w", "1"):
        time.sleep(0.005)
    assert runs.stop("w", "1")
    assert stopped == [True]
    thread.join()
    assert not runs.goes_on("w", "1")


def test_another_writer_cannot_stop_it() -> None:
    runs = Runs()
    with runs.begin("w", "1") as run:
        assert runs.stop("other", "1")
        assert runs.stop("w", "2")
        assert not run.cancel.is_set()


def test_a_stop_that_overtakes_its_run_still_stops_it() -> None:
    runs = Runs()
    runs.stop("w", "1")
    with runs.begin("w", "1") as run:
        assert run.cancel.is_set()
    with runs.begin("w", "1") as again:
        assert not again.cancel.is_set()


def test_however_a_run_ends_the_model_is_told() -> None:
    runs = Runs()
    try:
        with runs.begin("w", "1") as run:
            raise RuntimeError
    except RuntimeError:
        pass
    assert run.cancel.is_set()
    assert run.ended.is_set()
