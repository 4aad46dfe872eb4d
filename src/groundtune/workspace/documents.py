"""Documents into a workspace and out of it: stored in one place, and found by the next search.

Every change ends with the index caught up and saved, so that the next process need not do it.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from groundtune.errors import UnknownName, UsageError
from groundtune.i18n import t
from groundtune.knowledge import add as adding
from groundtune.knowledge.changes import Change, changes
from groundtune.knowledge.remote.fetch import Bounds
from groundtune.progress import Progress
from groundtune.types import Reader, Revision
from groundtune.workspace.quoting import forget_quotes

if TYPE_CHECKING:
    from groundtune.workspace.opening import Workspace

_NAMED = 10
"""Ids that are named when one is unknown and like no other."""
_NEAR = 3


def add(
    workspace: Workspace,
    places: Sequence[Path | str],
    *,
    prune: bool = False,
    allow_empty: bool = False,
    allowed_hosts: Collection[str] = (),
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> adding.AddReport:
    """Adds files, folders and addresses; raises what `knowledge.add.add` raises.

    `allowed_hosts`, "name" or "name:port", may be this machine itself or link-local.
    """
    report = adding.add(
        places,
        store=workspace.store,
        analyser=workspace.analyser,
        embedder=workspace.embedder,
        prune=prune,
        allow_empty=allow_empty,
        bounds=Bounds(allowed_hosts=frozenset(allowed_hosts)),
        scratch=fetched(workspace),
        progress=progress,
        stop=stop,
    )
    if report.removed:
        forget_what_is_gone(workspace)
    if report.revisions or report.updated or report.removed:
        refresh(workspace)
    return report


@dataclass(frozen=True, slots=True)
class Deleted:
    ids: tuple[str, ...]
    """Each once."""
    reports: tuple[Path, ...]
    """Pages that quoted them and were removed; `groundtune compare` makes them anew."""


def delete(workspace: Workspace, ids: Sequence[str]) -> tuple[str, ...]:
    """As `delete_with_reports`; returns the documents' ids alone."""
    return delete_with_reports(workspace, ids).ids


def delete_with_reports(workspace: Workspace, ids: Sequence[str]) -> Deleted:
    """Deletes documents with all their revisions and what quotes them, all or none. Raises UnknownName."""
    wanted = tuple(dict.fromkeys(ids))
    known(workspace, wanted)
    with workspace.store.together():
        for document_id in wanted:
            workspace.store.delete(document_id)
        reports = forget_what_is_gone(workspace)
    refresh(workspace)
    return Deleted(wanted, reports)


def known(workspace: Workspace, ids: Sequence[str], reader: Reader | None = None) -> None:
    """Raises UnknownName for the first id that no document has, and alike for one that `reader` may not read."""
    for document_id in ids:
        if not workspace.store.revisions(document_id, reader):
            raise _unknown(workspace, document_id, reader)


@dataclass(frozen=True, slots=True)
class Difference:
    """Two revisions of one document and what changed from the first to the second."""

    before: Revision
    after: Revision
    changes: tuple[Change, ...]


def difference(
    workspace: Workspace, document_id: str, *, before: int | None = None, after: int | None = None, reader: Reader
) -> Difference:
    """Between the revisions of these numbers, by default the last two by their first day of force.

    Where only `before` is given, to the last one; only `after`, from the one that it followed. Raises UnknownName alike
    for a document that isn't there and one that `reader` may not read, UsageError where there is nothing to compare.
    """
    revisions = workspace.store.revisions(document_id, reader)
    if not revisions:
        raise _unknown(workspace, document_id, reader)
    for number in (before, after):
        if number is not None and number not in {revision.number for revision in revisions}:
            raise UnknownName(t("revision"), str(number), [str(revision.number) for revision in revisions])
    in_time = sorted(revisions, key=lambda revision: (revision.effective_from or date.min, revision.number))
    numbers = [revision.number for revision in in_time]
    if after is None:
        after = numbers[-1]
    if before is None:
        place = numbers.index(after)
        before = numbers[place - 1] if place else after
    if before == after:
        reason = t(
            "Revision {number} of “{document}” has none to compare with on that side. It has: {numbers}. "
            "Name two with --from and --to.",
            number=after,
            document=document_id,
            numbers=", ".join(map(str, numbers)),
        )
        raise UsageError(reason)
    old, new = (next(r for r in revisions if r.number == number) for number in (before, after))
    return Difference(old, new, tuple(changes(old, new)))


def _unknown(workspace: Workspace, document_id: str, reader: Reader | None) -> UnknownName:
    there = [info.id for info in workspace.store.documents(reader)]
    near = get_close_matches(document_id, there, n=_NEAR) or there[:_NAMED]
    following = t("All of them: groundtune documents list") if there else t("Next: groundtune add FOLDER")
    return UnknownName(t("document"), document_id, near, otherwise=following)


def fetched(workspace: Workspace) -> Path:
    """Below which folder a file lies that is fetched, while it is read."""
    return workspace.settings.derived / ".fetched"


def forget_what_is_gone(workspace: Workspace) -> tuple[Path, ...]:
    """After documents were deleted: what still quotes or copies them goes, too. Returns the reports that did."""
    from groundtune.workspace.replaying import forget_copies

    reports = forget_quotes(workspace)
    workspace.database.checkpoint()
    forget_copies(workspace)
    return reports


def refresh(workspace: Workspace) -> None:
    """Brings the index up to date, and leaves it so for the next process."""
    workspace.index.catch_up()
    workspace.index.save()
