"""Searching from the command line while documents come and go."""

from __future__ import annotations

from pathlib import Path

from groundtune.cli.search import with_revisions
from groundtune.errors import BadData
from groundtune.types import EVERYBODY
from tests.answering.worlds import TODAY, World, page
from tests.cli.test_documents import Terminal


def test_a_document_that_is_deleted_while_it_is_searched_for_is_passed_over(tmp_path: Path) -> None:
    world = World(tmp_path, [page("walk", "The walk starts at the fountain."), page("gym", "The gym opens at 7.")])
    hits = world.searcher.search("Where does the walk start?", as_of=TODAY)
    world.store.delete("walk")
    found = list(with_revisions(hits, world.store, EVERYBODY))
    assert [revision.document_id for _, revision in found] == ["gym"]


def test_what_was_searched_is_told_where_it_is_not_what_was_typed(tmp_path: Path) -> None:
    (tmp_path / "leave.md").write_text("# 출장 여비\n\n숙박비를 준다.", "utf-8")
    terminal = Terminal(tmp_path)
    terminal("add", str(tmp_path / "leave.md"))
    assert "Searched for: 출장 여비" in terminal("search", "ㅊㅈㅇㅂ").output
    assert terminal.json("search", "ㅊㅈㅇㅂ")["searched"] == "출장 여비"
    assert "Searched for" not in terminal("search", "출장 여비").output


def test_a_workspace_s_own_words_are_searched_and_a_bad_list_is_refused(tmp_path: Path) -> None:
    (tmp_path / "trip.md").write_text("# Trips\n\nLodging is paid.", "utf-8")
    (tmp_path / "pay.md").write_text("# Pay\n\nWages are paid.", "utf-8")
    terminal = Terminal(tmp_path)
    terminal("add", str(tmp_path / "trip.md"), str(tmp_path / "pay.md"))
    assert terminal.json("search", "inn", "--legs", "lexical")["hits"] == []
    (terminal.workspace / "synonyms.txt").write_text("inn => lodging\n", "utf-8")
    (hit,) = terminal.json("search", "inn", "--legs", "lexical")["hits"]
    assert hit["title"] == "Trips"
    (terminal.workspace / "synonyms.txt").write_text("inn\n", "utf-8")
    refused = terminal("search", "inn").exception
    assert isinstance(refused, BadData)
    assert refused.line == 1
