"""The tree of errors. Each says what happened, with which value, where, and what to do next.

GroundtuneError                   anything we can explain; the command line prints it and exits with `exit_code`
├── UsageError              2     what was asked for cannot be done as asked
│   ├── NotAWorkspace       2     no groundtune.toml here or above
│   └── UnknownName         2     a model, task, document or version that does not exist
├── BadInput                3     a file or row that we cannot take; carries path and line
│   ├── BadDocument         3     a document that cannot be read; the others go in
│   └── BadData             3     labelled data or cases with problems
├── StoreError              4     the database refuses or disagrees with itself
│   ├── DamagedStore        4     the database's file can't be read as one
│   └── IndexMismatch       4     the index was made by another embedder or analyser
├── ModelError              5     a model cannot be opened or failed to answer
│   ├── MissingExtra        5     a library that an optional extra brings is not installed
│   └── ModelUnavailable    5     the model is not on this machine and nothing may be downloaded
└── Stopped                 130   the person stopped long work; the same command continues it
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from groundtune.i18n import t


class GroundtuneError(Exception):
    """An error that we can explain. `str(error)` is written for the person who meets it."""

    exit_code = 1


class UsageError(GroundtuneError):
    exit_code = 2


class NotAWorkspace(UsageError):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            t(
                "There is no groundtune.toml in {folder} or above it. "
                "Run `groundtune init` there, or name a workspace with --workspace.",
                folder=folder,
            )
        )


class UnknownName(UsageError):
    """`what` is the kind of thing in the reader's language, `known` are the names that would have worked.

    `otherwise` says what to do where there are none.
    """

    def __init__(self, what: str, name: str, known: Sequence[str], *, otherwise: str = "") -> None:
        self.name = name
        if known:
            said = t("There is no {what} named “{name}”. Known: {known}.", what=what, name=name, known=", ".join(known))
        else:
            said = t("There is no {what} named “{name}”, nor any other.", what=what, name=name)
        super().__init__(f"{said} {otherwise}".rstrip())


class BadInput(GroundtuneError):
    """A file or row that cannot be taken; `line` counts from 1."""

    exit_code = 3

    def __init__(self, reason: str, *, path: Path | str | None = None, line: int | None = None) -> None:
        self.reason, self.path, self.line = reason, path, line
        place = f"{path}:{line}: " if path and line else f"{path}: " if path else ""
        super().__init__(f"{place}{reason}")


class BadDocument(BadInput):
    pass


class BadData(BadInput):
    pass


class StoreError(GroundtuneError):
    exit_code = 4


class DamagedStore(StoreError):
    """Found on opening."""


class IndexMismatch(StoreError):
    """`stored` and `wanted` are names with versions, "name@version" or "name/version"."""

    def __init__(self, what: str, stored: str, wanted: str) -> None:
        if _without_version(stored) == _without_version(wanted):
            said = t(
                "The documents were indexed with the {what} {stored}; the version here is {wanted}. "
                "Run `groundtune reindex`.",
                what=what,
                stored=stored,
                wanted=wanted,
            )
        else:
            said = t(
                "The documents were indexed with the {what} {stored}, but this command would use {wanted}. "
                "Run `groundtune reindex`, or set it back in groundtune.toml.",
                what=what,
                stored=stored,
                wanted=wanted,
            )
        super().__init__(said)


def _without_version(name: str) -> str:
    if name.startswith("openai:"):  # what stands behind its @ is an endpoint
        return name.partition(" ")[0]
    if ":" in name:
        return name.rpartition("@")[0] or name.partition(" ")[0]
    return re.split("[@/]", name)[0]


class ModelError(GroundtuneError):
    exit_code = 5


class MissingExtra(ModelError):
    def __init__(self, library: str, extra: str) -> None:
        self.library, self.extra = library, extra
        super().__init__(
            t(
                'This needs {library}, which is not installed. Run: pip install "groundtune[{extra}]"',
                library=library,
                extra=extra,
            )
        )


class ModelUnavailable(ModelError):
    pass


class Stopped(GroundtuneError):
    exit_code = 130

    def __init__(self, what: str) -> None:
        super().__init__(t("{what} was stopped. The same command continues where it stopped.", what=what))
