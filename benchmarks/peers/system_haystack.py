"""Haystack: `InMemoryDocumentStore` with its BM25 and embedding retrievers, joined by reciprocal ranks.

Its filters have no operator for lists, so each group is a field of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import corpus
import protocol
from haystack import Document
from haystack.components.joiners import DocumentJoiner
from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
from haystack.document_stores.in_memory import InMemoryDocumentStore


class Haystack:
    legs = ("hybrid", "dense")
    notes: ClassVar[dict[str, str]] = {
        "add": "in memory, then saved whole",
        "analyser": "words as they stand",
        "replace": "two calls: delete, then write; not on disk until the whole store is saved again",
    }

    def __init__(self, folder: Path, lookup: corpus.Lookup) -> None:
        self._file = folder / "store.json"
        self._store = InMemoryDocumentStore(embedding_similarity_function="cosine")
        self._lexical = InMemoryBM25Retriever(self._store, top_k=protocol.K)
        self._dense = InMemoryEmbeddingRetriever(self._store, top_k=protocol.K)
        self._joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=protocol.K)

    def add(self, documents: Sequence[corpus.Document]) -> None:
        self._store.write_documents(_documents(documents))
        self._store.save_to_disk(str(self._file))

    def search(self, query: corpus.Query, leg: str, filtered: bool) -> list[str]:
        wanted = _filter(query) if filtered else None
        found = self._dense.run(query.vector.tolist(), filters=wanted)["documents"]
        if leg == "hybrid":
            words = self._lexical.run(query.text, filters=wanted)["documents"]
            found = self._joiner.run([words, found])["documents"]
        return [document.id for document in found]

    def search_newest(self, query: corpus.Query) -> list[str]:
        return self.search(query, "hybrid", False)

    def replace(self, document: corpus.Document, old: corpus.Document) -> None:
        self._store.delete_documents(old.passage_keys)
        self._store.write_documents(_documents([document]))

    def delete(self, document: corpus.Document) -> None:
        self._store.delete_documents(document.passage_keys)


def _documents(documents: Sequence[corpus.Document]) -> list[Document]:
    return [
        Document(
            id=key,
            content=text,
            embedding=vector.tolist(),
            meta={"start": document.start, "end": document.end, **dict.fromkeys(document.readers, True)},
        )
        for document in documents
        for key, text, vector in zip(document.passage_keys, document.passages, document.vectors, strict=True)
    ]


def _filter(query: corpus.Query) -> dict[str, Any]:
    readable = [{"field": f"meta.{group}", "operator": "==", "value": True} for group in query.groups]
    return {
        "operator": "AND",
        "conditions": [
            {"operator": "OR", "conditions": readable},
            {"field": "meta.start", "operator": "<=", "value": corpus.TODAY},
            {"field": "meta.end", "operator": ">", "value": corpus.TODAY},
        ],
    }


if __name__ == "__main__":
    protocol.main(Haystack)
