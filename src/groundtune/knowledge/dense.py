"""Exact cosine over vectors that come and go: the bulk in one matrix that a file can back, what came since beside it.

Of the bulk, one-byte numbers are looked at first: they tell which rows can be among the first at all. Knows slots
(positions in the index's arrays), not passages or readers. A slot without a vector holds zeros.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from groundtune.knowledge.codes import Codes, kernels
from groundtune.knowledge.top import SLACK, leading, nth_largest

Floats: TypeAlias = npt.NDArray[np.float32]
Slots: TypeAlias = npt.NDArray[np.int64]

_GATHER_BELOW = 0.3
"""Share of the bulk's slots that a filter keeps below which these are gathered instead of looking at all."""
_GATHERED = 512
"""Vectors gathered at a time: they stay in the processor's cache."""


class Dense:
    """`bulk` is (slots, dimension) float32, rows of unit length or zero; it is read, never written.

    `codes` are the bulk's, if they are at hand; without them every row is multiplied in full.
    """

    def __init__(self, bulk: Floats, codes: Codes | None = None) -> None:
        self.bulk, self.codes = bulk, codes
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
        """Those of `slots`, ascending, that may be among their first `depth` by cosine; hardly more."""
        if len(slots) <= depth:
            return slots
        slots = self._possible(query, slots, depth)
        scores = np.empty(len(slots), np.float32)
        for part in _parts(len(slots)):
            np.vecdot(self.rows(slots[part]), query, out=scores[part])
        return slots[leading(scores, depth)]

    def _possible(self, query: Floats, slots: Slots, depth: int) -> Slots:
        """Those whose cosine can be among the first `depth`, by what is quickly known of each."""
        held = slots[: int(slots.searchsorted(len(self.bulk)))]
        few = len(held) < len(self.bulk) * _GATHER_BELOW
        library = kernels() if self.codes is not None else None
        if self.codes is not None and library is not None:
            looked_at = self.codes.of(held) if few else self.codes
            least, most = looked_at.between(query, library)
        elif few:
            return slots
        else:
            least = most = np.vecdot(self.bulk, query)  # twice as fast as `@`, and waits for no thread
        if not few:
            least, most = least[held], most[held]
        fresh = np.vecdot(self.rows(slots[len(held) :]), query)
        bound = nth_largest(np.concatenate([least, fresh]), depth) - SLACK
        return slots[np.concatenate([most, fresh]) >= bound]


def _parts(count: int) -> Iterator[slice]:
    for start in range(0, count, _GATHERED):
        yield slice(start, start + _GATHERED)
