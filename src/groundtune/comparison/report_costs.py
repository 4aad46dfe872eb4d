"""Sections of the report on what an approach costs and how it lives: latency, cost, labels, facts that change."""

from __future__ import annotations

from dataclasses import replace

from groundtune.comparison import charts, costs, wording
from groundtune.comparison.charts import Point, Scale, Span
from groundtune.comparison.freshness import ArmFreshness, Freshness
from groundtune.comparison.html import Html, h, join
from groundtune.comparison.report_base import Report, Words, figure_cell, figures, main_slices, ranked, section, table
from groundtune.comparison.result import MeasuredArm, Slice
from groundtune.comparison.wording import amount, milliseconds, percent
from groundtune.i18n import say


def quality_against(report: Report, w: Words) -> Html | None:
    """Quality against latency and cost, and the volume from which training pays off."""
    shown = [_scatter(report, part, w) for part in main_slices(report.comparison)]
    if not any(shown):
        return None
    about = say(
        "Further up is better, further left is faster. Latency is one call at a time on this machine, after a warm-up; "
        "what an arm remembers from one question to the next counts for it, as in a server. The first call of each, "
        "and when each was measured, stand at the end."
    )
    return section(w(say("Quality against latency and cost")), w(about), *shown, _break_even(report, w))


def _scatter(report: Report, part: Slice, w: Words) -> Html | None:
    found = report.comparison
    scores = [s for s in ranked(part) if s.primary is not None and found.arm(s.arm).latency_p50_ms is not None]
    if sum(found.arm(score.arm).recommendable for score in scores) < 2:
        return None
    points = [
        Point(
            str(number),
            max(found.arm(s.arm).latency_p50_ms or 0.0, 1.0),
            s.primary.value,
            s.primary.low,
            s.primary.high,
            report.look(s.arm, part.language),
        )
        for number, s in enumerate(scores, start=1)
        if s.primary is not None
    ]
    title = w(say("{slice}: quality against latency", slice=wording.language_name(part.language)))
    drawn = charts.scatter(
        points,
        charts.log_scale([point.x for point in points], left=9),
        charts.share_scale([point.y_low for point in points]),
        title=title,
        description=w(say("Across: p50 in milliseconds, logarithmic. Up: the primary metric with its interval.")),
    )
    titles = ["", w(say("Approach")), w(wording.METRICS[found.metric]), w(say("p50, ms")), _cost_title(report, w)]
    head = [h("th", text, scope="col", class_="n" if i > 1 else None) for i, text in enumerate(titles)]
    rows = [
        h(
            "tr",
            h("td", point.mark, class_="n"),
            h("th", score.arm, scope="row"),
            figure_cell(percent(point.y)),
            figure_cell(milliseconds(found.arm(score.arm).latency_p50_ms)),
            figure_cell(_cost(report, found.arm(score.arm))),
            class_="chosen" if point.look == "chosen" else None,
        )
        for point, score in zip(points, scores, strict=True)
    ]
    beside = h("div", h("table", h("thead", h("tr", *head)), h("tbody", *rows)), class_="scroll", tabindex=0)
    axis = h("p", w(say("↑ {metric} · → milliseconds (p50)", metric=wording.METRICS[found.metric])), class_="axis")
    return join(h("h3", title), h("div", h("figure", axis, drawn), beside, class_="beside"))


def _in_money(report: Report) -> bool:
    found = report.comparison
    return found.prices.machine_per_hour is not None and found.needs.queries_per_month is not None


def _cost_title(report: Report, w: Words) -> str:
    prices = report.comparison.prices
    if _in_money(report):
        return w(say("{currency} over {months} months", currency=prices.currency, months=f"{prices.months:g}"))
    return w(say("1,000 calls"))


def _cost(report: Report, arm: MeasuredArm) -> str:
    prices, needs = report.comparison.prices, report.comparison.needs
    if _in_money(report):
        return amount(costs.money(arm, prices, needs).total)
    return wording.machine_time(arm)


def _break_even(report: Report, w: Words) -> Html | None:
    """From how many calls on training pays off, for several rates of change."""
    found = report.comparison
    tuned = [a for a in found.arms if a.recommendable and a.training_seconds and a.family in ("tuned", "tuned_rag")]
    rivals = [a for a in found.arms if a.recommendable and a.family in ("rag", "prompt")]
    if not tuned or not rivals:
        return None
    cost = costs.in_what_is_known(found.prices)
    unit = say("money") if found.prices.machine_per_hour is not None else say("machine time")
    rates = sorted({0.0, 1.0, 10.0, found.needs.knowledge_changes_per_month or 0.0})

    def cell(arm: MeasuredArm, rival: MeasuredArm, rate: float) -> str:
        needs = replace(found.needs, knowledge_changes_per_month=rate)
        ours, theirs = (cost(a, found.prices, needs) for a in (arm, rival))
        if not (ours.is_known and theirs.is_known):
            return wording.UNKNOWN
        calls = costs.break_even(ours, theirs, needs, found.prices.months)
        return w(say("never")) if calls is None else w(say("at once")) if calls == 0 else f"{calls:,.0f}"

    rows = [
        [w(say("{arm} against {other}", arm=arm.name, other=rival.name)), *[cell(arm, rival, rate) for rate in rates]]
        for arm in tuned
        for rival in rivals
    ]
    head = [
        w(say("Calls in {months} months", months=f"{found.prices.months:g}")),
        *[w(say("{rate} changes a month", rate=f"{rate:g}")) for rate in rates],
    ]
    about = say(
        "From how many calls on training is the cheaper way in {unit}, when each change of knowledge means training "
        "anew. “Never”: its calls cost no less. Quality is not weighed here.",
        unit=unit,
    )
    return join(h("h3", w(say("When training pays off"))), h("p", w(about), class_="note"), table(head, rows))


def learning(report: Report, w: Words) -> Html | None:
    if not report.learning:
        return None
    single = len(report.learning) == len({point.arm for point in report.learning})
    names = sorted({point.arm for point in report.learning})
    series = [sorted((p for p in report.learning if p.arm == name), key=lambda p: p.examples) for name in names]
    drawn_series = [
        [Point("", float(p.examples), p.metric.value, p.metric.low, p.metric.high) for p in points] for points in series
    ]
    legend = h("ul", *[h("li", h("i", class_=f"line{i % 4}"), name) for i, name in enumerate(names)], class_="legend")
    title = w(say("Learning curve"))
    drawn = charts.curve(
        drawn_series,
        Scale(0.0, float(max(point.examples for point in report.learning)), left=9),
        charts.share_scale([point.metric.low for point in report.learning]),
        title=title,
        description=w(say("Across: labelled examples used. Up: the primary metric with its interval.")),
    )
    metric = wording.METRICS[report.comparison.metric]
    rows = [[p.arm, f"{p.examples:,}", percent(p.metric.value), wording.span(p.metric)] for p in report.learning]
    head = [w(say("Approach")), w(say("Examples")), w(metric), w(say("Interval"))]
    axis = h("p", w(say("↑ {metric} · → labelled examples", metric=metric)), class_="axis")
    about = say("A curve that still rises says that more labels would help.")
    if single:
        about = say(
            "Each arm on all its labels. How it got there, and whether more labels would help, takes "
            "groundtune compare TASK --curve."
        )
    return section(title, w(about), h("figure", legend, axis, drawn), figures(head, rows, w))


def freshness(report: Report, w: Words) -> Html | None:
    """How long each arm needed after a fact had changed."""
    fresh = report.freshness
    if fresh is None:
        return None
    chosen = {verdict.arm for verdict in report.advice.verdicts}
    spans = [
        Span(arm.arm, arm.seconds_to_right, _told(arm, w), "chosen" if arm.arm in chosen else "", _hope(arm))
        for arm in fresh.arms
    ]
    about = say(
        "The documents were edited once (facts: {counts}; the edit took {seconds}), and every approach was asked "
        "before and after. The clock runs from the start of the edit until each changed fact is right in all its "
        "wordings.",
        counts=", ".join(f"{n} {w(wording.CHANGES[change])}" for change, n in fresh.facts.items()),
        seconds=wording.seconds(fresh.edit_seconds),
    )
    title = w(say("A fact changes"))
    drawn = charts.times(
        spans,
        charts.log_scale([0.1, *[until for span in spans if (until := span.end or span.hope)]]),
        title=title,
        description=w(say("One row per approach: seconds until all is right, logarithmic; dashed: never reached.")),
    )
    return section(title, w(about), h("figure", drawn), _fresh_figures(fresh, w))


def _hope(arm: ArmFreshness) -> float | None:
    """When an arm that has to be retrained could be right at the earliest."""
    return arm.training_seconds if arm.update == "retrain" and arm.relearn_seconds is None else None


def _told(arm: ArmFreshness, w: Words) -> str:
    if arm.seconds_to_right is not None:
        return w(say("right after {seconds}", seconds=wording.seconds(arm.seconds_to_right)))
    if (hope := _hope(arm)) is not None:
        return w(say("stale until retrained ({seconds})", seconds=wording.seconds(hope)))
    return w(say("{n} of {all} facts right", n=arm.facts_learnt, all=arm.facts_changed))


def _fresh_figures(fresh: Freshness, w: Words) -> Html:
    head = [
        w(say("Approach")),
        w(say("Facts learnt")),
        w(say("Time until right")),
        w(say("Right before the edit")),
        *[w(say("Right after it, {change}", change=wording.CHANGES[change])) for change in fresh.facts],
        w(say("Still states the old")),
        w(say("Still states the deleted")),
        w(say("Untouched facts lost")),
        w(say("Failures")),
    ]
    rows = [
        [
            arm.arm,
            f"{arm.facts_learnt} / {arm.facts_changed}",
            wording.seconds(arm.seconds_to_right),
            percent(arm.right_before),
            *[percent(arm.right_after.get(change)) for change in fresh.facts],
            percent(arm.stale),
            percent(arm.leaked),
            percent(arm.collateral),
            str(arm.failures),
        ]
        for arm in fresh.arms
    ]
    return figures(head, rows, w)
