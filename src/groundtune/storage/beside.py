"""A second index that is made beside the one that answers, and takes its place in one transaction or is removed.

It lies in tables of its own in the same file, so what is deleted there is deleted here, and a process that dies leaves
what it had finished. While it is made nobody searches it but who asks for its `view`. Knows nothing of embedding.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from groundtune.errors import StoreError
from groundtune.i18n import t
from groundtune.storage import encoding
from groundtune.storage.database import Database
from groundtune.storage.rows import IndexFormat, NewPassage
from groundtune.storage.writing import log_change, write_format
from groundtune.types import Document

_COLUMNS = "revision_id, ordinal, start, end, heading_path, prefix, tokens, vector"
_CONTENT_BYTES = (
    "SELECT coalesce(sum(length(CAST(tokens AS BLOB)) + length(vector) + length(CAST(heading_path AS BLOB))), 0)"
)


@dataclass(frozen=True, slots=True)
class Room:
    """What an index holds. Bytes are those of terms and vectors; the file needs about a tenth more."""

    passages: int
    bytes: int


class Beside:
    """The second index of one database; there is one at a time. Safe to use from several threads and processes."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @property
    def format(self) -> IndexFormat | None:
        """What makes it; `None` while there is none."""
        row = self._db.connection.execute("SELECT embedder, dimension, analyser FROM beside_format").fetchone()
        return None if row is None else IndexFormat(*row)

    def begin(self, wanted: IndexFormat, made_with: str) -> bool:
        """Goes on with the one that is there if it was begun so, and says whether it does; else begins anew."""
        with self._db.transaction() as connection:
            if self._begun_as(connection) == (wanted, made_with):
                return True
            _clear(connection)
            values = (wanted.embedder, wanted.dimension, wanted.analyser, made_with)
            connection.execute("INSERT INTO beside_format VALUES (1, ?, ?, ?, ?)", values)
        return False

    def pending(self) -> list[int]:
        """Ids of the revisions that it does not have yet."""
        rows = self._db.connection.execute(
            "SELECT id FROM revisions WHERE id NOT IN (SELECT revision_id FROM beside_revisions) ORDER BY id"
        )
        return [int(row[0]) for row in rows]

    def put(self, made_by: IndexFormat, passages: Mapping[int, Sequence[NewPassage]]) -> None:
        """Takes the passages of some revisions, by the revision's id; those that went meanwhile are passed over.

        Raises StoreError when another process began another index since, or for passages that don't fit the text.
        """
        with self._db.transaction() as connection:
            if self.format != made_by:
                raise StoreError(t("Another process indexes the documents anew by now. Run the command again."))
            for revision_id, fresh in passages.items():
                row = connection.execute(
                    "SELECT text FROM revisions WHERE id = ?1"
                    " AND id NOT IN (SELECT revision_id FROM beside_revisions WHERE revision_id = ?1)",
                    (revision_id,),
                ).fetchone()
                if row is None:
                    continue
                place = Document(id=f"revision {revision_id}", title="", text=row["text"], source="")
                rows = [encoding.passage_values(number, one, place, made_by) for number, one in enumerate(fresh)]
                connection.execute("INSERT INTO beside_revisions VALUES (?)", (revision_id,))
                connection.executemany(
                    f"INSERT INTO beside_passages ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    ((revision_id, *values) for values in rows),
                )

    def switch(self) -> bool:
        """Puts it in the place of the index that answers, all or nothing; false when a revision is not in it yet."""
        with self._db.transaction() as connection:
            format = self.format
            if format is None or self.pending():
                return False
            write_format(connection, format)
            connection.execute("DELETE FROM passages")
            connection.execute(
                f"INSERT INTO passages ({_COLUMNS})"
                f" SELECT {_COLUMNS} FROM beside_passages ORDER BY revision_id, ordinal"
            )
            for row in connection.execute("SELECT key FROM documents").fetchall():
                log_change(connection, row["key"], "reindex")
            _clear(connection)
        self._db.checkpoint()
        return True

    def discard(self) -> None:
        """Removes it, to the byte."""
        with self._db.transaction() as connection:
            _clear(connection)
        self._db.checkpoint()

    def view(self) -> Database:
        """The same documents with these passages and this format in the index's place, for reading alone."""
        return _View(self._db.path)

    def counterparts(self, revision_id: int, start: int, end: int) -> list[int]:
        """Ordinals of the passages of the index that answers which share half of the shorter one's characters with
        this stretch of the revision."""
        rows = self._db.connection.execute(
            "SELECT ordinal, start, end FROM passages WHERE revision_id = ? AND start < ? AND end > ?",
            (revision_id, end, start),
        )
        return [
            int(ordinal)
            for ordinal, first, last in rows
            if 2 * (min(end, last) - max(start, first)) >= min(end - start, last - first)
        ]

    def room(self) -> Room:
        """What it holds so far."""
        return _room(self._db.connection, "beside_passages")

    def room_of_present(self) -> Room:
        """What the index holds that answers."""
        return _room(self._db.connection, "passages")

    def _begun_as(self, connection: sqlite3.Connection) -> tuple[IndexFormat, str] | None:
        row = connection.execute("SELECT embedder, dimension, analyser, made_with FROM beside_format").fetchone()
        return None if row is None else (IndexFormat(row[0], row[1], row[2]), str(row[3]))


class _View(Database):
    """Connections in which the second index stands under the names of the first, and that can't write."""

    def _open(self) -> sqlite3.Connection:
        connection = super()._open()
        for name, theirs in (("passages", "beside_passages"), ("index_format", "beside_format")):
            connection.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM main.{theirs}")
        connection.execute("PRAGMA query_only = ON")
        return connection


def _clear(connection: sqlite3.Connection) -> None:
    for table in ("beside_passages", "beside_revisions", "beside_format"):
        connection.execute(f"DELETE FROM {table}")


def _room(connection: sqlite3.Connection, table: str) -> Room:
    (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    (size,) = connection.execute(f"{_CONTENT_BYTES} FROM {table}").fetchone()
    return Room(int(count), int(size))
