"""What is saved in a watched place is found, what is deleted there is gone, and trouble ends nothing."""

from __future__ import annotations

import os
import queue
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from groundtune.errors import IndexMismatch, UsageError
from groundtune.settings import load_settings
from groundtune.types import EVERYBODY
from groundtune.workspace import Workspace
from groundtune.workspace.telling import Event
from groundtune.workspace.watching import watch
from tests.knowledge.remote.file_server import Files, Reply, serving

PATIENCE_SECONDS = 20


class Watching:
    """`watch` in a thread of its own, and what it tells."""

    def __init__(self, stop: threading.Event) -> None:
        self.stop = stop
        self.events: queue.Queue[Event | BaseException] = queue.Queue()

    def next(self) -> tuple[str, str | None]:
        """Kind, and document or file."""
        event = self.events.get(timeout=PATIENCE_SECONDS)
        if isinstance(event, BaseException):
            raise event
        return event.kind, event.document or (Path(event.source).name if event.source else None)

    def until(self, kind: str) -> list[tuple[str, str | None]]:
        """Everything up to the first event of this kind."""
        told = [self.next()]
        while told[-1][0] != kind:
            told.append(self.next())
        return told


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDTUNE_LANG", "en")
    monkeypatch.setattr("groundtune.knowledge.settling.LONG_QUIET_SECONDS", 0.3)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    Workspace.create(tmp_path / "ws")
    (tmp_path / "ws" / "groundtune.toml").write_text('embedder = "fake:hash"\nanalyser = "bigram"\n', "utf-8")
    return tmp_path / "ws"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "handbook"
    (folder / "leave").mkdir(parents=True)
    (folder / "leave" / "annual.md").write_text("# Annual leave\n\nFifteen days.")
    (folder / "travel.md").write_text("# Travel\n\nBy train.")
    return folder


@contextmanager
def watching(root: Path, *places: Path | str, **options: object) -> Iterator[Watching]:
    stop = threading.Event()
    watched = Watching(stop)

    def run() -> None:
        try:
            watch(Workspace(load_settings(root)), places, stop=stop, tell=watched.events.put, **options)  # type: ignore[arg-type]
        except BaseException as error:
            watched.events.put(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield watched
    finally:
        stop.set()
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


def test_what_is_saved_is_found_by_a_search_that_runs_already_and_what_is_deleted_is_gone(
    root: Path, folder: Path
) -> None:
    searching = Workspace(load_settings(root)).searcher

    def found(words: str) -> set[str]:
        hits = searching.search(words, reader=EVERYBODY, as_of=date.today(), k=1, legs=("lexical",))
        return {hit.passage.document_id for hit in hits if words in hit.passage.text}

    with watching(root, folder) as watched:
        assert watched.until("watching") == [
            ("added", "leave/annual.md"),
            ("added", "travel.md"),
            ("watching", None),
        ]
        assert found("train") == {"travel.md"}
        (folder / "travel.md").write_text("# Travel\n\nBy bicycle.")
        assert watched.next() == ("updated", "travel.md")
        assert found("bicycle") == {"travel.md"}
        (folder / "leave" / "sick.md").write_text("# Sick leave\n\nTell us by noon.")
        assert watched.next() == ("added", "leave/sick.md")
        (folder / "travel.md").unlink()
        assert watched.next() == ("removed", "travel.md")
        assert found("bicycle") == set()
    assert watched.next() == ("ended", None)


def test_a_document_of_two_files_is_followed_through_both(root: Path, folder: Path) -> None:
    for year in (2024, 2025):
        (folder / f"pay-{year}.md").write_text(f"---\nid: pay\neffective_from: {year}-01-01\n---\nPay of {year}.")
    with watching(root, folder) as watched:
        watched.until("watching")
        (folder / "pay-2025.md").unlink()
        for vehicle in ("bus", "boat"):  # by then the delete has come to rest, and told nothing
            (folder / "travel.md").write_text(f"By {vehicle}.")
            assert watched.next() == ("updated", "travel.md")
        (folder / "pay-2024.md").unlink()
        assert watched.next() == ("removed", "pay")


def test_rows_that_leave_their_file_go_and_those_of_other_files_stay(root: Path, folder: Path) -> None:
    rows = folder / "rows.jsonl"
    rows.write_text('{"id": "a", "text": "one"}\n{"id": "b", "text": "two"}\n')
    with watching(root, folder) as watched:
        watched.until("watching")
        rows.write_text('{"id": "b", "text": "two, changed"}\n')
        assert [watched.next(), watched.next()] == [("updated", "b"), ("removed", "a")]


def test_a_bad_file_is_told_of_once_and_goes_in_when_it_is_mended(root: Path, folder: Path) -> None:
    with watching(root, folder) as watched:
        watched.until("watching")
        (folder / "bad.md").write_bytes(b"a\0b")
        assert watched.next() == ("refused", "bad.md")
        (folder / "travel.md").write_text("By bus.")
        assert watched.next() == ("updated", "travel.md")
        (folder / "bad.md").write_text("# Good\n\nWords.")
        assert watched.next() == ("added", "bad.md")


def test_the_last_file_of_a_folder_goes_but_not_the_folder_with_all_of_them(root: Path, folder: Path) -> None:
    with watching(root, folder) as watched:
        watched.until("watching")
        for path in (folder / "travel.md", folder / "leave" / "annual.md"):
            path.unlink()
        assert {watched.next(), watched.next()} == {("removed", "travel.md"), ("removed", "leave/annual.md")}
        (folder / "new.md").write_text("# New\n\nWords.")
        assert watched.next() == ("added", "new.md")
        folder.rename(folder.parent / "elsewhere")
        assert watched.next() == ("trouble", "handbook")
    assert [info.id for info in Workspace(load_settings(root)).store.documents()] == ["new.md"]


def test_a_folder_that_another_takes_the_place_of_is_not_taken_for_empty(
    root: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("groundtune.workspace.watching._AFTER_TROUBLE_SECONDS", 0.1)
    with watching(root, folder) as watched:
        watched.until("watching")
        folder.rename(folder.parent / "mounted")
        folder.mkdir()  # as an empty mount point is left
        assert watched.until("refused")[-1] == ("refused", "handbook")
        folder.rmdir()
        (folder.parent / "mounted").rename(folder)
        (folder / "travel.md").write_text("By bus.")
        assert watched.until("updated")[-1] == ("updated", "travel.md")
    assert len(Workspace(load_settings(root)).store.documents()) == 2


def test_without_pruning_what_is_deleted_stays(root: Path, folder: Path) -> None:
    with watching(root, folder, prune=False) as watched:
        watched.until("watching")
        (folder / "travel.md").unlink()
        for days in ("Sixteen", "Seventeen"):
            (folder / "leave" / "annual.md").write_text(f"{days} days.")
            assert watched.next() == ("updated", "leave/annual.md")
    assert len(Workspace(load_settings(root)).store.documents()) == 2


def test_what_happened_while_nobody_watched_is_caught_up_with(root: Path, folder: Path) -> None:
    with watching(root, folder) as watched:
        watched.until("watching")
    (folder / "travel.md").unlink()
    (folder / "leave" / "annual.md").write_text("Sixteen days.")
    with watching(root, folder) as watched:
        assert watched.until("watching") == [
            ("updated", "leave/annual.md"),
            ("removed", "travel.md"),
            ("watching", None),
        ]


def test_a_place_is_followed_once_for_a_workspace(root: Path, folder: Path) -> None:
    with watching(root, folder) as watched:
        watched.until("watching")
        with watching(root, folder / ".") as second, pytest.raises(UsageError, match=f"{os.getpid()}.*has followed"):
            second.next()
        with watching(root, folder, folder / "leave") as nested, pytest.raises(UsageError, match="lies in another"):
            nested.next()
    with watching(root, folder) as again:
        assert again.next() == ("watching", None)


def test_a_database_that_is_busy_is_tried_again_and_another_embedder_ends_it(
    root: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("groundtune.storage.database._PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr("groundtune.workspace.watching._AFTER_TROUBLE_SECONDS", 0.1)
    with watching(root, folder) as watched:
        watched.until("watching")
        other = sqlite3.connect(root / "groundtune.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        (folder / "travel.md").write_text("By bus.")
        assert watched.next() == ("trouble", "handbook")
        other.execute("COMMIT")
        assert watched.until("updated")[-1] == ("updated", "travel.md")
        other.execute("UPDATE index_format SET embedder = 'another@1'")
        (folder / "travel.md").write_text("By boat.")
        with pytest.raises(IndexMismatch):
            watched.until("updated")


def test_an_address_is_asked_now_and_then_and_a_server_that_is_away_deletes_nothing(root: Path) -> None:
    site, away = Files({"/h/leave.md": "# Leave", "/h/travel.md": "# Travel", "/h/bad.pdf": "no pdf"}), False

    def reply(path: str, headers: Mapping[str, str]) -> Reply:
        return (503, {}, b"") if away else site(path, headers)

    with serving(reply) as server:
        options = {"every_seconds": 0.2, "allowed_hosts": [server.host]}
        with watching(root, f"{server.url}/h/", **options) as watched:
            assert watched.until("watching") == [
                ("added", "leave.md"),
                ("added", "travel.md"),
                ("refused", "bad.pdf"),
                ("watching", None),
            ]
            site.files["/h/leave.md"] = b"# Leave\n\nSixteen days."
            assert watched.next() == ("updated", "leave.md")
            away = True
            assert watched.next() == ("refused", "h")
            away = False
            del site.files["/h/travel.md"]
            assert watched.until("removed")[-1] == ("removed", "travel.md")
            site.files["/h/bad.pdf"] = b"still no pdf"
            assert watched.next() == ("refused", "bad.pdf")
        fetched = [headers for path, headers in server.requests if path == "/h/bad.pdf"]
        assert sum("If-None-Match" not in headers for headers in fetched) == 1, "what is bad is not fetched each time"


def test_a_server_that_does_not_come_to_an_end_holds_nobody_up(root: Path, folder: Path) -> None:
    heard = threading.Event()

    def reply(path: str, headers: Mapping[str, str]) -> Reply:
        heard.wait(PATIENCE_SECONDS)
        return 200, {}, b"# Slow"

    with serving(reply) as server:
        with watching(root, folder, f"{server.url}/slow.md", allowed_hosts=[server.host]) as watched:
            assert {watched.next(), watched.next()} == {("added", "leave/annual.md"), ("added", "travel.md")}
            (folder / "travel.md").write_text("By bus.")
            assert watched.next() == ("updated", "travel.md")
            watched.stop.set()
            assert watched.next() == ("ended", None)
        heard.set()


def test_a_killed_watch_leaves_the_place_free_and_the_next_ends_cleanly_when_it_is_asked_to(
    root: Path, folder: Path
) -> None:
    code = "import sys; from groundtune.cli import main; main(sys.argv[1:])"

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", code, "watch", str(folder), "--workspace", str(root), "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def told(process: subprocess.Popen[str], kind: str) -> list[str]:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if f'"kind": "{kind}"' in line:
                return lines
        raise AssertionError((lines, process.communicate()))

    first = start()
    told(first, "watching")
    first.kill()
    first.communicate()
    (folder / "travel.md").write_text("By bus.")
    second = start()
    lines = told(second, "watching")
    assert '"schema": "groundtune.watch/1", "kind": "updated"' in lines[0]
    second.send_signal(signal.SIGTERM)
    rest, errors = second.communicate(timeout=PATIENCE_SECONDS)
    assert (second.returncode, errors.splitlines()) == (0, ["Reading: 2/2", "Adding documents: 1/1"])
    assert '"kind": "ended"' in rest
