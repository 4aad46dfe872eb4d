"""Two revisions of a document, compared from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from groundtune.cli import root
from groundtune.errors import UnknownName, UsageError


def row(day: str, hour: str, readers: list[str] | None = None) -> str:
    text = f"# Lamps\n\n## 4.2 Dusk\n\n(a) Lamps are lit at {hour}.\n(b) Glass is cleaned."
    return json.dumps({"id": "lamps", "text": text, "effective_from": day} | ({"readers": readers} if readers else {}))


def run(folder: Path, *arguments: str, language: str = "en") -> Result:
    environment = {"GROUNDTUNE_EMBEDDER": "fake:hash", "GROUNDTUNE_ANALYSER": "bigram", "GROUNDTUNE_LANG": language}
    return CliRunner().invoke(root, [*arguments, "-w", str(folder / "ws")], env=environment)


def add(folder: Path, *rows: str) -> None:
    (folder / "rows.jsonl").write_text("\n".join(rows))
    assert CliRunner().invoke(root, ["init", str(folder / "ws")]).exit_code == 0
    assert run(folder, "add", str(folder / "rows.jsonl")).exit_code == 0


def test_a_person_sees_both_dates_the_clause_and_the_marked_words(tmp_path: Path) -> None:
    add(tmp_path, row("2025-01-01", "seven"), row("2026-01-01", "eight"))
    shown = run(tmp_path, "diff", "lamps").output
    assert "1. in force from 2025-01-01" in shown
    assert "2. in force from 2026-01-01" in shown
    assert "4.2 Dusk · Section 4.2(a)\n  ~ (a) Lamps are lit at [-seven-]{+eight+}." in shown
    assert "cleaned" not in shown
    assert "변경 1건, 추가 0건, 삭제 0건입니다." in run(tmp_path, "diff", "lamps", language="ko").output


def test_the_last_two_in_time_are_compared_whenever_they_were_added(tmp_path: Path) -> None:
    add(tmp_path, row("2024-01-01", "six"), row("2026-01-01", "eight"))
    (tmp_path / "late.jsonl").write_text(row("2025-01-01", "seven"))
    assert run(tmp_path, "add", str(tmp_path / "late.jsonl")).exit_code == 0
    found = json.loads(run(tmp_path, "diff", "lamps", "--json").stdout)
    assert (found["from"]["effective_from"], found["to"]["effective_from"]) == ("2025-01-01", "2026-01-01")
    named = json.loads(run(tmp_path, "diff", "lamps", "--from", "1", "--to", "2", "--json").stdout)
    assert [words["text"] for words in named["changes"][0]["words"] if words["kind"] != "same"] == ["six", "eight"]


def test_from_the_last_revision_there_is_nothing_later_to_compare_with(tmp_path: Path) -> None:
    add(tmp_path, row("2024-01-01", "six"), row("2025-01-01", "seven"), row("2026-01-01", "eight"))
    found = json.loads(run(tmp_path, "diff", "lamps", "--from", "1", "--json").stdout)
    assert (found["from"]["number"], found["to"]["number"]) == (1, 3)
    for side in (("--from", "3"), ("--to", "1")):
        assert isinstance(run(tmp_path, "diff", "lamps", *side).exception, UsageError)


def test_who_may_not_read_a_document_learns_nothing_of_its_changes(tmp_path: Path) -> None:
    add(tmp_path, row("2025-01-01", "seven", ["keepers"]), row("2026-01-01", "eight", ["keepers"]))
    refused, unknown = run(tmp_path, "diff", "lamps"), run(tmp_path, "diff", "nothing")
    assert isinstance(refused.exception, UnknownName)
    assert str(refused.exception) == str(unknown.exception).replace("nothing", "lamps")
    assert run(tmp_path, "diff", "lamps", "--group", "keepers").exit_code == 0


def test_one_revision_alone_cannot_be_compared(tmp_path: Path) -> None:
    add(tmp_path, row("2025-01-01", "seven"))
    result = run(tmp_path, "diff", "lamps")
    assert isinstance(result.exception, UsageError)
    with pytest.raises(UnknownName, match="3"):
        raise run(tmp_path, "diff", "lamps", "--from", "3").exception or AssertionError
