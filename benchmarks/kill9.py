"""Kills a writer with SIGKILL at random moments, again and again, and looks for damage. Linux and macOS.

    python benchmarks/kill9.py --kills 500

A child adds, replaces and deletes documents, changes their readers and saves the derived index, as fast as it can; it
says what it is about to do and what has been done. The parent kills it, opens the workspace that was left, and checks
everything: each acknowledged change is there, each document is whole to the last byte, no search finds what is gone,
and the index equals one that is made anew from the rows. One workspace lives through all kills. Ends with code 1 when
anything was found; results are added to benchmarks/results/, never replaced.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from groundtune.knowledge.audit import audit
from groundtune.knowledge.index import PassageIndex
from groundtune.storage.database import Database
from groundtune.storage.documents import DocumentStore, IndexFormat, NewPassage
from groundtune.types import Document, Reader, Span

DIMENSION = 16
DOCUMENTS = 12
FORMAT = IndexFormat("invented", DIMENSION, "invented")
DAY = date(2026, 1, 1)
GROUPS = ("north", "south", "east")
EVERY_READER = Reader(frozenset(GROUPS))


@dataclass
class Counts:
    kills: int = 0
    killed_while_saving: int = 0
    acknowledged: int = 0
    lost: int = 0
    """Acknowledged changes that the reopened store did not have."""
    half: int = 0
    """Documents that were neither as before nor as after a change."""
    stale: int = 0
    """Passages that a search found though they are gone."""
    differences: int = 0
    """Entries and rankings in which the caught-up index differs from one made anew."""
    integrity_failures: int = 0
    """What SQLite's own checks report."""
    index_reused: int = 0
    """Reopenings that could build on a saved index."""

    @property
    def damage(self) -> int:
        return self.lost + self.half + self.stale + self.differences + self.integrity_failures


@dataclass(frozen=True)
class State:
    """What a document should be: the serial numbers of its revisions, oldest first, and its readers."""

    serials: tuple[int, ...] = ()
    readers: frozenset[str] | None = None


@dataclass
class Model:
    documents: dict[str, State] = field(default_factory=dict)

    def after(self, step: Mapping[str, Any]) -> dict[str, State]:
        documents = dict(self.documents)
        name = step["document"]
        before = documents.get(name, State())
        readers = None if step["readers"] is None else frozenset(step["readers"])
        if step["do"] == "put":
            documents[name] = State((*before.serials, step["serial"]), readers)
        elif step["do"] == "readers":
            documents[name] = State(before.serials, readers)
        elif step["do"] == "delete":
            documents.pop(name, None)
        return documents


def content(name: str, serial: int, readers: frozenset[str] | None) -> tuple[Document, list[NewPassage]]:
    """A revision, wholly determined by its serial number."""
    chance = random.Random(serial)
    text = "".join(chance.choice("가나다라 마바사\n아자차😀abc") for _ in range(chance.randint(5, 400)))
    cuts = sorted({0, len(text), *(chance.randrange(len(text)) for _ in range(chance.randint(0, 6)))})
    passages = []
    for start, end in pairwise(cuts):
        words = [f"w{int(chance.paretovariate(0.8)) % 200}" for _ in range(chance.randint(1, 25))]
        vector = np.array([chance.gauss(0, 1) for _ in range(DIMENSION)], np.float32)
        vector /= np.linalg.norm(vector)
        passages.append(NewPassage(Span(start, end, ("h",), "p"), (*words, f"serial{serial}"), vector))
    start_day = DAY + timedelta(chance.randint(0, 30)) if chance.random() < 0.6 else None
    document = Document(name, f"title {serial}", text, "invented", effective_from=start_day, readers=readers)
    return document, passages


def open_store(folder: Path) -> tuple[Database, DocumentStore]:
    database = Database(folder / "groundtune.sqlite")
    store = DocumentStore(database)
    store.set_format(FORMAT)
    return database, store


def write_until_killed(folder: Path, seed: int, first_serial: int, pipe: int) -> None:
    """The child. Says each step before and after it, a line each; a line is written whole or not at all."""
    chance = random.Random(seed)
    _, store = open_store(folder)
    index = PassageIndex.open(store, folder / "index")
    present = {document.id for document in store.documents()}
    serial = first_serial

    def say(**line: object) -> None:
        os.write(pipe, json.dumps(line).encode() + b"\n")

    while True:
        name = f"d{chance.randrange(DOCUMENTS)}"
        readers = None if chance.random() < 0.5 else chance.sample(GROUPS, chance.randint(1, 2))
        do = chance.choices(("put", "delete", "readers"), (6, 2, 1))[0] if name in present else "put"
        step = {"do": do, "document": name, "serial": serial, "readers": readers}
        say(say="begin", **step)
        groups = None if readers is None else frozenset(readers)
        if do == "put":
            document, passages = content(name, serial, groups)
            store.put(document, passages, content_hash=str(serial), today=DAY)
            present.add(name)
            serial += 1
        elif do == "delete":
            store.delete(name)
            present.discard(name)
        else:
            store.set_readers(name, groups)
        say(say="done", **step)
        if chance.random() < 0.3:
            index.catch_up()
        if chance.random() < 0.1:
            say(say="save")
            index.catch_up()
            index.save()
            say(say="saved")


def check(folder: Path, model: Model, begun: Mapping[str, Any] | None, counts: Counts, chance: random.Random) -> None:
    """Opens what a killed child left, compares it with the model, and lets the model follow."""
    database, store = open_store(folder)
    for row in database.connection.execute("PRAGMA integrity_check").fetchall():
        counts.integrity_failures += row[0] != "ok"
    counts.integrity_failures += len(database.connection.execute("PRAGMA foreign_key_check").fetchall())

    names = {document.id for document in store.documents()}
    alternatives = [model.documents] if begun is None else [model.documents, model.after(begun)]
    for name in names | set(model.documents):
        found = _found(store, name)
        allowed = [documents.get(name) for documents in alternatives]
        if found == "half":
            counts.half += 1
        elif found not in allowed:
            counts.lost += 1
    model.documents = {name: state for name in names if isinstance(state := _found(store, name), State)}

    saved = (folder / "index" / "index.json").exists()
    index = PassageIndex.open(store, folder / "index")
    counts.index_reused += saved
    report = audit(store, index)
    counts.stale += report.stale
    counts.differences += report.missing + report.different
    with tempfile.TemporaryDirectory() as nowhere:
        anew = PassageIndex.open(store, Path(nowhere))
        for query in _queries(chance):
            a, b = index.legs(**query), anew.legs(**query)
            counts.differences += not (
                np.array_equal(a.passage_ids, b.passage_ids)
                and np.array_equal(a.lexical, b.lexical)
                and np.array_equal(a.dense, b.dense)
            )
            ids = a.passage_ids.tolist()
            shown = store.passages(ids, reader=query["reader"], as_of=query["as_of"])
            counts.stale += len(set(ids) - set(shown))
    database.close()


def _found(store: DocumentStore, name: str) -> State | str | None:
    """The document's state, or "half" when anything of it is not as `content` makes it."""
    revisions = store.revisions(name)
    if not revisions:
        return None
    readers = next(document.readers for document in store.documents() if document.id == name)
    rows = {row.passage_id: row for row in store.rows(name)}
    passages = store.passages(list(rows), reader=EVERY_READER, as_of=None)
    seen = 0
    for revision in revisions:
        document, wanted = content(name, int(revision.content_hash), readers)
        stored = sorted(
            (p for p in passages.values() if p.revision_id == revision.id), key=lambda passage: passage.ordinal
        )
        seen += len(stored)
        if revision.text != document.text or len(stored) != len(wanted):
            return "half"
        for passage, new in zip(stored, wanted, strict=True):
            row = rows[passage.id]
            whole = (
                (passage.start, passage.end, passage.text)
                == (new.span.start, new.span.end, document.text[new.span.start : new.span.end])
                and row.tokens == new.tokens
                and row.vector is not None
                and new.vector is not None
                and row.vector.tobytes() == new.vector.tobytes()
            )
            if not whole:
                return "half"
    if seen != len(rows):
        return "half"
    return State(tuple(int(revision.content_hash) for revision in revisions), readers)


def _queries(chance: random.Random) -> Iterator[dict[str, Any]]:
    for number in range(6):
        vector = np.array([chance.gauss(0, 1) for _ in range(DIMENSION)], np.float32)
        yield {
            "tokens": [f"w{int(chance.paretovariate(0.8)) % 200}" for _ in range(6)],
            "vector": vector / np.linalg.norm(vector),
            "reader": (Reader(), EVERY_READER, Reader(frozenset({"north"})))[number % 3],
            "as_of": None if number < 2 else DAY + timedelta(chance.randint(0, 30)),
            "depth": 1000 if number == 0 else 10,
        }


def run(kills: int, folder: Path, seed: int, longest_seconds: float) -> Counts:
    """Kills so many children in turn. They are forked, so that each is at work at once."""
    counts, model, chance = Counts(), Model(), random.Random(seed)
    serial = 1
    for number in range(kills):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.close(reading)
                write_until_killed(folder, seed * 1_000_003 + number, serial, writing)
            except BaseException as error:
                os.write(2, f"the writer failed: {error!r}\n".encode())
            os._exit(1)
        os.close(writing)
        time.sleep(chance.uniform(0.005, longest_seconds))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            raise SystemExit("the writer ended by itself")
        with os.fdopen(reading) as said:
            lines = [json.loads(line) for line in said if line.endswith("\n")]
        begun = None
        for line in lines:
            if line["say"] == "begin":
                begun = line
                serial = max(serial, line["serial"] + 1)
            elif line["say"] == "done":
                model.documents = model.after(line)
                counts.acknowledged += 1
                begun = None
        counts.killed_while_saving += bool(lines) and lines[-1]["say"] == "save"
        counts.kills += 1
        check(folder, model, begun, counts, chance)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest", type=float, default=0.3, help="seconds that a writer lives at most")
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args()
    started = time.time()
    with tempfile.TemporaryDirectory() as folder:
        counts = run(options.kills, Path(folder), options.seed, options.longest)
    now = datetime.now(UTC)
    report = {
        "what": "kill -9",
        "when": now.isoformat(timespec="seconds"),
        "seed": options.seed,
        "seconds": round(time.time() - started, 1),
        **asdict(counts),
    }
    print(json.dumps(report, indent=1))
    options.results.mkdir(parents=True, exist_ok=True)
    (options.results / f"kill9-{now:%Y%m%dT%H%M%SZ}.json").write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    sys.exit(1 if counts.damage else 0)


if __name__ == "__main__":
    main()
