"""The figures and states of tuned models in words; programs get the names as they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from groundtune.i18n import Message, say

if TYPE_CHECKING:
    from groundtune.storage.registry import Metric, ModelVersion

MEASURES: dict[str, Message] = {
    "macro_f1": say("macro-F1"),
    "accuracy": say("accuracy"),
    "ece": say("calibration error (ECE)"),
    "ece_uncalibrated": say("calibration error before calibration"),
    "log_loss": say("log loss"),
    "validation_macro_f1": say("macro-F1 on the validation side"),
    "train_macro_f1": say("macro-F1 on the training side"),
    "int8_macro_f1_lost": say("macro-F1 lost by int8"),
    "export_difference": say("largest difference of a probability after export"),
    "validation_loss": say("validation loss"),
    "validation_loss_before": say("validation loss before training"),
    "train_loss": say("training loss"),
    "served_like_trained": say("words served as trained"),
    "training_seconds": say("seconds of training"),
}
_STATES: dict[str, Message] = {"ready": say("ready"), "unfit": say("unfit")}
_PRIMARY = ("macro_f1", "validation_loss")
"""The measure that a list shows: the first of these that a version has."""


def measure_name(name: str) -> str:
    """In the reader's language; a measure that we don't know keeps its name."""
    return str(MEASURES.get(name, name))


def state_name(version: ModelVersion) -> str:
    return str(_STATES[version.state])


def primary(version: ModelVersion) -> str:
    found = next((name for name in _PRIMARY if name in version.metrics), None)
    return "–" if found is None else f"{measure_name(found)} {version.metrics[found].value:.3f}"


def figure_rows(metrics: Mapping[str, Metric]) -> list[list[str]]:
    """A table's rows: measure, value, interval."""
    return [
        [measure_name(name), f"{m.value:.4g}", "–" if m.low is None else f"{m.low:.3f} – {m.high:.3f}"]
        for name, m in metrics.items()
    ]
