"""Scored outcomes become tables: each arm's metrics with intervals, each pair's difference, per slice of the cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal

from groundtune.comparison import statistics
from groundtune.comparison.result import ArmScore, Pair, Part, Slice
from groundtune.comparison.statistics import Bootstrap, interval
from groundtune.types import Arm, Case, Outcome

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PRIMARY: Mapping[str, str] = {"answer": "correct", "classify": "macro_f1"}


@dataclass(frozen=True, slots=True)
class Measurements:
    """Everything that the tables are made from. `outcomes` by arm and case id."""

    kind: Literal["answer", "classify"]
    cases: Sequence[Case]
    arms: Sequence[Arm]
    outcomes: Mapping[tuple[str, str], Outcome]
    labels: Sequence[str]
    seed: int


def slices(measured: Measurements) -> tuple[Slice, ...]:
    """All cases that a person made or checked, then each language where there are several, each whole and split into
    seen and unseen facts; then, apart, the drafted ones that nobody has checked."""
    found = []
    for language, here in _by_language([case for case in measured.cases if not case.drafted]):
        found.append(_slice(measured, here, language, "all"))
        for part, wanted in (("seen", True), ("unseen", False)):
            split = [case for case in here if seen(case, measured.arms) is wanted]
            if split:
                found.append(_slice(measured, split, language, "seen" if part == "seen" else "unseen"))
    for language, here in _by_language([case for case in measured.cases if case.drafted]):
        found.append(_slice(measured, here, language, "drafted"))
    return tuple(found)


def _by_language(cases: Sequence[Case]) -> Iterator[tuple[str | None, Sequence[Case]]]:
    """All cases under `None`, then those of each language where there are several."""
    if cases:
        yield None, cases
    languages = sorted({case.language for case in cases if case.language is not None})
    for language in languages if len(languages) > 1 else []:
        yield language, [case for case in cases if case.language == language]


def seen(case: Case, arms: Sequence[Arm]) -> bool | None:
    """Whether the trained arms' examples state all facts that the case turns on; `None` when that has no meaning."""
    trained = [arm.trained_facts for arm in arms if arm.trained_facts is not None]
    if not trained or not case.fact_ids:
        return None
    return frozenset(case.fact_ids) <= frozenset().union(*trained)


def _slice(measured: Measurements, cases: Sequence[Case], language: str | None, part: Part) -> Slice:
    bootstrap = Bootstrap([case.group for case in cases], seed=measured.seed)
    able = [arm for arm in measured.arms if all(arm.reads(case.language) for case in cases)]
    scores: list[ArmScore] = []
    resampled: dict[str, Floats] = {}
    for arm in measured.arms:
        if arm not in able:
            scores.append(ArmScore(arm.name, applicable=False))
            continue
        outcomes = [measured.outcomes[arm.name, case.id] for case in cases]
        if measured.kind == "answer":
            score, primary = _answer_score(arm.name, cases, outcomes, bootstrap)
        else:
            score, primary = _label_score(arm.name, cases, outcomes, bootstrap, measured.labels)
        scores.append(score)
        resampled[arm.name] = primary
    pairs = _pairs(measured, cases, able, scores, resampled, bootstrap.n_groups) if part in ("all", "drafted") else ()
    return Slice(language, part, len(cases), bootstrap.n_groups, tuple(scores), pairs)


def _answer_score(
    arm: str, cases: Sequence[Case], outcomes: Sequence[Outcome], bootstrap: Bootstrap
) -> tuple[ArmScore, Floats]:
    import numpy as np

    answerable = [case.kind == "answerable" for case in cases]
    columns = {
        "correct": [0.0 if o.error else o.scores["correct"] for o in outcomes],
        "correct_answerable": [_correct(o) if a else np.nan for o, a in zip(outcomes, answerable, strict=True)],
        "first_correct": [
            np.nan if not a else 0.0 if o.error else o.scores["first_correct"]
            for o, a in zip(outcomes, answerable, strict=True)
        ],
        "refused_where_due": [np.nan if a else _correct(o) for o, a in zip(outcomes, answerable, strict=True)],
        "refused_right": [0.0 if o.error else o.scores["refused_right"] for o in outcomes],
        "wrong": [0.0 if o.error else o.scores["wrong"] for o in outcomes],
        **{
            name: [o.scores.get(name, np.nan) for o in outcomes]
            for name in ("evidence_rate", "evidence_precision", "relevance", "written", "length")
        },
    }
    values = np.array(list(columns.values())).T
    means = bootstrap.means(values)
    intervals = {
        name: interval(
            float(np.nanmean(values[:, i])),
            means[:, i],
            groups=None if name == "length" else _groups_with(values[:, i], cases),
        )
        for i, name in enumerate(columns)
        if not np.isnan(values[:, i]).all()
    }
    primary = intervals.pop("correct")
    failures = sum(o.error is not None for o in outcomes)
    return ArmScore(arm, True, len(cases), failures, primary, intervals), means[:, 0]


def _groups_with(column: Floats, cases: Sequence[Case]) -> int:
    """How many independent groups have a value in the column."""
    import numpy as np

    known = [i for i in range(len(cases)) if not np.isnan(column[i])]
    return len({cases[i].group if cases[i].group is not None else ("", i) for i in known})


def _label_score(
    arm: str, cases: Sequence[Case], outcomes: Sequence[Outcome], bootstrap: Bootstrap, labels: Sequence[str]
) -> tuple[ArmScore, Floats]:
    import numpy as np

    number = {label: i for i, label in enumerate(labels)}
    truth = np.array([number[case.label or ""] for case in cases])
    predicted = np.array([-1 if o.error else number.get(o.output.label or "", -1) for o in outcomes])
    k = len(labels)
    resampled = bootstrap.macro_f1(truth, predicted, k)
    primary = interval(statistics.macro_f1(truth, predicted, k), resampled, groups=bootstrap.n_groups)
    correct = np.array([[_correct(o)] for o in outcomes])
    accuracy = interval(float(correct.mean()), bootstrap.means(correct)[:, 0], groups=bootstrap.n_groups)
    others = {"accuracy": accuracy}
    confident = [o for o in outcomes if "confidence" in o.scores]
    if len(confident) == len(outcomes):
        brier = np.array([[o.scores["brier"]] for o in outcomes])
        others["brier"] = interval(float(brier.mean()), bootstrap.means(brier)[:, 0])
        confidences = np.array([o.scores["confidence"] for o in outcomes])
        gaps = statistics.calibration_columns(confidences, correct[:, 0])
        others["ece"] = interval(float(np.abs(gaps.mean(axis=0)).sum()), np.abs(bootstrap.means(gaps)).sum(axis=1))
    failures = sum(o.error is not None for o in outcomes)
    classes = dict(zip(labels, statistics.class_f1(truth, predicted, k), strict=True))
    return ArmScore(arm, True, len(cases), failures, primary, others, classes), resampled


def _pairs(
    measured: Measurements,
    cases: Sequence[Case],
    arms: Sequence[Arm],
    scores: Sequence[ArmScore],
    resampled: Mapping[str, Floats],
    groups: int,
) -> tuple[Pair, ...]:
    value = {score.arm: score.primary.value for score in scores if score.primary is not None}
    pairs = [
        _pair(
            measured,
            cases,
            a.name,
            b.name,
            value[a.name] - value[b.name],
            resampled[a.name] - resampled[b.name],
            groups,
        )
        for a, b in combinations(arms, 2)
    ]
    diagnostic = {arm.name for arm in arms if not arm.recommendable}
    counted = [pair for pair in pairs if not {pair.a, pair.b} & diagnostic]
    adjusted = dict(zip(((p.a, p.b) for p in counted), statistics.holm([pair.p for pair in counted]), strict=True))
    return tuple(
        Pair(
            p.a, p.b, p.n, p.difference, p.p, adjusted.get((p.a, p.b)), p.only_a, p.only_b, p.p_mcnemar,
            p.smallest_difference, p.variance,
        )
        for p in pairs
    )  # fmt: skip


def _pair(
    measured: Measurements, cases: Sequence[Case], a: str, b: str, difference: float, resampled: Floats, groups: int
) -> Pair:
    right = [(_correct(measured.outcomes[a, c.id]), _correct(measured.outcomes[b, c.id])) for c in cases]
    only_a, only_b = sum(x > y for x, y in right), sum(y > x for x, y in right)
    n, error = len(cases), float(resampled.std())
    smallest = max(statistics.smallest_difference_of_error(error), statistics.smallest_difference(only_a + only_b, n))
    return Pair(
        a=a,
        b=b,
        n=n,
        difference=interval(difference, resampled, groups=groups, least=-1.0),
        p=statistics.two_sided_p(resampled),
        p_holm=None,
        only_a=only_a,
        only_b=only_b,
        p_mcnemar=statistics.mcnemar_exact(only_a, only_b),
        smallest_difference=smallest,
        variance=error**2 * n,
    )


def _correct(outcome: Outcome) -> float:
    return 0.0 if outcome.error else outcome.scores["correct"]
