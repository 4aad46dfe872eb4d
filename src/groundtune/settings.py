"""Where things are and how they are opened: paths, models, hosts. Read once from `groundtune.toml` and the environment.

Settings say where; recipes (tasks, training) say what, and live in files of their own. Keys are named here by the
environment variable that holds them and never stored.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from groundtune.errors import NotAWorkspace
from groundtune.tables import Table, read_toml

FILE_NAME = "groundtune.toml"
EXTRACTIVE = "extractive"
"""The name, in place of a chat model's, of answering by quoting alone; answers bear it, too."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An OpenAI-compatible endpoint. `key_variable` names the environment variable that holds the key."""

    base_url: str
    key_variable: str | None = None
    languages: tuple[str, ...] | None = None
    """Languages that its model reads; `None` means any."""

    @property
    def address(self) -> str:
        """`base_url` as it may be shown: without a name, a password or a query, which may hold a key."""
        parts = urlsplit(self.base_url)
        host = parts.netloc.rpartition("@")[2]
        hidden = "••••@" if "@" in parts.netloc else ""
        return f"{parts.scheme}://{hidden}{host}{parts.path}{'?••••' if parts.query or parts.fragment else ''}"


@dataclass(frozen=True, slots=True)
class Settings:
    """One workspace's settings, resolved. Every field has a default, so an empty file is a valid one."""

    root: Path
    embedder: str = "bundled:e5"
    chat: str = "bundled:smollm2"
    """The chat model of comparisons, and of answers where `answer_with` is "chat"."""
    answer_with: str = EXTRACTIVE
    """What `groundtune ask` answers with: "extractive", "chat", or a model's name."""
    analyser: str = "auto"
    pack: str | None = None
    """The domain pack whose words are used; `None` for none."""
    lexical_weight: float | None = None
    """Weight of the lexical leg in the fusion, 0 to 1; `None` takes the default that was measured."""
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    tolerated_wrong: float | None = None
    """The share of shown answers that may be wrong, between 0 and 1; `groundtune calibrate` finds the bar for it."""
    keep_answers: bool | int = True
    """Whether answers are kept; a number keeps each for so many days."""

    @property
    def database(self) -> Path:
        return self.root / "groundtune.sqlite"

    @property
    def synonyms(self) -> Path:
        """The house's own words that say the same; may be missing."""
        return self.root / "synonyms.txt"

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
    """Reads `root/groundtune.toml`; GROUNDTUNE_EMBEDDER, GROUNDTUNE_CHAT and GROUNDTUNE_ANALYSER come before it.

    Raises NotAWorkspace, or BadInput that names the key.
    """
    path = root / FILE_NAME
    if not path.is_file():
        raise NotAWorkspace(root)
    table = read_toml(path)
    told = {name: table.text(name) for name in ("embedder", "chat", "analyser", "answer_with")}
    for name in ("embedder", "chat", "analyser"):
        told[name] = os.environ.get(f"GROUNDTUNE_{name.upper()}") or told[name]
    settings = Settings(
        root=root,
        pack=table.text("pack"),
        lexical_weight=table.number("lexical_weight", most=1.0),
        endpoints={name: _endpoint(entry) for name, entry in table.tables("endpoints").items()},
        tolerated_wrong=_tolerated(table.table("answering")),
        keep_answers=_keep_answers(table.table("answers")),
        **{name: value for name, value in told.items() if value is not None},
    )
    table.no_more()
    return settings


def _keep_answers(table: Table) -> bool | int:
    keep = table.flag_or_count("keep")
    table.no_more()
    return True if keep is None else keep


def _tolerated(table: Table) -> float | None:
    share = table.number("tolerated_wrong", least=0.001, most=0.5)
    table.no_more()
    return share


def _endpoint(table: Table) -> Endpoint:
    endpoint = Endpoint(
        base_url=table.address("base_url"),
        key_variable=table.text("key_variable"),
        languages=table.names("languages") or None,
    )
    table.no_more()
    return endpoint


def first_settings(settings: Settings) -> str:
    """What the groundtune.toml of a new workspace says."""
    pack = f'pack = "{settings.pack}"' if settings.pack else '# pack = "NAME"'
    return f"""# Groundtune workspace. Every line may be left out; what is commented shows the default.
{pack}
# embedder = "{settings.embedder}"        # or "hf:ID-or-path", "openai:MODEL@ENDPOINT"
# answer_with = "{settings.answer_with}" # or "chat", or a model's name
# chat = "{settings.chat}"      # or "gguf:PATH", "hf:ID-or-path", "openai:MODEL@ENDPOINT"
# analyser = "{settings.analyser}"

# [answering]
# tolerated_wrong = 0.05             # share of shown answers that may be wrong; see `groundtune calibrate`

# [endpoints.local]
# base_url = "http://127.0.0.1:8000/v1"
# key_variable = "LOCAL_API_KEY"     # the environment variable that holds the key
# languages = ["en", "ko"]

# [answers]
# keep = true                        # or false, or how many days; questions may name people, and stay in this folder
"""
