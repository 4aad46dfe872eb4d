"""Somebody's erasure: what names the person, what becomes of each place, and the proof that nothing is left.

`look` changes nothing. `erase` enters the erasure in a journal, then goes from what answers to what was derived from
it: rows in one transaction, files one by one, indexes anew, the database's file rewritten; and reads every byte of the
workspace again. Killed at any moment, the same call continues. What it can't reach it names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from groundtune.i18n import t
from groundtune.knowledge.redact import Redacted, redacted, texts_of
from groundtune.knowledge.sources import origin_of
from groundtune.privacy import Finder, Person
from groundtune.progress import Progress, Silent
from groundtune.storage.erasures import Erasures
from groundtune.storage.rewriting import rename_document, rewrite_revision
from groundtune.storage.traces import Trace, remove, traces
from groundtune.types import Revision
from groundtune.workspace import erasing_files, lineage
from groundtune.workspace.documents import known
from groundtune.workspace.erasing_files import FoundFile, Line, lines_of
from groundtune.workspace.lineage import Affected
from groundtune.workspace.scanning import Scan, byte_forms, scan

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
    """Ids of documents that mean somebody else."""
    tasks: tuple[Path, ...] = ()
    """Task files outside of the workspace."""

    @property
    def told(self) -> str:
        """Names the person in one spelling: the same command is known by it."""
        return json.dumps(asdict(self.person), ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True, slots=True)
class FoundDocument:
    id: str
    title: str
    source: str
    """Its file, of which a deleted document's goes too where it lies in the workspace."""
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

    @property
    def to_do(self) -> bool:
        return bool(self.documents or self.rows or any(file.action != "kept" for file in self.files))


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was done, and what the last look found."""

    deleted: tuple[str, ...]
    redacted: int
    rows: int
    files: int
    scan: Scan
    left: Findings
    models: tuple[Affected, ...]
    outside: tuple[str, ...]
    by_hand: tuple[str, ...] = field(default=())

    @property
    def whole(self) -> bool:
        """Whether nothing is left in the workspace."""
        return not (self.scan.hits or self.left.to_do)


def look(workspace: Workspace, request: Request) -> Findings:
    """Everything in the workspace that names the person. Raises UnknownName for an excepted id that is none."""
    finder = Finder(request.person)
    known(workspace, request.excepted)
    root = workspace.settings.root
    documents = tuple(_documents(workspace, finder, request))
    tasks = lineage.tasks_of(workspace, request.tasks)
    data = list(lineage.data_files(tasks, finder))
    gone = {found.source for found in documents if found.action == "delete"}
    files = tuple(
        replace(file, action="delete") if str(file.path) in gone else file
        for file in erasing_files.find(workspace.settings, finder)
    )
    origins = [origin_of(found.source) for found in documents]
    outside: dict[str, tuple[Line, ...]] = {origin: () for origin in origins if root not in Path(origin).parents}
    outside |= {str(file.path): file.lines for file in data if root not in file.path.parents}
    return Findings(
        documents=documents,
        rows=tuple(traces(workspace.database.connection, finder.names)),
        files=files,
        outside=tuple(outside.items()),
        models=tuple(lineage.affected(workspace, tasks, data)) if documents or data or files else (),
        unfinished_runs=tuple(run.folder.name for run in workspace.registry.unfinished() if run.holder is None),
    )


def _documents(workspace: Workspace, finder: Finder, request: Request) -> list[FoundDocument]:
    found = []
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
            found.append(FoundDocument(info.id, info.title, info.source, action, tuple(lines)))
    return found


def _is_about(revisions: Sequence[Revision], finder: Finder) -> bool:
    """Whether its id, a title or its file's name says so."""
    return any(
        finder.names(text)
        for revision in revisions
        for text in (revision.document_id, revision.title, Path(origin_of(revision.source)).name)
    )


def _stated(text: str, finder: Finder) -> list[Line]:
    return [Line(None, line.context) for line in lines_of(text, finder)]


def erase(workspace: Workspace, request: Request, found: Findings, progress: Progress | None = None) -> Certificate:
    """Does what `found` says. Raises StoreError, having erased nothing, when documents changed since it was found."""
    finder, progress = Finder(request.person), progress or Silent()
    settings, erasures = workspace.settings, Erasures(workspace.database)
    begun = erasures.unfinished(request.told)
    work = _joined(begun.work if begun else {}, found)
    number = begun.number if begun else erasures.begin(request.told, work)
    erasures.take_over(number, work)
    deleted = [document for document in found.documents if document.action == "delete"]
    rewritten = _rewritten(workspace, found, finder, progress)
    vectors = _vectors(workspace, found)
    _rows(workspace, number, finder, found, deleted, rewritten)
    vectors -= {row.vector.tobytes() for row in workspace.store.rows() if row.vector is not None}
    _files(workspace, finder, found, work["sources"])
    workspace.registry.forget_unfinished()
    _derived_anew(workspace)
    erasures.take_over(number, {"models": work["models"]})  # paths may name the person
    erasures.rewrite_file()
    scanned = scan(settings, finder, byte_forms(request.person), sorted(vectors), judged_by_rows=bool(request.excepted))
    left = look(workspace, request)
    certificate = Certificate(
        deleted=tuple(document.id for document in deleted),
        redacted=len({id for id, _ in rewritten}),
        rows=len({(row.table, row.key) for row in found.rows}),
        files=sum(file.action in ("redact", "delete") for file in found.files),
        scan=scanned,
        left=left,
        models=tuple(Affected(**row) for row in work["models"]),
        outside=tuple(work["outside"]),
        by_hand=tuple(str(file.path) for file in left.files if file.action == "by hand"),
    )
    if certificate.whole:
        erasures.finish(number, _kept(certificate))
        erasures.rewrite_file()  # the journal's own words
    return certificate


def unfinished(workspace: Workspace, request: Request) -> bool:
    """Whether this request was begun and is not finished."""
    return Erasures(workspace.database).unfinished(request.told) is not None


def _joined(before: Mapping[str, Any], found: Findings) -> dict[str, Any]:
    """What a continued run could not find out: models and files outside are known by rows that are gone by then."""
    models = {row["model"]: row for row in before.get("models", ())}
    for model in found.models:
        if model.model not in models or model.how != "unknown":
            models[model.model] = asdict(model)
    outside = dict.fromkeys([*before.get("outside", ()), *(origin for origin, _ in found.outside)])
    deleted = [document.source for document in found.documents if document.action == "delete"]
    sources = dict.fromkeys([*before.get("sources", ()), *deleted])
    return {"models": list(models.values()), "outside": list(outside), "sources": list(sources)}


def _kept(certificate: Certificate) -> dict[str, Any]:
    return {
        "documents_deleted": len(certificate.deleted),
        "documents_redacted": certificate.redacted,
        "rows": certificate.rows,
        "files": certificate.files,
        "bytes_scanned": certificate.scan.bytes,
        "models": [model.model for model in certificate.models if model.how != "unknown"],
    }


def _rewritten(workspace: Workspace, found: Findings, finder: Finder, progress: Progress) -> list[tuple[str, Redacted]]:
    """The redacted revisions by their document's id, made before anything is changed: embedding takes long."""
    wanted = [document for document in found.documents if document.action == "redact"]
    progress.start(t("Rewriting documents"), len(wanted))
    made: list[tuple[str, Redacted]] = []
    for document in wanted:
        for revision in workspace.store.revisions(document.id):
            if finder.names("\n".join((revision.text, document.id, *texts_of(revision)))):
                made.append((document.id, redacted(revision, finder, workspace.analyser, workspace.embedder)))
        progress.advance()
    progress.finish()
    return made


def _vectors(workspace: Workspace, found: Findings) -> set[bytes]:
    """Of the passages that may go: they say what the text said."""
    rows = (row for document in found.documents for row in workspace.store.rows(document.id))
    return {row.vector.tobytes() for row in rows if row.vector is not None}


def _rows(
    workspace: Workspace,
    number: int,
    finder: Finder,
    found: Findings,
    deleted: Sequence[FoundDocument],
    rewritten: Sequence[tuple[str, Redacted]],
) -> None:
    """All that the database holds, in one transaction."""
    store, erasures = workspace.store, Erasures(workspace.database)
    infos = {info.id: info for info in store.documents()}
    with workspace.database.transaction() as connection:
        format = store.format()
        for document in deleted:
            for revision in store.revisions(document.id):
                erasures.remember(number, [revision.text, *revision.text.split("\n")])
            store.delete(document.id)
        for _, new in rewritten:
            text = store.revision(new.revision_id).text
            erasures.remember(number, [text, *(line for line in text.split("\n") if finder.names(line))])
            rewrite_revision(
                connection, new.revision_id, new.instead_of, new.document, new.passages, new.content_hash, format
            )
        for document in found.documents:
            if document.action == "redact":
                readers = infos[document.id].readers
                clean = None if readers is None else [finder.redacted(group) for group in readers]
                rename_document(connection, document.id, finder.redacted(document.id), clean)
        for trace in found.rows:
            remove(connection, trace, finder.redacted)


def _files(workspace: Workspace, finder: Finder, found: Findings, sources: Sequence[str]) -> None:
    """Those of the workspace; `sources` are the files, or rows of files, of documents that were deleted."""
    settings = workspace.settings
    erasing_files.sweep(settings)
    for source in sources:
        path = Path(origin_of(source))
        if settings.root not in path.parents or not path.is_file():
            continue
        if path == Path(source):
            path.unlink()
        else:
            erasing_files.without_row(path, int(source.rpartition(":")[2]))
    for place in found.files:
        if not place.path.is_file():
            continue
        if place.action == "delete":
            place.path.unlink()
        elif place.action == "redact":
            erasing_files.redact(place.path, finder)
    erasing_files.rename(settings, finder)


def _derived_anew(workspace: Workspace) -> None:
    """Throws away what was derived, with what other processes left unfinished, and makes it again."""
    import shutil

    folder = workspace.settings.derived
    if folder.is_dir():
        shutil.rmtree(folder)
    workspace.__dict__.pop("index", None)
    workspace.__dict__.pop("searcher", None)
    workspace.index.save()
