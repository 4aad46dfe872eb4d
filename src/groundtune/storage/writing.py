"""The rows of one change: a document's, its next revision's, its passages'. Whoever calls holds the transaction."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable
from datetime import date

from groundtune.storage import encoding
from groundtune.storage.intervals import Stated, resolve
from groundtune.storage.rows import IndexFormat
from groundtune.types import Document


def document_key(connection: sqlite3.Connection, document: Document) -> int:
    """The document's key, made where it is new; its readers become those that it has now."""
    readers = encoding.group_list(document.readers)
    row = connection.execute("SELECT key FROM documents WHERE id = ?", (document.id,)).fetchone()
    if row is None:
        return inserted(connection.execute("INSERT INTO documents (id, readers) VALUES (?, ?)", (document.id, readers)))
    connection.execute("UPDATE documents SET readers = ? WHERE key = ?", (readers, row[0]))
    return int(row[0])


def insert_revision(
    connection: sqlite3.Connection, key: int, document: Document, content_hash: str, today: date
) -> int:
    """Adds the next revision of the document with this key; returns its id. It is not in force until resolved."""
    cursor = connection.execute(
        "INSERT INTO revisions (document_key, number, effective_from, effective_to, added_on, added_at,"
        " in_force_from, in_force_to, content_hash, language, title, source, metadata, text, locations,"
        " notices)"
        " SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, 0, 0, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13"
        " FROM revisions WHERE document_key = ?1",
        (
            key,
            encoding.iso(document.effective_from),
            encoding.iso(document.effective_to),
            today.isoformat(),
            encoding.now(),
            content_hash,
            document.language,
            document.title,
            document.source,
            json.dumps(dict(document.metadata), ensure_ascii=False),
            document.text,
            encoding.location_list(document.locations),
            json.dumps(document.notices, ensure_ascii=False),
        ),
    )
    return inserted(cursor)


def insert_passages(connection: sqlite3.Connection, revision_id: int, rows: Iterable[tuple[object, ...]]) -> None:
    """`rows` as `encoding.passage_values` makes them."""
    connection.executemany(
        "INSERT INTO passages (revision_id, ordinal, start, end, heading_path, prefix, tokens, vector)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        ((revision_id, *row) for row in rows),
    )


def resolve_intervals(connection: sqlite3.Connection, key: int) -> None:
    """Works out anew on which days each of the document's revisions is in force."""
    rows = connection.execute(
        "SELECT number, effective_from, effective_to, added_on FROM revisions WHERE document_key = ?", (key,)
    )
    stated = [Stated(row[0], encoding.day(row[1]), encoding.day(row[2]), date.fromisoformat(row[3])) for row in rows]
    connection.executemany(
        "UPDATE revisions SET in_force_from = ?, in_force_to = ? WHERE document_key = ? AND number = ?",
        [(start, end, key, number) for number, (start, end) in resolve(stated).items()],
    )


def log_change(connection: sqlite3.Connection, key: int, kind: str) -> int:
    """Enters a change of the document with this key; returns the change's number."""
    mark = int.from_bytes(os.urandom(7), "big")
    cursor = connection.execute(
        "INSERT INTO changes (document_key, kind, mark, made_at) VALUES (?, ?, ?, ?)", (key, kind, mark, encoding.now())
    )
    return inserted(cursor)


def write_format(connection: sqlite3.Connection, format: IndexFormat) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO index_format (only, embedder, dimension, analyser) VALUES (1, ?, ?, ?)",
        (format.embedder, format.dimension, format.analyser),
    )


def inserted(cursor: sqlite3.Cursor) -> int:
    """The key of the row that was just inserted."""
    assert cursor.lastrowid is not None
    return cursor.lastrowid
