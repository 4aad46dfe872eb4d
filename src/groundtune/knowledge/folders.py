"""The files of a folder that are meant, and by what a file is seen to have changed. Knows no file's contents."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from groundtune.i18n import t
from groundtune.knowledge.formats.sniff import BY_SUFFIX, OF_OTHER_OFFICES

_READ = BY_SUFFIX.keys() | OF_OTHER_OFFICES


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies in a folder and below it, in order."""

    files: list[Path] = field(default_factory=list)
    passed_over: list[Path] = field(default_factory=list)
    """Files of a kind that is not read."""
    unlisted: list[OSError] = field(default_factory=list)
    """What could not be looked into; what lies there is not known."""


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
    return os.path.splitext(name)[1].lower() in _READ


def is_hidden(name: str) -> bool:
    return name.startswith((".", "~$"))


def list_folder(root: Path) -> Listing:
    """Hidden files and folders are left out, and folders that links lead to; a link to nothing is a file, so that it
    is told of when it is read."""
    found = Listing()
    for entry in _entries(root, found.unlisted):
        if _is_a_file_or_leads_nowhere(entry):
            (found.files if is_read(entry.name) else found.passed_over).append(Path(entry.path))
    found.files.sort()
    found.passed_over.sort()
    return found


def stamps_below(root: Path) -> dict[str, Stamp]:
    """The stamp of every file that `list_folder` lists, by path, for many looks at one folder."""
    found = {}
    for entry in _entries(root, []):
        if is_read(entry.name):
            seen = _stamp(entry.stat)
            if seen is not None:
                found[entry.path] = seen
    return found


def stamp_of(path: Path) -> Stamp | None:
    """`None` for a file that is not there."""
    return _stamp(path.stat)


def _stamp(ask: Callable[[], os.stat_result]) -> Stamp | None:
    """Where nothing can be told, a stamp that no file has."""
    try:
        found = ask()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return Stamp(-1, -1, -1, -1)
    if not stat.S_ISREG(found.st_mode):
        return None
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


def _entries(root: Path, unlisted: list[OSError]) -> Iterator[os.DirEntry[str]]:
    """Everything below `root` that is neither hidden nor a folder."""
    folders = [str(root)]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if is_hidden(entry.name):
                        continue
                    if not entry.name.isascii() and not _is_unicode(entry.name):
                        readable = os.fsencode(entry.path).decode("utf-8", "replace")
                        unlisted.append(OSError(errno.EILSEQ, t("its name is not in UTF-8"), readable))
                    elif entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        yield entry
        except OSError as error:
            unlisted.append(error)


def _is_unicode(name: str) -> bool:
    """Not, where some of its bytes are no letters: such a name can't be kept."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_a_file_or_leads_nowhere(entry: os.DirEntry[str]) -> bool:
    try:
        return stat.S_ISREG(entry.stat().st_mode)
    except OSError:
        return entry.is_symlink()
