"""groundtune: the parts that `groundtune add` and `groundtune search` use, with the shared embedding function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import corpus
import numpy as np
import protocol

from groundtune.knowledge.analyse import open_analyser
from groundtune.knowledge.index import PassageIndex
from groundtune.knowledge.prepare import index_format
from groundtune.knowledge.search import Searcher
from groundtune.storage.database import Database
from groundtune.storage.documents import DocumentStore, NewPassage
from groundtune.types import Document, Hit, Reader, Span

_TODAY = date.fromordinal(corpus.TODAY)
_BATCH = 250
"""Documents written at a time: 5,000 passages."""
_ALL_GROUPS = Reader(frozenset(f"g{group}" for group in range(corpus.GROUPS)))


class Embedder:
    """What is embedded comes from memory."""

    name = "invented"
    dimension = corpus.DIMENSION
    window = 512

    def __init__(self, lookup: corpus.Lookup) -> None:
        self._lookup = lookup

    def embed_queries(self, texts: Sequence[str]) -> np.ndarray:
        return np.stack([self._lookup(text) for text in texts])

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [1] * len(texts)  # every word is one: nothing is misspelt


class Groundtune:
    legs = ("hybrid", "dense")

    def __init__(self, folder: Path, lookup: corpus.Lookup) -> None:
        self._store = DocumentStore(Database(folder / "groundtune.sqlite"))
        self._folder = folder
        self._analyser = open_analyser("auto")
        self._embedder = Embedder(lookup)
        self.notes = {
            "add": f"durable transactions of {_BATCH} documents, words analysed, index built and saved",
            "analyser": self._analyser.name,
            "plain": "a reader in all groups, on any date",
        }

    def add(self, documents: Sequence[corpus.Document]) -> None:
        self._store.set_format(index_format(self._analyser, self._embedder))
        for first in range(0, len(documents), _BATCH):
            with self._store.together():
                for document in documents[first : first + _BATCH]:
                    self._put(document)
        self._index = PassageIndex.open(self._store, self._folder / "index")
        self._searcher = Searcher(self._store, self._index, self._analyser, self._embedder)

    def search(self, query: corpus.Query, leg: str, filtered: bool) -> list[str]:
        reader, as_of = (Reader(frozenset(query.groups)), _TODAY) if filtered else (_ALL_GROUPS, None)
        return _keys(self._searcher.search(query.text, k=protocol.K, as_of=as_of, reader=reader, legs=leg))

    def search_newest(self, query: corpus.Query) -> list[str]:
        return _keys(self._searcher.search(query.text, k=protocol.K, as_of=_TODAY, reader=_ALL_GROUPS))

    def replace(self, document: corpus.Document, old: corpus.Document) -> None:
        self._put(document)

    def delete(self, document: corpus.Document) -> None:
        self._store.delete(document.id)

    def _put(self, document: corpus.Document) -> None:
        spans, end = [], 0
        for text in document.passages:
            spans.append(Span(end, end + len(text)))
            end += len(text) + 1
        passages = [
            NewPassage(span, self._analyser.tokens(text), vector)
            for span, text, vector in zip(spans, document.passages, document.vectors, strict=True)
        ]
        stored = Document(
            document.id,
            document.id,
            "\n".join(document.passages),
            "invented",
            effective_from=date.fromordinal(document.start),
            effective_to=date.fromordinal(document.end),
            readers=frozenset(document.readers),
        )
        self._store.put(stored, passages, content_hash=str(document.version), today=_TODAY)


def _keys(hits: Sequence[Hit]) -> list[str]:
    return [f"{hit.passage.document_id}@{hit.passage.revision_number}#{hit.passage.ordinal}" for hit in hits]


if __name__ == "__main__":
    protocol.main(Groundtune)
