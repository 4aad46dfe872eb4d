"""Logistic regression as plain arrays: what the encoder's head starts from, and what the words decide by."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from groundtune.errors import MissingExtra
from groundtune.tuning.calibrate import Labels

Floats = npt.NDArray[np.float64]

_NEVER = -10.0
"""The bias of a class that no row has."""


def logistic_regression(
    rows: Any, truth: Labels, n_classes: int, *, strength: float, balanced: bool
) -> tuple[Floats, Floats]:
    """Weight (n_classes, features) and bias (n_classes,) fitted to `rows` (n, features), dense or sparse.

    `strength` is the inverse of the regularisation; `balanced` lets each class count the same, however rare.
    """
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError as error:
        raise MissingExtra("scikit-learn", "tuning") from error
    regression = LogisticRegression(C=strength, max_iter=1000, class_weight="balanced" if balanced else None)
    regression.fit(rows, truth)
    found, offsets = regression.coef_, regression.intercept_
    if len(found) == 1:  # of two classes scikit-learn gives the second one's row
        found, offsets = np.concatenate([-found, found]) / 2, np.concatenate([-offsets, offsets]) / 2
    weight, bias = np.zeros((n_classes, rows.shape[1])), np.full(n_classes, _NEVER)
    weight[regression.classes_], bias[regression.classes_] = found, offsets
    return weight, bias
