"""The rule by which an arm is chosen: hard needs first, then quality with its interval, then cost. Nothing is worded
here but the reason for each arm's place.

1. Arms that break a hard need are out. 2. The best is the one with the highest primary metric. 3. Candidates are those
whose loss against the best is surely below the margin (paired interval). 4. Among them: with high risk the fewest wrong
answers; a classical method before a model; then the lowest cost. 5. An arm that would come first but is neither surely
within the margin nor surely worse leaves the choice open: more cases are needed. 6. So does a choice that isn't surely
better than the trivial arm, where more cases could show it; and one without anything to compare with.

“Surely” takes an interval that excludes zero, and six cases and groups or more on which the two differ: with fewer, no
exact test says anything, whatever resampling does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from groundtune.comparison import costs
from groundtune.comparison.result import Comparison, MeasuredArm, Pair, Slice
from groundtune.comparison.statistics import FEWEST_DISCORDANT, Interval, cases_needed
from groundtune.comparison.tasks import Needs, Prices
from groundtune.comparison.verdict import Standing, Status
from groundtune.i18n import Message, say

LEAST_MARGIN, MOST_MARGIN = 0.01, 0.05
_SECONDS_PER_MONTH = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Yardstick:
    """How the arms' costs were compared: the first kind of cost that is known for all of them."""

    name: Message
    of: Callable[[MeasuredArm], float | None]


@dataclass(frozen=True, slots=True)
class Choice:
    status: Status
    arm: str | None
    best: str | None
    margin: float
    standings: tuple[Standing, ...]
    yardstick: Yardstick | None = None
    open_arms: tuple[str, ...] = ()
    """Arms that would be chosen, were they surely within the margin."""
    more_cases: int | None = None
    floor: str | None = None
    """The trivial arm that the chosen one isn't surely better than."""
    alone: bool = False
    """Whether nothing else was measured, not even a trivial arm."""


def choose(needs: Needs, prices: Prices, found: Comparison, part: Slice) -> Choice:
    """The choice on one slice of the comparison."""
    standings = [place for arm in found.arms if (place := _barred(arm, needs, found, part)) is not None]
    barred = {place.arm for place in standings}
    arms = [arm for arm in found.arms if arm.name not in barred]
    if not arms:
        return Choice("impossible", None, None, needs.margin or LEAST_MARGIN, tuple(standings))
    yardstick = _yardstick(arms, prices, needs)

    def first(arm: MeasuredArm) -> tuple[float, bool, float, float]:
        wrong = _other(part, arm.name, "wrong") if needs.high_risk else 0.0
        return (round(wrong, 4), arm.family != "baseline", yardstick.of(arm) or 0.0, arm.latency_p50_ms or 0.0)

    best = min(arms, key=lambda arm: (-value(part, arm.name), first(arm)))
    margin = _margin(needs, part, best.name, [arm.name for arm in arms])
    behind = {arm.name: difference(part, arm.name, best.name) for arm in arms if arm is not best}
    candidates = [best] + [arm for arm in arms if arm is not best and behind[arm.name].low > -margin]
    beaten = [arm for arm in arms if arm not in candidates and surely(part, best.name, arm.name)]
    undecided = [arm for arm in arms if arm not in candidates and arm not in beaten]
    chosen = min(candidates, key=first)
    opening = tuple(arm for arm in undecided if first(arm) < first(chosen))
    for arm in arms:
        standings.append(_place(arm, behind.get(arm.name), margin, candidates, beaten))
    floors = _floors(found, part)
    floor = next((name for name in floors if not surely(part, chosen.name, name)), None)
    alone = len(arms) == 1 and not floors
    status: Status = "recommended"
    more = None
    if floor is not None:
        more = _cases_to_beat(part, chosen.name, floor)
        status = "not_useful" if more is None else "not_enough_data"
        opening = ()
    elif alone:
        status, more = "not_enough_data", None
    elif opening:
        status = "not_enough_data"
        more = max(_more_cases(part, arm.name, best.name, behind[arm.name].value, margin) for arm in opening)
    names = tuple(arm.name for arm in opening)
    return Choice(status, chosen.name, best.name, margin, tuple(standings), yardstick, names, more, floor, alone)


def value(part: Slice, arm: str) -> float:
    """The primary metric of an arm that competes in this slice."""
    score = part.score(arm)
    assert score is not None
    assert score.primary is not None
    return score.primary.value


def pair_of(part: Slice, a: str, b: str) -> Pair:
    return next(pair for pair in part.pairs if {pair.a, pair.b} == {a, b})


def difference(part: Slice, a: str, b: str) -> Interval:
    """a's primary metric minus b's, whichever way round the pair was kept."""
    pair = pair_of(part, a, b)
    d = pair.difference
    return d if pair.a == a else Interval(-d.value, -d.high, -d.low)


def surely(part: Slice, a: str, b: str) -> bool:
    """Whether a is better than b beyond what these cases leave open."""
    pair = pair_of(part, a, b)
    enough = min(pair.only_a + pair.only_b, part.groups) >= FEWEST_DISCORDANT
    return enough and difference(part, a, b).low > 0


def _other(part: Slice, arm: str, metric: str) -> float:
    score = part.score(arm)
    found = score.others.get(metric) if score is not None else None
    return found.value if found is not None else 0.0


def _barred(arm: MeasuredArm, needs: Needs, found: Comparison, part: Slice) -> Standing | None:
    """Why an arm doesn't compete, or `None` when it does."""
    score = part.score(arm.name)
    if not arm.recommendable:
        return Standing(arm.name, "diagnostic", say("Measured as a yardstick only."))
    if score is None or not score.applicable:
        return Standing(arm.name, "not_applicable", say("Its model doesn't read this language."))
    if score.failures == score.n:
        return Standing(arm.name, "excluded", say("Every call failed."))
    broken = _broken_need(arm, needs, found.kind)
    return Standing(arm.name, "excluded", broken) if broken is not None else None


def _broken_need(arm: MeasuredArm, needs: Needs, kind: str) -> Message | None:
    if needs.must_cite and kind == "answer" and not arm.cites:
        return say("Each answer must cite, and it shows no checked evidence.")
    if needs.offline and not arm.offline:
        return say("Nothing may leave the machine, and it calls another one.")
    limit = needs.p95_latency_ms
    if limit is not None and arm.latency_p95_ms is not None and arm.latency_p95_ms > limit:
        return say("p95 is {p95} ms, {limit} ms are allowed.", p95=f"{arm.latency_p95_ms:,.0f}", limit=f"{limit:,.0f}")
    changes = needs.knowledge_changes_per_month
    if changes and arm.update == "retrain" and (arm.training_seconds or 0.0) * changes > _SECONDS_PER_MONTH:
        return say(
            "With {changes} changes a month it would still be in training when the next one comes.",
            changes=f"{changes:g}",
        )
    return None


def _margin(needs: Needs, part: Slice, best: str, arms: Sequence[str]) -> float:
    """The need's margin, else half of what the cases could show between the two best, within 1 to 5 points."""
    if needs.margin is not None:
        return needs.margin
    others = sorted((name for name in arms if name != best), key=lambda name: -value(part, name))
    if not others:
        return LEAST_MARGIN
    return min(MOST_MARGIN, max(LEAST_MARGIN, pair_of(part, best, others[0]).smallest_difference / 2))


def _yardstick(arms: Sequence[MeasuredArm], prices: Prices, needs: Needs) -> Yardstick:
    options = (
        Yardstick(
            say("{currency} over {months} months", currency=prices.currency, months=f"{prices.months:g}"),
            lambda arm: costs.money(arm, prices, needs).total,
        ),
        Yardstick(
            say("machine hours over {months} months", months=f"{prices.months:g}"),
            lambda arm: costs.machine_hours(arm, prices, needs).total,
        ),
        Yardstick(
            say("{currency} per 1,000 calls", currency=prices.currency),
            lambda arm: costs.money(arm, prices, needs).per_1000,
        ),
        Yardstick(say("machine hours per 1,000 calls"), lambda arm: costs.machine_hours(arm, prices, needs).per_1000),
        Yardstick(say("milliseconds per call"), lambda arm: arm.latency_mean_ms),
    )
    return next((option for option in options if all(option.of(arm) is not None for arm in arms)), options[-1])


def _place(
    arm: MeasuredArm,
    behind: Interval | None,
    margin: float,
    candidates: Sequence[MeasuredArm],
    beaten: Sequence[MeasuredArm],
) -> Standing:
    if behind is None:
        return Standing(arm.name, "candidate", say("The highest measured quality."))
    figures = {"difference": points(behind.value), "low": points(behind.low), "high": points(behind.high)}
    if arm in candidates:
        why = say(
            "Within the margin of {margin} points of the best: {difference} points [{low}, {high}].",
            margin=f"{100 * margin:.1f}",
            **figures,
        )
        return Standing(arm.name, "candidate", why, behind)
    if arm in beaten:
        return Standing(
            arm.name,
            "beaten",
            say("Surely worse than the best: {difference} points [{low}, {high}].", **figures),
            behind,
        )
    why = say(
        "Neither surely worse than the best nor surely within {margin} points of it: {difference} points "
        "[{low}, {high}].",
        margin=f"{100 * margin:.1f}",
        **figures,
    )
    return Standing(arm.name, "undecided", why, behind)


def points(share: float) -> str:
    """A difference of shares in points, with its sign."""
    return f"{round(100 * share, 1) + 0.0:+.1f}".replace("-", "−")


def _floors(found: Comparison, part: Slice) -> list[str]:
    """The trivial arms that were measured on this slice."""
    return [
        arm.name
        for arm in found.arms
        if arm.family == "baseline"
        and not arm.recommendable
        and (score := part.score(arm.name)) is not None
        and score.applicable
    ]


def _cases_to_beat(part: Slice, chosen: str, floor: str) -> int | None:
    """Cases that are missing to show the chosen arm as better than the trivial one; `None` where it measures no better,
    or would take more than ten times as many as there are."""
    ahead = difference(part, chosen, floor).value
    if ahead <= 0:
        return None
    pair = pair_of(part, chosen, floor)
    differing = max(pair.only_a + pair.only_b, 1) / part.n
    needed = max(cases_needed(ahead, pair.variance) or 0, round(FEWEST_DISCORDANT / differing))
    missing = max(needed - part.n, max(10, part.n // 10))
    return missing if missing <= 10 * max(part.n, 10) else None


def _more_cases(part: Slice, arm: str, best: str, behind: float, margin: float) -> int:
    """Cases that are missing to tell the arm as within the margin, or as worse, whichever shows sooner."""
    shows = max(margin + behind, -behind)
    needed = cases_needed(shows, pair_of(part, arm, best).variance) or part.n
    return max(needed - part.n, max(10, part.n // 10))
