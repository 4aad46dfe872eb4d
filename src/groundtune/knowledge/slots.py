"""One slot per passage: whose it is, when it is in force, who may read it, and whether it still lives.

Says which slots a reader may see on a day. Knows no terms and no vectors.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from groundtune.types import Reader

Mask: TypeAlias = npt.NDArray[np.bool_]

COLUMNS: Mapping[str, type[np.generic]] = {
    "passage_ids": np.int64,
    "document_keys": np.int64,
    "in_force_from": np.int32,
    "in_force_to": np.int32,
    "reader_sets": np.int32,  # position in `readers`
    "lengths": np.int32,  # terms
    "has_vector": np.bool_,
    "alive": np.bool_,
}


class SlotTable:
    """Columns of equal length that grow. `table["alive"]` is the column's used part, (n,), and may be written to."""

    def __init__(
        self, columns: Mapping[str, npt.NDArray[Any]] | None = None, readers: Iterable[frozenset[str] | None] = ()
    ) -> None:
        self._columns = {
            name: np.array(() if columns is None else columns[name], kind) for name, kind in COLUMNS.items()
        }
        self._count = len(self._columns["alive"])
        self._numbers: dict[frozenset[str] | None, int] = {}
        self._open_to: dict[str | None, list[int]] = {}  # group (None: everybody) → the reader sets that it is in
        for groups in readers:
            self.reader_set(groups)
        self.living = int(np.count_nonzero(self["alive"]))
        self.terms = int(self["lengths"][self["alive"]].sum())
        """Terms of the living slots, duplicates counted."""

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, column: str) -> npt.NDArray[Any]:
        return self._columns[column][: self._count]

    def append(self, **values: int | bool) -> int:
        """Adds a living slot; returns it. `values` are the other columns."""
        slot = self._count
        if slot == len(self._columns["alive"]):
            for name, column in self._columns.items():
                self._columns[name] = np.concatenate([column, np.zeros(max(64, slot // 4), column.dtype)])
        self._count += 1
        for name, value in {**values, "alive": True}.items():
            self._columns[name][slot] = value
        self.living += 1
        self.terms += int(values["lengths"])
        return slot

    def kill(self, slots: npt.NDArray[np.int64]) -> None:
        """The slots, alive until now, are found no more."""
        self["alive"][slots] = False
        self.living -= len(slots)
        self.terms -= int(self["lengths"][slots].sum())

    @property
    def readers(self) -> list[frozenset[str] | None]:
        """Who may read the slots of each number in the column `reader_sets`."""
        return list(self._numbers)

    def reader_set(self, readers: frozenset[str] | None) -> int:
        """The number that stands for these readers."""
        number = self._numbers.get(readers)
        if number is None:
            number = self._numbers[readers] = len(self._numbers)
            for group in (None,) if readers is None else readers:
                self._open_to.setdefault(group, []).append(number)
        return number

    def visible(self, reader: Reader, as_of: date | None) -> Mask:
        """(n,): alive, readable, and in force on `as_of` (`None`: whenever)."""
        mask: Mask = self["alive"].copy()
        allowed = np.zeros(len(self._numbers), np.bool_)
        for group in (None, *reader.groups):
            allowed[self._open_to.get(group, [])] = True
        if not allowed.all():
            mask &= allowed[self["reader_sets"]]
        if as_of is not None:
            day = np.int32(as_of.toordinal())
            mask &= self["in_force_from"] <= day
            mask &= self["in_force_to"] > day
        return mask

    def of_document(self, key: int) -> npt.NDArray[np.int64]:
        """The document's living slots."""
        return np.flatnonzero((self["document_keys"] == key) & self["alive"])

    def compacted(self, slots: npt.NDArray[np.int64]) -> SlotTable:
        """A table of these slots alone, in this order; readers that none of them has are forgotten."""
        columns = {name: self[name][slots] for name in COLUMNS}
        used, columns["reader_sets"] = np.unique(columns["reader_sets"], return_inverse=True)
        readers = self.readers
        return SlotTable(columns, [readers[number] for number in used.tolist()])
