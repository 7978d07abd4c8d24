"""The steps that bring a drafts database up to date: numbered, applied once, never edited."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from creative.errors import StorageDamaged

Migration = Callable[[sqlite3.Connection], None]


def m001_drafts_and_versions(db: sqlite3.Connection) -> None:
    """Drafts, their versions (a tree by `parent`), and the versions' texts in a table of their own.

    The texts stand apart so that reading the tree never reads them.
    """
    db.execute(
        "CREATE TABLE draft (id TEXT PRIMARY KEY, writer TEXT NOT NULL, form TEXT NOT NULL,"
        " title TEXT NOT NULL, brief TEXT NOT NULL, language TEXT NOT NULL, head TEXT NOT NULL,"
        " created REAL NOT NULL, updated REAL NOT NULL, deleted REAL)"
    )
    db.execute("CREATE INDEX draft_by_writer ON draft (writer, updated)")
    db.execute(
        "CREATE TABLE node (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
        " draft TEXT NOT NULL REFERENCES draft (id) ON DELETE CASCADE,"
        " parent TEXT REFERENCES node (id), visited TEXT, action TEXT NOT NULL, model TEXT NOT NULL,"
        " adapter TEXT NOT NULL, seed INTEGER, sampling TEXT NOT NULL, created REAL NOT NULL,"
        " words INTEGER NOT NULL, name TEXT NOT NULL, finish TEXT NOT NULL, proposal INTEGER NOT NULL,"
        " excerpt TEXT NOT NULL)"
    )
    db.execute("CREATE INDEX node_by_draft ON node (draft)")
    # Without it, removing a draft looks through the whole table once per version.
    db.execute("CREATE INDEX node_by_parent ON node (parent)")
    db.execute("CREATE INDEX node_growing ON node (finish) WHERE finish = ''")
    db.execute(
        "CREATE TABLE body (seq INTEGER PRIMARY KEY REFERENCES node (seq) ON DELETE CASCADE,"
        " text BLOB NOT NULL, prompt BLOB NOT NULL)"
    )


def m002_blind_pairs(db: sqlite3.Connection) -> None:
    """Pairs of texts, a model's and a voice's, and which one was preferred (`voice`, `base`, `neither`)."""
    db.execute(
        "CREATE TABLE pair (token TEXT PRIMARY KEY, voice TEXT NOT NULL, base TEXT NOT NULL,"
        " prompt TEXT NOT NULL, base_text TEXT NOT NULL, voice_text TEXT NOT NULL,"
        " voice_left INTEGER NOT NULL, picked TEXT NOT NULL, created REAL NOT NULL)"
    )
    db.execute("CREATE INDEX pair_by_voice ON pair (voice, picked)")


MIGRATIONS: tuple[Migration, ...] = (m001_drafts_and_versions, m002_blind_pairs)


def migrate(db: sqlite3.Connection, steps: Sequence[Migration] = MIGRATIONS) -> None:
    """Apply the steps that this database has not seen, each in one transaction."""
    for number, step in enumerate(steps, start=1):
        # The lock comes before the look: another process may be at the same step.
        db.execute("BEGIN IMMEDIATE")
        try:
            if _version(db) < number:
                step(db)
                db.execute(f"PRAGMA user_version = {number}")
            db.execute("COMMIT")
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")
    if _version(db) > len(steps):
        raise StorageDamaged(
            f"A newer playground saved these drafts (format {_version(db)}; this one reads {len(steps)}).",
            "Update the playground, or start it with another --home folder.",
        )


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])
