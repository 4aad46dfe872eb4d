"""What the registry speaks of: versions of tuned models, their files and figures, and who promoted which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Metric:
    """A measured value with its 95 % interval; `None` where no interval was computed."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class NewModel:
    """What a training run says about what it made. `unfit` says why it must not be promoted; `None` when it may."""

    name: str
    kind: str
    base_model: str
    data_hash: str
    split_hash: str
    recipe: Mapping[str, Any]
    seed: int
    metrics: Mapping[str, Metric]
    libraries: Mapping[str, str]
    unfit: str | None = None


@dataclass(frozen=True, slots=True)
class ModelFile:
    path: str
    """Below the version's folder, with forward slashes."""
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class ModelVersion:
    name: str
    version: int
    kind: str
    state: Literal["ready", "unfit"]
    state_note: str
    parent: int | None
    """The champion when this version was made."""
    base_model: str
    data_hash: str
    split_hash: str
    recipe: Mapping[str, Any]
    seed: int
    metrics: Mapping[str, Metric]
    libraries: Mapping[str, str]
    created_at: datetime
    folder: Path
    details: tuple[ModelFile, ...]
    aliases: tuple[str, ...] = field(default=())

    @property
    def files(self) -> tuple[str, ...]:
        """Paths below `folder`."""
        return tuple(file.path for file in self.details)

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.details)

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


@dataclass(frozen=True, slots=True)
class Promotion:
    number: int
    name: str
    alias: str
    version: int
    previous: int | None
    kind: Literal["promote", "rollback"]
    who: str
    why: str
    at: datetime
