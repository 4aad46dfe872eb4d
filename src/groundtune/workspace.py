"""The only place where objects are put together: a workspace opens what its settings name, when it is first needed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from groundtune.errors import UsageError
from groundtune.i18n import t
from groundtune.settings import FILE_NAME, Settings, load_settings

if TYPE_CHECKING:
    from groundtune.answering.answer import Answerer
    from groundtune.knowledge.analyse import Analyser
    from groundtune.knowledge.index import PassageIndex
    from groundtune.knowledge.search import Searcher
    from groundtune.models.protocols import ChatModel, Embedder
    from groundtune.packs import Pack
    from groundtune.storage.database import Database
    from groundtune.storage.documents import DocumentStore
    from groundtune.storage.registry import Registry
    from groundtune.storage.results import Results

EXTRACTIVE = "extractive"
"""The name, in place of a chat model's, of answering by quoting alone."""


class Workspace:
    """One folder: settings, database, models, reports. Opening one reads its settings and nothing else."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @classmethod
    def open(cls, root: Path) -> Workspace:
        return cls(load_settings(root))

    @classmethod
    def create(cls, root: Path, *, pack: str | None = None) -> Workspace:
        """Makes `root` a workspace. Raises UsageError where there is one already."""
        if (root / FILE_NAME).exists():
            raise UsageError(t("{folder} is a workspace already.", folder=root))
        settings = Settings(root=root, pack=pack)
        for folder in (root, settings.models, settings.reports):
            folder.mkdir(parents=True, exist_ok=True)
        workspace = cls(settings)
        workspace.database.close()
        (root / FILE_NAME).write_text(_first_settings(settings), "utf-8")
        return workspace

    @cached_property
    def database(self) -> Database:
        from groundtune.storage.database import Database

        return Database(self.settings.database)

    @cached_property
    def store(self) -> DocumentStore:
        from groundtune.storage.documents import DocumentStore

        return DocumentStore(self.database)

    @cached_property
    def registry(self) -> Registry:
        from groundtune.storage.registry import Registry

        return Registry(self.database, self.settings.models)

    @cached_property
    def results(self) -> Results:
        from groundtune.storage.results import Results

        return Results(self.database)

    @cached_property
    def embedder(self) -> Embedder:
        from groundtune.models import open_embedder

        return open_embedder(self.settings.embedder, self.settings.endpoints)

    @cached_property
    def analyser(self) -> Analyser:
        from groundtune.knowledge.analyse import open_analyser

        return open_analyser(self.settings.analyser)

    @cached_property
    def index(self) -> PassageIndex:
        from groundtune.knowledge.index import PassageIndex

        return PassageIndex.open(self.store, self.settings.derived / "index")

    @cached_property
    def pack(self) -> Pack | None:
        from groundtune.packs import open_pack

        return open_pack(self.settings.pack) if self.settings.pack else None

    @cached_property
    def searcher(self) -> Searcher:
        from groundtune.knowledge.search import Searcher

        return Searcher(self.store, self.index, self.analyser, self.embedder, self.settings.lexical_weight)

    def chat(self, name: str | None = None) -> ChatModel:
        """The chat model "provider:name", or a tuned one, "NAME" or "NAME@VERSION"; by default the settings' own."""
        from groundtune.models import open_chat

        name = name or self.settings.chat
        if ":" not in name:
            name = self.tuned_chat_name(name)
        return open_chat(name, self.settings.endpoints)

    def tuned_chat_name(self, name: str) -> str:
        """The "tuned:FOLDER" of a tuned chat model; raises UnknownName, or UsageError for a model of another kind."""
        version = self.registry.get(*name.split("@", 1))
        if version.kind != "answer":
            raise UsageError(t("“{name}” is not a chat model.", name=name))
        return f"tuned:{version.folder}"

    def answerer(self, model: str | None = None) -> Answerer:
        """Answers by quoting alone ("extractive"), or with a chat model where that reads the question's language."""
        from groundtune.answering.answer import Answerer

        chat = None if model == EXTRACTIVE else self.chat(model)
        notice: Mapping[str, str] = self.pack.binding_notice if self.pack else {}
        return Answerer(self.searcher, self.store, chat, binding_notice=notice)


def _first_settings(settings: Settings) -> str:
    pack = f'pack = "{settings.pack}"' if settings.pack else '# pack = "hr"'
    return f"""# Groundtune workspace. Every line may be left out; what is commented shows the default.
{pack}
# embedder = "{settings.embedder}"        # or "hf:ID-or-path", "openai:MODEL@ENDPOINT"
# chat = "{settings.chat}"      # or "gguf:PATH", "hf:ID-or-path", "openai:MODEL@ENDPOINT"
# analyser = "{settings.analyser}"

# [endpoints.local]
# base_url = "http://127.0.0.1:8000/v1"
# key_variable = "LOCAL_API_KEY"     # the environment variable that holds the key
# languages = ["en", "ko"]
"""
