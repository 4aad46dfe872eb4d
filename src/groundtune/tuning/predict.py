"""Labels with calibrated probabilities from an exported classifier, by ONNX Runtime, without torch.

A classifier is a folder that training wrote: `classifier.json`, one graph per precision, the words' part, and the
tokenizer where the base model's own isn't bundled. What was checked before promotion is read here by the same code.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from groundtune.errors import ModelError, UsageError
from groundtune.i18n import t
from groundtune.storage.registry import ModelVersion
from groundtune.tuning.base import open_saved
from groundtune.tuning.calibrate import softmax
from groundtune.tuning.words import WordModel

if TYPE_CHECKING:
    from groundtune.models.runtime import GraphRunner

Precision = Literal["fp32", "int8"]

FILE_NAME = "classifier.json"
WORDS_NAME = "words.npz"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Description:
    """What is in `classifier.json`: everything beside the weights that decides an output."""

    labels: tuple[str, ...]
    temperature: float
    prefix: str
    window: int
    """Tokens that are read, prefix and specials included."""
    base_model: str
    """As it was opened, to the version; its tokenizer and word embeddings are used where the folder has none."""
    precision: Precision
    """What is served unless another is asked for."""
    words: bool = False
    """Whether a word model in `words.npz` adds its logits to the graph's."""
    format: int = FORMAT

    def save(self, folder: Path) -> None:
        (folder / FILE_NAME).write_text(json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n", "utf-8")


@dataclass(frozen=True, slots=True)
class Prediction:
    label: str
    probability: float
    """Of `label`, calibrated: 0 to 1."""
    probabilities: dict[str, float]
    """Of every label; they sum to one."""


class Classifier:
    """An open classifier; the same text gives the same prediction, whatever it is predicted with."""

    def __init__(self, folder: Path, precision: Precision | None = None) -> None:
        """Raises ModelError when the folder holds no classifier that this version can read."""
        from groundtune.models.runtime import GraphRunner

        self.description = _described(folder)
        self.precision: Precision = precision or self.description.precision
        self._base = open_saved(self.description.base_model, folder)
        self._path = folder / f"{self.precision}.onnx"
        self._runner = GraphRunner(self._path, self._base.words)
        self._words = WordModel.load(folder / WORDS_NAME) if self.description.words else None

    @property
    def labels(self) -> tuple[str, ...]:
        return self.description.labels

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        return list(self.predict_each(texts))

    def predict_each(self, texts: Sequence[str]) -> Iterator[Prediction]:
        """A prediction for each text, in order, as they become ready."""
        if len(texts) == 1:
            yield self._prediction(self._with_words(self._runner_of_one.run(self._encode(texts[0])), texts[0]))
            return
        for text, logits in zip(texts, self._runner.run_all(texts, self._encode), strict=True):
            yield self._prediction(self._with_words(logits, text))

    def logits(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """(n, labels) float32, before calibration."""
        rows = [
            self._with_words(logits, text)
            for text, logits in zip(texts, self._runner.run_all(texts, self._encode), strict=True)
        ]
        return np.stack(rows) if rows else np.zeros((0, len(self.labels)), np.float32)

    @cached_property
    def _runner_of_one(self) -> GraphRunner:
        """All processors work on one text, opened when a text first comes alone."""
        from groundtune.models.runtime import GraphRunner, threads

        return self._runner if threads() == 1 else GraphRunner(self._path, self._base.words, threads_of_one=threads())

    def _with_words(self, logits: npt.NDArray[np.float32], text: str) -> npt.NDArray[np.float32]:
        return logits if self._words is None else logits + self._words.logits([text])[0]

    def _encode(self, text: str) -> list[int]:
        return self._base.encode(self.description.prefix + text, self.description.window)

    def _prediction(self, logits: npt.NDArray[np.float32]) -> Prediction:
        probabilities = softmax(logits[None], self.description.temperature)[0]
        best = int(probabilities.argmax())
        return Prediction(
            self.labels[best],
            float(probabilities[best]),
            dict(zip(self.labels, probabilities.tolist(), strict=True)),
        )


def open_classifier(version: ModelVersion, precision: Precision | None = None) -> Classifier:
    """Raises UsageError for a model of another kind or one that is unfit, ModelError when its files can't be opened."""
    if version.kind != "classify":
        raise UsageError(t("{model} is no classifier but of the kind “{kind}”.", model=version, kind=version.kind))
    if version.state != "ready":
        raise UsageError(t("{model} must not be used: {why}", model=version, why=version.state_note))
    return Classifier(version.folder, precision)


def _described(folder: Path) -> Description:
    try:
        table = json.loads((folder / FILE_NAME).read_text("utf-8"))
        if table["format"] != FORMAT:
            raise ModelError(
                t(
                    "{folder} has the format {found}; this version reads {known}.",
                    folder=folder,
                    found=table["format"],
                    known=FORMAT,
                )
            )
        return Description(**{**table, "labels": tuple(table["labels"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(t("{folder} holds no classifier: {error}", folder=folder, error=error)) from error
