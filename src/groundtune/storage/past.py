"""The documents as they stood: on a day, and as they were known at an instant. Knows no reader's rights.

What was deleted since is not there any more, and who may read a document is known as it is now alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from groundtune.storage import encoding, writing
from groundtune.storage.database import Database


@dataclass(frozen=True, slots=True)
class Happened:
    """A change of the documents. `document_id` is `None` for a document that is gone."""

    number: int
    kind: str
    """put, readers, delete, reindex, or what else the log of changes has."""
    document_key: int
    document_id: str | None
    at: datetime


class Past:
    """Safe to use from several threads and processes."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def in_force(self, document_key: int, day: date) -> int | None:
        """The id of the document's revision that is in force on `day`, as is known now; `None` where none is."""
        row = self._db.connection.execute(
            "SELECT id FROM revisions WHERE document_key = ? AND in_force_from <= ?2 AND in_force_to > ?2",
            (document_key, day.toordinal()),
        ).fetchone()
        return None if row is None else int(row["id"])

    def key_of(self, document_id: str) -> int:
        """Raises KeyError for a document that is not here."""
        row = self._db.connection.execute("SELECT key FROM documents WHERE id = ?", (document_id,)).fetchone()
        if row is None:
            raise KeyError(document_id)
        return int(row["key"])

    def passages(self, revision_id: int) -> int:
        """How many passages a revision has."""
        row = self._db.connection.execute("SELECT count(*) FROM passages WHERE revision_id = ?", (revision_id,))
        return int(row.fetchone()[0])

    def since(self, number: int) -> list[Happened]:
        """Every change after the one of this number, oldest first."""
        rows = self._db.connection.execute(
            "SELECT c.number, c.kind, c.document_key, d.id, c.made_at FROM changes c"
            " LEFT JOIN documents d ON d.key = c.document_key WHERE c.number > ? ORDER BY c.number",
            (number,),
        )
        return [Happened(row[0], row[1], row[2], row[3], datetime.fromisoformat(row[4])) for row in rows]

    def deleted_at(self, document_keys: Sequence[int]) -> dict[int, datetime]:
        """When those of these documents that are gone were deleted."""
        found = {}
        for key in document_keys:
            row = self._db.connection.execute(
                "SELECT made_at FROM changes WHERE document_key = ? AND kind = 'delete' ORDER BY number DESC", (key,)
            ).fetchone()
            if row is not None:
                found[key] = datetime.fromisoformat(row[0])
        return found

    def copy(self, path: Path, known_at: datetime) -> None:
        """Makes a database at `path` with the revisions that were known at this instant, in force as they were then.

        It holds no kept answers. Readers are those of now.
        """
        self._db.connection.execute("VACUUM INTO ?", (str(path),))
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA foreign_keys=ON")
            with connection:
                connection.execute("DELETE FROM answers")
                later = "added_at > ?", (encoding.instant(known_at),)
                rows = connection.execute(f"SELECT DISTINCT document_key FROM revisions WHERE {later[0]}", later[1])
                keys = [row[0] for row in rows]
                connection.execute(f"DELETE FROM revisions WHERE {later[0]}", later[1])
                connection.execute("DELETE FROM documents WHERE key NOT IN (SELECT document_key FROM revisions)")
                for key in keys:
                    writing.resolve_intervals(connection, key)
