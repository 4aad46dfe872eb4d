"""Somebody's erasure: what names the person, what becomes of each place, and the proof that nothing is left.

`look` changes nothing. `erase` enters the erasure in a journal, then goes from what answers to what was derived from
it: rows in one transaction, files one by one, indexes anew, the database's file rewritten; and reads every byte of the
workspace again. Killed at any moment, the same call continues. What it can't reach it names.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundtune.i18n import t
from groundtune.knowledge.prepare import index_format
from groundtune.knowledge.redact import Redacted, redacted, texts_of
from groundtune.knowledge.sources import origin_of
from groundtune.privacy import Finder
from groundtune.progress import Progress, Silent
from groundtune.storage.erasures import Erasures
from groundtune.storage.rewriting import rename_document, rewrite_revision
from groundtune.storage.traces import remove
from groundtune.workspace import erasing_files
from groundtune.workspace.erasing_files import Spared
from groundtune.workspace.erasing_look import Findings, Request, look, spared
from groundtune.workspace.lineage import Affected
from groundtune.workspace.scanning import Scan, byte_forms, scan

if TYPE_CHECKING:
    from groundtune.workspace.opening import Workspace


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was done, and what the last look found."""

    deleted: int
    """Documents."""
    redacted: int
    rows: int
    """In the other tables."""
    files: int
    scan: Scan
    left: Findings
    models: tuple[Affected, ...]
    """That know the person, or may: none of them was touched."""
    outside: tuple[str, ...]
    """Files and addresses that name the person and were not touched."""

    @property
    def whole(self) -> bool:
        """Whether nothing is left in the workspace."""
        return not (self.scan.hits or self.left.to_do)


def erase(workspace: Workspace, request: Request, found: Findings, progress: Progress | None = None) -> Certificate:
    """Does what `found` says. Raises StoreError when documents changed since it was found, IndexMismatch when they were
    indexed by another embedder or analyser than is in use now; nothing is erased then."""
    finder, progress, spare = Finder(request.person), progress or Silent(), spared(workspace, request)
    settings, erasures = workspace.settings, Erasures(workspace.database)
    rewritten = _rewritten(workspace, found, finder, progress)
    vectors = _vectors(workspace, found)
    begun = erasures.unfinished(request.told)
    work = _joined(begun.work if begun else {}, found)
    number = begun.number if begun else erasures.begin(request.told, work)
    erasures.take_over(number, work)
    _rows(workspace, number, finder, found, rewritten)
    vectors -= {row.vector.tobytes() for row in workspace.store.rows() if row.vector is not None}
    _files(workspace, finder, found, work["sources"], spare)
    if work["runs"]:
        workspace.registry.forget_unfinished()
    _derived_anew(workspace)
    kept = json.loads(finder.redacted(json.dumps({**work, "outside": [], "sources": []}, ensure_ascii=False)))
    erasures.take_over(number, kept)
    erasures.rewrite_file()
    other_people = spare if request.excepted else None
    scanned = scan(settings, finder, byte_forms(request.person), sorted(vectors), other_people, progress)
    left = look(workspace, request)
    certificate = Certificate(
        deleted=sum(document.action == "delete" for document in found.documents),
        redacted=len({id for id, _ in rewritten}),
        rows=len({(row.table, row.key) for row in found.rows}),
        files=sum(file.action in ("redact", "delete") for file in found.files),
        scan=scanned,
        left=left,
        models=tuple(Affected(**row) for row in work["models"]),
        outside=tuple(work["outside"]),
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
        if model.model not in models or model.knows != "unknown":
            models[model.model] = asdict(model)
    outside = dict.fromkeys([*before.get("outside", ()), *(origin for origin, _ in found.outside)])
    deleted = [document.source for document in found.documents if document.action == "delete"]
    sources = dict.fromkeys([*before.get("sources", ()), *deleted])
    runs = bool(before.get("runs") or found.unfinished_runs)
    return {"models": list(models.values()), "outside": list(outside), "sources": list(sources), "runs": runs}


def _kept(certificate: Certificate) -> dict[str, Any]:
    return {
        "documents_deleted": certificate.deleted,
        "documents_redacted": certificate.redacted,
        "rows": certificate.rows,
        "files": certificate.files,
        "bytes_scanned": certificate.scan.bytes,
        "models": [model.model for model in certificate.models if model.knows != "unknown"],
    }


def _rewritten(workspace: Workspace, found: Findings, finder: Finder, progress: Progress) -> list[tuple[str, Redacted]]:
    """The redacted revisions by their document's id, made before anything is changed: embedding takes long."""
    wanted = [document for document in found.documents if document.action == "redact"]
    if wanted:
        workspace.store.set_format(index_format(workspace.analyser, workspace.embedder))  # refuses another
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
    rewritten: Sequence[tuple[str, Redacted]],
) -> None:
    """All that the database holds, in one transaction."""
    store, erasures = workspace.store, Erasures(workspace.database)
    infos = {info.id: info for info in store.documents()}
    with workspace.database.transaction() as connection:
        format = store.format()
        for document in found.documents:
            for revision in store.revisions(document.id):
                lines = [line for line in revision.text.split("\n") if finder.names(line)]
                if lines or document.action == "delete":
                    erasures.remember(number, [revision.text, *lines])
            if document.action == "delete":
                store.delete(document.id)
        for _, new in rewritten:
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


def _files(workspace: Workspace, finder: Finder, found: Findings, sources: Sequence[str], spare: Spared) -> None:
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
            erasing_files.redact(place.path, finder, spare)
    erasing_files.rename(settings, finder, spare)


def _derived_anew(workspace: Workspace) -> None:
    """Throws away what was derived, with what other processes left unfinished, and makes it again."""
    folder = workspace.settings.derived
    if folder.is_dir():
        shutil.rmtree(folder)
    workspace.__dict__.pop("index", None)
    workspace.__dict__.pop("searcher", None)
    workspace.index.save()
