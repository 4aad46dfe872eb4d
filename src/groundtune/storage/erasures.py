"""What was erased of persons, without saying of whom, and what of it must not come back. Knows no names and no files.

An erasure that was begun and not finished is known by a salted hash of what was asked for; what it had found out and
could not find out again lies beside it until it is finished. Afterwards salted hashes of the erased lines remain: long
lines, which nobody can guess, by which a file that is added again is recognised.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import sqlite3
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from groundtune.errors import BadDocument, StoreError
from groundtune.i18n import t
from groundtune.storage.database import Database
from groundtune.storage.encoding import now
from groundtune.storage.writing import inserted
from groundtune.types import Document

LEAST_LETTERS = 24
"""Of a line that is remembered: a shorter one could be guessed from its hash."""


class Erased(BadDocument):
    """A document that holds what was erased."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """One request, by its number. `work` is what a continued run takes over; empty once it is finished."""

    number: int
    begun_at: datetime
    finished_at: datetime | None
    work: Mapping[str, Any]
    certificate: Mapping[str, Any]
    """What was found and done, in counts and in names of models; empty until it is finished."""


class Erasures:
    """The erasures of one workspace. Safe to use from several threads and processes."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def all(self) -> list[Erasure]:
        """Oldest first."""
        rows = self._db.connection.execute(
            "SELECT number, begun_at, finished_at, work, certificate FROM erasures ORDER BY number"
        )
        return [
            Erasure(
                row["number"],
                datetime.fromisoformat(row["begun_at"]),
                datetime.fromisoformat(row["finished_at"]) if row["finished_at"] else None,
                json.loads(row["work"] or "{}"),
                json.loads(row["certificate"] or "{}"),
            )
            for row in rows
        ]

    def unfinished_ones(self) -> list[Erasure]:
        """Those that were begun and wait for the same command."""
        return [erasure for erasure in self.all() if erasure.finished_at is None]

    def unfinished(self, request: str) -> Erasure | None:
        """The one that was begun with the same request and not finished."""
        rows = self._db.connection.execute(
            "SELECT number, salt, request FROM erasures WHERE finished_at IS NULL ORDER BY number"
        ).fetchall()
        same = next((row["number"] for row in rows if _digest(row["salt"], request) == row["request"]), None)
        return next((erasure for erasure in self.all() if erasure.number == same), None)

    def begin(self, request: str, work: Mapping[str, Any]) -> int:
        """Enters an erasure; returns its number. On disk when it returns, and nothing is erased yet."""
        salt = secrets.token_bytes(32)
        with self._db.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO erasures (salt, request, begun_at, work) VALUES (?, ?, ?, ?)",
                (salt, _digest(salt, request), now(), json.dumps(work, ensure_ascii=False)),
            )
        return inserted(cursor)

    def take_over(self, number: int, work: Mapping[str, Any]) -> None:
        """Replaces what an unfinished erasure has found out."""
        with self._db.transaction() as connection:
            told = json.dumps(work, ensure_ascii=False)
            connection.execute("UPDATE erasures SET work = ? WHERE number = ?", (told, number))

    def remember(self, number: int, texts: Iterable[str]) -> None:
        """Keeps salted hashes of those of `texts` that nobody can guess."""
        with self._db.transaction() as connection:
            (salt,) = connection.execute("SELECT salt FROM erasures WHERE number = ?", (number,)).fetchone()
            digests = {_digest(salt, text) for text in map(_normal, texts) if len(text) >= LEAST_LETTERS}
            connection.executemany(
                "INSERT OR IGNORE INTO erased_texts VALUES (?, ?)", [(number, digest) for digest in sorted(digests)]
            )

    def finish(self, number: int, certificate: Mapping[str, Any]) -> None:
        """Nothing of the request remains but `certificate`."""
        with self._db.transaction() as connection:
            connection.execute(
                "UPDATE erasures SET finished_at = ?, certificate = ?, request = NULL, work = NULL WHERE number = ?",
                (now(), json.dumps(certificate, ensure_ascii=False), number),
            )

    def rewrite_file(self) -> bool:
        """Writes the database's file anew, so that it holds living rows and no byte besides, and empties its log.

        False where another process is reading. Raises StoreError while one writes, or where the disk has no room for a
        second copy.
        """
        try:
            self._db.connection.execute("VACUUM")
        except sqlite3.OperationalError as error:
            said = t("The database {path} can't be rewritten: {error}", path=self._db.path, error=error)
            raise StoreError(said) from error
        return self._db.checkpoint()

    def guard(self) -> Callable[[Document], None]:
        """What raises Erased for a document that holds something that was erased until now."""
        known = self._known()

        def check(document: Document) -> None:
            found = _recognised(document.text, known) if known else None
            if found is not None:
                reason = t(
                    "Line {line} of its text was erased on {day}, because it names a person who is not to be named "
                    "here. Take the person out of it.",
                    line=found[0],
                    day=found[1],
                )
                raise Erased(reason, path=document.source)

        return check

    def _known(self) -> dict[bytes, tuple[set[bytes], date]]:
        rows = self._db.connection.execute(
            "SELECT salt, begun_at, digest FROM erased_texts JOIN erasures ON number = erasure"
        )
        known: dict[bytes, tuple[set[bytes], date]] = {}
        for salt, begun_at, digest in rows:
            known.setdefault(salt, (set(), datetime.fromisoformat(begun_at).date()))[0].add(digest)
        return known


def _recognised(text: str, known: Mapping[bytes, tuple[set[bytes], date]]) -> tuple[int, date] | None:
    """The first line of `text`, from 1, that was erased, and when."""
    for line, words in [*enumerate(text.split("\n"), start=1), (1, text)]:
        normal = _normal(words)
        if len(normal) < LEAST_LETTERS:
            continue
        for salt, (digests, day) in known.items():
            if _digest(salt, normal) in digests:
                return line, day
    return None


def _normal(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _digest(salt: bytes, text: str) -> bytes:
    return hmac.new(salt, text.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
