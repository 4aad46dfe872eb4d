"""Fine-tunes an encoder for classification, from checked data to a registered version with its card.

train → the best epoch → calibrate on the validation side → export → check the export → measure on the test side →
card → register. The test side is read once, when everything has been chosen. Needs torch, but what it measures last is
what will be served: the exported graph, opened by `predict`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from groundtune.comparison.statistics import class_f1, macro_f1, macro_f1_interval, mean_interval
from groundtune.progress import Progress
from groundtune.storage.registry import Metric, ModelVersion, NewModel, Registry
from groundtune.tuning.base import Base, open_base
from groundtune.tuning.calibrate import Labels, expected_calibration_error, fit_temperature, log_loss, softmax
from groundtune.tuning.card import write_cards
from groundtune.tuning.classifier_module import EncoderClassifier, Side
from groundtune.tuning.data import LabelledData
from groundtune.tuning.export import Parity, export
from groundtune.tuning.loop import Trained, train
from groundtune.tuning.predict import Classifier, Description
from groundtune.tuning.processor import import_torch
from groundtune.tuning.recipe import ClassifyRecipe, to_toml
from groundtune.tuning.split import Split

Logits = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the run found out, as it stands in `evaluation.json` and on the card. Metrics are 0 to 1."""

    test: dict[str, Metric]
    """macro_f1, accuracy, ece, log_loss of the served precision, calibrated, on the test side."""
    train_macro_f1: float
    validation_macro_f1: float
    ece_uncalibrated: float
    """On the test side, at temperature 1."""
    temperature: float
    class_f1: dict[str, float | None]
    """On the test side; `None` for a label that doesn't occur there."""
    support: dict[str, int]
    """Test examples of each label."""
    parity: Parity
    trained: Trained
    examples_per_second: float

    @property
    def gap(self) -> float:
        """How much better the model knows what it learnt from: training minus validation macro-F1."""
        return self.train_macro_f1 - self.validation_macro_f1


def tune_classifier(
    name: str,
    data: LabelledData,
    parts: Split,
    recipe: ClassifyRecipe,
    registry: Registry,
    *,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> tuple[ModelVersion, bool]:
    """A version trained on `data`, and whether it was made now: the same data, split and recipe are not trained twice.

    Raises Stopped when `stop` is set; the same call then continues from the last checkpoint. Raises UsageError when
    another process makes this very version.
    """
    base = open_base(recipe.base_model)
    known = _known(name, data, parts, recipe, base.name, registry)
    if known is not None:
        return known, False
    with registry.workplace(name, _fingerprint(data, parts, recipe, base.name)) as run:
        known = _known(name, data, parts, recipe, base.name, registry)  # another process may have made it just now
        version = known or _make(name, data, parts, recipe, registry, base, run, progress, stop)
        shutil.rmtree(run, ignore_errors=True)
    return version, known is None


def _make(
    name: str,
    data: LabelledData,
    parts: Split,
    recipe: ClassifyRecipe,
    registry: Registry,
    base: Base,
    run: Path,
    progress: Progress | None,
    stop: threading.Event | None,
) -> ModelVersion:
    labels = tuple(data.classes)
    numbers = {label: number for number, label in enumerate(labels)}
    truth = np.array([numbers[example.label] for example in data.examples], np.int64)

    def side(positions: Sequence[int]) -> Side:
        return [data.examples[i].text for i in positions], truth[list(positions)]

    import_torch().manual_seed(recipe.loop.seed)
    job = EncoderClassifier(base, recipe, len(labels), side(parts.train), side(parts.validation))
    trained = train(job, recipe.loop, run / "checkpoints", progress=progress, stop=stop)

    temperature = fit_temperature(job.logits(side(parts.validation)[0]), truth[list(parts.validation)])
    staged = run / "version"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    description = Description(
        labels, temperature, recipe.prefix, recipe.window, base.name, "fp32", words=job.word_model is not None
    )
    held_out = [*parts.validation, *parts.test]
    parity = export(
        job,
        base,
        description,
        staged,
        training=side(parts.train)[0],
        held_out=side(held_out),
        n_validation=len(parts.validation),
    )
    evaluation = _evaluate(job, data, parts, truth, staged, parity, trained, temperature)
    (staged / "recipe.toml").write_text(to_toml(recipe.resolved()), "utf-8")
    parts.save(staged / "split.json", data)
    (staged / "evaluation.json").write_text(_json({**asdict(evaluation), "gap": evaluation.gap}), "utf-8")
    write_cards(staged, name, base.name, data, parts, recipe, evaluation)
    return registry.register(
        NewModel(
            name=name,
            kind="classify",
            base_model=base.name,
            data_hash=data.data_hash,
            split_hash=parts.hash,
            recipe=recipe.resolved(),
            seed=recipe.loop.seed,
            metrics=_metrics(evaluation),
            libraries=library_versions(),
            unfit=parity.unfit,
        ),
        staged,
    )


def library_versions() -> dict[str, str]:
    """Of what decides the trained weights and the export."""
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for package in ("groundtune", "torch", "transformers", "peft", "scikit-learn", "onnx", "onnxruntime", "numpy"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _evaluate(
    job: EncoderClassifier,
    data: LabelledData,
    parts: Split,
    truth: Labels,
    staged: Path,
    parity: Parity,
    trained: Trained,
    temperature: float,
) -> Evaluation:
    """Measures the exported model that will be served, and how far the trained one knows its own training side."""
    served = Classifier(staged)
    labels = served.labels
    logits = served.logits([data.examples[i].text for i in parts.test])
    right = truth[list(parts.test)]
    groups = [data.examples[i].group for i in parts.test]
    guessed = logits.argmax(axis=1)
    probabilities = softmax(logits, temperature)
    f1 = macro_f1_interval(right, guessed, len(labels), groups)
    accuracy = mean_interval((guessed == right).astype(float).tolist(), groups)
    per_class = class_f1(right, guessed, len(labels))
    return Evaluation(
        test={
            "macro_f1": Metric(f1.value, f1.low, f1.high),
            "accuracy": Metric(accuracy.value, accuracy.low, accuracy.high),
            "ece": Metric(expected_calibration_error(probabilities, right)),
            "log_loss": Metric(log_loss(probabilities, right)),
        },
        train_macro_f1=macro_f1(
            truth[list(parts.train)],
            job.logits([data.examples[i].text for i in parts.train]).argmax(axis=1),
            len(labels),
        ),
        validation_macro_f1=trained.history[trained.best_epoch - 1].validation.values["macro_f1"],
        ece_uncalibrated=expected_calibration_error(softmax(logits), right),
        temperature=temperature,
        class_f1=dict(zip(labels, per_class, strict=True)),
        support={label: int((right == number).sum()) for number, label in enumerate(labels)},
        parity=parity,
        trained=trained,
        examples_per_second=trained.examples / max(trained.seconds, 1e-9),
    )


def _metrics(evaluation: Evaluation) -> dict[str, Metric]:
    return {
        **evaluation.test,
        "validation_macro_f1": Metric(evaluation.validation_macro_f1),
        "train_macro_f1": Metric(evaluation.train_macro_f1),
        "ece_uncalibrated": Metric(evaluation.ece_uncalibrated),
        "int8_macro_f1_lost": Metric(evaluation.parity.int8_macro_f1_lost),
        "export_difference": Metric(evaluation.parity.largest_difference),
        "training_seconds": Metric(evaluation.trained.seconds),
    }


def _known(
    name: str, data: LabelledData, parts: Split, recipe: ClassifyRecipe, base: str, registry: Registry
) -> ModelVersion | None:
    wanted = (data.data_hash, parts.hash, json.loads(_json(recipe.resolved())), base)
    for version in reversed(registry.list(name)):
        if (version.data_hash, version.split_hash, version.recipe, version.base_model) == wanted:
            return version
    return None


def _fingerprint(data: LabelledData, parts: Split, recipe: ClassifyRecipe, base: str) -> str:
    """Of everything that decides the trained weights; a checkpoint of another run is never continued."""
    everything = [data.data_hash, parts.hash, recipe.resolved(), base, library_versions()]
    return hashlib.sha256(_json(everything).encode()).hexdigest()[:16]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
