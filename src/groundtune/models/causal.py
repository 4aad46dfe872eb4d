"""Causal chat models as torch modules, for training: the bundled one, or any that transformers loads."""

from __future__ import annotations

from typing import Any

from groundtune.errors import MissingExtra, ModelUnavailable, UnknownName
from groundtune.i18n import t
from groundtune.models.hub import from_hub


def open_causal(name: str) -> tuple[Any, Any]:
    """The model, in float32 and evaluation mode, and its tokenizer, by "bundled:smollm2" or "hf:ID-or-path".

    Raises UnknownName, ModelUnavailable, or MissingExtra without the tuning extra.
    """
    provider, _, rest = name.partition(":")
    if name == "bundled:smollm2":
        from groundtune.models.smollm2 import smollm2_as_transformers

        rest = str(smollm2_as_transformers())
    elif provider != "hf" or not rest:
        raise UnknownName(t("trainable chat model"), name, ["bundled:smollm2", "hf:ID-or-path"])
    try:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ImportError as error:
        raise MissingExtra("transformers", "tuning") from error

    def load() -> tuple[Any, Any]:
        return AutoModelForCausalLM.from_pretrained(rest, dtype=torch.float32), AutoTokenizer.from_pretrained(rest)

    try:
        model, tokenizer = from_hub(name, rest, load)
    except OSError as error:
        raise ModelUnavailable(t("The chat model {name} can't be loaded: {error}", name=name, error=error)) from error
    return model.eval(), tokenizer


def languages_of(name: str) -> frozenset[str] | None:
    """The languages that a trainable chat model reads, as far as its name tells; `None` means any."""
    if name == "bundled:smollm2":
        from groundtune.models.smollm2 import LANGUAGES

        return LANGUAGES
    return None
