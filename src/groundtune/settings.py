"""Where things are and how they are opened: paths, models, hosts. Read once from `groundtune.toml` and the environment.

Settings say where; recipes (tasks, training) say what, and live in files of their own. Keys are named here by the
environment variable that holds them and never stored.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from groundtune.errors import BadInput, NotAWorkspace
from groundtune.i18n import t

FILE_NAME = "groundtune.toml"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An OpenAI-compatible endpoint. `key_variable` names the environment variable that holds the key."""

    base_url: str
    key_variable: str | None = None
    languages: tuple[str, ...] | None = None
    """Languages that its model reads; `None` means any."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One workspace's settings, resolved. Every field has a default, so an empty file is a valid one."""

    root: Path
    embedder: str = "bundled:e5"
    chat: str = "bundled:smollm2"
    """The chat model of comparisons, and of answers where `answer_with` is "chat"."""
    answer_with: str = "extractive"
    """What `groundtune ask` answers with: "extractive", "chat", or a model's name."""
    analyser: str = "auto"
    pack: str | None = None
    """The domain pack whose words are used; `None` for none."""
    lexical_weight: float | None = None
    """Weight of the lexical leg in the fusion, 0 to 1; `None` takes the default that was measured."""
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        return self.root / "groundtune.sqlite"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def derived(self) -> Path:
        """Indexes that are made from the database; may be deleted at any time."""
        return self.root / "derived"


def find_root(start: Path) -> Path:
    """The nearest folder at or above `start` with a groundtune.toml; raises NotAWorkspace."""
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / FILE_NAME).is_file():
            return folder
    raise NotAWorkspace(start.resolve())


def load_settings(root: Path) -> Settings:
    """Reads `root/groundtune.toml`; GROUNDTUNE_EMBEDDER, GROUNDTUNE_CHAT and GROUNDTUNE_ANALYSER come before it."""
    path = root / FILE_NAME
    if not path.is_file():
        raise NotAWorkspace(root)
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(t("This is not valid TOML: {error}", error=error), path=path) from error
    endpoints = {name: _endpoint(path, name, entry) for name, entry in table.pop("endpoints", {}).items()}
    known = {f.name for f in fields(Settings)} - {"root", "endpoints"}
    for name in table:
        if name not in known:
            raise BadInput(
                t("Unknown setting “{name}”. Known: {known}.", name=name, known=", ".join(sorted(known))), path=path
            )
    for name in ("embedder", "chat", "analyser"):
        value = os.environ.get(f"GROUNDTUNE_{name.upper()}")
        if value:
            table[name] = value
    return Settings(root=root, endpoints=endpoints, **table)


def _endpoint(path: Path, name: str, entry: Mapping[str, object]) -> Endpoint:
    known = {"base_url", "key_variable", "languages"}
    if not isinstance(entry.get("base_url"), str) or set(entry) - known:
        raise BadInput(
            t("Endpoint “{name}” needs base_url, and may have key_variable and languages.", name=name), path=path
        )
    languages = entry.get("languages")
    return Endpoint(
        base_url=str(entry["base_url"]),
        key_variable=str(entry["key_variable"]) if "key_variable" in entry else None,
        languages=tuple(str(code) for code in languages) if isinstance(languages, list) else None,
    )
