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
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from groundtune.errors import DamagedStore, GroundtuneError, IndexMismatch, MissingExtra, UsageError
from groundtune.i18n import t
from groundtune.knowledge.add import AddReport, Target, add_found, look_at, take_in
from groundtune.knowledge.folders import Stamp, stamp_of, stamps_below
from groundtune.knowledge.look import Looked
from groundtune.knowledge.options import Options
from groundtune.knowledge.prepare import passages_of, prepare
from groundtune.knowledge.remote.fetch import Bounds, Interrupted
from groundtune.knowledge.settling import QUIET_SECONDS, Settling
from groundtune.knowledge.sources import Found, Root, SourceFile, as_path, find, lies_below, name_of
from groundtune.progress import Progress, Silent
from groundtune.storage import locks
from groundtune.types import Document
from groundtune.workspace.documents import fetched, forget_what_is_gone, refresh
from groundtune.workspace.telling import Tell, Teller

if TYPE_CHECKING:
    from groundtune.workspace.opening import Workspace

_SHARE = 10
"""Looking takes a tenth of a processor at most, and half of the time of a drive that is slow to answer."""
_AFTER_TROUBLE_SECONDS = 5.0
_ASKED_AT_ONCE = 4
"""Addresses."""


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
    progress: Progress | None = None,
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
        _Watch(workspace, places, options, every_seconds, stop, tell).run(progress or Silent())


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
    due_at: float = 0.0
    """When it is looked at again, by `time.monotonic()`."""

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


@dataclass(slots=True)
class _Address:
    """An address that is followed. It is asked in a thread of its own, so that nobody waits for a slow server."""

    place: Path | str
    name: str
    due_at: float = 0.0
    asking: Future[Looked] | None = None
    was_asked: bool = False


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
        self._teller = Teller(tell)
        self._pause = 0.0
        self._progress: Progress = Silent()
        paths = [(place, as_path(place)) for place in places]
        self._folders = [_Folder(path.resolve(), path.is_file()) for _, path in paths if path is not None]
        self._addresses = [_Address(place, name_of(place)) for place, path in paths if path is None]

    def run(self, progress: Progress) -> None:
        """`progress` sees the first look at each folder, which may take as long as adding it does."""
        self._progress = progress
        find([folder.root for folder in self._folders], self._options.bounds, self._stop)  # raises for what isn't there
        today, caught_up = date.today(), False
        with ThreadPoolExecutor(max_workers=_ASKED_AT_ONCE) as pool:
            while not self._stop.wait(self._pause):
                if date.today() != today:  # another day may open or close what a file states
                    today = date.today()
                    for folder in self._folders:
                        folder.identity = None
                self._pause = QUIET_SECONDS
                for folder in self._folders:
                    if time.monotonic() >= folder.due_at:
                        fine = self._follow(folder)
                        folder.due_at = 0.0 if fine else time.monotonic() + _AFTER_TROUBLE_SECONDS
                for address in self._addresses:
                    self._ask(address, pool)
                asked = all(address.was_asked for address in self._addresses)
                if asked and not caught_up and not self._stop.is_set():
                    caught_up, self._progress = True, Silent()
                    self._warm_up()
                    self._teller.tell("watching")
        self._teller.tell("ended")

    def _follow(self, folder: _Folder) -> bool:
        """Takes in what has come to rest; false where that did not go well."""
        identity = folder.identify()
        if identity is None or identity != folder.identity:
            return self._look_at_all(folder, identity)
        began, worked = time.monotonic(), time.thread_time()
        seen = folder.stamps()
        settled = folder.settling.look(seen, time.monotonic())
        self._pause = max(self._pause, time.monotonic() - began, _SHARE * (time.thread_time() - worked))
        if not settled.changed and not settled.gone:
            return True
        root = Root(str(folder.root), files=max(len(seen), 1))  # it is the same folder: that it is empty is believed
        files = {path: _file(path, folder, root) for path in settled.changed}

        def take() -> None:
            origins = self._workspace.store.origins
            held = [origins.find(path) for path in (*settled.changed, *settled.gone)]
            among = {document for before in held if before is not None for document in before.documents}
            self._add(Found(files=files, roots=[root]), among)

        fine = self._try(str(folder.root), take)
        if not fine:
            folder.settling.again(settled)
        return fine

    def _look_at_all(self, folder: _Folder, identity: tuple[int, int] | None) -> bool:
        """Takes in a whole folder: at first, on another day, and one that was not there for a while."""
        folder.identity = None
        if identity is None or not folder.root.exists():
            reason = t("It is not there. Its documents stay until it is there again.")
            self._teller.trouble(str(folder.root), reason)
            return False
        seen = folder.stamps()
        bounds, stop = self._options.bounds, self._stop
        fine = self._try(str(folder.root), lambda: self._add(find([folder.root], bounds, stop)))
        if fine:
            folder.settling, folder.identity = Settling(known=seen), identity
        return fine

    def _ask(self, address: _Address, pool: ThreadPoolExecutor) -> None:
        """Has an address asked when it is due, and takes in what it said."""
        if address.asking is None and time.monotonic() >= address.due_at:
            address.asking = pool.submit(self._look_there, address.place)
        elif address.asking is not None and address.asking.done():
            asking, address.asking = address.asking, None
            self._try(address.name, lambda: self._take_in(asking.result()))
            address.due_at, address.was_asked = time.monotonic() + self._every, True

    def _look_there(self, place: Path | str) -> Looked:
        found = find([place], self._options.bounds, self._stop)
        try:
            return look_at(found, self._workspace.store, self._options, progress=Silent(), stop=self._stop)
        finally:
            found.close()

    def _warm_up(self) -> None:
        """Loads what the first change would have to wait for. An endpoint is asked when there is something to ask."""
        if not self._workspace.settings.embedder.startswith("openai:"):
            target = self._target()
            word = prepare(Document(id="", title="", text=".", source=""), target.embedder)
            passages_of([word], target.analyser, target.embedder)

    def _target(self) -> Target:
        return Target(self._workspace.store, self._workspace.analyser, self._workspace.embedder)

    def _add(self, found: Found, among: Collection[str] | None = None) -> None:
        target, today, progress = self._target(), date.today(), self._progress
        report = add_found(found, target, self._options, progress=progress, stop=self._stop, today=today, among=among)
        self._tell(report, found.roots[0].name if among is None else None)

    def _take_in(self, looked: Looked) -> None:
        options = self._options
        report = take_in(looked, self._target(), options, progress=Silent(), stop=self._stop, today=date.today())
        self._tell(report, looked.found.roots[0].name)

    def _tell(self, report: AddReport, whole: str | None) -> None:
        self._teller.report(report, whole=whole)
        if report.removed:
            forget_what_is_gone(self._workspace)
        if report.revisions or report.updated or report.removed:
            refresh(self._workspace)

    def _try(self, place: str, work: Callable[[], None]) -> bool:
        try:
            work()
        except Interrupted:
            return False
        except (IndexMismatch, DamagedStore, MissingExtra):
            raise
        except (GroundtuneError, OSError, sqlite3.OperationalError) as error:
            self._teller.trouble(place, str(error))
            return False
        self._teller.well(place)
        return True


def _file(path: str, folder: _Folder, root: Root) -> SourceFile:
    below = Path(path).name if folder.is_file else Path(path).relative_to(folder.root).as_posix()
    return SourceFile(path, below, root, path=Path(path))
