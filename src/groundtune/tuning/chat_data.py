"""Question–answer examples for tuning a chat model: read strictly, kept apart from the held-out questions, and split.

Facts may be shared between examples and held-out cases, questions may not: an example whose question is too like a
held-out one is an error, since the comparison would then measure memory.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from groundtune.comparison.cases import json_rows
from groundtune.errors import BadData
from groundtune.i18n import t

QUESTION_LIKENESS = 0.6
"""Two questions whose character trigrams have a Jaccard likeness of this or more count as the same question."""

_KEYS = {"id", "language", "question", "answer", "fact_ids"}


@dataclass(frozen=True, slots=True)
class ChatExample:
    id: str
    question: str
    answer: str
    language: str | None = None
    fact_ids: tuple[str, ...] = ()
    line: int = 0
    """Where it stands in its file, from 1."""


def read_chat_examples(path: Path) -> tuple[ChatExample, ...]:
    """One JSON object a line: question, answer, and optionally id, language, fact_ids.

    Raises BadData with the line for the first malformed row, an empty text or an id that is used twice.
    """
    found: list[ChatExample] = []
    ids: dict[str, int] = {}
    for number, row in json_rows(path):
        example = _example(row, path, number)
        if example.id in ids:
            raise BadData(
                t("The id “{id}” was used on line {line} already.", id=example.id, line=ids[example.id]),
                path=path,
                line=number,
            )
        ids[example.id] = number
        found.append(example)
    if not found:
        raise BadData(t("There are no question–answer examples in this file."), path=path)
    return tuple(found)


def data_hash(examples: Sequence[ChatExample]) -> str:
    """Names the examples by content, whatever file and order they came in."""
    rows = sorted(json.dumps(asdict(example) | {"line": 0}, sort_keys=True) for example in examples)
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def refuse_held_out_questions(examples: Sequence[ChatExample], held_out: Sequence[str], path: Path) -> float:
    """The largest likeness of an example's question and a held-out one; raises BadData when it is too large."""
    theirs = [_trigrams(question) for question in held_out]
    largest = 0.0
    for example in examples:
        mine = _trigrams(example.question)
        for question, trigrams in zip(held_out, theirs, strict=True):
            likeness = len(mine & trigrams) / max(1, len(mine | trigrams))
            largest = max(largest, likeness)
            if likeness >= QUESTION_LIKENESS:
                raise BadData(
                    t(
                        "The question “{question}” is too like the held-out case “{case}” (likeness {likeness}, "
                        "allowed below {limit}). Take it out of the examples, or ask for another fact.",
                        question=example.question,
                        case=question,
                        likeness=f"{likeness:.2f}",
                        limit=QUESTION_LIKENESS,
                    ),
                    path=path,
                    line=example.line,
                )
    return largest


def split_by_fact(
    examples: Sequence[ChatExample], *, share: float, seed: int
) -> tuple[tuple[ChatExample, ...], tuple[ChatExample, ...]]:
    """Training and validation examples; examples on the same facts stay on one side."""
    groups: dict[tuple[str, ...], list[ChatExample]] = defaultdict(list)
    for example in examples:
        groups[example.fact_ids or (example.id,)].append(example)
    order = np.random.default_rng(seed).permutation(len(groups))
    ordered = [list(groups.values())[i] for i in order]
    validation: list[ChatExample] = []
    while ordered and len(validation) < share * len(examples):
        validation += ordered.pop()
    if not ordered:
        raise BadData(t("{count} examples are too few to train and to validate on.", count=len(examples)))
    return tuple(example for group in ordered for example in group), tuple(validation)


def _example(row: Mapping[str, Any], path: Path, line: int) -> ChatExample:
    for key in ("question", "answer"):
        if not isinstance(row.get(key), str) or not row[key].strip():
            raise BadData(t("“{key}” must be a text that is not empty.", key=key), path=path, line=line)
    if unknown := sorted(set(row) - _KEYS):
        raise BadData(
            t("Unknown key “{key}”. Known: {known}.", key=unknown[0], known=", ".join(sorted(_KEYS))),
            path=path,
            line=line,
        )
    return ChatExample(
        id=str(row.get("id", f"line-{line}")),
        question=row["question"].strip(),
        answer=row["answer"].strip(),
        language=row.get("language"),
        fact_ids=tuple(row.get("fact_ids", ())),
        line=line,
    )


def _trigrams(text: str) -> frozenset[str]:
    folded = f"  {' '.join(unicodedata.normalize('NFKC', text).casefold().split())} "
    return frozenset(folded[i : i + 3] for i in range(len(folded) - 2))
