"""Which models are on this machine. Looks for their files; loads nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from groundtune.errors import ModelUnavailable
from groundtune.models.e5_file import find_bundled_e5
from groundtune.models.smollm2 import LANGUAGES, find_smollm2


@dataclass(frozen=True, slots=True)
class Found:
    """A model that can be opened by its `name` without a network."""

    name: str
    path: Path
    size_bytes: int
    languages: frozenset[str] | None
    """`None` means any."""
    version: str
    """Of the package that carries it."""


def installed() -> list[Found]:
    """The bundled models that are installed."""
    candidates: list[tuple[str, frozenset[str] | None, Callable[[], tuple[Path, str]]]] = [
        ("bundled:e5", frozenset({"ko", "en"}), find_bundled_e5),
        ("bundled:smollm2", LANGUAGES, find_smollm2),
    ]
    found = []
    for name, languages, find in candidates:
        try:
            path, version = find()
        except ModelUnavailable:
            continue
        found.append(Found(name, path, path.stat().st_size, languages, version))
    return found
