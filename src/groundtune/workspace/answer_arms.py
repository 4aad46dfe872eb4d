"""Every approach to an `answer` task: a model alone, tuned, documents, both together, and the bounds."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from groundtune.answering import arms as answering
from groundtune.comparison.baselines import refuse_always
from groundtune.comparison.tasks import Task
from groundtune.i18n import say
from groundtune.models import prompts
from groundtune.models.protocols import ChatModel
from groundtune.progress import Progress, Silent
from groundtune.storage.registry import ModelVersion
from groundtune.tuning.chat import FACTS_SEEN
from groundtune.tuning.chat_data import ChatExample, read_chat_examples
from groundtune.types import Arm, Case, Question
from groundtune.workspace.arms import (
    Missing,
    code_identity,
    fingerprint,
    model_identity,
    refuse_unfit,
    version_identity,
)
from groundtune.workspace.calibration import answerer_name, bars_in_use

if TYPE_CHECKING:
    from groundtune.workspace.opening import Workspace

FLOOR = "refuse-always"


class ChatModels:
    """The task's two chat models. Each is opened, or tuned, when the first arm that needs it is made."""

    def __init__(
        self,
        workspace: Workspace,
        task: Task,
        progress: Progress | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        self._workspace, self._task = workspace, task
        self._progress, self._stop = progress or Silent(), stop

    @cached_property
    def plain(self) -> ChatModel:
        """Raises Missing."""
        if not self._workspace.chat_is_found():
            raise Missing(say("The chat model {name} is not on this machine.", name=self._workspace.settings.chat))
        return self._workspace.chat()

    @cached_property
    def examples(self) -> tuple[ChatExample, ...]:
        """What the tuned model may learn from."""
        return () if self._task.data.examples is None else read_chat_examples(self._task.data.examples)

    @cached_property
    def tuned(self) -> tuple[ChatModel, ModelVersion]:
        """Raises Missing."""
        if self._task.data.examples is None:
            raise Missing(say("Needs question–answer examples: [data] examples in the task file."))
        version, _ = self._workspace.tune(self._task, self._progress, self._stop)
        refuse_unfit(version)
        return self._workspace.chat(str(version)), version


class AnswerArms:
    """Makes the arms one by one: `models` over the documents of `workspace`."""

    def __init__(self, workspace: Workspace, cases: Sequence[Case], models: ChatModels) -> None:
        self._workspace, self._cases, self._models = workspace, cases, models

    @property
    def makers(self) -> dict[str, Callable[[], Arm]]:
        """By name. Each raises Missing, MissingExtra or ModelUnavailable where its arm can't be had."""
        return {
            FLOOR: refuse_always,
            "chat-alone": lambda: self.alone("chat-alone", self._models.plain),
            "tuned-chat-alone": lambda: self.alone("tuned-chat-alone", *self._models.tuned),
            "rag-extractive": self._extractive,
            "rag-chat": lambda: self._written("rag-chat", self._models.plain),
            "rag-tuned-chat": lambda: self._written("rag-tuned-chat", *self._models.tuned),
            "oracle-passages": self._oracle,
        }

    def alone(self, name: str, chat: ChatModel, version: ModelVersion | None = None) -> Arm:
        """A chat model without documents."""
        return Arm(
            name=name,
            run=answering.chat_alone(chat),
            family="prompt" if version is None else "tuned",
            offline=chat.offline,
            languages=chat.languages,
            fingerprint=fingerprint(name, *self._decides_writing(chat, version)),
            training_seconds=_training_seconds(version),
            training_examples=self._training_examples(chat, version),
            trained_facts=_trained_facts(version),
            update="none" if version is None else "retrain",
            model=None if version is None else str(version),
            notes=f"{chat.name} without documents." if version is None else f"{version} without documents.",
        )

    def _extractive(self) -> Arm:
        self._need_documents()
        return Arm(
            name="rag-extractive",
            run=answering.rag(self._workspace.answerer_with(None)),
            family="rag",
            cites=True,
            fingerprint=fingerprint("rag-extractive", self._decides_finding, *self._bars(None)),
            training_seconds=0.0,
            training_examples=0,
            update="immediate",
            notes="Quotes the best supported sentences of the passages found; no chat model.",
        )

    def _written(self, name: str, chat: ChatModel, version: ModelVersion | None = None) -> Arm:
        self._need_documents()
        return Arm(
            name=name,
            run=answering.rag(self._workspace.answerer_with(chat, quote_when_chat_fails=False), writes=True),
            family="rag" if version is None else "tuned_rag",
            cites=True,
            offline=chat.offline,
            languages=chat.languages,
            fingerprint=fingerprint(
                name, self._decides_finding, *self._decides_writing(chat, version), *self._bars(chat)
            ),
            training_seconds=_training_seconds(version),
            training_examples=self._training_examples(chat, version),
            trained_facts=_trained_facts(version),
            update="immediate",
            model=None if version is None else str(version),
            notes=f"{chat.name if version is None else version} writes from the passages found; what no quote carries "
            "is dropped.",
        )

    def _oracle(self) -> Arm:
        """The passages of the documents that the case names; shows what better retrieval could bring at most."""
        self._need_documents()
        relevant = {case.input: case.relevant for case in self._cases if isinstance(case.input, Question)}
        answerer = self._workspace.answerer_with(None)
        run = answering.oracle(answerer, self._workspace.searcher, lambda question: relevant.get(question, ()))
        return Arm(
            name="oracle-passages",
            run=run,
            family="ceiling",
            cites=True,
            fingerprint=fingerprint("oracle-passages", self._decides_finding, sorted(map(str, relevant.items()))),
            training_seconds=0.0,
            training_examples=0,
            update="immediate",
            recommendable=False,
            notes="Extractive, with the passages of the right documents handed over: a ceiling, not an approach.",
        )

    def _training_examples(self, chat: ChatModel, version: ModelVersion | None) -> int:
        """Those in languages that it reads, validation among them."""
        if version is None:
            return 0
        read = chat.languages
        return sum(e.language is None or read is None or e.language in read for e in self._models.examples)

    def _need_documents(self) -> None:
        if not self._workspace.store.documents():
            raise Missing(say("Needs documents: groundtune add PATH."))

    @cached_property
    def _decides_finding(self) -> list[object]:
        return decides_finding(self._workspace)

    def _decides_writing(self, chat: ChatModel, version: ModelVersion | None) -> list[object]:
        return decides_writing(self._workspace, chat, version)

    def _bars(self, chat: ChatModel | None) -> list[object]:
        """The bars for refusing that this workspace was calibrated to; nothing where it wasn't."""
        bars, _ = bars_in_use(self._workspace, answerer_name(chat))
        return [sorted(bars.items())] if bars else []


def decides_finding(workspace: Workspace) -> list[object]:
    """What decides which passages are found and how they are weighed: documents, models, settings, code."""
    store = workspace.store
    return [
        [
            (info.id, sorted(store.hashes_of(info.id)), None if info.readers is None else sorted(info.readers))
            for info in store.documents(None)
        ],
        model_identity(workspace.embedder.name, workspace.settings.endpoints),
        workspace.analyser.name,
        workspace.settings.lexical_weight,
        None if workspace.synonyms is None else workspace.synonyms.identity,
        code_identity("groundtune.answering", "groundtune.knowledge"),
    ]


def decides_writing(workspace: Workspace, chat: ChatModel, version: ModelVersion | None) -> list[object]:
    """What decides how a chat model, tuned where a `version` is given, writes."""
    if version is None:
        model = model_identity(chat.name, workspace.settings.endpoints)
    else:
        model = version_identity(version)
    return [model, prompts.VERSION, code_identity("groundtune.answering")]


def _training_seconds(version: ModelVersion | None) -> float | None:
    """0.0 where nothing is trained."""
    if version is None:
        return 0.0
    metric = version.metrics.get("training_seconds")
    return metric.value if metric is not None else None


def _trained_facts(version: ModelVersion | None) -> frozenset[str] | None:
    """Ids of the facts that the version's training examples state."""
    file = version.folder / FACTS_SEEN if version is not None else None
    return frozenset(json.loads(file.read_text("utf-8"))) if file is not None and file.is_file() else None
