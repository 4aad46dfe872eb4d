"""Search finds the passages of exactly the right revisions, at any reader and day: a plain model says which."""

import shutil
import tempfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from groundtune.knowledge.index import PassageIndex
from groundtune.storage.database import Database
from groundtune.storage.documents import DocumentStore, IndexFormat, NewPassage
from groundtune.types import Document, Reader, Span

DAY = date(2026, 1, 1)
days = st.integers(0, 9).map(lambda number: DAY + timedelta(number))
names = st.sampled_from(["a", "b", "c"])
readers = st.none() | st.frozensets(st.sampled_from(["north", "south"]))


@dataclass
class Told:
    """A revision as it was added."""

    text: str
    effective_from: date | None
    effective_to: date | None
    added_on: date


class Search(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        database = Database(self.folder / "groundtune.sqlite")
        database.connection.execute("PRAGMA synchronous = OFF")
        self.store = DocumentStore(database)
        self.store.set_format(IndexFormat("embedder", 2, "analyser"))
        self.index = PassageIndex.open(self.store, self.folder / "index")
        self.told: dict[str, list[Told]] = {}
        self.readers: dict[str, frozenset[str] | None] = {}
        self.added = 0

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    # --- What happens ---

    @rule(name=names, start=st.none() | days, end=st.none() | days, today=days, readers=readers)
    def put(self, name: str, start: date | None, end: date | None, today: date, readers: frozenset[str] | None) -> None:
        self.added += 1
        text = f"{name}{self.added}"
        document = Document(name, name, text, name, None, start, end, readers)
        spans = [(0, 1), (1, len(text)), (0, len(text))]
        vector = np.array([1, 0], np.float32)
        passages = [NewPassage(Span(*span), ("all", text), vector) for span in spans]
        self.store.put(document, passages, content_hash=text, today=today)
        self.told.setdefault(name, []).append(Told(text, start, end, today))
        self.readers[name] = readers

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.told)))
        self.store.delete(name)
        del self.told[name], self.readers[name]

    @precondition(lambda self: self.told)
    @rule(data=st.data(), readers=readers)
    def set_readers(self, data: st.DataObject, readers: frozenset[str] | None) -> None:
        name = data.draw(st.sampled_from(sorted(self.told)))
        self.store.set_readers(name, readers)
        self.readers[name] = readers

    @rule()
    def save(self) -> None:
        self.index.catch_up()
        self.index.save()

    @rule()
    def open_again(self) -> None:
        self.index = PassageIndex.open(self.store, self.folder / "index")

    # --- What must hold ---

    def expected(self, reader: Reader, day: date) -> set[str]:
        """Texts in force on `day` that `reader` may read, told day by day."""
        texts = set()
        for name, revisions in self.told.items():
            groups = self.readers[name]
            if groups is not None and not (groups & reader.groups):
                continue
            last = None
            for number, each in enumerate(revisions):
                begins = each.effective_from or (date.min if number == 0 else each.added_on)
                if begins <= day and (last is None or begins >= last[0]):
                    last = (begins, each)
            if last is not None and (last[1].effective_to is None or day < last[1].effective_to):
                texts.add(last[1].text)
        return texts

    @invariant()
    def exactly_the_right_revisions_are_found(self) -> None:
        self.index.catch_up()
        for groups in ((), ("north",), ("north", "south")):
            reader = Reader(frozenset(groups))
            for offset in (-1, 0, 3, 6, 20):
                day = DAY + timedelta(offset)
                expected = self.expected(reader, day)
                for tokens, vector in ((["all"], None), (None, np.array([1, 0], np.float32))):
                    legs = self.index.legs(tokens, vector, reader=reader, as_of=day, depth=1000)
                    shown = self.store.passages(legs.passage_ids.tolist(), reader=reader, as_of=day)
                    assert len(shown) == len(legs.passage_ids) == 3 * len(expected)
                    assert {passage.text for passage in shown.values() if len(passage.text) > 1} >= expected


Search.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestSearchOverTime = Search.TestCase
