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
from groundtune.workspace.classify_arms import classify_cases
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


def test_checking_a_task_shows_the_split_that_it_is_compared_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    task = classify_task(tmp_path)
    task.path.write_text(task.path.read_text("utf-8") + "test_share = 0.4\n", "utf-8")
    main(["data", "check", str(task.path), "--json"])
    shown = json.loads(capsys.readouterr().out)["split"]
    assert shown["hash"] == prepare(read_task(task.path))[1].hash
    assert {f"line-{line}" for line in shown["lines"]["test"]} == {
        case.id for case in classify_cases(read_task(task.path))
    }


def test_checking_a_task_with_a_file_of_held_out_rows_shows_what_tuning_keeps_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = [(f"w{n}a w{n}b w{n}c w{n}d w{n}e", "ab"[n % 2]) for n in range(40)]
    for name, rows in (("rows.jsonl", texts), ("held.jsonl", texts[:6])):
        lines = [json.dumps({"text": text, "label": label}) + "\n" for text, label in rows]
        (tmp_path / name).write_text("".join(lines), "utf-8")
    (tmp_path / "held.toml").write_text(
        'kind = "classify"\n[data]\nlabelled = "rows.jsonl"\ncases = "held.jsonl"\n', "utf-8"
    )
    main(["data", "check", str(tmp_path / "held.toml"), "--json"])
    held = json.loads(capsys.readouterr().out)["split"]
    assert held["hash"] == prepare(read_task(tmp_path / "held.toml"))[1].hash
