"""What was measured: outcomes per case, openings of a test set, and finished findings. Nothing is edited, only added.

It doesn't know how anything is scored or compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from groundtune.storage.codec import from_json, to_json
from groundtune.storage.database import Database
from groundtune.types import Output


@dataclass(frozen=True, slots=True)
class Measured:
    """One call of one arm. `error` set means that it failed, and that `output` is empty."""

    output: Output
    latency_ms: float
    error: str | None = None
    at: datetime | None = field(default=None, compare=False)
    """When it was kept; `None` until it is."""


class Results:
    def __init__(self, db: Database) -> None:
        self._db = db

    def put(self, task: str, input_hash: str, fingerprint: str, arm: str, case_id: str, measured: Measured) -> datetime:
        """Keeps an outcome; on return it is on disk. One that is there already stays as it is. Returns when it was."""
        now = _now()
        with self._db.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO outcomes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    task,
                    input_hash,
                    fingerprint,
                    arm,
                    case_id,
                    json.dumps(to_json(measured.output), ensure_ascii=False),
                    measured.latency_ms,
                    measured.error,
                    now,
                ),
            )
        return datetime.fromisoformat(now)

    def measured(self, task: str, fingerprint: str, input_hashes: Iterable[str]) -> dict[str, Measured]:
        """The outcomes of one arm that are kept, by input hash."""
        rows = self._db.connection.execute(
            "SELECT input_hash, output, latency_ms, error, measured_at FROM outcomes WHERE task = ? AND "
            "arm_fingerprint = ?",
            (task, fingerprint),
        )
        wanted = frozenset(input_hashes)
        return {
            row["input_hash"]: Measured(
                from_json(Output, json.loads(row["output"])),
                row["latency_ms"],
                row["error"],
                datetime.fromisoformat(row["measured_at"]),
            )
            for row in rows
            if row["input_hash"] in wanted
        }

    def forget_failures(self, task: str) -> int:
        """Lets failed calls be tried again; returns how many. Findings keep what they counted."""
        with self._db.transaction() as connection:
            return connection.execute("DELETE FROM outcomes WHERE task = ? AND error IS NOT NULL", (task,)).rowcount

    def put_first_call(self, task: str, fingerprint: str, latency_ms: float) -> None:
        with self._db.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO first_calls VALUES (?, ?, ?)", (task, fingerprint, latency_ms))

    def first_call_ms(self, task: str, fingerprint: str) -> float | None:
        row = self._db.connection.execute(
            "SELECT latency_ms FROM first_calls WHERE task = ? AND arm_fingerprint = ?", (task, fingerprint)
        ).fetchone()
        return None if row is None else float(row["latency_ms"])

    def open_test(self, task: str, cases_hash: str, manifest_hash: str) -> None:
        """Notes that arms are about to be run on this set of cases."""
        with self._db.transaction() as connection:
            connection.execute(
                "INSERT INTO openings (task, cases_hash, manifest_hash, opened_at) VALUES (?, ?, ?, ?)",
                (task, cases_hash, manifest_hash, _now()),
            )

    def openings(self, cases_hash: str) -> int:
        """Under how many different manifests this set of cases was opened; a run that was continued counts once."""
        row = self._db.connection.execute(
            "SELECT count(DISTINCT manifest_hash) AS n FROM openings WHERE cases_hash = ?", (cases_hash,)
        ).fetchone()
        return int(row["n"])

    def add_finding(self, task: str, kind: str, finding: dict[str, Any]) -> int:
        """Keeps a finished comparison or experiment; returns its number."""
        with self._db.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO findings (task, kind, found_at, finding) VALUES (?, ?, ?, ?)",
                (task, kind, _now(), json.dumps(finding, ensure_ascii=False)),
            )
            return int(cursor.lastrowid or 0)

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is read and kept within is one change; another process waits."""
        with self._db.transaction():
            yield

    def latest_finding(self, task: str, kind: str) -> dict[str, Any] | None:
        row = self._db.connection.execute(
            "SELECT finding FROM findings WHERE task = ? AND kind = ? ORDER BY id DESC LIMIT 1", (task, kind)
        ).fetchone()
        if row is None:
            return None
        finding: dict[str, Any] = json.loads(row["finding"])
        return finding


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
