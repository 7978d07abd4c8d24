"""Many writers who come and go: no error, no text of another, no row that stays, no growth."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.soak import Outcome, as_text, make_voices, soak


@pytest.mark.slow
def test_sixty_four_writers_come_and_go_for_twenty_seconds(tmp_path: Path) -> None:
    make_voices(tmp_path)
    outcome = soak(tmp_path, Outcome(minutes=1 / 3, writers=64, longest=12), seed=1)
    print(as_text(outcome))
    assert outcome.problems == []
    assert outcome.most_steps_after_stop <= 1
    assert min(outcome.written, outcome.stopped, outcome.vanished, outcome.edited, outcome.waited) > 0
    assert outcome.growth < 0.1
