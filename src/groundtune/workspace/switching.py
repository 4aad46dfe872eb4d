"""From one embedder or analyser to another: the new index beside the old one, both measured, then one step or none.

What is in use is what the settings name, or what a person switched to since; that stands in the database, so that it
changes together with the index.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from groundtune.comparison.retrieval_change import RetrievalChange, retrieval_change
from groundtune.errors import UnknownName, UsageError
from groundtune.i18n import t
from groundtune.knowledge.prepare import index_format
from groundtune.knowledge.reindex import build_beside, switch_to_beside
from groundtune.progress import Progress, Silent
from groundtune.storage.beside import Beside, Room
from groundtune.storage.choices import Choices, Setting
from groundtune.workspace.retrieval import finders

if TYPE_CHECKING:
    from groundtune.comparison.retrieval import HitIds, RetrievalCase
    from groundtune.knowledge.analyse import Analyser
    from groundtune.knowledge.search import Searcher
    from groundtune.models.protocols import Embedder
    from groundtune.types import Hit
    from groundtune.workspace.opening import Workspace

KIND = "retrieve"
"""What the registry calls tuned embedders."""
_ROOM_FACTOR = 3
"""Times the new index's size that the disk must have free: its rows, the switch's copy, and the log of both."""


def in_use(workspace: Workspace, setting: Setting) -> str:
    """The name of the embedder or analyser that this workspace's documents are searched with."""
    return Choices(workspace.database).chosen(setting, getattr(workspace.settings, setting))


def open_embedder_named(workspace: Workspace, name: str) -> Embedder:
    """The embedder "provider:name", or a tuned one, "NAME" or "NAME@VERSION". Raises UnknownName, UsageError."""
    from groundtune.models import EMBEDDERS, open_embedder

    if name.partition("@")[0] in workspace.registry.names(KIND):
        version = workspace.registry.get(*name.split("@", 1))
        if version.state != "ready":
            raise UsageError(t("{model} must not be used: {why}", model=version, why=version.state_note))
        return open_embedder(f"tuned:{version.folder}")
    if ":" not in name:
        raise UnknownName(t("embedder"), name, (*workspace.registry.names(KIND), *EMBEDDERS))
    return open_embedder(name, workspace.settings.endpoints)


@dataclass(frozen=True, slots=True)
class Rooms:
    """Disk that the index takes that answers, and the one beside it."""

    present: Room
    beside: Room


class Switch:
    """A change to another embedder, another analyser, or both; `None` keeps what is in use."""

    def __init__(self, workspace: Workspace, *, embedder: str | None = None, analyser: str | None = None) -> None:
        """Raises UnknownName, ModelUnavailable and MissingExtra for what can't be opened."""
        from groundtune.knowledge.analyse import open_analyser

        self._workspace = workspace
        self.embedder_name = _pinned(workspace, embedder or in_use(workspace, "embedder"))
        self.analyser_name = analyser or in_use(workspace, "analyser")
        self.embedder: Embedder = open_embedder_named(workspace, self.embedder_name)
        self.analyser: Analyser = open_analyser(self.analyser_name)
        self._beside = Beside(workspace.database)

    def check_present(self) -> None:
        """Raises UsageError where the index in use can't be measured, for what made it is not what is in use."""
        stored = self._workspace.store.format()
        opened = index_format(self._workspace.analyser, self._workspace.embedder)
        if stored is not None and stored != opened:
            raise UsageError(
                t(
                    "The documents were indexed with {stored}, and {opened} is here: the index can't be measured. "
                    "Leave --cases out, or run `groundtune reindex` first.",
                    stored=f"{stored.embedder}, {stored.analyser}",
                    opened=f"{opened.embedder}, {opened.analyser}",
                )
            )

    def build(self, progress: Progress | None = None, stop: threading.Event | None = None) -> Rooms:
        """Makes the new index; the old one answers meanwhile. Raises Stopped (the same call continues), and UsageError
        where the disk hasn't room for both."""
        self._check_room()
        build_beside(self._workspace.store, self._beside, self.analyser, self.embedder, progress=progress, stop=stop)
        return Rooms(self._beside.room_of_present(), self._beside.room())

    @cached_property
    def searcher(self) -> Searcher:
        """Searches the new index, which has been built."""
        from groundtune.knowledge.index import PassageIndex
        from groundtune.knowledge.search import Searcher
        from groundtune.storage.documents import DocumentStore

        store = DocumentStore(self._beside.view())
        index = PassageIndex(store, self._workspace.settings.derived / "beside")  # never saved
        weight = self._workspace.settings.lexical_weight
        return Searcher(store, index, self.analyser, self.embedder, weight, self._workspace.synonyms)

    def measure(
        self,
        cases: Sequence[RetrievalCase],
        k: int,
        default_day: date | None = None,
        progress: Progress | None = None,
    ) -> RetrievalChange:
        """The same cases on both indexes."""
        progress = progress or Silent()
        before = self._workspace.searcher
        legs = ["dense", "hybrid"] if before.analyser.name == self.analyser.name else ["lexical", "dense", "hybrid"]
        progress.start(t("Measuring"), 2 * (len(legs) + 1) * len(cases))
        try:
            return retrieval_change(
                cases,
                finders(before, k, default_day),
                finders(self.searcher, k, default_day, self._old_names()),
                k,
                legs=legs,
                progress=progress,
            )
        finally:
            progress.finish()

    def make(
        self,
        *,
        who: str = "",
        why: str | None = None,
        progress: Progress | None = None,
        stop: threading.Event | None = None,
    ) -> int:
        """Switches: index, names in use and, where `why` is told, the promotion of a tuned embedder, in one
        transaction. Returns the number of passages. Raises Stopped, and nothing is changed then."""
        workspace = self._workspace

        def along() -> None:
            choices = Choices(workspace.database)
            choices.choose("embedder", self.embedder_name, workspace.settings.embedder)
            choices.choose("analyser", self.analyser_name, workspace.settings.analyser)
            name, _, version = self.embedder_name.partition("@")
            is_tuned = name in workspace.registry.names(KIND)
            if why is not None and is_tuned and workspace.registry.champion(name) != int(version):
                workspace.registry.promote(name, version, who=who, why=why)

        passages = switch_to_beside(
            workspace.store, self._beside, self.analyser, self.embedder, along=along, progress=progress, stop=stop
        )
        for opened in ("embedder", "analyser", "searcher", "synonyms", "index"):
            workspace.__dict__.pop(opened, None)
        workspace.index.save()
        return passages

    def leave(self) -> None:
        """Removes the new index; nothing else was changed."""
        self._beside.discard()

    def _old_names(self) -> Callable[[Hit], HitIds]:
        """Cases name passages as the old index cuts them: a new one answers to those that it shares most words with."""

        @lru_cache(maxsize=10_000)
        def shared(revision_id: int, start: int, end: int) -> tuple[int, ...]:
            return tuple(self._beside.counterparts(revision_id, start, end))

        def names(hit: Hit) -> HitIds:
            passage = hit.passage
            own = passage.document_id
            return (own, *(f"{own}#{n}" for n in shared(passage.revision_id, passage.start, passage.end)))

        return names

    def _check_room(self) -> None:
        present, format = self._beside.room_of_present(), self._workspace.store.format()
        wider = self.embedder.dimension - (0 if format is None else format.dimension)
        needed = _ROOM_FACTOR * (present.bytes + present.passages * 4 * max(0, wider))
        free = shutil.disk_usage(self._workspace.settings.root).free
        if free < needed:
            raise UsageError(
                t(
                    "Both indexes side by side need up to {needed} MB; {free} MB are free in {folder}.",
                    needed=round(needed / 1e6),
                    free=round(free / 1e6),
                    folder=self._workspace.settings.root,
                )
            )


def reindex(workspace: Workspace, *, progress: Progress | None = None, stop: threading.Event | None = None) -> int:
    """All documents split, analysed and embedded anew by what is in use; returns how many passages there are.

    Until it is done the old passages answer. Raises Stopped; the same call continues.
    """
    switch = Switch(workspace)
    switch.build(progress, stop)
    return switch.make(progress=progress, stop=stop)


def unfinished(workspace: Workspace) -> dict[str, Any] | None:
    """Of the index beside the one that answers: what makes it and what it takes; `None` where there is none."""
    beside = Beside(workspace.database)
    format, room = beside.format, beside.room()
    if format is None:
        return None
    return {"embedder": format.embedder, "analyser": format.analyser, "passages": room.passages, "bytes": room.bytes}


def discard_unfinished(workspace: Workspace) -> Room | None:
    """Removes what a switch that was stopped left beside; returns what that was, `None` where nothing was left."""
    beside = Beside(workspace.database)
    if beside.format is None:
        return None
    room = beside.room()
    beside.discard()
    return room


def _pinned(workspace: Workspace, name: str) -> str:
    """A tuned embedder's name with its version: what is in use must not change by a promotion."""
    if name.partition("@")[0] in workspace.registry.names(KIND):
        return str(workspace.registry.get(*name.split("@", 1)))
    return name
