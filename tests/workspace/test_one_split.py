"""What is checked, tuned and compared is one split: the version that was measured is the one that is served."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from groundtune.cli import main
from groundtune.comparison.tasks import Task, read_task
from groundtune.errors import UsageError
from groundtune.tuning.prepare import prepare
from groundtune.workspace import Workspace
from tests.workspace.test_classify_arms import classify_task


def test_tuning_on_a_file_and_comparing_a_task_on_it_split_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    task = classify_task(tmp_path)
    tuned: list[Task] = []

    def stops(workspace: Workspace, task: Task, *_: object, **__: object) -> None:
        tuned.append(task)
        raise UsageError("far enough")

    monkeypatch.setattr(Workspace, "tune", stops)
    main(["init", str(tmp_path / "ws")])
    with pytest.raises(SystemExit):
        main(["tune", "--data", str(tmp_path / "rows.jsonl"), "-w", str(tmp_path / "ws")])
    capsys.readouterr()
    main(["data", "check", str(tmp_path / "rows.jsonl"), "--json"])
    checked = json.loads(capsys.readouterr().out)["split"]["hash"]
    assert {prepare(found)[1].hash for found in (tuned[0], read_task(task.path))} == {checked}
    assert tuned[0].name == task.name
