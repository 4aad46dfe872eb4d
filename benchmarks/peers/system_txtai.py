"""txtai: `Embeddings` with content and both legs, Faiss chosen by its defaults; filters are SQL after the search.

Its SQL has no lists, so each group is a field of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import corpus
import numpy as np
import protocol
from txtai import Embeddings

_CANDIDATES = 1000
"""Of a search that is filtered: its default of 100 would leave five passages or so."""


class Txtai:
    legs = ("hybrid", "dense")
    notes: ClassVar[dict[str, str]] = {
        "add": "in memory, then saved whole",
        "analyser": "words by Unicode's rules",
        "filter": f"acts after the search, on {_CANDIDATES} candidates (its default of 100 would give half as many)",
        "replace": "two calls: delete, then upsert; not on disk until the whole index is saved again",
    }

    def __init__(self, folder: Path, lookup: corpus.Lookup) -> None:
        self._file = folder / "index"

        def embed(texts: Sequence[str]) -> np.ndarray:
            return np.stack([lookup(text) for text in texts])

        self._embeddings = Embeddings(method="external", transform=embed, content=True, hybrid=True)

    def add(self, documents: Sequence[corpus.Document]) -> None:
        self._embeddings.index(_rows(documents))
        self._embeddings.save(str(self._file))

    def search(self, query: corpus.Query, leg: str, filtered: bool) -> list[str]:
        if not filtered:
            return [found["id"] for found in self._ask(query.text, "similar(:q)", leg)]
        readable = " or ".join(f"{group} = 1" for group in query.groups)
        where = f"similar(:q, {_CANDIDATES}) and ({readable}) and first <= {corpus.TODAY} and last > {corpus.TODAY}"
        return [found["id"] for found in self._ask(query.text, where, leg)]

    def search_newest(self, query: corpus.Query) -> list[str]:
        return self.search(query, "hybrid", False)

    def replace(self, document: corpus.Document, old: corpus.Document) -> None:
        self._embeddings.delete(old.passage_keys)
        self._embeddings.upsert(_rows([document]))

    def delete(self, document: corpus.Document) -> None:
        self._embeddings.delete(document.passage_keys)

    def _ask(self, text: str, where: str, leg: str) -> list[dict[str, Any]]:
        weights = 1.0 if leg == "dense" else None  # the share of the dense leg
        return self._embeddings.search(
            f"select id, score from txtai where {where}", protocol.K, weights=weights, parameters={"q": text}
        )


def _rows(documents: Sequence[corpus.Document]) -> Iterator[tuple[str, dict[str, Any], None]]:
    for document in documents:
        fields = {"first": document.start, "last": document.end, **dict.fromkeys(document.readers, 1)}
        for key, text in zip(document.passage_keys, document.passages, strict=True):
            yield key, {"text": text, **fields}, None


if __name__ == "__main__":
    protocol.main(Txtai)
