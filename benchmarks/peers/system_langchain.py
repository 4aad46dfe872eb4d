"""LangChain with Chroma: the vector store `langchain_chroma.Chroma`, on disk, with its default HNSW index."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import corpus
import protocol
from langchain_chroma import Chroma
from langchain_core.embeddings import Embeddings

_BATCH = 250
"""Documents written at a time: 5,000 passages, below Chroma's limit."""


class Looked(Embeddings):
    def __init__(self, lookup: corpus.Lookup) -> None:
        self._lookup = lookup

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self._lookup(text).tolist() for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self._lookup(text).tolist()


class LangChain:
    legs = ("dense",)
    notes: ClassVar[dict[str, str]] = {
        "add": "written in batches of 5,000 passages",
        "hybrid_plain": "none: BM25Retriever lives in memory apart from Chroma, takes no filter and no change",
        "hybrid_filtered": "none: as without filters",
        "replace": "two calls: delete, then add",
    }

    def __init__(self, folder: Path, lookup: corpus.Lookup) -> None:
        self._chroma = Chroma(
            "passages",
            Looked(lookup),
            persist_directory=str(folder),
            collection_metadata={"hnsw:space": "cosine"},
        )

    def add(self, documents: Sequence[corpus.Document]) -> None:
        for first in range(0, len(documents), _BATCH):
            self._add(documents[first : first + _BATCH])

    def search(self, query: corpus.Query, leg: str, filtered: bool) -> list[str]:
        wanted = None
        if filtered:
            wanted = {
                "$and": [
                    {"$or": [{"readers": {"$contains": group}} for group in query.groups]},
                    {"start": {"$lte": corpus.TODAY}},
                    {"end": {"$gt": corpus.TODAY}},
                ]
            }
        found = self._chroma.similarity_search(query.text, k=protocol.K, filter=wanted)
        return [document.metadata["key"] for document in found]

    def search_newest(self, query: corpus.Query) -> list[str]:
        return self.search(query, "dense", False)

    def replace(self, document: corpus.Document, old: corpus.Document) -> None:
        self._chroma.delete(ids=old.passage_keys)
        self._add([document])

    def delete(self, document: corpus.Document) -> None:
        self._chroma.delete(ids=document.passage_keys)

    def _add(self, documents: Sequence[corpus.Document]) -> None:
        keys = [key for document in documents for key in document.passage_keys]
        fields = [
            {"key": key, "readers": list(document.readers), "start": document.start, "end": document.end}
            for document in documents
            for key in document.passage_keys
        ]
        self._chroma.add_texts([text for document in documents for text in document.passages], fields, keys)


if __name__ == "__main__":
    protocol.main(LangChain)
