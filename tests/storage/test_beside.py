"""The index beside: made in pieces, read alone, switched to in one step or removed without a trace."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from groundtune.errors import StoreError
from groundtune.storage.beside import Beside
from groundtune.storage.choices import Choices
from groundtune.storage.database import Database
from groundtune.storage.documents import DocumentStore, IndexFormat, NewPassage
from groundtune.types import EVERYBODY, Document, Span

OLD, NEW = IndexFormat("old", 2, "analyser"), IndexFormat("new", 3, "analyser@2")


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "groundtune.sqlite")


@pytest.fixture
def store(database: Database) -> DocumentStore:
    store = DocumentStore(database)
    store.set_format(OLD)
    for name in ("a", "b"):
        put(store, name)
    return store


@pytest.fixture
def beside(store: DocumentStore, database: Database) -> Beside:
    beside = Beside(database)
    assert not beside.begin(NEW, "1")
    return beside


def put(store: DocumentStore, name: str) -> None:
    passages = [NewPassage(Span(0, 4), (f"old-{name}",), np.array([1, 0], np.float32))]
    store.put(Document(name, name, "text", name), passages, content_hash=name, today=date(2026, 6, 1))


def fresh(name: str) -> list[NewPassage]:
    return [NewPassage(Span(0, 2), (f"new-{name}",), np.array([0, 1, 0], np.float32))]


def fill(beside: Beside) -> None:
    beside.put(NEW, {number: fresh(f"{number}") for number in beside.pending()})


def test_what_was_finished_is_there_when_it_is_begun_again(beside: Beside) -> None:
    first, second = beside.pending()
    beside.put(NEW, {first: fresh("a")})
    assert beside.begin(NEW, "1")
    assert beside.pending() == [second]


def test_one_that_was_begun_otherwise_is_begun_anew(beside: Beside) -> None:
    fill(beside)
    assert not beside.begin(NEW, "another version of the program")
    assert len(beside.pending()) == 2
    assert beside.room().passages == 0


def test_until_the_switch_the_old_index_answers_and_the_new_one_is_read_alone(
    store: DocumentStore, beside: Beside
) -> None:
    fill(beside)
    assert [row.tokens for row in store.rows()] == [("old-a",), ("old-b",)]
    assert store.format() == OLD
    other = DocumentStore(beside.view())
    assert [row.tokens for row in other.rows()] == [("new-1",), ("new-2",)]
    assert other.format() == NEW
    (row, _) = other.rows()
    assert other.passages([row.passage_id], reader=EVERYBODY, as_of=None)[row.passage_id].text == "te"


def test_the_view_of_the_new_index_can_not_be_written_to(beside: Beside) -> None:
    with pytest.raises(StoreError):
        DocumentStore(beside.view()).delete("a")


def test_the_switch_puts_every_passage_and_the_format_in_place_under_new_ids(
    store: DocumentStore, beside: Beside
) -> None:
    before = {row.passage_id for row in store.rows()}
    fill(beside)
    assert beside.switch()
    assert [row.tokens for row in store.rows()] == [("new-1",), ("new-2",)]
    assert before.isdisjoint(row.passage_id for row in store.rows())
    assert store.format() == NEW
    assert beside.format is None
    assert {change.kind for change in store.changes_since(2)} == {"reindex"}


def test_nothing_is_switched_while_a_revision_is_missing(store: DocumentStore, beside: Beside) -> None:
    fill(beside)
    put(store, "c")
    before = store.position()
    assert not beside.switch()
    assert (store.format(), store.position()) == (OLD, before)


def test_a_document_deleted_meanwhile_is_deleted_from_both(
    store: DocumentStore, beside: Beside, tmp_path: Path
) -> None:
    fill(beside)
    store.delete("a")
    on_disk = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"new-2" in on_disk
    assert b"new-1" not in on_disk
    assert beside.switch()
    assert [row.document_id for row in store.rows()] == ["b"]


def test_passages_of_a_revision_that_went_meanwhile_are_passed_over(store: DocumentStore, beside: Beside) -> None:
    first, second = beside.pending()
    store.delete("a")
    beside.put(NEW, {first: fresh("a"), second: fresh("b")})
    assert beside.room().passages == 1


def test_two_processes_that_make_the_same_one_do_not_disturb_each_other(beside: Beside) -> None:
    pending = beside.pending()
    fill(beside)
    beside.put(NEW, {number: fresh("again") for number in pending})
    assert [row.tokens for row in DocumentStore(beside.view()).rows()] == [("new-1",), ("new-2",)]


def test_passages_for_an_index_that_is_no_longer_made_are_refused(beside: Beside) -> None:
    pending = beside.pending()
    beside.begin(OLD, "1")
    with pytest.raises(StoreError, match="Another process"):
        beside.put(NEW, {pending[0]: fresh("a")})


def test_what_was_discarded_leaves_nothing_on_disk(store: DocumentStore, beside: Beside, tmp_path: Path) -> None:
    fill(beside)
    beside.discard()
    assert beside.format is None
    assert b"new-1" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert [row.tokens for row in store.rows()] == [("old-a",), ("old-b",)]


def test_its_room_is_what_its_terms_headings_and_vectors_take(beside: Beside) -> None:
    fill(beside)
    assert beside.room().bytes == 2 * (len("new-1") + len("[]") + 3 * 4)
    assert beside.room_of_present().bytes == 2 * (len("old-a") + len("[]") + 2 * 4)


def test_a_choice_holds_until_the_settings_say_something_else(database: Database) -> None:
    choices = Choices(database)
    assert choices.chosen("embedder", "bundled:e5") == "bundled:e5"
    choices.choose("embedder", "mine@2", "bundled:e5")
    assert choices.chosen("embedder", "bundled:e5") == "mine@2"
    assert choices.chosen("analyser", "auto") == "auto"
    assert choices.chosen("embedder", "hf:other") == "hf:other"


def test_choosing_what_the_settings_say_forgets_the_choice(database: Database) -> None:
    choices = Choices(database)
    choices.choose("embedder", "mine@2", "bundled:e5")
    choices.choose("embedder", "bundled:e5", "bundled:e5")
    assert choices.chosen("embedder", "bundled:e5") == "bundled:e5"
