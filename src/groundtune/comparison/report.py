"""A comparison and its advice as one HTML file: no other files, no network, readable without script, in two languages.

Each section is a function from what was found to markup; nothing is computed but sums for display.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from groundtune.comparison import wording
from groundtune.comparison.html import Html, h, join
from groundtune.comparison.page import in_languages, page, write_page
from groundtune.comparison.report_base import Report, Words, figures, named, section, table
from groundtune.comparison.report_cases import SCRIPT, differing_cases
from groundtune.comparison.report_costs import freshness, learning, quality_against
from groundtune.comparison.report_judging import judgements
from groundtune.comparison.report_parts import classes, drafted, seen_and_unseen
from groundtune.comparison.report_risk import risk_and_coverage
from groundtune.comparison.report_tables import composition, differences, results
from groundtune.comparison.result import Comparison
from groundtune.comparison.verdict import Verdict
from groundtune.comparison.wording import UNKNOWN, milliseconds
from groundtune.i18n import Message, say

__all__ = ["Report", "render", "write_report"]

_MOST_FAILURES = 200


def write_report(reports: Sequence[Report], path: Path, *, lang: str = "en") -> Path:
    """Writes the page on one or several tasks, opened in `lang`; the reader can switch. Returns the path."""
    return write_page(path, _title(reports), [_task(report) for report in reports], script=SCRIPT, lang=lang)


def render(reports: Sequence[Report], *, lang: str = "en") -> str:
    return page(_title(reports), [_task(report) for report in reports], script=SCRIPT, lang=lang)


def _title(reports: Sequence[Report]) -> str:
    return ", ".join(report.comparison.task for report in reports)


def _task(report: Report) -> Html:
    return h(
        "article",
        *in_languages(lambda w: _first_half(report, w)),
        differing_cases(report.comparison),
        *in_languages(lambda w: _second_half(report, w)),
    )


def _first_half(report: Report, w: Words) -> Html:
    return join(
        _opening(report, w),
        h("div", *[_verdict(verdict, report.comparison, w) for verdict in report.advice.verdicts], class_="verdicts"),
        *[h("p", w(note), class_="note") for note in report.advice.notes],
        results(report, w),
        composition(report, w),
        risk_and_coverage(report, w),
        differences(report, w),
        judgements(report, w),
        quality_against(report, w),
        seen_and_unseen(report, w),
        drafted(report, w),
        classes(report, w),
        learning(report, w),
        freshness(report, w),
        _rules_of_thumb(report, w),
    )


def _second_half(report: Report, w: Words) -> Html:
    return join(_failures(report.comparison, w), _repeat(report, w))


def _opening(report: Report, w: Words) -> Html:
    found = report.comparison
    measured = say(
        "{arms} approaches, measured on the same {cases} held-out cases on {day}.",
        arms=len(found.arms),
        cases=f"{len(found.counted):,}",
        day=found.compared_at.date().isoformat(),
    )
    if found.is_sketch:
        measured = say(
            "A sketch: {arms} approaches on {cases} {cases:|case|cases} that were drafted from the documents and that "
            "nobody has checked, on {day}.",
            **measured.values,
        )
    return h("header", h("h1", found.task), h("p", w(measured), class_="lead"))


def _verdict(verdict: Verdict, found: Comparison, w: Words) -> Html:
    others = [
        h(
            "li",
            h("b", s.arm, class_="arm"),
            " ",
            h("span", f"({w(wording.PLACES[s.place])})", class_="tags"),
            " ",
            w(s.why),
        )
        for s in verdict.standings
        if s.arm != verdict.arm
    ]
    return h(
        "section",
        h("p", w(wording.slice_name(verdict.language, verdict.cases)), class_="where"),
        h("p", named(w(verdict.headline), found), class_="headline"),
        _list(verdict.reasons, found, w),
        h("h3", w(say("What would change it"))) if verdict.flips else None,
        _list(verdict.flips, found, w),
        h("details", h("summary", w(say("The other approaches"))), h("ul", *others), class_="data") if others else None,
        class_=f"card verdict {verdict.status}",
    )


def _list(messages: tuple[Message, ...], found: Comparison, w: Words) -> Html | None:
    return h("ul", *[h("li", named(w(message), found)) for message in messages]) if messages else None


def _rules_of_thumb(report: Report, w: Words) -> Html | None:
    if not report.advice.priors:
        return None
    rows = []
    for prior in report.advice.priors:
        found = [
            h(
                "div",
                f"{w(wording.language_name(f.language))}: " if f.language else None,
                named(w(f.figures), report.comparison),
            )
            for f in prior.findings
        ]
        rows.append(
            h(
                "tr",
                h("th", w(prior.rule), scope="row"),
                h("td", w(say("yes") if prior.applies else say("no"))),
                h("td", w(wording.STATUSES[prior.status]), class_=f"status {prior.status}"),
                h("td", *found),
            )
        )
    titles = [w(say("Rule")), w(say("About this task")), w(say("This measurement")), w(say("Figures"))]
    head = h("tr", *[h("th", title, scope="col") for title in titles])
    return section(
        w(say("The field's rules of thumb")),
        w(say("What the field would have guessed without measuring, and what the measurement says of it.")),
        h("div", h("table", h("thead", head), h("tbody", *rows)), class_="scroll rules", tabindex=0),
    )


def _failures(found: Comparison, w: Words) -> Html:
    failed = [(case, name, o.error) for case in found.counted for name, o in case.outcomes.items() if o.error]
    if not failed:
        return section(w(say("Failures")), w(say("No call failed.")))
    about = say(
        "A call that broke or gave nothing counts as not right and stands here. {n} {n:|call|calls} failed.",
        n=len(failed),
    )
    rows = [[name, case.id, error] for case, name, error in failed[:_MOST_FAILURES]]
    head = [w(say("Approach")), w(say("Case")), w(say("Reason"))]
    return section(w(say("Failures")), w(about), figures(head, rows, w))


def _repeat(report: Report, w: Words) -> Html:
    found, made = report.comparison, report.comparison.provenance
    scored = say("A label that is not among the allowed ones counts as wrong.")
    if found.kind == "answer":
        scored = say(
            "An answer is right when its first {chars} characters state every required fact, in one of its listed "
            "variants, and no forbidden one. A question that the documents don't answer is right when it is refused. "
            "One scorer for every approach; a judge, where there is one, decides nothing.",
            chars=made.answer_chars,
        )
    facts = [
        (say("Scoring"), w(scored)),
        (say("Test set opened"), w(say("for {n} different sets of approaches, this one included", n=made.openings))),
        (say("Manifest"), made.manifest_hash),
        (say("Cases"), made.cases_hash),
        (say("Seed, resamples, scorer"), f"{made.seed}, {made.resamples:,}, {made.scorer}"),
        (say("Machine"), made.machine),
        (say("Versions"), ", ".join(f"{name} {version}" for name, version in made.versions.items())),
    ]
    arms = [
        [
            arm.name,
            w(wording.UPDATES[arm.update]),
            milliseconds(arm.first_call_ms),
            wording.moments(arm.measured_from, arm.measured_to),
            arm.notes or UNKNOWN,
            arm.fingerprint[:16],
        ]
        for arm in found.arms
    ]
    head = [
        w(say("Approach")),
        w(say("When a fact changes")),
        w(say("First call, ms")),
        w(say("Measured (UTC)")),
        w(say("What it is")),
        w(say("Fingerprint")),
    ]
    return section(
        w(say("How to repeat it")),
        None,
        h("pre", "\n".join(report.commands)) if report.commands else None,
        h("dl", *[join(h("dt", w(name)), h("dd", value)) for name, value in facts], class_="facts"),
        table(head, arms),
    )
