"""A task's question–answer examples to what training takes: readable by the base model, checked, split by fact."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from groundtune.errors import BadData
from groundtune.i18n import t
from groundtune.models.causal import languages_of
from groundtune.tuning.chat_data import (
    ChatExample,
    data_hash,
    read_chat_examples,
    refuse_held_out_questions,
    split_by_fact,
)
from groundtune.tuning.chat_module import ChatRecipe
from groundtune.tuning.loop import LoopRecipe
from groundtune.tuning.recipe import checked


@dataclass(frozen=True, slots=True)
class ChatData:
    """Examples in languages that the base model reads, checked and split."""

    train: tuple[ChatExample, ...]
    validation: tuple[ChatExample, ...]
    left_out: Mapping[str, int]
    """Number of examples by language that the base model doesn't read."""
    hash: str
    largest_likeness: float
    """Of an example's question with a held-out one; below QUESTION_LIKENESS."""

    @property
    def facts(self) -> tuple[str, ...]:
        """Ids of the facts that the examples teach, validation included, for its loss chose the epoch."""
        return tuple(sorted({fact for example in self.train + self.validation for fact in example.fact_ids}))

    @property
    def split_hash(self) -> str:
        sides = [[example.id for example in side] for side in (self.train, self.validation)]
        return hashlib.sha256(json.dumps(sides).encode()).hexdigest()


def read_chat_recipe(table: Mapping[str, Any], path: Path | None = None) -> ChatRecipe:
    """A recipe from a task's [tuning] table, with `loop` as a table in it. Raises BadInput naming the key."""
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items() if key != "loop"}
    default = ChatRecipe()
    loop = replace(default.loop, **checked(LoopRecipe, table.get("loop", {}), path))
    return replace(default, **checked(ChatRecipe, values, path), loop=loop)


def prepare_chat(path: Path, held_out: Sequence[str], recipe: ChatRecipe) -> ChatData:
    """Reads, checks and splits the examples; those in a language that the base model doesn't read are left out."""
    languages = recipe.languages or languages_of(recipe.base_model)
    examples = read_chat_examples(path)
    largest = refuse_held_out_questions(examples, held_out, path)
    readable = [e for e in examples if languages is None or e.language is None or e.language in languages]
    left_out = Counter(e.language or "" for e in examples if e not in readable)
    if not readable:
        raise BadData(
            t(
                "{model} reads none of the examples' languages: {known}.",
                model=recipe.base_model,
                known=", ".join(left_out),
            ),
            path=path,
        )
    sides = split_by_fact(readable, share=recipe.validation_share, seed=recipe.loop.seed)
    return ChatData(*sides, left_out, data_hash(readable), largest)
