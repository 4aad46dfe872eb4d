"""How fast the passage index is, and whether it is exact: search, edits, opening, memory, on invented passages.

    python benchmarks/index_speed.py --passages 1000 10000 100000

20 passages a document, 30 to 70 terms a passage (Zipf), 384-dimensional clustered vectors. Every document is readable
to 1 to 3 of 50 groups and in force for a while; the filter (a reader in 3 groups, one day) keeps about 5 %. Times are
milliseconds, p50/p95. Results are added to benchmarks/results/, never replaced.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from groundtune.knowledge.index import PassageIndex
from groundtune.storage.database import Database
from groundtune.storage.documents import DocumentStore, IndexFormat, NewPassage
from groundtune.types import EVERYBODY, Document, Reader, Span

DIMENSION = 384
PER_DOCUMENT = 20
TODAY = date(2026, 6, 1)
EVERY_GROUP = Reader(frozenset(f"group{g}" for g in range(50)))


class World:
    """Invented documents, vectors and queries, the same for the same seed."""

    def __init__(self, seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        self.centres = _unit(self.random.normal(size=(2000, DIMENSION)))
        syllables = np.array([chr(code) for code in range(0xAC00, 0xAC00 + 11172, 7)])
        pairs = self.random.integers(0, len(syllables), size=(60_000, 2))
        self.vocabulary = np.char.add(syllables[pairs[:, 0]], syllables[pairs[:, 1]])
        weight = 1 / np.arange(1, len(self.vocabulary) + 1) ** 0.9
        self.cumulative = np.cumsum(weight / weight.sum())

    def terms(self, count: int) -> tuple[str, ...]:
        places = np.searchsorted(self.cumulative, self.random.random(count))
        return tuple(self.vocabulary[np.minimum(places, len(self.vocabulary) - 1)].tolist())

    def vectors(self, count: int) -> np.ndarray:
        near = self.centres[self.random.integers(0, len(self.centres), count)]
        return _unit(near + self.random.normal(scale=0.03, size=(count, DIMENSION)))

    def document(self, name: str) -> tuple[Document, list[NewPassage]]:
        groups = self.random.integers(0, 50, self.random.integers(1, 4))
        start = TODAY + timedelta(int(self.random.integers(-600, 400)))
        text = "가" * PER_DOCUMENT
        document = Document(
            name,
            name,
            text,
            "invented",
            effective_from=start,
            effective_to=start + timedelta(700),
            readers=frozenset(f"group{g}" for g in groups),
        )
        vectors = self.vectors(PER_DOCUMENT)
        passages = [
            NewPassage(Span(i, i + 1), self.terms(int(self.random.integers(30, 71))), vectors[i])
            for i in range(PER_DOCUMENT)
        ]
        return document, passages

    def query(self) -> tuple[tuple[str, ...], np.ndarray]:
        return self.terms(12), self.vectors(1)[0]

    def reader(self) -> Reader:
        return Reader(frozenset(f"group{g}" for g in self.random.choice(50, 3, replace=False)))


def _unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def measure(passages: int, folder: Path, queries: int, edits: int) -> dict[str, Any]:
    """Everything about one size, in a workspace that `folder` keeps."""
    world = World()
    fresh = not (folder / "db.sqlite").exists()
    folder.mkdir(parents=True, exist_ok=True)
    store = DocumentStore(Database(folder / "db.sqlite"))
    store.set_format(IndexFormat("invented", DIMENSION, "invented"))
    result: dict[str, Any] = {"passages": passages}
    if fresh:
        seconds = _seconds(lambda: _fill(store, world, passages))
        result["add_passages_per_second"] = round(passages / seconds)
    shutil.rmtree(folder / "index", ignore_errors=True)
    started = time.perf_counter()
    index = PassageIndex.open(store, folder / "index")
    result["build_and_save_seconds"] = round(time.perf_counter() - started, 2)
    result["cold_open_ms"] = _cold(folder)
    del index
    index = PassageIndex.open(store, folder / "index")
    asked = World(seed=1)
    for name, use in {"hybrid": (1, 1), "lexical": (1, 0), "dense": (0, 1)}.items():
        for filtered in (False, True):
            key = f"{name}_{'filtered' if filtered else 'plain'}"
            times = np.array(list(_searches(index, asked, queries, filtered, *use))[5:])
            result[f"{key}_ms"] = _spread(times[:, 0])
            result[f"{key}_processor_ms"] = _spread(times[:, 1])
    result["memory_mb"] = _memory()
    result["kept_by_filter"] = round(_kept(store, asked), 3)
    result["recall"], result["score_difference"] = _exactness(store, index, asked, min(queries, 10))
    result["visible_after_edit_ms"], result["gone_after_delete_ms"] = _edits(store, index, world, edits)
    rebuilt = PassageIndex.open(store, folder / "nowhere")
    result["differences_to_rebuild"] = _differences(index, rebuilt, asked, 50)
    return result


def _fill(store: DocumentStore, world: World, passages: int) -> None:
    for number in range(passages // PER_DOCUMENT):
        document, rows = world.document(f"d{number}")
        store.put(document, rows, content_hash=str(number), today=TODAY)


def _searches(
    index: PassageIndex, asked: World, count: int, filtered: bool, lexical: int, dense: int
) -> Iterator[tuple[float, float]]:
    """Milliseconds by the clock and of the processor, which other work on the machine hardly touches; 5 to warm up."""
    for _ in range(count + 5):
        terms, vector = asked.query()
        reader, as_of = (asked.reader(), TODAY) if filtered else (EVERY_GROUP, None)
        started, worked = time.perf_counter(), time.process_time()
        index.catch_up()
        index.legs(terms if lexical else None, vector if dense else None, reader=reader, as_of=as_of, depth=50)
        yield (time.perf_counter() - started) * 1000, (time.process_time() - worked) * 1000


def _kept(store: DocumentStore, asked: World) -> float:
    day = TODAY.toordinal()
    reader = asked.reader()
    rows = [(row.readers, row.in_force_from <= day < row.in_force_to) for row in store.rows()]
    return sum(reader.may_read(readers) and now for readers, now in rows) / len(rows)


def _exactness(store: DocumentStore, index: PassageIndex, asked: World, queries: int) -> tuple[float, float]:
    """Share of the true first 50 of each leg that the index gives, and the largest difference of a score.

    The truth is computed in plain Python and float64 from the store's rows; its statistics are those of the passages
    that the reader may see. A passage that ties with the fiftieth to 1e-6 counts as right.
    """
    rows = list(store.rows())
    counts = [Counter(row.tokens) for row in rows]
    matrix = np.array([row.vector for row in rows])
    place = {row.passage_id: number for number, row in enumerate(rows)}
    right = total = 0
    worst = 0.0
    for number in range(queries):
        terms, vector = asked.query()
        reader, as_of = (asked.reader(), TODAY) if number % 2 else (EVERY_GROUP, None)
        allowed = [
            reader.may_read(row.readers) and (as_of is None or row.in_force_from <= as_of.toordinal() < row.in_force_to)
            for row in rows
        ]
        asked_terms = Counter(terms)
        seen = np.flatnonzero(allowed).tolist()
        mean = sum(len(rows[i].tokens) for i in seen) / max(len(seen), 1)
        holding = {term: sum(term in counts[i] for i in seen) for term in asked_terms}
        idf = {term: math.log(1 + (len(seen) - held + 0.5) / (held + 0.5)) for term, held in holding.items()}
        lexical = np.full(len(rows), -np.inf)
        for i in seen:
            length = 1.2 * (0.25 + 0.75 * len(rows[i].tokens) / mean)
            lexical[i] = sum(
                times * idf[term] * counts[i][term] / (counts[i][term] + length)
                for term, times in asked_terms.items()
                if term in counts[i]
            )
        dense = np.where(allowed, matrix.astype(np.float64) @ vector.astype(np.float64), -np.inf)
        for scores, leg in ((lexical, "lexical"), (dense, "dense")):
            legs = index.legs(
                terms if leg == "lexical" else None,
                vector if leg == "dense" else None,
                reader=reader,
                as_of=as_of,
                depth=50,
            )
            given = np.array([place[i] for i in legs.passage_ids.tolist()], np.int64)
            found = legs.lexical if leg == "lexical" else legs.dense
            assert found is not None
            true = np.sort(scores[scores > (0 if leg == "lexical" else -np.inf)])[-50:]
            if len(true):
                worst = max(worst, float(np.abs(found - scores[given]).max()))
                right += int((scores[given] >= true[0] - 1e-6).sum())
                total += len(true)
    return right / total, worst


def _edits(store: DocumentStore, index: PassageIndex, world: World, edits: int) -> tuple[Any, Any]:
    """From before the commit of a new revision of 20 passages until a search gives it; and of a delete."""
    visible, gone = [], []
    for number in range(edits):
        document, rows = world.document(f"d{number}")
        document = Document(document.id, "edited", document.text, "invented", readers=None)
        marked = [NewPassage(row.span, (*row.tokens, f"mark{number}"), row.vector) for row in rows]
        store_before = time.perf_counter()
        store.put(document, marked, content_hash=f"edit{number}", today=TODAY)
        index.catch_up()
        legs = index.legs((f"mark{number}",), rows[0].vector, reader=EVERYBODY, as_of=TODAY, depth=50)
        visible.append((time.perf_counter() - store_before) * 1000)
        assert legs.lexical is not None
        assert int((legs.lexical > 0).sum()) == PER_DOCUMENT
    for number in range(edits):
        before = time.perf_counter()
        store.delete(f"d{number}")
        index.catch_up()
        legs = index.legs((f"mark{number}",), None, reader=EVERYBODY, as_of=None, depth=50)
        gone.append((time.perf_counter() - before) * 1000)
        assert len(legs.passage_ids) == 0
    return _spread(visible), _spread(gone)


def _differences(index: PassageIndex, other: PassageIndex, asked: World, queries: int) -> int:
    different = 0
    for _ in range(queries):
        terms, vector = asked.query()
        a = index.legs(terms, vector, reader=EVERY_GROUP, as_of=None, depth=50)
        b = other.legs(terms, vector, reader=EVERY_GROUP, as_of=None, depth=50)
        different += not (
            np.array_equal(a.passage_ids, b.passage_ids)
            and np.array_equal(a.lexical, b.lexical)  # type: ignore[arg-type]
            and np.array_equal(a.dense, b.dense)  # type: ignore[arg-type]
        )
    return different


def _cold(folder: Path) -> float:
    """Opening the saved index in a new process, imports apart; median of five."""
    program = (
        "import sys, time, pathlib, numpy\n"
        "from groundtune.storage.database import Database\n"
        "from groundtune.storage.documents import DocumentStore\n"
        "from groundtune.knowledge.index import PassageIndex\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "started = time.perf_counter()\n"
        "PassageIndex.open(DocumentStore(Database(folder / 'db.sqlite')), folder / 'index')\n"
        "print((time.perf_counter() - started) * 1000)\n"
    )
    runs = [
        float(subprocess.run([sys.executable, "-c", program, str(folder)], capture_output=True, check=True).stdout)
        for _ in range(5)
    ]
    return round(statistics.median(runs), 1)


def _memory() -> dict[str, float]:
    """This process's resident memory in MB: its own, and pages of files that processes share. Linux only."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return {}
    kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in status.splitlines() if line.startswith("Rss")}
    return {"own": round(kilobytes["RssAnon"] / 1024), "shared_with_files": round(kilobytes["RssFile"] / 1024)}


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _spread(times_ms: Any) -> dict[str, float]:
    return {f"p{share}": round(float(np.percentile(times_ms, share)), 2) for share in (50, 95)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--edits", type=int, default=40)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/groundtune-index-speed"))
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args()
    runs = []
    for passages in options.passages:
        work = options.folder / str(passages)
        shutil.rmtree(work, ignore_errors=True)
        run = measure(passages, work, options.queries, options.edits)
        shutil.rmtree(work)
        print(json.dumps(run, indent=1), flush=True)
        runs.append(run)
    now = datetime.now(UTC)
    report = {
        "what": "passage index",
        "when": now.isoformat(timespec="seconds"),
        "machine": {
            "processors": os.cpu_count(),
            "load": round(os.getloadavg()[0], 1),
            "platform": platform.platform(),
            "python": platform.python_version(),
            "numpy": np.__version__,
        },
        "queries": options.queries,
        "edits": options.edits,
        "runs": runs,
    }
    options.results.mkdir(parents=True, exist_ok=True)
    path = options.results / f"index_speed-{now:%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    print(path)


if __name__ == "__main__":
    main()
