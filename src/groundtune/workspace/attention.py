"""What the answers of a workspace say about its documents: questions that none answers, documents to look at again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING

from groundtune.answering.gaps import Gap, StaleDocument, gaps
from groundtune.types import Reader

if TYPE_CHECKING:
    from groundtune.workspace.opening import Workspace


def open_questions(workspace: Workspace, reader: Reader | None, *, since: datetime, at_least: int) -> list[Gap]:
    """Questions asked since then, `at_least` so often, that were never answered, or not since they last were."""
    kept = workspace.answers.store.all(reader, since=since)
    said = workspace.answers.reviewing.store.of([one.id for one in kept])
    faulted = frozenset(one.answer_id for one in said if one.verdict != "right" and one.review != "rejected")
    if not any(one.refused or one.id in faulted for one in kept):
        return []
    return gaps(kept, faulted, workspace.analyser, workspace.embedder.embed_queries, at_least=at_least)


def stale_documents(
    workspace: Workspace, reader: Reader | None, *, since: datetime, at_least: int, months: int, today: date
) -> list[StaleDocument]:
    """Documents out of force without a successor, and those unchanged for `months` that were quoted `at_least` so often
    since then; the most quoted first."""
    quoted: Counter[str] = Counter()
    for one in workspace.answers.store.all(reader, since=since):
        shown = {source.document_id for source in one.sources if source.use == "quoted"}
        quoted.update(document_id for document_id in shown if document_id is not None)
    found = [
        StaleDocument(document_id, title, cause, day, quoted[document_id])
        for document_id, title, cause, day in _old(workspace, reader, months, today)
        if cause == "ended" or quoted[document_id] >= at_least
    ]
    return sorted(found, key=lambda stale: (-stale.quoted, stale.since, stale.document_id))


def _old(workspace: Workspace, reader: Reader | None, months: int, today: date) -> Iterator[tuple[str, str, str, date]]:
    past = workspace.answers.past
    for info in workspace.store.documents(reader, as_of=today):
        if past.in_force(past.key_of(info.id), today) is None:
            ends = [revision.in_force_until for revision in workspace.store.revisions(info.id, reader)]
            ended = max((end for end in ends if end is not None and end <= today), default=None)
            if ended is not None and info.next_from is None:
                yield info.id, info.title, "ended", ended
            continue
        day = max(filter(None, (info.effective_from, info.added_at.astimezone().date())))
        if info.next_from is None and _months(day, today) >= months:
            yield info.id, info.title, "unchanged", day


def _months(first: date, last: date) -> int:
    """Whole months between two days."""
    return (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)
