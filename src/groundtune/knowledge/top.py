"""The largest of many scores, quickly. Knows only numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

SLACK = np.float32(1e-5)
"""More than the rounding of a fast product, which may depend on where a row lies; candidates are scored again."""


def leading(scores: npt.NDArray[np.float32], depth: int, above: float = -np.inf) -> npt.NDArray[np.int64]:
    """Places of the `depth` largest scores above `above`, and of all that come within SLACK of the least of them.

    A first look at the maxima of many strides gives a bound that few scores reach.
    """
    strides = len(scores) // 32
    bound = np.float32(-np.inf)
    if strides > depth:
        maxima = scores[: strides * 32].reshape(32, strides).max(axis=0)
        bound = np.partition(maxima, strides - depth)[strides - depth]
    some = np.flatnonzero(scores >= bound - SLACK) if bound > above + SLACK else np.flatnonzero(scores > above)
    if len(some) > depth:
        values = scores[some]
        least = np.partition(values, len(some) - depth)[len(some) - depth]
        some = some[values >= least - SLACK]
    return some
