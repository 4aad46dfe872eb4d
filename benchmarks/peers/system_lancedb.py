"""LanceDB: one table with a full-text index; exact vector search when small, IVF_RQ above 10,000 passages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import corpus
import lancedb
import numpy as np
import protocol
import pyarrow as pa
from lancedb.index import FTS, IvfRq
from lancedb.query import MatchQuery
from lancedb.rerankers import RRFReranker

_SCHEMA = pa.schema(
    [
        ("key", pa.utf8()),
        ("document", pa.utf8()),
        ("text", pa.utf8()),
        ("readers", pa.list_(pa.utf8())),
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("vector", pa.list_(pa.float32(), corpus.DIMENSION)),
    ]
)
_BATCH = 500
"""Documents written at a time."""
_INDEXED_FROM = 10_000


class LanceDB:
    legs = ("hybrid", "dense")
    approximate = True
    """Whether vectors get an index above `_INDEXED_FROM` passages; without one each query compares them all."""
    notes: ClassVar[dict[str, str]] = {
        "add": "written in batches of 10,000 passages, then indexed: full text, and IVF_RQ from 10,000 passages",
        "analyser": "words as they stand, no stems, no Korean analysis",
        "replace": "one commit (merge_insert)",
    }

    def __init__(self, folder: Path, lookup: corpus.Lookup) -> None:
        self._table = lancedb.connect(folder).create_table("passages", schema=_SCHEMA)
        self._reranker = RRFReranker()

    def add(self, documents: Sequence[corpus.Document]) -> None:
        for first in range(0, len(documents), _BATCH):
            self._table.add(_rows(documents[first : first + _BATCH]))
        self._table.create_index("text", config=FTS(stem=False, remove_stop_words=False))
        if self.approximate and len(documents) * corpus.PER_DOCUMENT >= _INDEXED_FROM:
            self._table.create_index("vector", config=IvfRq(distance_type="cosine"))

    def search(self, query: corpus.Query, leg: str, filtered: bool) -> list[str]:
        if leg == "hybrid":
            asked = self._table.search(query_type="hybrid").vector(query.vector).text(MatchQuery(query.text, "text"))
            asked = asked.rerank(self._reranker)
        else:
            asked = self._table.search(query.vector, query_type="vector")
        asked = asked.distance_type("cosine")
        if filtered:
            groups = ", ".join(f"'{group}'" for group in query.groups)
            asked = asked.where(
                f"array_has_any(readers, [{groups}]) AND start <= {corpus.TODAY} AND end > {corpus.TODAY}",
                prefilter=True,
            )
        return asked.limit(protocol.K).select(["key"]).to_arrow()["key"].to_pylist()

    def search_newest(self, query: corpus.Query) -> list[str]:
        return self.search(query, "hybrid", False)

    def replace(self, document: corpus.Document, old: corpus.Document) -> None:
        change = self._table.merge_insert("key").when_matched_update_all().when_not_matched_insert_all()
        change.when_not_matched_by_source_delete(f"document = '{document.id}'").execute(_rows([document]))

    def delete(self, document: corpus.Document) -> None:
        self._table.delete(f"document = '{document.id}'")


def _rows(documents: Sequence[corpus.Document]) -> pa.Table:
    counts = [len(document.passages) for document in documents]
    vectors = np.concatenate([document.vectors for document in documents])
    repeated = [document for document, count in zip(documents, counts, strict=True) for _ in range(count)]
    return pa.table(
        [
            [key for document in documents for key in document.passage_keys],
            [document.id for document in repeated],
            [text for document in documents for text in document.passages],
            [list(document.readers) for document in repeated],
            pa.array([document.start for document in repeated], pa.int32()),
            pa.array([document.end for document in repeated], pa.int32()),
            pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), corpus.DIMENSION),
        ],
        schema=_SCHEMA,
    )


if __name__ == "__main__":
    protocol.main(LanceDB)
