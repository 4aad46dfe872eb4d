"""The world of weights. One function opens each kind of model, by "provider:name", the same in every place.

    embedders   bundled:e5 · tuned:FOLDER · hf:ID-or-path · openai:MODEL@ENDPOINT · fake:hash
    chat        bundled:smollm2 · gguf:PATH · tuned:FOLDER · hf:ID-or-path · adapter:FOLDER · openai:MODEL@ENDPOINT
                · fake:echo

Nothing is loaded, and no heavy library imported, before a model is opened. Knows nothing of documents, tasks or
answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from groundtune.errors import UnknownName
from groundtune.i18n import t
from groundtune.models.installed import Found, installed
from groundtune.models.protocols import ChatModel, Completion, Embedder, Message, Vectors
from groundtune.settings import Endpoint

__all__ = [
    "CHAT_MODELS",
    "CHAT_PROVIDERS",
    "ChatModel",
    "Completion",
    "Embedder",
    "Found",
    "Message",
    "Vectors",
    "installed",
    "open_chat",
    "open_embedder",
]

EMBEDDERS = ("bundled:e5", "hf:ID-or-path", "openai:MODEL@ENDPOINT")
CHAT_MODELS = ("bundled:smollm2", "gguf:PATH", "hf:ID-or-path", "openai:MODEL@ENDPOINT")
"""What a person may name; fakes are for tests, and a tuned model has a name of its own in its workspace."""
CHAT_PROVIDERS = frozenset({"bundled", "gguf", "tuned", "hf", "adapter", "openai", "fake"})


def open_embedder(name: str, endpoints: Mapping[str, Endpoint] | None = None) -> Embedder:
    """Raises UnknownName for a name that no provider has, ModelUnavailable or MissingExtra when it can't be opened."""
    provider, _, rest = name.partition(":")
    if name == "bundled:e5":
        from groundtune.models.e5 import open_bundled_e5

        return open_bundled_e5()
    if provider == "tuned" and rest:
        from groundtune.models.embedder_tuned import open_tuned_embedder

        return open_tuned_embedder(Path(rest))
    if provider == "hf" and rest:
        from groundtune.models.embedder_hub import HubEmbedder

        return HubEmbedder(rest)
    if provider == "openai" and rest:
        from groundtune.models.embedder_endpoint import EndpointEmbedder
        from groundtune.models.endpoint import EndpointClient, find_endpoint

        model, where, endpoint = find_endpoint(rest, endpoints or {})
        return EndpointEmbedder(name, model, EndpointClient(where, endpoint))
    if name == "fake:hash" or (provider == "fake" and rest.removeprefix("hash").isdecimal()):
        from groundtune.models.fakes import HashEmbedder

        return HashEmbedder(int(rest.removeprefix("hash") or 64))
    raise UnknownName(t("embedder"), name, EMBEDDERS)


def open_chat(name: str, endpoints: Mapping[str, Endpoint] | None = None) -> ChatModel:
    """Raises UnknownName for a name that no provider has, ModelUnavailable or MissingExtra when it can't be opened."""
    provider, _, rest = name.partition(":")
    if name == "bundled:smollm2":
        from groundtune.models.llama import open_bundled_chat

        return open_bundled_chat()
    if provider == "gguf" and rest:
        from groundtune.models.llama import LlamaChat

        return LlamaChat(name, Path(rest))
    if provider == "tuned" and rest:
        from groundtune.models.llama import open_tuned

        return open_tuned(Path(rest))
    if provider == "hf" and rest:
        from groundtune.models.chat_transformers import open_hub_chat

        return open_hub_chat(name, rest)
    if provider == "adapter" and rest:
        from groundtune.models.chat_transformers import open_adapter_chat

        return open_adapter_chat(name, Path(rest))
    if provider == "openai" and rest:
        from groundtune.models.chat_endpoint import EndpointChat
        from groundtune.models.endpoint import EndpointClient, find_endpoint

        model, where, endpoint = find_endpoint(rest, endpoints or {})
        languages = frozenset(endpoint.languages) if endpoint.languages is not None else None
        return EndpointChat(name, model, EndpointClient(where, endpoint), languages)
    if name == "fake:echo":
        from groundtune.models.fakes import ScriptedChat

        return ScriptedChat(lambda messages: messages[-1].content)
    raise UnknownName(t("chat model"), name, CHAT_MODELS)
