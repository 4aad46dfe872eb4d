"""Judges on a task's last comparison: sheets for people, and verdicts of a chat model.

The comparison is the one that `advise` speaks of.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundtune.comparison.judging import QUESTIONS, SCORER, Item, Judge, Verdict, items
from groundtune.comparison.judging_sheet import read_sheet, write_sheet
from groundtune.comparison.result import Comparison
from groundtune.errors import Stopped, UsageError
from groundtune.i18n import t
from groundtune.models.protocols import ChatModel, Message
from groundtune.progress import Progress
from groundtune.workspace.comparing import kept_comparison
from groundtune.workspace.judges import judges, keep_judge

if TYPE_CHECKING:
    from groundtune.comparison.tasks import Task
    from groundtune.workspace.opening import Workspace

_TOKENS = 60
_EVERY = 20
"""A model's verdicts are kept after so many."""
_SCHEMA = {
    "type": "object",
    "properties": {question: {"type": "string", "enum": ["yes", "no", "none"]} for question in QUESTIONS},
    "required": list(QUESTIONS),
    "additionalProperties": False,
}
_TOLD = (
    "You check one answer to one question. Reply with JSON and nothing else: "
    '{"right": "yes" or "no", "relevant": "yes", "no" or "none", "supported": "yes", "no" or "none"}. '
    "right: the answer states all that it must state, and nothing that contradicts it; where the question must be "
    "refused, only a refusal is right. relevant: the quotes concern what is asked. supported: the quotes state what "
    "the answer says. Write none where nothing is quoted."
)


def write_judging_sheet(
    workspace: Workspace,
    task: Task,
    path: Path,
    *,
    arms: Sequence[str] = (),
    per_language: int | None = None,
    seed: int,
) -> int:
    """Returns the number of answers on the sheet. Raises UsageError for an unknown arm and where a file is already."""
    listed = _items(kept_comparison(workspace, task), arms, per_language, seed)
    if path.exists():
        raise UsageError(t("{path} is there already. Name another file.", path=path))
    write_sheet(path, listed)
    return len(listed)


def read_judging_sheet(workspace: Workspace, task: Task, path: Path, name: str) -> int:
    """Takes a person's verdicts in, all or none; returns how many. Raises BadData with the line."""
    found = kept_comparison(workspace, task)
    everything = items(found, arms=[arm.name for arm in found.arms])
    verdicts = read_sheet(path, [item.id for item in everything])
    keep_judge(workspace.results, task.name, Judge(_allowed(name), "person", verdicts))
    return len(verdicts)


def judge_by_model(
    workspace: Workspace,
    task: Task,
    model: str,
    *,
    arms: Sequence[str] = (),
    per_language: int | None = None,
    seed: int = 0,
    progress: Progress,
    stop: threading.Event | None = None,
) -> tuple[int, int]:
    """Lets a chat model judge what it hasn't judged yet; returns how many verdicts, and how many replies were none.

    Raises UnknownName for the model, ModelError when it fails, and Stopped; what was judged until then is kept.
    """
    listed = _items(kept_comparison(workspace, task), arms, per_language, seed)
    kept = next((judge.verdicts for judge in judges(workspace.results, task.name) if judge.name == _allowed(model)), {})
    left = [item for item in listed if item.id not in kept]
    verdicts: dict[str, Verdict] = {}
    chat = workspace.chat(model)
    try:
        progress.start(t("Judging answers"), len(left))
        for number, item in enumerate(left, start=1):
            if stop is not None and stop.is_set():
                raise Stopped(t("Judging answers"))
            verdict = verdict_of(item, chat)
            if verdict is not None:
                verdicts[item.id] = verdict
            progress.advance()
            if number % _EVERY == 0:
                keep_judge(workspace.results, task.name, Judge(model, "model", verdicts))
    finally:
        progress.finish()
        chat.close()
        if verdicts:
            keep_judge(workspace.results, task.name, Judge(model, "model", verdicts))
    return len(verdicts), len(left) - len(verdicts)


def verdict_of(item: Item, chat: ChatModel) -> Verdict | None:
    """What a chat model says of one answer; `None` where its reply can't be read as a verdict."""
    must = " | ".join(item.expected) or "the question must be refused: the documents don't answer it"
    told = [
        f"Question: {item.question}",
        f"It must state: {must}",
        f"Answer: {'(refused) ' if item.refused else ''}{item.answer}",
        *(f"Quote: {quote}" for quote in item.quotes),
    ]
    said = chat.complete(
        [Message("system", _TOLD), Message("user", "\n".join(told))], max_tokens=_TOKENS, schema=_SCHEMA
    )
    try:
        reply: Any = json.loads(said.text)
        words = {question: str(reply[question]).lower() for question in QUESTIONS}
    except (ValueError, KeyError, TypeError):
        return None
    right, relevant, supported = ({"yes": True, "no": False}.get(words[question]) for question in QUESTIONS)
    if right is None:
        return None
    return Verdict(right, relevant, supported) if item.quotes else Verdict(right)


def _items(found: Comparison, arms: Sequence[str], per_language: int | None, seed: int) -> list[Item]:
    names = [arm.name for arm in found.arms]
    for arm in arms:
        if arm not in names:
            raise UsageError(
                t("There is no approach “{arm}” here. There are: {names}.", arm=arm, names=", ".join(names))
            )
    if found.kind != "answer":
        raise UsageError(t("“{task}” asks for labels; only answers are judged.", task=found.task))
    return items(found, arms=arms, per_language=per_language, seed=seed)


def _allowed(name: str) -> str:
    if not name.strip() or name == SCORER:
        raise UsageError(t("A judge can't be called “{name}”.", name=name))
    return name
