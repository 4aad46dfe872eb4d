"""A pack's sample goes into a workspace as a copy, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from groundtune.cli import root
from groundtune.comparison.tasks import read_task
from groundtune.errors import UsageError
from groundtune.packs import open_pack


def init(folder: Path, *options: str) -> None:
    CliRunner().invoke(root, ["init", str(folder), "--pack", "hr", *options], catch_exceptions=False)


def test_the_sample_is_copied_with_all_that_its_tasks_need(tmp_path: Path) -> None:
    sample = open_pack("hr").sample
    assert sample is not None
    init(tmp_path / "mine", "--sample")
    copied = sorted(file.name for file in (tmp_path / "mine" / "handbook").rglob("*.md"))
    assert copied == sorted(file.name for file in sample.documents.rglob("*.md"))
    for name in (sample.answer_task, sample.classify_task):
        assert read_task(tmp_path / "mine" / "tasks" / f"{name}.toml").name == name


def test_no_sample_comes_unasked(tmp_path: Path) -> None:
    init(tmp_path / "mine")
    assert not (tmp_path / "mine" / "tasks").exists()


def test_nothing_is_made_where_a_file_of_the_readers_would_be_written_over(tmp_path: Path) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "own.toml").write_text("mine", "utf-8")
    with pytest.raises(UsageError):
        init(tmp_path, "--sample")
    assert [path.name for path in tmp_path.iterdir()] == ["tasks"]
    assert (tmp_path / "tasks" / "own.toml").read_text("utf-8") == "mine"
