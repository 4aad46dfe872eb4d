"""From a task to its report: asked for first, measured then, and kept so that a first look hides nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from groundtune.comparison.tasks import Task, read_task
from groundtune.errors import BadData, UsageError
from groundtune.models.fakes import ScriptedChat
from groundtune.models.protocols import ChatModel, Message
from groundtune.progress import Silent
from groundtune.storage.registry import Metric, ModelVersion
from groundtune.workspace.comparing import Options, kept_report, report_path, run_comparison
from groundtune.workspace.fact_change import measure_fact_change
from tests.workspace.small import ScriptedWorkspace, answer_task, workspace

EXTRACTIVE = 'arms = ["rag-extractive"]'
CHANGE: dict[str, Any] = {
    "id": "permit",
    "kind": "update",
    "document": "parking",
    "language": "en",
    "find": "35,000 won",
    "replace": "42,000 won",
    "probes": ["What does a monthly parking permit cost for staff?"],
    "before": [["35,000 won"]],
    "after": [["42,000 won"]],
}
EXAMPLES = [
    {"question": "How much is parking?", "answer": "It costs 35,000 won.", "fact_ids": ["permit"]},
    {"question": "Until when may I keep a book?", "answer": "It has to come back after 21 days.", "fact_ids": ["book"]},
]


def with_changes(task: Task, **more: Any) -> Task:
    """The task with a file of changes, and examples to tune on."""
    folder = task.path.parent
    (folder / "changes.json").write_text(json.dumps({"changes": [{**CHANGE, **more}], "untouched": ["library"]}))
    (folder / "examples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in EXAMPLES))
    text = task.path.read_text("utf-8").replace(
        "[data]", '[data]\nchanges = "changes.json"\nexamples = "examples.jsonl"'
    )
    task.path.write_text(text, "utf-8")
    return read_task(task.path)


def test_a_first_look_takes_nobodys_place(tmp_path: Path) -> None:
    opened, task = workspace(tmp_path), answer_task(tmp_path, EXTRACTIVE)
    whole = run_comparison(opened, task, Options(), Silent()).comparison
    look = run_comparison(opened, task, Options(per_language=1), Silent())
    assert len(look.comparison.cases) == 1
    assert any("1 of 3" in str(note) for note in look.advice.notes)
    assert kept_report(opened, task).comparison == whole
    assert report_path(opened, look.comparison) != report_path(opened, whole)


def test_advice_after_a_first_look_alone_says_that_it_is_one(tmp_path: Path) -> None:
    opened, task = workspace(tmp_path), answer_task(tmp_path, EXTRACTIVE)
    run_comparison(opened, task, Options(per_language=2), Silent())
    assert any("2 of 3" in str(note) for note in kept_report(opened, task).advice.notes)


@pytest.mark.parametrize(
    "options",
    [Options(facts=True), Options(curve=True), Options(retrain=True), Options(facts_arms=("rag-chat",))],
    ids=["facts", "curve", "retrain", "facts-arm"],
)
def test_what_cannot_be_done_is_said_before_anything_is_measured(tmp_path: Path, options: Options) -> None:
    opened, task = workspace(tmp_path), answer_task(tmp_path, EXTRACTIVE)
    with pytest.raises(UsageError):
        run_comparison(opened, task, options, Silent())
    with pytest.raises(UsageError, match="has not been compared"):
        kept_report(opened, task)


def test_changed_facts_are_read_anew_by_every_arm_that_reads(tmp_path: Path) -> None:
    def copies(messages: Sequence[Message]) -> str:
        prompt = " ".join(message.content for message in messages)
        price = "42,000" if "42,000" in prompt else "35,000"
        return f"A monthly parking permit costs {price} won for staff."

    opened = workspace(tmp_path, copies)
    task = with_changes(answer_task(tmp_path, 'arms = ["rag-extractive", "rag-chat", "chat-alone"]'))
    found = measure_fact_change(opened, task, Silent())
    assert {arm.arm: arm.facts_learnt for arm in found.arms} == {"rag-extractive": 1, "rag-chat": 1, "chat-alone": 0}
    only = measure_fact_change(opened, task, Silent(), only=["rag-extractive"])
    assert [arm.arm for arm in only.arms] == ["rag-extractive"]


class Learning(ScriptedWorkspace):
    """Tunes a chat model that recites the answers of its examples."""

    tuned: list[list[dict[str, Any]]]

    def tune(self, task: Task, progress=None, stop=None, *, name=None):
        assert task.data.examples is not None
        rows = [json.loads(line) for line in task.data.examples.read_text("utf-8").splitlines()]
        type(self).tuned.append(rows)
        return ModelVersion(
            "policy", len(self.tuned), "answer", "ready", "", None, "base", "", "", {}, 0,
            {"training_seconds": Metric(1.0)}, {}, datetime.now(UTC), self.settings.root, (),
        ), True  # fmt: skip

    def chat(self, name: str | None = None) -> ChatModel:
        if name is None:
            return ScriptedChat({"": "I don't know."})
        learnt = " ".join(row["answer"] for row in type(self).tuned[int(name.partition("@")[2]) - 1])
        return ScriptedChat({"": learnt})


def learning(folder: Path) -> Learning:
    made = type("Learner", (Learning,), {"tuned": []})
    opened: Learning = made(workspace(folder).settings)
    return opened


FRESH = {"question": "Parking for a month, how much?", "answer": "It costs 42,000 won."}


def test_retraining_takes_out_what_is_out_of_date_and_puts_in_what_is_new(tmp_path: Path) -> None:
    opened = learning(tmp_path)
    task = with_changes(answer_task(tmp_path, 'arms = ["tuned-chat-alone"]'), fact_ids=["permit"], examples=[FRESH])
    stale = measure_fact_change(opened, task, Silent()).arm("tuned-chat-alone")
    assert stale is not None
    assert (stale.facts_learnt, stale.relearn_seconds) == (0, None)
    anew = measure_fact_change(opened, task, Silent(), retrain=True).arm("tuned-chat-alone")
    assert anew is not None
    assert anew.facts_learnt == 1
    assert anew.relearn_seconds is not None
    assert anew.seconds_to_right is not None
    assert [row["answer"] for row in opened.tuned[-1]] == [EXAMPLES[1]["answer"], FRESH["answer"]]
    assert not list(opened.registry.list())
    repeat = run_comparison(opened, task, Options(facts=True, retrain=True), Silent()).commands[0]
    assert repeat.endswith("--facts --retrain")


def test_retraining_needs_examples_of_what_is_new_and_none_that_asks_as_a_probe_does(tmp_path: Path) -> None:
    opened, task = learning(tmp_path), answer_task(tmp_path, 'arms = ["tuned-chat-alone"]')
    with pytest.raises(UsageError, match="nothing to retrain on"):
        measure_fact_change(opened, with_changes(task), Silent(), retrain=True)
    copied = {**FRESH, "question": CHANGE["probes"][0]}
    again = answer_task(tmp_path, 'arms = ["tuned-chat-alone"]')
    with pytest.raises(BadData, match="too like"):
        measure_fact_change(opened, with_changes(again, examples=[copied]), Silent(), retrain=True)


def test_what_a_tuned_chat_model_learnt_from_counts_as_labels(tmp_path: Path) -> None:
    opened = learning(tmp_path)
    arms = opened.arms(with_changes(answer_task(tmp_path, 'arms = ["tuned-chat-alone", "rag-tuned-chat"]'))).made
    assert {arm.name: (arm.training_examples, arm.model) for arm in arms[1:]} == {
        "tuned-chat-alone": (2, "policy@1"),
        "rag-tuned-chat": (2, "policy@1"),
    }
