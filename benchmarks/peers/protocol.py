"""What every system is asked to do, and how it is timed. Runs inside the system's own virtual environment.

A driver (`system_NAME.py`) gives a `System` and calls `main`. Every figure is written as soon as it is there, so that
a run which is stopped for its length keeps what it measured. Knows no system.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import corpus
import numpy as np

K = 10
_SECONDS = 8.0
"""For one kind of query, of edit or of delete; what is slower is measured on fewer, but on `_LEAST`."""
_LEAST = 3
_WARM = 3
_PATIENCE = 20.0
"""Seconds until an edit that no query sees is given up."""


class System(Protocol):
    """One search system. Searches give the keys of passages (`Document.passage_keys`), best first."""

    legs: tuple[str, ...]
    """What `search` offers, best first: "hybrid", "dense"."""
    notes: dict[str, str]
    """What was chosen or cannot be done, by subject."""

    def add(self, documents: Sequence[corpus.Document]) -> None:
        """All of them, into a new store; on return they are on disk, where the system has a disk."""

    def search(self, query: corpus.Query, leg: str, filtered: bool) -> list[str]:
        """The `K` best. `filtered`: the reader is in one of `query.groups`, and the document is in force TODAY."""

    def search_newest(self, query: corpus.Query) -> list[str]:
        """As `search` without filters by the best leg, but of what holds today."""

    def replace(self, document: corpus.Document, old: corpus.Document) -> None: ...

    def delete(self, document: corpus.Document) -> None: ...


def main(open_system: Callable[[Path, corpus.Lookup], System]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="the system's own; emptied")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    measure(open_system, options.corpus, options.folder, Recorder(options.out))


class Recorder:
    """Figures by name, on disk after each."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._figures: dict[str, Any] = {}

    def __call__(self, **figures: Any) -> None:
        self._figures.update(figures)
        self._path.write_text(json.dumps(self._figures, indent=1, ensure_ascii=False), "utf-8")


def measure(open_system: Callable[[Path, corpus.Lookup], System], made: Path, folder: Path, record: Recorder) -> None:
    before_mb = _resident_mb()
    invented = corpus.load(made)
    lookup = corpus.Lookup(invented)
    everything = _Truth(invented.documents)
    corpus_mb = _resident_mb() - before_mb
    record(passages=invented.passages, corpus_mb=corpus_mb, load_before=os.getloadavg()[0], doing="add")
    started = time.perf_counter()
    system = open_system(folder, lookup)
    record(open_seconds=time.perf_counter() - started, legs=list(system.legs), notes=system.notes)
    clock = Clock()
    system.add(invented.documents)
    added = clock.took()
    record(add_seconds=added.seconds, add_busy_seconds=added.busy, disk_mb=_disk_mb(folder))
    record(peak_add_mb=_peak_mb() - corpus_mb)
    for leg in system.legs:
        for filtered in (False, True):
            name = f"{leg}_{'filtered' if filtered else 'plain'}"
            if name in system.notes:
                continue
            record(doing=name)
            times, found = _timed_searches(system, invented.queries, leg, filtered)
            record(**{name: _spread(times)})
            record(**{f"{name}_check": everything.check(invented.queries, found, leg, filtered)})
    record(doing="edits")
    visible, unseen, stale = _edits(system, invented)
    record(visible=_spread(visible), unseen=unseen, stale=stale)
    record(doing="deletes")
    gone, undead = _deletes(system, invented)
    record(gone=_spread(gone), undead=undead)
    record(peak_mb=_peak_mb() - corpus_mb, load_after=os.getloadavg()[0], doing="")


def _timed_searches(
    system: System, queries: Sequence[corpus.Query], leg: str, filtered: bool
) -> tuple[list[Took], list[list[str]]]:
    for query in _within_time(queries[-_WARM:], least=1, seconds=1.0):
        system.search(query, leg, filtered)
    times: list[Took] = []
    found: list[list[str]] = []
    for query in _within_time(queries[:-_WARM]):
        clock = Clock()
        keys = system.search(query, leg, filtered)
        times.append(clock.took())
        found.append(keys)
    return times, found


def _edits(system: System, invented: corpus.Corpus) -> tuple[list[Took], int, int]:
    """From before a document is replaced until a query gives a new passage; how many never were; how many old passages
    were given afterwards."""
    times, unseen, stale = [], 0, 0
    for number in _within_time(range(len(invented.edits))):
        old, new, query = invented.documents[number], invented.edits[number], invented.edit_queries[number]
        fresh, former = set(new.passage_keys), set(old.passage_keys)
        clock = Clock()
        system.replace(new, old)
        while True:
            keys = system.search_newest(query)
            took = clock.took()
            if fresh.intersection(keys):
                times.append(took)
                stale += bool(former.intersection(keys))
                break
            if took.seconds > _PATIENCE:
                unseen += 1
                break
    return times, unseen, stale


def _deletes(system: System, invented: corpus.Corpus) -> tuple[list[Took], int]:
    """From before a document is deleted until no query gives it; how many never went."""
    times, undead = [], 0
    for number in _within_time(range(len(invented.edits))):
        document, query = invented.edits[number], invented.edit_queries[number]
        keys_of_it = {*document.passage_keys, *invented.documents[number].passage_keys}
        clock = Clock()
        system.delete(document)
        while True:
            left = keys_of_it.intersection(system.search(query, system.legs[0], False))
            took = clock.took()
            if not left:
                times.append(took)
                break
            if took.seconds > _PATIENCE:
                undead += 1
                break
    return times, undead


class _Truth:
    """What exact vector search gives; who may see what."""

    def __init__(self, documents: Sequence[corpus.Document]) -> None:
        self._vectors = np.concatenate([document.vectors for document in documents])
        self._place = {key: i for i, key in enumerate(key for document in documents for key in document.passage_keys)}
        readers = [set(document.readers) for document in documents]
        self._groups = {
            f"g{group}": np.repeat([f"g{group}" in of for of in readers], corpus.PER_DOCUMENT)
            for group in range(corpus.GROUPS)
        }
        self._current = np.repeat(
            [document.start <= corpus.TODAY < document.end for document in documents], corpus.PER_DOCUMENT
        )

    def check(
        self, queries: Sequence[corpus.Query], found: Sequence[list[str]], leg: str, filtered: bool
    ) -> dict[str, Any]:
        """Recall@10 against exact search (dense leg; a tie with the tenth counts), passages that the reader may not
        see, and the mean number of passages given."""
        recalls, leaked, kept = [], 0, []
        for number, (query, keys) in enumerate(zip(queries, found, strict=False)):
            places = np.array([self._place[key] for key in keys], np.int64)
            allowed = self._allowed(query) if filtered else np.ones(len(self._vectors), bool)
            leaked += int((~allowed[places]).sum())
            kept.append(float(allowed.mean()))
            if leg == "dense" and number < 50 and allowed.any():
                scores = np.where(allowed, self._vectors @ query.vector, -np.inf)
                best = np.sort(scores)[-min(K, int(allowed.sum())) :]
                recalls.append(float((scores[places] >= best[0] - 1e-5).sum() / len(best)))
        return {
            "recall": float(np.mean(recalls)) if recalls else None,
            "leaked": leaked,
            "given": float(np.mean([len(keys) for keys in found])),
            "kept": float(np.mean(kept)),
        }

    def _allowed(self, query: corpus.Query) -> np.ndarray:
        readable = np.logical_or.reduce([self._groups[group] for group in query.groups])
        return readable & self._current


def _within_time(items: Sequence[Any], least: int = _LEAST, seconds: float = _SECONDS) -> Iterator[Any]:
    started = time.perf_counter()
    for number, item in enumerate(items):
        if number >= least and time.perf_counter() - started > seconds:
            return
        yield item


@dataclass(frozen=True, slots=True)
class Took:
    seconds: float
    busy: float
    """Processor seconds of all threads: hardly depends on what else the machine does."""


class Clock:
    """Runs from when it is made."""

    def __init__(self) -> None:
        self._busy = time.process_time()
        self._started = time.perf_counter()

    def took(self) -> Took:
        return Took(time.perf_counter() - self._started, time.process_time() - self._busy)


def _spread(times: Sequence[Took]) -> dict[str, float] | None:
    if not times:
        return None
    ms = np.array([(took.seconds, took.busy) for took in times]) * 1000
    p50, p95 = np.percentile(ms, [50, 95], axis=0)
    return {"p50_ms": p50[0], "p95_ms": p95[0], "busy_p50_ms": p50[1], "busy_p95_ms": p95[1], "n": len(ms)}


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def _disk_mb(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
