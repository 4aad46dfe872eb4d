"""Every kind of damage that a document can have is seen, and nothing is seen in a sound database."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from groundtune.storage.database import Database
from groundtune.storage.documents import DocumentStore
from groundtune.storage.rows import IndexFormat, NewPassage
from groundtune.storage.soundness import soundness
from groundtune.types import Document, Span


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = Database(tmp_path / "store.sqlite")
    store = DocumentStore(database)
    store.set_format(IndexFormat("fake", 4, "fake"))
    vector = np.array([1, 0, 0, 0], np.float32)
    for number, text in enumerate(("fifteen days", "sixteen days 😀 of leave")):
        spans = (Span(0, 7, (), ""), Span(8, len(text), (), ""))
        passages = [NewPassage(span, ("days",), vector) for span in spans]
        store.put(Document("leave", "Leave", text, "a.md"), passages, content_hash=str(number), today=date(2026, 1, 1))
    return database


def test_a_sound_database_has_nothing_to_tell(database: Database) -> None:
    assert soundness(database).sound


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM passages WHERE id = (SELECT max(id) - 1 FROM passages)",
        "DELETE FROM passages WHERE revision_id = 1",
        "DELETE FROM revisions WHERE number = 1",
        "DELETE FROM revisions",
        "UPDATE revisions SET text = 'short' WHERE number = 2",
        "UPDATE passages SET vector = zeroblob(12) WHERE id = 1",
        "UPDATE passages SET end = start WHERE id = 1",
    ],
)
def test_a_half_document_is_named(database: Database, harm: str) -> None:
    with database.transaction() as connection:
        connection.execute(harm)
    assert soundness(database).half == ("leave",)


def test_a_reference_that_leads_nowhere_is_damage(database: Database) -> None:
    database.connection.execute("PRAGMA foreign_keys = OFF")
    with database.transaction() as connection:
        connection.execute("UPDATE passages SET revision_id = 99 WHERE id = 1")
    assert soundness(database).damage == ("passages 1 → revisions",)


def test_a_damaged_file_is_told_and_not_read_further(tmp_path: Path, database: Database) -> None:
    database.checkpoint()
    database.close()
    path = tmp_path / "store.sqlite"
    raw = bytearray(path.read_bytes())
    raw[4096:8192] = bytes(range(256)) * 16
    path.write_bytes(raw)
    assert soundness(Database(path)).damage
