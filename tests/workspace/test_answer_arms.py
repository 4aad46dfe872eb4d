"""The arms of an answer task are what is served, but for one thing: a model that fails isn't helped out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from groundtune.comparison.compare import compare
from groundtune.comparison.result import Comparison
from groundtune.comparison.tasks import Task
from groundtune.errors import ModelError
from groundtune.models.protocols import Message
from groundtune.progress import Silent
from groundtune.workspace import Workspace
from tests.workspace.small import answer_task, workspace


def measured(opened: Workspace, task: Task) -> Comparison:
    return compare(task, opened.arms(task, Silent()), opened.cases(task), opened.results)


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
