"""Documents, their revisions and passages in the database: the truth that every index is derived from.

Each change is one transaction: the revision's text, its passages with tokens and vectors, the days on which every
revision is in force, and the entry in the change log. Knows nothing of loading, splitting, embedding or ranking.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from groundtune.errors import BadDocument, IndexMismatch, StoreError, UnknownName
from groundtune.i18n import t
from groundtune.storage.database import Database
from groundtune.storage.intervals import Stated, resolve
from groundtune.storage.rows import (
    Change,
    DocumentInfo,
    IndexFormat,
    NewPassage,
    PassageRow,
    PassageState,
    Position,
)
from groundtune.types import Document, Passage, Reader, Revision

__all__ = ["Change", "DocumentInfo", "DocumentStore", "IndexFormat", "NewPassage", "PassageRow", "Position"]

_BATCH = 400
"""Ids in one query; below SQLite's limit of variables."""


class DocumentStore:
    """The documents of one workspace. Safe to use from several threads and processes."""

    def __init__(self, db: Database) -> None:
        self._db = db

    # --- Writing ---

    def put(self, document: Document, passages: Sequence[NewPassage], *, content_hash: str, today: date) -> int:
        """Adds a revision, the document's first or its next; returns the change's number.

        The document's readers become those of this revision. Raises BadDocument for text that can't be kept to the
        letter, StoreError for passages that do not fit the text or the index's format.
        """
        _check_text(document)
        rows = [_passage_values(ordinal, passage, document, self.format()) for ordinal, passage in enumerate(passages)]
        with self._db.transaction() as connection:
            key = _key(connection, document.id)
            if key is None:
                cursor = connection.execute(
                    "INSERT INTO documents (id, readers) VALUES (?, ?)", (document.id, _group_list(document.readers))
                )
                key = _inserted(cursor)
            else:
                connection.execute(
                    "UPDATE documents SET readers = ? WHERE key = ?", (_group_list(document.readers), key)
                )
            cursor = connection.execute(
                "INSERT INTO revisions (document_key, number, effective_from, effective_to, added_on, added_at,"
                " in_force_from, in_force_to, content_hash, language, title, source, metadata, text)"
                " SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, 0, 0, ?6, ?7, ?8, ?9, ?10, ?11"
                " FROM revisions WHERE document_key = ?1",
                (
                    key,
                    _iso(document.effective_from),
                    _iso(document.effective_to),
                    today.isoformat(),
                    _now(),
                    content_hash,
                    document.language,
                    document.title,
                    document.source,
                    json.dumps(dict(document.metadata), ensure_ascii=False),
                    document.text,
                ),
            )
            _insert_passages(connection, _inserted(cursor), rows)
            _resolve_intervals(connection, key)
            return _log(connection, key, "put")

    def set_readers(self, document_id: str, readers: frozenset[str] | None) -> int:
        """Says who may read the document, in all its revisions; returns the change's number."""
        with self._db.transaction() as connection:
            key = _known_key(connection, document_id)
            connection.execute("UPDATE documents SET readers = ? WHERE key = ?", (_group_list(readers), key))
            return _log(connection, key, "readers")

    def delete(self, document_id: str) -> int:
        """Removes the document, its revisions and passages, and their bytes; returns the change's number."""
        with self._db.transaction() as connection:
            key = _known_key(connection, document_id)
            connection.execute("DELETE FROM documents WHERE key = ?", (key,))
            number = _log(connection, key, "delete")
        self._db.checkpoint()
        return number

    def set_format(self, wanted: IndexFormat) -> None:
        """Says what makes the tokens and vectors from here on; raises IndexMismatch when others were made otherwise."""
        if self.format() == wanted:
            return
        with self._db.transaction() as connection:
            stored = self.format()
            if stored is not None and connection.execute("SELECT 1 FROM passages LIMIT 1").fetchone():
                _refuse_mismatch(stored, wanted)
            _write_format(connection, wanted)

    def reindex(self, wanted: IndexFormat, passages: Mapping[int, Sequence[NewPassage]]) -> None:
        """Replaces the passages of every revision, in one transaction. `passages` is keyed by revision id.

        Raises StoreError, and changes nothing, when revisions came or went since `passages` was made.
        """
        with self._db.transaction() as connection:
            _write_format(connection, wanted)
            present = {int(row[0]) for row in connection.execute("SELECT id FROM revisions")}
            if present != set(passages):
                raise StoreError(t("Documents changed while they were indexed anew. Run `groundtune reindex` again."))
            connection.execute("DELETE FROM passages")
            for revision_id, fresh in passages.items():
                text = connection.execute("SELECT text FROM revisions WHERE id = ?", (revision_id,)).fetchone()[0]
                place = Document(id=f"revision {revision_id}", title="", text=text, source="")
                rows = [_passage_values(ordinal, passage, place, wanted) for ordinal, passage in enumerate(fresh)]
                _insert_passages(connection, revision_id, rows)
            for row in connection.execute("SELECT key FROM documents").fetchall():
                _log(connection, row["key"], "reindex")
        self._db.checkpoint()

    # --- Reading, under the reader's rights ---

    def documents(self, reader: Reader | None = None) -> list[DocumentInfo]:
        """All documents that `reader` may read, by id; `None` for whoever administers the workspace."""
        rows = self._db.connection.execute(
            "SELECT d.id, d.readers, r.title, r.source, r.language, r.effective_from, r.effective_to, r.added_at,"
            " r.content_hash, r.number AS revisions,"
            " (SELECT count(*) FROM passages p WHERE p.revision_id = r.id) AS passages"
            " FROM documents d JOIN revisions r ON r.document_key = d.key"
            " WHERE r.number = (SELECT max(number) FROM revisions WHERE document_key = d.key) ORDER BY d.id"
        )
        return [_info(row) for row in rows if _may_read(reader, row)]

    def revisions(self, document_id: str, reader: Reader | None = None) -> list[Revision]:
        """The document's revisions, oldest first; empty when it does not exist or may not be read."""
        rows = self._db.connection.execute(
            "SELECT r.*, d.id AS document_id, d.readers FROM documents d JOIN revisions r ON r.document_key = d.key"
            " WHERE d.id = ? ORDER BY r.number",
            (document_id,),
        )
        return [_revision(row) for row in rows if _may_read(reader, row)]

    def revision(self, revision_id: int, reader: Reader | None = None) -> Revision:
        """Raises UnknownName alike for a revision that does not exist and one that may not be read."""
        row = self._db.connection.execute(
            "SELECT r.*, d.id AS document_id, d.readers FROM revisions r JOIN documents d ON d.key = r.document_key"
            " WHERE r.id = ?",
            (revision_id,),
        ).fetchone()
        if row is None or not _may_read(reader, row):
            raise UnknownName(t("revision"), str(revision_id), [])
        return _revision(row)

    def passages(self, ids: Sequence[int], *, reader: Reader, as_of: date | None) -> dict[int, Passage]:
        """Re-reads passages from the truth. What `reader` may not read, or is not in force on `as_of`, is not there.

        `as_of` None means any date.
        """
        found: dict[int, Passage] = {}
        for batch in _batches(ids):
            rows = self._db.connection.execute(
                "SELECT p.id, p.revision_id, p.ordinal, p.start, p.end, p.heading_path, p.prefix,"
                " substr(r.text, p.start + 1, p.end - p.start) AS text, r.number, r.title, r.language,"
                " r.effective_from, r.effective_to, r.in_force_from, r.in_force_to, d.id AS document_id, d.readers"
                " FROM passages p JOIN revisions r ON r.id = p.revision_id JOIN documents d ON d.key = r.document_key"
                f" WHERE p.id IN ({_marks(batch)})",
                batch,
            )
            for row in rows:
                if _may_read(reader, row) and _in_force(row, as_of):
                    found[row["id"]] = _passage(row)
        return found

    def latest_hash(self, document_id: str) -> str | None:
        """Content hash of the newest revision; `None` for a document that is not here."""
        row = self._db.connection.execute(
            "SELECT r.content_hash FROM revisions r JOIN documents d ON d.key = r.document_key"
            " WHERE d.id = ? ORDER BY r.number DESC LIMIT 1",
            (document_id,),
        ).fetchone()
        return None if row is None else str(row[0])

    def hashes_of(self, document_id: str) -> set[str]:
        """Content hashes of all the document's revisions."""
        rows = self._db.connection.execute(
            "SELECT r.content_hash FROM revisions r JOIN documents d ON d.key = r.document_key WHERE d.id = ?",
            (document_id,),
        )
        return {str(row[0]) for row in rows}

    # --- Reading, for an index ---

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
        return [PassageState(row[0], row[1], row[2], _groups(row[3])) for row in rows]

    def rows(self, document_id: str | None = None) -> Iterator[PassageRow]:
        """Streams the passages of one document, or of all, by passage id."""
        if document_id is None:
            return self._rows("", ())
        return self._rows("WHERE d.id = ?", (document_id,))

    def rows_by_id(self, ids: Sequence[int]) -> Iterator[PassageRow]:
        """Streams the passages with these ids; ids that are gone are skipped."""
        for batch in _batches(ids):
            yield from self._rows(f"WHERE p.id IN ({_marks(batch)})", batch)

    def _rows(self, where: str, values: Sequence[object]) -> Iterator[PassageRow]:
        rows = self._db.connection.execute(
            "SELECT p.id, d.key, d.id, r.in_force_from, r.in_force_to, d.readers, p.tokens, p.vector FROM passages p"
            f" JOIN revisions r ON r.id = p.revision_id JOIN documents d ON d.key = r.document_key {where}"
            " ORDER BY p.id",
            values,
        )
        for passage_id, key, name, start, end, readers, tokens, vector in rows:
            yield PassageRow(
                passage_id,
                key,
                name,
                start,
                end,
                _groups(readers),
                tuple(tokens.split("\n")) if tokens else (),
                None if vector is None else np.frombuffer(vector, "<f4"),
            )


# --- Into rows ---


def _check_text(document: Document) -> None:
    for field, value in (("id", document.id), ("title", document.title), ("text", document.text)):
        place = value.find("\0")
        if place >= 0:
            reason = t("{field} holds a NUL character at position {place}. Remove it.", field=field, place=place)
            raise BadDocument(reason, path=document.source)
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            reason = t("{field} holds half a character at position {place}.", field=field, place=error.start)
            raise BadDocument(reason, path=document.source) from error


def _passage_values(
    ordinal: int, passage: NewPassage, document: Document, format: IndexFormat | None
) -> tuple[object, ...]:
    """Ordinal, start, end, heading_path, prefix, tokens, vector: as the table has them."""
    span = passage.span
    if not 0 <= span.start < span.end <= len(document.text):
        raise StoreError(
            t(
                "Passage {ordinal} of {document} runs from {start} to {end}, but the text has {length} characters.",
                ordinal=ordinal,
                document=document.id,
                start=span.start,
                end=span.end,
                length=len(document.text),
            )
        )
    tokens = "\n".join(passage.tokens)
    if tokens and (tokens.count("\n") != len(passage.tokens) - 1 or "" in passage.tokens):
        raise StoreError(
            t("Passage {ordinal} of {document} has an empty or broken term.", ordinal=ordinal, document=document.id)
        )
    blob: bytes | None = None
    if passage.vector is not None:
        dimension = None if format is None else format.dimension
        if passage.vector.shape != (dimension,) or not np.isfinite(passage.vector).all():
            raise StoreError(
                t(
                    "The vector of passage {ordinal} of {document} has shape {shape} or is not finite; "
                    "the index takes {dimension} numbers.",
                    ordinal=ordinal,
                    document=document.id,
                    shape=passage.vector.shape,
                    dimension=dimension,
                )
            )
        blob = passage.vector.astype("<f4").tobytes()
    headings = json.dumps(list(span.heading_path), ensure_ascii=False)
    return ordinal, span.start, span.end, headings, span.prefix, tokens, blob


def _insert_passages(connection: sqlite3.Connection, revision_id: int, rows: Iterable[tuple[object, ...]]) -> None:
    connection.executemany(
        "INSERT INTO passages (revision_id, ordinal, start, end, heading_path, prefix, tokens, vector)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        ((revision_id, *row) for row in rows),
    )


def _resolve_intervals(connection: sqlite3.Connection, key: int) -> None:
    rows = connection.execute(
        "SELECT number, effective_from, effective_to, added_on FROM revisions WHERE document_key = ?", (key,)
    )
    stated = [Stated(row[0], _day(row[1]), _day(row[2]), date.fromisoformat(row[3])) for row in rows]
    connection.executemany(
        "UPDATE revisions SET in_force_from = ?, in_force_to = ? WHERE document_key = ? AND number = ?",
        [(start, end, key, number) for number, (start, end) in resolve(stated).items()],
    )


def _log(connection: sqlite3.Connection, key: int, kind: str) -> int:
    mark = int.from_bytes(os.urandom(7), "big")
    cursor = connection.execute(
        "INSERT INTO changes (document_key, kind, mark, made_at) VALUES (?, ?, ?, ?)", (key, kind, mark, _now())
    )
    return _inserted(cursor)


def _write_format(connection: sqlite3.Connection, format: IndexFormat) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO index_format (only, embedder, dimension, analyser) VALUES (1, ?, ?, ?)",
        (format.embedder, format.dimension, format.analyser),
    )


def _refuse_mismatch(stored: IndexFormat, wanted: IndexFormat) -> None:
    if stored.analyser != wanted.analyser:
        raise IndexMismatch(t("analyser"), stored.analyser, wanted.analyser)
    raise IndexMismatch(
        t("embedder"), f"{stored.embedder} ({stored.dimension})", f"{wanted.embedder} ({wanted.dimension})"
    )


def _inserted(cursor: sqlite3.Cursor) -> int:
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _key(connection: sqlite3.Connection, document_id: str) -> int | None:
    row = connection.execute("SELECT key FROM documents WHERE id = ?", (document_id,)).fetchone()
    return None if row is None else int(row[0])


def _known_key(connection: sqlite3.Connection, document_id: str) -> int:
    key = _key(connection, document_id)
    if key is None:
        near = connection.execute("SELECT id FROM documents ORDER BY id LIMIT 10").fetchall()
        raise UnknownName(t("document"), document_id, [str(row[0]) for row in near])
    return key


def _group_list(readers: frozenset[str] | None) -> str | None:
    return None if readers is None else json.dumps(sorted(readers), ensure_ascii=False)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


# --- Out of rows ---


def _groups(readers: str | None) -> frozenset[str] | None:
    return None if readers is None else frozenset(json.loads(readers))


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _may_read(reader: Reader | None, row: sqlite3.Row) -> bool:
    return reader is None or reader.may_read(_groups(row["readers"]))


def _in_force(row: sqlite3.Row, as_of: date | None) -> bool:
    return as_of is None or bool(row["in_force_from"] <= as_of.toordinal() < row["in_force_to"])


def _info(row: sqlite3.Row) -> DocumentInfo:
    return DocumentInfo(
        id=row["id"],
        title=row["title"],
        source=row["source"],
        language=row["language"],
        readers=_groups(row["readers"]),
        revisions=row["revisions"],
        passages=row["passages"],
        effective_from=_day(row["effective_from"]),
        effective_to=_day(row["effective_to"]),
        added_at=datetime.fromisoformat(row["added_at"]),
        content_hash=row["content_hash"],
    )


def _revision(row: sqlite3.Row) -> Revision:
    return Revision(
        id=row["id"],
        document_id=row["document_id"],
        number=row["number"],
        title=row["title"],
        text=row["text"],
        content_hash=row["content_hash"],
        language=row["language"],
        effective_from=_day(row["effective_from"]),
        effective_to=_day(row["effective_to"]),
        added_at=datetime.fromisoformat(row["added_at"]),
        source=row["source"],
        metadata=json.loads(row["metadata"]),
    )


def _passage(row: sqlite3.Row) -> Passage:
    return Passage(
        id=row["id"],
        document_id=row["document_id"],
        revision_id=row["revision_id"],
        ordinal=row["ordinal"],
        text=row["text"],
        start=row["start"],
        end=row["end"],
        heading_path=tuple(json.loads(row["heading_path"])),
        title=row["title"],
        revision_number=row["number"],
        effective_from=_day(row["effective_from"]),
        effective_to=_day(row["effective_to"]),
        language=row["language"],
        prefix=row["prefix"],
    )


def _batches(ids: Sequence[int]) -> Iterator[list[int]]:
    plain = [int(i) for i in ids]
    for start in range(0, len(plain), _BATCH):
        yield plain[start : start + _BATCH]


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
