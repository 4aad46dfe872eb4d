"""Labelled data checked from the command line."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from groundtune.cli import root


def test_a_file_without_one_good_row_has_each_bad_one_named(tmp_path: Path) -> None:
    file = tmp_path / "short.csv"
    file.write_text("text,label\n,a\n,b\none,\ntwo,c,d\n")
    environment = {"GROUNDTUNE_LANG": "en"}
    told = CliRunner().invoke(root, ["data", "check", str(file)], env=environment)
    assert told.exit_code == 3
    assert all(f"line {number}:" in told.output for number in (4, 5)), told.output
    found = CliRunner().invoke(root, ["data", "check", str(file), "--json"], env=environment)
    assert found.exit_code == 3
    payload = json.loads(found.stdout)
    assert [problem["lines"] for problem in payload["problems"]] == [[2], [3], [4], [5]]
    assert (payload["split"], payload["cannot_be_split"]) == (None, "No row can be used.")


def test_a_folder_is_named_as_such(tmp_path: Path) -> None:
    result = CliRunner().invoke(root, ["data", "check", str(tmp_path)], env={"GROUNDTUNE_LANG": "en"})
    assert "This is a folder" in str(result.exception)
