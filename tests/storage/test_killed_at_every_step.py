"""A process killed before any statement, or any file operation, leaves the state before or the state after: no third.

Where the killings of test_kill9 are random, these go through all places in turn.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from groundtune.knowledge.audit import audit
from groundtune.knowledge.index import PassageIndex
from groundtune.storage.answers import AnswerStore
from groundtune.storage.beside import Beside
from groundtune.storage.database import Database
from groundtune.storage.documents import DocumentStore, IndexFormat, NewPassage
from groundtune.storage.kept import AnswerSettings, NewAnswer, PromptMessage
from groundtune.storage.rows import NewRefusal
from groundtune.types import Answer, Document, Evidence, Question, Sentence, Span

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the process that is killed is forked")

FORMAT = IndexFormat("embedder", 2, "analyser")
OTHER = IndexFormat("other", 2, "other")
TODAY = date(2026, 6, 1)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def open_store(folder: Path) -> tuple[Database, DocumentStore]:
    database = Database(folder / "groundtune.sqlite")
    return database, DocumentStore(database)


def put(store: DocumentStore, name: str, text: str) -> None:
    vector = np.array([1, 0], np.float32)
    passages = [NewPassage(Span(place, place + 1), (text, f"{place}"), vector) for place in range(3)]
    store.put(Document(name, name, text, name), passages, content_hash=text, today=TODAY)


def put_together(store: DocumentStore) -> None:
    with store.together():
        put(store, "b", "new document")
        store.delete("a")


def reindex(store: DocumentStore) -> None:
    revisions = [revision.id for info in store.documents() for revision in store.revisions(info.id)]
    beside = Beside(store._db)
    beside.begin(OTHER, "1")
    beside.put(OTHER, {i: [NewPassage(Span(0, 2), ("new",), None)] for i in revisions})
    assert beside.switch()


def refuse(store: DocumentStore) -> None:
    reasons = [NewRefusal(f"{place}.pdf", None, "damaged", None) for place in range(3)]
    store.refusals.record(["old.pdf"], reasons)


def keep_answer(store: DocumentStore, text: str = "new answer", asked_at: datetime = NOON) -> None:
    """Of document "a", in place of one of long ago."""
    revision = store.revisions("a")[0]
    quote = Evidence("a", "a", revision.id, 1, None, None, 1, (), "old text", 0, 8, passage="a#0")
    answer = Answer("what?", TODAY, text, "en", (Sentence(text, (quote, quote)), Sentence(text, (quote,))))
    settings = AnswerSettings("1", "extractive", "embedder", "analyser")
    new = NewAnswer(Question("what?", TODAY), asked_at, 1, answer, settings, (PromptMessage("user", text),))
    AnswerStore(store._db).put(new, keep_days=30)


CHANGES: dict[str, Callable[[DocumentStore], object]] = {
    "add": lambda store: put(store, "b", "new document"),
    "replace": lambda store: put(store, "a", "newer text"),
    "delete": lambda store: store.delete("a"),
    "readers": lambda store: store.set_readers("a", frozenset({"board"})),
    "together": put_together,
    "reindex": reindex,
    "refuse": refuse,
    "answer": keep_answer,
    "erase answers": lambda store: AnswerStore(store._db).erase([1]),
}


def killed_before(step: int, work: Callable[[Callable[[], None]], None]) -> bool:
    """Whether a forked process died at its `step`-th step; `work` is given what to call before each."""
    child = os.fork()
    if child == 0:
        steps = 0

        def count() -> None:
            nonlocal steps
            steps += 1
            if steps == step:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            work(count)
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the process failed by itself"
    return os.WIFSIGNALED(status)


def state(folder: Path) -> object:
    """Everything that the store holds but ids and times."""
    database, store = open_store(folder)
    try:
        assert database.connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        return (
            store.format(),
            store.last_change(),
            [(row.path, row.reason) for row in store.refusals.all()],
            [(kept.answer, kept.prompt, len(kept.sources)) for kept in AnswerStore(database).all()],
            [
                (
                    info.id,
                    info.readers,
                    [(revision.text, revision.number) for revision in store.revisions(info.id)],
                    [
                        (row.tokens, row.in_force_from, row.in_force_to, row.vector is None or row.vector.tolist())
                        for row in store.rows(info.id)
                    ],
                )
                for info in store.documents()
            ],
        )
    finally:
        database.close()


def fresh_folder(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir()
    database, store = open_store(folder)
    store.set_format(FORMAT)
    put(store, "a", "old text")
    store.refusals.record([], [NewRefusal("old.pdf", None, "hangs", None)])
    keep_answer(store, "old answer", NOON - timedelta(days=31))
    database.close()
    return folder


def steps() -> Iterator[int]:
    yield from range(1, 200)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_killed_before_any_statement_is_whole_or_not_there(tmp_path: Path, change: str) -> None:
    done = fresh_folder(tmp_path, "done")
    before = state(done)
    database, store = open_store(done)
    CHANGES[change](store)
    database.close()
    after = state(done)
    assert before != after
    found = []
    for step in steps():
        folder = fresh_folder(tmp_path, f"killed{step}")

        def work(count: Callable[[], None], folder: Path = folder) -> None:
            database, store = open_store(folder)
            database.connection.set_trace_callback(lambda _: count())
            CHANGES[change](store)

        killed = killed_before(step, work)
        found.append(state(folder))
        if not killed:
            break
    assert len(found) > 5, "the process was killed at several places"
    assert all(each in (before, after) for each in found)
    assert (found[0], found[-1]) == (before, after)


@pytest.mark.slow
def test_an_index_killed_at_any_step_of_saving_is_the_old_or_the_new(tmp_path: Path) -> None:
    folder = fresh_folder(tmp_path, "killed")
    database, store = open_store(folder)
    PassageIndex.open(store, folder / "index").save()
    database.close()
    kills = 0
    for step in steps():
        database, store = open_store(folder)
        put(store, f"d{step}", "some text")
        database.close()

        def work(count: Callable[[], None]) -> None:
            _, store = open_store(folder)
            index = PassageIndex(store, folder / "index")
            index.catch_up()
            sys.addaudithook(lambda event, _: count() if event.startswith(("open", "os.", "shutil.")) else None)
            index.save()

        killed = killed_before(step, work)
        kills += killed
        database, store = open_store(folder)
        assert audit(store, PassageIndex.open(store, folder / "index")).clean
        database.close()
        if not killed:
            break
    assert kills > 15
