"""Documents, their revisions and passages in the database: the truth that every index is derived from.

Each change is one transaction: the revision's text, its passages with tokens and vectors, the days on which every
revision is in force, and the entry in the change log. Knows nothing of loading, splitting, embedding or ranking.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from groundtune.errors import IndexMismatch, UnknownName
from groundtune.i18n import t
from groundtune.storage import encoding, feed, writing
from groundtune.storage.erasures import Erasures
from groundtune.storage.origins import Origins
from groundtune.storage.refusals import RefusalList
from groundtune.storage.rows import Change, DocumentInfo, IndexFormat, NewPassage, PassageRow, Place, Position
from groundtune.types import Document, Passage, Reader, Revision

__all__ = ["Change", "DocumentInfo", "DocumentStore", "IndexFormat", "NewPassage", "PassageRow", "Place", "Position"]


class DocumentStore(feed.Feed):
    """The documents of one workspace, and the feed of its indexes. Safe to use from several threads and processes."""

    @property
    def refusals(self) -> RefusalList:
        """What did not go in."""
        return RefusalList(self._db)

    @property
    def erasures(self) -> Erasures:
        """What was erased of persons, and must not come back."""
        return Erasures(self._db)

    @property
    def origins(self) -> Origins:
        """Which documents each file or address last held."""
        return Origins(self._db)

    # --- Writing ---

    @contextmanager
    def together(self) -> Iterator[None]:
        """Changes within are committed with one wait for the disk: all of them, or none when one's error gets out.

        For adding many small documents at once. No other process writes meanwhile: embed before.
        """
        with self._db.transaction():
            yield
        self._db.checkpoint()

    def put(
        self,
        document: Document,
        passages: Sequence[NewPassage],
        *,
        content_hash: str,
        today: date,
        made_by: IndexFormat | None = None,
    ) -> int:
        """Adds a revision, the document's first or its next; returns the change's number.

        The document's readers become those of this revision. Raises BadDocument for text that can't be kept to the
        letter, StoreError for passages that do not fit the text or the index's format, and IndexMismatch when the
        store was indexed anew by something else than `made_by`, which made these passages.
        """
        encoding.check_text(document)
        with self._db.transaction() as connection:
            format = self.format()
            if made_by is not None and format is not None and format != made_by:
                _refuse_mismatch(format, made_by)
            rows = [encoding.passage_values(place, passage, document, format) for place, passage in enumerate(passages)]
            key = writing.document_key(connection, document)
            revision_id = writing.insert_revision(connection, key, document, content_hash, today)
            writing.insert_passages(connection, revision_id, rows)
            writing.resolve_intervals(connection, key)
            return writing.log_change(connection, key, "put")

    def set_readers(self, document_id: str, readers: frozenset[str] | None) -> int:
        """Says who may read the document, in all its revisions; returns the change's number."""
        with self._db.transaction() as connection:
            key = _known_key(connection, document_id)
            connection.execute("UPDATE documents SET readers = ? WHERE key = ?", (encoding.group_list(readers), key))
            return writing.log_change(connection, key, "readers")

    def delete(self, document_id: str) -> int:
        """Removes the document, its revisions and passages, and their bytes; returns the change's number."""
        with self._db.transaction() as connection:
            key = _known_key(connection, document_id)
            connection.execute("DELETE FROM documents WHERE key = ?", (key,))
            number = writing.log_change(connection, key, "delete")
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
            writing.write_format(connection, wanted)

    # --- Reading, under the reader's rights ---

    def documents(
        self, reader: Reader | None = None, *, as_of: date | None = None, among: Collection[str] | None = None
    ) -> list[DocumentInfo]:
        """All documents that `reader` may read, by id; `None` for whoever administers the workspace.

        Where `among` is given, those of these ids alone.

        Each as its newest revision has it, or on `as_of` as the one in force then, where there is one.
        """
        day = as_of.toordinal() if as_of is not None else None
        rows = self._db.connection.execute(
            "SELECT d.id, d.readers, r.title, r.source, r.language, r.effective_from, r.effective_to, r.added_at,"
            " r.content_hash, r.metadata,"
            " (SELECT count(*) FROM revisions WHERE document_key = d.key) AS revisions,"
            " (SELECT min(in_force_from) FROM revisions WHERE document_key = d.key"
            "  AND in_force_from > :day AND in_force_from < in_force_to) AS next_from,"
            " (SELECT count(*) FROM passages p WHERE p.revision_id = r.id) AS passages"
            " FROM documents d JOIN revisions r ON r.document_key = d.key"
            " WHERE r.number = coalesce((SELECT number FROM revisions WHERE document_key = d.key"
            "  AND in_force_from <= :day AND in_force_to > :day),"
            "  (SELECT max(number) FROM revisions WHERE document_key = d.key))"
            + ("" if among is None else " AND d.id IN (SELECT value FROM json_each(:ids))")
            + " ORDER BY d.id",
            {"day": day, "ids": None if among is None else json.dumps(list(among))},
        )
        return [encoding.info(row) for row in rows if encoding.may_read(reader, row)]

    def revisions(self, document_id: str, reader: Reader | None = None) -> list[Revision]:
        """The document's revisions, oldest first; empty when it does not exist or may not be read."""
        rows = self._db.connection.execute(
            "SELECT r.*, d.id AS document_id, d.readers FROM documents d JOIN revisions r ON r.document_key = d.key"
            " WHERE d.id = ? ORDER BY r.number",
            (document_id,),
        )
        return [encoding.revision(row) for row in rows if encoding.may_read(reader, row)]

    def revision(self, revision_id: int, reader: Reader | None = None) -> Revision:
        """Raises UnknownName alike for a revision that does not exist and one that may not be read."""
        row = self._db.connection.execute(
            "SELECT r.*, d.id AS document_id, d.readers FROM revisions r JOIN documents d ON d.key = r.document_key"
            " WHERE r.id = ?",
            (revision_id,),
        ).fetchone()
        if row is None or not encoding.may_read(reader, row):
            raise UnknownName(t("revision"), str(revision_id), [])
        return encoding.revision(row)

    def passages(self, ids: Sequence[int], *, reader: Reader, as_of: date | None) -> dict[int, Passage]:
        """Re-reads passages from the truth. What `reader` may not read, or is not in force on `as_of`, is not there.

        `as_of` None means any date.
        """
        columns = (
            "p.id, p.revision_id, p.ordinal, p.start, p.end, p.heading_path, p.prefix,"
            " substr(r.text, p.start + 1, p.end - p.start) AS text, r.number, r.title, r.language,"
            " r.effective_from, r.effective_to, r.locations, d.id AS document_id"
        )
        return {row["id"]: encoding.passage(row) for row in self._readable(columns, ids, reader, as_of)}

    def places(self, ids: Sequence[int], *, reader: Reader, as_of: date | None) -> dict[int, Place]:
        """Where passages stand, under the same rights as `passages`, without their texts: several times as fast."""
        columns = "p.id, p.revision_id, p.ordinal, p.heading_path, r.title"
        return {row["id"]: encoding.place(row) for row in self._readable(columns, ids, reader, as_of)}

    def _readable(self, columns: str, ids: Sequence[int], reader: Reader, as_of: date | None) -> Iterator[sqlite3.Row]:
        """Rows of those passages that `reader` may read and that are in force on `as_of`."""
        for batch in feed.batches(ids):
            rows = self._db.connection.execute(
                f"SELECT {columns}, r.in_force_from, r.in_force_to, d.readers"
                " FROM passages p JOIN revisions r ON r.id = p.revision_id JOIN documents d ON d.key = r.document_key"
                f" WHERE p.id IN ({feed.marks(batch)})",
                batch,
            )
            yield from (row for row in rows if encoding.may_read(reader, row) and _in_force(row, as_of))

    def titled(self, title: str, *, reader: Reader, as_of: date) -> list[Revision]:
        """The revisions in force on `as_of` whose title is `title`, however spaced, and that `reader` may read."""
        rows = self._db.connection.execute(
            "SELECT r.*, d.id AS document_id, d.readers FROM revisions r JOIN documents d ON d.key = r.document_key"
            f" WHERE {_SQUEEZED.format('r.title')} = {_SQUEEZED.format('?')} ORDER BY d.id",
            (title,),
        )
        return [encoding.revision(row) for row in rows if encoding.may_read(reader, row) and _in_force(row, as_of)]

    def passage_at(self, revision_id: int, place: int, *, reader: Reader, as_of: date) -> Passage | None:
        """The passage of a revision in which, or last before which, the character at `place` stands."""
        row = self._db.connection.execute(
            "SELECT id FROM passages WHERE revision_id = ? AND start <= ? ORDER BY start DESC LIMIT 1",
            (revision_id, place),
        ).fetchone()
        return None if row is None else self.passages([row["id"]], reader=reader, as_of=as_of).get(row["id"])

    def nearest_days(self, day: date, reader: Reader) -> tuple[date | None, date | None]:
        """The last day before which something that `reader` may read was in force, and the first from which it will be.

        Both as seen from `day`, on which nothing is; `None` where there is none.
        """
        rows = self._db.connection.execute(
            "SELECT r.in_force_from, r.in_force_to, d.readers FROM revisions r JOIN documents d"
            " ON d.key = r.document_key WHERE r.in_force_from < r.in_force_to"
        )
        intervals = [(row["in_force_from"], row["in_force_to"]) for row in rows if encoding.may_read(reader, row)]
        ended = max((end for _, end in intervals if end <= day.toordinal()), default=None)
        begin = min((start for start, _ in intervals if start > day.toordinal()), default=None)
        return (None if ended is None else date.fromordinal(ended), None if begin is None else date.fromordinal(begin))

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


_SQUEEZED = "lower(replace(replace({}, ' ', ''), 'ㆍ', '·'))"
"""A title without its spaces, in small letters; the index of titles has it so."""


def _refuse_mismatch(stored: IndexFormat, wanted: IndexFormat) -> None:
    if stored.analyser != wanted.analyser:
        raise IndexMismatch(t("analyser"), stored.analyser, wanted.analyser)
    raise IndexMismatch(
        t("embedder"), f"{stored.embedder} ({stored.dimension})", f"{wanted.embedder} ({wanted.dimension})"
    )


def _known_key(connection: sqlite3.Connection, document_id: str) -> int:
    row = connection.execute("SELECT key FROM documents WHERE id = ?", (document_id,)).fetchone()
    if row is None:
        near = connection.execute("SELECT id FROM documents ORDER BY id LIMIT 10").fetchall()
        raise UnknownName(t("document"), document_id, [str(other[0]) for other in near])
    return int(row[0])


def _in_force(row: sqlite3.Row, as_of: date | None) -> bool:
    return as_of is None or bool(row["in_force_from"] <= as_of.toordinal() < row["in_force_to"])
