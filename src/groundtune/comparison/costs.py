"""What an arm costs: to build, per thousand calls, per change of knowledge, and over the horizon; in money where the
prices are known, and in hours of this machine where they are not. Break-even between two arms.

Labels without a price count as being there already. What depends on an unknown price is `None`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from groundtune.comparison.result import Comparison, MeasuredArm
from groundtune.comparison.tasks import Needs, Prices

_MS_PER_HOUR = 3_600_000.0
_SECONDS_PER_HOUR = 3_600.0


@dataclass(frozen=True, slots=True)
class Cost:
    """Money in the prices' currency, or hours of this machine."""

    setup: float | None
    """Building it once: training and labels."""
    per_1000: float | None
    """A thousand calls, one at a time."""
    per_change: float | None
    """Learning that a fact changed: training anew, or nothing."""
    total: float | None
    """Over the horizon, with the expected calls and changes."""

    @property
    def is_known(self) -> bool:
        """Whether a break-even with it can be told."""
        return self.setup is not None and self.per_1000 is not None and self.per_change is not None


def money(arm: MeasuredArm, prices: Prices, needs: Needs) -> Cost:
    """An arm on this machine costs its time, one elsewhere its tokens."""
    if arm.offline:
        per_1000 = _times(_hours(arm), prices.machine_per_hour)
    else:
        per_1000 = _tokens(arm, prices)
    training = _times(_training_hours(arm), prices.machine_per_hour)
    labels = (arm.training_examples or 0) * (prices.per_label or 0.0)
    setup = None if training is None else training + labels
    return _cost(arm, setup, per_1000, training, needs, prices.months)


def machine_hours(arm: MeasuredArm, prices: Prices, needs: Needs) -> Cost:
    """The same in hours of this machine; unknown for an arm that runs elsewhere."""
    hours, training = _hours(arm) if arm.offline else None, _training_hours(arm)
    return _cost(arm, training, hours, training, needs, prices.months)


@dataclass(frozen=True, slots=True)
class BreakEven:
    arm: str
    against: str
    calls: float | None
    """In the horizon, from which `arm` is the cheaper one; 0 from the first, `None` never or unknown."""


def break_evens(found: Comparison) -> list[BreakEven]:
    """Every trained arm against every other that can be recommended, in money where it is known, else in hours."""
    needs, prices = found.needs, found.prices
    cost = in_what_is_known(prices)
    usable = [arm for arm in found.arms if arm.recommendable]
    return [
        BreakEven(
            arm.name,
            other.name,
            break_even(cost(arm, prices, needs), cost(other, prices, needs), needs, prices.months),
        )
        for arm in usable
        if arm.training_seconds
        for other in usable
        if other is not arm and not other.training_seconds
    ]


def in_what_is_known(prices: Prices) -> Callable[[MeasuredArm, Prices, Needs], Cost]:
    """Costs in money where a machine hour has a price, else in hours."""
    return money if prices.machine_per_hour is not None else machine_hours


def break_even(a: Cost, b: Cost, needs: Needs, months: float) -> float | None:
    """The number of calls in the horizon from which `a`, dearer to build, is cheaper than `b`.

    (setup_a - setup_b + changes · (per_change_a - per_change_b)) / (per_call_b - per_call_a); 0 when it is cheaper from
    the first call; `None` when that never happens or something is unknown.
    """
    if a.setup is None or a.per_1000 is None or a.per_change is None:
        return None
    if b.setup is None or b.per_1000 is None or b.per_change is None:
        return None
    changes = (needs.knowledge_changes_per_month or 0.0) * months
    dearer = a.setup - b.setup + changes * (a.per_change - b.per_change)
    saved_per_call = (b.per_1000 - a.per_1000) / 1000
    if dearer <= 0 and saved_per_call >= 0:
        return 0.0
    return dearer / saved_per_call if saved_per_call > 0 else None


def _cost(
    arm: MeasuredArm, setup: float | None, per_1000: float | None, training: float | None, needs: Needs, months: float
) -> Cost:
    per_change = training if arm.update == "retrain" else 0.0
    calls, changes = needs.queries_per_month, needs.knowledge_changes_per_month or 0.0
    total = None
    if setup is not None and per_1000 is not None and calls is not None and (per_change is not None or not changes):
        total = setup + calls * months * per_1000 / 1000 + changes * months * (per_change or 0.0)
    return Cost(setup, per_1000, per_change, total)


def _hours(arm: MeasuredArm) -> float | None:
    """Of a thousand calls."""
    return None if arm.latency_mean_ms is None else 1000 * arm.latency_mean_ms / _MS_PER_HOUR


def _training_hours(arm: MeasuredArm) -> float | None:
    return None if arm.training_seconds is None else arm.training_seconds / _SECONDS_PER_HOUR


def _tokens(arm: MeasuredArm, prices: Prices) -> float | None:
    prompt = _times(arm.prompt_tokens, prices.prompt_per_million_tokens)
    completion = _times(arm.completion_tokens, prices.completion_per_million_tokens)
    return None if prompt is None or completion is None else 1000 * (prompt + completion) / 1_000_000


def _times(amount: float | None, price: float | None) -> float | None:
    if amount == 0:
        return 0.0
    return None if amount is None or price is None else amount * price
