"""Follows folders and addresses: what is saved there is found, what is deleted there is gone, for as long as it runs.

Folders are looked at a few times a second by what the file system tells of each file; addresses are asked now and
then. It begins by looking at everything, so that what happened while nobody watched is caught up with.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from groundtune.errors import DamagedStore, GroundtuneError, IndexMismatch, MissingExtra, UsageError
from groundtune.i18n import t
from groundtune.knowledge.add import AddReport, Target, add_found
from groundtune.knowledge.folders import Stamp, stamp_of, stamps_below
from groundtune.knowledge.options import Options
from groundtune.knowledge.remote.fetch import Bounds, Interrupted
from groundtune.knowledge.settling import QUIET_SECONDS, Settling
from groundtune.knowledge.sources import Found, Root, SourceFile, as_path, find, lies_below, name_of
from groundtune.progress import Silent
from groundtune.storage import locks
from groundtune.workspace.documents import fetched, refresh

if TYPE_CHECKING:
    from groundtune.workspace.opening import Workspace

_SHARE = 10
"""Looking takes a tenth of the time at most: a folder of very many files is looked at less often."""
_AFTER_TROUBLE_SECONDS = 5.0


Kind = Literal["added", "updated", "removed", "refused", "notice", "trouble", "watching", "ended"]


@dataclass(frozen=True, slots=True)
class Event:
    """One change, or one reason why there is none."""

    kind: Kind
    at: datetime
    document: str | None = None
    """Its id; `None` for what concerns no single document."""
    source: str | None = None
    """The file or address; `None` where `document` says it."""
    line: int | None = None
    reason: str | None = None


Tell = Callable[[Event], None]


def watch(
    workspace: Workspace,
    places: Sequence[Path | str],
    *,
    prune: bool = True,
    allow_empty: bool = False,
    allowed_hosts: Collection[str] = (),
    every_seconds: float = 60.0,
    stop: threading.Event,
    tell: Tell,
) -> None:
    """Follows `places` until `stop`, telling of each change when it can be found. Addresses are asked `every_seconds`.

    Without `prune` documents stay that are there no more; without `allow_empty` also those of a place that holds
    nothing at all any more, but for a folder that was seen to become empty.
    Trouble is told of, and tried again. Raises UsageError for a place that does not exist, lies in another or is
    followed by another process; and what no second try can mend: IndexMismatch, DamagedStore, MissingExtra.
    """
    names = [name_of(place) for place in places]
    for name in names:
        if any(lies_below(name, other) for other in names if other is not name):
            raise UsageError(t("{place} is named twice, or lies in another place that is named.", place=name))
    bounds = Bounds(allowed_hosts=frozenset(allowed_hosts))
    options = Options(prune, allow_empty, again=False, bounds=bounds, scratch=fetched(workspace))
    with ExitStack() as held:
        for name in names:
            held.enter_context(_alone(workspace, name))
        _Watch(workspace, places, options, every_seconds, stop, tell).run()


@contextmanager
def _alone(workspace: Workspace, name: str) -> Iterator[None]:
    """Nobody else follows this place for this workspace meanwhile."""

    def taken(holder: locks.Holder | None) -> str:
        if holder is None:
            return t("Another process follows {place} already.", place=name)
        return t(
            "Process {pid} on {host} has followed {place} since {since}. Stop it first, or leave it to it.",
            place=name,
            pid=holder.pid,
            host=holder.host,
            since=f"{holder.since.astimezone():%Y-%m-%d %H:%M}",
        )

    folder = workspace.settings.derived / "watched" / hashlib.sha256(name.encode()).hexdigest()[:16]
    with locks.held(folder, taken):
        yield


@dataclass(slots=True)
class _Folder:
    """A folder, or a file, of this machine that is followed."""

    root: Path
    is_file: bool
    identity: tuple[int, int] | None = None
    """Which folder it is: another is there under its name when a drive is not mounted."""
    settling: Settling = field(default_factory=Settling)

    def identify(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self.root.parent if self.is_file else self.root)
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def stamps(self) -> dict[str, Stamp]:
        if not self.is_file:
            return stamps_below(self.root)
        seen = stamp_of(self.root)
        return {} if seen is None else {str(self.root): seen}


class _Watch:
    def __init__(
        self,
        workspace: Workspace,
        places: Sequence[Path | str],
        options: Options,
        every_seconds: float,
        stop: threading.Event,
        tell: Tell,
    ) -> None:
        self._workspace, self._options, self._every, self._stop = workspace, options, every_seconds, stop
        self._listener = tell
        paths = [(place, as_path(place)) for place in places]
        self._folders = [_Folder(path.resolve(), path.is_file()) for _, path in paths if path is not None]
        self._addresses = [place for place, path in paths if path is None]
        self._refused: dict[str, set[tuple[str, int | None, str]]] = {}
        self._trouble: set[tuple[str | None, str]] = set()
        self._looking_seconds = 0.0

    def run(self) -> None:
        today = date.today()
        find([folder.root for folder in self._folders], self._options.bounds, self._stop)  # raises for what isn't there
        for folder in self._folders:
            self._look_at_all(folder)
        asked_at = self._ask()
        self._tell("watching")
        pause = QUIET_SECONDS
        while not self._stop.wait(pause):
            if date.today() != today:  # another day may open or close what a file states
                today = date.today()
                for folder in self._folders:
                    folder.identity = None
            self._looking_seconds = 0.0
            went = [self._follow(folder) for folder in self._folders]
            if self._addresses and time.monotonic() - asked_at >= self._every:
                asked_at = self._ask()
            pause = max(QUIET_SECONDS, _SHARE * self._looking_seconds) if all(went) else _AFTER_TROUBLE_SECONDS
        self._tell("ended")

    def _follow(self, folder: _Folder) -> bool:
        """Takes in what has come to rest; false where that did not go well."""
        identity = folder.identify()
        if identity is None or identity != folder.identity:
            return self._look_at_all(folder)
        began = time.monotonic()
        seen = folder.stamps()
        settled = folder.settling.look(seen, time.monotonic())
        self._looking_seconds += time.monotonic() - began
        if not settled.changed and not settled.gone:
            return True
        root = Root(str(folder.root), files=max(len(seen), 1))  # it is the same folder: that it is empty is believed
        files = {path: _file(path, folder, root) for path in settled.changed}
        origins = self._workspace.store.origins
        held = [origins.find(path) for path in (*settled.changed, *settled.gone)]
        among = {document for before in held if before is not None for document in before.documents}
        fine = self._try(lambda: self._add(Found(files=files, roots=[root]), among))
        if not fine:
            folder.settling.again(settled)
        return fine

    def _look_at_all(self, folder: _Folder) -> bool:
        """Takes in a whole folder, also one that was not there for a while."""
        identity = folder.identify()
        if identity is None or not folder.root.exists():
            reason = t("It is not there. Its documents stay until it is there again.")
            self._tell_trouble(reason, str(folder.root))
            folder.identity = None
            return False
        seen = folder.stamps()
        fine = self._try(lambda: self._add(find([folder.root], self._options.bounds, self._stop)))
        if fine:
            folder.settling = Settling(known=seen)
            folder.identity = identity
        return fine

    def _ask(self) -> float:
        """Asks all addresses, each for itself; when that was."""
        for place in self._addresses:
            self._try(lambda place=place: self._add(find([place], self._options.bounds, self._stop)))  # type: ignore[misc]
        return time.monotonic()

    def _add(self, found: Found, among: Collection[str] | None = None) -> None:
        workspace = self._workspace
        target = Target(workspace.store, workspace.analyser, workspace.embedder)
        try:
            report = add_found(
                found, target, self._options, progress=Silent(), stop=self._stop, today=date.today(), among=among
            )
        finally:
            found.close()
        self._tell_report(report, None if among is not None else found.roots[0].name)
        if report.revisions or report.updated or report.removed:
            refresh(workspace)

    def _try(self, work: Callable[[], None]) -> bool:
        try:
            work()
        except Interrupted:
            return False
        except (IndexMismatch, DamagedStore, MissingExtra):
            raise
        except (GroundtuneError, OSError, sqlite3.OperationalError) as error:
            self._tell_trouble(str(error))
            return False
        self._trouble.clear()
        return True

    def _tell_report(self, report: AddReport, whole: str | None) -> None:
        """Tells what a look brought; of a look at a `whole` place nothing that the last one brought as well."""
        for document in report.added:
            self._tell("added", document=document)
        for document in report.updated:
            self._tell("updated", document=document)
        for document in report.removed:
            self._tell("removed", document=document)
        refused = {(refusal.path, refusal.line, refusal.reason) for refusal in report.refused}
        news = refused - self._refused.get(whole, set()) if whole is not None else refused
        for source, line, reason in sorted(news, key=lambda refusal: (refusal[0], refusal[1] or 0)):
            self._tell("refused", source=source, line=line, reason=reason)
        if whole is not None:
            self._refused[whole] = refused
        about = {*report.added, *report.updated}
        for notice in report.notices:
            if notice.document_id in about or any(source == notice.path for source, _, _ in news):
                self._tell("notice", document=notice.document_id, source=notice.path, reason=notice.notice)

    def _tell_trouble(self, reason: str, source: str | None = None) -> None:
        """Once, until something goes well again."""
        if (source, reason) not in self._trouble:
            self._trouble.add((source, reason))
            self._tell("trouble", source=source, reason=reason)

    def _tell(
        self,
        kind: Kind,
        *,
        document: str | None = None,
        source: str | None = None,
        line: int | None = None,
        reason: str | None = None,
    ) -> None:
        self._listener(Event(kind, datetime.now(UTC), document, source, line, reason))


def _file(path: str, folder: _Folder, root: Root) -> SourceFile:
    below = Path(path).name if folder.is_file else Path(path).relative_to(folder.root).as_posix()
    return SourceFile(path, below, root, path=Path(path))
