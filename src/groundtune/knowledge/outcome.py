"""What became of the files, addresses and documents that were to be added. Plain data."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file, row or address that did not go in."""

    path: str
    reason: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a person should know of a document's text."""

    path: str
    document_id: str
    notice: str


@dataclass(slots=True)
class AddReport:
    """What became of each document, by id."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    """A new revision, or other readers."""
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    """What was left out of documents that did go in."""
    passed_over: list[str] = field(default_factory=list)
    """Files in the folders whose kind is not read."""
    revisions: int = 0
    """Revisions stored by this run."""
    passages: int = 0
    """Passages stored by this run."""
    stopped: bool = False
