"""Trained adapters to files that the chat runtime loads, and how much what is served says what was trained."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from groundtune.errors import MissingExtra
from groundtune.i18n import t
from groundtune.models import open_chat
from groundtune.models.causal import languages_of
from groundtune.models.protocols import Message
from groundtune.tuning.chat_data import ChatExample
from groundtune.tuning.chat_module import ChatRecipe, LoraChat, asked
from groundtune.tuning.gguf_adapter import write_gguf_adapter
from groundtune.tuning.processor import import_torch

SERVED_LIKE_TRAINED = 0.5
"""Share of words on which trained and served model must agree, or the version is unfit; the base runs in eight bits."""
COMPARED = 8
"""Validation answers on which trained and served model are compared."""


def export_chat(staged: Path, job: LoraChat, config: Any, recipe: ChatRecipe) -> None:
    """Writes the adapters, for transformers and for llama.cpp, and what they belong to."""
    try:
        from safetensors.numpy import save_file
    except ImportError as error:
        raise MissingExtra("safetensors", "tuning") from error
    weights = {
        name: parameter.detach().float().contiguous().numpy()
        for name, parameter in job.module.named_parameters()
        if parameter.requires_grad
    }
    save_file(weights, staged / "adapter_model.safetensors")
    job.module.peft_config["default"].save_pretrained(str(staged))
    write_gguf_adapter(staged / "adapter.gguf", weights, config, recipe.alpha)
    languages = recipe.languages or languages_of(recipe.base_model)
    described = {"base": recipe.base_model, "languages": sorted(languages) if languages is not None else None}
    (staged / "chat.json").write_text(json.dumps(described, ensure_ascii=False, indent=1), "utf-8")


def agreement(job: LoraChat, tokenizer: Any, staged: Path, examples: Sequence[ChatExample]) -> float:
    """Share of the words of greedy answers on which the trained module and the served model agree.

    Words after the first difference don't count: from there on the two continue different texts.
    """
    torch = import_torch()
    chat = open_chat(f"tuned:{staged}")
    agreed = total = 0
    try:
        for example in examples:
            question = asked(example)
            text = tokenizer.apply_chat_template(question, tokenize=False, add_generation_prompt=True)
            prompt = torch.tensor([tokenizer(text, add_special_tokens=False)["input_ids"]])
            with torch.no_grad():
                output = job.module.generate(
                    input_ids=prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=40, do_sample=False
                )
            trained = tokenizer.decode(output[0, prompt.shape[1] :], skip_special_tokens=True).split()
            served = chat.complete([Message(m["role"], m["content"]) for m in question], max_tokens=40)  # type: ignore[arg-type]
            same = [a == b for a, b in zip(trained, served.text.split(), strict=False)]
            agreed += same.index(False) if False in same else len(same)
            total += max(1, len(trained))
    finally:
        chat.close()
    return agreed / max(1, total)


def why_unfit(agreed: float) -> str | None:
    """Why a version that agrees so much must not be promoted; `None` when it may."""
    if agreed >= SERVED_LIKE_TRAINED:
        return None
    return t(
        "served, it says the trained model's words in {share} of the validation answers only (needed: {limit})",
        share=f"{agreed:.0%}",
        limit=f"{SERVED_LIKE_TRAINED:.0%}",
    )
