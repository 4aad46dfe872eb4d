"""Does an index equal the rows that it was derived from? Compares all of both; counts and samples would not tell."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from groundtune.knowledge.index import Entry, PassageIndex
from groundtune.storage.documents import DocumentStore, PassageRow


@dataclass(frozen=True, slots=True)
class Audit:
    passages: int
    """In the store."""
    missing: int
    """In the store and not in the index."""
    stale: int
    """In the index and not in the store: they would be looked for, and never shown."""
    different: int
    """In both, but not with the same dates, readers, terms and vector."""

    @property
    def clean(self) -> bool:
        return not (self.missing or self.stale or self.different)


def audit(store: DocumentStore, index: PassageIndex) -> Audit:
    """Lets the index catch up, then compares every entry with its row."""
    with store.snapshot():
        index.catch_up()
        entries = index.entries()
        passages = missing = different = 0
        for row in store.rows():
            passages += 1
            entry = entries.pop(row.passage_id, None)
            if entry is None:
                missing += 1
            else:
                different += not _same(row, entry)
    return Audit(passages, missing, len(entries), different)


def _same(row: PassageRow, entry: Entry) -> bool:
    plain = (row.document_key, row.in_force_from, row.in_force_to, row.readers, len(row.tokens), Counter(row.tokens))
    held = (entry.document_key, entry.in_force_from, entry.in_force_to, entry.readers, entry.length, entry.terms)
    return plain == held and _bytes(row.vector) == _bytes(entry.vector)


def _bytes(vector: npt.NDArray[np.float32] | None) -> bytes | None:
    return None if vector is None else vector.tobytes()
