"""Which documents each file or address last held, and by what it is known again. Knows nothing of how they are read.

An origin one of whose documents was deleted is forgotten, so that it is read again when it is next looked at.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from groundtune.storage.database import Database


@dataclass(frozen=True, slots=True)
class Held:
    """What an origin was found to hold."""

    origin: str
    """An absolute path, or an address without its secrets."""
    documents: frozenset[str]
    """Ids."""
    signature: str | None = None
    """By which it is known again, opaque; `None` where it has to be read."""
    in_part: bool = False
    """Whether some of it could not be read, so that what it held before may still be there."""


class Origins:
    """The origins of one workspace's documents. Safe to use from several threads and processes."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def find(self, origin: str) -> Held | None:
        """What `origin` held when it was last read; `None` where that is not known."""
        row = self._db.connection.execute("SELECT signature FROM origins WHERE origin = ?", (origin,)).fetchone()
        return None if row is None else Held(origin, frozenset(self._documents_of(origin)), row[0])

    def of_documents(self, among: Collection[str] | None = None) -> dict[str, set[str]]:
        """The origins of every document that has some, by its id; where `among` is given, of these ids alone."""
        found: dict[str, set[str]] = {}
        rows = self._db.connection.execute(
            "SELECT d.id, o.origin FROM origin_documents o JOIN documents d ON d.key = o.document_key"
            + ("" if among is None else " WHERE d.id IN (SELECT value FROM json_each(?))"),
            () if among is None else (json.dumps(list(among)),),
        )
        for document_id, origin in rows:
            found.setdefault(document_id, set()).add(origin)
        return found

    def record(self, held: Sequence[Held]) -> None:
        """Keeps what these origins hold now, all in one transaction; writes nothing where nothing has changed."""
        fresh = []
        for now in held:
            before = self.find(now.origin)
            documents = now.documents | before.documents if now.in_part and before else now.documents
            if before is None or (before.documents, before.signature) != (documents, now.signature):
                fresh.append(Held(now.origin, documents, now.signature))
        if not fresh:
            return
        with self._db.transaction() as connection:
            for now in fresh:
                connection.execute("DELETE FROM origins WHERE origin = ?", (now.origin,))
                connection.execute("INSERT INTO origins (origin, signature) VALUES (?, ?)", (now.origin, now.signature))
                connection.executemany(
                    "INSERT INTO origin_documents (origin, document_key) SELECT ?, key FROM documents WHERE id = ?",
                    [(now.origin, document_id) for document_id in now.documents],
                )

    def forget(self, origins: Collection[str]) -> None:
        """Removes what is known of origins that are there no more."""
        known = [origin for origin in origins if self.find(origin) is not None]
        if known:
            with self._db.transaction() as connection:
                connection.executemany("DELETE FROM origins WHERE origin = ?", [(origin,) for origin in known])

    def _documents_of(self, origin: str) -> list[str]:
        rows = self._db.connection.execute(
            "SELECT d.id FROM origin_documents o JOIN documents d ON d.key = o.document_key WHERE o.origin = ?",
            (origin,),
        )
        return [str(row[0]) for row in rows]
