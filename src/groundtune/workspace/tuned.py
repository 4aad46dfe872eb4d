"""From a task to its tuned model, whatever its kind."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from groundtune.progress import Progress

if TYPE_CHECKING:
    from groundtune.comparison.tasks import Task
    from groundtune.storage.registry import ModelVersion
    from groundtune.workspace.opening import Workspace


def tune(
    workspace: Workspace, task: Task, name: str, progress: Progress | None, stop: threading.Event | None
) -> tuple[ModelVersion, bool]:
    """The version, and whether it was made now. Raises what its kind's tuning raises."""
    if task.kind == "answer":
        from groundtune.tuning.chat import tune_chat_task

        return tune_chat_task(name, task, workspace.registry, progress=progress, stop=stop)
    if task.kind == "retrieve":
        from groundtune.workspace.retriever import tune_retriever_task

        return tune_retriever_task(workspace, task, name=name, progress=progress, stop=stop)
    from groundtune.tuning.classify import tune_classifier
    from groundtune.tuning.prepare import prepare

    data, parts, recipe = prepare(task)
    recipe = replace(recipe, loop=replace(recipe.loop, seed=task.seed))
    return tune_classifier(name, data, parts, recipe, workspace.registry, progress=progress, stop=stop)
