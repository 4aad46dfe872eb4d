"""From which probability on to answer, so that no more than a tolerated share of the shown answers is wrong.

The more an answerer refuses, the fewer of its answers are wrong: a curve of risk over coverage (El-Yaniv and Wiener
2010). A bar is *learnt, then tested* (Angelopoulos et al. 2021, arXiv 2110.01052): answers are ordered by the
probability that the answerer itself gives, and each bar on the way down is tested, in an order that is fixed
beforehand, against the hypothesis that more than the tolerated share is wrong above it, by an exact binomial test; the
last bar before the first that fails holds with the stated confidence, though all were tried on the same cases. Above
the k-th highest probability answers are as independent as any, so the test at each k is exact; where cases come in
groups it is the effective number of cases that counts, which is an approximation.

What is reported of a bar comes from cases that it was not fitted on: fitted on four fifths, looked at on the fifth,
five times over. Knows cases by their outcomes, not how they are answered.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

from groundtune.comparison.exact import effective_number, interval_of, likeness_within, p_at_most
from groundtune.comparison.statistics import Interval

FOLDS = 5
POINTS = 20
_STEPS = 40
"""Bars that are tried, about."""
_ALLOWED = 2
"""Testing starts where so many wrong answers would still pass; among few cases, where one or none would."""
_FEWEST_MUST_REFUSE = 0.1
"""Share of the cases that must be refused, below which nothing is known of answering more than by default."""
_MOST_TIMES = 100.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What one case got from an answerer that refuses nothing for being improbable."""

    case_id: str
    language: str
    group: str
    """Cases of one group fail together; one that stands for itself has its own id here."""
    must_refuse: bool
    probability: float | None
    """That the answer is right, as the answerer has it; `None` where there is no answer to show, at any bar."""
    wrong: bool
    """Whether the answer, once shown, is wrong."""


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """What is shown above one bar."""

    bar: float
    shown: int
    wrong: int
    coverage: Interval
    """Shown answers, of all cases."""
    risk: Interval
    """Wrong answers, of those shown."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What bars do on cases that they were not fitted on, all folds together."""

    cases: int
    shown: int
    wrong: int
    coverage: Interval
    coverage_answerable: Interval
    """Of the cases that the documents answer."""
    risk: Interval | None
    """`None` where nothing is shown."""
    folds_without_bar: int
    """Of FOLDS; there everything is refused."""


@dataclass(frozen=True, slots=True)
class LanguageRisk:
    """What can be promised in one language."""

    language: str
    cases: int
    must_refuse: int
    default: RiskPoint
    """At the bar that is used where none was calibrated."""
    bar: float | None
    """From it on no more than the tolerated share is wrong, with the stated confidence; `None`: none shows that."""
    fitted: RiskPoint | None
    """At that bar, on the cases that it was fitted on."""
    held_out: HeldOut
    more_cases: int | None
    """About how many more cases would show it, were they like these; `None` where there is a bar, and where even the
    surest answers are wrong too often."""
    floor: float
    """The bar was not to fall below it: the default, where too few cases must be refused to know of a lower one; 0."""
    curve: tuple[RiskPoint, ...]


def language_risk(
    language: str, replies: Sequence[Reply], *, tolerated: float, confidence: float, default_bar: float
) -> LanguageRisk:
    """`replies` of one language, at least one; `tolerated` and `confidence` between 0 and 1."""
    must_refuse = sum(reply.must_refuse for reply in replies)
    floor = default_bar if must_refuse < _FEWEST_MUST_REFUSE * len(replies) else 0.0
    bar = fit_bar(replies, tolerated=tolerated, confidence=confidence, floor=floor)
    return LanguageRisk(
        language=language,
        cases=len(replies),
        must_refuse=must_refuse,
        default=risk_at(replies, default_bar),
        bar=bar,
        fitted=None if bar is None else risk_at(replies, bar),
        held_out=held_out([replies], tolerated=tolerated, confidence=confidence, floors=[floor]),
        more_cases=None if bar is not None else _more_cases(replies, tolerated, confidence, floor),
        floor=floor,
        curve=risk_curve(replies),
    )


def fit_bar(replies: Sequence[Reply], *, tolerated: float, confidence: float, floor: float = 0.0) -> float | None:
    """The lowest bar, not below `floor`, that tests show to hold; `None` where none is shown to."""
    order = _Order(replies, floor)
    start = _start(order, tolerated, confidence)
    passed: int | None = None
    step = max(1, order.n // _STEPS)
    for k in order.ends if start is not None else ():
        if k < (start or 0) or (passed is not None and k < passed + step and k != order.n):
            continue
        if order.p(k, tolerated) > 1 - confidence:
            break
        passed = k
    return None if passed is None else order.bar(passed)


def risk_at(replies: Sequence[Reply], bar: float) -> RiskPoint:
    """What is shown of `replies`, of which there is one at least, from `bar` on."""
    shown = [reply for reply in replies if _is_shown(reply, bar)]
    return RiskPoint(
        bar,
        len(shown),
        sum(reply.wrong for reply in shown),
        _share([_is_shown(reply, bar) for reply in replies], _groups(replies)),
        _share([reply.wrong for reply in shown], _groups(shown), _likeness(replies)),
    )


def risk_curve(replies: Sequence[Reply], points: int = POINTS) -> tuple[RiskPoint, ...]:
    """From the surest answers to all of them."""
    order = _Order(replies, 0.0)
    step = max(1, math.ceil(order.n / points))
    chosen: list[int] = []
    for k in order.ends:
        if k >= (chosen[-1] if chosen else 0) + step or k == order.n:
            chosen.append(k)
    return tuple(risk_at(replies, order.bar(k)) for k in chosen)


def held_out(
    parts: Sequence[Sequence[Reply]], *, tolerated: float, confidence: float, floors: Sequence[float]
) -> HeldOut:
    """Bars fitted on four fifths of the cases, looked at on the last fifth, for each part (a language) by itself."""
    everything = [reply for part in parts for reply in part]
    shown: list[Reply] = []
    without = 0
    for number in range(FOLDS):
        found = False
        for part, floor in zip(parts, floors, strict=True):
            rest = [reply for reply in part if _fold(reply) != number]
            bar = fit_bar(rest, tolerated=tolerated, confidence=confidence, floor=floor)
            if bar is not None:
                found = True
                shown += [reply for reply in part if _fold(reply) == number and _is_shown(reply, bar)]
        without += not found
    ids = {(reply.language, reply.case_id) for reply in shown}
    answerable = [reply for reply in everything if not reply.must_refuse]

    def covered(replies: Sequence[Reply]) -> Interval:
        return _share([(reply.language, reply.case_id) in ids for reply in replies], _groups(replies))

    return HeldOut(
        cases=len(everything),
        shown=len(shown),
        wrong=sum(reply.wrong for reply in shown),
        coverage=covered(everything),
        coverage_answerable=covered(answerable),
        risk=_share([reply.wrong for reply in shown], _groups(shown), _likeness(everything)) if shown else None,
        folds_without_bar=without,
    )


class _Order:
    """The answers that could be shown from `floor` on, surest first."""

    def __init__(self, replies: Sequence[Reply], floor: float) -> None:
        could = [(reply.probability, reply) for reply in replies if reply.probability is not None]
        could = sorted((pair for pair in could if pair[0] >= floor), key=lambda pair: (-pair[0], pair[1].case_id))
        self._floor = floor
        self._probabilities = [probability for probability, _ in could]
        self._replies = [reply for _, reply in could]
        self._likeness = _likeness(replies)
        self.n = len(could)
        self.ends = [
            k for k in range(1, self.n + 1) if k == self.n or self._probabilities[k] < self._probabilities[k - 1]
        ]
        """How many are shown at each bar that there can be: answers of one probability are shown together."""

    def bar(self, k: int) -> float:
        """Shows the first k and no other."""
        return self._floor if k == self.n else math.nextafter(self._probabilities[k], math.inf)

    def p(self, k: int, tolerated: float, wrong: int | None = None) -> float:
        """The p-value against more than `tolerated` being wrong among the first k, were `wrong` of them so."""
        first = self._replies[:k]
        worth = effective_number(_groups(first), self._likeness)
        seen = sum(reply.wrong for reply in first) if wrong is None else wrong
        return p_at_most(seen * worth / k, worth, tolerated)

    def times_needed(self, k: int, tolerated: float, confidence: float, more_wrong: float) -> float | None:
        """How many times as many cases, were they like these and `more_wrong` answers wrong besides, would show that
        the first k hold."""
        first = self._replies[:k]
        wrong = (sum(reply.wrong for reply in first) + more_wrong) / k
        worth = effective_number(_groups(first), self._likeness)
        low, high = 1.0, _MOST_TIMES
        if wrong >= tolerated or p_at_most(wrong * worth * high, worth * high, tolerated) > 1 - confidence:
            return None
        for _ in range(30):
            middle = (low + high) / 2
            holds = p_at_most(wrong * worth * middle, worth * middle, tolerated) <= 1 - confidence
            low, high = (low, middle) if holds else (middle, high)
        return high


def _start(order: _Order, tolerated: float, confidence: float) -> int | None:
    """The first k that is tested; it hangs on how many cases there are, not on which of them are wrong."""
    for wrong in range(_ALLOWED, -1, -1):
        most = order.n / 2 if wrong else order.n
        first = next((k for k in order.ends if order.p(k, tolerated, wrong) <= 1 - confidence), None)
        if first is not None and first <= most:
            return first
    return None


def _more_cases(replies: Sequence[Reply], tolerated: float, confidence: float, floor: float) -> int | None:
    """From the k that needs the fewest; as it is lucky too, with half an answer more wrong where that can be, which is
    the mean that Jeffreys' prior leaves. Among fewer than ten answers nothing can be told: then what it takes at least.
    """
    order = _Order(replies, floor)
    tried = [k for k in order.ends if k >= max(10, order.n // 10)]
    for more_wrong in (0.5, 0.0):
        times = [order.times_needed(k, tolerated, confidence, more_wrong) for k in tried]
        known = [t for t in times if t is not None]
        if known:
            return max(math.ceil(len(replies) * (min(known) - 1)), 10, len(replies) // 10)
    if tried:
        return None
    fewest = math.log(1 - confidence) / math.log(1 - tolerated)  # right answers in a row that show it
    return max(math.ceil(fewest * len(replies) / max(order.n, 1)) - len(replies), 10)


def _is_shown(reply: Reply, bar: float) -> bool:
    return reply.probability is not None and reply.probability >= bar


def _groups(replies: Sequence[Reply]) -> list[str]:
    return [reply.group for reply in replies]


def _likeness(replies: Sequence[Reply]) -> float:
    """How much more alike in being wrong the answers of one group are, over all that could be shown."""
    could = [reply for reply in replies if reply.probability is not None]
    return likeness_within([float(reply.wrong) for reply in could], _groups(could)) if could else 0.0


def _share(flags: Sequence[bool], groups: Sequence[str], likeness: float | None = None) -> Interval:
    if not flags:
        return interval_of(0, 0)
    if likeness is None:
        likeness = likeness_within([float(flag) for flag in flags], groups)
    worth = effective_number(groups, likeness)
    return interval_of(sum(flags) * worth / len(flags), worth)


def _fold(reply: Reply) -> int:
    return hashlib.sha256(reply.group.encode()).digest()[0] % FOLDS
