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
from pathlib import Path
from typing import Any, Protocol

import corpus
import numpy as np

K = 10
_SECONDS = 8.0
"""For one kind of query, of edit or of delete; what is slower is measured on fewer, but on `_LEAST`."""
_LEAST = 5
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
    invented = corpus.load(options.corpus)
    measure(open_system, invented, options.folder, Recorder(options.out))


class Recorder:
    """Figures by name, on disk after each."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._figures: dict[str, Any] = {}

    def __call__(self, **figures: Any) -> None:
        self._figures.update(figures)
        self._path.write_text(json.dumps(self._figures, indent=1, ensure_ascii=False), "utf-8")


def measure(
    open_system: Callable[[Path, corpus.Lookup], System], invented: corpus.Corpus, folder: Path, record: Recorder
) -> None:
    lookup = corpus.Lookup(invented)
    everything = _Truth(invented.documents)
    before_mb = _peak_mb()
    record(passages=invented.passages, load_before=os.getloadavg()[0], doing="add")
    started = time.perf_counter()
    system = open_system(folder, lookup)
    record(open_seconds=time.perf_counter() - started, legs=list(system.legs), notes=system.notes)
    started = time.perf_counter()
    system.add(invented.documents)
    seconds = time.perf_counter() - started
    record(add_seconds=seconds, add_passages_per_second=invented.passages / seconds, disk_mb=_disk_mb(folder))
    record(peak_add_mb=_peak_mb() - before_mb)
    for leg in system.legs:
        for filtered in (False, True):
            name = f"{leg}_{'filtered' if filtered else 'plain'}"
            if name in system.notes:
                continue
            record(doing=name)
            busy = time.process_time()
            times, found = _timed_searches(system, invented.queries, leg, filtered)
            busy = (time.process_time() - busy) / (len(times) + _WARM)
            record(**{name: _spread(times), f"{name}_cpu_ms": busy * 1000})
            record(**{f"{name}_check": everything.check(invented.queries, found, leg, filtered)})
    record(doing="edits")
    visible, unseen, stale = _edits(system, invented)
    record(visible=_spread(visible), unseen=unseen, stale=stale)
    record(doing="deletes")
    gone, undead = _deletes(system, invented)
    record(gone=_spread(gone), undead=undead)
    record(
        peak_mb=_peak_mb() - before_mb, corpus_mb=before_mb, load_after=os.getloadavg()[0], doing="", notes=system.notes
    )


def _timed_searches(
    system: System, queries: Sequence[corpus.Query], leg: str, filtered: bool
) -> tuple[list[float], list[list[str]]]:
    for query in queries[-_WARM:]:
        system.search(query, leg, filtered)
    times: list[float] = []
    found: list[list[str]] = []
    for query in _within_time(queries[:-_WARM]):
        started = time.perf_counter()
        keys = system.search(query, leg, filtered)
        times.append(time.perf_counter() - started)
        found.append(keys)
    return times, found


def _edits(system: System, invented: corpus.Corpus) -> tuple[list[float], int, int]:
    """Seconds from before a document is replaced until a query gives a new passage; how many never were; how many old
    passages were given afterwards."""
    times, unseen, stale = [], 0, 0
    for number in _within_time(range(len(invented.edits))):
        old, new, query = invented.documents[number], invented.edits[number], invented.edit_queries[number]
        fresh, former = set(new.passage_keys), set(old.passage_keys)
        started = time.perf_counter()
        system.replace(new, old)
        while True:
            keys = system.search_newest(query)
            seconds = time.perf_counter() - started
            if fresh.intersection(keys):
                times.append(seconds)
                stale += bool(former.intersection(keys))
                break
            if seconds > _PATIENCE:
                unseen += 1
                break
    return times, unseen, stale


def _deletes(system: System, invented: corpus.Corpus) -> tuple[list[float], int]:
    times, undead = [], 0
    for number in _within_time(range(len(invented.edits))):
        document, query = invented.edits[number], invented.edit_queries[number]
        keys_of_it = {*document.passage_keys, *invented.documents[number].passage_keys}
        started = time.perf_counter()
        system.delete(document)
        while True:
            left = keys_of_it.intersection(system.search(query, system.legs[0], False))
            seconds = time.perf_counter() - started
            if not left:
                times.append(seconds)
                break
            if seconds > _PATIENCE:
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


def _within_time(items: Sequence[Any]) -> Iterator[Any]:
    started = time.perf_counter()
    for number, item in enumerate(items):
        if number >= _LEAST and time.perf_counter() - started > _SECONDS:
            return
        yield item


def _spread(seconds: Sequence[float]) -> dict[str, float] | None:
    if not seconds:
        return None
    ms = np.array(seconds) * 1000
    return {"p50_ms": float(np.percentile(ms, 50)), "p95_ms": float(np.percentile(ms, 95)), "n": len(ms)}


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _disk_mb(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
