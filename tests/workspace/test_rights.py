"""No reader is given a word, or a figure, that comes of what that reader may not read.

The script in benchmarks/ goes on for as long as it is told to.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from groundtune.knowledge.bm25 import Lexical
from groundtune.knowledge.slots import SlotTable
from groundtune.storage import documents, encoding
from groundtune.storage.database import Database


@pytest.fixture(scope="module")
def rights() -> Iterator[ModuleType]:
    folder = str(Path(__file__).parents[2] / "benchmarks")
    sys.path.insert(0, folder)
    yield importlib.import_module("rights")
    sys.path.remove(folder)


def test_some_hundred_steps_leak_nothing(rights: ModuleType) -> None:
    found = rights.run(400, steps_each=20)
    print(found)
    assert found["steps"] >= 400
    assert found["bytes_scanned"] > 1_000_000


def _everybody_may_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "may_read", lambda reader, row: True)
    everything = SlotTable.visible
    monkeypatch.setattr(
        SlotTable, "visible", lambda self, reader, as_of: everything(self, type(reader)(frozenset(ALL)), as_of)
    )


def _statistics_of_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    def score(self: Any, query: Any, lengths: Any, alive: Any, living: int, total: int) -> Any:
        return own(self, query, lengths, None, len(lengths), int(lengths.sum()))

    own = Lexical.score
    monkeypatch.setattr(Lexical, "score", score)


def _days_of_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    own = documents.DocumentStore.nearest_days
    monkeypatch.setattr(
        documents.DocumentStore, "nearest_days", lambda self, day, reader: own(self, day, type(reader)(frozenset(ALL)))
    )


def _log_that_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Database, "checkpoint", lambda self: False)


ALL = ("north", "south")


@pytest.mark.parametrize(
    "harm", [_everybody_may_read, _statistics_of_everything, _days_of_everything, _log_that_is_kept]
)
def test_the_machine_sees_a_leak(
    rights: ModuleType, harm: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    harm(monkeypatch)
    with pytest.raises(AssertionError):
        rights.run(4000, shrink=False)
