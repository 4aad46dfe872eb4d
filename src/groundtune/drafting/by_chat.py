"""Questions that a chat model drafts from a passage. What it gives stands the same checks as any other draft."""

from __future__ import annotations

import json
from typing import Any

from groundtune.answering.sentences import readable
from groundtune.drafting.drafts import Asked
from groundtune.drafting.values import values_of
from groundtune.errors import ModelError
from groundtune.models import prompts
from groundtune.models.protocols import ChatModel
from groundtune.types import Fact, Passage

_TOKENS = 160
_LONGEST_FACT = 60
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "question": {"type": "string", "maxLength": 200},
        "answer": {"type": "string", "maxLength": 200},
    },
    "required": ["question", "answer"],
    "additionalProperties": False,
}


def draft(passage: Passage, language: str, chat: ChatModel, seed: int = 0) -> tuple[Asked, str] | None:
    """A question and the words of the passage that answer it, to the letter; `None` for what can't be used.

    What it must state are the amounts among those words; without any, the words themselves where they are few.
    """
    if chat.languages is not None and language not in chat.languages:
        return None
    try:
        completion = chat.complete(
            prompts.case_from_passage(readable(passage.text), language),
            max_tokens=_TOKENS,
            temperature=0.0,
            seed=seed,
            schema=_SCHEMA,
        )
        given = json.loads(completion.text)
    except (ModelError, json.JSONDecodeError):
        return None
    question, answer = _text(given, "question"), _text(given, "answer").rstrip(".")
    if not question.endswith(("?", "？")) or not answer or answer not in passage.text:
        return None
    values = values_of(answer, language)
    if not values and len(answer) > _LONGEST_FACT:
        return None
    facts = tuple(value.fact for value in values) or (Fact((answer,)),)
    return Asked(question, facts, "chat"), answer


def _text(given: Any, key: str) -> str:
    value = given.get(key) if isinstance(given, dict) else None
    return " ".join(value.split()) if isinstance(value, str) else ""
