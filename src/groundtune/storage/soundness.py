"""Does the database agree with itself? Its pages, and every document whole, from first revision to last passage.

Reads everything and changes nothing. What is derived from the database is compared with it in `knowledge.audit`.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from groundtune.storage.database import Database

_HALF = """
SELECT id FROM documents WHERE NOT EXISTS (SELECT 1 FROM revisions WHERE document_key = key)
UNION
SELECT d.id FROM documents d JOIN revisions r ON r.document_key = d.key
    GROUP BY d.key HAVING min(r.number) != 1 OR max(r.number) != count(*)
UNION
SELECT d.id FROM documents d JOIN revisions r ON r.document_key = d.key LEFT JOIN passages p ON p.revision_id = r.id
    GROUP BY r.id
    HAVING count(p.id) = 0 OR min(p.ordinal) != 0 OR max(p.ordinal) != count(p.id) - 1
        OR max(p.end) > length(r.text) OR max(p.start >= p.end)
        OR max(p.vector IS NOT NULL AND length(p.vector) != 4 * (SELECT dimension FROM index_format))
ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Soundness:
    damage: tuple[str, ...]
    """What SQLite finds wrong with the file, and references that lead nowhere."""
    half: tuple[str, ...]
    """Ids of documents that lack a revision or passages, or whose passages are not of their text."""

    @property
    def sound(self) -> bool:
        return not (self.damage or self.half)


def soundness(database: Database) -> Soundness:
    """Checks one instant of the whole database; takes about as long as reading its file."""
    try:
        with database.snapshot() as connection:
            damage = [str(row[0]) for row in connection.execute("PRAGMA quick_check") if row[0] != "ok"]
            for row in connection.execute("PRAGMA foreign_key_check"):
                damage.append(f"{row['table']} {row['rowid']} → {row['parent']}")
            half = [str(row[0]) for row in connection.execute(_HALF)]
    except sqlite3.DatabaseError as error:
        return Soundness((str(error),), ())
    return Soundness(tuple(damage), tuple(half))
