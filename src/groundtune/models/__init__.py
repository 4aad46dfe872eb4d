"""The world of weights. One function opens each kind of model, by "provider:name", the same in every place.

    embedders   bundled:e5 · hf:ID-or-path · openai:MODEL@ENDPOINT · fake:hash
    chat        bundled:smollm2 · gguf:PATH · hf:ID-or-path · tuned:FOLDER · openai:MODEL@ENDPOINT · fake:echo
    encoders    bundled:e5 · hf:ID-or-path                (for training; need the tuning extra)

Nothing is loaded, and no heavy library imported, before a model is opened. Knows nothing of documents, tasks or
answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from groundtune.errors import UnknownName
from groundtune.models.protocols import ChatModel, Completion, Embedder, Message, Vectors
from groundtune.settings import Endpoint

__all__ = ["ChatModel", "Completion", "Embedder", "Message", "Vectors", "open_chat", "open_embedder"]


def open_embedder(name: str, endpoints: Mapping[str, Endpoint] | None = None) -> Embedder:
    """Raises UnknownName for a name that no provider has, ModelUnavailable or MissingExtra when it can't be opened."""
    provider, _, rest = name.partition(":")
    if name == "bundled:e5":
        from groundtune.models.e5 import open_bundled_e5

        return open_bundled_e5()
    if provider == "fake" and rest.startswith("hash"):
        from groundtune.models.fakes import HashEmbedder

        return HashEmbedder(int(rest.removeprefix("hash") or 64))
    raise UnknownName("embedder", name, ["bundled:e5", "hf:ID-or-path", "openai:MODEL@ENDPOINT", "fake:hash"])


def open_chat(name: str, endpoints: Mapping[str, Endpoint] | None = None) -> ChatModel:
    """Raises UnknownName for a name that no provider has, ModelUnavailable or MissingExtra when it can't be opened."""
    if name == "fake:echo":
        from groundtune.models.fakes import ScriptedChat

        return ScriptedChat(lambda messages: messages[-1].content)
    if name == "bundled:smollm2":
        from groundtune.models.llama import open_bundled_chat

        return open_bundled_chat()
    provider, _, rest = name.partition(":")
    if provider == "gguf" and rest:
        from groundtune.models.llama import LlamaChat

        return LlamaChat(name, Path(rest))
    if provider == "tuned" and rest:
        from groundtune.models.llama import open_tuned

        return open_tuned(Path(rest))
    raise UnknownName(
        "chat model",
        name,
        ["bundled:smollm2", "gguf:PATH", "hf:ID-or-path", "tuned:FOLDER", "openai:MODEL@ENDPOINT", "fake:echo"],
    )
