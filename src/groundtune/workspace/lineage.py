"""Which data files the workspace's tasks name, and which tuned models were trained on rows that name somebody.

A version keeps the hash of its examples and no path; a task here whose examples have that hash is where it came from.
Knows nothing of how anything is erased.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from groundtune.comparison.tasks import Task, read_task
from groundtune.errors import BadInput, GroundtuneError
from groundtune.privacy import Finder
from groundtune.tuning.chat_prepare import prepare_chat, read_chat_recipe
from groundtune.tuning.labelled import Example, rows_of
from groundtune.tuning.prepare import prepare
from groundtune.tuning.sheets import decoded
from groundtune.workspace.erasing_files import Line, lines_of

if TYPE_CHECKING:
    from groundtune.workspace.opening import Workspace


@dataclass(frozen=True, slots=True)
class DataFile:
    """A data file of a task, and where it names the person."""

    path: Path
    task: Task
    trains: bool
    """Whether models are tuned on it."""
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Affected:
    """A version of a tuned model, and what is known of the person's part in it."""

    model: str
    """NAME@VERSION"""
    knows: Literal["yes", "perhaps", "unknown"]
    """Yes: it was trained on a file whose rows name the person. Perhaps: on another state of such a file, or on
    passages of documents that do. Unknown: no task here holds what it was trained on."""
    task: str | None
    """The task file that tunes it anew."""
    rows: int
    """Rows of its training file that name the person."""


def tasks_of(workspace: Workspace, more: Sequence[Path] = ()) -> list[Task]:
    """The tasks whose files lie in the workspace, and those at `more`, which raise BadInput when they are none."""
    found = {path.resolve(): read_task(path) for path in more}
    for path in sorted(workspace.settings.root.rglob("*.toml")):
        try:
            found.setdefault(path.resolve(), read_task(path))
        except BadInput:  # another kind of TOML
            continue
    return list(found.values())


def data_files(tasks: Sequence[Task], finder: Finder) -> Iterator[DataFile]:
    """Every data file of the tasks in which the person is named."""
    for task in tasks:
        training = task.data.labelled if task.kind == "classify" else task.data.examples
        named = (task.data.labelled, task.data.examples, task.data.cases, task.data.changes, *task.data.pairs)
        for path in dict.fromkeys(named):
            lines = tuple(_lines(path, task, finder)) if path is not None and path.is_file() else ()
            if path is not None and lines:
                yield DataFile(path, task, path == training or path in task.data.pairs, lines)


def affected(
    workspace: Workspace, tasks: Sequence[Task], found: Sequence[DataFile], in_documents: bool
) -> list[Affected]:
    """Every version that was, or may have been, trained on rows, or on passages, that name the person."""
    rows = {file.task.path: len(file.lines) for file in found if file.trains}
    known = {task.path: _hash(task) for task in tasks}
    told: list[Affected] = []
    for version in workspace.registry.list():
        same = [task for task in tasks if known[task.path] == version.data_hash]
        like = [task for task in tasks if task.name == version.name]
        named = [task for task in same or like if task.path in rows]
        task = str((named or like)[0].path) if named or like else None
        if named and same:
            told.append(Affected(str(version), "yes", task, rows[named[0].path]))
        elif named or (version.kind == "retrieve" and in_documents):
            told.append(Affected(str(version), "perhaps", task, rows[named[0].path] if named else 0))
        elif not same:
            told.append(Affected(str(version), "unknown", task, 0))
    return told


def _lines(path: Path, task: Task, finder: Finder) -> Iterator[Line]:
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        for row in rows_of(path, task.data.columns):
            if isinstance(row, Example):
                words = " ".join(filter(None, (row.text, row.label, row.group, row.id)))
                yield from (Line(row.line, line.context) for line in lines_of(words, finder))
        return
    yield from lines_of(decoded(path), finder)


def _hash(task: Task) -> str | None:
    """Of the examples that tuning the task would take now; `None` where it has none that can be taken."""
    try:
        if task.kind == "classify":
            return prepare(task)[0].data_hash if task.data.labelled is not None else None
        if task.data.examples is None:
            return None
        return prepare_chat(task.data.examples, (), read_chat_recipe(task.tuning, task.path)).hash
    except GroundtuneError:
        return None
