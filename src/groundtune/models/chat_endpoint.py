"""A chat model behind an OpenAI-compatible endpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

from groundtune.errors import ModelError
from groundtune.i18n import t
from groundtune.models.endpoint import EndpointClient
from groundtune.models.estimate import estimated_tokens
from groundtune.models.protocols import Completion, Message

WINDOW = 8192
"""Assumed: endpoints don't tell theirs. One with less refuses a prompt that is too long, which is shown."""


class EndpointChat:
    def __init__(
        self, name: str, model: str, client: EndpointClient, languages: frozenset[str] | None, window: int = WINDOW
    ) -> None:
        self.name, self.languages, self.window = name, languages, window
        self.offline = client.on_this_machine
        self._model, self._client = model, client

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
        request: dict[str, Any] = {
            "model": self._model,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "max_tokens": max_tokens,
            "temperature": temperature,
            "seed": seed,
        }
        if stop:
            request["stop"] = list(stop)
        if schema is not None:
            form = {"name": "answer", "schema": dict(schema), "strict": True}
            request["response_format"] = {"type": "json_schema", "json_schema": form}
        started = perf_counter()
        reply = self._client.post("/chat/completions", request)
        seconds = perf_counter() - started
        try:
            choice, usage = reply["choices"][0], reply.get("usage") or {}
            text = choice["message"]["content"] or ""
            finished = choice.get("finish_reason") != "length"
        except (KeyError, IndexError, TypeError) as error:
            raise self._client.unreadable(str(reply)[:200]) from error
        if schema is not None and finished:
            self._check_json(text)
        return Completion(text, usage.get("prompt_tokens"), usage.get("completion_tokens"), seconds, finished)

    def count_tokens(self, text: str) -> int:
        return estimated_tokens(text)

    def close(self) -> None:
        self._client.close()

    def _check_json(self, text: str) -> None:
        try:
            json.loads(text)
        except ValueError as error:
            raise ModelError(
                t("{name} did not keep to the JSON schema; it said: {text}", name=self.name, text=text[:200])
            ) from error
