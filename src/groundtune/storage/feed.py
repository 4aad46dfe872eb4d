"""What an index reads of the store: the change log, and the passages with their terms and vectors.

An index that has seen the change `position()` and reads `changes_since` that number knows what to read again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

from groundtune.storage import encoding
from groundtune.storage.database import Database
from groundtune.storage.rows import Change, IndexFormat, PassageRow, PassageState, Position

_BATCH = 400
"""Ids in one query; below SQLite's limit of variables."""


class Feed:
    """Read-only. Safe to use from several threads and processes."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def snapshot(self) -> AbstractContextManager[Any]:
        """Reads within it see one instant."""
        return self._db.snapshot()

    def format(self) -> IndexFormat | None:
        """What made the tokens and vectors; `None` while nothing was said."""
        row = self._db.connection.execute("SELECT embedder, dimension, analyser FROM index_format").fetchone()
        return None if row is None else IndexFormat(*row)

    def position(self) -> Position:
        """The newest change."""
        row = self._db.connection.execute("SELECT number, mark FROM changes ORDER BY number DESC LIMIT 1").fetchone()
        return Position() if row is None else Position(*row)

    def holds(self, position: Position) -> bool:
        """Whether this database went through `position`: false for an index of another copy."""
        if position == Position():
            return True
        row = self._db.connection.execute("SELECT mark FROM changes WHERE number = ?", (position.number,)).fetchone()
        return row is not None and row[0] == position.mark

    def last_change(self) -> int:
        """Number of the newest change, 0 before the first."""
        return self.position().number

    def changes_since(self, number: int) -> list[Change]:
        """The newest change of every document that changed after change `number`, oldest first."""
        rows = self._db.connection.execute(
            "SELECT max(c.number) AS number, c.document_key, c.kind, d.id FROM changes c"
            " LEFT JOIN documents d ON d.key = c.document_key WHERE c.number > ?"
            " GROUP BY c.document_key ORDER BY 1",
            (number,),
        )
        return [Change(row["number"], row["document_key"], row["id"], row["kind"]) for row in rows]

    def passage_count(self) -> int:
        """Passages of all revisions of all documents."""
        return int(self._db.connection.execute("SELECT count(*) FROM passages").fetchone()[0])

    def states(self, document_key: int) -> list[PassageState]:
        """Dates and readers of the document's passages, by passage id."""
        rows = self._db.connection.execute(
            "SELECT p.id, r.in_force_from, r.in_force_to, d.readers FROM documents d"
            " JOIN revisions r ON r.document_key = d.key JOIN passages p ON p.revision_id = r.id"
            " WHERE d.key = ? ORDER BY p.id",
            (document_key,),
        )
        return [PassageState(row[0], row[1], row[2], encoding.groups(row[3])) for row in rows]

    def rows(self, document_id: str | None = None) -> Iterator[PassageRow]:
        """Streams the passages of one document, or of all, by passage id."""
        if document_id is None:
            return self._rows("", ())
        return self._rows("WHERE d.id = ?", (document_id,))

    def rows_by_id(self, ids: Sequence[int]) -> Iterator[PassageRow]:
        """Streams the passages with these ids; ids that are gone are skipped."""
        for batch in batches(ids):
            yield from self._rows(f"WHERE p.id IN ({marks(batch)})", batch)

    def _rows(self, where: str, values: Sequence[object]) -> Iterator[PassageRow]:
        rows = self._db.connection.execute(
            "SELECT p.id, d.key, d.id, r.in_force_from, r.in_force_to, d.readers, p.tokens, p.vector FROM passages p"
            f" JOIN revisions r ON r.id = p.revision_id JOIN documents d ON d.key = r.document_key {where}"
            " ORDER BY p.id",
            values,
        )
        return map(encoding.passage_row, rows)


def batches(ids: Sequence[int]) -> Iterator[list[int]]:
    plain = [int(i) for i in ids]
    for start in range(0, len(plain), _BATCH):
        yield plain[start : start + _BATCH]


def marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
