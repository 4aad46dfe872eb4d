"""From a classify task to what its training run takes: checked data, a split without leakage, and the recipe."""

from __future__ import annotations

from pathlib import Path

from groundtune.comparison.tasks import Columns, Task
from groundtune.errors import BadData, UsageError
from groundtune.i18n import t
from groundtune.tuning.base import open_base
from groundtune.tuning.data import LabelledData, examine, read_labelled
from groundtune.tuning.held_out import hold_out
from groundtune.tuning.recipe import ClassifyRecipe, read_recipe
from groundtune.tuning.split import SHARES, VALIDATION_SHARE, Split, shares_of, split


def prepare(task: Task) -> tuple[LabelledData, Split, ClassifyRecipe]:
    """Raises UsageError for a task without labelled data, BadData and BadInput as reading and splitting do."""
    if task.data.labelled is None:
        raise UsageError(t("The task “{name}” has no labelled data to tune on.", name=task.name))
    columns = task.data.columns
    data, recipe = read_labelled(task.data.labelled, columns), read_recipe(task.tuning, task.path)
    if task.data.cases is not None:
        held = read_labelled(task.data.cases, columns)
        return *hold_out(data, held, validation=VALIDATION_SHARE, seed=task.seed), recipe
    return data, split(data, seed=task.seed, shares=shares_of(task.data.test_share)), recipe


Checked = tuple[LabelledData, Split | None, str | None]
"""Rows with their problems, and the split or why there is none."""


def check_task(task: Task) -> Checked:
    """What tuning and comparing find in a classify task's data: the very split that both take.

    Raises UsageError for a task without labelled data, BadData when a file can't be read at all.
    """
    if task.data.labelled is None:
        raise UsageError(t("The task “{name}” has no labelled data to tune on.", name=task.name))
    shares = shares_of(task.data.test_share)
    recipe = read_recipe(task.tuning, task.path)
    checked = check_labelled(task.data.labelled, task.data.columns, seed=task.seed, shares=shares, recipe=recipe)
    if task.data.cases is None or not checked[0].examples:
        return checked
    held = read_labelled(task.data.cases, task.data.columns)
    try:
        return *hold_out(checked[0], held, validation=VALIDATION_SHARE, seed=task.seed), None
    except BadData as error:
        return checked[0], None, error.reason


def check_labelled(
    path: Path,
    columns: Columns,
    *,
    seed: int = 0,
    shares: tuple[float, float, float] = SHARES,
    recipe: ClassifyRecipe | None = None,
) -> Checked:
    """What training by `recipe`, or the default one, would find in `path`. Raises BadData when the file can't be read
    at all."""
    recipe = recipe or ClassifyRecipe()
    base = open_base(recipe.base_model)
    room = recipe.window - len(base.encode(recipe.prefix, recipe.window))
    data = examine(path, columns, count_tokens=lambda texts: [base.count(text) for text in texts], window=room)
    if not data.examples:
        return data, None, t("No row can be used.")
    try:
        return data, split(data, seed=seed, shares=shares), None
    except BadData as error:
        return data, None, error.reason
