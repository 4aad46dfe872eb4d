"""What every store of documents promises, whatever database is beneath.

A new store passes when it is added to `STORES`: a function from an empty folder to an open store. Opening the same
folder again opens the same documents.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundtune.errors import BadDocument, IndexMismatch, StoreError, UnknownName
from groundtune.storage.database import Database
from groundtune.storage.documents import DocumentStore, IndexFormat, NewPassage
from groundtune.types import EVERYBODY, Document, Reader, Span

FORMAT = IndexFormat("embedder@1", 3, "analyser@1")
TODAY = date(2026, 6, 1)
STAFF = Reader(frozenset({"staff"}))

STORES: dict[str, Callable[[Path], DocumentStore]] = {
    "sqlite": lambda folder: DocumentStore(Database(folder / "documents.sqlite")),
}


@pytest.fixture(params=STORES)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], DocumentStore]:
    def open_again() -> DocumentStore:
        store = STORES[request.param](tmp_path)
        store.set_format(FORMAT)
        return store

    return open_again


@pytest.fixture
def store(opened: Callable[[], DocumentStore]) -> DocumentStore:
    return opened()


def put(
    store: DocumentStore,
    name: str = "leave",
    text: str = "연차는 25일이다. 😀 끝.",
    *,
    spans: tuple[tuple[int, int], ...] = ((0, 9),),
    tokens: tuple[str, ...] = ("연차", "25"),
    effective_from: date | None = None,
    effective_to: date | None = None,
    readers: frozenset[str] | None = None,
    today: date = TODAY,
) -> int:
    document = Document(
        name, f"About {name}", text, f"{name}.md", "ko", effective_from, effective_to, readers, {"authority": "board"}
    )
    vector = np.array([0.6, 0.8, 0], np.float32)
    passages = [NewPassage(Span(start, end, ("장", "절"), "| 열 |"), tokens, vector) for start, end in spans]
    return store.put(document, passages, content_hash=f"hash of {text}", today=today)


def passage_ids(store: DocumentStore, name: str = "leave") -> list[int]:
    return [row.passage_id for row in store.rows(name)]


# --- Documents and revisions ---


def test_a_document_comes_back_as_it_went_in(store: DocumentStore) -> None:
    put(store, effective_from=date(2026, 1, 1), effective_to=date(2027, 1, 1), readers=frozenset({"staff"}))
    (info,) = store.documents()
    assert (info.id, info.title, info.source, info.language) == ("leave", "About leave", "leave.md", "ko")
    assert (info.revisions, info.passages, info.readers) == (1, 1, {"staff"})
    (revision,) = store.revisions("leave")
    assert revision.text == "연차는 25일이다. 😀 끝."
    assert (revision.number, revision.metadata) == (1, {"authority": "board"})
    assert (revision.effective_from, revision.effective_to) == (date(2026, 1, 1), date(2027, 1, 1))
    assert store.revision(revision.id) == revision


def test_a_changed_document_keeps_its_earlier_revisions(store: DocumentStore) -> None:
    put(store, text="연차는 15일이다.")
    put(store, text="연차는 25일이다.")
    assert [r.number for r in store.revisions("leave")] == [1, 2]
    assert store.latest_hash("leave") == "hash of 연차는 25일이다."
    assert store.hashes_of("leave") == {"hash of 연차는 15일이다.", "hash of 연차는 25일이다."}
    assert store.documents()[0].revisions == 2


def test_everything_is_there_after_opening_again(opened: Callable[[], DocumentStore]) -> None:
    put(opened())
    again = opened()
    assert [info.id for info in again.documents()] == ["leave"]
    assert again.format() == FORMAT


def test_an_unknown_document_has_no_hash_and_no_revisions(store: DocumentStore) -> None:
    assert store.latest_hash("nobody") is None
    assert store.hashes_of("nobody") == set()
    assert store.revisions("nobody") == []


@pytest.mark.parametrize("change", [lambda s: s.delete("nobody"), lambda s: s.set_readers("nobody", None)])
def test_changing_an_unknown_document_is_refused_and_names_the_known_ones(
    store: DocumentStore, change: Callable[[DocumentStore], int]
) -> None:
    put(store)
    with pytest.raises(UnknownName, match="leave"):
        change(store)


def test_changes_made_together_are_all_there_or_none(store: DocumentStore) -> None:
    with store.together():
        put(store, "a")
        put(store, "b")
    assert [info.id for info in store.documents()] == ["a", "b"]

    def put_and_fail() -> None:
        with store.together():
            put(store, "c")
            store.delete("nobody")

    with pytest.raises(UnknownName):
        put_and_fail()
    assert [info.id for info in store.documents()] == ["a", "b"]
    assert store.last_change() == 2


def test_a_refused_change_among_others_leaves_nothing_of_itself(store: DocumentStore) -> None:
    with store.together():
        put(store, "a")
        with pytest.raises(StoreError):
            put(store, "broken", spans=((0, 2), (0, 99)))
        put(store, "b")
    assert [info.id for info in store.documents()] == ["a", "b"]
    assert store.revisions("broken") == []


# --- Passages ---


def test_a_passage_is_its_stretch_of_the_text_to_the_letter(store: DocumentStore) -> None:
    put(store, spans=((0, 9), (9, 15)))
    passages = store.passages(passage_ids(store), reader=EVERYBODY, as_of=TODAY)
    first, second = sorted(passages.values(), key=lambda passage: passage.ordinal)
    assert (first.text, second.text) == ("연차는 25일이다", ". 😀 끝.")
    assert (first.ordinal, second.ordinal) == (0, 1)
    assert (first.heading_path, first.prefix) == (("장", "절"), "| 열 |")
    assert (first.title, first.document_id, first.revision_number) == ("About leave", "leave", 1)


@given(
    text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=60),
    data=st.data(),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_offsets_count_characters_in_any_script(store: DocumentStore, text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    name = f"d{store.last_change()}"
    put(store, name, text, spans=((start, end),))
    (passage,) = store.passages(passage_ids(store, name), reader=EVERYBODY, as_of=TODAY).values()
    assert passage.text == text[start:end]


def test_more_passages_than_one_query_takes_are_read(store: DocumentStore) -> None:
    put(store, text="가" * 1500, spans=tuple((i, i + 1) for i in range(1500)))
    ids = passage_ids(store)
    assert set(store.passages(ids, reader=EVERYBODY, as_of=TODAY)) == set(ids)


def test_places_tell_where_passages_stand_under_the_same_rights(store: DocumentStore) -> None:
    put(store, "open", spans=((0, 9), (9, 15)))
    put(store, "closed", readers=frozenset({"staff"}))
    ids = [*passage_ids(store, "open"), *passage_ids(store, "closed")]
    for reader in (EVERYBODY, STAFF):
        passages = store.passages(ids, reader=reader, as_of=TODAY)
        places = store.places(ids, reader=reader, as_of=TODAY)
        assert {p.id: (p.revision_id, p.ordinal, p.title, p.heading_path) for p in passages.values()} == {
            p.passage_id: (p.revision_id, p.ordinal, p.title, p.heading_path) for p in places.values()
        }
        assert len(places) == (3 if reader is STAFF else 2)


def test_ids_are_never_given_to_another_passage(store: DocumentStore) -> None:
    put(store)
    (old,) = passage_ids(store)
    store.delete("leave")
    put(store)
    (new,) = passage_ids(store)
    assert new != old
    assert store.passages([old], reader=EVERYBODY, as_of=None) == {}


@pytest.mark.parametrize("span", [(0, 0), (3, 2), (0, 99), (-1, 3)])
def test_a_passage_outside_its_text_is_refused_and_leaves_nothing(store: DocumentStore, span: tuple[int, int]) -> None:
    with pytest.raises(StoreError):
        put(store, spans=((0, 2), span))
    assert store.documents() == []
    assert store.last_change() == 0


@pytest.mark.parametrize("broken", ["a\0b", "half \ud800 character"])
def test_text_that_cannot_be_kept_to_the_letter_is_refused_by_its_source(store: DocumentStore, broken: str) -> None:
    with pytest.raises(BadDocument, match=r"leave\.md"):
        put(store, text=broken, spans=((0, 1),))
    assert store.documents() == []


@pytest.mark.parametrize("vector", [np.zeros(4, np.float32), np.array([np.nan, 0, 0], np.float32)])
def test_a_vector_that_does_not_fit_the_format_is_refused(store: DocumentStore, vector: np.ndarray) -> None:
    with pytest.raises(StoreError):
        store.put(
            Document("a", "a", "text", "a.md"), [NewPassage(Span(0, 1), (), vector)], content_hash="", today=TODAY
        )
    assert store.documents() == []


@pytest.mark.parametrize("tokens", [("a\nb",), ("",), ("a", "")])
def test_a_term_that_would_not_come_back_is_refused(store: DocumentStore, tokens: tuple[str, ...]) -> None:
    with pytest.raises(StoreError):
        put(store, tokens=tokens)


# --- Who reads, and when ---


def test_a_reader_outside_the_groups_is_shown_nothing_of_a_document(store: DocumentStore) -> None:
    put(store, readers=frozenset({"staff", "board"}))
    ids, (revision,) = passage_ids(store), store.revisions("leave")
    assert store.documents(EVERYBODY) == []
    assert store.revisions("leave", EVERYBODY) == []
    assert store.passages(ids, reader=EVERYBODY, as_of=None) == {}
    with pytest.raises(UnknownName):
        store.revision(revision.id, EVERYBODY)
    assert store.revision(revision.id, STAFF) == revision
    assert set(store.passages(ids, reader=STAFF, as_of=None)) == set(ids)


def test_a_hidden_revision_and_a_missing_one_are_told_apart_by_nobody(store: DocumentStore) -> None:
    put(store, readers=frozenset({"staff"}))
    (hidden,) = store.revisions("leave")
    messages = []
    for revision_id in (hidden.id, hidden.id + 1):
        with pytest.raises(UnknownName) as caught:
            store.revision(revision_id, EVERYBODY)
        messages.append(str(caught.value).replace(str(revision_id), "N"))
    assert messages[0] == messages[1]


def test_a_document_for_no_group_is_read_by_nobody(store: DocumentStore) -> None:
    put(store, readers=frozenset())
    assert store.documents(STAFF) == []


def test_a_revoked_reader_loses_all_revisions_at_once(store: DocumentStore) -> None:
    put(store, text="연차는 15일이다.", readers=frozenset({"staff"}))
    put(store, text="연차는 25일이다.", readers=frozenset({"staff"}))
    store.set_readers("leave", frozenset({"board"}))
    assert store.revisions("leave", STAFF) == []
    assert store.passages(passage_ids(store), reader=STAFF, as_of=None) == {}


def test_on_any_day_at_most_one_revision_answers(store: DocumentStore) -> None:
    put(store, text="연차는 15일이다.", effective_from=date(2025, 1, 1))
    put(store, text="연차는 25일이다.", effective_from=date(2026, 7, 1), effective_to=date(2027, 1, 1))
    texts = {}
    for day in (date(2024, 12, 31), date(2025, 1, 1), date(2026, 6, 30), date(2026, 7, 1), date(2027, 1, 1)):
        found = store.passages(passage_ids(store), reader=EVERYBODY, as_of=day)
        texts[day.isoformat()] = [passage.text for passage in found.values()]
    assert texts == {
        "2024-12-31": [],
        "2025-01-01": ["연차는 15일이다"],
        "2026-06-30": ["연차는 15일이다"],
        "2026-07-01": ["연차는 25일이다"],
        "2027-01-01": [],
    }


def test_without_a_day_every_revision_answers(store: DocumentStore) -> None:
    put(store, text="연차는 15일이다.")
    put(store, text="연차는 25일이다.")
    assert len(store.passages(passage_ids(store), reader=EVERYBODY, as_of=None)) == 2


# --- What an index reads ---


def test_rows_carry_terms_vectors_dates_and_readers(store: DocumentStore) -> None:
    put(store, tokens=("연차", "연차", "25"), effective_from=date(2026, 1, 1), readers=frozenset({"staff"}))
    (row,) = store.rows()
    assert row.tokens == ("연차", "연차", "25")
    assert row.vector is not None
    assert row.vector.tolist() == pytest.approx([0.6, 0.8, 0])
    assert row.in_force_from == date(2026, 1, 1).toordinal()
    assert row.in_force_to > date.max.toordinal()
    assert (row.document_id, row.readers) == ("leave", {"staff"})


def test_a_passage_without_terms_or_vector_is_kept(store: DocumentStore) -> None:
    store.put(Document("a", "a", "text", "a.md"), [NewPassage(Span(0, 4), (), None)], content_hash="", today=TODAY)
    (row,) = store.rows()
    assert (row.tokens, row.vector) == ((), None)


def test_each_change_is_logged_with_a_rising_number(store: DocumentStore) -> None:
    numbers = [put(store, "a"), put(store, "b"), store.set_readers("a", frozenset({"staff"})), store.delete("b")]
    assert numbers == sorted(set(numbers))
    assert store.last_change() == numbers[-1]
    changes = store.changes_since(numbers[1])
    assert [(change.number, change.document_id, change.kind) for change in changes] == [
        (numbers[2], "a", "readers"),
        (numbers[3], None, "delete"),
    ]
    assert store.changes_since(numbers[-1]) == []


def test_a_change_that_failed_is_not_logged(store: DocumentStore) -> None:
    before = put(store)
    with pytest.raises(StoreError):
        put(store, spans=((0, 99),))
    assert store.last_change() == before
    assert len(store.revisions("leave")) == 1


def test_a_store_knows_which_positions_it_went_through(store: DocumentStore, tmp_path: Path) -> None:
    put(store, "a")
    earlier = store.position()
    put(store, "b")
    assert store.holds(earlier)
    for make in STORES.values():
        (tmp_path / "copy").mkdir(exist_ok=True)
        other = make(tmp_path / "copy")
        other.set_format(FORMAT)
        put(other, "a")
        assert not other.holds(earlier), "another history with the same number"


# --- What made the terms and vectors ---


def test_another_embedder_or_analyser_is_refused_once_there_are_passages(store: DocumentStore) -> None:
    store.set_format(IndexFormat("embedder@2", 3, "analyser@2"))
    store.set_format(FORMAT)
    put(store)
    for other in (IndexFormat("embedder@2", 3, "analyser@1"), IndexFormat("embedder@1", 3, "analyser@2")):
        with pytest.raises(IndexMismatch):
            store.set_format(other)
    assert store.format() == FORMAT


def test_passages_made_for_another_format_are_refused(store: DocumentStore) -> None:
    put(store)
    with pytest.raises(IndexMismatch):
        store.put(
            Document("b", "b", "text", "b.md"),
            [NewPassage(Span(0, 1), ("t",), None)],
            content_hash="",
            today=TODAY,
            made_by=IndexFormat("embedder@2", 3, "analyser@1"),
        )
    assert [info.id for info in store.documents()] == ["leave"]
