"""Another embedder: built beside, measured on both, switched to in one step; killed anywhere, the old or the new."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from groundtune.comparison.retrieval import RetrievalCase
from groundtune.errors import Stopped, UnknownName, UsageError
from groundtune.knowledge.audit import audit
from groundtune.settings import load_settings
from groundtune.workspace import Workspace
from groundtune.workspace.switching import Switch, discard_unfinished, in_use, reindex
from tests.storage.test_killed_at_every_step import killed_before
from tests.workspace import small

CASES = [
    RetrievalCase("parking", "What does a monthly parking permit cost?", ("parking",)),
    RetrievalCase("library", "When has a library book to come back?", ("library#0",)),
    RetrievalCase("gym", "When does the gym open on weekdays?", ("gym",)),
]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return small.workspace(tmp_path)


def again(workspace: Workspace) -> Workspace:
    """As another process opens it."""
    return Workspace(load_settings(workspace.settings.root))


def answers_with(workspace: Workspace) -> str:
    """The embedder whose vectors a new process searches, after a search that must find; all of them, or none."""
    opened = again(workspace)
    assert opened.searcher.search("gym opens", k=1)[0].passage.document_id == "gym"
    assert audit(opened.store, opened.index).clean
    dimensions = {len(row.vector) for row in opened.store.rows() if row.vector is not None}
    format = opened.store.format()
    assert format is not None
    assert dimensions == {format.dimension}
    assert opened.embedder.name == format.embedder
    return format.embedder


def test_until_the_switch_the_old_embedder_answers_and_then_the_new_one(workspace: Workspace) -> None:
    switch = Switch(workspace, embedder="fake:hash32")
    rooms = switch.build()
    assert rooms.beside.passages == rooms.present.passages == 3
    assert answers_with(workspace) == "fake:hash64@1"
    assert switch.make() == 3
    assert answers_with(workspace) == "fake:hash32@1"
    assert workspace.searcher.search("gym opens", k=1)[0].passage.document_id == "gym", "in the same process, too"


def test_both_are_measured_on_the_same_cases_before_anything_is_switched(workspace: Workspace) -> None:
    switch = Switch(workspace, embedder="fake:hash32")
    switch.build()
    change = switch.measure(CASES, k=3)
    assert [arm.arm for arm in change.arms][:2] == ["dense", "hybrid"]
    assert change.arm("hybrid").before.n == change.arm("hybrid").after.n == 3
    assert change.arm("hybrid").after.recall.value == 1.0
    assert change.arm("hybrid").recall.value == 0.0
    assert not change.better
    assert answers_with(workspace) == "fake:hash64@1"


def test_a_case_that_names_a_passage_means_the_same_words_in_an_index_that_cuts_otherwise(tmp_path: Path) -> None:
    long = " ".join(f"Rule number {n} says something about desks." for n in range(300))
    workspace = small.workspace(tmp_path, pages=small.PAGES | {"desks": f"{long} The last rule is about zebras."})
    question = "The last rule is about zebras."
    old = workspace.searcher.search(question, k=1, legs="lexical")[0].passage
    assert old.ordinal > 0
    switch = Switch(workspace, embedder="fake:hash32")
    switch.embedder.window = 120  # type: ignore[misc]
    switch.build()
    new = switch.searcher.search(question, k=1, legs="lexical")[0].passage
    assert new.ordinal > old.ordinal
    change = switch.measure([RetrievalCase("z", question, (old.name,))], k=3)
    assert change.arm("hybrid").after.recall.value == 1.0


def test_what_is_not_wanted_leaves_nothing(workspace: Workspace) -> None:
    before = workspace.store.position()
    switch = Switch(workspace, embedder="fake:hash32")
    switch.build()
    switch.leave()
    assert workspace.store.position() == before
    assert answers_with(workspace) == "fake:hash64@1"
    assert discard_unfinished(workspace) is None


def test_a_stopped_build_goes_on_where_it_stopped(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groundtune.knowledge.reindex.BATCH_PASSAGES", 1)
    stop = threading.Event()

    class StopsAtOnce:
        def start(self, what: str, total: int) -> None: ...

        def advance(self, steps: int = 1, note: str = "") -> None:
            stop.set()

        def finish(self) -> None: ...

    with pytest.raises(Stopped, match="same command"):
        Switch(workspace, embedder="fake:hash32").build(StopsAtOnce(), stop)
    room = discard_unfinished(again(workspace))
    assert room is not None
    assert room.passages == 1
    stop.clear()
    with pytest.raises(Stopped):
        Switch(workspace, embedder="fake:hash32").build(StopsAtOnce(), stop)
    embedded: list[str] = []
    switch = Switch(again(workspace), embedder="fake:hash32")
    embed = switch.embedder.embed_passages
    switch.embedder.embed_passages = lambda texts, progress=None: embed(embedded.extend(texts) or texts, progress)  # type: ignore[method-assign,func-returns-value]
    switch.build()
    assert len(embedded) == 2


def test_documents_that_come_while_it_is_built_are_switched_too(workspace: Workspace, tmp_path: Path) -> None:
    switch = Switch(workspace, embedder="fake:hash32")
    switch.build()
    (tmp_path / "pages" / "canteen.md").write_text("# Canteen\n\nLunch is served at noon.", "utf-8")
    again(workspace).add([tmp_path / "pages"])
    assert switch.make() == 4
    assert again(workspace).searcher.search("lunch at noon", k=1)[0].passage.title == "Canteen"


def test_the_later_word_counts_the_settings_or_the_switch(workspace: Workspace) -> None:
    switch = Switch(workspace, embedder="fake:hash32")
    switch.build()
    switch.make()
    assert in_use(again(workspace), "embedder") == "fake:hash32"
    (workspace.settings.root / "groundtune.toml").write_text('embedder = "fake:hash16"\nanalyser = "bigram"\n')
    later = again(workspace)
    assert in_use(later, "embedder") == "fake:hash16"
    assert reindex(later) == 3
    assert answers_with(later) == "fake:hash16@1"


def test_an_embedder_that_is_not_there_is_named_and_nothing_is_built(workspace: Workspace) -> None:
    with pytest.raises(UnknownName, match="nobody"):
        Switch(workspace, embedder="nobody")
    assert discard_unfinished(workspace) is None


def test_an_index_that_something_else_made_is_not_measured_but_can_be_replaced(workspace: Workspace) -> None:
    (workspace.settings.root / "groundtune.toml").write_text('embedder = "fake:hash16"\nanalyser = "bigram"\n')
    later = again(workspace)
    switch = Switch(later, embedder="fake:hash32")
    with pytest.raises(UsageError, match=r"fake:hash64@1.*fake:hash16@1"):
        switch.check_present()
    switch.build()
    switch.make()
    assert answers_with(later) == "fake:hash32@1"


def test_a_disk_without_room_for_both_is_told_before_anything_is_built(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: os.statvfs_result((0,) * 10) and _Full())
    with pytest.raises(UsageError, match="MB are free"):
        Switch(workspace, embedder="fake:hash32").build()
    assert discard_unfinished(workspace) is None


class _Full:
    free = 10


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the process that is killed is forked")
def test_killed_before_any_statement_the_old_or_the_new_one_answers_whole(tmp_path: Path) -> None:
    seen = []
    for step in range(1, 400, 3):
        workspace = small.workspace(tmp_path / f"{step}")
        root = workspace.settings.root
        workspace.database.close()

        def work(count: Callable[[], None], root: Path = root) -> None:
            opened = Workspace(load_settings(root))
            opened.database.connection.set_trace_callback(lambda _: count())
            switch = Switch(opened, embedder="fake:hash32")
            switch.build()
            switch.make()

        killed = killed_before(step, work)
        seen.append(answers_with(again(workspace)))
        if not killed:
            break
    assert (seen[0], seen[-1]) == ("fake:hash64@1", "fake:hash32@1")
    assert seen == sorted(seen, reverse=True), "first the old one, then the new one"
    assert len(seen) > 10
