"""Probabilities that mean what they say: one temperature, fitted on the validation side (Guo et al. 2017)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from groundtune.comparison.statistics import calibration_error

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def softmax(logits: npt.NDArray[np.floating], temperature: float = 1.0) -> Floats:
    """(n, classes) logits to probabilities, rows summing to one."""
    scaled = logits.astype(np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    exp = np.exp(scaled)
    return np.asarray(exp / exp.sum(axis=1, keepdims=True))


def log_loss(probabilities: Floats, truth: Labels) -> float:
    """Mean negative log-likelihood of the true labels, in nats."""
    return float(-np.log(np.maximum(probabilities[np.arange(len(truth)), truth], 1e-12)).mean())


def fit_temperature(logits: npt.NDArray[np.floating], truth: Labels) -> float:
    """The temperature, .05 to 20, of the least log loss, by golden section."""
    low, high = np.log(0.05), np.log(20.0)
    ratio = (np.sqrt(5) - 1) / 2
    for _ in range(60):
        a, b = high - ratio * (high - low), low + ratio * (high - low)
        if log_loss(softmax(logits, float(np.exp(a))), truth) < log_loss(softmax(logits, float(np.exp(b))), truth):
            high = b
        else:
            low = a
    return float(np.exp((low + high) / 2))


def expected_calibration_error(probabilities: Floats, truth: Labels) -> float:
    """Mean distance of confidence and accuracy over ten bins of equal width, weighted by their cases; 0 is best."""
    return calibration_error(probabilities.max(axis=1), (probabilities.argmax(axis=1) == truth).astype(np.float64))
