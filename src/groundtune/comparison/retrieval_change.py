"""What a change of the index does to finding: the same cases before and after, paired, with intervals.

Takes two finders; knows nothing of what was changed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from groundtune.comparison.retrieval import (
    FindByWeight,
    FittedWeight,
    HitIds,
    RetrievalCase,
    RetrievalFigures,
    fit_weight,
    measure,
    summarise,
)
from groundtune.comparison.statistics import Interval, difference_interval
from groundtune.progress import Progress


@dataclass(frozen=True, slots=True)
class Finders:
    """One index, asked in every way."""

    by_leg: Callable[[str], Callable[[RetrievalCase], Sequence[HitIds]]]
    """A leg's name, or "hybrid", to what finds with it."""
    by_weight: FindByWeight


@dataclass(frozen=True, slots=True)
class Changed:
    """One arm before and after; differences are after minus before over the same cases, with 95 % intervals."""

    arm: str
    before: RetrievalFigures
    after: RetrievalFigures
    recall: Interval
    mrr: Interval
    ndcg: Interval

    def of(self, case_ids: Sequence[str]) -> Changed:
        """The same for some of the cases."""
        wanted = set(case_ids)

        def some(figures: RetrievalFigures) -> RetrievalFigures:
            return summarise(figures.arm, [case for case in figures.cases if case.case_id in wanted], figures.k)

        return changed(some(self.before), some(self.after))


@dataclass(frozen=True, slots=True)
class RetrievalChange:
    arms: tuple[Changed, ...]
    """Each leg that was asked, both together as they are searched, and both with the weight of the other half."""
    weights: tuple[tuple[FittedWeight, ...], tuple[FittedWeight, ...]]
    """Fitted the same way on each half of the cases, before and after; empty where a half has no case."""

    def arm(self, name: str) -> Changed:
        return next(arm for arm in self.arms if arm.arm == name)

    @property
    def main(self) -> Changed:
        """What decides: both legs together, each index with the weight that is fitted to it, where one can be."""
        return self.arms[-1]

    @property
    def better(self) -> bool:
        """Whether the mean reciprocal rank rose beyond chance."""
        return self.main.mrr.low > 0


def retrieval_change(
    cases: Sequence[RetrievalCase],
    before: Finders,
    after: Finders,
    k: int,
    *,
    legs: Sequence[str] = ("dense", "hybrid"),
    progress: Progress | None = None,
) -> RetrievalChange:
    """Measures both over `cases`, of which there must be one at least."""
    arms = [
        changed(
            measure(leg, cases, before.by_leg(leg), k, progress), measure(leg, cases, after.by_leg(leg), k, progress)
        )
        for leg in legs
    ]
    old_weights, old = fit_weight(cases, before.by_weight, k, progress)
    new_weights, new = fit_weight(cases, after.by_weight, k, progress)
    if old is not None and new is not None:
        arms.append(changed(old, new))
    return RetrievalChange(tuple(arms), (old_weights, new_weights))


def changed(
    before: RetrievalFigures, after: RetrievalFigures, groups: Sequence[Hashable | None] | None = None
) -> Changed:
    """`groups`, one for each case, are resampled whole."""
    recall, mrr, ndcg = (
        difference_interval(
            [getattr(case, figure) for case in after.cases], [getattr(case, figure) for case in before.cases], groups
        )
        for figure in ("recall", "reciprocal_rank", "ndcg")
    )
    return Changed(after.arm, before, after, recall, mrr, ndcg)
