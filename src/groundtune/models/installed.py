"""Which models are on this machine. Looks for their files; loads nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from groundtune.errors import ModelUnavailable
from groundtune.i18n import t
from groundtune.models.e5_file import find_bundled_e5
from groundtune.models.smollm2 import LANGUAGES, find_smollm2


@dataclass(frozen=True, slots=True)
class Found:
    """A model that can be opened by its `name` without a network."""

    name: str
    role: str
    """What it is for, in the reader's language."""
    path: Path
    size_bytes: int
    languages: frozenset[str] | None
    """`None` means any."""
    version: str
    """Of the package that carries it."""

    def describe(self) -> str:
        """One line for a person."""
        languages = ", ".join(sorted(self.languages)) if self.languages else t("any language")
        return f"{self.role} · {languages} · {self.size_bytes / 1e6:.0f} MB · {self.version} · {self.path}"


def installed() -> list[Found]:
    """The bundled models that are installed."""
    candidates: list[tuple[str, str, frozenset[str] | None, Callable[[], tuple[Path, str]]]] = [
        ("bundled:e5", t("embedder and encoder"), frozenset({"ko", "en"}), find_bundled_e5),
        ("bundled:smollm2", t("chat model"), LANGUAGES, find_smollm2),
    ]
    found = []
    for name, role, languages, find in candidates:
        try:
            path, version = find()
        except ModelUnavailable:
            continue
        found.append(Found(name, role, path, path.stat().st_size, languages, version))
    return found
