"""Sections of the report on quality: results, the risk in each language, paired differences."""

from __future__ import annotations

from collections.abc import Sequence

from groundtune.comparison import charts, costs, wording
from groundtune.comparison.charts import Bar, Row, Scale
from groundtune.comparison.html import Html, h, join
from groundtune.comparison.report_base import (
    Report,
    Words,
    figure_cell,
    figures,
    main_slices,
    named,
    ranked,
    section,
)
from groundtune.comparison.result import ArmScore, Comparison, MeasuredArm, Pair, Slice
from groundtune.comparison.wording import UNKNOWN, amount, milliseconds, p_value, percent, signed
from groundtune.i18n import Message, say

_SECONDARY: dict[str, dict[str, Message]] = {
    "answer": {
        "first_correct": say("First sentence right, where there is an answer"),
        "wrong": say("Wrong answers"),
        "refused_where_due": say("Refused where due"),
        "evidence_precision": say("Quotes that state the answer"),
        "written": say("Answers in the model's own words"),
    },
    "classify": {"accuracy": say("Accuracy"), "ece": say("Calibration error")},
}
_OUTCOMES: dict[str, Message] = {
    "right": say("right answer"),
    "refused": say("rightly refused"),
    "silent": say("refused, though the documents answer it"),
    "wrong": say("wrong answer"),
    "failed": say("failure"),
}


def results(report: Report, w: Words) -> Html:
    found = report.comparison
    about = say(
        "Each figure with its 95% interval (bootstrap, {resamples} resamples).",
        resamples=f"{found.provenance.resamples:,}",
    )
    hints = [w(about)]
    if any(not score.applicable for part in main_slices(found) for score in part.arms):
        hints.append(w(say("“Not applicable”: the model doesn't read the language. It is not a zero.")))
    if any(arm.family == "ceiling" for arm in found.arms):
        hints.append(w(say("The ceiling is handed the right passages; it shows what perfect search would bring.")))
    return section(
        w(say("Results")),
        " ".join(hints),
        *[
            join(
                h("h3", w(wording.slice_name(part.language, part.n))),
                _result_table(report, part, w),
                h("figure", _interval_chart(report, part, w)),
            )
            for part in main_slices(found)
        ],
    )


def _result_table(report: Report, part: Slice, w: Words) -> Html:
    found = report.comparison
    secondary = _SECONDARY[found.kind]
    titles = [
        w(wording.METRICS[found.metric]),
        *[w(title) for title in secondary.values()],
        w(say("p50 / p95, ms")),
        w(say("1,000 calls")),
        w(say("Training")),
        w(say("Failures")),
    ]
    head = h(
        "tr",
        h("th", w(say("Approach")), scope="col"),
        *[h("th", title, scope="col", class_="n") for title in titles],
    )
    rows = [_result_row(report, part, score, tuple(secondary), w) for score in ranked(part) if score.applicable]
    absent = ", ".join(score.arm for score in ranked(part) if not score.applicable)
    if absent:
        told = w(say("Not applicable here: {arms}.", arms=absent))
        rows.append(h("tr", h("td", named(told, found), colspan=len(titles) + 1), class_="absent"))
    made = h("table", h("thead", head), h("tbody", *rows))
    return h("div", made, class_="scroll wide", tabindex=0, role="region", aria_label=w(say("Results")))


def _result_row(report: Report, part: Slice, score: ArmScore, secondary: Sequence[str], w: Words) -> Html:
    arm = report.comparison.arm(score.arm)
    name = h("th", arm.name, h("span", w(wording.FAMILIES[arm.family]), class_="sub"), scope="row")
    primary = score.primary
    cells = [
        figure_cell(percent(primary.value) if primary else UNKNOWN, wording.span(primary)),
        *[
            figure_cell(percent(found.value), wording.span(found)) if found else figure_cell(UNKNOWN)
            for found in (score.others.get(metric) for metric in secondary)
        ],
        figure_cell(f"{milliseconds(arm.latency_p50_ms)} / {milliseconds(arm.latency_p95_ms)}"),
        figure_cell(_cost_per_1000(report, arm)),
        figure_cell(wording.seconds(arm.training_seconds) if arm.training_seconds else UNKNOWN),
        figure_cell(str(score.failures)),
    ]
    return h("tr", name, *cells, class_="chosen" if score.arm == report.chosen(part.language) else None)


def _cost_per_1000(report: Report, arm: MeasuredArm) -> str:
    found = report.comparison
    money = costs.money(arm, found.prices, found.needs).per_1000
    return f"{amount(money)} {found.prices.currency}" if money is not None else wording.machine_time(arm)


def _interval_chart(report: Report, part: Slice, w: Words) -> Html:
    rows = [
        Row(
            score.arm,
            score.primary.value,
            score.primary.low,
            score.primary.high,
            f"{percent(score.primary.value)}  [{wording.span(score.primary)}]",
            report.look(score.arm, part.language),
        )
        for score in ranked(part)
        if score.primary is not None
    ]
    return charts.intervals(
        rows,
        charts.share_scale([row.low for row in rows]),
        title=w(wording.METRICS[report.comparison.metric]),
        description=w(say("One row per approach: the dot is the measured value, the line its 95% interval.")),
    )


def composition(report: Report, w: Words) -> Html | None:
    """What each arm's answers consist of, per language: who is wrong, who is silent."""
    found = report.comparison
    if found.kind != "answer":
        return None
    legend = [h("li", h("i", class_=look), w(name)) for look, name in _OUTCOMES.items()]
    about = say("A wrong answer harms its reader; a needless refusal costs a question.")
    return section(
        w(say("The risk in each language")),
        w(about),
        h("ul", *legend, class_="legend"),
        *[_composition_of(found, part, w) for part in main_slices(found)],
    )


def _composition_of(found: Comparison, part: Slice, w: Words) -> Html:
    title = w(wording.slice_name(part.language, part.n))
    shares = {score.arm: _shares(found, part, score.arm) for score in ranked(part) if score.applicable}
    bars = [
        Bar(
            arm, tuple((share, look) for look, share in of.items()), w(say("{share} wrong", share=percent(of["wrong"])))
        )
        for arm, of in shares.items()
    ]
    description = w(say("One bar per approach: the shares of right, rightly refused, silent, wrong and failed."))
    rows = [[arm, *[percent(share) for share in of.values()]] for arm, of in shares.items()]
    return join(
        h("h3", title),
        h("figure", charts.stacked(bars, title=title, description=description)),
        figures([w(say("Approach")), *[w(name) for name in _OUTCOMES.values()]], rows, w),
    )


def _shares(found: Comparison, part: Slice, arm: str) -> dict[str, float]:
    counts = dict.fromkeys(_OUTCOMES, 0)
    for case in found.counted:
        if part.language is not None and case.language != part.language:
            continue
        outcome = case.outcomes[arm]
        if outcome.error:
            counts["failed"] += 1
        elif outcome.refused:
            counts["refused" if outcome.correct else "silent" if case.kind == "answerable" else "wrong"] += 1
        else:
            counts["right" if outcome.correct else "wrong"] += 1
    return {name: count / part.n for name, count in counts.items()}


def differences(report: Report, w: Words) -> Html | None:
    """Each arm against the one that the verdict names, paired."""
    shown = [_differences_of(report, part, w) for part in main_slices(report.comparison)]
    if not any(shown):
        return None
    about = say(
        "Differences in points on the same cases, with 95% intervals, resampled by group. What these cases can't show "
        "is listed too: a difference below the smallest that could show stays unseen, and then nothing is proven equal."
    )
    return section(w(say("Differences")), w(about), *shown)


def _differences_of(report: Report, part: Slice, w: Words) -> Html | None:
    chosen = report.chosen(part.language)
    turned = sorted(
        (_turned(pair, chosen) for pair in part.pairs if chosen in (pair.a, pair.b)), key=lambda p: p.difference.value
    )
    if chosen is None or not turned:
        return None
    lines = [_difference_row(p) for p in turned]
    reach = max(0.1, *[abs(end) for row in lines for end in (row.low, row.high)])
    reach = -(-reach * 10 // 1) / 10
    head = [
        w(say("Against")),
        w(say("Difference, points")),
        w(say("Interval")),
        w(say("Only one right")),
        w(say("p (Holm)")),
        w(say("p (McNemar)")),
        w(say("Smallest that could show")),
    ]
    rows = [
        [
            p.b,
            signed(p.difference.value),
            wording.signed_span(p.difference),
            f"{p.only_a} / {p.only_b}",
            p_value(p.p_holm),
            p_value(p.p_mcnemar),
            f"{100 * p.smallest_difference:.1f}",
        ]
        for p in turned
    ]
    title = w(say("{arm} minus each other approach", arm=chosen))
    description = w(say("One row per approach; right of the dashed line the named one is better."))
    drawn = charts.intervals(lines, Scale(-reach, reach), title=title, description=description, signed=True)
    heading = w(say("{slice}: {title}", slice=wording.language_name(part.language), title=title))
    return join(h("h3", heading), h("figure", drawn), figures(head, rows, w))


def _difference_row(pair: Pair) -> Row:
    d = pair.difference
    return Row(pair.b, d.value, d.low, d.high, f"{signed(d.value)}  [{wording.signed_span(d)}]")


def _turned(pair: Pair, first: str | None) -> Pair:
    """The pair with `first` as its a."""
    if pair.a == first:
        return pair
    d = pair.difference
    turned = type(d)(-d.value, -d.high, -d.low)
    return Pair(
        pair.b, pair.a, pair.n, turned, pair.p, pair.p_holm, pair.only_b, pair.only_a, pair.p_mcnemar,
        pair.smallest_difference, pair.variance,
    )  # fmt: skip
