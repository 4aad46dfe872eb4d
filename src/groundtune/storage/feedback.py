"""What people said of answers: right, wrong or something missing; open until a person has reviewed it.

Knows neither files of cases nor who may see an answer: whoever calls has looked that up.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from groundtune.errors import UnknownName
from groundtune.i18n import t
from groundtune.storage import encoding, feed
from groundtune.storage.database import Database
from groundtune.storage.writing import inserted

Verdict = Literal["right", "wrong", "missing"]
VERDICTS: tuple[Verdict, ...] = ("right", "wrong", "missing")
Review = Literal["accepted", "rejected"]


@dataclass(frozen=True, slots=True)
class Feedback:
    """`document_id` and `ordinal` are of the passage that answers; `None` where none was named or it is gone."""

    id: int
    answer_id: int
    given_at: datetime
    verdict: Verdict
    document_id: str | None
    ordinal: int | None
    note: str
    reviewed_at: datetime | None = None
    review: Review | None = None

    @property
    def passage(self) -> str | None:
        """As cases name it: "leave#3", or the document alone."""
        if self.document_id is None or self.ordinal is None:
            return self.document_id
        return f"{self.document_id}#{self.ordinal}"


class FeedbackStore:
    """Safe to use from several threads and processes."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(
        self,
        answer_id: int,
        verdict: Verdict,
        *,
        given_at: datetime,
        document_key: int | None = None,
        ordinal: int | None = None,
        note: str = "",
    ) -> int:
        """Returns its number."""
        with self._db.transaction() as connection:
            return inserted(
                connection.execute(
                    "INSERT INTO answer_feedback (answer_id, given_at, verdict, document_key, ordinal, note)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    (answer_id, encoding.instant(given_at), verdict, document_key, ordinal, note),
                )
            )

    def open(self) -> list[Feedback]:
        """What nobody has reviewed yet, oldest first."""
        return self._read("f.reviewed_at IS NULL", ())

    def of(self, answer_ids: Collection[int]) -> list[Feedback]:
        """All that was said of these answers, oldest first."""
        return [
            found
            for batch in feed.batches(sorted(answer_ids))
            for found in self._read(f"f.answer_id IN ({feed.marks(batch)})", batch)
        ]

    @contextmanager
    def reviewed(self, feedback_id: int, review: Review, at: datetime) -> Iterator[Feedback]:
        """Gives what is open under this number, and closes it when what is done with it within went well.

        Nobody else reviews meanwhile. Raises UnknownName for what is not there or not open any more.
        """
        with self._db.transaction() as connection:
            found = self._read("f.id = ? AND f.reviewed_at IS NULL", (feedback_id,))
            if not found:
                known = [str(one.id) for one in self.open()]
                raise UnknownName(t("open feedback"), str(feedback_id), known)
            yield found[0]
            connection.execute(
                "UPDATE answer_feedback SET reviewed_at = ?, review = ? WHERE id = ?",
                (encoding.instant(at), review, feedback_id),
            )

    def _read(self, where: str, values: Collection[object]) -> list[Feedback]:
        rows = self._db.connection.execute(
            "SELECT f.*, d.id AS document_id FROM answer_feedback f"
            f" LEFT JOIN documents d ON d.key = f.document_key WHERE {where} ORDER BY f.id",
            tuple(values),
        )
        return [_feedback(row) for row in rows]


def _feedback(row: sqlite3.Row) -> Feedback:
    reviewed = row["reviewed_at"]
    return Feedback(
        id=row["id"],
        answer_id=row["answer_id"],
        given_at=datetime.fromisoformat(row["given_at"]),
        verdict=row["verdict"],
        document_id=row["document_id"],
        ordinal=row["ordinal"],
        note=row["note"],
        reviewed_at=None if reviewed is None else datetime.fromisoformat(reviewed),
        review=row["review"],
    )
