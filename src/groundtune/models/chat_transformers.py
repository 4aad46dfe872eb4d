"""Chat models run by transformers: a Hugging Face id or folder, or such a model with a PEFT adapter's folder on it.

Slower than a GGUF file, but runs anything. It can't be held to a JSON schema. Naming an id allows its download where
the machine doesn't hold it, unless HF_HUB_OFFLINE is set.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from groundtune.errors import MissingExtra, ModelError, ModelUnavailable
from groundtune.i18n import t
from groundtune.models.hub import from_hub
from groundtune.models.protocols import Completion, Message

_LONGEST_WINDOW = 8192


class TransformersChat:
    """`model` a causal language model in evaluation mode, `tokenizer` one with a chat template."""

    def __init__(self, name: str, model: Any, tokenizer: Any, languages: frozenset[str] | None = None) -> None:
        self.name, self.languages, self.offline = name, languages, True
        self._model, self._tokenizer = model, tokenizer
        self.window = min(int(getattr(model.config, "max_position_embeddings", _LONGEST_WINDOW)), _LONGEST_WINDOW)
        if not tokenizer.chat_template:
            raise ModelUnavailable(t("{name} has no chat template: it isn't a chat model.", name=name))

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
        import torch

        if schema is not None:
            raise ModelError(
                t("{name} can't be held to a JSON schema. Use a GGUF file or an endpoint for this.", name=self.name)
            )
        encoded = self._tokenizer.apply_chat_template(
            [{"role": message.role, "content": message.content} for message in messages],
            add_generation_prompt=True,
            return_dict=True,
            return_tensors="pt",
        ).to(self._model.device)
        prompt_tokens = int(encoded["input_ids"].shape[1])
        if prompt_tokens >= self.window:
            raise ModelError(
                t(
                    "The prompt has {tokens} tokens, but {name} reads {window} together with its answer. Shorten it.",
                    tokens=prompt_tokens,
                    name=self.name,
                    window=self.window,
                )
            )
        options: dict[str, Any] = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
        if temperature > 0:
            torch.manual_seed(seed)
            options = {"do_sample": True, "temperature": temperature}
        if stop:
            options |= {"stop_strings": list(stop), "tokenizer": self._tokenizer}
        started = perf_counter()
        with torch.inference_mode():
            ids = self._model.generate(
                **encoded,
                max_new_tokens=min(max_tokens, self.window - prompt_tokens),
                pad_token_id=self._tokenizer.pad_token_id or self._tokenizer.eos_token_id,
                **options,
            )[0, prompt_tokens:]
        text = self._tokenizer.decode(ids, skip_special_tokens=True)
        stopped = any(mark in text for mark in stop)
        for mark in stop:
            text = text.split(mark, 1)[0]
        finished = stopped or len(ids) < max_tokens or int(ids[-1]) in _ends(self._model)
        return Completion(text.strip(), prompt_tokens, len(ids), perf_counter() - started, finished)

    def count_tokens(self, text: str) -> int:
        return len(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def close(self) -> None:
        self._model = None


def open_hub_chat(name: str, model: str) -> TransformersChat:
    return TransformersChat(name, *_load(name, model))


def open_adapter_chat(name: str, folder: Path) -> TransformersChat:
    """A PEFT adapter on the base model that its `adapter_config.json` names: an id, a folder, or bundled:smollm2."""
    try:
        from peft import PeftModel
    except ImportError as error:
        raise MissingExtra("peft", "tuning") from error
    try:
        base = json.loads((folder / "adapter_config.json").read_text("utf-8"))["base_model_name_or_path"]
    except (OSError, ValueError, KeyError) as error:
        raise ModelUnavailable(
            t("{folder} holds no PEFT adapter that we can read: {error}", folder=folder, error=error)
        ) from error
    languages = None
    if base == "bundled:smollm2":
        from groundtune.models.smollm2 import LANGUAGES, smollm2_as_transformers

        base, languages = str(smollm2_as_transformers()), LANGUAGES
    model, tokenizer = _load(name, base)
    adapted = PeftModel.from_pretrained(model, str(folder)).merge_and_unload().eval()
    return TransformersChat(name, adapted, tokenizer, languages)


def _load(name: str, model: str) -> tuple[Any, Any]:
    try:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ImportError as error:
        raise MissingExtra("transformers", "tuning") from error
    gpu = torch.cuda.is_available()

    def load() -> tuple[Any, Any]:
        tokenizer = AutoTokenizer.from_pretrained(model)
        return tokenizer, AutoModelForCausalLM.from_pretrained(model, dtype="auto" if gpu else torch.float32)

    try:
        tokenizer, loaded = from_hub(name, model, load)
    except (OSError, ValueError) as error:
        raise ModelUnavailable(
            t("The chat model {name} can't be loaded: {error}", name=name, error=str(error)[:300])
        ) from error
    return loaded.eval().to("cuda" if gpu else "cpu"), tokenizer


def _ends(model: Any) -> set[int]:
    """Ids that end an answer."""
    ends = model.generation_config.eos_token_id
    return set(ends) if isinstance(ends, list) else {ends}
