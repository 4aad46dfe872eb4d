"""Adding is idempotent, document by document, and honest about what did not go in."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from datetime import date
from pathlib import Path

import pytest

from groundtune.errors import IndexMismatch, StoreError, UsageError
from groundtune.knowledge.add import AddReport, add
from groundtune.knowledge.analyse import open_analyser
from groundtune.knowledge.reindex import switch_to_beside
from groundtune.models.fakes import HashEmbedder
from groundtune.progress import Silent
from groundtune.storage.beside import Beside
from groundtune.storage.database import Database
from groundtune.storage.documents import DocumentStore
from groundtune.types import EVERYBODY
from tests.knowledge.formats import files

DAY = date(2026, 1, 1)


@pytest.fixture
def store(tmp_path: Path) -> DocumentStore:
    return DocumentStore(Database(tmp_path / "store.sqlite"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "handbook"
    (folder / "leave").mkdir(parents=True)
    (folder / "leave" / "annual.md").write_text("# Annual leave\n\nFifteen days.")
    (folder / "travel.md").write_text("# Travel\n\nBy train.")
    return folder


def run(store: DocumentStore, *paths: Path, **options) -> AddReport:
    options = {"analyser": open_analyser("bigram"), "embedder": HashEmbedder(), "today": DAY} | options
    return add(paths, store=store, **options)


def ids(store: DocumentStore) -> list[str]:
    return [info.id for info in store.documents()]


def test_a_folder_goes_in_under_the_paths_below_it(store: DocumentStore, folder: Path) -> None:
    report = run(store, folder)
    assert report.added == ["leave/annual.md", "travel.md"]
    assert report.passages == store.passage_count() == 2


def test_what_is_unchanged_is_left_alone(store: DocumentStore, folder: Path) -> None:
    run(store, folder)
    before = store.last_change()
    report = run(store, folder)
    assert report.unchanged == ["leave/annual.md", "travel.md"]
    assert store.last_change() == before


def test_a_changed_file_becomes_a_new_revision(store: DocumentStore, folder: Path) -> None:
    run(store, folder)
    (folder / "travel.md").write_text("# Travel\n\nBy bus.")
    assert run(store, folder).updated == ["travel.md"]
    assert [revision.text[-7:] for revision in store.revisions("travel.md")] == ["train.".rjust(7), "By bus."]


def test_a_change_that_is_taken_back_is_a_revision_again(store: DocumentStore, folder: Path) -> None:
    for words in ("By train.", "By bus.", "By train."):
        (folder / "travel.md").write_text(words)
        run(store, folder)
    assert [revision.text for revision in store.revisions("travel.md")] == ["By train.", "By bus.", "By train."]


def test_other_readers_alone_make_no_new_revision(store: DocumentStore, tmp_path: Path) -> None:
    row = {"id": "a", "text": "Pay bands"}
    for readers in (["all"], ["hr"]):
        (tmp_path / "a.jsonl").write_text(json.dumps(row | {"readers": readers}))
        report = run(store, tmp_path / "a.jsonl")
    assert report.updated == ["a"]
    (info,) = store.documents()
    assert (info.readers, info.revisions) == ({"hr"}, 1)


def state(folder: Path, name: str, day: str | None, readers: str | None) -> Path:
    stated = [f"effective_from: {day}"] * (day is not None) + [f"readers: {readers}"] * (readers is not None)
    (folder / name).write_text("\n".join(["---", "id: pay", *stated, "---", f"Pay bands of {day}."]))
    return folder / name


@pytest.mark.parametrize("old_day", ["2020-01-01", None])
def test_an_earlier_state_opens_to_nobody_what_the_newest_keeps_closed(
    store: DocumentStore, folder: Path, old_day: str | None
) -> None:
    old, new = state(folder, "old.md", old_day, None), state(folder, "new.md", "2026-01-01", "hr")
    for paths in ([new], [old], [old], [old, new], [old]):
        run(store, *paths)
        assert store.documents()[0].readers == {"hr"}, paths
    assert store.documents()[0].revisions == 2


def test_opening_a_document_to_more_readers_is_told(store: DocumentStore, folder: Path) -> None:
    run(store, state(folder, "pay.md", "2026-01-01", "hr, board"))
    narrower = run(store, state(folder, "pay.md", "2026-01-01", "hr"))
    assert (narrower.updated, narrower.notices) == (["pay"], [])
    (notice,) = run(store, state(folder, "pay.md", "2026-01-01", None)).notices
    assert notice.notice == "Until now hr may read it; from now on everybody."
    assert store.documents()[0].readers is None


@pytest.mark.parametrize("together", [True, False])
def test_a_state_still_to_come_opens_todays_text_to_nobody_until_its_day(
    store: DocumentStore, folder: Path, together: bool
) -> None:
    today, to_come = state(folder, "now.md", "2025-01-01", "board"), state(folder, "then.md", "2027-01-01", None)
    if not together:
        run(store, today)
    (notice,) = run(store, *([today, to_come] if together else [to_come])).notices
    assert notice.notice.startswith("Its version of 2027-01-01 is for everybody. Until that day board may read")
    assert store.documents()[0].readers == {"board"}
    run(store, today, to_come, today=date(2027, 1, 1))
    assert store.documents()[0].readers is None


def test_a_state_still_to_come_restricts_at_once(store: DocumentStore, folder: Path) -> None:
    today, to_come = state(folder, "now.md", "2025-01-01", None), state(folder, "then.md", "2027-01-01", "hr")
    run(store, today)
    for paths in ([to_come], [today], [today, to_come]):
        run(store, *paths)
        assert store.documents()[0].readers == {"hr"}, paths


def test_todays_state_restricts_though_one_still_to_come_is_open(store: DocumentStore, folder: Path) -> None:
    run(store, state(folder, "now.md", "2025-01-01", None), state(folder, "then.md", "2027-01-01", None))
    run(store, state(folder, "now.md", "2025-01-01", "hr"))
    assert store.documents()[0].readers == {"hr"}


def test_a_refused_change_tells_who_may_still_read_what_is_there(store: DocumentStore, folder: Path) -> None:
    run(store, folder)
    (folder / "travel.md").write_text("---\nreadres: hr\n---\n# Travel\n\nBy train.")
    report = run(store, folder)
    (notice,) = report.notices
    assert (notice.document_id, notice.path) == ("travel.md", str(folder / "travel.md"))
    assert notice.notice == "Until this is mended, its earlier version stays readable by everybody."


def test_two_files_that_name_other_readers_for_one_state_contradict_each_other(
    store: DocumentStore, folder: Path
) -> None:
    for name, readers in (("a.jsonl", None), ("b.jsonl", ["hr"])):
        row = {"id": "pay", "title": "Pay", "text": "Pay bands"} | ({"readers": readers} if readers else {})
        (folder / name).write_text(json.dumps(row))
    report = run(store, folder / "a.jsonl", folder / "b.jsonl")
    assert [Path(refusal.path).name for refusal in report.refused] == ["b.jsonl"]


def test_dated_states_go_in_by_date_whatever_the_order_of_the_files(store: DocumentStore, folder: Path) -> None:
    for name, day, words in (("a.md", "2025-01-01", "new"), ("b.md", "2020-01-01", "old")):
        (folder / name).write_text(f"---\nid: rule\neffective_from: {day}\n---\n{words}")
    run(store, folder)
    assert [revision.text for revision in store.revisions("rule")] == ["old", "new"]
    assert run(store, folder).revisions == 0


def test_two_states_of_one_day_contradict_each_other_and_the_second_is_refused(
    store: DocumentStore, folder: Path
) -> None:
    for name in ("a.md", "b.md"):
        (folder / name).write_text(f"---\nid: rule\n---\nstate {name}")
    (refusal,) = run(store, folder).refused
    assert refusal.path.endswith("b.md")
    assert "rule" in refusal.reason


def test_a_file_of_another_folder_does_not_replace_one_of_the_same_name(
    store: DocumentStore, folder: Path, tmp_path: Path
) -> None:
    run(store, folder)
    other = tmp_path / "other"
    other.mkdir()
    (other / "travel.md").write_text("Something else.")
    (refusal,) = run(store, other).refused
    assert "travel.md" in refusal.reason
    assert len(store.revisions("travel.md")) == 1


def test_a_moved_folder_is_the_same_documents(store: DocumentStore, folder: Path) -> None:
    run(store, folder)
    moved = folder.rename(folder.parent / "moved")
    report = run(store, moved)
    assert not report.refused
    assert report.unchanged == ["leave/annual.md", "travel.md"]


def test_bad_files_are_named_and_the_rest_goes_in(store: DocumentStore, folder: Path) -> None:
    (folder / "empty.md").write_text("")
    (folder / "picture.md").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "notes.xyz").write_text("not of a kind that folders are searched for")
    report = run(store, folder)
    assert sorted(Path(refusal.path).name for refusal in report.refused) == ["empty.md", "picture.md"]
    assert len(report.added) == 2
    assert [Path(path).name for path in report.passed_over] == ["notes.xyz"]


def test_pruning_removes_what_is_gone_and_only_below_the_paths_given(store: DocumentStore, folder: Path) -> None:
    other = folder.parent / "other"
    other.mkdir()
    (other / "notes.md").write_text("Some notes.")
    run(store, folder, other)
    (folder / "travel.md").unlink()
    (other / "notes.md").unlink()
    assert run(store, folder, prune=True).removed == ["travel.md"]
    assert ids(store) == ["leave/annual.md", "notes.md"]


def test_a_folder_that_holds_nothing_any_more_is_not_believed_unless_it_is_allowed(
    store: DocumentStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDTUNE_LANG", "en")
    run(store, folder)
    folder.rename(folder.parent / "unmounted")
    folder.mkdir()
    report = run(store, folder, prune=True)
    assert report.removed == []
    (refusal,) = report.refused
    assert refusal.path == str(folder)
    assert "2 documents came from here. They were kept." in refusal.reason
    assert store.refusals.all() == [], "nothing was refused of which a file could be mended"
    assert run(store, folder, prune=True, allow_empty=True).removed == ["leave/annual.md", "travel.md"]


def test_a_document_stays_while_one_of_its_files_does(store: DocumentStore, folder: Path) -> None:
    for year in (2024, 2025):
        (folder / f"pay-{year}.md").write_text(f"---\nid: pay\neffective_from: {year}-01-01\n---\nPay of {year}.")
    run(store, folder)
    (folder / "pay-2025.md").unlink()
    assert run(store, folder, prune=True).removed == []
    (folder / "pay-2024.md").unlink()
    assert run(store, folder, prune=True).removed == ["pay"]


def test_a_document_that_two_files_hold_alike_stays_while_one_of_them_does(store: DocumentStore, folder: Path) -> None:
    for name in ("a.md", "b.md"):
        (folder / name).write_text("---\nid: twice\ntitle: Twice\n---\nThe same.")
    run(store, folder)
    (folder / "a.md").unlink()
    assert run(store, folder, prune=True).removed == []


def test_nothing_goes_that_lies_in_a_folder_which_can_not_be_looked_into(
    store: DocumentStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(store, folder)
    scandir = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("leave"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    with monkeypatch.context() as patched:  # root may look into every folder, so permissions alone would not do
        patched.setattr(os, "scandir", refuse)
        report = run(store, folder, prune=True)
    assert (report.removed, report.unchanged) == ([], ["travel.md"])
    assert [refusal.path for refusal in report.refused] == [str(folder / "leave")]
    run(store, folder)
    assert store.refusals.all() == []


def test_names_that_are_no_text_are_told_of_and_odd_ones_go_in(store: DocumentStore, folder: Path) -> None:
    (folder / "a?b#c::d:12.md").write_text("Odd.")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.md")).write_text("Café.")
    report = run(store, folder, prune=True)
    assert "a?b#c::d:12.md" in report.added
    assert [Path(refusal.path).name for refusal in report.refused] == ["caf\ufffd.md"]
    assert run(store, folder, prune=True).removed == []


def test_a_file_of_another_kind_that_was_named_itself_stays_while_it_is_there(
    store: DocumentStore, folder: Path
) -> None:
    (folder / "notes.log").write_text("Some notes.")
    run(store, folder, folder / "notes.log")
    assert run(store, folder, prune=True).removed == []
    (folder / "notes.log").unlink()
    assert run(store, folder, prune=True).removed == ["notes.log"]


def test_pruning_keeps_what_could_not_be_read_this_time(store: DocumentStore, folder: Path) -> None:
    run(store, folder)
    (folder / "travel.md").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert run(store, folder, prune=True).removed == []


def test_pruning_follows_rows_that_left_their_file(store: DocumentStore, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"id": "a", "text": "one"}\n{"id": "b", "text": "two"}\n')
    run(store, rows)
    rows.write_text('{"id": "b", "text": "two"}\n')
    assert run(store, rows, prune=True).removed == ["a"]


class StopAfter(Silent):
    """Stops the work once so many steps of the second stage are done."""

    def __init__(self, steps: int) -> None:
        self.stop = threading.Event()
        self._left = steps
        self._stage = 0

    def start(self, what: str, total: int) -> None:
        self._stage += 1

    def advance(self, steps: int = 1, note: str = "") -> None:
        if self._stage == 2:
            self._left -= steps
            if self._left <= 0:
                self.stop.set()


def test_stopped_work_keeps_what_is_done_and_goes_on_from_there(store: DocumentStore, tmp_path: Path) -> None:
    long = "\n\n".join(f"## Part {i}\n\nSome words." for i in range(70))
    rows = [{"id": f"d{i}", "text": f"{long} {i}"} for i in range(3)]
    (tmp_path / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    progress = StopAfter(1)
    report = run(store, tmp_path / "rows.jsonl", progress=progress, stop=progress.stop, prune=True)
    assert report.stopped
    assert ids(store) == report.added == ["d0"]
    again = run(store, tmp_path / "rows.jsonl")
    assert (again.unchanged, again.added) == (["d0"], ["d1", "d2"])


def test_another_embedder_is_refused_before_anything_changes(store: DocumentStore, folder: Path) -> None:
    run(store, folder)
    before = store.last_change()
    (folder / "new.md").write_text("New.")
    with pytest.raises(IndexMismatch):
        run(store, folder, embedder=HashEmbedder(32))
    assert store.last_change() == before


def test_indexing_anew_takes_the_other_embedder_for_all_revisions(store: DocumentStore, folder: Path) -> None:
    run(store, folder)
    (folder / "travel.md").write_text("By bus.")
    run(store, folder)
    assert switch_to_beside(store, Beside(store._db), open_analyser("bigram"), HashEmbedder(32)) == 3
    assert {row.vector.shape for row in store.rows() if row.vector is not None} == {(32,)}


def test_a_store_that_is_indexed_anew_meanwhile_takes_no_vectors_of_the_former_embedder(
    store: DocumentStore, folder: Path
) -> None:
    class Slow(HashEmbedder):
        """While it works, another process indexes the store anew."""

        def embed_passages(self, texts, progress=None):
            other = HashEmbedder()
            other.name = "other@2"
            switch_to_beside(store, Beside(store._db), open_analyser("bigram"), other)
            return super().embed_passages(texts, progress)

    with pytest.raises(IndexMismatch, match="other@2"):
        run(store, folder, embedder=Slow())
    assert ids(store) == []


def test_a_path_that_is_not_there_is_an_error_and_nothing_is_added(store: DocumentStore, folder: Path) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        run(store, folder, folder / "nowhere")
    assert ids(store) == []


class _Watching(Silent):
    """Counts, from another connection, what is on disk whenever a document is said to be added."""

    def __init__(self, database: Path) -> None:
        self._store = DocumentStore(Database(database))
        self.seen: list[int] = []

    def start(self, what: str, total: int) -> None:
        self._storing = what == "Adding documents"

    def advance(self, steps: int = 1, note: str = "") -> None:
        if self._storing:
            self.seen.append(len(self._store.documents()))


def test_a_document_counts_as_added_when_its_batch_is_on_disk(
    store: DocumentStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDTUNE_LANG", "en")
    monkeypatch.setattr("groundtune.knowledge.add.BATCH_PASSAGES", 3)
    for number in range(7):
        (tmp_path / f"{number}.md").write_text(f"# Note {number}\n\nOne passage.")
    watching = _Watching(tmp_path / "store.sqlite")
    assert len(run(store, *sorted(tmp_path.glob("*.md")), progress=watching).added) == 7
    assert watching.seen == [3, 3, 3, 6, 6, 6, 7]


def test_a_row_with_half_a_character_is_named_and_the_rows_beside_it_go_in(
    store: DocumentStore, tmp_path: Path
) -> None:
    rows = [
        {"id": "a", "text": "one"},
        {"id": "b", "text": "half a \udc41 character"},
        {"id": "c", "text": "three", "author": "half a \udc41 name"},
        {"id": "d", "text": "four", "readers": ["\udc41"]},
        {"id": "e", "text": "five"},
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    report = run(store, tmp_path / "rows.jsonl")
    assert (report.added, [refusal.line for refusal in report.refused]) == (["a", "e"], [2, 3, 4])
    assert ids(store) == ["a", "e"]


def test_a_batch_that_the_store_refuses_leaves_nothing_of_itself(
    store: DocumentStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, calls = DocumentStore.put, []

    def fail_at_the_second(self: DocumentStore, *arguments: object, **options: object) -> int:
        calls.append(1)
        if len(calls) == 2:
            raise StoreError("disk full")
        return put(self, *arguments, **options)

    monkeypatch.setattr(DocumentStore, "put", fail_at_the_second)
    with pytest.raises(StoreError):
        run(store, folder)
    assert ids(store) == []


def test_what_was_refused_is_listed_until_it_goes_in_or_is_gone(store: DocumentStore, folder: Path) -> None:
    bad = folder / "bad.md"
    bad.write_bytes(b"")
    (folder / "gone.md").write_bytes(b"a\0b")
    run(store, folder)
    first = store.refusals.all()
    assert [Path(row.path).name for row in first] == ["bad.md", "gone.md"]
    assert first[0].sha256 == hashlib.sha256(b"").hexdigest()
    run(store, folder)
    assert store.refusals.all() == first, "looked at again, it was refused when it was first refused"
    run(store, folder / "travel.md", prune=True)
    assert store.refusals.all() == first, "other files than these were added"
    bad.write_text("# Mended")
    (folder / "gone.md").unlink()
    run(store, folder)
    assert store.refusals.all() == []


def test_nothing_is_told_of_the_text_of_a_document_that_did_not_go_in(store: DocumentStore, folder: Path) -> None:
    for name in ("one", "two"):
        (folder / name).mkdir()
        (folder / name / "a.pptx").write_bytes(files.pptx([(name, "words"), ("x", "no")], hidden=[2]))
    run(store, folder / "one")
    report = run(store, folder / "two")
    assert [Path(refusal.path).name for refusal in report.refused] == ["a.pptx"]
    assert report.notices == []


def test_where_a_text_stands_in_its_file_is_kept_with_each_passage(store: DocumentStore, folder: Path) -> None:
    slides = [("One", "word " * 400), ("Two", "other " * 400)]
    (folder / "a.pptx").write_bytes(files.pptx([*slides, ("x", "no")], hidden=[3]))
    report = run(store, folder / "a.pptx")
    assert [notice.notice for notice in report.notices] == ["Slide 3 is hidden and was left out."]
    (revision,) = store.revisions("a.pptx")
    assert revision.notices == ("Slide 3 is hidden and was left out.",)
    ids = [row.passage_id for row in store.rows("a.pptx")]
    passages = store.passages(ids, reader=EVERYBODY, as_of=None).values()
    assert {("word" in passage.text, *(at.name for at in passage.locations)) for passage in passages} == {
        (True, "1"),
        (False, "2"),
    }
    assert [at.name for at in revision.locations_of(0, len(revision.text))] == ["1", "2"]
    assert run(store, folder / "a.pptx").unchanged == ["a.pptx"]
