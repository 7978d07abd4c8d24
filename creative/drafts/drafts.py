"""What a writer can do with drafts: keep, find, open, grow, go back and forth, and take away all of it."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from creative.drafts import tree
from creative.drafts.archive import Render, pack
from creative.drafts.database import Database
from creative.drafts.records import (
    GROWING,
    INTERRUPTED,
    Draft,
    NewNode,
    Node,
    Summary,
    count_words,
    excerpt,
    storable,
)
from creative.errors import DraftConflict

KEPT_AFTER_DELETION_S = 30 * 24 * 3600.0


class Drafts:
    """The drafts of all writers in one file; each writer reaches only their own. Safe from many threads.

    Every method raises `StorageFull` when the disk is full or cannot be written, `StorageDamaged` when the
    file is damaged, and `DraftNotFound` for a draft or version that is not this writer's.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._database = Database(path)
        with self._database.writing() as db:
            db.execute("DELETE FROM draft WHERE deleted < ?", (clock() - KEPT_AFTER_DELETION_S,))
            # Whoever was writing these is gone; what was written until then is here.
            db.execute("UPDATE node SET finish = ? WHERE finish = ?", (INTERRUPTED, GROWING))

    @property
    def database(self) -> Database:
        """Give the open file, for the rooms that keep something beside the drafts."""
        return self._database

    def create(
        self,
        writer: str,
        form: str,
        title: str = "",
        brief: Mapping[str, Any] | None = None,
        language: str = "English",
    ) -> Draft:
        """Make a draft whose first version is the empty page."""
        draft, now = tree.new_id(), self._clock()
        with self._database.writing() as db:
            db.execute(
                "INSERT INTO draft VALUES (?, ?, ?, ?, ?, ?, '', ?, ?, NULL)",
                (
                    draft,
                    tree.secret(writer),
                    form,
                    storable(title),
                    tree.dump(brief or {}),
                    language,
                    now,
                    now,
                ),
            )
            root = tree.insert(db, draft, None, NewNode(text="", action="start"), now)
            db.execute("UPDATE draft SET head = ? WHERE id = ?", (root, draft))
        return self.open(writer, draft)

    def listing(self, writer: str, query: str = "") -> list[Summary]:
        """Give the writer's drafts, latest first; those whose title or text has all words of `query`."""
        wanted = query.casefold().split()
        with self._database.reading() as db:
            rows = db.execute(
                "SELECT draft.*, node.seq, node.words, node.excerpt"
                " FROM draft JOIN node ON node.id = draft.head WHERE writer = ? AND deleted IS NULL"
                " ORDER BY draft.updated DESC, draft.rowid DESC",
                (tree.secret(writer),),
            ).fetchall()
            if wanted:
                rows = [row for row in rows if tree.holds(db, row, wanted)]
        return [
            Summary(
                id=row["id"],
                title=row["title"],
                form=row["form"],
                language=row["language"],
                words=row["words"],
                updated=row["updated"],
                excerpt=row["excerpt"],
            )
            for row in rows
        ]

    def open(self, writer: str, draft: str) -> Draft:
        """Give a draft with its tree and the text of its head."""
        with self._database.reading() as db:
            return tree.read_draft(db, tree.own(db, writer, draft))

    def node(self, writer: str, draft: str, node: str) -> Node:
        """Give one version whole, with its text and the prompt that made it."""
        with self._database.reading() as db:
            row = tree.find(db, tree.own(db, writer, draft)["id"], node)
            text, prompt = tree.texts(db, row["seq"])
            return replace(tree.read_node(row), text=text, prompt=prompt)

    def text(self, writer: str, draft: str, node: str) -> str:
        """Give the text of one version."""
        return self.node(writer, draft, node).text

    def save_brief(self, writer: str, draft: str, brief: Mapping[str, Any], language: str = "") -> None:
        """Keep the answers to the form's questions, and the language when one is given."""
        with self._database.writing() as db:
            row = tree.own(db, writer, draft)
            values = (tree.dump(brief), language or row["language"], self._clock(), draft)
            db.execute("UPDATE draft SET brief = ?, language = ?, updated = ? WHERE id = ?", values)

    def rename(self, writer: str, draft: str, title: str) -> None:
        """Give the draft another title."""
        with self._database.writing() as db:
            tree.own(db, writer, draft)
            values = (storable(title), self._clock(), draft)
            db.execute("UPDATE draft SET title = ?, updated = ? WHERE id = ?", values)

    def duplicate(self, writer: str, draft: str, title: str = "") -> Draft:
        """Copy a draft with its whole tree, under the same title unless another is given."""
        copy, now = tree.new_id(), self._clock()
        with self._database.writing() as db:
            row = tree.own(db, writer, draft)
            values = (copy, row["writer"], row["form"], storable(title) or row["title"], row["brief"])
            db.execute(
                "INSERT INTO draft VALUES (?, ?, ?, ?, ?, ?, '', ?, ?, NULL)",
                (*values, row["language"], now, now),
            )
            ids = tree.copy(db, draft, copy)
            db.execute("UPDATE draft SET head = ? WHERE id = ?", (ids[row["head"]], copy))
        return self.open(writer, copy)

    def delete(self, writer: str, draft: str) -> None:
        """Take a draft out of sight; `restore` brings it back for thirty days."""
        with self._database.writing() as db:
            tree.own(db, writer, draft)
            db.execute("UPDATE draft SET deleted = ? WHERE id = ?", (self._clock(), draft))

    def restore(self, writer: str, draft: str) -> None:
        """Bring a deleted draft back."""
        with self._database.writing() as db:
            tree.own(db, writer, draft, deleted=True)
            db.execute("UPDATE draft SET deleted = NULL WHERE id = ?", (draft,))

    def add(self, writer: str, draft: str, new: NewNode, expect_head: str = "") -> str:
        """Add a version and give its id.

        With `expect_head`, a head that another tab has moved meanwhile stays where it is: the text becomes a
        sibling beside it, and `DraftConflict` names both.
        """
        now = self._clock()
        with self._database.writing() as db:
            head = tree.own(db, writer, draft)["head"]
            parent = tree.find(db, draft, new.parent or expect_head or head)["id"]
            node = tree.insert(db, draft, parent, new, now)
            conflict = bool(expect_head) and expect_head != head
            if new.move_head and not conflict:
                tree.move_head(db, draft, node)
            db.execute("UPDATE draft SET updated = ? WHERE id = ?", (now, draft))
        if conflict:
            raise DraftConflict(
                "This draft was changed in another window.",
                "Your text is kept as a version of its own; open it under Versions, or reload to go on.",
                saved=node,
                head=head,
            )
        return node

    def grow(self, node: str, text: str, finish: str = GROWING) -> None:
        """Save the text so far of a version that is being written; `finish` ends it.

        Call it at most every half second. The id stands for the right to write: it is random and was given
        to whoever added the version. A finished version does not change: ValueError.
        """
        body = storable(text)
        packed = zlib.compress(body.encode())
        with self._database.writing() as db:
            row = db.execute("SELECT * FROM node WHERE id = ?", (node,)).fetchone()
            if row is None:
                raise tree.missing_version()
            if row["finish"] not in {GROWING, INTERRUPTED}:
                raise ValueError(f"version {node} is finished: {row['finish']}")
            db.execute(
                "UPDATE node SET finish = ?, words = ?, excerpt = ? WHERE seq = ?",
                (finish, count_words(body), excerpt(body), row["seq"]),
            )
            db.execute("UPDATE body SET text = ? WHERE seq = ?", (packed, row["seq"]))
            db.execute("UPDATE draft SET updated = ? WHERE id = ?", (self._clock(), row["draft"]))

    def move_head(self, writer: str, draft: str, node: str) -> Node:
        """Show another version and give it whole; a proposal is taken by this."""
        with self._database.writing() as db:
            tree.own(db, writer, draft)
            tree.find(db, draft, node)
            tree.move_head(db, draft, node)
            db.execute("UPDATE node SET proposal = 0 WHERE id = ?", (node,))
            db.execute("UPDATE draft SET updated = ? WHERE id = ?", (self._clock(), draft))
        return self.node(writer, draft, node)

    def undo(self, writer: str, draft: str) -> Node | None:
        """Go back to the version that the head came from; None on the empty page."""
        return self._step(writer, draft, "parent")

    def redo(self, writer: str, draft: str) -> Node | None:
        """Go forward along the branch visited last; None at its end."""
        return self._step(writer, draft, "visited")

    def _step(self, writer: str, draft: str, column: str) -> Node | None:
        with self._database.reading() as db:
            target = tree.find(db, draft, tree.own(db, writer, draft)["head"])[column]
        return self.move_head(writer, draft, target) if target else None

    def name_version(self, writer: str, draft: str, node: str, name: str) -> None:
        """Give a version a name; an empty one takes it away."""
        with self._database.writing() as db:
            tree.own(db, writer, draft)
            tree.find(db, draft, node)
            db.execute("UPDATE node SET name = ? WHERE id = ?", (storable(name), node))

    def archive(self, writer: str, render: Render) -> bytes:
        """Give a zip of all the writer's drafts: each as `render` makes it, and its whole tree as JSON."""
        return pack(self._whole_drafts(writer), render)

    def _whole_drafts(self, writer: str) -> Iterator[tuple[Draft, Iterator[Node]]]:
        for summary in self.listing(writer):
            draft = self.open(writer, summary.id)
            yield draft, (self.node(writer, draft.id, node.id) for node in draft.nodes)

    def close(self) -> None:
        """Close the file."""
        self._database.close()
