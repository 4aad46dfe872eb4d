"""One SQLite file, its numbered migrations, and one transaction per change. Knows nothing of what the tables hold."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from groundtune.errors import DamagedStore, StoreError
from groundtune.i18n import t

_PATIENCE_SECONDS = 30
"""How long a writer waits for another."""

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
    "mmap_size=2000000000",  # bytes; pages are read where they lie: a hundred passages in a third of the time
)

_TRANSACTION = ("BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",))
_SAVEPOINT = ("SAVEPOINT part", "RELEASE part", ("ROLLBACK TO part", "RELEASE part"))
"""How a transaction, or a part of one, begins, ends well and is undone."""


class Database:
    """Opens `path`, bringing its tables up to date. Each thread has a connection of its own; writers queue.

    Write-ahead logging with synchronous=FULL: what `transaction` has returned from survives a killed process and a
    lost power supply. `secure_delete` overwrites what is deleted.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._migrate()

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection, for reading. Rows come as sqlite3.Row."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            try:
                connection = self._open()
            except sqlite3.OperationalError as error:
                raise StoreError(self._unopened(error)) from error
            except sqlite3.DatabaseError as error:
                raise DamagedStore(self._unopened(error)) from error
            self._local.connection = connection
        return connection

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=_PATIENCE_SECONDS, isolation_level=None)
        connection.row_factory = sqlite3.Row
        try:
            for pragma in _PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _unopened(self, error: sqlite3.Error) -> str:
        return t("The database {path} can't be opened: {error}", path=self.path, error=error)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write that happens wholly or not at all. On return it is on disk.

        Within another transaction it is a part of that one: undone alone when it fails, on disk with the whole.
        Raises StoreError when the database refuses: a full disk, another process that writes for over 30 seconds.
        """
        inner = getattr(self._local, "writing", False)
        begin, commit, undo = _SAVEPOINT if inner else _TRANSACTION
        connection = self.connection
        try:
            connection.execute(begin)
            self._local.writing = True
            try:
                yield connection
                connection.execute(commit)
            except BaseException:
                if connection.in_transaction:
                    for statement in undo:
                        connection.execute(statement)
                raise
            finally:
                self._local.writing = inner
        except sqlite3.OperationalError as error:
            raise StoreError(
                t(
                    "The change was not made, and nothing else was harmed: {error} ({path}).",
                    error=error,
                    path=self.path,
                )
            ) from error

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Several reads that see one instant; within another snapshot or a transaction, that one's."""
        connection = self.connection
        if connection.in_transaction:
            yield connection
            return
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("COMMIT")

    def checkpoint(self) -> bool:
        """Moves the write-ahead log into the database and empties it, so that nothing deleted stays there.

        False when another process is reading: then the log is emptied by a later call, or when the last one closes.
        """
        connection = self.connection
        if connection.in_transaction:
            return False
        connection.execute("PRAGMA busy_timeout = 100")
        try:
            busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            connection.execute(f"PRAGMA busy_timeout = {_PATIENCE_SECONDS * 1000}")
        return not busy

    def close(self) -> None:
        """Closes this thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def _migrate(self) -> None:
        migrations = _migrations()
        newest = max(migrations, default=0)
        if self._version() > newest:
            raise StoreError(
                t(
                    "{path} was written by a newer groundtune (format {found}; this one knows {known}). "
                    "Upgrade groundtune.",
                    path=self.path,
                    found=self._version(),
                    known=newest,
                )
            )
        if self._version() == newest:
            return
        with self.transaction() as connection:
            for number in range(self._version() + 1, newest + 1):
                for statement in _statements(migrations[number]):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {newest}")

    def _version(self) -> int:
        return int(self.connection.execute("PRAGMA user_version").fetchone()[0])


def _migrations() -> dict[int, str]:
    """Number → SQL of `migrations/NNNN_name.sql`."""
    folder = resources.files("groundtune.storage").joinpath("migrations")
    return {int(file.name[:4]): file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".sql")}


def _statements(script: str) -> Iterator[str]:
    """Splits a script where SQLite says that a statement is complete."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement
