"""The learning curve of a classify task: its trained arms, built anew on parts of the training examples.

What is trained for it is thrown away; the registry never sees it.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from groundtune.comparison.baselines import nearest_examples, tfidf_linear
from groundtune.comparison.curve import learning_points, part_of
from groundtune.comparison.result import LearningPoint
from groundtune.comparison.tasks import Task
from groundtune.errors import UsageError
from groundtune.i18n import t
from groundtune.progress import Progress, Silent
from groundtune.storage.database import Database
from groundtune.storage.registry import Registry
from groundtune.tuning.classify import tune_classifier
from groundtune.tuning.predict import open_classifier
from groundtune.tuning.prepare import prepare
from groundtune.types import Arm
from groundtune.workspace.classify_arms import labelled_cases, predicted

if TYPE_CHECKING:
    from groundtune.workspace.opening import Workspace

Build = Callable[[float], tuple[Arm, int]]


def check_curve(task: Task) -> None:
    """Raises UsageError for a task that has no labelled rows to learn from."""
    if task.kind != "classify":
        raise UsageError(t("A learning curve needs a classify task; “{name}” is of another kind.", name=task.name))


def learning_curve(
    workspace: Workspace, task: Task, progress: Progress, stop: threading.Event | None = None
) -> tuple[LearningPoint, ...]:
    """Points of every trained arm that the task measures. Raises UsageError for an `answer` task."""
    check_curve(task)
    data, parts, recipe = prepare(task)
    recipe = replace(recipe, loop=replace(recipe.loop, seed=task.seed))

    def some(positions: Sequence[int], share: float) -> tuple[int, ...]:
        examples = [data.examples[i] for i in positions]
        chosen = part_of([e.label for e in examples], [e.line for e in examples], share, task.seed)
        return tuple(positions[i] for i in chosen)

    def classical(make: Callable[[Sequence[int]], Arm]) -> Build:
        def build(share: float) -> tuple[Arm, int]:
            positions = (*some(parts.train, share), *some(parts.validation, share))
            return make(positions), len(positions)

        return build

    with tempfile.TemporaryDirectory(prefix="groundtune-curve-") as folder:
        registry = Registry(Database(Path(folder) / "curve.sqlite"), Path(folder) / "models")

        def tuned(share: float) -> tuple[Arm, int]:
            part = replace(parts, train=some(parts.train, share), validation=some(parts.validation, share))
            version, _ = tune_classifier("curve", data, part, recipe, registry, progress=Silent(), stop=stop)
            classifier = open_classifier(version)
            labels = len(part.train) + len(part.validation)
            return Arm("fine-tuned", lambda text: predicted(classifier, text), "tuned"), labels

        embed, name = workspace.embedder.embed_queries, workspace.embedder.name
        build: dict[str, Build] = {
            "tfidf-linear": classical(lambda at: tfidf_linear(labelled_cases(data, at), seed=task.seed)),
            "nearest-examples": classical(lambda at: nearest_examples(labelled_cases(data, at), embed, embedder=name)),
            "fine-tuned": tuned,
        }
        measured = {name: made for name, made in build.items() if not task.arms or name in task.arms}
        cases = labelled_cases(data, parts.test)
        return learning_points(measured, cases, seed=task.seed, progress=progress, stop=stop)
