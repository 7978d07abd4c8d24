"""The rows of a draft and its tree of versions; every function works inside a transaction of its caller."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import zlib
from collections.abc import Mapping
from typing import Any

from creative.drafts.records import Draft, NewNode, Node, count_words, excerpt, storable
from creative.errors import DraftNotFound, StorageDamaged


def secret(writer: str) -> str:
    """Give the stored form of a writer's id, which opens their drafts and is itself never stored."""
    if not writer:
        raise ValueError("a writer needs an id")
    return hashlib.sha256(writer.encode("utf-8", "replace")).hexdigest()


def new_id() -> str:
    """Give an id that cannot be guessed."""
    return secrets.token_urlsafe(12)


def dump(values: Mapping[str, Any]) -> str:
    """Give plain values as JSON text."""
    return storable(json.dumps(values, ensure_ascii=False))


def missing_version() -> DraftNotFound:
    """Give the sentence for a version that is not there."""
    return DraftNotFound("This draft has no such version.", "Choose one under Versions.")


def own(db: sqlite3.Connection, writer: str, draft: str, deleted: bool = False) -> sqlite3.Row:
    """Give the draft's row if it is this writer's; a deleted one only when asked for."""
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM draft WHERE id = ? AND writer = ? AND (? OR deleted IS NULL)",
        (draft, secret(writer), deleted),
    ).fetchone()
    if row is None:
        raise DraftNotFound("You have no such draft.", "Open one under My drafts, or start a new one.")
    return row


def find(db: sqlite3.Connection, draft: str, node: str) -> sqlite3.Row:
    """Give the row of a version of this draft."""
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM node WHERE id = ? AND draft = ?", (node, draft)
    ).fetchone()
    if row is None:
        raise missing_version()
    return row


def insert(db: sqlite3.Connection, draft: str, parent: str | None, new: NewNode, now: float) -> str:
    """Add a version with its text and prompt, and give its id; the head stays."""
    node, text = new_id(), storable(new.text)
    known = (count_words(text), new.finish, new.proposal, excerpt(text))
    made_by = (new.action, new.model, new.adapter, new.seed, dump(new.sampling))
    row = db.execute(
        "INSERT INTO node (id, draft, parent, action, model, adapter, seed, sampling, created, words, name,"
        " finish, proposal, excerpt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?)",
        (node, draft, parent, *made_by, now, *known),
    )
    # Whole texts, not differences: a version being written may already have children. Measured: 500 versions
    # of 20,000 words take 22 MB.
    bodies = (zlib.compress(text.encode()), zlib.compress(storable(new.prompt).encode()))
    db.execute("INSERT INTO body VALUES (?, ?, ?)", (row.lastrowid, *bodies))
    return node


def move_head(db: sqlite3.Connection, draft: str, node: str) -> None:
    """Show this version, and let redo from any of its ancestors lead to it."""
    db.execute(
        "WITH RECURSIVE way (id, parent) AS (SELECT id, parent FROM node WHERE id = ?"
        " UNION ALL SELECT node.id, node.parent FROM node JOIN way ON node.id = way.parent)"
        " UPDATE node SET visited = way.id FROM way WHERE node.id = way.parent AND visited IS NOT way.id",
        (node,),
    )
    db.execute("UPDATE draft SET head = ? WHERE id = ?", (node, draft))


def copy(db: sqlite3.Connection, draft: str, target: str) -> dict[str, str]:
    """Copy all versions of a draft to another, and give the new id of each."""
    rows = db.execute("SELECT * FROM node WHERE draft = ? ORDER BY seq", (draft,)).fetchall()
    ids = {row["id"]: new_id() for row in rows}
    for row in rows:
        values = {**dict(row), "seq": None, "id": ids[row["id"]], "draft": target}
        values["parent"], values["visited"] = ids.get(row["parent"]), ids.get(row["visited"])
        marks = ", ".join("?" * len(values))
        made = db.execute(f"INSERT INTO node ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))
        db.execute(
            "INSERT INTO body SELECT ?, text, prompt FROM body WHERE seq = ?", (made.lastrowid, row["seq"])
        )
    return ids


def texts(db: sqlite3.Connection, seq: int) -> tuple[str, str]:
    """Give the text and the prompt of a version."""
    row = db.execute("SELECT text, prompt FROM body WHERE seq = ?", (seq,)).fetchone()
    return _unpack(row["text"]), _unpack(row["prompt"])


def _unpack(packed: bytes) -> str:
    try:
        return zlib.decompress(packed).decode()
    except (zlib.error, UnicodeDecodeError) as err:
        raise StorageDamaged(
            "The text of this version is damaged on the disk.", "Open another version of it under Versions."
        ) from err


def holds(db: sqlite3.Connection, row: sqlite3.Row, wanted: list[str]) -> bool:
    """Tell whether the title or the text of a draft's head has all these casefolded words."""
    packed = db.execute("SELECT text FROM body WHERE seq = ?", (row["seq"],)).fetchone()["text"]
    found = f"{row['title']}\n{_unpack(packed)}".casefold()
    return all(word in found for word in wanted)


def read_node(row: sqlite3.Row) -> Node:
    """Give a version without its text and prompt."""
    return Node(
        id=row["id"],
        parent=row["parent"] or "",
        action=row["action"],
        model=row["model"],
        adapter=row["adapter"],
        seed=row["seed"],
        sampling=json.loads(row["sampling"]),
        created=row["created"],
        words=row["words"],
        name=row["name"],
        finish=row["finish"],
        proposal=bool(row["proposal"]),
        visited=row["visited"] or "",
    )


def read_draft(db: sqlite3.Connection, row: sqlite3.Row) -> Draft:
    """Give a draft with its tree and the text of its head."""
    nodes = db.execute("SELECT * FROM node WHERE draft = ? ORDER BY seq", (row["id"],)).fetchall()
    head = find(db, row["id"], row["head"])
    return Draft(
        id=row["id"],
        form=row["form"],
        title=row["title"],
        brief=json.loads(row["brief"]),
        language=row["language"],
        head=row["head"],
        nodes=tuple(read_node(node) for node in nodes),
        text=texts(db, head["seq"])[0],
        created=row["created"],
        updated=row["updated"],
    )
