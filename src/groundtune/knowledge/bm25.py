"""BM25 over passages that come and go, its statistics always those of the passages that are said to count.

The bulk of the terms lies in sorted arrays that a file can back; what was added since lies in a dictionary beside them.
A score depends on those passages alone, not on where their postings lie: a passage just added ranks, to the last
bit, as it will after a rebuild. Knows slots (positions in the index's arrays) and terms, not documents or readers.
"""

from __future__ import annotations

import bisect
import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

K1 = 1.2
B = 0.75

Floats: TypeAlias = npt.NDArray[np.float32]
Slots: TypeAlias = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Postings:
    """Which slots hold a term, and how often: term i's are `slots[starts[i]:starts[i + 1]]`, ascending."""

    terms: npt.NDArray[np.uint8]
    """All terms in UTF-8, sorted by their bytes, one after the other."""
    term_ends: npt.NDArray[np.int64]
    """(terms + 1,): term i is `terms[term_ends[i]:term_ends[i + 1]]`."""
    heads: npt.NDArray[np.uint64]
    """(terms,): each term's first eight bytes as a number, ascending."""
    starts: npt.NDArray[np.int64]
    """(terms + 1,)"""
    slots: Slots
    """(postings,)"""
    counts: npt.NDArray[np.uint16]
    """(postings,): how often the slot's passage holds the term."""

    def of(self, term: str) -> tuple[Slots, npt.NDArray[np.uint16]] | None:
        sought = term.encode()
        head = np.uint64(_head(sought))
        first, last = int(self.heads.searchsorted(head)), int(self.heads.searchsorted(head, "right"))
        place = bisect.bisect_left(range(last), sought, lo=first, key=self._term)
        if place == last or self._term(place) != sought:
            return None
        start, end = int(self.starts[place]), int(self.starts[place + 1])
        return self.slots[start:end], self.counts[start:end]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def _term(self, place: int) -> bytes:
        return self.terms[self.term_ends[place] : self.term_ends[place + 1]].tobytes()

    def all_terms(self) -> list[bytes]:
        whole = self.terms.tobytes()
        return [whole[start:end] for start, end in pairwise(self.term_ends.tolist())]


def _head(term: bytes) -> int:
    return int.from_bytes(term[:8].ljust(8, b"\0"), "big")


def build(passages: Iterable[Sequence[str]]) -> Postings:
    """Postings of passages given by their terms; the first has slot 0."""
    numbers: defaultdict[str, int] = defaultdict(count().__next__)
    term_of = array("i")
    ends = array("q", [0])
    for tokens in passages:
        term_of.extend(map(numbers.__getitem__, tokens))
        ends.append(len(term_of))
    bounds = np.frombuffer(ends, np.int64)
    lengths = bounds[1:] - bounds[:-1]
    slots = np.repeat(np.arange(len(lengths), dtype=np.int64), lengths)
    ids = np.frombuffer(term_of, np.int32) if len(term_of) else np.empty(0, np.int32)
    return _arrange([term.encode() for term in numbers], ids, slots, None, len(lengths))


def _arrange(
    names: list[bytes],
    ids: npt.NDArray[np.int32],
    slots: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64] | None,
    passages: int,
) -> Postings:
    """Sorts (term id, slot) pairs into postings. Equal pairs add up: each counts `counts`, or 1."""
    order = sorted(range(len(names)), key=names.__getitem__)
    rank = np.empty(len(names), np.int64)
    rank[order] = np.arange(len(names))
    width = max(passages, 1)
    keys = rank[ids] * width + slots
    if counts is None:
        keys.sort()
    else:
        by_key = np.argsort(keys, kind="stable")
        keys, counts = keys[by_key], counts[by_key]
    first = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))) if len(keys) else np.empty(0, np.int64)
    if counts is None:
        totals = np.diff(np.append(first, len(keys)))
    else:
        totals = np.add.reduceat(counts, first) if len(keys) else counts
    unique = keys[first]
    term_of = unique // width
    held = np.unique(term_of)  # a term that no passage holds any more is forgotten
    kept = [names[order[place]] for place in held.tolist()]
    return Postings(
        terms=np.frombuffer(b"".join(kept), np.uint8),
        term_ends=np.cumsum([0, *map(len, kept)], dtype=np.int64),
        heads=np.fromiter(map(_head, kept), np.uint64, len(kept)),
        starts=np.append(np.searchsorted(term_of, held), len(unique)).astype(np.int64),
        slots=(unique % width).astype(np.int32),
        counts=np.minimum(totals, np.iinfo(np.uint16).max).astype(np.uint16),
    )


def idf(holding: int, living: int) -> float:
    """Inverse document frequency, Lucene's: ln(1 + (N − n + ½) / (n + ½))."""
    return math.log(1 + (living - holding + 0.5) / (holding + 0.5))


class Lexical:
    """BM25 of the living passages: bulk postings and those that came since."""

    def __init__(self, bulk: Postings) -> None:
        self.bulk = bulk
        self._fresh: dict[str, tuple[array[int], array[int]]] = {}

    def add(self, slot: int, tokens: Sequence[str]) -> None:
        for term, times in Counter(tokens).items():
            slots, counts = self._fresh.setdefault(term, (array("i"), array("H")))
            slots.append(slot)
            counts.append(min(times, np.iinfo(np.uint16).max))

    def score(
        self, query: Mapping[str, float], lengths: Slots, alive: npt.NDArray[np.bool_] | None, living: int, total: int
    ) -> Floats:
        """BM25 of every slot, (n,) float32; 0 where no term of the query occurs, and of a slot that doesn't count.

        `query` weighs each term. `lengths` (n,) are the slots' numbers of terms, `alive` (n,) tells those that count
        (`None` when all do), which are `living` in number and hold `total` terms. The formula is Lucene's:
        idf · f / (f + k1 · (1 − b + b · length / mean length)), idf = ln(1 + (N − n + ½) / (n + ½)).
        """
        scores = np.zeros(len(lengths), np.float32)
        if not living or not total:
            return scores
        norms = lengths.astype(np.float32)
        norms *= np.float32(K1 * B * living / total)
        norms += np.float32(K1 * (1 - B))
        for term, weight in query.items():
            found = list(self._postings(term))
            if alive is not None:
                found = [(slots[kept], counts[kept]) for slots, counts in found for kept in [alive[slots]]]
            holding = sum(len(slots) for slots, _ in found)
            for slots, counts in found:
                frequency = counts.astype(np.float32)
                part = norms[slots]
                part += frequency
                np.divide(frequency, part, out=part)
                part *= np.float32(weight * idf(holding, living))
                scores[slots] += part
        return scores

    def holding(self, term: str, alive: npt.NDArray[np.bool_] | None) -> int:
        """How many passages that count have the term; `alive` as for `score`."""
        return sum(
            len(slots) if alive is None else int(np.count_nonzero(alive[slots])) for slots, _ in self._postings(term)
        )

    def held(self, term: str, seen: npt.NDArray[np.bool_]) -> bool:
        """Whether a passage that counts has the term; a look at its first few mostly tells."""
        return any(bool(seen[slots[:64]].any() or seen[slots].any()) for slots, _ in self._postings(term))

    def _postings(self, term: str) -> Iterator[tuple[Slots, npt.NDArray[np.uint16]]]:
        bulk = self.bulk.of(term)
        if bulk is not None:
            yield bulk
        fresh = self._fresh.get(term)
        if fresh is not None:
            yield np.array(fresh[0], np.int32), np.array(fresh[1], np.uint16)

    def by_slot(self, slots: int) -> list[dict[str, int]]:
        """What each slot holds: term → how often."""
        held: list[dict[str, int]] = [{} for _ in range(slots)]
        for number, term in enumerate(self.bulk.all_terms()):
            part = slice(int(self.bulk.starts[number]), int(self.bulk.starts[number + 1]))
            for slot, times in zip(self.bulk.slots[part].tolist(), self.bulk.counts[part].tolist(), strict=True):
                held[slot][term.decode()] = times
        for name, (fresh_slots, fresh_counts) in self._fresh.items():
            for slot, times in zip(fresh_slots, fresh_counts, strict=True):
                held[slot][name] = times
        return held

    def compact(self, places: npt.NDArray[np.int64], passages: int) -> Postings:
        """All postings in one, slot s moved to `places[s]` (-1: dead). `passages` is the number of new slots."""
        names = self.bulk.all_terms()
        numbers = {name: number for number, name in enumerate(names)}
        bulk_ids = np.repeat(np.arange(len(names), dtype=np.int32), np.diff(self.bulk.starts))
        ids, slots, counts = [bulk_ids], [self.bulk.slots], [self.bulk.counts]
        for term, (fresh_slots, fresh_counts) in self._fresh.items():
            number = numbers.setdefault(term.encode(), len(numbers))
            ids.append(np.full(len(fresh_slots), number, np.int32))
            slots.append(np.array(fresh_slots, np.int32))
            counts.append(np.array(fresh_counts, np.uint16))
        moved = places[np.concatenate(slots)]
        living = moved >= 0
        return _arrange(
            list(numbers),
            np.concatenate(ids)[living],
            moved[living],
            np.concatenate(counts)[living].astype(np.int64),
            passages,
        )
