"""Where a workspace names a person: documents, rows, files, and models that were tuned on them. Changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from groundtune.errors import UnknownName
from groundtune.i18n import t
from groundtune.knowledge.redact import texts_of
from groundtune.knowledge.sources import origin_of
from groundtune.privacy import Finder, Person
from groundtune.storage.traces import Trace, traces
from groundtune.types import Revision
from groundtune.workspace import erasing_files, lineage
from groundtune.workspace.erasing_files import FoundFile, Line, Spared, lines_of
from groundtune.workspace.lineage import Affected

if TYPE_CHECKING:
    from groundtune.workspace.opening import Workspace

Mode = Literal["auto", "redact", "delete"]


@dataclass(frozen=True, slots=True)
class Request:
    """Who is to be erased, and how."""

    person: Person
    documents: Mode = "auto"
    """Documents that name the person are redacted or deleted; "auto" deletes those that are about the person."""
    excepted: tuple[str, ...] = ()
    """Documents, and files below the workspace's folder, that mean somebody else."""
    tasks: tuple[Path, ...] = ()
    """Task files outside of the workspace."""

    @property
    def told(self) -> str:
        """Names the person in one spelling: the same command is known by it."""
        return json.dumps(asdict(self.person), ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True, slots=True)
class FoundDocument:
    id: str
    source: str
    """Its file, or row of a file; that of a deleted document goes too where it lies in the workspace."""
    action: Literal["redact", "delete"]
    lines: tuple[tuple[int | None, Line], ...]
    """Each place with the number of its revision; `None` for the document's own id and readers."""


@dataclass(frozen=True, slots=True)
class Findings:
    """Where the person is named."""

    documents: tuple[FoundDocument, ...]
    rows: tuple[Trace, ...]
    """In the other tables."""
    files: tuple[FoundFile, ...]
    outside: tuple[tuple[str, tuple[Line, ...]], ...]
    """Files and addresses beyond the workspace, which are not touched; without lines where they were not read."""
    models: tuple[Affected, ...]
    unfinished_runs: tuple[str, ...]
    """Of tuning, where rows that may be trained on name the person: they go, for they can't be continued."""

    @property
    def to_do(self) -> bool:
        return bool(self.documents or self.rows or any(file.action != "kept" for file in self.files))


def look(workspace: Workspace, request: Request) -> Findings:
    """Raises UnknownName for an exception that is neither a document nor a file of the workspace."""
    finder, root = Finder(request.person), workspace.settings.root
    spare = spared(workspace, request)
    documents = tuple(_documents(workspace, finder, request))
    tasks = lineage.tasks_of(workspace, request.tasks)
    data = list(lineage.data_files(tasks, finder))
    gone = {found.source for found in documents if found.action == "delete"}
    files = tuple(
        replace(file, action="delete") if str(file.path) in gone else file
        for file in erasing_files.find(workspace.settings, finder, spare)
    )
    origins = [origin_of(found.source) for found in documents]
    outside: dict[str, tuple[Line, ...]] = {origin: () for origin in origins if root not in Path(origin).parents}
    outside |= {str(file.path): file.lines for file in data if root not in file.path.parents}
    runs = workspace.registry.unfinished() if any(file.trains for file in data) else ()
    return Findings(
        documents=documents,
        rows=tuple(traces(workspace.database.connection, finder.names)),
        files=files,
        outside=tuple(outside.items()),
        models=tuple(lineage.affected(workspace, tasks, data, bool(documents))) if documents or data else (),
        unfinished_runs=tuple(run.folder.name for run in runs if run.holder is None),
    )


def spared(workspace: Workspace, request: Request) -> Spared:
    """The files that mean somebody else: those named, and those of the documents named, or their rows of them."""
    root = workspace.settings.root
    sources = {info.id: info.source for info in workspace.store.documents()}
    found: dict[Path, set[int] | None] = {}
    for name in request.excepted:
        if name in sources:
            path, _, line = sources[name].rpartition(":")
            whole = origin_of(sources[name]) == sources[name]
            if whole:
                found[Path(sources[name])] = None
            elif (lines := found.setdefault(Path(path), set())) is not None:
                lines.add(int(line))
        elif (root / name).is_file():
            found[root / name] = None
        else:
            raise UnknownName(t("document"), name, list(sources)[:10])
    return found


def _documents(workspace: Workspace, finder: Finder, request: Request) -> Iterator[FoundDocument]:
    for info in workspace.store.documents():
        if info.id in request.excepted:
            continue
        revisions = workspace.store.revisions(info.id)
        own = [line for text in (info.id, *(info.readers or ())) for line in _stated(text, finder)]
        lines: list[tuple[int | None, Line]] = [(None, line) for line in own]
        for revision in revisions:
            stated = [line for text in texts_of(revision) for line in _stated(text, finder)]
            lines += [(revision.number, line) for line in (*stated, *lines_of(revision.text, finder))]
        if lines:
            about = request.documents == "auto" and _is_about(revisions, finder)
            action: Literal["redact", "delete"] = "delete" if about or request.documents == "delete" else "redact"
            yield FoundDocument(info.id, info.source, action, tuple(lines))


def _is_about(revisions: Sequence[Revision], finder: Finder) -> bool:
    """Whether its id, a title or its file's name says so."""
    return any(
        finder.names(text)
        for revision in revisions
        for text in (revision.document_id, revision.title, Path(origin_of(revision.source)).name)
    )


def _stated(text: str, finder: Finder) -> list[Line]:
    return [Line(None, line.context) for line in lines_of(text, finder)]
