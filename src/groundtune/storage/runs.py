"""Folders in which model versions are being made: who works in one, and what was left behind. Knows no database.

A folder belongs to one run, named by everything that decides what it makes, and to one process at a time. The lock is
the operating system's and ends with the process that holds it, however that ends; the note beside it only tells who.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from groundtune.errors import UsageError
from groundtune.i18n import t

_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that works in a run's folder."""

    pid: int
    host: str
    since: datetime


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


@contextmanager
def held(folder: Path) -> Iterator[Path]:
    """`folder`, made where it is not there, and nobody else's until the end. Raises UsageError naming who has it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    handle = _lock(folder) or _lock_once_looked_at(folder)
    if handle is None:
        raise UsageError(_taken(folder))
    try:
        mine = Holder(os.getpid(), platform.node(), datetime.now(UTC))
        _note(folder).write_text(json.dumps({**asdict(mine), "since": mine.since.isoformat()}), "utf-8")
        folder.mkdir(exist_ok=True)
        yield folder
    finally:
        _release(folder, handle)


def unfinished(runs: Path) -> tuple[Run, ...]:
    """Every run's folder below `runs`, by name."""
    folders = sorted(path for path in runs.glob("*") if path.is_dir()) if runs.is_dir() else []
    return tuple(_run(folder) for folder in folders)


def remove(runs: Path) -> tuple[Run, ...]:
    """Removes the folders that nobody works in; returns what they were."""
    removed = []
    for run in unfinished(runs):
        handle = _lock(run.folder)
        if handle is None:
            continue
        try:
            shutil.rmtree(run.folder)
            removed.append(run)
        finally:
            _release(run.folder, handle)
    return tuple(removed)


def _run(folder: Path) -> Run:
    files = list(_files(folder))
    changed = max([folder.stat().st_mtime, *(file.st_mtime for file in files)])
    handle = _lock(folder)
    if handle is not None:
        _release(folder, handle)
    return Run(
        name=folder.name.rpartition("-")[0],
        folder=folder,
        bytes=sum(file.st_size for file in files),
        changed_at=datetime.fromtimestamp(changed, UTC),
        holder=_holder(folder) if handle is None else None,
    )


def _files(folder: Path) -> Iterator[os.stat_result]:
    """Of the files below; a run at work replaces them meanwhile, and what is gone by then doesn't count."""
    for file in folder.rglob("*"):
        with suppress(FileNotFoundError):
            found = file.stat()
            if stat.S_ISREG(found.st_mode):
                yield found


def _taken(folder: Path) -> str:
    holder = _holder(folder)
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


def _holder(folder: Path) -> Holder | None:
    try:
        kept = json.loads(_note(folder).read_text("utf-8"))
        return Holder(int(kept["pid"]), str(kept["host"]), datetime.fromisoformat(kept["since"]))
    except (OSError, ValueError, KeyError):
        return None


def _note(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.holder")


def _lock_file(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


def _lock(folder: Path) -> int | None:
    """An open handle that holds the folder's lock; `None` when another has it."""
    path = _lock_file(folder)
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        if not _try(handle):
            os.close(handle)
            return None
        if path.exists() and os.path.samestat(os.fstat(handle), path.stat()):
            return handle
        os.close(handle)  # the last holder removed this very file while we opened it


def _lock_once_looked_at(folder: Path) -> int | None:
    """The same, where somebody who only looked (see `unfinished`) may have held it for an instant."""
    time.sleep(_LOOK_SECONDS)
    return _lock(folder)


def _release(folder: Path, handle: int) -> None:
    _note(folder).unlink(missing_ok=True)
    if sys.platform != "win32":  # where an open file can't be removed, the empty lock stays
        _lock_file(folder).unlink(missing_ok=True)
    os.close(handle)


def _try(handle: int) -> bool:
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
