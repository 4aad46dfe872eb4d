"""Exact cosine over vectors that come and go: the bulk in one matrix that a file can back, what came since beside it.

Knows slots (positions in the index's arrays), not passages or readers. A slot without a vector holds zeros.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from groundtune.knowledge.top import leading

Floats: TypeAlias = npt.NDArray[np.float32]
Slots: TypeAlias = npt.NDArray[np.int64]

_GATHER_BELOW = 0.3
"""Share of slots that a filter keeps below which their vectors are gathered instead of multiplying all."""
_GATHERED = 512
"""Vectors gathered at a time: they stay in the processor's cache."""


class Dense:
    """`bulk` is (slots, dimension) float32, rows of unit length or zero; it is read, never written."""

    def __init__(self, bulk: Floats) -> None:
        self.bulk = bulk
        self._fresh: Floats = np.empty((0, bulk.shape[1]), np.float32)  # with room to grow
        self._count = len(bulk)

    def __len__(self) -> int:
        """Slots."""
        return self._count

    @property
    def fresh(self) -> int:
        """Slots that came since the bulk."""
        return self._count - len(self.bulk)

    def append(self, vector: Floats | None) -> None:
        place = self.fresh
        if place == len(self._fresh):
            room = np.zeros((max(256, place), self.bulk.shape[1]), np.float32)
            self._fresh = np.concatenate([self._fresh, room])
        if vector is not None:
            self._fresh[place] = vector
        self._count += 1

    def rows(self, slots: Slots) -> Floats:
        """(len(slots), dimension), copied."""
        if not len(slots) or int(slots.max()) < len(self.bulk):
            return np.take(self.bulk, slots, axis=0)
        rows = np.empty((len(slots), self.bulk.shape[1]), np.float32)
        old = slots < len(self.bulk)
        rows[old] = self.bulk[slots[old]]
        rows[~old] = self._fresh[slots[~old] - len(self.bulk)]
        return rows

    def cosine(self, query: Floats, slots: Slots) -> Floats:
        """(len(slots),) cosines, computed row by row: a score does not depend on where the row lies."""
        scores = np.empty(len(slots), np.float32)
        for part in _parts(len(slots)):
            scores[part] = (self.rows(slots[part]) * query).sum(axis=1)
        return scores

    def near(self, query: Floats, slots: Slots, depth: int) -> Slots:
        """Those of `slots` that may be among their first `depth` by cosine; hardly more."""
        if not len(slots):
            return slots
        if len(slots) < self._count * _GATHER_BELOW:
            scores = np.empty(len(slots), np.float32)
            for part in _parts(len(slots)):
                np.vecdot(self.rows(slots[part]), query, out=scores[part])
        else:
            every = np.empty(self._count, np.float32)
            np.vecdot(self.bulk, query, out=every[: len(self.bulk)])  # twice as fast as `@`, and waits for no thread
            np.vecdot(self._fresh[: self.fresh], query, out=every[len(self.bulk) :])
            scores = every[slots]
        return slots[leading(scores, depth)]


def _parts(count: int) -> Iterator[slice]:
    for start in range(0, count, _GATHERED):
        yield slice(start, start + _GATHERED)
