"""What the rest of groundtune asks of a model: to embed texts, or to complete a conversation.

Every provider is one of these two, whatever runs beneath. Nothing here knows a provider.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from groundtune.progress import Progress

Vectors: TypeAlias = npt.NDArray[np.float32]
"""(n, dimension) float32, each row of unit length."""


class Embedder(Protocol):
    """Texts to vectors whose dot product is their likeness.

    A text's vector depends on the text alone, never on the texts that are embedded with it.
    """

    @property
    def name(self) -> str:
        """What made the vectors, to the version: part of an index's format ("bundled:e5@0.3.0-int8")."""

    @property
    def dimension(self) -> int: ...

    @property
    def window(self) -> int:
        """How many tokens of a passage are read, as `count_tokens` counts them; what is beyond is cut off."""

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), dimension) float32, unit length; no texts give (0, dimension)."""

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """As `embed_queries`, for the texts that are searched. Advances `progress` by one for each text."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text itself: no specials, no "passage: "."""

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        """Start and end of each token of `text`, in characters; as many as `count_tokens` says."""


@dataclass(frozen=True, slots=True)
class Message:
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Completion:
    text: str
    prompt_tokens: int | None
    completion_tokens: int | None
    seconds: float
    finished: bool
    """False when `max_tokens` cut it off."""


class ChatModel(Protocol):
    """A conversation to its next message. The same input gives the same text at temperature 0."""

    @property
    def name(self) -> str:
        """As it was opened ("bundled:smollm2", "openai:qwen@house")."""

    @property
    def languages(self) -> frozenset[str] | None:
        """Languages that it reads and writes; `None` means any, as far as we know."""

    @property
    def offline(self) -> bool:
        """Whether it runs on this machine."""

    @property
    def window(self) -> int:
        """Tokens that prompt and completion may have together."""

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
        """The next message. With a JSON `schema` its text parses under it, unless `finished` is False.

        Raises ModelError when the model fails, and when the prompt leaves no room in the window.
        """

    def count_tokens(self, text: str) -> int:
        """Tokens of the bare text; for an endpoint an estimate, rather too high than too low."""

    def close(self) -> None:
        """Frees what the model holds; it is not used afterwards."""
