"""What rows besides the documents' own say of a person: found in every table, taken out of those that may change.

It reads the tables as they are, so that a table that comes later is searched as well. A row that was measured or asked
goes whole; of any other the words alone. Knows no name: it is told whether a text holds one, and how to take it out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

OF_DOCUMENTS = frozenset({"documents", "revisions", "passages", "beside_revisions", "beside_passages"})
"""Tables whose rows are made from documents, and made anew when those change."""
_OWN = frozenset({"erasures", "erased_texts"})
_WHOLE = frozenset({"answers", "answer_feedback", "outcomes", "refusals", "origins", "origin_documents"})
"""Tables of which a row that names somebody goes whole."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One value that names the person."""

    table: str
    column: str
    key: tuple[tuple[str, Any], ...]
    """Column and value of what tells its row from the others."""
    text: str

    @property
    def goes_whole(self) -> bool:
        return self.table in _WHOLE


def traces(connection: sqlite3.Connection, names: Callable[[str], bool]) -> Iterator[Trace]:
    """Every text that `names` says yes to, in all tables but the documents' own."""
    for table, columns, key in _tables(connection):
        if table in OF_DOCUMENTS | _OWN or not columns:
            continue
        for row in connection.execute(f"SELECT {', '.join((*key, *columns))} FROM {table}").fetchall():
            for place, column in enumerate(columns, start=len(key)):
                if isinstance(row[place], str) and names(row[place]):
                    yield Trace(table, column, tuple(zip(key, row[: len(key)], strict=True)), row[place])


def remove(connection: sqlite3.Connection, found: Trace, redacted: Callable[[str], str]) -> bool:
    """Takes it out; false where the table's rules forbid it, and nothing is changed then.

    Whoever calls holds the transaction.
    """
    where = " AND ".join(f"{column} IS ?" for column, _ in found.key)
    values = [value for _, value in found.key]
    connection.execute("SAVEPOINT trace")
    try:
        if found.goes_whole:
            connection.execute(f"DELETE FROM {found.table} WHERE {where}", values)
        else:
            statement = f"UPDATE {found.table} SET {found.column} = ? WHERE {where}"
            connection.execute(statement, [redacted(found.text), *values])
    except sqlite3.IntegrityError:
        connection.execute("ROLLBACK TO trace")
        return False
    finally:
        connection.execute("RELEASE trace")
    return True


def _tables(connection: sqlite3.Connection) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Name, columns that may hold text, and columns that tell a row from the others, of each table."""
    names = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    for name, statement in names.fetchall():
        columns = connection.execute(f"PRAGMA table_info({name})").fetchall()
        texts = tuple(f'"{row["name"]}"' for row in columns if "INT" not in row["type"] and row["type"] != "REAL")
        primary = tuple(f'"{row["name"]}"' for row in sorted(columns, key=lambda row: row["pk"]) if row["pk"])
        yield name, texts, primary if "WITHOUT ROWID" in statement else ("rowid",)
