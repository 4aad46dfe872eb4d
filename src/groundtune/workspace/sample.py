"""A pack's sample, copied into a workspace to be tried and edited there. Knows no pack."""

from __future__ import annotations

import shutil
from pathlib import Path

from groundtune.errors import UsageError
from groundtune.i18n import t
from groundtune.packs import Sample

_TASKS = "tasks"
_OF_TASKS = (".toml", ".jsonl", ".json")


def check_room(sample: Sample, folder: Path) -> None:
    """Raises UsageError where `folder` holds something under a name that the sample's copy needs."""
    for path in (folder / sample.documents.name, folder / _TASKS):
        if path.exists():
            raise UsageError(t("{path} is there already; the sample would be copied to it.", path=path))


def copy_sample(sample: Sample, folder: Path) -> tuple[Path, Path]:
    """Copies the documents and the tasks with their data; returns the two new folders. Raises UsageError."""
    check_room(sample, folder)
    documents = folder / sample.documents.name
    shutil.copytree(sample.documents, documents)
    return documents, copy_tasks(sample, folder)


def copy_tasks(sample: Sample, folder: Path) -> Path:
    """Copies the tasks with their data to a new folder below `folder`; returns it."""
    tasks = folder / _TASKS
    tasks.mkdir()
    for source in sample.tasks.iterdir():
        if source.is_file() and source.suffix in _OF_TASKS:
            shutil.copyfile(source, tasks / source.name)
    return tasks
