"""LlamaIndex: `VectorStoreIndex` over its own `SimpleVectorStore`, with the BM25 retriever, fused by reciprocal ranks.

The BM25 retriever cannot take in a change, so it is made anew after each.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import corpus
import protocol
from llama_index.core import VectorStoreIndex
from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.llms import MockLLM
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores import FilterOperator, MetadataFilter, MetadataFilters
from llama_index.retrievers.bm25 import BM25Retriever
from pydantic import PrivateAttr


class Looked(BaseEmbedding):
    _lookup: corpus.Lookup = PrivateAttr()

    def __init__(self, lookup: corpus.Lookup) -> None:
        super().__init__(model_name="invented")
        self._lookup = lookup

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._lookup(text).tolist()

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._lookup(query).tolist()

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)


class LlamaIndex:
    legs = ("hybrid", "dense")
    notes: ClassVar[dict[str, str]] = {
        "add": "in memory, then persisted whole (vectors and texts; not BM25)",
        "analyser": "words as they stand, English stems",
        "replace": "nodes deleted and inserted, BM25 made anew; not on disk until everything is persisted again",
    }

    def __init__(self, folder: Path, lookup: corpus.Lookup) -> None:
        self._folder = folder
        self._index = VectorStoreIndex([], embed_model=Looked(lookup), store_nodes_override=True)

    def add(self, documents: Sequence[corpus.Document]) -> None:
        self._index.insert_nodes(_nodes(documents))
        self._lexical = self._fresh_lexical()
        self._index.storage_context.persist(str(self._folder))

    def search(self, query: corpus.Query, leg: str, filtered: bool) -> list[str]:
        wanted = _filters(query) if filtered else None
        dense = self._index.as_retriever(similarity_top_k=protocol.K, filters=wanted)
        if leg == "dense":
            return [found.node.node_id for found in dense.retrieve(query.text)]
        retrievers = [dense]
        with contextlib.suppress(ValueError):  # it refuses a filter that keeps nothing
            retrievers.append(self._filtered_lexical(wanted) if filtered else self._lexical)
        fused = QueryFusionRetriever(
            retrievers,
            llm=MockLLM(),
            mode="reciprocal_rerank",
            similarity_top_k=protocol.K,
            num_queries=1,
            use_async=False,
        )
        return [found.node.node_id for found in fused.retrieve(query.text)]

    def search_newest(self, query: corpus.Query) -> list[str]:
        return self.search(query, "hybrid", False)

    def replace(self, document: corpus.Document, old: corpus.Document) -> None:
        self._index.delete_nodes(old.passage_keys, delete_from_docstore=True)
        self._index.insert_nodes(_nodes([document]))
        self._lexical = self._fresh_lexical()

    def delete(self, document: corpus.Document) -> None:
        self._index.delete_nodes(document.passage_keys, delete_from_docstore=True)
        self._lexical = self._fresh_lexical()

    def _fresh_lexical(self) -> BM25Retriever:
        return BM25Retriever.from_defaults(docstore=self._index.docstore, similarity_top_k=protocol.K)

    def _filtered_lexical(self, wanted: MetadataFilters) -> BM25Retriever:
        made = self._lexical.bm25
        made.corpus = self._lexical.corpus
        return BM25Retriever(existing_bm25=made, filters=wanted, similarity_top_k=protocol.K)


def _nodes(documents: Sequence[corpus.Document]) -> list[TextNode]:
    fields = ["readers", "start", "end"]
    return [
        TextNode(
            id_=key,
            text=text,
            embedding=vector.tolist(),
            metadata={"readers": list(document.readers), "start": document.start, "end": document.end},
            excluded_embed_metadata_keys=fields,
            relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=document.id)},
        )
        for document in documents
        for key, text, vector in zip(document.passage_keys, document.passages, document.vectors, strict=True)
    ]


def _filters(query: corpus.Query) -> MetadataFilters:
    return MetadataFilters(
        filters=[
            MetadataFilter(key="readers", operator=FilterOperator.ANY, value=list(query.groups)),
            MetadataFilter(key="start", operator=FilterOperator.LTE, value=corpus.TODAY),
            MetadataFilter(key="end", operator=FilterOperator.GT, value=corpus.TODAY),
        ]
    )


if __name__ == "__main__":
    protocol.main(LlamaIndex)
