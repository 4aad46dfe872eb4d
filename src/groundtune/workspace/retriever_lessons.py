"""Questions and documents to what a retriever learns from: the passages that answer, hard negatives, headings.

All is read from the store under one reader's rights, so nothing restricted goes into a model by accident. Knows no
training.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from groundtune.knowledge.prepare import in_context
from groundtune.tuning.duplicates import likeness
from groundtune.tuning.retriever_data import Lesson, RetrieverData, Searched, Sides
from groundtune.types import Passage, Reader

if TYPE_CHECKING:
    from groundtune.comparison.retrieval import RetrievalCase
    from groundtune.knowledge.search import Searcher
    from groundtune.progress import Progress
    from groundtune.storage.documents import DocumentStore

_NUMBER = re.compile(
    r"^(?:제\d+(?:조|장|절|편|관)(?:의\d+)*\s*|\d+(?:\.\d+)+[.)]?\s+|\d+[.)]\s*|[IVX]+[.)]\s+|[가-하][.)]\s*)"
)
_BRACKETS = re.compile(r"^[(（【\[](.+)[)）】\]]$")
_LEAST_LETTERS = 4
"""A heading with fewer says nothing that could be asked."""
_SAME = 0.8
"""Likeness of two passages from which the second is taken for the first: no negative then."""


@dataclass(frozen=True, slots=True)
class Answering:
    """A case with the documents that answer it, as the training reader may see them."""

    case: RetrievalCase
    documents: frozenset[str]


@dataclass(frozen=True, slots=True)
class Found:
    """Cases that can be learnt from or tested on, and why others can't."""

    answering: tuple[Answering, ...]
    unknown: tuple[str, ...] = ()
    """Ids of cases that name a document or passage which isn't here, or which the training reader may not read."""


@dataclass
class _Table:
    """The passages that lessons name, each once."""

    passages: dict[str, Searched] = field(default_factory=dict)

    def add(self, passage: Passage) -> str:
        key = str(passage.id)
        if key not in self.passages:
            text = in_context(passage.title, passage.heading_path, passage.prefix, passage.text)
            self.passages[key] = Searched(text, passage.document_id)
        return key

    def add_text(self, key: str, text: str, document: str) -> str:
        self.passages[key] = Searched(text, document)
        return key


def known_cases(cases: Sequence[RetrievalCase], store: DocumentStore, reader: Reader) -> Found:
    """Those all of whose relevant documents are here and may be read."""
    there = {info.id for info in store.documents(reader)}
    found, unknown = [], []
    for case in cases:
        documents = [name if name in there else name.rpartition("#")[0] for name in case.relevant]
        if all(document in there for document in documents):
            found.append(Answering(case, frozenset(documents)))
        else:
            unknown.append(case.id)
    return Found(tuple(found), tuple(unknown))


def make_lessons(
    found: Found,
    sides: Sides,
    searcher: Searcher,
    store: DocumentStore,
    *,
    reader: Reader,
    default_day: date | None,
    mined: int,
    with_headings: bool,
    progress: Progress,
) -> RetrieverData:
    """`mined` negatives for each question from what search finds now; `default_day` as for a search.

    A question none of whose passages is in force on its day is passed over.
    """
    table = _Table()

    def lessons(positions: Sequence[int]) -> tuple[Lesson, ...]:
        made = []
        for position in positions:
            lesson = _lesson(found.answering[position], table, searcher, store, reader, default_day, mined, sides)
            made += [] if lesson is None else [lesson]
            progress.advance()
        return tuple(made)

    train, validation = lessons(sides.train), lessons(sides.validation)
    headings = tuple(_own_lessons(table, store, reader, default_day, sides.held_out)) if with_headings else ()
    return RetrieverData(table.passages, train, headings, validation)


def _lesson(
    answering: Answering,
    table: _Table,
    searcher: Searcher,
    store: DocumentStore,
    reader: Reader,
    default_day: date | None,
    mined: int,
    sides: Sides,
) -> Lesson | None:
    case = answering.case
    day = case.as_of or default_day
    vector = searcher.embedder.embed_queries([case.question])[0]
    positives = [
        passage for name in case.relevant for passage in _nearest(name, answering.documents, vector, store, reader, day)
    ]
    if not positives:
        return None
    texts = [passage.text for passage in positives]
    hits = searcher.search(case.question, k=2 * mined, as_of=day, reader=reader)
    negatives = [
        hit.passage
        for hit in hits
        if hit.passage.document_id not in answering.documents
        and hit.passage.document_id not in sides.held_out
        and max(likeness(hit.passage.text, text) for text in texts) < _SAME
    ]
    return Lesson(
        case.question,
        tuple(dict.fromkeys(map(table.add, positives))),
        tuple(map(table.add, negatives[:mined])),
        answering.documents,
    )


def _nearest(
    name: str,
    documents: frozenset[str],
    vector: np.ndarray[tuple[int], np.dtype[np.float32]],
    store: DocumentStore,
    reader: Reader,
    day: date | None,
) -> Iterator[Passage]:
    """The passage that `name` means; of a document the one that is nearest to the question now."""
    document, _, ordinal = (name, "", "") if name in documents else name.rpartition("#")
    rows = {row.passage_id: row for row in store.rows(document)}
    passages = store.passages(list(rows), reader=reader, as_of=day)
    newest = max((passage.revision_number for passage in passages.values()), default=0)
    current = [passage for passage in passages.values() if passage.revision_number == newest]
    if ordinal:
        yield from (passage for passage in current if str(passage.ordinal) == ordinal)
    elif current:
        near = {p.id: rows[p.id].vector for p in current}
        yield max(current, key=lambda p: -1.0 if near[p.id] is None else float(near[p.id] @ vector))  # type: ignore[operator]


def _own_lessons(
    table: _Table, store: DocumentStore, reader: Reader, day: date | None, held_out: frozenset[str]
) -> Iterator[Lesson]:
    """Headings and titles as questions for what stands below them, which is shown without them.

    A heading that several documents have is asked together with the title; a title that several have is not asked.
    """
    current = list(_current(store, reader, day, held_out))
    asked: dict[str, set[str]] = {}
    titled: dict[str, set[str]] = {}
    for passage in current:
        titled.setdefault(passage.title, set()).add(passage.document_id)
        asked.setdefault(heading_of(passage), set()).add(passage.document_id)
    for passage in current:
        heading, document = heading_of(passage), frozenset({passage.document_id})
        if len(heading) >= _LEAST_LETTERS:
            alone = len(asked[heading]) == 1
            title = passage.title if alone else ""
            text = in_context(title, passage.heading_path[:-1], passage.prefix, _below(passage))
            key = table.add_text(f"{passage.id} heading", text, passage.document_id)
            yield Lesson(heading if alone else f"{passage.title} {heading}", (key,), (), document, "heading")
        elif passage.ordinal == 0 and len(titled[passage.title]) == 1:
            text = in_context("", passage.heading_path, passage.prefix, passage.text)
            key = table.add_text(f"{passage.id} title", text, passage.document_id)
            yield Lesson(passage.title, (key,), (), document, "title")


def _current(store: DocumentStore, reader: Reader, day: date | None, held_out: frozenset[str]) -> Iterator[Passage]:
    """The passages of each document's newest revision that is in force and that `reader` may read."""
    for info in store.documents(reader):
        if info.id in held_out:
            continue
        ids = [row.passage_id for row in store.rows(info.id)]
        passages = store.passages(ids, reader=reader, as_of=day)
        newest = max((passage.revision_number for passage in passages.values()), default=0)
        yield from (passages[i] for i in sorted(passages) if passages[i].revision_number == newest)


def heading_of(passage: Passage) -> str:
    """The nearest heading without its number; empty where there is none or it is the title."""
    if not passage.heading_path or passage.heading_path[-1] == passage.title:
        return ""
    words = _NUMBER.sub("", passage.heading_path[-1].strip()).strip()
    inside = _BRACKETS.match(words)
    return (inside[1] if inside else words).strip()


def _below(passage: Passage) -> str:
    """The passage's text without its headings."""
    from groundtune.knowledge.split import body

    return body(passage.text, passage.heading_path)


def counts(data: RetrieverData) -> Mapping[str, int]:
    """Lessons by who asked."""
    every = (*data.train, *data.headings)
    return {origin: sum(one.origin == origin for one in every) for origin in ("pair", "heading", "title")}
