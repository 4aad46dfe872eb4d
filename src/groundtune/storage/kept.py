"""The nouns of kept answers: what is stored of a question and its answer, and what it shows of the documents.

Plain data; knows no database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from typing import Any, Literal

from groundtune.types import Answer, Evidence, Passage, Question

Use = Literal["quoted", "nearest", "read"]
"""Quoted as evidence, shown as near, or read by a chat model."""


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    """What decided an answer besides its question and the documents."""

    version: str
    """Of groundtune."""
    model: str
    """What answered, as it was asked for: "extractive", or a chat model's name."""
    embedder: str
    analyser: str
    chat_identity: str | None = None
    """Names the chat model's weights or endpoint; `None` where none was asked."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """How the chat model was asked: tokens, temperature, seed, the prompt's version."""
    legs: str = "hybrid"
    k: int = 0
    """Passages retrieved."""
    lexical_weight: float | None = None
    """As the workspace sets it; `None` for the default that was measured."""
    pack: str | None = None
    bars: Mapping[str, float] = field(default_factory=dict)
    """By language, the bars of a calibration; empty for the usual ones."""
    synonyms: str | None = None
    """Names the lists of words that say the same, by what they hold; `None` where there is none."""


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """What a chat model was told."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A stretch of a revision that an answer shows: a quote, or a whole passage."""

    use: Use
    revision_id: int
    ordinal: int | None
    """The passage's, 0 for its revision's first."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """An answer on its way into the store."""

    question: Question
    asked_at: datetime
    change_number: int
    """The documents' newest change when it was asked."""
    answer: Answer
    settings: AnswerSettings
    prompt: tuple[PromptMessage, ...] = ()
    read: tuple[Passage, ...] = ()
    """The passages in the prompt."""


@dataclass(frozen=True, slots=True)
class Source:
    """What an answer shows of a document, as it is stored. `document_id` is `None` once the document is deleted."""

    use: Use
    document_key: int
    document_id: str | None
    revision_id: int
    revision_number: int
    ordinal: int | None
    start: int
    end: int
    content_hash: str
    """Of the revision."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """A stored answer. `answer` is `None` since a document that it shows was deleted: its words went with it."""

    id: int
    question: Question
    asked_at: datetime
    change_number: int
    language: str
    refused: bool
    reason_code: str | None
    settings: AnswerSettings
    answer: Answer | None
    prompt: tuple[PromptMessage, ...]
    sources: tuple[Source, ...]


def shown_in(answer: Answer, read: Sequence[Passage] = ()) -> tuple[Shown, ...]:
    """Every stretch of the documents that an answer holds, in whatever field, and what a model `read`; each once."""
    found = dict.fromkeys(_stretches(answer))
    found |= dict.fromkeys(_of_passage("read", passage) for passage in read)
    return tuple(found)


def evidence_in(answer: Answer) -> tuple[Evidence, ...]:
    """Every quote that an answer holds, in whatever field; one stretch once."""
    quotes = [found for found in _parts(answer) if isinstance(found, Evidence)]
    return tuple({(quote.revision_id, quote.start, quote.end): quote for quote in quotes}.values())


def _stretches(answer: Answer) -> Iterator[Shown]:
    for found in _parts(answer):
        if isinstance(found, Passage):
            yield _of_passage("nearest", found)
        else:
            ordinal = found.passage.rpartition("#")[2]
            place = int(ordinal) if ordinal.isdigit() else None
            yield Shown("quoted", found.revision_id, place, found.start, found.end)


def _parts(value: Any) -> Iterator[Evidence | Passage]:
    if isinstance(value, (Evidence, Passage)):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _parts(item)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from _parts(item)
    elif is_dataclass(value):
        for part in fields(value):
            yield from _parts(getattr(value, part.name))


def _of_passage(use: Use, passage: Passage) -> Shown:
    return Shown(use, passage.revision_id, passage.ordinal, passage.start, passage.end)
