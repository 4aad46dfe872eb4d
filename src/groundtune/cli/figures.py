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
    "mrr": say("MRR@10 on held-out questions"),
    "mrr_in_use": say("MRR@10 of the embedder in use"),
    "mrr_gain_held_out": say("gain in MRR@10"),
    "mrr_gain_unseen_questions": say("… on unseen questions"),
    "mrr_gain_unseen_documents": say("… on unseen documents"),
    "recall_gain_held_out": say("gain in recall@10"),
    "recall_gain_unseen_questions": say("recall@10: on unseen questions"),
    "recall_gain_unseen_documents": say("recall@10: on unseen documents"),
    "dense_mrr_gain_held_out": say("gain in MRR@10 of the dense leg alone"),
    "dense_mrr_gain_unseen_questions": say("dense leg: on unseen questions"),
    "dense_mrr_gain_unseen_documents": say("dense leg: on unseen documents"),
    "validation_mrr": say("MRR@10 on the validation questions"),
    "validation_mrr_before": say("MRR@10 on the validation questions before training"),
    "nearest_cosine": say("cosine of the nearest passage"),
    "nearest_cosine_before": say("cosine of the nearest passage before training"),
    "export_cosine": say("least cosine of a text after export"),
}
_STATES: dict[str, Message] = {"ready": say("ready"), "unfit": say("unfit")}
_PRIMARY = ("macro_f1", "mrr", "validation_loss")
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
