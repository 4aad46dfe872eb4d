"""Searching from the command line while documents come and go."""

from __future__ import annotations

from pathlib import Path

from groundtune.cli.search import with_revisions
from groundtune.types import EVERYBODY
from tests.answering.worlds import TODAY, World, page


def test_a_document_that_is_deleted_while_it_is_searched_for_is_passed_over(tmp_path: Path) -> None:
    world = World(tmp_path, [page("walk", "The walk starts at the fountain."), page("gym", "The gym opens at 7.")])
    hits = world.searcher.search("Where does the walk start?", as_of=TODAY)
    world.store.delete("walk")
    found = list(with_revisions(hits, world.store, EVERYBODY))
    assert [revision.document_id for _, revision in found] == ["gym"]
