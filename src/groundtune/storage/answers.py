"""Answers that were given, each with what is needed to give it again. Knows neither search nor models.

An answer is stored whole in one transaction. What it shows of the documents is under the documents' rights: a reader
sees an answer where he may read all that it shows and is in every group that the asker was in.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from groundtune.errors import UnknownName
from groundtune.i18n import t
from groundtune.storage import encoding, feed
from groundtune.storage.codec import from_json, to_json
from groundtune.storage.database import Database
from groundtune.storage.kept import AnswerSettings, KeptAnswer, NewAnswer, PromptMessage, Source, shown_in
from groundtune.storage.writing import inserted
from groundtune.types import Answer, Question, Reader

_NAMED = 5
"""Ids that are named when one is unknown."""


class AnswerStore:
    """The kept answers of one workspace. Safe to use from several threads and processes."""

    def __init__(self, db: Database) -> None:
        self._db = db

    # --- Writing ---

    def put(self, new: NewAnswer, *, keep_days: int | None = None) -> int:
        """Keeps an answer; returns its id. Answers of more than `keep_days` before it go; `None` keeps all.

        Where a document that it shows was deleted meanwhile, the question alone is kept.
        """
        with self._db.transaction() as connection:
            expired = 0 if keep_days is None else _expire(connection, new.asked_at - timedelta(days=keep_days))
            shown = shown_in(new.answer, new.read)
            known = _revisions(connection, {stretch.revision_id for stretch in shown})
            whole = all(stretch.revision_id in known for stretch in shown)
            question = new.question
            cursor = connection.execute(
                "INSERT INTO answers (asked_at, as_of, language, refused, reason_code, change_number, asked_in, groups,"
                " settings, question, prompt, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    encoding.instant(new.asked_at),
                    question.as_of.isoformat(),
                    new.answer.language,
                    new.answer.refused,
                    new.answer.reason_code,
                    new.change_number,
                    question.language,
                    encoding.group_list(question.reader.groups),
                    _json(new.settings),
                    question.text,
                    _json(new.prompt) if new.prompt and whole else None,
                    _json(new.answer) if whole else None,
                ),
            )
            answer_id = inserted(cursor)
            connection.executemany(
                "INSERT INTO answer_sources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        *(answer_id, place, stretch.use, row["document_key"], row["id"], row["number"]),
                        *(stretch.ordinal, stretch.start, stretch.end, row["content_hash"]),
                    )
                    for place, stretch in enumerate(shown)
                    if (row := known.get(stretch.revision_id)) is not None
                ],
            )
        if expired:
            self._db.checkpoint()
        return answer_id

    def erase(self, ids: Collection[int]) -> int:
        """Removes answers with their bytes, and what was said of them; returns how many were there.

        Within a transaction, its owner calls `Database.checkpoint` afterwards.
        """
        with self._db.transaction() as connection:
            gone = sum(
                connection.execute(f"DELETE FROM answers WHERE id IN ({feed.marks(batch)})", batch).rowcount
                for batch in feed.batches(sorted(ids))
            )
        if gone:
            self._db.checkpoint()
        return gone

    def expire(self, before: datetime) -> int:
        """Removes answers that were asked before this instant, with their bytes; returns how many."""
        old = "SELECT 1 FROM answers WHERE asked_at < ? LIMIT 1", (encoding.instant(before),)
        if self._db.connection.execute(*old).fetchone() is None:
            return 0
        with self._db.transaction() as connection:
            gone = _expire(connection, before)
        if gone:
            self._db.checkpoint()
        return gone

    # --- Reading; `reader` None is whoever administers the workspace ---

    def get(self, answer_id: int, reader: Reader | None = None) -> KeptAnswer:
        """Raises UnknownName alike for an answer that is not there and one that may not be read."""
        found = next(self._read("WHERE a.id = ?", (answer_id,), reader), None)
        if found is None:
            last = [str(kept.id) for kept in self.all(reader)[-_NAMED:]]
            raise UnknownName(t("answer"), str(answer_id), last, otherwise=t("All of them: groundtune answers list"))
        return found

    def all(
        self, reader: Reader | None = None, *, since: datetime | None = None, refused: bool | None = None
    ) -> list[KeptAnswer]:
        """Oldest first; those asked at or after `since`, and refused or not where that is said."""
        wanted, values = ["1"], list[object]()
        if since is not None:
            wanted.append("a.asked_at >= ?")
            values.append(encoding.instant(since))
        if refused is not None:
            wanted.append("a.refused = ?")
            values.append(refused)
        return list(self._read(f"WHERE {' AND '.join(wanted)}", values, reader))

    def resting_on(self, document_keys: Collection[int], reader: Reader | None = None) -> list[KeptAnswer]:
        """Answers that show something of these documents, oldest first."""
        ids: set[int] = set()
        for batch in feed.batches(sorted(document_keys)):
            rows = self._db.connection.execute(
                f"SELECT DISTINCT answer_id FROM answer_sources WHERE document_key IN ({feed.marks(batch)})", batch
            )
            ids.update(row[0] for row in rows)
        return self.some(ids, reader)

    def some(self, ids: Collection[int], reader: Reader | None = None) -> list[KeptAnswer]:
        """Those with these ids, oldest first; what is not there or may not be read is left out."""
        found: list[KeptAnswer] = []
        for batch in feed.batches(sorted(ids)):
            found.extend(self._read(f"WHERE a.id IN ({feed.marks(batch)})", batch, reader))
        return found

    def mentioning(self, words: Sequence[str]) -> list[int]:
        """Ids of answers that hold one of these words, whatever the case: in the question, the answer with its quotes
        and notices, what a model was told, or what people noted about it."""
        wanted = [word.casefold() for word in words if word.strip()]
        rows = self._db.connection.execute(
            "SELECT a.id, a.question, a.body, a.prompt, a.groups,"
            " (SELECT json_group_array(note) FROM answer_feedback f WHERE f.answer_id = a.id) AS notes"
            " FROM answers a ORDER BY a.id"
        )
        return [row["id"] for row in rows if any(word in _all_texts(row) for word in wanted)]

    def count(self) -> int:
        return int(self._db.connection.execute("SELECT count(*) FROM answers").fetchone()[0])

    def _read(self, where: str, values: Sequence[object], reader: Reader | None) -> Iterator[KeptAnswer]:
        """The one filter: every answer that anybody is shown comes through here."""
        connection = self._db.connection
        with self._db.snapshot():
            rows = connection.execute(f"SELECT a.* FROM answers a {where} ORDER BY a.id", values).fetchall()
            sources = _sources(connection, [row["id"] for row in rows])
        for row in rows:
            mine = sources.get(row["id"], [])
            if reader is None or (
                reader.groups >= (encoding.groups(row["groups"]) or frozenset())
                and all(encoding.may_read(reader, source) for source in mine if source["document_id"] is not None)
            ):
                yield _kept(row, mine)


def _expire(connection: sqlite3.Connection, before: datetime) -> int:
    return connection.execute("DELETE FROM answers WHERE asked_at < ?", (encoding.instant(before),)).rowcount


def _revisions(connection: sqlite3.Connection, ids: Collection[int]) -> Mapping[int, sqlite3.Row]:
    found: dict[int, sqlite3.Row] = {}
    for batch in feed.batches(sorted(ids)):
        rows = connection.execute(
            f"SELECT id, document_key, number, content_hash FROM revisions WHERE id IN ({feed.marks(batch)})", batch
        )
        found.update((row["id"], row) for row in rows)
    return found


def _sources(connection: sqlite3.Connection, ids: Sequence[int]) -> Mapping[int, list[sqlite3.Row]]:
    found: dict[int, list[sqlite3.Row]] = {}
    for batch in feed.batches(ids):
        rows = connection.execute(
            "SELECT s.*, d.id AS document_id, d.readers FROM answer_sources s"
            f" LEFT JOIN documents d ON d.key = s.document_key WHERE s.answer_id IN ({feed.marks(batch)})"
            " ORDER BY s.answer_id, s.place",
            batch,
        )
        for row in rows:
            found.setdefault(row["answer_id"], []).append(row)
    return found


def _kept(row: sqlite3.Row, sources: Sequence[sqlite3.Row]) -> KeptAnswer:
    groups = encoding.groups(row["groups"]) or frozenset()
    return KeptAnswer(
        id=row["id"],
        question=Question(row["question"], date.fromisoformat(row["as_of"]), Reader(groups), row["asked_in"]),
        asked_at=datetime.fromisoformat(row["asked_at"]),
        change_number=row["change_number"],
        language=row["language"],
        refused=bool(row["refused"]),
        reason_code=row["reason_code"],
        settings=from_json(AnswerSettings, json.loads(row["settings"])),
        answer=None if row["body"] is None else from_json(Answer, json.loads(row["body"])),
        prompt=() if row["prompt"] is None else from_json(tuple[PromptMessage, ...], json.loads(row["prompt"])),
        sources=tuple(
            Source(
                use=source["use"],
                document_key=source["document_key"],
                document_id=source["document_id"],
                revision_id=source["revision_id"],
                revision_number=source["revision_number"],
                ordinal=source["ordinal"],
                start=source["start"],
                end=source["end"],
                content_hash=source["content_hash"],
            )
            for source in sources
        ),
    )


def _json(value: Any) -> str:
    return json.dumps(to_json(value), ensure_ascii=False)


def _all_texts(row: sqlite3.Row) -> str:
    """Everything that the row holds in words, as it reads."""
    held = [json.loads(row[column]) for column in ("body", "prompt", "notes", "groups") if row[column] is not None]
    return "\n".join([row["question"], *_texts(held)]).casefold()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
