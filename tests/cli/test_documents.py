"""Documents from the command line: add, list, show, search, measure, delete, index anew."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from groundtune.cli import main, root
from groundtune.errors import UnknownName
from tests.knowledge.formats import files


class Terminal:
    """Runs commands in one workspace with the word-hashing embedder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workspace = folder / "ws"
        self("init", str(self.workspace), workspace=False)

    def __call__(self, *arguments: str, workspace: bool = True, input: str | None = None) -> Result:
        environment = {"GROUNDTUNE_EMBEDDER": "fake:hash", "GROUNDTUNE_ANALYSER": "bigram", "GROUNDTUNE_LANG": "en"}
        where = ["--workspace", str(self.workspace)] if workspace else []
        return CliRunner().invoke(root, [*arguments, *where], env=environment, input=input)

    def json(self, *arguments: str) -> dict[str, Any]:
        result = self(*arguments, "--json")
        assert result.exit_code == 0, result.output
        payload: dict[str, Any] = json.loads(result.stdout)
        return payload


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "leave.md").write_text("# Leave\n\n## Annual\n\nFifteen days of annual leave.")
    (docs / "travel.md").write_text("# Travel\n\nBusiness trips go by train.")
    terminal = Terminal(tmp_path)
    assert terminal("add", str(docs)).exit_code == 0
    return terminal


def test_adding_says_what_became_of_each_document(terminal: Terminal) -> None:
    (terminal.folder / "docs" / "bad.md").write_bytes(b"")
    result = terminal("add", str(terminal.folder / "docs"), "--json")
    assert result.exit_code == 3, "one file could not be taken, though the others were"
    added = json.loads(result.stdout)
    assert added["schema"] == "groundtune.add/1"
    assert added["report"]["unchanged"] == ["leave.md", "travel.md"]
    assert added["report"]["refused"][0]["reason"] == "The file is empty."


@pytest.mark.parametrize("name", ["old.doc", "old.XLS", "old.ppt", "letter.rtf", "letter.odt", "mail.msg"])
def test_a_document_of_a_kind_that_is_not_read_is_refused_by_name(terminal: Terminal, name: str) -> None:
    starts = {".rtf": b"{\\rtf1 Fifteen days", ".odt": b"PK\x03\x04Fifteen days"}
    start = starts.get(Path(name).suffix, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1Fifteen days")
    (terminal.folder / "docs" / name).write_bytes(start)
    result = terminal("add", str(terminal.folder / "docs"))
    assert result.exit_code == 3
    assert f"{name}: " in result.stderr


def test_files_that_are_passed_over_are_named(terminal: Terminal) -> None:
    (terminal.folder / "docs" / "notes.xyz").write_text("Fifteen days")
    result = terminal("add", str(terminal.folder / "docs"))
    assert result.exit_code == 0
    assert "1 file of another kind was passed over:" in result.stdout
    assert str(terminal.folder / "docs" / "notes.xyz") in result.stdout


def test_adding_counts_documents_and_their_revisions(terminal: Terminal) -> None:
    (terminal.folder / "docs" / "a.md").write_text("---\nid: pay\neffective_from: 2024-01-01\n---\nPaid on the 5th.")
    (terminal.folder / "docs" / "b.md").write_text("---\nid: pay\neffective_from: 2025-01-01\n---\nPaid on the 9th.")
    result = terminal("add", str(terminal.folder / "docs"))
    assert result.stdout.startswith(
        "1 document added, 0 updated, 2 unchanged, 0 removed; 2 new revisions, 2 new passages."
    )


def test_a_link_that_leads_nowhere_is_named(terminal: Terminal) -> None:
    (terminal.folder / "docs" / "dangling.md").symlink_to(terminal.folder / "gone.md")
    result = terminal("add", str(terminal.folder / "docs"))
    assert result.exit_code == 3
    assert "dangling.md: The file can't be read" in result.output


def test_a_search_for_nothing_is_refused(terminal: Terminal) -> None:
    assert "empty" in str(terminal("search", "   ").exception)


def test_adding_nothing_but_bad_files_fails(terminal: Terminal) -> None:
    (terminal.folder / "bad.md").write_bytes(b"")
    result = terminal("add", str(terminal.folder / "bad.md"))
    assert result.exit_code == 3
    assert "The file is empty." in result.output


def test_a_search_shows_where_each_passage_stands(terminal: Terminal) -> None:
    result = terminal("search", "annual leave")
    assert "1. Leave › Annual" in result.output
    assert "leave.md#0" in result.output


def test_a_search_for_programs_names_passages_and_offsets(terminal: Terminal) -> None:
    found = terminal.json("search", "annual leave", "-k", "1")
    (hit,) = found["hits"]
    assert (found["schema"], hit["passage"], hit["heading_path"]) == ("groundtune.search/1", "leave.md#0", ["Annual"])
    assert hit["text"].endswith("annual leave.")


def test_documents_are_listed_and_shown(terminal: Terminal) -> None:
    assert [document["id"] for document in terminal.json("documents", "list")["documents"]] == ["leave.md", "travel.md"]
    assert terminal.json("documents", "show", "leave.md")["revisions"][0]["title"] == "Leave"
    assert "by train" in terminal("documents", "show", "travel.md", "--text").output
    assert "by train" not in terminal("documents", "list").output


def test_a_document_that_is_not_there_is_named(terminal: Terminal) -> None:
    result = terminal("documents", "show", "nothing.md")
    assert "nothing.md" in str(result.exception)


def test_the_nearest_names_are_given_for_one_that_is_not_there(terminal: Terminal) -> None:
    (terminal.folder / "docs" / "pay-bands-2026.md").write_text("Paid on the 5th.")
    terminal("add", str(terminal.folder / "docs"))
    said = str(terminal("documents", "show", "leaves.md").exception)
    assert "leave.md" in said
    assert "pay-bands" not in said
    assert "groundtune documents list" in said


def test_the_list_shows_what_is_in_force_and_when_the_next_revision_is(terminal: Terminal) -> None:
    for name, day, title in (("a", "2020-01-01", "Pay"), ("b", "2999-01-01", "Pay to come")):
        text = f"---\nid: pay\ntitle: {title}\neffective_from: {day}\n---\nPaid on the 5th."
        (terminal.folder / "docs" / f"{name}.md").write_text(text)
    terminal("add", str(terminal.folder / "docs"))
    (pay,) = (row for row in terminal.json("documents", "list")["documents"] if row["id"] == "pay")
    assert (pay["title"], pay["effective_from"], pay["next_from"]) == ("Pay", "2020-01-01", "2999-01-01")
    assert (pay["revisions"], pay["passages"]) == (2, 1)
    assert "2020-01-01, next 2999-01-01" in terminal("documents", "list").stdout


def test_a_revisions_last_day_is_not_told_as_if_it_were_in_force(terminal: Terminal) -> None:
    text = "---\neffective_from: 2024-01-01\neffective_to: 2026-03-01\n---\nPaid on the 5th."
    (terminal.folder / "docs" / "pay.md").write_text(text)
    terminal("add", str(terminal.folder / "docs"))
    assert "in force from 2024-01-01, before 2026-03-01" in terminal("documents", "show", "pay.md").stdout


def test_groups_are_named_one_by_one_or_separated_by_commas(terminal: Terminal) -> None:
    for name in ("hr", "managers"):
        text = f"---\nreaders: {name}\n---\nSecret pay bands."
        (terminal.folder / "docs" / f"{name}.md").write_text(text)
    terminal("add", str(terminal.folder / "docs"))

    def found(*options: str) -> set[str]:
        hits = terminal.json("search", "Secret pay bands", *options)["hits"]
        return {hit["document_id"] for hit in hits} & {"hr.md", "managers.md"}

    assert found() == set()
    assert found("--group", "hr") == {"hr.md"}
    assert found("--group", "managers, hr") == found("--group", "hr", "--group", "managers") == {"hr.md", "managers.md"}


def test_no_bar_is_drawn_where_nobody_sees_it(terminal: Terminal) -> None:
    (terminal.folder / "docs" / "pay.md").write_text("Paid on the 5th.")
    said = terminal("add", str(terminal.folder / "docs")).stderr
    assert "\r" not in said
    assert said.splitlines() == ["Reading: 3/3", "Adding documents: 1/1"]


def test_a_deleted_document_is_gone_from_search(terminal: Terminal) -> None:
    assert terminal("documents", "delete", "leave.md", "--yes").exit_code == 0
    hits = terminal.json("search", "annual leave")["hits"]
    assert [hit["document_id"] for hit in hits] == ["travel.md"]


def test_a_document_named_twice_is_deleted_once_and_an_unknown_one_stops_all(terminal: Terminal) -> None:
    assert isinstance(terminal("documents", "delete", "leave.md", "nothing.md", "--yes").exception, UnknownName)
    assert len(terminal.json("documents", "list")["documents"]) == 2
    assert terminal.json("documents", "delete", "leave.md", "leave.md", "--yes")["deleted"] == ["leave.md"]
    assert [document["id"] for document in terminal.json("documents", "list")["documents"]] == ["travel.md"]


def test_a_deletion_that_is_not_confirmed_changes_nothing(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    with pytest.raises(SystemExit) as stopped:
        main(["documents", "delete", "leave.md", "--workspace", str(terminal.workspace)])
    assert stopped.value.code == 130
    assert len(terminal.json("documents", "list")["documents"]) == 2


def test_indexing_anew_keeps_every_passage(terminal: Terminal) -> None:
    assert terminal.json("reindex")["passages"] == 2
    assert terminal.json("search", "annual leave", "-k", "1")["hits"][0]["document_id"] == "leave.md"


def test_retrieval_is_measured_per_leg_with_ranks_and_intervals(terminal: Terminal) -> None:
    cases = terminal.folder / "cases.jsonl"
    rows = [
        {"id": "a", "question": "How much annual leave?", "relevant": ["leave.md"]},
        {"id": "b", "question": "Do trips go by train?", "relevant": ["travel.md#0"]},
        {"id": "c", "question": "Parking?", "relevant": ["parking.md"]},
    ]
    cases.write_text("\n".join(map(json.dumps, rows)))
    measured = terminal.json("eval", "retrieval", str(cases), "-k", "1")
    assert [arm["arm"] for arm in measured["arms"]] == ["lexical", "dense", "hybrid"]
    assert measured["unknown_relevant"] == ["parking.md"]
    hybrid = measured["arms"][2]
    assert hybrid["recall"]["value"] == pytest.approx(2 / 3)
    assert [case["rank"] for case in hybrid["cases"]] == [1, 1, None]
    assert "recall@1" in terminal("eval", "retrieval", str(cases), "-k", "1").output


def test_what_was_refused_can_be_listed(terminal: Terminal) -> None:
    (terminal.folder / "docs" / "bad.md").write_bytes(b"")
    terminal("add", str(terminal.folder / "docs"))
    listed = terminal.json("documents", "refused")
    assert listed["schema"] == "groundtune.refused/1"
    assert [(Path(row["path"]).name, row["reason"]) for row in listed["refused"]] == [("bad.md", "The file is empty.")]
    assert "bad.md" in terminal("documents", "refused").output


def test_the_page_is_shown_beside_what_was_found(terminal: Terminal) -> None:
    path = terminal.folder / "a.pptx"
    path.write_bytes(files.pptx([("Leave", "x"), ("Parking", "The garage closes at midnight.")]))
    terminal("add", str(path))
    assert terminal.json("search", "garage closes")["hits"][0]["locations"] == [{"kind": "slide", "name": "2"}]
    assert "slide 2" in terminal("search", "garage closes").output
    assert "slide 2" in terminal("ask", "When does the garage close?", "--model", "extractive").output


def test_another_embedder_is_measured_asked_for_and_switched_to(terminal: Terminal) -> None:
    cases = terminal.folder / "cases.jsonl"
    rows = [("How many days of annual leave?", "leave.md"), ("How do business trips go?", "travel.md")]
    cases.write_text("".join(json.dumps({"question": q, "relevant": [name]}) + "\n" for q, name in rows))
    said = terminal("reindex", "--embedder", "fake:hash32", "--cases", str(cases), input="n\n")
    assert said.exit_code == 0
    assert "Difference, 95 %" in said.stdout
    assert "Nothing was switched" in said.stdout
    told = terminal.json("reindex", "--embedder", "fake:hash32", "--cases", str(cases), "--yes")
    assert told["schema"] == "groundtune.reindex/1"
    assert (told["switched"], told["embedder"], told["passages"]) == (True, "fake:hash32", 2)
    assert {arm["arm"] for arm in told["change"]["arms"]} >= {"dense", "hybrid"}
    assert terminal.json("search", "annual leave", "-k", "1")["hits"][0]["document_id"] == "leave.md"
    assert terminal.json("reindex", "--discard")["discarded"] is None
