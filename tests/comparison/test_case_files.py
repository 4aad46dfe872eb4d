"""Rows are added to a file of cases whole, once, and without harm to what it holds."""

import json
import os
from pathlib import Path

import pytest

from groundtune.comparison.case_files import append_rows
from groundtune.comparison.retrieval import read_retrieval_cases
from groundtune.errors import BadData

ROW = {"id": "a1", "question": "Is there a gym?", "relevant": ["gym#0"], "as_of": "2026-06-01"}


def test_rows_go_behind_what_is_there_to_the_letter(tmp_path: Path) -> None:
    path = tmp_path / "new" / "cases.jsonl"
    path.parent.mkdir()
    by_hand = '{"question":  "수영장은 언제 여나요?", "relevant": ["pool"]}\n\n'
    path.write_text(by_hand.rstrip("\n"), "utf-8")
    path.chmod(0o640)
    added, known = append_rows(path, [ROW])
    assert (added, known) == ([ROW], [None])
    assert path.read_text("utf-8") == by_hand.rstrip("\n") + "\n" + json.dumps(ROW) + "\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [case.question for case in read_retrieval_cases(path)] == ["수영장은 언제 여나요?", "Is there a gym?"]


def test_a_row_is_there_already_however_it_is_spelt_but_not_for_other_readers_or_days(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    other_day, other_group = ROW | {"id": "2", "as_of": "2026-07-01"}, ROW | {"id": "3", "groups": ["staff"]}
    append_rows(path, [ROW])
    respelt = ROW | {"id": "4", "question": "  is there a  GYM"}
    added, known = append_rows(path, [respelt, other_day, other_day, other_group])
    assert (added, known) == ([other_day, other_group], [1, None, 0, None])


def test_a_file_that_is_no_jsonl_is_named_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text("question,relevant\n", "utf-8")
    with pytest.raises(BadData, match=r"cases\.jsonl:1"):
        append_rows(path, [ROW])
    assert path.read_text("utf-8") == "question,relevant\n"


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cases.jsonl"
    append_rows(path, [ROW])

    def full(handle: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        append_rows(path, [ROW | {"question": "Another?"}])
    assert [file.name for file in tmp_path.iterdir()] == ["cases.jsonl"]
    assert path.read_text("utf-8").count("\n") == 1
