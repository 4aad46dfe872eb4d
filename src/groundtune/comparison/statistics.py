"""How sure a figure is. Resampling of whole groups, paired differences, exact tests, and what a sample can show at all.

Arrays in, numbers out; knows nothing of arms or tasks. Everything is seeded: the same data give the same interval.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

RESAMPLES = 10_000
_CHUNK_CELLS = 4_000_000
_Z = NormalDist().inv_cdf(0.975)
_Z_POWER = NormalDist().inv_cdf(0.80)
FEWEST_DISCORDANT = 6
"""With fewer differing cases than this, McNemar's exact test can't reach 5 % (2 · 0.5⁶ = .031, 2 · 0.5⁵ = .0625)."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and its 95 % interval, in the unit of the figure."""

    value: float
    low: float
    high: float


class Bootstrap:
    """Resamples of one set of cases, drawn by group (Efron's bootstrap, clustered), the same for everything computed on
    it, so that differences are paired.

    `groups` names each case's group; a case without one (`None`) stands for itself.
    """

    def __init__(self, groups: Sequence[Hashable | None], *, resamples: int = RESAMPLES, seed: int = 0) -> None:
        import numpy as np

        numbers: dict[Hashable, int] = {}
        keys: list[Hashable] = [("", i) if group is None else ("group", group) for i, group in enumerate(groups)]
        self._group = np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)
        self.n_groups = len(numbers)
        self.n_cases = len(keys)
        self.resamples = resamples
        self._seed = seed

    def sums(self, values: Floats) -> Floats:
        """(n, k) values → (resamples, k): the sum over each resample."""
        import numpy as np

        by_group = np.zeros((self.n_groups, values.shape[1]))
        np.add.at(by_group, self._group, values)
        rng = np.random.default_rng(self._seed)
        rows = max(1, _CHUNK_CELLS // max(1, self.n_groups))
        parts = []
        for start in range(0, self.resamples, rows):
            n = min(rows, self.resamples - start)
            drawn = rng.integers(0, self.n_groups, (n, self.n_groups))
            drawn += np.arange(n)[:, None] * self.n_groups
            counts = np.bincount(drawn.ravel(), minlength=n * self.n_groups).reshape(n, self.n_groups)
            parts.append(counts @ by_group)
        sums: Floats = np.concatenate(parts)
        return sums

    def means(self, values: Floats) -> Floats:
        """(n, k) values → (resamples, k) means. NaN marks a case for which a column has no value; it doesn't count."""
        import numpy as np

        known = ~np.isnan(values)
        sums = self.sums(np.concatenate([np.where(known, values, 0.0), known.astype(float)], axis=1))
        k = values.shape[1]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(sums[:, :k] / sums[:, k:])

    def macro_f1(self, truth: Integers, predicted: Integers, n_classes: int) -> Floats:
        """(n,) class numbers → (resamples,) macro-F1 of each resample, by the rule of `macro_f1`."""
        import numpy as np

        return _macro_f1_of_counts(*np.split(self.sums(_class_counts(truth, predicted, n_classes)), 3, axis=1))


def interval(
    value: float, resampled: Floats, *, groups: int | None = None, least: float = 0.0, most: float = 1.0
) -> Interval:
    """The percentile interval of a figure from its resampled values; NaN ones are left out.

    Where no resample differs (all cases right, or two arms alike on all), resampling would claim certainty. Give the
    number of `groups` and the range of a share or a difference of shares, and the exact binomial bound stands in:
    after n alike in a row, another kind may still have a share of up to 1 - .025^(1/n), with a value at either end.
    """
    import numpy as np

    low, high = np.nanpercentile(resampled, [2.5, 97.5]) if len(resampled) else (value, value)
    if groups and low == high:
        unseen = 1 - 0.025 ** (1 / groups)
        low, high = (1 - unseen) * value + unseen * least, (1 - unseen) * value + unseen * most
    return Interval(float(value), float(low), float(high))


def mean_interval(
    values: Sequence[float], groups: Sequence[Hashable | None] | None = None, *, seed: int = 0
) -> Interval:
    """The mean of `values` with its bootstrap interval."""
    return _mean_interval(values, groups, seed, least=0.0)


def difference_interval(
    a: Sequence[float], b: Sequence[float], groups: Sequence[Hashable | None] | None = None, *, seed: int = 0
) -> Interval:
    """mean(a) - mean(b) over the same cases, paired, with its bootstrap interval."""
    import numpy as np

    apart = (np.asarray(a, dtype=float) - np.asarray(b, dtype=float)).tolist()
    return _mean_interval(apart, groups, seed, least=-1.0)


def _mean_interval(
    values: Sequence[float], groups: Sequence[Hashable | None] | None, seed: int, *, least: float
) -> Interval:
    import numpy as np

    array = np.asarray(values, dtype=float)[:, None]
    bootstrap = Bootstrap(groups if groups is not None else [None] * len(values), seed=seed)
    are_shares = bool(np.isin(array, (-1.0, 0.0, 1.0)).all())
    return interval(
        float(array.mean()),
        bootstrap.means(array)[:, 0],
        groups=bootstrap.n_groups if are_shares else None,
        least=least,
    )


def macro_f1(truth: Integers, predicted: Integers, n_classes: int) -> float:
    """The unweighted mean F1 over the classes that occur in `truth`. A prediction outside of 0 … n - 1 is wrong."""
    import numpy as np

    counts: Floats = _class_counts(truth, predicted, n_classes).sum(axis=0, keepdims=True)
    return float(_macro_f1_of_counts(*np.split(counts, 3, axis=1))[0])


def class_f1(truth: Integers, predicted: Integers, n_classes: int) -> list[float | None]:
    """F1 of each class; `None` for one that occurs neither in truth nor in the predictions."""
    hits, trues, guesses = _class_counts(truth, predicted, n_classes).sum(axis=0).reshape(3, n_classes)
    return [float(2 * h / (x + g)) if x + g else None for h, x, g in zip(hits, trues, guesses, strict=True)]


def macro_f1_interval(
    truth: Integers,
    predicted: Integers,
    n_classes: int,
    groups: Sequence[Hashable | None] | None = None,
    *,
    seed: int = 0,
) -> Interval:
    bootstrap = Bootstrap(groups if groups is not None else [None] * len(truth), seed=seed)
    resampled = bootstrap.macro_f1(truth, predicted, n_classes)
    return interval(macro_f1(truth, predicted, n_classes), resampled, groups=bootstrap.n_groups)


def _class_counts(truth: Integers, predicted: Integers, n_classes: int) -> Floats:
    """(n, 3 · classes) ones and zeros: right, truly of the class, predicted as the class."""
    import numpy as np

    classes = np.arange(n_classes)
    is_true, is_guessed = truth[:, None] == classes, predicted[:, None] == classes
    return np.concatenate([is_true & is_guessed, is_true, is_guessed], axis=1).astype(float)


def _macro_f1_of_counts(hits: Floats, trues: Floats, guesses: Floats) -> Floats:
    """(resamples, classes) counts → (resamples,) macro-F1."""
    import numpy as np

    with np.errstate(invalid="ignore", divide="ignore"):
        f1 = np.where(trues > 0, 2 * hits / (trues + guesses), 0.0)
    mean: Floats = f1.sum(axis=1) / np.maximum((trues > 0).sum(axis=1), 1)
    return mean


def two_sided_p(resampled_differences: Floats) -> float:
    """How often the resampled difference lies on the other side of zero, doubled; never below 2 / (resamples + 1)."""
    import numpy as np

    n = len(resampled_differences)
    tail = min(int(np.sum(resampled_differences <= 0)), int(np.sum(resampled_differences >= 0)))
    return min(1.0, 2 * (tail + 1) / (n + 1))


def mcnemar_exact(only_a: int, only_b: int) -> float:
    """Two-sided exact p that two arms are equally often right, from the cases on which just one of them is."""
    n, k = only_a + only_b, min(only_a, only_b)
    if n == 0:
        return 1.0
    tail = sum(math.comb(n, i) for i in range(k + 1))
    return min(1.0, 2 * tail / (1 << n))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction: p-values that may be read beside each other, in the given order."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted = [1.0] * len(p_values)
    running = 0.0
    for rank, index in enumerate(order):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = running
    return adjusted


def smallest_difference(discordant: int, n_cases: int) -> float:
    """The difference of two shares, 0 to 1, that a paired test of this size detects with 80 % power (5 %, two-sided).

    From the observed discordance, by the normal approximation; at least six discordant cases are assumed, since fewer
    can show nothing at all.
    """
    share = min(1.0, max(discordant, FEWEST_DISCORDANT) / max(n_cases, 1))
    return min(1.0, (_Z + _Z_POWER) * math.sqrt(share / max(n_cases, 1)))


def smallest_difference_of_error(standard_error: float) -> float:
    """The same for any figure, from the bootstrap's standard error of its paired difference."""
    return (_Z + _Z_POWER) * standard_error


def cases_needed(difference: float, variance: float) -> int | None:
    """Cases for a paired test to detect `difference` with 80 % power; `variance` of one case's paired difference (the
    share of discordant cases, for right and wrong). `None` when the difference is zero: no number is enough."""
    if difference == 0:
        return None
    return math.ceil((_Z + _Z_POWER) ** 2 * variance / difference**2)


def calibration_error(confidences: Floats, correct: Floats, bins: int = 10) -> float:
    """Expected calibration error over bins of equal width, 0 to 1: the distance of confidence and correctness in each
    bin, weighted by its cases. Both (n,), n > 0."""
    import numpy as np

    return float(np.abs(calibration_columns(confidences, correct, bins).mean(axis=0)).sum())


def calibration_columns(confidences: Floats, correct: Floats, bins: int = 10) -> Floats:
    """(n, bins): confidence minus correctness, in the column of the case's bin; the expected calibration error is the
    sum of the absolute column means."""
    import numpy as np

    columns: Floats = np.zeros((len(confidences), bins))
    columns[np.arange(len(confidences)), np.minimum((confidences * bins).astype(int), bins - 1)] = confidences - correct
    return columns


def percentile(values: Sequence[float], share: float) -> float | None:
    """The `share` quantile (0 to 1) with linear interpolation; `None` of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    low = math.floor(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)
