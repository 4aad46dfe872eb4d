"""Every approach to a `classify` task: majority, TF-IDF, nearest examples, a prompted model, a fine-tuned encoder.

All learn from the same rows (training and validation side of one split) and are measured on the same test side.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from groundtune.comparison.baselines import majority, nearest_examples, tfidf_linear
from groundtune.comparison.tasks import Task
from groundtune.i18n import say
from groundtune.models import prompts
from groundtune.progress import Progress, Silent
from groundtune.tuning.data import LabelledData
from groundtune.tuning.predict import Classifier, open_classifier
from groundtune.tuning.prepare import prepare
from groundtune.tuning.recipe import ClassifyRecipe
from groundtune.tuning.split import Split
from groundtune.types import Arm, Case, Output
from groundtune.workspace.arms import Missing, fingerprint, model_identity, refuse_unfit, version_identity

if TYPE_CHECKING:
    from groundtune.workspace.opening import Workspace

FLOOR = "majority"
LABEL_TOKENS = 40


def classify_cases(task: Task) -> list[Case]:
    """The test side of the task's split, which no arm learns from."""
    data, parts, _ = prepare(task)
    return labelled_cases(data, parts.test)


class ClassifyArms:
    """Makes the arms one by one, each from the same rows."""

    def __init__(
        self,
        workspace: Workspace,
        task: Task,
        progress: Progress | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        self._workspace, self._task = workspace, task
        self._progress, self._stop = progress or Silent(), stop

    @property
    def makers(self) -> dict[str, Callable[[], Arm]]:
        """By name. Each raises Missing, MissingExtra or ModelUnavailable where its arm can't be had."""
        return {
            FLOOR: lambda: majority(self._train),
            "tfidf-linear": lambda: tfidf_linear(self._train, seed=self._task.seed),
            "nearest-examples": self._nearest,
            "prompted": self._prompted,
            "fine-tuned": self._fine_tuned,
        }

    @cached_property
    def _prepared(self) -> tuple[LabelledData, Split, ClassifyRecipe]:
        return prepare(self._task)

    @cached_property
    def _train(self) -> list[Case]:
        data, parts, _ = self._prepared
        return labelled_cases(data, (*parts.train, *parts.validation))

    def _nearest(self) -> Arm:
        embedder = self._workspace.embedder
        identity = json.dumps(model_identity(embedder.name, self._workspace.settings.endpoints))
        return nearest_examples(self._train, embedder.embed_queries, embedder=embedder.name, identity=identity)

    def _prompted(self) -> Arm:
        """The chat model chooses a label by its definition; the grammar lets it say nothing else."""
        if not self._workspace.chat_is_found():
            raise Missing(say("The chat model {name} is not on this machine.", name=self._workspace.settings.chat))
        chat = self._workspace.chat()
        labels = list(self._prepared[0].classes)
        described = {label: self._task.labels.get(label, "") for label in labels}
        schema = {
            "type": "object",
            "properties": {"label": {"type": "string", "enum": labels}},
            "required": ["label"],
            "additionalProperties": False,
        }

        def run(text: str) -> Output:
            messages = prompts.label_of_text(text, described)
            completion = chat.complete(messages, max_tokens=LABEL_TOKENS, temperature=0.0, seed=0, schema=schema)
            return Output(
                label=str(json.loads(completion.text)["label"]),
                prompt_tokens=completion.prompt_tokens,
                completion_tokens=completion.completion_tokens,
            )

        identity = model_identity(chat.name, self._workspace.settings.endpoints)
        return Arm(
            name="prompted",
            run=run,
            family="prompt",
            offline=chat.offline,
            languages=chat.languages,
            fingerprint=fingerprint("prompted", identity, prompts.VERSION, described),
            training_seconds=0.0,
            training_examples=0,
            notes=f"{chat.name} chooses among the labels' definitions.",
        )

    def _fine_tuned(self) -> Arm:
        version, _ = self._workspace.tune(self._task, self._progress, self._stop)
        refuse_unfit(version)
        classifier = open_classifier(version)
        _, parts, _ = self._prepared
        return Arm(
            name="fine-tuned",
            run=lambda text: predicted(classifier, text),
            family="tuned",
            fingerprint=fingerprint("fine-tuned", version_identity(version)),
            training_seconds=version.metrics["training_seconds"].value,
            training_examples=len(parts.train) + len(parts.validation),
            update="retrain",
            model=str(version),
            notes=f"{version}: the encoder fine-tuned, its best epoch chosen on {len(parts.validation)} more rows.",
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
