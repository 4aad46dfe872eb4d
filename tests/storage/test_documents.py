"""What SQLite adds to the contract: bytes that go, writers that queue, failures that harm nothing."""

import threading
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from groundtune.errors import StoreError
from groundtune.storage import database as database_module
from groundtune.storage.beside import Beside
from groundtune.storage.database import Database
from groundtune.storage.documents import DocumentStore, IndexFormat, NewPassage
from groundtune.types import EVERYBODY, Document, Reader, Span

TODAY = date(2026, 6, 1)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "groundtune.sqlite")


@pytest.fixture
def store(database: Database) -> DocumentStore:
    store = DocumentStore(database)
    store.set_format(IndexFormat("embedder", 4, "analyser"))
    return store


def put(store: DocumentStore, name: str, text: str, passages: int = 1) -> int:
    vector = np.frombuffer(b"SECRETVECTOR0000", np.float32)
    rows = [NewPassage(Span(0, len(text), (f"heading {text}",)), (f"term-{text}",), vector)] * passages
    return store.put(Document(name, f"title {text}", text, f"{name}.md"), rows, content_hash=name, today=TODAY)


def on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file())


def test_nothing_of_a_deleted_document_stays_on_disk(store: DocumentStore, tmp_path: Path) -> None:
    put(store, "kept", "ordinary words")
    put(store, "kim-minji-review", "confidential words " * 400, passages=30)
    for trace in (b"kim-minji", b"confidential words", b"term-confidential", b"SECRETVECTOR"):
        assert trace in on_disk(tmp_path)
    store.delete("kim-minji-review")
    left = on_disk(tmp_path)
    assert b"ordinary words" in left
    for trace in (b"kim-minji", b"confidential words", b"term-confidential"):
        assert trace not in left


def test_what_a_reading_process_held_back_goes_with_the_next_checkpoint(
    store: DocumentStore, database: Database, tmp_path: Path
) -> None:
    put(store, "a", "confidential words")
    database.checkpoint()
    put(store, "b", "ordinary words")
    reader = Database(database.path)
    with reader.snapshot() as connection:
        connection.execute("SELECT count(*) FROM documents").fetchone()
        store.delete("a")
    assert b"confidential" in on_disk(tmp_path)
    assert database.checkpoint()
    assert b"confidential" not in on_disk(tmp_path)


def test_nothing_stays_of_what_was_deleted_together_with_other_changes(store: DocumentStore, tmp_path: Path) -> None:
    put(store, "a", "confidential words")
    with store.together():
        store.delete("a")
        put(store, "b", "ordinary words")
    assert b"confidential" not in on_disk(tmp_path)


def test_reindexing_leaves_no_old_terms_on_disk(store: DocumentStore, database: Database, tmp_path: Path) -> None:
    put(store, "a", "words")
    (revision,) = store.revisions("a")
    beside, other = Beside(database), IndexFormat("other", 4, "other")
    beside.begin(other, "1")
    beside.put(other, {revision.id: [NewPassage(Span(0, 2), ("new",), None)]})
    assert beside.switch()
    assert b"term-words" not in on_disk(tmp_path)


def test_a_full_disk_fails_loudly_and_harms_nothing(store: DocumentStore, database: Database) -> None:
    put(store, "a", "words")
    before = (store.position(), store.revisions("a"))
    pages = database.connection.execute("PRAGMA page_count").fetchone()[0]
    database.connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreError, match="full"):
        put(store, "b", "many words " * 5000)
    assert (store.position(), store.revisions("a")) == before
    assert [info.id for info in store.documents()] == ["a"]
    database.connection.execute("PRAGMA max_page_count = 1000000")
    put(store, "b", "many words " * 5000)
    assert database.connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_writers_in_several_threads_queue_and_none_is_lost(store: DocumentStore) -> None:
    def write(worker: int) -> None:
        for number in range(8):
            put(store, f"{worker}-{number}", "words")

    workers = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(store.documents()) == 32
    assert [change.number for change in store.changes_since(0)] == list(range(1, 33))


def test_a_snapshot_sees_one_instant_while_others_write(store: DocumentStore, database: Database) -> None:
    put(store, "a", "words")
    other = DocumentStore(Database(database.path))
    with store.snapshot():
        before = store.position()
        put(other, "b", "words")
        assert store.position() == before
        assert len(list(store.rows())) == 1
    assert len(list(store.rows())) == 2


def test_rows_of_all_documents_are_streamed(store: DocumentStore) -> None:
    put(store, "a", "words", passages=50)
    rows = store.rows()
    first = next(rows)
    put(store, "b", "words")
    assert first.document_id == "a"
    assert len(list(rows)) >= 49


def test_old_positions_see_each_changed_document_once(store: DocumentStore) -> None:
    for _ in range(3):
        put(store, "a", "words")
    put(store, "b", "words")
    assert [(change.document_id, change.number) for change in store.changes_since(0)] == [("a", 3), ("b", 4)]


def test_a_passage_reads_the_same_under_any_reader_who_may(store: DocumentStore) -> None:
    put(store, "a", "words")
    ids = [row.passage_id for row in store.rows()]
    (passage,) = store.passages(ids, reader=EVERYBODY, as_of=None).values()
    assert passage.text == "words"


def test_a_database_from_before_pages_were_kept_opens_with_its_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = database_module._migrations()
    monkeypatch.setattr(database_module, "_migrations", lambda: {n: newest[n] for n in (1, 2, 3)})
    older = Database(tmp_path / "older.sqlite")
    older.connection.execute("INSERT INTO documents (id) VALUES ('a')")
    older.connection.execute(
        "INSERT INTO revisions (document_key, number, added_on, added_at, in_force_from, in_force_to, content_hash,"
        " title, source, metadata, text) VALUES (1, 1, '2026-01-01', '2026-01-01T00:00:00+00:00', 0, 9999999, 'x',"
        " 'A', 'a.md', '{}', 'words')"
    )
    older.close()
    monkeypatch.setattr(database_module, "_migrations", lambda: newest)
    (revision,) = DocumentStore(Database(tmp_path / "older.sqlite")).revisions("a")
    assert (revision.text, revision.locations, revision.notices) == ("words", (), ())


def test_the_nearest_days_tell_nothing_of_what_a_reader_may_not_read(store: DocumentStore) -> None:
    def dated(name: str, start: date, end: date, readers: frozenset[str] | None) -> None:
        document = Document(name, name, "words", f"{name}.md", None, start, end, readers)
        store.put(document, [], content_hash=name, today=TODAY)

    dated("open", date(2020, 1, 1), date(2021, 1, 1), None)
    dated("closed", date(2025, 1, 1), date(2026, 1, 1), frozenset({"board"}))
    asked = date(2024, 1, 1)
    assert store.nearest_days(asked, EVERYBODY) == (date(2021, 1, 1), None)
    assert store.nearest_days(asked, Reader(frozenset({"board"}))) == (date(2021, 1, 1), date(2025, 1, 1))
