"""Risk over coverage in words and as a curve: the page of a calibration, and a section of a comparison's report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from groundtune.comparison import charts, wording
from groundtune.comparison.charts import Point, Scale
from groundtune.comparison.html import Html, h, join
from groundtune.comparison.page import in_languages, write_page
from groundtune.comparison.report_base import Report, Words, figures, main_slices, section
from groundtune.comparison.result import Comparison, Slice
from groundtune.comparison.risk import FOLDS, HeldOut, LanguageRisk, Reply, RiskPoint, risk_curve
from groundtune.comparison.wording import percent, span
from groundtune.i18n import Message, say

_FEWEST = 10
"""Answers below which no curve is drawn."""


def promise(part: LanguageRisk, tolerated: float) -> Message:
    """What can be held to in one language, or how much is missing for that."""
    share = percent(tolerated)
    if part.bar is not None:
        return say("at most {share} of the shown answers are wrong, from a probability of {bar} on.", share=share,
                   bar=f"{part.bar:.3f}")  # fmt: skip
    if part.more_cases is not None:
        return say(
            "not enough cases to hold to {share}: about {n} more, were they like these {cases}.",
            share=share,
            n=f"{part.more_cases:,}",
            cases=f"{part.cases:,}",
        )
    return say("{share} can't be held to: even the surest answers are wrong more often.", share=share)


def on_unseen_cases(part: LanguageRisk) -> Iterator[Message]:
    seen = part.held_out
    if part.bar is None:
        return
    if seen.risk is None:
        yield say("On fewer cases, four fifths of these, no bar is found: this one hangs by a thread.")
        return
    yield say(
        "On cases that it was not fitted on: {coverage} answered [{span}], of those that the documents answer "
        "{answerable} [{answerable_span}]; {risk} of the answers wrong [{risk_span}], {wrong} of {shown}.",
        coverage=percent(seen.coverage.value),
        span=span(seen.coverage),
        answerable=percent(seen.coverage_answerable.value),
        answerable_span=span(seen.coverage_answerable),
        risk=percent(seen.risk.value),
        risk_span=span(seen.risk),
        wrong=seen.wrong,
        shown=seen.shown,
    )
    if seen.folds_without_bar:
        yield say(
            "In {n} of {folds} parts no bar was found, and everything counted as refused there.",
            n=seen.folds_without_bar,
            folds=FOLDS,
        )


def as_it_came(part: LanguageRisk) -> Message:
    point = part.default
    return say(
        "With the bar that comes with groundtune: {coverage} answered [{span}], {risk} of the answers wrong "
        "[{risk_span}], {wrong} of {shown}.",
        coverage=percent(point.coverage.value),
        span=span(point.coverage),
        risk=percent(point.risk.value) if point.shown else wording.UNKNOWN,
        risk_span=span(point.risk),
        wrong=point.wrong,
        shown=point.shown,
    )


def what_limits(part: LanguageRisk) -> Iterator[Message]:
    yield say(
        "{cases} {cases:|case|cases}, of which {n} must be refused. It holds for questions like these: what people ask "
        "must be in them as often as they ask it.",
        cases=f"{part.cases:,}",
        n=f"{part.must_refuse:,}",
    )
    if part.floor:
        yield say(
            "Fewer than a tenth of the cases must be refused, so nothing is known of answering more than by default; "
            "the bar doesn't fall below {floor}.",
            floor=f"{part.floor:.3f}",
        )


def sketch(drafted: int) -> Message:
    return say(
        "A sketch: {n} of the cases {n:|is a draft|are drafts} that nobody has checked. Drafts are easier than what "
        "people ask, so more is wrong than this says.",
        n=f"{drafted:,}",
    )


def write_calibration(
    parts: Sequence[LanguageRisk],
    overall: HeldOut,
    path: Path,
    *,
    answerer: str,
    tolerated: float,
    confidence: float,
    drafted: int,
    day: str,
    lang: str,
) -> Path:
    """Writes the page of a calibration; returns its path."""

    def body(w: Words) -> Html:
        lead = say(
            "Answers of {answerer}, calibrated on {day}: at most {share} of the shown ones may be wrong, with a "
            "confidence of {confidence}.",
            answerer=answerer,
            day=day,
            share=percent(tolerated),
            confidence=percent(confidence),
        )
        opening = h("header", h("h1", w(say("Risk and coverage"))), h("p", w(lead), class_="lead"))
        warning = h("p", w(sketch(drafted)), class_="note") if drafted else None
        return join(opening, warning, *[_part(part, tolerated, w) for part in parts], _method(overall, w))

    return write_page(path, "calibration", [h("article", *in_languages(body))], lang=lang)


def _part(part: LanguageRisk, tolerated: float, w: Words) -> Html:
    lines = [*on_unseen_cases(part), as_it_came(part), *what_limits(part)]
    return section(
        w(wording.slice_name(part.language, part.cases)),
        None,
        h("p", _as_a_sentence(w(promise(part, tolerated))), class_="headline"),
        h("ul", *[h("li", w(line)) for line in lines]),
        _drawn([part.curve], w, tolerated) if len(part.curve) > 1 else None,
    )


def _as_a_sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _method(overall: HeldOut, w: Words) -> Html:
    how = say(
        "Answers are ordered by the probability that the answerer gives them. From the surest on, each bar is tested "
        "against the tolerated share by an exact binomial test in a fixed order, and the last that passes before the "
        "first that fails is taken (Learn then Test, Angelopoulos et al. 2021). Intervals are exact (Clopper and "
        "Pearson), for cases of one group with their effective number. What is reported comes from cases that the bar "
        "was not fitted on."
    )
    seen = None
    if overall.risk is not None:
        seen = h(
            "p",
            w(
                say(
                    "All languages, on cases that the bars were not fitted on: {coverage} answered [{span}], "
                    "{risk} of the answers wrong [{risk_span}].",
                    coverage=percent(overall.coverage.value),
                    span=span(overall.coverage),
                    risk=percent(overall.risk.value),
                    risk_span=span(overall.risk),
                )
            ),
        )
    return section(w(say("How this was found")), w(how), seen)


def risk_and_coverage(report: Report, w: Words) -> Html | None:
    """The curve of each approach that says how probable its answers are, in each language."""
    found = report.comparison
    if found.kind != "answer":
        return None
    drawn = [part for part in (_curves_of(found, part, w) for part in main_slices(found)) if part is not None]
    if not drawn:
        return None
    about = say(
        "An approach that says how probable its answers are can refuse more: fewer are answered, and fewer wrongly. "
        "From left to right more is answered, up to what it answers now. To hold to a share: groundtune calibrate."
    )
    return section(w(say("Risk and coverage")), w(about), *drawn)


def _curves_of(found: Comparison, part: Slice, w: Words) -> Html | None:
    curves: dict[str, tuple[RiskPoint, ...]] = {}
    for score in part.arms:
        replies = _replies(found, part, score.arm) if score.applicable else []
        if sum(reply.probability is not None for reply in replies) >= _FEWEST:
            curves[score.arm] = risk_curve(replies)
    if not curves:
        return None
    legend = [h("li", h("i", class_=f"line{i % 4}"), arm) for i, arm in enumerate(curves)]
    return join(
        h("h3", w(wording.slice_name(part.language, part.n))),
        h("ul", *legend, class_="legend"),
        _drawn(list(curves.values()), w, names=list(curves)),
    )


def _replies(found: Comparison, part: Slice, arm: str) -> list[Reply]:
    replies = []
    for case in found.counted:
        outcome = case.outcomes.get(arm)
        if outcome is not None and part.language in (None, case.language):
            shown = not outcome.refused and not outcome.error
            replies.append(
                Reply(
                    case.id,
                    case.language or "",
                    case.group if case.group is not None else f"case {case.id}",
                    case.kind != "answerable",
                    outcome.probability if shown else None,
                    not outcome.correct,
                )
            )
    return replies


def _drawn(
    curves: Sequence[Sequence[RiskPoint]], w: Words, tolerated: float | None = None, names: Sequence[str] = ()
) -> Html:
    title = w(say("Wrong answers, of those shown"))
    highest = max(point.risk.value for points in curves for point in points)
    top = min(1.0, max(0.1, -(-1.5 * highest * 10 // 1) / 10, 2 * (tolerated or 0.0)))
    series = [
        [Point("", p.coverage.value, p.risk.value, min(p.risk.low, top), min(p.risk.high, top)) for p in points]
        for points in curves
    ]
    how_to_read = w(
        say(
            "Across: the share of the cases that is answered. Upwards: the share of the answers that is wrong, with "
            "its 95% interval."
        )
    )
    drawn = charts.curve(
        series,
        Scale(0.0, 1.0, left=8),
        Scale(0.0, top),
        title=title,
        description=how_to_read,
        shares=True,
        level=tolerated,
    )
    head = [w(say("Answered")), w(say("Interval")), title, w(say("Interval")), w(say("From a probability of"))]
    rows = [
        [
            percent(p.coverage.value),
            span(p.coverage),
            f"{percent(p.risk.value)} ({p.wrong} / {p.shown})",
            span(p.risk),
            f"{p.bar:.3f}",
        ]
        for points in curves
        for p in points
    ]
    if names:
        head = [w(say("Approach")), *head]
        owners = [name for name, points in zip(names, curves, strict=True) for _ in points]
        rows = [[name, *row] for name, row in zip(owners, rows, strict=True)]
    return join(h("p", how_to_read, class_="note"), h("figure", drawn), figures(head, rows, w))
