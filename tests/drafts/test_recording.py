"""Recording a run: what was written is on disk within a second, however the run goes on or ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from creative.drafts import Drafts, NewNode, Recording
from creative.drafts.recording import SAVE_EVERY_S

BEHIND_S = 1.0


@pytest.fixture
def drafts(tmp_path: Path) -> Iterator[Drafts]:
    drafts = Drafts(tmp_path / "drafts.sqlite")
    yield drafts
    drafts.close()


def begin(drafts: Drafts, places: list[Callable[[str], str]]) -> Recording:
    draft = drafts.create("w", "story", "The last ferry")
    return Recording(drafts, "w", draft.id, NewNode(text="", action="write"), places)


def on_disk(drafts: Drafts, recording: Recording, index: int = 0) -> str:
    return drafts.text("w", recording.draft, recording.nodes[index])


def finish(drafts: Drafts, recording: Recording, index: int = 0) -> str:
    return drafts.node("w", recording.draft, recording.nodes[index]).finish


def test_a_version_stands_there_before_the_first_word(drafts: Drafts) -> None:
    recording = begin(drafts, [lambda new: f"Before. {new}"])
    assert on_disk(drafts, recording) == "Before. "
    assert drafts.open("w", recording.draft).head == recording.nodes[0]


def test_text_is_saved_within_a_second_while_pieces_come(drafts: Drafts) -> None:
    recording, written = begin(drafts, [str]), [(time.monotonic(), "")]
    while time.monotonic() < written[0][0] + 1.6:
        recording.write(0, "word ")
        written.append((time.monotonic(), written[-1][1] + "word "))
        old = [text for at, text in written if at < time.monotonic() - BEHIND_S]
        assert len(on_disk(drafts, recording)) >= len(old[-1] if old else "")
        time.sleep(0.05)
    recording.end("cancelled")


def test_text_is_saved_within_a_second_when_no_further_piece_comes(drafts: Drafts) -> None:
    recording = begin(drafts, [str])
    recording.write(0, "The last ")
    recording.write(0, "words")
    time.sleep(SAVE_EVERY_S + 0.3)
    assert on_disk(drafts, recording) == "The last words"
    assert finish(drafts, recording) == ""
    recording.write(0, ", after all.", "stop")
    assert on_disk(drafts, recording) == "The last words, after all."


def test_what_waits_to_be_saved_does_not_touch_a_finished_version(drafts: Drafts) -> None:
    recording = begin(drafts, [str])
    recording.write(0, "Done.")
    recording.write(0, "", "stop")
    time.sleep(SAVE_EVERY_S + 0.2)
    assert (on_disk(drafts, recording), finish(drafts, recording)) == ("Done.", "stop")


def test_ending_closes_only_the_variants_that_are_still_open(drafts: Drafts) -> None:
    recording = begin(drafts, [str, str.upper])
    recording.write(0, "one", "stop")
    recording.write(1, "two")
    recording.end("cancelled")
    assert [on_disk(drafts, recording, i) for i in (0, 1)] == ["one", "TWO"]
    assert [finish(drafts, recording, i) for i in (0, 1)] == ["stop", "cancelled"]
    recording.end("cancelled")
    assert finish(drafts, recording, 0) == "stop"
