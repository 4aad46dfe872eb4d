"""What is used under a model's name is fit to be used; what isn't there is told with what is."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundtune.errors import UnknownName, UsageError
from groundtune.storage.registry import ModelVersion, NewModel
from groundtune.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "ws", pack=None)


def made(workspace: Workspace, name: str, kind: str, unfit: str | None = None) -> ModelVersion:
    staged = workspace.settings.root / "staged"
    staged.mkdir()
    (staged / "weights").write_text("x")
    return workspace.registry.register(NewModel(name, kind, "base", "d", "s", {}, 0, {}, {}, unfit), staged)


def test_a_classifier_that_is_unfit_is_not_used_by_its_name_or_its_number(workspace: Workspace) -> None:
    made(workspace, "jobs", "classify", unfit="the export differs")
    for name in ("jobs", "jobs@1"):
        with pytest.raises(UsageError, match="jobs@1 must not be used: the export differs"):
            workspace.classifier(name)


def test_a_chat_model_that_is_unfit_is_not_asked(workspace: Workspace) -> None:
    made(workspace, "helper", "answer", unfit="it repeats itself")
    with pytest.raises(UsageError, match="helper@1 must not be used: it repeats itself"):
        workspace.chat("helper")


@pytest.mark.parametrize("name", ["nope", "nope:nope", "nope@2"])
def test_an_unknown_chat_model_is_told_with_the_workspaces_own(workspace: Workspace, name: str) -> None:
    made(workspace, "helper", "answer")
    made(workspace, "jobs", "classify")
    with pytest.raises(UnknownName, match="Known: helper, bundled:smollm2, ") as caught:
        workspace.chat(name)
    assert "jobs" not in str(caught.value)


def test_a_classifier_is_no_chat_model(workspace: Workspace) -> None:
    made(workspace, "jobs", "classify")
    with pytest.raises(UsageError, match="not a chat model"):
        workspace.chat("jobs")
