"""From a classify task to what its training run takes: checked data, a split without leakage, and the recipe."""

from __future__ import annotations

from groundtune.comparison.tasks import Task
from groundtune.errors import UsageError
from groundtune.i18n import t
from groundtune.tuning.data import Columns, LabelledData, read_labelled
from groundtune.tuning.held_out import hold_out
from groundtune.tuning.recipe import ClassifyRecipe, read_recipe
from groundtune.tuning.split import VALIDATION_SHARE, Split, shares_of, split


def prepare(task: Task) -> tuple[LabelledData, Split, ClassifyRecipe]:
    """Raises UsageError for a task without labelled data, BadData and BadInput as reading and splitting do."""
    if task.data.labelled is None:
        raise UsageError(t("The task “{name}” has no labelled data to tune on.", name=task.name))
    names = task.data.columns
    columns = Columns(names.text, names.label, names.group)
    data, recipe = read_labelled(task.data.labelled, columns), read_recipe(task.tuning, task.path)
    if task.data.cases is not None:
        held = read_labelled(task.data.cases, columns)
        return *hold_out(data, held, validation=VALIDATION_SHARE, seed=task.seed), recipe
    return data, split(data, seed=task.seed, shares=shares_of(task.data.test_share)), recipe
