"""The arms of an answer task are what is served, but for one thing: a model that fails isn't helped out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from groundtune.comparison.compare import compare
from groundtune.comparison.result import Comparison
from groundtune.comparison.tasks import Task
from groundtune.errors import BadInput, ModelError
from groundtune.models.protocols import Message
from groundtune.settings import Endpoint
from groundtune.workspace import Workspace
from groundtune.workspace.arms import fingerprint, model_identity
from tests.workspace.small import answer_task, workspace


def measured(opened: Workspace, task: Task) -> Comparison:
    return compare(task, opened.arms(task).made, opened.cases(task), opened.results)


def others(found: Comparison, arm: str) -> dict[str, float]:
    """The arm's metrics on all cases, the primary one among them."""
    score = next(score for score in found.slices[0].arms if score.arm == arm)
    values = {found.metric: score.primary, **score.others}
    return {name: interval.value for name, interval in values.items() if interval is not None}


def test_a_model_that_fails_inside_rag_is_a_failure_and_not_a_quote(tmp_path: Path) -> None:
    def dead(messages: Sequence[Message]) -> str:
        raise ModelError("the endpoint gave HTTP 500")

    found = measured(workspace(tmp_path, dead), answer_task(tmp_path, 'arms = ["rag-extractive", "rag-chat"]'))
    assert found.arm("rag-extractive").failures == 0
    assert others(found, "rag-extractive")["correct"] == 1.0
    assert found.arm("rag-chat").failures == 2  # the third question is refused before a model is asked
    assert others(found, "rag-chat")["correct"] < 0.5


def test_the_share_of_answers_in_the_models_own_words_is_told(tmp_path: Path) -> None:
    def half(messages: Sequence[Message]) -> str:
        asked = messages[-1].content
        return "A monthly parking permit costs 35,000 won for staff." if "permit cost" in asked else "I don't know."

    found = measured(workspace(tmp_path, half), answer_task(tmp_path, 'arms = ["rag-extractive", "rag-chat"]'))
    assert "written" not in others(found, "rag-extractive")
    assert others(found, "rag-chat")["written"] == 0.5


def test_the_trivial_arm_is_measured_though_the_task_does_not_name_it(tmp_path: Path) -> None:
    arms = workspace(tmp_path).arms(answer_task(tmp_path, 'arms = ["rag-extractive"]'))
    assert [arm.name for arm in arms.made] == ["refuse-always", "rag-extractive"]
    assert not arms.missing


def test_a_misspelt_arm_is_refused_with_the_names_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"policy\.toml: .*rag-extractve.*rag-extractive"):
        workspace(tmp_path).arms(answer_task(tmp_path, 'arms = ["rag-extractive", "rag-extractve"]'))


def test_what_lacks_for_an_arm_is_said(tmp_path: Path) -> None:
    missing = workspace(tmp_path, pages={}).arms(answer_task(tmp_path)).missing
    assert "examples" in str(missing["tuned-chat-alone"])
    assert "groundtune add" in str(missing["rag-extractive"])
    assert "chat-alone" not in missing


def test_another_model_under_the_same_name_is_another_arm(tmp_path: Path) -> None:
    here, there = Endpoint("http://127.0.0.1:8000/v1"), Endpoint("http://127.0.0.1:9000/v1")
    assert model_identity("openai:m@local", {"local": here}) != model_identity("openai:m@local", {"local": there})
    file = tmp_path / "model.gguf"
    file.write_bytes(b"a" * 3_000_000)
    before = model_identity(f"gguf:{file}", {})
    file.write_bytes(b"a" * 2_999_999 + b"b")
    assert model_identity(f"gguf:{file}", {}) != before
    folder = tmp_path / "hub"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    before = model_identity(f"hf:{folder}", {})
    (folder / "config.json").write_text('{"a": 1}')
    assert model_identity(f"hf:{folder}", {}) != before


def test_an_older_revision_that_is_added_makes_the_reading_arms_new(tmp_path: Path) -> None:
    opened, task = workspace(tmp_path), answer_task(tmp_path, 'arms = ["rag-extractive"]')

    def fingerprint() -> str:
        return opened.arms(task).made[1].fingerprint

    before = fingerprint()
    assert fingerprint() == before
    old = tmp_path / "old.md"
    old.write_text("---\nid: gym\ntitle: Gym\neffective_from: 2020-01-01\n---\n\n# Gym\n\nIt opened at 05:00.\n")
    opened.add([old])
    assert fingerprint() != before


def test_outcomes_of_an_arm_are_found_again_in_another_process_whoever_may_read(tmp_path: Path) -> None:
    opened = workspace(tmp_path, pages={})
    page = tmp_path / "board.md"
    page.write_text(
        "---\nid: board\nreaders: board, hr, legal, works council\n---\n\n# Board\n\nIt meets on Mondays.\n"
    )
    opened.add([page])
    task = answer_task(tmp_path, 'arms = ["rag-extractive"]')
    script = (
        "import sys; from pathlib import Path; from groundtune.comparison.tasks import read_task\n"
        "from groundtune.workspace import Workspace\n"
        "print(Workspace.open(Path(sys.argv[1])).arms(read_task(Path(sys.argv[2]))).made[1].fingerprint)"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", script, str(opened.settings.root), str(task.path)],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1


def test_a_fingerprint_of_what_has_no_order_is_refused() -> None:
    with pytest.raises(TypeError, match="sorted"):
        fingerprint([("board", frozenset({"hr", "legal"}))])
