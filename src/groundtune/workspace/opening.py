"""A workspace opens what its settings name, when it is first needed, and builds the arms of its tasks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from groundtune.errors import UnknownName, UsageError
from groundtune.i18n import t
from groundtune.settings import EXTRACTIVE, FILE_NAME, Settings, first_settings, load_settings

if TYPE_CHECKING:
    import threading

    from groundtune.answering.answer import Answerer
    from groundtune.comparison.tasks import Task
    from groundtune.knowledge.add import AddReport
    from groundtune.knowledge.analyse import Analyser
    from groundtune.knowledge.index import PassageIndex
    from groundtune.knowledge.search import Searcher
    from groundtune.knowledge.synonyms import Synonyms
    from groundtune.models.protocols import ChatModel, Embedder
    from groundtune.packs import Pack
    from groundtune.progress import Progress
    from groundtune.storage.database import Database
    from groundtune.storage.documents import DocumentStore
    from groundtune.storage.registry import ModelVersion, Registry
    from groundtune.storage.results import Results
    from groundtune.tuning.predict import Classifier
    from groundtune.types import Case
    from groundtune.workspace.answers import Answers
    from groundtune.workspace.arms import Arms


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
        (root / FILE_NAME).write_text(first_settings(settings), "utf-8")
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
    def answers(self) -> Answers:
        from groundtune.workspace.answers import Answers

        return Answers(self)

    @cached_property
    def embedder(self) -> Embedder:
        from groundtune.workspace import switching

        return switching.open_embedder_named(self, switching.in_use(self, "embedder"))

    @cached_property
    def analyser(self) -> Analyser:
        from groundtune.knowledge.analyse import open_analyser
        from groundtune.workspace import switching

        return open_analyser(switching.in_use(self, "analyser"))

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

        weight = self.settings.lexical_weight
        return Searcher(self.store, self.index, self.analyser, self.embedder, weight, self.synonyms)

    @cached_property
    def synonyms(self) -> Synonyms | None:
        """The pack's, and those of a file `synonyms.txt` beside groundtune.toml. Raises BadInput."""
        from groundtune.knowledge.synonyms import open_synonyms

        return open_synonyms([self.pack.synonyms if self.pack else None, self.settings.synonyms], self.analyser)

    def add(
        self,
        places: Sequence[Path | str],
        *,
        prune: bool = False,
        allow_empty: bool = False,
        allowed_hosts: Collection[str] = (),
        progress: Progress | None = None,
        stop: threading.Event | None = None,
    ) -> AddReport:
        """Adds files, folders and addresses (http, https, s3); bad ones are refused by name, the rest is found then on.

        `prune` removes documents that came from these places and are there no more; `allow_empty` also where a place
        holds nothing at all any more. `allowed_hosts` may be this machine itself. Raises IndexMismatch, UsageError,
        MissingExtra.
        """
        from groundtune.workspace import documents

        return documents.add(
            self,
            places,
            prune=prune,
            allow_empty=allow_empty,
            allowed_hosts=allowed_hosts,
            progress=progress,
            stop=stop,
        )

    def delete(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Deletes documents with all their revisions, all or none; returns their ids, each once. Raises UnknownName."""
        from groundtune.workspace import documents

        return documents.delete(self, ids)

    def reindex(self, *, progress: Progress | None = None, stop: threading.Event | None = None) -> int:
        """All documents split, analysed and embedded anew; returns the number of passages. Raises Stopped."""
        from groundtune.workspace import switching

        return switching.reindex(self, progress=progress, stop=stop)

    def chat(self, name: str | None = None) -> ChatModel:
        """The chat model "provider:name", or a tuned one, "NAME" or "NAME@VERSION"; by default the settings' own."""
        from groundtune.models import CHAT_MODELS, CHAT_PROVIDERS, open_chat

        name = name or self.settings.chat
        if name.partition("@")[0] in self.registry.names():
            name = self.tuned_chat_name(name)
        elif name.partition(":")[0] not in CHAT_PROVIDERS:
            raise UnknownName(t("chat model"), name, (*self.registry.names("answer"), *CHAT_MODELS))
        return open_chat(name, self.settings.endpoints)

    def tuned_chat_name(self, name: str) -> str:
        """The "tuned:FOLDER" of a tuned chat model; raises UnknownName, or UsageError for a model of another kind."""
        version = self.registry.get(*name.split("@", 1))
        if version.kind != "answer":
            raise UsageError(t("“{name}” is not a chat model.", name=name))
        if version.state != "ready":
            raise UsageError(t("{model} must not be used: {why}", model=version, why=version.state_note))
        return f"tuned:{version.folder}"

    def chat_is_found(self) -> bool:
        """Whether the settings' chat model can be opened here; an endpoint is believed to be there."""
        from groundtune.errors import ModelUnavailable

        if self.settings.chat != "bundled:smollm2":
            return True
        from groundtune.models.smollm2 import find_smollm2

        try:
            find_smollm2()
        except ModelUnavailable:
            return False
        return True

    def answerer(self, model: str | None = None) -> Answerer:
        """Answers by quoting alone ("extractive"), with the settings' chat model ("chat"), or with a named one.

        A chat model is used where it reads the question's language; by default the settings say.
        """
        model = model or self.settings.answer_with
        if model == EXTRACTIVE:
            return self.answerer_with(None)
        return self.answerer_with(self.chat(None if model == "chat" else model))

    def answerer_with(
        self,
        chat: ChatModel | None,
        *,
        quote_when_chat_fails: bool = True,
        calibrated: bool = True,
        today: Callable[[], date] = date.today,
    ) -> Answerer:
        """The same with an open chat model, or by quoting alone; without any bar where it isn't `calibrated`."""
        from groundtune.answering.answer import Answerer
        from groundtune.workspace.calibration import EVERYTHING, answerer_name, bars_in_use

        notice: Mapping[str, str] = self.pack.binding_notice if self.pack else {}
        bars, notices = bars_in_use(self, answerer_name(chat)) if calibrated else (EVERYTHING, ())
        return Answerer(
            self.searcher,
            self.store,
            chat,
            binding_notice=notice,
            quote_when_chat_fails=quote_when_chat_fails,
            bars=bars,
            standing_notices=notices,
            today=today,
        )

    def tune(
        self,
        task: Task,
        progress: Progress | None = None,
        stop: threading.Event | None = None,
        *,
        name: str | None = None,
    ) -> tuple[ModelVersion, bool]:
        """The model tuned for `task`, and whether it was made now: the same data and recipe are not trained twice."""
        from groundtune.workspace.tuned import tune

        return tune(self, task, name or task.name, progress, stop)

    def promote_first(self, version: ModelVersion, *, who: str) -> bool:
        """Promotes the first fit version of a name, and says whether it did; a later one takes a person's decision, and
        so does any retriever: `groundtune reindex` switches to it."""
        if version.kind == "retrieve" or version.state != "ready" or self.registry.champion(version.name) is not None:
            return False
        self.registry.promote(version.name, version.version, who=who, why="first version")
        return True

    def classifier(
        self, model: str, precision: Literal["fp32", "int8"] | None = None
    ) -> tuple[ModelVersion, Classifier]:
        """The version that "NAME" or "NAME@VERSION" means, and its classifier. Raises UnknownName, UsageError."""
        from groundtune.tuning.predict import open_classifier

        version = self.registry.get(*model.split("@", 1))
        return version, open_classifier(version, precision)

    def cases(self, task: Task) -> list[Case]:
        """The task's held-out cases."""
        if task.kind == "classify":
            from groundtune.workspace.classify_arms import classify_cases

            return classify_cases(task)
        from groundtune.comparison.cases import read_answer_cases

        if task.data.cases is None:
            raise UsageError(t("The task “{name}” has no cases to compare on.", name=task.name))
        return read_answer_cases(task.data.cases, today=date.today())

    def arms(self, task: Task, progress: Progress | None = None, stop: threading.Event | None = None) -> Arms:
        """The approaches that `task` wants, as far as this workspace can have them, and what would open the others;
        what has to be tuned is tuned first. Raises BadInput for a name of an arm that there is not."""
        from groundtune.workspace.arms import check_names, make_arms

        if task.kind == "classify":
            from groundtune.workspace import classify_arms

            makers, floor = classify_arms.ClassifyArms(self, task, progress, stop).makers, classify_arms.FLOOR
        else:
            from groundtune.workspace import answer_arms

            models = answer_arms.ChatModels(self, task, progress, stop)
            makers, floor = answer_arms.AnswerArms(self, self.cases(task), models).makers, answer_arms.FLOOR
        check_names(task, makers)
        return make_arms(task, makers, floor)
