"""Files to stored documents: what is new or changed goes in; what is unchanged is left alone.

A bad file is named with its reason and the rest goes in. Documents are embedded and committed in batches, and count as
added when their batch is on disk. Work may be stopped between batches; running it again goes on where it stopped,
because what is stored is then unchanged.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from groundtune.i18n import t
from groundtune.knowledge.access import Wanted, left_as_they_were, not_yet, opened, readers_from_now_on
from groundtune.knowledge.analyse import Analyser
from groundtune.knowledge.gone import ask_after_missing, forget_refusals, nothing_there, prune_gone
from groundtune.knowledge.look import Looked, for_the_list, line_of, look
from groundtune.knowledge.options import Options
from groundtune.knowledge.outcome import AddReport, Notice, Refusal
from groundtune.knowledge.prepare import Prepared, index_format, passages_of, prepare
from groundtune.knowledge.remote.fetch import Bounds, Interrupted
from groundtune.knowledge.sources import Found, find, is_there, origin_of
from groundtune.models.protocols import Embedder
from groundtune.progress import Progress, Silent
from groundtune.storage.documents import DocumentInfo, DocumentStore
from groundtune.storage.origins import Held
from groundtune.types import Document

__all__ = ["AddReport", "Notice", "Refusal", "Target", "add", "add_found", "content_hash", "look_at", "take_in"]

BATCH_PASSAGES = 64
"""Passages embedded together; what a stop may lose."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where documents go, and what prepares them for it."""

    store: DocumentStore
    analyser: Analyser
    embedder: Embedder


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
    places: Sequence[Path | str],
    *,
    store: DocumentStore,
    analyser: Analyser,
    embedder: Embedder,
    prune: bool = False,
    allow_empty: bool = False,
    bounds: Bounds | None = None,
    scratch: Path | None = None,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
    today: date | None = None,
) -> AddReport:
    """Adds files, folders and addresses, as `Options` say.

    Raises IndexMismatch when the store was filled with another embedder or analyser, UsageError for a path that does
    not exist or an address that can't be read, MissingExtra; nothing is changed then.
    """
    stop, bounds = stop or threading.Event(), bounds or Bounds()
    try:
        found = find(places, bounds, stop)
    except Interrupted:
        return AddReport(stopped=True)
    options = Options(prune=prune, allow_empty=allow_empty, bounds=bounds, scratch=scratch)
    target = Target(store, analyser, embedder)
    try:
        return add_found(found, target, options, progress=progress or Silent(), stop=stop, today=today or date.today())
    finally:
        found.close()


def add_found(
    found: Found,
    target: Target,
    options: Options,
    *,
    progress: Progress,
    stop: threading.Event,
    today: date,
    among: Collection[str] | None = None,
) -> AddReport:
    """Adds what was found; raises IndexMismatch. No other document than `among`, where that is given, can be gone."""
    target.store.set_format(index_format(target.analyser, target.embedder))
    looked = look_at(found, target.store, options, progress=progress, stop=stop)
    return take_in(looked, target, options, progress=progress, stop=stop, today=today, among=among)


def look_at(
    found: Found, store: DocumentStore, options: Options, *, progress: Progress, stop: threading.Event
) -> Looked:
    """Reads what was found and asks after what is missing. Changes nothing, and takes as long as others take."""
    looked = look(found, store, options, progress=progress, stop=stop)
    if options.prune:
        ask_after_missing(looked, store, options.bounds, stop)
    return looked


def take_in(
    looked: Looked,
    target: Target,
    options: Options,
    *,
    progress: Progress,
    stop: threading.Event,
    today: date,
    among: Collection[str] | None = None,
) -> AddReport:
    """Stores what was read, and removes what is gone; raises IndexMismatch. Asks nobody."""
    store = target.store
    store.set_format(index_format(target.analyser, target.embedder))
    report = AddReport(passed_over=looked.found.passed_over, refused=looked.refused)
    concerned = None if among is None else {*among, *(found.document.id for found in looked.loaded)}
    stored = {info.id: info for info in store.documents(among=concerned)}
    plan = _plan(looked, stored, store, today, report)
    seen = {document.id for document in plan.wanted}
    report.notices.extend(left_as_they_were(stored, seen, looked.origins_refused()))
    for documents in looked.as_they_were.values():
        report.unchanged.extend(sorted(documents - seen))
        seen |= documents
    _store(plan.new, set(stored), target, progress, stop, today, report)
    report.stopped = stop.is_set()
    store.refusals.record(looked.places(), [for_the_list(refusal, looked, options) for refusal in looked.to_list()])
    forget_refusals(looked, store)
    if not report.stopped:
        store.origins.record(list(_held(looked, plan)))
        removed: set[str] = set()
        if options.prune:
            removed = prune_gone(looked, seen, store, report, allow_empty=options.allow_empty, among=among)
        report.refused.extend(nothing_there(looked, removed))
    return report


@dataclass(slots=True)
class _Plan:
    """What is to become of what was read."""

    wanted: list[Wanted] = field(default_factory=list)
    new: list[Document] = field(default_factory=list)
    """Documents to store, each with the readers that its document has from now on."""
    holding: dict[str, set[str]] = field(default_factory=dict)
    """By origin, the ids of the documents that go in, or went in before, from it."""
    unsettled: set[str] = field(default_factory=set)
    """Origins that are read again though they stay as they are: another day may make more of them."""


def _plan(
    looked: Looked, stored: Mapping[str, DocumentInfo], store: DocumentStore, today: date, report: AddReport
) -> _Plan:
    plan = _Plan()
    plan.wanted = list(_gather(looked, stored, plan))
    for document in plan.wanted:
        report.notices.extend(notice for state in document.states for notice in _notices(state))
        fresh = _fresh_states(document, store)
        info = stored.get(document.id)
        readers = readers_from_now_on(document, info, store, today)
        if info is not None:
            report.notices.extend(opened(document, info.readers, readers))
        to_come = list(not_yet(document, readers, today))
        report.notices.extend(to_come)
        plan.unsettled.update(notice.path for notice in to_come)
        plan.new.extend(replace(state, readers=readers) for state in fresh)
        if info is not None and not fresh:
            if info.readers != readers:
                store.set_readers(document.id, readers)
                report.updated.append(document.id)
            else:
                report.unchanged.append(document.id)
    return plan


def _gather(looked: Looked, stored: Mapping[str, DocumentInfo], plan: _Plan) -> Iterator[Wanted]:
    """Documents by id, each with its states in order of effective date. Two states of one day contradict each other."""
    states: dict[str, dict[date | None, Document]] = {}
    for found in looked.loaded:
        document, origin = found.document, origin_of(found.document.source)
        of_id = states.setdefault(document.id, {})
        other = of_id.get(document.effective_from)
        known = stored.get(document.id)
        by = None
        if other is not None:
            same = content_hash(other) == content_hash(document) and other.readers == document.readers
            by = None if same else other.source
        elif found.derived and known and origin_of(known.source) != origin and is_there(known.source, looked.found):
            by = known.source
        if by is not None:
            looked.refused.append(_taken(document, by))
            plan.unsettled.add(origin)
            continue
        of_id.setdefault(document.effective_from, document)
        plan.holding.setdefault(origin, set()).add(document.id)
    for document_id, of_id in states.items():
        if of_id:
            ordered = sorted(of_id.values(), key=lambda document: document.effective_from or date.min)
            yield Wanted(document_id, tuple(ordered))


def _held(looked: Looked, plan: _Plan) -> Iterator[Held]:
    """What each origin that was read holds now, as it is kept."""
    for origin, signature in looked.read.items():
        known_again = signature is not None and origin not in plan.unsettled
        yield Held(
            origin,
            frozenset(plan.holding.get(origin, ())),
            signature.kept() if signature is not None and known_again else None,
            in_part=origin in looked.origins_refused(),
        )


def _fresh_states(wanted: Wanted, store: DocumentStore) -> list[Document]:
    """The states whose newest stored revision of the same effective date holds something else, or is not there."""
    newest = {revision.effective_from: revision.content_hash for revision in store.revisions(wanted.id)}
    return [state for state in wanted.states if newest.get(state.effective_from) != content_hash(state)]


def _store(
    new: Sequence[Document],
    known: set[str],
    target: Target,
    progress: Progress,
    stop: threading.Event,
    today: date,
    report: AddReport,
) -> None:
    store, analyser, embedder = target.store, target.analyser, target.embedder
    made_by = index_format(analyser, embedder)
    progress.start(t("Adding documents"), len(new))
    for batch in _batches(new, embedder):
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


def _batches(documents: Iterable[Document], embedder: Embedder) -> Iterator[list[Prepared]]:
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


def _notices(document: Document) -> list[Notice]:
    return [Notice(document.source, document.id, notice) for notice in document.notices]


def _taken(document: Document, by: str) -> Refusal:
    reason = t(
        "Its id “{id}” is taken by {other}. Give it an id or an effective_from of its own.", id=document.id, other=by
    )
    return Refusal(origin_of(document.source), reason, line_of(document.source))
