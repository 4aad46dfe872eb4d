"""What did not go in, and why: kept until the file goes in or is gone. Knows nothing of how files are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from groundtune.storage import encoding
from groundtune.storage.database import Database
from groundtune.storage.rows import NewRefusal, Refused


class RefusalList:
    """The refused files and rows of one workspace. Safe to use from several threads and processes."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def all(self) -> list[Refused]:
        """By path and line."""
        rows = self._db.connection.execute(
            "SELECT path, line, reason, sha256, refused_at FROM refusals ORDER BY path, line"
        )
        return [Refused(row[0], row[1] or None, row[2], row[3], datetime.fromisoformat(row[4])) for row in rows]

    def record(self, looked_at: Sequence[str], refused: Sequence[NewRefusal]) -> None:
        """What became of the files in `looked_at`: those that `refused` names are on the list, the others off it.

        All in one transaction; nothing is written when nothing changes. A refusal that was on the list with the same
        reason and contents keeps its time.
        """
        known = {(row.path, row.line): row for row in self.all()}
        fresh = [new for new in refused if not _same(known.get((new.path, new.line)), new)]
        named = {(new.path, new.line) for new in refused}
        looked = set(looked_at)
        over = [key for key in known if key[0] in looked and key not in named]
        if not fresh and not over:
            return
        with self._db.transaction() as connection:
            connection.executemany(
                "DELETE FROM refusals WHERE path = ? AND line = ?", [(path, line or 0) for path, line in over]
            )
            connection.executemany(
                "INSERT OR REPLACE INTO refusals (path, line, reason, sha256, refused_at) VALUES (?, ?, ?, ?, ?)",
                [(new.path, new.line or 0, new.reason, new.sha256, encoding.now()) for new in fresh],
            )

    def forget(self, is_gone: Callable[[str], bool]) -> None:
        """Takes off the list what `is_gone` says of a path."""
        gone = [row.path for row in self.all() if is_gone(row.path)]
        if gone:
            with self._db.transaction() as connection:
                connection.executemany("DELETE FROM refusals WHERE path = ?", [(path,) for path in gone])


def _same(known: Refused | None, new: NewRefusal) -> bool:
    return known is not None and (known.reason, known.sha256) == (new.reason, new.sha256)
