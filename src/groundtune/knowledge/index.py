"""The passage index: exact BM25 and exact cosine over every passage that a reader may see on a day.

Derived from the store: it knows the change that it has seen, catches up before it answers, and may be thrown away at
any time. It finds ids and scores; whoever shows a passage re-reads it from the store. Knows no models and no fusion.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from groundtune.knowledge import bm25, persisted
from groundtune.knowledge.codes import Codes, rounded
from groundtune.knowledge.dense import Dense
from groundtune.knowledge.slots import SlotTable
from groundtune.knowledge.top import leading
from groundtune.storage.documents import DocumentStore, PassageRow, Position
from groundtune.types import Reader

Floats: TypeAlias = npt.NDArray[np.float32]
Slots: TypeAlias = npt.NDArray[np.int64]

_CHEAP_CHANGES = 200
"""Changes that the next process may take in while it opens, rather than this one writing everything anew."""


@dataclass(frozen=True, slots=True)
class Legs:
    """Candidates: the first `depth` of each leg, together, by passage id; every candidate with both scores."""

    passage_ids: npt.NDArray[np.int64]
    """(m,)"""
    lexical: Floats | None
    """(m,) BM25, 0 where no term occurs; `None` when the leg was not asked."""
    dense: Floats | None
    """(m,) cosine, 0 for a passage without a vector; `None` when the leg was not asked."""


@dataclass(frozen=True, slots=True)
class Entry:
    """All that the index holds of one passage."""

    document_key: int
    in_force_from: int
    in_force_to: int
    readers: frozenset[str] | None
    length: int
    """Terms, duplicates counted."""
    terms: Mapping[str, int]
    """Term → how often."""
    vector: Floats | None


class PassageIndex:
    """Open one with `PassageIndex.open`. Threads may share it; they take turns."""

    def __init__(self, store: DocumentStore, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._lock = threading.RLock()
        self._position = Position()
        self._saved = Position()  # of the files that the bulk lies in; none when it lies in memory
        self._seen: tuple[tuple[Position, Reader, date | None], npt.NDArray[np.bool_]] | None = None
        self._slots: SlotTable
        self._vectors: Dense
        self._terms: bm25.Lexical
        self._set(SlotTable(), np.empty((0, self._dimension()), np.float32), bm25.build(()))

    @classmethod
    def open(cls, store: DocumentStore, folder: Path) -> PassageIndex:
        """Reads what was saved in `folder` where it fits the store, makes the rest from the store's rows."""
        index = cls(store, folder)
        saved = persisted.load(folder, store.format())
        if saved is not None and store.holds(saved.position):
            index._adopt(saved)
        index.save()
        return index

    @property
    def position(self) -> Position:
        """The newest change that the index has seen."""
        return self._position

    def __len__(self) -> int:
        """Living passages."""
        return self._slots.living

    # --- Searching ---

    def legs(
        self,
        tokens: Sequence[str] | None,
        vector: Floats | None,
        *,
        reader: Reader,
        as_of: date | None,
        depth: int,
        token_weights: Mapping[str, float] | None = None,
    ) -> Legs:
        """The best `depth` passages by words and the best `depth` by meaning, among those `reader` may see on `as_of`.

        `tokens` are the query's terms, a repeated one counting as often; `vector` is (dimension,) float32 of unit
        length. Either may be `None`: that leg is not asked. `as_of` None means any date. Scores are exact, and ties go
        to the passage that was stored first. Statistics are those of the passages that the reader may see on that day:
        no figure tells of another.
        """
        with self._lock:
            seen = self._seen_by(reader, as_of)
            kept = np.flatnonzero(seen)
            found: list[Slots] = []
            lexical = dense = None
            if tokens is not None:
                lexical = self._lexical(tokens, token_weights or {}, seen, kept)
                found.append(self._first(kept, lexical[kept], depth, above=0.0))
            if vector is not None:
                query = np.ascontiguousarray(vector, np.float32)
                near = self._vectors.near(query, kept[self._slots["has_vector"][kept]], depth)
                found.append(self._first(near, self._vectors.cosine(query, near), depth))
            slots = np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)
            slots = slots[np.argsort(self._slots["passage_ids"][slots])]
            if vector is not None:
                dense = self._vectors.cosine(query, slots)
            return Legs(self._slots["passage_ids"][slots], None if lexical is None else lexical[slots], dense)

    def holding(self, terms: Sequence[str], *, reader: Reader, as_of: date | None) -> dict[str, int]:
        """How many of the passages that `reader` may see on `as_of` have each term."""
        with self._lock:
            seen = self._seen_by(reader, as_of)
            return {term: self._terms.holding(term, seen) for term in set(terms)}

    def unheld(self, terms: Sequence[str], *, reader: Reader, as_of: date | None) -> set[str]:
        """Those of `terms` that none of the passages has that `reader` may see on `as_of`."""
        with self._lock:
            seen = self._seen_by(reader, as_of)
            return {term for term in set(terms) if not self._terms.held(term, seen)}

    def passage_ids(self, *, reader: Reader, as_of: date | None) -> list[int]:
        """The passages that `reader` may see on `as_of`."""
        with self._lock:
            ids: list[int] = self._slots["passage_ids"][self._seen_by(reader, as_of)].tolist()
            return ids

    def rarity(self, terms: Sequence[str], *, reader: Reader, as_of: date | None) -> dict[str, float]:
        """Inverse document frequency of each term among the passages that `reader` may see on `as_of`, 0 to 1; 1 for
        one that none has."""
        with self._lock:
            seen = self._seen_by(reader, as_of)
            count = int(np.count_nonzero(seen))
            largest = bm25.idf(0, count)
            return {term: bm25.idf(self._terms.holding(term, seen), count) / largest for term in set(terms)}

    def _seen_by(self, reader: Reader, as_of: date | None) -> npt.NDArray[np.bool_]:
        """(slots,): what the reader may see on that day. A question asks for it more than once."""
        asked = self._position, reader, as_of
        if self._seen is None or self._seen[0] != asked:
            self._seen = asked, self._slots.visible(reader, as_of)
        return self._seen[1]

    def _lexical(
        self, tokens: Sequence[str], weights: Mapping[str, float], seen: npt.NDArray[np.bool_], kept: Slots
    ) -> Floats:
        query = {term: times * weights.get(term, 1.0) for term, times in Counter(tokens).items()}
        lengths = self._slots["lengths"]
        if len(kept) == len(lengths):
            return self._terms.score(query, lengths, None, len(kept), self._slots.terms)
        return self._terms.score(query, lengths, seen, len(kept), int(lengths[kept].sum(dtype=np.int64)))

    def _first(self, slots: Slots, scores: Floats, depth: int, above: float = -np.inf) -> Slots:
        """The `depth` best of `slots`, ties by passage id."""
        some = leading(scores, depth, above)
        order = np.lexsort((self._slots["passage_ids"][slots[some]], -scores[some]))[:depth]
        return slots[some[order]]

    def entries(self) -> dict[int, Entry]:
        """Everything, by passage id: to be compared with the rows."""
        with self._lock:
            slots, readers = self._slots, self._slots.readers
            terms = self._terms.by_slot(len(slots))
            return {
                int(slots["passage_ids"][slot]): Entry(
                    int(slots["document_keys"][slot]),
                    int(slots["in_force_from"][slot]),
                    int(slots["in_force_to"][slot]),
                    readers[slots["reader_sets"][slot]],
                    int(slots["lengths"][slot]),
                    terms[slot],
                    self._vectors.rows(np.array([slot]))[0] if slots["has_vector"][slot] else None,
                )
                for slot in np.flatnonzero(slots["alive"]).tolist()
            }

    # --- Keeping up ---

    def catch_up(self) -> None:
        """Takes in what was committed since; afterwards the index equals the store's rows."""
        with self._lock:
            if self._store.position() == self._position:
                return
            with self._store.snapshot():
                newest = self._store.position()
                first = self._position == Position()
                if first or not self._store.holds(self._position) or self._dimension() != self._vectors.bulk.shape[1]:
                    self._rebuild()
                else:
                    for change in self._store.changes_since(self._position.number):
                        self._renew(change.document_key)
            self._position = newest
            self._compact_when_due()

    def _renew(self, document_key: int) -> None:
        """Brings one document's slots to the state of its rows."""
        slots = self._slots
        present = slots.of_document(document_key)
        slot_of = dict(zip(slots["passage_ids"][present].tolist(), present.tolist(), strict=True))
        missing: list[int] = []
        for state in self._store.states(document_key):
            slot = slot_of.pop(state.passage_id, None)
            if slot is None:
                missing.append(state.passage_id)
            else:
                slots["in_force_from"][slot] = state.in_force_from
                slots["in_force_to"][slot] = state.in_force_to
                slots["reader_sets"][slot] = slots.reader_set(state.readers)
        slots.kill(np.fromiter(slot_of.values(), np.int64, len(slot_of)))
        for row in self._store.rows_by_id(missing):
            self._append(row)

    def _append(self, row: PassageRow) -> None:
        slot = self._slots.append(**_columns(row, self._slots))
        self._vectors.append(row.vector)
        self._terms.add(slot, row.tokens)

    def _rebuild(self) -> None:
        """From all rows."""
        vectors = np.zeros((self._store.passage_count(), self._dimension()), np.float32)
        slots = SlotTable()

        def tokens_of_each() -> Iterator[tuple[str, ...]]:
            for row in self._store.rows():
                slot = slots.append(**_columns(row, slots))
                if row.vector is not None:
                    vectors[slot] = row.vector
                yield row.tokens

        postings = bm25.build(tokens_of_each())
        self._set(slots, vectors, postings)
        self._saved = Position()

    def _compact_when_due(self) -> None:
        total = len(self._slots)
        if total - self._slots.living > max(256, total // 4) or self._vectors.fresh > max(4096, total // 4):
            self._compact()

    def _compact(self) -> None:
        """Drops dead slots and joins what is fresh to the bulk, by passage id."""
        living = np.flatnonzero(self._slots["alive"])
        living = living[np.argsort(self._slots["passage_ids"][living])]
        places = np.full(len(self._slots), -1, np.int64)
        places[living] = np.arange(len(living))
        postings = self._terms.compact(places, len(living))
        self._set(self._slots.compacted(living), self._vectors.rows(living), postings)
        self._saved = Position()

    def save(self) -> None:
        """Catches up, and leaves in the folder what the next process can open at once and nothing that was deleted.

        Does nothing while what lies there lacks only a few additions, which are quicker caught up with than written.
        """
        with self._lock:
            self.catch_up()
            format = self._store.format()
            if format is None or not self._slots.living:
                persisted.forget(self._folder)
                return
            nothing_died = self._slots.living == len(self._slots)
            few = self._vectors.fresh <= len(self._slots) // 100
            behind = self._position.number - self._saved.number
            if self._saved != Position() and nothing_died and few and behind <= _CHEAP_CHANGES:
                return
            self._compact()
            bulk = self._vectors.bulk
            whole = persisted.Saved(format, self._position, self._slots, bulk, rounded(bulk), self._terms.bulk)
            persisted.save(self._folder, whole)
            saved = persisted.load(self._folder, format)
            if saved is not None and saved.position == self._position:
                self._adopt(saved)  # the pages of its files are shared with other processes

    def _adopt(self, saved: persisted.Saved) -> None:
        self._set(saved.slots, saved.vectors, saved.postings, saved.codes)
        self._position = self._saved = saved.position

    def _set(self, slots: SlotTable, vectors: Floats, postings: bm25.Postings, codes: Codes | None = None) -> None:
        self._slots, self._seen = slots, None
        self._vectors = Dense(vectors, codes)
        self._terms = bm25.Lexical(postings)

    def _dimension(self) -> int:
        format = self._store.format()
        return 0 if format is None else format.dimension


def _columns(row: PassageRow, slots: SlotTable) -> dict[str, int | bool]:
    return {
        "passage_ids": row.passage_id,
        "document_keys": row.document_key,
        "in_force_from": row.in_force_from,
        "in_force_to": row.in_force_to,
        "reader_sets": slots.reader_set(row.readers),
        "lengths": len(row.tokens),
        "has_vector": row.vector is not None,
    }
