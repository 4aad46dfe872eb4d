"""What the document store takes and gives besides the nouns of the path. Plain data; knows no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import numpy as np
import numpy.typing as npt

from groundtune.types import Span


@dataclass(frozen=True, slots=True)
class NewPassage:
    """A passage on its way into the store."""

    span: Span
    tokens: tuple[str, ...]
    """Lexical terms in order, duplicates kept. A term holds no line break."""
    vector: npt.NDArray[np.float32] | None
    """(dimension,) float32, unit length; `None` when the passage is found by its words alone."""


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A passage as an index needs it. A passage's tokens and vector never change under its id; the rest may."""

    passage_id: int
    document_key: int
    document_id: str
    in_force_from: int
    """First day of force as `date.toordinal()`, 0 when it always was."""
    in_force_to: int
    """First day no longer in force."""
    readers: frozenset[str] | None
    tokens: tuple[str, ...]
    vector: npt.NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passage stands: what ranking asks of it besides its words."""

    passage_id: int
    revision_id: int
    ordinal: int
    """0 for the first passage of its revision."""
    title: str
    """The document's title in this revision."""
    heading_path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PassageState:
    """What of a passage changes while it keeps its id."""

    passage_id: int
    in_force_from: int
    in_force_to: int
    readers: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A document as one of its revisions describes it: the newest, or the one in force on the day asked for."""

    id: str
    title: str
    source: str
    language: str | None
    readers: frozenset[str] | None
    revisions: int
    passages: int
    """Of that revision."""
    effective_from: date | None
    effective_to: date | None
    added_at: datetime
    content_hash: str
    metadata: Mapping[str, str]
    next_from: date | None = None
    """The first day of the next revision after the day asked for; `None` where there is none, or no day was asked."""


@dataclass(frozen=True, slots=True)
class Change:
    """One committed change. `document_id` is `None` when the document is gone."""

    number: int
    document_key: int
    document_id: str | None
    kind: Literal["put", "readers", "delete", "reindex"]


@dataclass(frozen=True, slots=True)
class Position:
    """How far a reader of the change log has read. `mark` tells copies of a database apart after a restore."""

    number: int = 0
    mark: int = 0


@dataclass(frozen=True, slots=True)
class IndexFormat:
    """What made the tokens and vectors of every passage in a store."""

    embedder: str
    dimension: int
    analyser: str


@dataclass(frozen=True, slots=True)
class NewRefusal:
    """A file, or a line of one, that did not go in just now."""

    path: str
    line: int | None
    reason: str
    sha256: str | None
    """Of the file; `None` when it could not be read, or was too big to be."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A file, or a line of one, that did not go in when it was last looked at."""

    path: str
    line: int | None
    reason: str
    sha256: str | None
    refused_at: datetime
