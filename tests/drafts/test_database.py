"""The drafts' file in trouble: killed, full, read-only, damaged, held by another, old and new."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from creative.drafts import database
from creative.drafts.drafts import Drafts
from creative.drafts.migrations import MIGRATIONS, migrate
from creative.drafts.records import INTERRUPTED, NewNode
from creative.errors import StorageDamaged, StorageFull

ME = "a secret of mine"

GROWING_PROGRAM = """
import sys, time
from pathlib import Path
from creative.drafts.drafts import Drafts
from creative.drafts.records import NewNode
drafts = Drafts(Path(sys.argv[1]))
draft = drafts.create("a secret of mine", "story").id
drafts.add("a secret of mine", draft, NewNode("before"))
node = drafts.add("a secret of mine", draft, NewNode("before", "write", finish=""))
text = "before"
while True:
    text += f" {time.time():.3f}"
    drafts.grow(node, text)
    print(time.time(), flush=True)
    time.sleep(0.05)
"""

VERSION_1 = (Path(__file__).parent / "version1.sql").read_text()


def test_after_kill_9_everything_older_than_a_second_is_there(tmp_path: Path) -> None:
    path = tmp_path / "drafts.sqlite"
    command = [sys.executable, "-c", GROWING_PROGRAM, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for _ in range(12):
            child.stdout.readline()
        killed = time.time()
        os.kill(child.pid, signal.SIGKILL)
    drafts = Drafts(path)
    draft = drafts.open(ME, drafts.listing(ME)[0].id)
    assert [node.action for node in draft.nodes] == ["start", "edit", "write"]
    assert draft.nodes[-1].finish == INTERRUPTED
    assert draft.head == draft.nodes[-1].id
    written = [float(moment) for moment in draft.text.split()[1:]]
    assert len(written) >= 12
    assert killed - written[-1] < 1.0
    assert drafts.undo(ME, draft.id).text == "before"  # type: ignore[union-attr]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small file system cannot be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(drafts: Drafts, draft: str) -> int:
    """Add versions until the disk is full, and give how many went in."""
    saved, said = 0, None
    while said is None:
        try:
            drafts.add(ME, draft, NewNode(os.urandom(4000).hex()))
            saved += 1
        except StorageFull as err:
            said = err
    assert "disk is full" in said.message
    assert "free some space" in said.hint
    return saved


def test_a_full_disk_is_told_and_what_was_saved_is_safe(small_disk: Path) -> None:
    drafts = Drafts(small_disk / "drafts.sqlite")
    draft = drafts.create(ME, "story", "Safe").id
    saved = fill(drafts, draft)
    assert saved > 3
    assert len(drafts.open(ME, draft).nodes) == saved + 1
    drafts.close()
    again = Drafts(small_disk / "drafts.sqlite")
    assert len(again.open(ME, draft).nodes) == saved + 1
    again.close()


def test_a_file_that_may_not_grow_is_told_and_writes_again_when_it_may(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "drafts.sqlite")
    draft = drafts.create(ME, "story").id
    with drafts._database.reading() as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
    drafts._database._db.execute(f"PRAGMA max_page_count = {pages + 12}")
    saved = fill(drafts, draft)
    drafts._database._db.execute("PRAGMA max_page_count = 1000000")
    drafts.add(ME, draft, NewNode("room again"))
    assert len(drafts.open(ME, draft).nodes) == saved + 2


def test_a_place_that_cannot_be_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageFull, match="cannot be saved"):
        Drafts(tmp_path / "file" / "drafts.sqlite")


def test_another_program_that_holds_the_drafts_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_S", 0.05)
    drafts = Drafts(tmp_path / "drafts.sqlite")
    other = sqlite3.connect(tmp_path / "drafts.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageFull, match="Another program"):
        drafts.create(ME, "story")
    other.execute("ROLLBACK")
    drafts.create(ME, "story")


@pytest.mark.parametrize("damage", ["head", "middle", "not a database"])
def test_a_damaged_file_is_kept_aside_and_the_next_start_is_empty(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "drafts.sqlite"
    drafts = Drafts(path)
    draft = drafts.create(ME, "story").id
    for number in range(60):
        drafts.add(ME, draft, NewNode(f"{number} {os.urandom(2000).hex()}"))
    drafts.close()
    content = path.read_bytes()
    broken = {
        "head": b"\xff" * 4096 + content[4096:],
        "middle": content[:8192] + b"\xff" * 65536 + content[8192 + 65536 :],
        "not a database": b"Dear diary, " * 1000,
    }[damage]
    path.write_bytes(broken)
    with pytest.raises(StorageDamaged) as caught:
        Drafts(path)
    (aside,) = tmp_path.glob("drafts.damaged-*.sqlite")
    assert aside.read_bytes() == broken
    assert aside.name in caught.value.hint
    assert Drafts(path).listing(ME) == []


def test_damage_met_while_working_is_told_and_set_aside_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "drafts.sqlite"
    drafts = Drafts(path)
    draft = drafts.create(ME, "story").id
    # More than the two megabytes of pages that SQLite keeps in memory.
    nodes = [drafts.add(ME, draft, NewNode(os.urandom(50_000).hex())) for _ in range(60)]
    drafts.close()
    drafts = Drafts(path)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    with pytest.raises(StorageDamaged, match="damaged"):
        _ = [drafts.text(ME, draft, node) for node in nodes]
    drafts.close()
    with pytest.raises(StorageDamaged, match="cannot be read"):
        Drafts(path)


def test_a_version_1_file_opens_with_everything_in_it(tmp_path: Path) -> None:
    path = tmp_path / "drafts.sqlite"
    old = sqlite3.connect(path)
    old.executescript(VERSION_1)
    old.close()
    drafts = Drafts(path)
    (line,) = drafts.listing(ME)
    draft = drafts.open(ME, line.id)
    assert (draft.title, draft.text, draft.brief) == ("Old draft", "Once there was. More", {"premise": "p"})
    assert [node.action for node in draft.nodes] == ["start", "write", "edit"]
    assert drafts.undo(ME, draft.id).text == "Once there was."  # type: ignore[union-attr]
    with drafts._database.reading() as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)


def test_each_migration_runs_once_and_half_a_migration_leaves_nothing(tmp_path: Path) -> None:
    ran: list[int] = []

    def add_colour(db: sqlite3.Connection) -> None:
        ran.append(2)
        db.execute("ALTER TABLE draft ADD COLUMN colour TEXT NOT NULL DEFAULT 'grey'")

    def break_off(db: sqlite3.Connection) -> None:
        db.execute("ALTER TABLE draft ADD COLUMN half TEXT")
        raise RuntimeError("killed here")

    db = sqlite3.connect(tmp_path / "drafts.sqlite", isolation_level=None)
    db.executescript(VERSION_1)
    for _ in range(2):
        migrate(db, (*MIGRATIONS[:1], add_colour))
    assert ran == [2]
    with pytest.raises(RuntimeError):
        migrate(db, (*MIGRATIONS[:1], add_colour, break_off))
    columns = [row[1] for row in db.execute("PRAGMA table_info(draft)")]
    assert "colour" in columns
    assert "half" not in columns
    assert db.execute("SELECT title, colour FROM draft").fetchall() == [("Old draft", "grey")]


def test_a_file_of_a_newer_playground_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "drafts.sqlite"
    Drafts(path).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StorageDamaged, match="99"):
        Drafts(path)
    assert not list(tmp_path.glob("*damaged*"))


def test_a_long_draft_with_500_versions_stays_small_and_opens_at_once(tmp_path: Path) -> None:
    path = tmp_path / "drafts.sqlite"
    # Pseudo-words that compress a little worse than English prose, which shrinks to 39 %.
    syllables, draw = [a + b for a in "bcdfghlmnprstvw" for b in "aeiou"], random.Random(1)
    words = ["".join(draw.choices(syllables, k=draw.choice((1, 2, 2, 3)))) for _ in range(20_000)]
    drafts = Drafts(path)
    draft = drafts.create(ME, "story").id
    root = drafts.open(ME, draft).head
    for _ in range(490):
        drafts.add(ME, draft, NewNode("short", parent=root, move_head=False))
    drafts.close()
    before = path.stat().st_size
    drafts = Drafts(path)
    for number in range(10):
        words[number * 2000] = f"changed{number}"
        drafts.add(ME, draft, NewNode(" ".join(words)))
    began = time.perf_counter()
    opened = drafts.open(ME, draft)
    elapsed_s = time.perf_counter() - began
    drafts.close()
    assert (len(opened.nodes), opened.nodes[-1].words) == (501, 20_000)
    assert elapsed_s < 0.2
    assert (path.stat().st_size - before) / 10 * 500 < 30e6
