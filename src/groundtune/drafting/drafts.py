"""What a draft of a case is, and the stretch of a document that it comes from. Plain data."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from groundtune.answering.sentences import Piece
from groundtune.types import Fact, Passage

How = Literal["amount", "table", "label", "definition", "heading", "chat", "unanswered"]
"""What it was drafted from."""


@dataclass(frozen=True, slots=True)
class Source:
    """A piece of a passage that is in force, whole within it."""

    passage: Passage
    piece: Piece
    language: str
    scope: str | None = None
    """Where and for whom its document holds, as “country: KR, site: Seoul”."""
    readers: frozenset[str] | None = None
    revisions: int = 1
    """How many its document has."""

    @property
    def quote(self) -> str:
        """The piece to the letter."""
        offset = self.passage.start
        return self.passage.text[self.piece.start - offset : self.piece.end - offset]

    @property
    def topic(self) -> str:
        """The nearest heading, or the document's title where there is none."""
        return self.passage.heading_path[-1] if self.passage.heading_path else self.passage.title


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what its answer states, before anything was checked."""

    question: str
    facts: tuple[Fact, ...]
    """What a right answer states; empty where the documents don't answer."""
    how: How


@dataclass(frozen=True, slots=True)
class Draft:
    """A question that stood its checks. `source` is where the answer stands; unanswered, what the question is near."""

    asked: Asked
    source: Source
    relevant: tuple[str, ...] = ()
    """Passages that state the answer, as DOCUMENT#ORDINAL."""
    as_of: date | None = None
    groups: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"draft-{self.source.language}-{hashlib.sha256(self.asked.question.encode()).hexdigest()[:10]}"

    def row(self) -> dict[str, Any]:
        """As a line of a file of cases."""
        passage, piece = self.source.passage, self.source.piece
        unanswered = self.asked.how == "unanswered"
        came_from: dict[str, Any] = {
            "how": self.asked.how,
            "document": passage.document_id,
            "revision": passage.revision_number,
        }
        if not unanswered:
            came_from |= {"passage": passage.name, "quote": self.source.quote, "start": piece.start, "end": piece.end}
        row: dict[str, Any] = {
            "id": self.id,
            "language": self.source.language,
            "question": self.asked.question,
            "kind": "near_topic" if unanswered else "answerable",
        }
        if not unanswered:
            row["facts"] = [list(fact.variants) for fact in self.asked.facts]
            row["relevant"] = list(self.relevant)
        row["group"] = passage.document_id
        if self.as_of is not None:
            row["as_of"] = self.as_of.isoformat()
        if self.groups:
            row["groups"] = list(self.groups)
        return row | {"origin": "drafted", "drafted_from": came_from}
