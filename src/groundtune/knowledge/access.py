"""Who may read a document from now on, where its states, those stored and those just found, name different readers.

The newest state in force decides. One that is still to come takes readers away and gives none, for they would read
today's text too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from groundtune.i18n import t
from groundtune.knowledge.outcome import Notice
from groundtune.knowledge.sources import origin_of
from groundtune.storage.documents import DocumentInfo, DocumentStore
from groundtune.types import Document


@dataclass(frozen=True, slots=True)
class Wanted:
    """The states of one document that this run found, oldest first."""

    id: str
    states: tuple[Document, ...]


def readers_from_now_on(
    wanted: Wanted, known: DocumentInfo | None, store: DocumentStore, today: date
) -> frozenset[str] | None:
    """Who may read the document, in all its states."""
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


def opened(wanted: Wanted, before: frozenset[str] | None, now: frozenset[str] | None) -> Iterator[Notice]:
    """That more people may read the document than before."""
    if before is not None and (now is None or now - before):
        text = t(
            "Until now {before} may read it; from now on {now}.",
            before=_named(before),
            now=_named(now),
        )
        yield Notice(origin_of(wanted.states[-1].source), wanted.id, text)


def not_yet(wanted: Wanted, now: frozenset[str] | None, today: date) -> Iterator[Notice]:
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
            yield Notice(origin_of(state.source), wanted.id, text)


def left_as_they_were(
    stored: Mapping[str, DocumentInfo], seen: Collection[str], refused: Collection[str]
) -> Iterator[Notice]:
    """Who may still read the documents of origins that were refused: the change may have restricted them."""
    for info in stored.values():
        path = origin_of(info.source)
        if path in refused and info.id not in seen:
            text = t(
                "Until this is mended, its earlier version stays readable by {readers}.", readers=_named(info.readers)
            )
            yield Notice(path, info.id, text)


def _named(readers: frozenset[str] | None) -> str:
    return t("everybody") if readers is None else ", ".join(sorted(readers))
