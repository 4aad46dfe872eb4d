"""Files to stored documents: what is new or changed goes in; what is unchanged is left alone.

A bad file is named with its reason and the rest goes in. Documents are embedded and committed in batches, and count as
added when their batch is on disk. Work may be stopped between batches; running it again goes on where it stopped,
because what is stored is then unchanged.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from groundtune.errors import BadDocument
from groundtune.i18n import t
from groundtune.knowledge.analyse import Analyser
from groundtune.knowledge.load import MAX_BYTES
from groundtune.knowledge.prepare import Prepared, index_format, passages_of, prepare
from groundtune.knowledge.sources import Loaded, file_of, find_files, load_file
from groundtune.models.protocols import Embedder
from groundtune.progress import Progress, Silent
from groundtune.storage.documents import DocumentInfo, DocumentStore
from groundtune.storage.encoding import check_text
from groundtune.storage.rows import NewRefusal
from groundtune.types import Document

BATCH_PASSAGES = 64
"""Passages embedded together; what a stop may lose."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file or row that did not go in."""

    path: str
    reason: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a person should know of a document's text."""

    path: str
    document_id: str
    notice: str


@dataclass(slots=True)
class AddReport:
    """What became of each document, by id."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    """A new revision, or other readers."""
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    """What was left out of documents that did go in."""
    passed_over: list[str] = field(default_factory=list)
    """Files in the folders whose kind is not read."""
    revisions: int = 0
    """Revisions stored by this run."""
    passages: int = 0
    """Passages stored by this run."""
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The states of one document that this run found, oldest first."""

    id: str
    states: tuple[Document, ...]


def content_hash(document: Document) -> str:
    """Of everything that a revision holds. Readers are the document's, not the revision's; they don't count."""
    content: list[object] = [
        document.title,
        document.text,
        document.language,
        str(document.effective_from),
        str(document.effective_to),
        sorted(document.metadata.items()),
    ]
    if document.locations:
        content.append([(at.start, at.kind, at.name) for at in document.locations])
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def add(
    paths: Sequence[Path],
    *,
    store: DocumentStore,
    analyser: Analyser,
    embedder: Embedder,
    prune: bool = False,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
    today: date | None = None,
    max_bytes: int = MAX_BYTES,
) -> AddReport:
    """Adds files and folders. `prune` removes documents that came from these paths and are there no more.

    Raises IndexMismatch when the store was filled with another embedder or analyser, UsageError for a path that does
    not exist; nothing is changed then.
    """
    progress, stop, today = progress or Silent(), stop or threading.Event(), today or date.today()
    files, passed_over = find_files(paths)
    store.set_format(index_format(analyser, embedder))
    report = AddReport(passed_over=[str(path) for path in passed_over])
    stored = {info.id: info for info in store.documents()}
    loaded: list[Loaded] = []
    looked_at: list[str] = []
    progress.start(t("Reading"), len(files))
    for file in files:
        if stop.is_set():
            break
        looked_at.append(str(file.path))
        for found in load_file(file, max_bytes):
            try:
                if isinstance(found, BadDocument):
                    raise found
                check_text(found.document)
            except BadDocument as error:
                report.refused.append(_refusal(error))
            else:
                loaded.append(found)
        progress.advance()
    progress.finish()
    wanted = list(_gather(loaded, stored, report))
    new: list[tuple[str, Document]] = []
    for document in wanted:
        report.notices.extend(notice for state in document.states for notice in _notices(state))
        fresh = _fresh_states(document, store)
        info = stored.get(document.id)
        readers = _readers(document, info, store, today)
        if info is not None:
            report.notices.extend(_opened(document, info.readers, readers))
        report.notices.extend(_not_yet(document, readers, today))
        new.extend((document.id, replace(state, readers=readers)) for state in fresh)
        if info is not None and not fresh:
            if info.readers != readers:
                store.set_readers(document.id, readers)
                report.updated.append(document.id)
            else:
                report.unchanged.append(document.id)
    report.notices.extend(_left_as_they_were(stored, {document.id for document in wanted}, report))
    _store(new, set(stored), store, analyser, embedder, progress, stop, today, report)
    report.stopped = stop.is_set()
    store.refusals.record(looked_at, [_new_refusal(refusal, max_bytes) for refusal in report.refused])
    _forget_gone(paths, store)
    if prune and not report.stopped:
        _prune(paths, {document.id for document in wanted}, store, report)
    return report


def _gather(loaded: Sequence[Loaded], stored: dict[str, DocumentInfo], report: AddReport) -> Iterator[_Wanted]:
    """Documents by id, each with its states in order of effective date. Two states of one day contradict each other."""
    states: dict[str, dict[date | None, Document]] = {}
    for found in loaded:
        document = found.document
        of_id = states.setdefault(document.id, {})
        other = of_id.get(document.effective_from)
        known = stored.get(document.id)
        if other is not None:
            if content_hash(other) != content_hash(document) or other.readers != document.readers:
                report.refused.append(_taken(document, other.source))
        elif found.derived and known and file_of(known.source) != Path(document.source) and _is_there(known.source):
            report.refused.append(_taken(document, known.source))
        else:
            of_id[document.effective_from] = document
    for document_id, of_id in states.items():
        if of_id:
            ordered = sorted(of_id.values(), key=lambda document: document.effective_from or date.min)
            yield _Wanted(document_id, tuple(ordered))


def _fresh_states(wanted: _Wanted, store: DocumentStore) -> list[Document]:
    """The states whose newest stored revision of the same effective date holds something else, or is not there."""
    newest = {revision.effective_from: revision.content_hash for revision in store.revisions(wanted.id)}
    return [state for state in wanted.states if newest.get(state.effective_from) != content_hash(state)]


def _readers(wanted: _Wanted, known: DocumentInfo | None, store: DocumentStore, today: date) -> frozenset[str] | None:
    """Who may read the document, in all its states, from now on: as the newest state in force says.

    One that is still to come takes readers away and gives none, for they would read today's text too.
    """
    stored = [revision.effective_from or date.min for revision in store.revisions(wanted.id)]
    begun = [state for state in wanted.states if (state.effective_from or date.min) <= today]
    to_come = wanted.states[len(begun) :]
    if known is None or (not begun and min(stored) > today):
        readers = (begun[-1:] or wanted.states[:1])[0].readers
    elif not begun:
        readers = known.readers
    else:
        readers = _readers_now(begun[-1], known, max((day for day in stored if day <= today), default=date.min))
        if max(stored) > max(today, wanted.states[-1].effective_from or date.min):  # one that this run has not seen
            readers = _narrowed(known.readers, readers)
    for state in to_come:
        readers = _narrowed(readers, state.readers)
    return readers


def _narrowed(readers: frozenset[str] | None, further: frozenset[str] | None) -> frozenset[str] | None:
    """Those who are among both; the first where nobody is."""
    if readers is None or further is None:
        return further if readers is None else readers
    return readers & further or readers


def _readers_now(last: Document, known: DocumentInfo, newest: date) -> frozenset[str] | None:
    """By the last state in force that this run has seen, and the newest that is stored."""
    if (last.effective_from or date.min) >= newest:
        return last.readers
    if last.effective_from is None and known.readers is None:  # whether it is newer, nobody says: it may restrict
        return last.readers
    return known.readers


def _opened(wanted: _Wanted, before: frozenset[str] | None, now: frozenset[str] | None) -> Iterator[Notice]:
    """That more people may read the document than before."""
    if before is not None and (now is None or now - before):
        text = t(
            "Until now {before} may read it; from now on {now}.",
            before=_named(before),
            now=_named(now),
        )
        yield Notice(str(file_of(wanted.states[-1].source)), wanted.id, text)


def _not_yet(wanted: _Wanted, now: frozenset[str] | None, today: date) -> Iterator[Notice]:
    """That a state still to come names other readers than the document has until then."""
    for state in wanted.states:
        if state.effective_from is not None and state.effective_from > today and state.readers != now:
            text = t(
                "Its version of {day} is for {later}. Until that day {now} may read every version of it; add it again "
                "then.",
                day=state.effective_from,
                later=_named(state.readers),
                now=_named(now),
            )
            yield Notice(str(file_of(state.source)), wanted.id, text)


def _left_as_they_were(stored: dict[str, DocumentInfo], seen: set[str], report: AddReport) -> Iterator[Notice]:
    """Who may still read the documents of files and rows that were refused: the change may have restricted them."""
    refused = {refusal.path for refusal in report.refused}
    for info in stored.values():
        path = str(file_of(info.source))
        if path in refused and info.id not in seen:
            text = t(
                "Until this is mended, its earlier version stays readable by {readers}.", readers=_named(info.readers)
            )
            yield Notice(path, info.id, text)


def _named(readers: frozenset[str] | None) -> str:
    return t("everybody") if readers is None else ", ".join(sorted(readers))


def _store(
    new: Sequence[tuple[str, Document]],
    known: set[str],
    store: DocumentStore,
    analyser: Analyser,
    embedder: Embedder,
    progress: Progress,
    stop: threading.Event,
    today: date,
    report: AddReport,
) -> None:
    made_by = index_format(analyser, embedder)
    progress.start(t("Adding documents"), len(new))
    for batch in _batches((document for _, document in new), embedder):
        if stop.is_set():
            break
        made = list(zip(batch, passages_of(batch, analyser, embedder), strict=True))
        with store.together():
            for prepared, passages in made:
                document = prepared.document
                store.put(document, passages, content_hash=content_hash(document), today=today, made_by=made_by)
        for prepared, passages in made:
            report.revisions += 1
            report.passages += len(passages)
            outcome = report.updated if prepared.document.id in known else report.added
            if prepared.document.id not in outcome[-1:]:
                outcome.append(prepared.document.id)
            progress.advance()
    progress.finish()


def _batches(documents: Iterator[Document], embedder: Embedder) -> Iterator[list[Prepared]]:
    batch: list[Prepared] = []
    waiting = 0
    for document in documents:
        batch.append(prepare(document, embedder))
        waiting += len(batch[-1].spans)
        if waiting >= BATCH_PASSAGES:
            yield batch
            batch, waiting = [], 0
    if batch:
        yield batch


def _prune(paths: Sequence[Path], seen: set[str], store: DocumentStore, report: AddReport) -> None:
    """Removes what came from `paths` and is not there any more; what this run could not read is kept."""
    unread = {Path(refusal.path) for refusal in report.refused}
    roots = [path.resolve() for path in paths]
    for info in store.documents():
        file = file_of(info.source)
        if info.id in seen or file in unread:
            continue
        if any(file == root or root in file.parents for root in roots):
            store.delete(info.id)
            report.removed.append(info.id)


def _forget_gone(paths: Sequence[Path], store: DocumentStore) -> None:
    """Takes off the list of refusals what is no more where this run looked."""
    below = tuple(str(path.resolve()) for path in paths)
    store.refusals.forget(lambda name: _lies_below(name, below) and not Path(name).exists())


def _lies_below(name: str, roots: Sequence[str]) -> bool:
    return any(name == root or name.startswith(root + os.sep) for root in roots)


def _new_refusal(refusal: Refusal, max_bytes: int) -> NewRefusal:
    sha256 = None
    try:
        if Path(refusal.path).stat().st_size <= max_bytes:
            with Path(refusal.path).open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        sha256 = None  # a file that can't be read is on the list all the same
    return NewRefusal(refusal.path, refusal.line, refusal.reason, sha256)


def _notices(document: Document) -> list[Notice]:
    return [Notice(document.source, document.id, notice) for notice in document.notices]


def _is_there(source: str) -> bool:
    return file_of(source).exists()


def _taken(document: Document, by: str) -> Refusal:
    reason = t(
        "Its id “{id}” is taken by {other}. Give it an id or an effective_from of its own.", id=document.id, other=by
    )
    return Refusal(str(file_of(document.source)), reason, _line_of(document.source))


def _line_of(source: str) -> int | None:
    line = source.rpartition(":")[2]
    return int(line) if file_of(source) != Path(source) else None


def _refusal(error: BadDocument) -> Refusal:
    source = str(error.path) if error.path is not None else ""
    return Refusal(str(file_of(source)), error.reason, error.line or _line_of(source))
