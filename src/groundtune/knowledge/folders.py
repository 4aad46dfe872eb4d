"""The files of a folder that are meant, and by what a file is seen to have changed. Knows no file's contents."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from groundtune.knowledge.formats.sniff import BY_SUFFIX, OF_OTHER_OFFICES


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies in a folder and below it, in order."""

    files: list[Path] = field(default_factory=list)
    passed_over: list[Path] = field(default_factory=list)
    """Files of a kind that is not read."""
    unlisted: list[OSError] = field(default_factory=list)
    """Folders that could not be looked into; what lies there is not known."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a file system tells of a file; another stamp, perhaps other contents. `changed` can't be set back."""

    size: int
    modified: int
    """Nanoseconds."""
    changed: int
    inode: int


def is_read(name: str) -> bool:
    """Whether a file of this name is taken from a folder."""
    return os.path.splitext(name)[1].lower() in BY_SUFFIX.keys() | OF_OTHER_OFFICES


def is_hidden(name: str) -> bool:
    return name.startswith((".", "~$"))


def list_folder(root: Path) -> Listing:
    """Hidden files and folders are left out, and folders that links lead to; a link to nothing is a file, so that it
    is told of when it is read."""
    found = Listing()
    for folder, below, names in os.walk(root, onerror=found.unlisted.append):
        below[:] = [name for name in below if not is_hidden(name)]
        for name in names:
            path = Path(folder, name)
            if not is_hidden(name) and _is_a_file_or_leads_nowhere(path):
                (found.files if is_read(name) else found.passed_over).append(path)
    found.files.sort()
    found.passed_over.sort()
    return found


def stamp(path: Path) -> Stamp | None:
    """`None` for a file that is not there; where that can't be told, what never equals another stamp."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return Stamp(-1, -1, -1, -1)
    return Stamp(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def is_known_to_be_gone(path: str) -> bool:
    """Whether the file system says that there is no such file; not where it says nothing."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _is_a_file_or_leads_nowhere(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return path.is_symlink()
