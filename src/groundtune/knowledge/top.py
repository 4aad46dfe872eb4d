"""The largest of many scores, quickly. Knows only numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

SLACK = np.float32(1e-5)
"""More than the rounding of a fast product, which may depend on where a row lies; candidates are scored again."""


def leading(scores: npt.NDArray[np.float32], depth: int, above: float = -np.inf) -> npt.NDArray[np.int64]:
    """Places of the `depth` largest scores above `above`, and of all that come within SLACK of the least of them."""
    least = nth_largest(scores, depth) - SLACK
    return np.flatnonzero(scores >= least) if least > above else np.flatnonzero(scores > above)


def nth_largest(scores: npt.NDArray[np.float32], n: int) -> np.float32:
    """Minus infinity where there are not so many.

    A first look at the maxima of many strides gives a bound that few scores reach.
    """
    if len(scores) < n:
        return np.float32(-np.inf)
    strides = len(scores) // 32
    if strides > n:
        maxima = scores[: strides * 32].reshape(32, strides).max(axis=0)
        scores = scores[scores >= np.partition(maxima, strides - n)[strides - n]]
    return np.float32(np.partition(scores, len(scores) - n)[len(scores) - n])
