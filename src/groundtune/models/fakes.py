"""Models without weights, for tests, examples and documentation: instant, deterministic, offline.

`HashEmbedder` finds texts that share words or parts of words; `ScriptedChat` says what it was told to say.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from groundtune.errors import ModelError
from groundtune.i18n import t
from groundtune.models.protocols import Completion, Message, Vectors
from groundtune.progress import Progress

_TOKEN = re.compile(r"\w+|[^\w\s]")


class HashEmbedder:
    """Words and their three-character parts, hashed into `dimension` signed buckets. Tokens are words and signs."""

    def __init__(self, dimension: int = 64, window: int = 512) -> None:
        self.name = f"fake:hash{dimension}@1"
        self.dimension = dimension
        self.window = window

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self.embed_passages(texts)

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            offsets = self.token_offsets(text)[: self.window]
            for start, end in offsets:
                for feature, weight in _features(text[start:end]):
                    digest = int.from_bytes(hashlib.blake2b(feature.encode(), digest_size=8).digest(), "big")
                    row[(digest >> 1) % self.dimension] += weight if digest & 1 else -weight
            length = float(np.linalg.norm(row))
            if length:
                row /= length
            else:
                row[0] = 1.0
            if progress is not None:
                progress.advance()
        return vectors

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(self.token_offsets(text)) for text in texts]

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in _TOKEN.finditer(text)]


def _features(token: str) -> Iterator[tuple[str, float]]:
    word = unicodedata.normalize("NFKC", token).lower()
    yield word, 1.0
    padded = f"^{word}$"
    for i in range(len(padded) - 2):
        yield padded[i : i + 3], 0.5


class ScriptedChat:
    """Answers from a script.

    A mapping is searched for the first key that occurs in the last user message ("" fits any); a callable is given the
    messages and returns the text. What it was asked is kept in `calls`, oldest first. A token is a word.
    """

    def __init__(
        self,
        script: Mapping[str, str] | Callable[[Sequence[Message]], str],
        *,
        languages: frozenset[str] | None = None,
        window: int = 4096,
    ) -> None:
        self.name = "fake:scripted"
        self.languages = languages
        self.offline = True
        self.window = window
        self.calls: list[tuple[Message, ...]] = []
        self._script = script

    def complete(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
        schema: Mapping[str, Any] | None = None,
        stop: Sequence[str] = (),
    ) -> Completion:
        self.calls.append(tuple(messages))
        prompt_tokens = sum(self.count_tokens(message.content) for message in messages)
        if prompt_tokens >= self.window:
            raise ModelError(
                t(
                    "The prompt has {tokens} tokens, but {name} reads {window} together with its answer. Shorten it.",
                    tokens=prompt_tokens,
                    name=self.name,
                    window=self.window,
                )
            )
        text = self._text(messages)
        for mark in stop:
            text = text.split(mark, 1)[0]
        words = list(re.finditer(r"\S+", text))
        finished = len(words) <= max_tokens
        if not finished:
            text = text[: words[max_tokens - 1].end()] if max_tokens else ""
        return Completion(text, prompt_tokens, min(len(words), max_tokens), 0.0, finished)

    def _text(self, messages: Sequence[Message]) -> str:
        if callable(self._script):
            return self._script(messages)
        asked = next((message.content for message in reversed(messages) if message.role == "user"), "")
        for key, text in self._script.items():
            if key in asked:
                return text
        raise ModelError(t("The script of {name} has no answer to “{asked}”.", name=self.name, asked=asked[:200]))

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def close(self) -> None:
        pass
