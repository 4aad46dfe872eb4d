"""One OpenAI-compatible endpoint over HTTP: posts JSON, tries again when that may help, and explains when it doesn't.

The key is read from the environment when the endpoint is opened; it is in no message and in no repr. Knows nothing of
chat or embeddings.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from groundtune.errors import ModelError, ModelUnavailable, UnknownName
from groundtune.i18n import t
from groundtune.settings import Endpoint

ATTEMPTS = 4
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_TIMEOUT = httpx.Timeout(180.0, connect=5.0)
"""Seconds; a long answer on a slow machine takes minutes, a connection doesn't."""


class EndpointClient:
    """Safe to use from several threads. `pause` waits between attempts, in seconds."""

    def __init__(self, name: str, endpoint: Endpoint, pause: Callable[[float], None] = time.sleep) -> None:
        self.name = name
        self.base_url = endpoint.base_url.rstrip("/")
        self.address = endpoint.address
        """What messages show of it."""
        self.key_variable = endpoint.key_variable
        self._pause = pause
        headers = {}
        if endpoint.key_variable:
            key = os.environ.get(endpoint.key_variable, "").strip()
            if not key:
                raise ModelUnavailable(
                    t(
                        "The endpoint “{name}” needs a key: set the environment variable {variable}.",
                        name=name,
                        variable=endpoint.key_variable,
                    )
                )
            headers["Authorization"] = f"Bearer {key}"
        # A proxy from the environment serves the world outside, not this machine
        self._client = httpx.Client(headers=headers, timeout=_TIMEOUT, trust_env=not self.on_this_machine)

    @property
    def on_this_machine(self) -> bool:
        return urlsplit(self.base_url).hostname in ("localhost", "127.0.0.1", "::1")

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The reply's JSON object. 429, 5xx and broken connections are tried again, with growing pauses.

        Raises ModelError when the endpoint refuses, or fails every time.
        """
        pause = _FIRST_PAUSE_SECONDS
        for attempt in range(1, ATTEMPTS + 1):
            last = attempt == ATTEMPTS
            try:
                reply = self._client.post(f"{self.base_url}{path}", json=body)
            except httpx.TransportError as error:
                if last:
                    raise self._unreachable(error) from error
            else:
                if reply.is_success:
                    return self._object(reply)
                if last or not (reply.status_code == 429 or reply.status_code >= 500):
                    raise self._refused(reply)
                pause = max(pause, _asked_pause(reply))
            self._pause(min(pause, _LONGEST_PAUSE_SECONDS))
            pause *= 2
        raise AssertionError("the last attempt returns or raises")

    def close(self) -> None:
        self._client.close()

    def unreadable(self, why: str) -> ModelError:
        return ModelError(
            t(
                "The endpoint “{name}” ({url}) replied what we can't read: {why}",
                name=self.name,
                url=self.address,
                why=why,
            )
        )

    def _object(self, reply: httpx.Response) -> dict[str, Any]:
        try:
            value = reply.json()
        except ValueError as error:
            raise self.unreadable(reply.text[:200]) from error
        if not isinstance(value, dict):
            raise self.unreadable(reply.text[:200])
        return value

    def _unreachable(self, error: httpx.TransportError) -> ModelError:
        return ModelUnavailable(
            t(
                "The endpoint “{name}” can't be reached at {url} ({error}). Is it running, and base_url right?",
                name=self.name,
                url=self.address,
                error=str(error) or type(error).__name__,
            )
        )

    def _refused(self, reply: httpx.Response) -> ModelError:
        if reply.status_code in (401, 403):
            return ModelUnavailable(
                t(
                    "The endpoint “{name}” ({url}) refuses the key of the variable {variable} (HTTP {status}).",
                    name=self.name,
                    url=self.address,
                    variable=self.key_variable or "–",
                    status=reply.status_code,
                )
            )
        return ModelError(
            t(
                "The endpoint “{name}” ({url}) failed with HTTP {status}: {error}",
                name=self.name,
                url=self.address,
                status=reply.status_code,
                error=_message(reply),
            )
        )


def find_endpoint(rest: str, endpoints: Mapping[str, Endpoint]) -> tuple[str, str, Endpoint]:
    """ "MODEL@ENDPOINT" to the model, the endpoint's name and the endpoint; raises UnknownName."""
    model, _, name = rest.rpartition("@")
    if not model or name not in endpoints:
        raise UnknownName(
            t("endpoint"),
            name or rest,
            sorted(endpoints),
            otherwise=t("Add a table [endpoints.NAME] with its base_url to groundtune.toml."),
        )
    return model, name, endpoints[name]


def _asked_pause(reply: httpx.Response) -> float:
    """Seconds that the endpoint asks us to wait; 0 when it doesn't say, or says a date."""
    try:
        return float(reply.headers.get("Retry-After", ""))
    except ValueError:
        return 0.0


def _message(reply: httpx.Response) -> str:
    """The reason, wherever servers put it."""
    try:
        value = reply.json()
    except ValueError:
        return reply.text[:300]
    reason = value.get("error", value) if isinstance(value, dict) else value
    if isinstance(reason, dict):
        reason = reason.get("message", reason)
    return str(reason)[:300]
