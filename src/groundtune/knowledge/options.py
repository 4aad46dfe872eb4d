"""How documents are added. Plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from groundtune.knowledge.remote.fetch import Bounds


@dataclass(frozen=True, slots=True)
class Options:
    prune: bool = False
    """Whether documents go that came from these places and are there no more."""
    allow_empty: bool = False
    """Whether they go also where a place holds nothing at all any more."""
    again: bool = True
    """Whether what was refused at an address, and is as it was, is read once more."""
    bounds: Bounds = field(default_factory=Bounds)
    scratch: Path | None = None
    """Below which folder a file lies that is fetched, while it is read; `None` for the system's."""
