"""Folders that one process at a time works in. Knows nothing of what is done in them.

The lock is the operating system's and ends with the process that holds it, however that ends; the note beside it only
tells who.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from groundtune.errors import UsageError

_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that works in a folder."""

    pid: int
    host: str
    since: datetime


@contextmanager
def held(folder: Path, taken: Callable[[Holder | None], str]) -> Iterator[Path]:
    """`folder`, made where it is not there, and nobody else's until the end.

    Raises UsageError where another process has it, in the words that `taken` has for whoever that is.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    handle = lock(folder) or _lock_once_looked_at(folder)
    if handle is None:
        raise UsageError(taken(holder(folder)))
    try:
        mine = Holder(os.getpid(), platform.node(), datetime.now(UTC))
        _note(folder).write_text(json.dumps({**asdict(mine), "since": mine.since.isoformat()}), "utf-8")
        folder.mkdir(exist_ok=True)
        yield folder
    finally:
        release(folder, handle)


def holder(folder: Path) -> Holder | None:
    """Who says that it works there; `None` where nobody does."""
    try:
        kept = json.loads(_note(folder).read_text("utf-8"))
        return Holder(int(kept["pid"]), str(kept["host"]), datetime.fromisoformat(kept["since"]))
    except (OSError, ValueError, KeyError):
        return None


def _note(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.holder")


def _lock_file(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


def lock(folder: Path) -> int | None:
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
    """The same, where somebody who only looked may have held it for an instant."""
    time.sleep(_LOOK_SECONDS)
    return lock(folder)


def release(folder: Path, handle: int) -> None:
    """Lets another have the folder whose lock `handle` holds."""
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
