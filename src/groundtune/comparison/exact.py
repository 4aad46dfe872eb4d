"""Exact binomial intervals: how large a share may still be, of which so many were seen in so many cases.

Clopper and Pearson (1934), by the beta distribution; where cases come in groups that fail together, with the effective
number of cases in place of their number (Korn and Graubard 1998), which may be a fraction. Numbers in, numbers out.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence

from groundtune.comparison.statistics import Interval

_STEPS = 60
_TINY = 1e-300


def interval_of(count: float, n: float, confidence: float = 0.95) -> Interval:
    """The share count / n with its two-sided interval; 0 to 1 where there is no case at all (then the share is 0)."""
    if n <= 0:
        return Interval(0.0, 0.0, 1.0)
    rest = (1 - confidence) / 2
    low = 0.0 if count <= 0 else _beta_quantile(rest, count, n - count + 1)
    return Interval(count / n, low, upper_bound(count, n, 1 - rest))


def upper_bound(count: float, n: float, confidence: float) -> float:
    """The largest share that is still compatible with `count` in `n`, one-sided."""
    return 1.0 if count >= n else _beta_quantile(confidence, count + 1, n - count)


def p_at_most(count: float, n: float, share: float) -> float:
    """The probability of `count` or fewer in `n` where each has the probability `share`: an exact p-value against the
    hypothesis that the share is at least so large."""
    return 1.0 if count >= n else 1 - _beta_cdf(share, count + 1, n - count)


def likeness_within(values: Sequence[float], groups: Sequence[Hashable]) -> float:
    """The intraclass correlation, 0 to 1: how much more alike cases of one group are (by analysis of variance).

    1 where all are of one group, since nothing can tell then; 0 where each stands for itself.
    """
    sizes = Counter(groups)
    n, k = len(values), len(sizes)
    if n == k:
        return 0.0
    if k == 1:
        return 1.0
    mean = sum(values) / n
    sums: Counter[Hashable] = Counter()
    for value, group in zip(values, groups, strict=True):
        sums[group] += value  # type: ignore[assignment]
    between = sum(sizes[g] * (sums[g] / sizes[g] - mean) ** 2 for g in sizes) / (k - 1)
    within = sum((v - sums[g] / sizes[g]) ** 2 for v, g in zip(values, groups, strict=True)) / (n - k)
    typical = (n - sum(size**2 for size in sizes.values()) / n) / (k - 1)
    spread = between + (typical - 1) * within
    return min(1.0, max(0.0, (between - within) / spread)) if spread > 0 else 0.0


def effective_number(groups: Sequence[Hashable], likeness: float) -> float:
    """How many independent cases these are worth; `likeness` as `likeness_within` gives it (Kish 1965)."""
    n = len(groups)
    if not n:
        return 0.0
    typical = sum(size**2 for size in Counter(groups).values()) / n
    return n / (1 + (typical - 1) * likeness)


def _beta_quantile(p: float, a: float, b: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if _beta_cdf(middle, a, b) < p else (low, middle)
    return (low + high) / 2


def _beta_cdf(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, by its continued fraction (Lentz's method)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta_cdf(1 - x, b, a)
    front = a * math.log(x) + b * math.log1p(-x) + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    fraction = d
    for m in range(1, 10_000):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _away_from_zero(1 + step * d)
            c = _away_from_zero(1 + step / c)
            fraction *= c * d
        if abs(c * d - 1) < 1e-12:
            break
    return math.exp(front) * fraction / a


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
