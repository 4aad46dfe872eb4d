"""What a reader of a format gives, and the limits that it works under. Plain data; knows no format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from groundtune.types import LocationKind

Property = tuple[str, str]
"""A name and its value. A file may state a name twice."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a file's text, as Markdown, and where it stands in the file; `kind` None when nobody can say."""

    text: str
    kind: LocationKind | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """The parts of one file, in order."""

    parts: tuple[Part, ...]
    title: str | None = None
    notices: tuple[str, ...] = ()
    """What the person who added the file should know: what was left out, and why."""
    properties: tuple[Property, ...] = ()
    """What the file states beside its text, under names of its own: a page's meta elements, custom properties."""

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Reading:
        parts = tuple(Part(text, kind, name) for text, kind, name in plain["parts"])
        properties = tuple((name, value) for name, value in plain["properties"])
        return cls(parts, plain["title"], tuple(plain["notices"]), properties)

    def to_json(self) -> dict[str, Any]:
        parts = [(part.text, part.kind, part.name) for part in self.parts]
        return {
            "parts": parts,
            "title": self.title,
            "notices": self.notices,
            "properties": self.properties,
        }


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may cost. Whatever goes over is refused with its reason."""

    seconds: float = 180
    """Between two signs of life, which a PDF gives after each page."""
    total_seconds: float = 3600
    memory_bytes: int = 3 << 30
    """Address space of the process that reads; not enforced on Windows."""
    pages: int = 3000
    recognised_pages: int = 300
    """Scanned pages whose text is recognised."""
    members: int = 10_000
    """Files within a packed file."""
    unpacked_bytes: int = 512 << 20
    """What the texts within a packed file may hold, together."""
    characters: int = 30_000_000

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


Alive = Callable[[], None]
"""What a long reading calls now and then, to say that it hasn't stopped."""


class Unreadable(Exception):
    """A file that a reader refuses; `reason` is written for the person who added it."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Request:
    """One file to read. `structure` False asks for plain text alone, where looking for headings and tables failed."""

    kind: str
    path: str
    limits: Limits = field(default_factory=Limits)
    structure: bool = True

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Request:
        return cls(plain["kind"], plain["path"], Limits(**plain["limits"]), plain["structure"])

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "path": self.path,
            "limits": self.limits.to_json(),
            "structure": self.structure,
        }
