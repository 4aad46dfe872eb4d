"""Every approach to a `classify` task: majority, TF-IDF, nearest examples, a prompted model, a fine-tuned encoder.

All learn from the same rows (training and validation side of one split) and are measured on the same test side.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from groundtune.comparison.baselines import majority, nearest_examples, tfidf_linear
from groundtune.comparison.tasks import Task
from groundtune.i18n import Message, say
from groundtune.models import prompts
from groundtune.models.protocols import ChatModel
from groundtune.progress import Progress
from groundtune.tuning.data import LabelledData
from groundtune.tuning.predict import Classifier, open_classifier
from groundtune.tuning.prepare import prepare
from groundtune.types import Arm, Case, Output

if TYPE_CHECKING:
    from groundtune.workspace.opening import Workspace

LABEL_TOKENS = 40


def classify_cases(task: Task) -> list[Case]:
    """The test side of the task's split, which no arm learns from."""
    data, parts, _ = prepare(task)
    return labelled_cases(data, parts.test)


def classify_arms(
    workspace: Workspace,
    task: Task,
    progress: Progress,
    stop: threading.Event | None = None,
) -> list[Arm]:
    """The arms that this workspace can have; the encoder is tuned first."""
    data, parts, _ = prepare(task)
    missing = missing_classify_arms(workspace, task)
    train = labelled_cases(data, (*parts.train, *parts.validation))
    arms = [
        majority(train),
        tfidf_linear(train, seed=task.seed),
        nearest_examples(train, workspace.embedder.embed_queries, embedder=workspace.embedder.name),
    ]
    if "prompted" not in missing:
        arms.append(_prompted(workspace.chat(), tuple(data.classes), task.labels))
    if not task.arms or "fine-tuned" in task.arms:
        version, _ = workspace.tune(task, progress, stop)
        classifier = open_classifier(version)
        arms.append(
            Arm(
                name="fine-tuned",
                run=lambda text: predicted(classifier, text),
                family="tuned",
                fingerprint=_fingerprint("fine-tuned", str(version), [file.sha256 for file in version.details]),
                training_seconds=version.metrics["training_seconds"].value,
                training_examples=len(parts.train),
                update="retrain",
                notes=f"{version}: the encoder fine-tuned, its best epoch chosen on {len(parts.validation)} more rows.",
            )
        )
    return [arm for arm in arms if not task.arms or arm.name in task.arms]


def missing_classify_arms(workspace: Workspace, task: Task) -> dict[str, Message]:
    """Arms that can't be built, each with what would open it."""
    if (task.arms and "prompted" not in task.arms) or workspace.chat_is_found():
        return {}
    return {"prompted": say("The chat model {name} is not on this machine.", name=workspace.settings.chat)}


def _prompted(chat: ChatModel, labels: Sequence[str], definitions: Mapping[str, str]) -> Arm:
    """The chat model chooses a label by its definition; the grammar lets it say nothing else."""
    schema = {
        "type": "object",
        "properties": {"label": {"type": "string", "enum": list(labels)}},
        "required": ["label"],
        "additionalProperties": False,
    }
    described = {label: definitions.get(label, "") for label in labels}

    def run(text: str) -> Output:
        messages = prompts.label_of_text(text, described)
        completion = chat.complete(messages, max_tokens=LABEL_TOKENS, temperature=0.0, seed=0, schema=schema)
        return Output(
            label=str(json.loads(completion.text)["label"]),
            prompt_tokens=completion.prompt_tokens,
            completion_tokens=completion.completion_tokens,
        )

    return Arm(
        name="prompted",
        run=run,
        family="prompt",
        offline=chat.offline,
        languages=chat.languages,
        fingerprint=_fingerprint("prompted", chat.name, prompts.VERSION, described),
        training_seconds=0.0,
        training_examples=0,
        notes=f"{chat.name} chooses among the labels' definitions.",
    )


def predicted(classifier: Classifier, text: str) -> Output:
    """A classifier's prediction as the instrument sees it."""
    prediction = classifier.predict([text])[0]
    return Output(label=prediction.label, probabilities=prediction.probabilities)


def labelled_cases(data: LabelledData, positions: Sequence[int]) -> list[Case]:
    """Rows as cases of the instrument, each with its label and its group."""
    examples = [data.examples[i] for i in positions]
    return [
        Case(id=f"line-{e.line}", input=e.text, language=e.language, group=e.group, label=e.label) for e in examples
    ]


def _fingerprint(*decides: object) -> str:
    return hashlib.sha256(json.dumps(decides, default=str).encode()).hexdigest()[:32]
