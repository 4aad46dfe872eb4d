"""What each file held is known for as long as what it held is here, and not a letter longer."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from groundtune.storage.database import Database
from groundtune.storage.documents import DocumentStore, IndexFormat
from groundtune.storage.origins import Held
from groundtune.types import Document


@pytest.fixture
def store(tmp_path: Path) -> DocumentStore:
    store = DocumentStore(Database(tmp_path / "store.sqlite"))
    store.set_format(IndexFormat("none@1", 4, "none/1"))
    for name in ("a", "b", "c"):
        document = Document(id=name, title=name, text=f"Text of {name}.", source=f"/{name}.md")
        store.put(document, [], content_hash=name, today=date(2026, 1, 1))
    return store


def held(origin: str, *documents: str, signature: str | None = None, in_part: bool = False) -> Held:
    return Held(origin, frozenset(documents), signature, in_part)


def test_what_was_recorded_last_holds(store: DocumentStore) -> None:
    store.origins.record([held("/x.jsonl", "a", "b", signature="1"), held("/y.md", "b")])
    assert store.origins.of_documents() == {"a": {"/x.jsonl"}, "b": {"/x.jsonl", "/y.md"}}
    store.origins.record([held("/x.jsonl", "c", signature="2")])
    assert store.origins.find("/x.jsonl") == held("/x.jsonl", "c", signature="2")
    assert store.origins.of_documents(["b", "c"]) == {"b": {"/y.md"}, "c": {"/x.jsonl"}}


def test_what_could_be_read_in_part_keeps_what_it_held(store: DocumentStore) -> None:
    store.origins.record([held("/x.jsonl", "a", "b")])
    store.origins.record([held("/x.jsonl", "b", "c", in_part=True)])
    found = store.origins.find("/x.jsonl")
    assert found is not None
    assert found.documents == {"a", "b", "c"}


def test_what_is_the_same_writes_nothing(store: DocumentStore, tmp_path: Path) -> None:
    store.origins.record([held("/x.md", "a", signature="1")])
    counted = Database(tmp_path / "store.sqlite").connection
    before = counted.execute("PRAGMA data_version").fetchone()[0]
    store.origins.record([held("/x.md", "a", signature="1")])
    assert counted.execute("PRAGMA data_version").fetchone()[0] == before
    store.origins.record([held("/x.md", "a", signature="2")])
    assert counted.execute("PRAGMA data_version").fetchone()[0] != before


def test_an_origin_one_of_whose_documents_is_deleted_is_forgotten_to_the_byte(
    store: DocumentStore, tmp_path: Path
) -> None:
    store.origins.record([held("/secret-name.jsonl", "a", "b", signature="1"), held("/y.md", "c", signature="1")])
    store.delete("a")
    assert store.origins.find("/secret-name.jsonl") is None
    assert store.origins.find("/y.md") is not None
    assert not any(b"secret-name" in path.read_bytes() for path in tmp_path.iterdir())


def test_an_origin_that_is_forgotten_takes_no_document_with_it(store: DocumentStore) -> None:
    store.origins.record([held("/x.md", "a")])
    store.origins.forget(["/x.md", "/never.md"])
    assert (store.origins.find("/x.md"), len(store.documents())) == (None, 3)
