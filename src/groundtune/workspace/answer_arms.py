"""Every approach to an `answer` task: a model alone, tuned, documents, both together, and the bounds."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from groundtune.answering import arms as answering
from groundtune.answering import weights
from groundtune.comparison.baselines import refuse_always
from groundtune.comparison.tasks import Task
from groundtune.i18n import Message, say
from groundtune.models import prompts
from groundtune.models.protocols import ChatModel
from groundtune.progress import Progress
from groundtune.storage.registry import ModelVersion
from groundtune.tuning.chat import FACTS_SEEN
from groundtune.types import Arm, Case, Question

if TYPE_CHECKING:
    from groundtune.workspace.opening import Workspace


def answer_arms(
    workspace: Workspace,
    task: Task,
    cases: Sequence[Case],
    progress: Progress,
    stop: threading.Event | None = None,
) -> list[Arm]:
    """The arms that this workspace can have; a chat model is tuned first where the task has examples for it."""
    missing = missing_answer_arms(workspace, task)

    def wanted(*names: str) -> bool:
        return any(name not in missing and (not task.arms or name in task.arms) for name in names)

    arms = [refuse_always()]
    chat, tuned, version = None, None, None
    if wanted("chat-alone", "rag-chat"):
        chat = workspace.chat()
        arms.append(_chat_alone("chat-alone", chat, task))
    if wanted("tuned-chat-alone", "rag-tuned-chat"):
        version, _ = workspace.tune(task, progress, stop)
        tuned = workspace.chat(str(version))
        arms.append(_chat_alone("tuned-chat-alone", tuned, task, version))
    if wanted("rag-extractive", "rag-chat", "rag-tuned-chat", "oracle-passages"):
        arms += rag_arms(workspace, chat, tuned, task, version)
        arms.append(_oracle(workspace, cases))
    return [arm for arm in arms if not task.arms or arm.name in task.arms]


def rag_arms(
    workspace: Workspace,
    chat: ChatModel | None,
    tuned: ChatModel | None,
    task: Task,
    version: ModelVersion | None = None,
) -> list[Arm]:
    """The arms that read the workspace's documents, as they are at each question."""
    extractive = Arm(
        name="rag-extractive",
        run=answering.rag(workspace.answerer_with(None)),
        family="rag",
        cites=True,
        fingerprint=_fingerprint("rag-extractive", _knowledge(workspace)),
        training_seconds=0.0,
        training_examples=0,
        update="immediate",
        notes="Quotes the best supported sentences of the passages found; no chat model.",
    )
    written = [
        Arm(
            name=name,
            run=answering.rag(workspace.answerer_with(model, quote_when_chat_fails=False), writes=True),
            family="rag" if model is chat else "tuned_rag",
            cites=True,
            offline=model.offline,
            languages=model.languages,
            fingerprint=_fingerprint(name, _knowledge(workspace), *_model(model, version if model is tuned else None)),
            training_seconds=0.0 if model is chat else _training_seconds(version),
            training_examples=0 if model is chat else _training_examples(version),
            trained_facts=None if model is chat else _trained_facts(version),
            update="immediate",
            notes=f"{model.name} writes from the passages found; what no quote carries is dropped.",
        )
        for name, model in (("rag-chat", chat), ("rag-tuned-chat", tuned))
        if model is not None
    ]
    return [extractive, *written]


def missing_answer_arms(workspace: Workspace, task: Task) -> dict[str, Message]:
    """Arms that can't be built, each with what would open it."""
    missing: dict[str, Message] = {}
    if not workspace.chat_is_found():
        reason = say("The chat model {name} is not on this machine.", name=workspace.settings.chat)
        missing |= dict.fromkeys(("chat-alone", "rag-chat", "tuned-chat-alone", "rag-tuned-chat"), reason)
    elif task.data.examples is None:
        reason = say("Needs question–answer examples: [data] examples in the task file.")
        missing |= dict.fromkeys(("tuned-chat-alone", "rag-tuned-chat"), reason)
    if not workspace.store.documents():
        reason = say("Needs documents: groundtune add PATH.")
        missing |= dict.fromkeys(("rag-extractive", "rag-chat", "rag-tuned-chat", "oracle-passages"), reason)
    return {name: why for name, why in missing.items() if not task.arms or name in task.arms}


def _chat_alone(name: str, chat: ChatModel, task: Task, version: ModelVersion | None = None) -> Arm:
    return Arm(
        name=name,
        run=answering.chat_alone(chat),
        family="prompt" if version is None else "tuned",
        offline=chat.offline,
        languages=chat.languages,
        fingerprint=_fingerprint(name, *_model(chat, version)),
        training_seconds=0.0 if version is None else _training_seconds(version),
        training_examples=0 if version is None else _training_examples(version),
        trained_facts=_trained_facts(version),
        update="none" if version is None else "retrain",
        notes=f"{chat.name} without documents." if version is None else f"{version} without documents.",
    )


def _oracle(workspace: Workspace, cases: Sequence[Case]) -> Arm:
    """The passages of the documents that the case names; shows what better retrieval could bring at most."""
    relevant = {case.input: case.relevant for case in cases if isinstance(case.input, Question)}
    answerer = workspace.answerer_with(None)
    run = answering.oracle(answerer, workspace.searcher, lambda question: relevant.get(question, ()))
    return Arm(
        name="oracle-passages",
        run=run,
        family="ceiling",
        cites=True,
        fingerprint=_fingerprint("oracle-passages", _knowledge(workspace), sorted(map(str, relevant.items()))),
        training_seconds=0.0,
        training_examples=0,
        update="immediate",
        recommendable=False,
        notes="Extractive, with the passages of the right documents handed over: a ceiling, not an approach.",
    )


def _knowledge(workspace: Workspace) -> list[object]:
    """What decides which passages are found and how they are weighed."""
    return [
        sorted((info.id, workspace.store.latest_hash(info.id)) for info in workspace.store.documents(None)),
        workspace.embedder.name,
        workspace.analyser.name,
        workspace.settings.lexical_weight,
        _fitted(),
    ]


def _fitted() -> list[tuple[str, str]]:
    """The numbers with which answering weighs and refuses."""
    return sorted((name, repr(value)) for name, value in vars(weights).items() if name.isupper())


def _model(chat: ChatModel, version: ModelVersion | None) -> list[object]:
    files = [] if version is None else [file.sha256 for file in version.details]
    return [chat.name if version is None else str(version), prompts.VERSION, _fitted(), files]


def _training_seconds(version: ModelVersion | None) -> float | None:
    metric = version.metrics.get("training_seconds") if version is not None else None
    return metric.value if metric is not None else None


def _training_examples(version: ModelVersion | None) -> int | None:
    metric = version.metrics.get("training_examples") if version is not None else None
    return int(metric.value) if metric is not None else None


def _trained_facts(version: ModelVersion | None) -> frozenset[str] | None:
    """Ids of the facts that the version's training examples state."""
    file = version.folder / FACTS_SEEN if version is not None else None
    return frozenset(json.loads(file.read_text("utf-8"))) if file is not None and file.is_file() else None


def _fingerprint(*decides: object) -> str:
    return hashlib.sha256(json.dumps(decides, default=str).encode()).hexdigest()[:32]
