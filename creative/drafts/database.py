"""The drafts' database file: one connection behind one lock, transactions, and its troubles told plainly."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from creative.drafts.migrations import migrate
from creative.errors import CreativeError, StorageDamaged, StorageFull

_BUSY_S = 10.0
_LOG_BYTES = 4_000_000
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_UNWRITABLE = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}


class Database:
    """An open drafts database; safe from many threads, which take turns."""

    def __init__(self, path: Path) -> None:
        """Open or make the file; a damaged one is set aside, never deleted.

        Raises `StorageDamaged` (open again for an empty one) and `StorageFull`.
        """
        self.path = path
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Drafts are private: readable by nobody else on a shared machine.
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as err:
            if err.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise _disk_full() from err
            raise _not_writable(path, f"{err.strerror} ({path.parent})") from err
        self._db = self._connect()

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        db.row_factory = sqlite3.Row
        try:
            # The write-ahead log keeps every committed step through kill -9, without waiting for the disk.
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA foreign_keys = ON")
            # One large change would leave its log that large until the program ends.
            db.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
            if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("database disk image is malformed")
            migrate(db)
        except sqlite3.Error as err:
            db.close()
            if not _is_damage(err):
                raise translate(err, self.path) from err
            aside = self._set_aside()
            raise StorageDamaged(
                f"The drafts in {self.path.name} are damaged and cannot be read ({err}).",
                f"The file is kept as {aside.name}, and the next start makes an empty one. "
                f"To get drafts back, put a copy of {self.path.name} in its place.",
            ) from err
        except CreativeError:
            db.close()
            raise
        return db

    def _set_aside(self) -> Path:
        stamp = f"{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 1_000_000:06d}"
        aside = self.path.with_name(f"{self.path.stem}.damaged-{stamp}{self.path.suffix}")
        for ending in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                self.path.with_name(self.path.name + ending).rename(aside.with_name(aside.name + ending))
        return aside

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Hold the connection for reading one consistent state."""
        with self._transaction("BEGIN") as db:
            yield db

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Hold the connection for a change that happens whole or not at all."""
        with self._transaction("BEGIN IMMEDIATE") as db:
            yield db

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._db.execute(begin)
                try:
                    yield self._db
                    self._db.execute("COMMIT")
                finally:
                    # A full disk may have rolled back already.
                    if self._db.in_transaction:
                        self._db.execute("ROLLBACK")
            except sqlite3.Error as err:
                raise translate(err, self.path) from err

    def close(self) -> None:
        """Close the file; the write-ahead log is folded into it."""
        with self._lock:
            self._db.close()


def translate(err: sqlite3.Error, path: Path) -> Exception:
    """Give the sentence for a trouble with the disk; our own mistakes come back as they are."""
    code = getattr(err, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return _disk_full()
    if code in _UNWRITABLE:
        return _not_writable(path, str(err))
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StorageFull(
            f"Another program has held the drafts for {_BUSY_S:.0f} seconds.",
            "Close the other copy of this playground, or start one of them with another --home folder.",
        )
    if _is_damage(err):
        return StorageDamaged(
            f"The drafts in {path.name} have become damaged ({err}).",
            "Copy your text somewhere safe, then start again: the damaged file is set aside and kept.",
        )
    return err


def _is_damage(err: sqlite3.Error) -> bool:
    code = getattr(err, "sqlite_errorcode", 0) & 0xFF
    return code in _DAMAGED or "malformed" in str(err)


def _disk_full() -> StorageFull:
    return StorageFull(
        "The disk is full; the latest change could not be saved.",
        "Copy your text somewhere safe and free some space; what was saved before is safe.",
    )


def _not_writable(path: Path, reason: str) -> StorageFull:
    return StorageFull(
        f"The drafts in {path.name} cannot be saved: {reason}.",
        "Look whether the disk is there and may be written, or start with another --home folder.",
    )
