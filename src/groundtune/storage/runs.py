"""Folders in which model versions are being made: who works in one, and what was left behind. Knows no database.

A folder belongs to one run, named by everything that decides what it makes, and to one process at a time (`locks.py`).
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from groundtune.i18n import t
from groundtune.storage import locks
from groundtune.storage.locks import Holder


@dataclass(frozen=True, slots=True)
class Run:
    """A run that was begun and not finished."""

    name: str
    """Of the model that it makes."""
    folder: Path
    bytes: int
    changed_at: datetime
    holder: Holder | None
    """`None` when nobody works on it."""


def held(folder: Path) -> AbstractContextManager[Path]:
    """`folder`, made where it is not there, and nobody else's until the end. Raises UsageError naming who has it."""
    return locks.held(folder, lambda holder: _taken(folder, holder))


def unfinished(runs: Path) -> tuple[Run, ...]:
    """Every run's folder below `runs`, by name."""
    folders = sorted(path for path in runs.glob("*") if path.is_dir()) if runs.is_dir() else []
    return tuple(_run(folder) for folder in folders)


def remove(runs: Path) -> tuple[Run, ...]:
    """Removes the folders that nobody works in; returns what they were."""
    removed = []
    for run in unfinished(runs):
        handle = locks.lock(run.folder)
        if handle is None:
            continue
        try:
            shutil.rmtree(run.folder)
            removed.append(run)
        finally:
            locks.release(run.folder, handle)
    return tuple(removed)


def _run(folder: Path) -> Run:
    files = list(_files(folder))
    changed = max([folder.stat().st_mtime, *(file.st_mtime for file in files)])
    handle = locks.lock(folder)
    if handle is not None:
        locks.release(folder, handle)
    return Run(
        name=folder.name.rpartition("-")[0],
        folder=folder,
        bytes=sum(file.st_size for file in files),
        changed_at=datetime.fromtimestamp(changed, UTC),
        holder=locks.holder(folder) if handle is None else None,
    )


def _files(folder: Path) -> Iterator[os.stat_result]:
    """Of the files below; a run at work replaces them meanwhile, and what is gone by then doesn't count."""
    for file in folder.rglob("*"):
        with suppress(FileNotFoundError):
            found = file.stat()
            if stat.S_ISREG(found.st_mode):
                yield found


def _taken(folder: Path, holder: Holder | None) -> str:
    name = folder.name.rpartition("-")[0]
    if holder is None:
        return t("Another process is tuning “{name}” on the same data with the same recipe.", name=name)
    return t(
        "“{name}” is being tuned on the same data with the same recipe by process {pid} on {host} since {since}. "
        "Wait until it is done; or stop it, and the same command continues where it stopped.",
        name=name,
        pid=holder.pid,
        host=holder.host,
        since=f"{holder.since.astimezone():%Y-%m-%d %H:%M}",
    )
