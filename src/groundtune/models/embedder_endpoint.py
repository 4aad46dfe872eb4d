"""An embedding model behind an OpenAI-compatible endpoint."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np

from groundtune.models.endpoint import EndpointClient
from groundtune.models.estimate import estimated_offsets, estimated_tokens
from groundtune.models.forms import forms_of
from groundtune.models.protocols import Vectors
from groundtune.progress import Progress

WINDOW = 448
"""Estimated tokens of a passage: what an encoder of 512 tokens surely reads. Endpoints don't tell theirs."""

_BATCH = 64


class EndpointEmbedder:
    """Whether a vector depends on its batch is up to the endpoint. Opening asks for one vector, to learn its length."""

    def __init__(self, name: str, model: str, client: EndpointClient, window: int = WINDOW) -> None:
        self.name, self.window = name, window
        self._model, self._client, self._forms = model, client, forms_of(model)
        self.dimension = len(self._post(["dimension"])[0])

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embed(self._forms.query, texts, None)

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self._embed(self._forms.passage, texts, progress)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [estimated_tokens(text) for text in texts]

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        return estimated_offsets(text)

    def _embed(self, form: str, texts: Sequence[str], progress: Progress | None) -> Vectors:
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), _BATCH):
            batch = [form + self._cut(text) for text in texts[start : start + _BATCH]]
            vectors[start : start + len(batch)] = self._post(batch)
            if progress is not None:
                progress.advance(len(batch))
        return vectors

    def _cut(self, text: str) -> str:
        offsets = estimated_offsets(text)
        return text if len(offsets) <= self.window else text[: offsets[self.window - 1][1]]

    def _post(self, texts: list[str]) -> Vectors:
        reply = self._client.post("/embeddings", {"model": self._model, "input": texts, "encoding_format": "float"})
        try:
            rows = sorted(reply["data"], key=lambda row: int(row["index"]))
            vectors = np.stack([_numbers(row["embedding"]) for row in rows])
        except (KeyError, TypeError, ValueError) as error:
            raise self._client.unreadable(str(reply)[:200]) from error
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if len(vectors) != len(texts) or not np.all(np.isfinite(lengths) & (lengths > 0)):
            raise self._client.unreadable(f"{vectors.shape} for {len(texts)} texts")
        return np.asarray(vectors / lengths, np.float32)


def _numbers(embedding: Any) -> Vectors:
    """A list of numbers, or little-endian float32 in base64, which some servers send whatever was asked for."""
    if isinstance(embedding, str):
        return np.frombuffer(base64.b64decode(embedding), "<f4")
    return np.asarray(embedding, np.float32)
