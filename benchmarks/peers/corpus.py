"""The same invented documents, queries and vectors for every system, made once and read from files.

20 passages a document, 30 to 70 words a passage: seven in ten words Hangul, the rest Latin, half from the document's
topic and half from all words (Zipf). A document is readable to 1 to 3 of 50 groups and in force for 700 days. The
embedding function is trivial: a text's vector is the sum of its words' hashed vectors, weighed by rarity.

    python corpus.py FOLDER SIZE
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

DIMENSION = 384
PER_DOCUMENT = 20
GROUPS = 50
TODAY = date(2026, 6, 1).toordinal()
QUERIES = 220
EDITS = 25
_WORDS = 60_000
_TOPICS = 2_000
_TOPIC_WORDS = 120
_BATCH = 4_000


@dataclass(frozen=True, slots=True)
class Document:
    """`start` is the first day of force and `end` the first day no longer in force, as `date.toordinal` counts."""

    id: str
    version: int
    passages: tuple[str, ...]
    vectors: np.ndarray
    """(passages, DIMENSION) float32, unit length"""
    readers: tuple[str, ...]
    start: int
    end: int

    @property
    def passage_keys(self) -> list[str]:
        """The names by which searches give the passages back."""
        return [f"{self.id}@{self.version}#{i}" for i in range(len(self.passages))]


@dataclass(frozen=True, slots=True)
class Query:
    text: str
    vector: np.ndarray
    """(DIMENSION,)"""
    groups: tuple[str, ...]
    """Three groups that the reader is in."""


@dataclass(frozen=True, slots=True)
class Corpus:
    documents: Sequence[Document]
    edits: Sequence[Document]
    """The next version of the first documents; in force today."""
    queries: Sequence[Query]
    edit_queries: Sequence[Query]
    """Words of the first passage of each edit, with one that no other text holds."""

    @property
    def passages(self) -> int:
        return sum(len(document.passages) for document in self.documents)


class Lookup:
    """The embedding function of every system: a text's vector, from memory."""

    def __init__(self, corpus: Corpus) -> None:
        self._vectors: dict[str, np.ndarray] = {}
        for document in (*corpus.documents, *corpus.edits):
            self._vectors.update(zip(document.passages, document.vectors, strict=True))
        for query in (*corpus.queries, *corpus.edit_queries):
            self._vectors[query.text] = query.vector

    def __call__(self, text: str) -> np.ndarray:
        return self._vectors[text]


def load(folder: Path) -> Corpus:
    vectors = np.load(folder / "vectors.npy")
    rows = iter(range(len(vectors)))

    def take(count: int) -> np.ndarray:
        first = next(rows)
        for _ in range(count - 1):
            next(rows)
        return vectors[first : first + count]

    def documents(name: str) -> list[Document]:
        return [
            Document(
                row["id"],
                row["version"],
                tuple(row["passages"]),
                take(len(row["passages"])),
                tuple(row["readers"]),
                row["start"],
                row["end"],
            )
            for row in _rows(folder / name)
        ]

    def queries(name: str) -> list[Query]:
        return [Query(row["text"], take(1)[0], tuple(row["groups"])) for row in _rows(folder / name)]

    return Corpus(
        documents("documents.jsonl"),
        documents("edits.jsonl"),
        queries("queries.jsonl"),
        queries("edit_queries.jsonl"),
    )


def make(folder: Path, size: int, seed: int = 0) -> None:
    """Writes the corpus of `size` passages into `folder`, unless it is there."""
    if (folder / "vectors.npy").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    maker = _Maker(seed)
    documents = [maker.document(f"d{number}", 1) for number in range(size // PER_DOCUMENT)]
    edits = [maker.document(f"d{number}", 2, mark=number) for number in range(min(EDITS, len(documents)))]
    queries = [maker.query(documents) for _ in range(QUERIES)]
    edit_queries = [maker.query([edit], passage=0) for edit in edits]
    texts = [passage for document in (*documents, *edits) for passage in document["words"]]
    texts += [query["words"] for query in (*queries, *edit_queries)]
    for name, rows in {
        "documents": documents,
        "edits": edits,
        "queries": queries,
        "edit_queries": edit_queries,
    }.items():
        with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps(maker.spelled(row), ensure_ascii=False) + "\n")
    np.save(folder / "draft.npy", maker.vectors(texts))
    (folder / "draft.npy").rename(folder / "vectors.npy")


class _Maker:
    """Texts as arrays of word numbers; spelled out at the end."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._words = _vocabulary(self._random) + [f"zqmark{chr(97 + i)}" for i in range(EDITS)]
        weight = 1 / np.arange(1, _WORDS + 1) ** 0.9
        self._cumulative = np.cumsum(weight / weight.sum())
        rarity = np.minimum(-np.log(weight / weight.sum()), 11) / 11
        self._rarity = np.append(rarity, np.ones(EDITS)).astype(np.float32)
        self._topics = self._random.integers(200, _WORDS, size=(_TOPICS, _TOPIC_WORDS))

    def document(self, name: str, version: int, mark: int | None = None) -> dict[str, Any]:
        random = self._random
        topic = self._topics[random.integers(_TOPICS)]
        passages = []
        for place in range(PER_DOCUMENT):
            count = int(random.integers(30, 71))
            words = np.where(random.random(count) < 0.5, random.choice(topic, count), self._zipf(count))
            if mark is not None and place == 0:
                words[0] = _WORDS + mark
            passages.append(words)
        start = TODAY + int(random.integers(-900, 600)) if mark is None else TODAY
        readers = random.choice(GROUPS, int(random.integers(1, 4)), replace=False)
        return {
            "id": name,
            "version": version,
            "words": passages,
            "readers": [f"g{group}" for group in readers],
            "start": start,
            "end": start + 700,
        }

    def query(self, documents: Sequence[dict[str, Any]], passage: int | None = None) -> dict[str, Any]:
        random = self._random
        document = documents[random.integers(len(documents))]
        words = document["words"][random.integers(PER_DOCUMENT) if passage is None else passage]
        if passage is None:
            asked = np.concatenate([random.choice(words, 5, replace=False), self._zipf(3)])
        else:
            asked = words[:8]
        groups = random.choice(GROUPS, 3, replace=False)
        return {"words": asked, "groups": [f"g{group}" for group in groups]}

    def spelled(self, row: dict[str, Any]) -> dict[str, Any]:
        words = row["words"]
        rest = {name: value for name, value in row.items() if name != "words"}
        if isinstance(words, list):
            return {**rest, "passages": [self._text(passage) for passage in words]}
        return {**rest, "text": self._text(words)}

    def vectors(self, texts: Sequence[np.ndarray]) -> np.ndarray:
        """(texts, DIMENSION) float32, unit length"""
        of_word = np.random.default_rng(7).normal(size=(len(self._words), DIMENSION)).astype(np.float32)
        of_word *= self._rarity[:, None] ** 2
        rows = np.empty((len(texts), DIMENSION), np.float32)
        for first in range(0, len(texts), _BATCH):
            for place, words in enumerate(texts[first : first + _BATCH], start=first):
                rows[place] = of_word[np.unique(words)].sum(axis=0)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return rows

    def _zipf(self, count: int) -> np.ndarray:
        places = np.searchsorted(self._cumulative, self._random.random(count))
        return np.minimum(places, _WORDS - 1)

    def _text(self, words: np.ndarray) -> str:
        return " ".join(self._words[word] for word in words.tolist())


def _vocabulary(random: np.random.Generator) -> list[str]:
    syllables = [chr(code) for code in random.choice(np.arange(0xAC00, 0xAC00 + 11172), 900, replace=False)]
    share = 1 / np.arange(1, len(syllables) + 1) ** 0.6
    share /= share.sum()
    particles = ["", "", "", "을", "는", "에", "의", "으로", "에서", "까지"]
    consonants, vowels = list("bcdfghklmnprstvw"), list("aeiou")
    words: dict[str, None] = {}
    while len(words) < _WORDS:
        if random.random() < 0.7:
            stem = "".join(random.choice(syllables, int(random.integers(2, 4)), p=share))
            words[stem + particles[random.integers(len(particles))]] = None
        else:
            length = int(random.integers(2, 5))
            pairs = zip(random.choice(consonants, length), random.choice(vowels, length), strict=True)
            words["".join(a + b for a, b in pairs) + "rt"[random.integers(2)]] = None
    return list(words)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]))
