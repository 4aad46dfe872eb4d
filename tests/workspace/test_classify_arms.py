"""The arms of a classify task on a light install, with a version that must not be used, and as they are served."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from groundtune.comparison.tasks import Task, read_task
from groundtune.progress import Progress
from groundtune.storage.registry import Metric, ModelVersion
from groundtune.workspace import Workspace
from tests.workspace.small import workspace

WORDS = {"harbour": "ship crane pier", "kitchen": "pan stove soup"}


def classify_task(folder: Path, more: str = "") -> Task:
    rows = [
        {"text": f"{words} number {word} {n}", "label": label}
        for label, words in WORDS.items()
        for n in range(20)
        for word in [words.split()[n % 3]]
    ]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    path = folder / "rows.toml"
    path.write_text(f'kind = "classify"\n{more}\n[data]\nlabelled = "rows.jsonl"\n', "utf-8")
    return read_task(path)


def without(libraries: tuple[str, ...], patch: pytest.MonkeyPatch) -> None:
    """As if they were not installed."""
    for name in [*sys.modules, *libraries]:
        if name.split(".")[0] in libraries:
            patch.setitem(sys.modules, name, None)


def test_a_light_install_compares_what_it_can_and_names_the_extra_for_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(("sklearn", "torch", "threadpoolctl"), monkeypatch)
    arms = workspace(tmp_path).arms(classify_task(tmp_path))
    assert [arm.name for arm in arms.made] == ["majority", "nearest-examples", "prompted"]
    for name in ("tfidf-linear", "fine-tuned"):
        assert 'pip install "groundtune[tuning]"' in str(arms.missing[name])


def test_only_the_arms_that_are_wanted_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without(("sklearn", "torch", "threadpoolctl"), monkeypatch)
    arms = workspace(tmp_path).arms(classify_task(tmp_path, 'arms = ["nearest-examples"]'))
    assert [arm.name for arm in arms.made] == ["majority", "nearest-examples"]
    assert not arms.missing


def test_a_version_that_must_not_be_used_is_not_measured(tmp_path: Path) -> None:
    unfit = ModelVersion(
        "rows", 1, "classify", "unfit", "the export differs", None, "base", "", "", {}, 0,
        {"training_seconds": Metric(1.0)}, {}, datetime.now(UTC), tmp_path, (),
    )  # fmt: skip

    class Tuned(Workspace):
        def tune(self, task: Task, progress: Progress | None = None, stop=None, *, name=None):
            return unfit, True

    opened = Tuned(workspace(tmp_path).settings)
    arms = opened.arms(classify_task(tmp_path, 'arms = ["fine-tuned"]'))
    assert [arm.name for arm in arms.made] == ["majority"]
    assert "rows@1" in str(arms.missing["fine-tuned"])
    assert "the export differs" in str(arms.missing["fine-tuned"])


def test_fine_tuning_is_charged_for_as_many_labels_as_its_rivals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("sklearn")
    fit = ModelVersion(
        "rows", 1, "classify", "ready", "", None, "base", "", "", {}, 0,
        {"training_seconds": Metric(1.0)}, {}, datetime.now(UTC), tmp_path, (),
    )  # fmt: skip

    class Tuned(Workspace):
        def tune(self, task: Task, progress: Progress | None = None, stop=None, *, name=None):
            return fit, True

    monkeypatch.setattr("groundtune.workspace.classify_arms.open_classifier", lambda version: None)
    task = classify_task(tmp_path, 'arms = ["majority", "nearest-examples", "fine-tuned"]')
    labels = {arm.name: arm.training_examples for arm in Tuned(workspace(tmp_path).settings).arms(task).made}
    assert labels["fine-tuned"] == labels["nearest-examples"] == labels["majority"] > 0
