"""`groundtune compare`."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from groundtune.cli.output import emit, open_workspace, workspace_option
from groundtune.i18n import language, t

if TYPE_CHECKING:
    from groundtune.comparison.freshness import Freshness
    from groundtune.comparison.report import Report
    from groundtune.comparison.result import ArmScore, Comparison
    from groundtune.comparison.tasks import Task
    from groundtune.comparison.verdict import Advice
    from groundtune.workspace import Workspace


@click.command("compare")
@click.argument("task", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--cases", "per_language", type=click.IntRange(1), help=t("A first look on so many cases per language."))
@click.option("--facts", is_flag=True, help=t("Also change facts in a copy of the workspace and time each approach."))
@click.option("--curve", is_flag=True, help=t("Also train on parts of the labelled rows, for a learning curve."))
@click.option("--retry-failures", is_flag=True, help=t("Try calls again that failed in an earlier run."))
@click.option(
    "--report",
    "report_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help=t("Where the report goes; by default into the workspace's reports."),
)
@click.option("--json", "as_json", is_flag=True, help=t("Print JSON for programs."))
@workspace_option
def compare_command(
    task: Path,
    per_language: int | None,
    facts: bool,
    curve: bool,
    retry_failures: bool,
    report_path: Path | None,
    as_json: bool,
    workspace_path: Path | None,
) -> None:
    """Measure every approach to TASK (a TOML file) on the same held-out cases; run again, it continues."""
    from groundtune.comparison.compare import compare
    from groundtune.comparison.curve import points_to_json
    from groundtune.comparison.report import write_report
    from groundtune.comparison.sample import some_cases
    from groundtune.comparison.tasks import read_task
    from groundtune.progress import Bar, stoppable
    from groundtune.workspace.curve import learning_curve

    workspace = open_workspace(workspace_path)
    asked = read_task(task)
    if retry_failures:
        workspace.results.forget_failures(asked.name)
    with stoppable() as stop:
        arms = workspace.arms(asked, Bar(), stop)
        missing = workspace.missing_arms(asked)
        cases = workspace.cases(asked)
        if per_language is not None:
            cases = some_cases(cases, per_language)
        found = compare(asked, arms, cases, workspace.results, Bar(), stop, missing=missing)
        if facts:
            fresh = workspace.measure_freshness(asked, Bar(), stop)
            workspace.results.add_finding(asked.name, "freshness", fresh.to_json())
        if curve:
            points = learning_curve(workspace, asked, Bar(), stop)
            workspace.results.add_finding(asked.name, "learning", points_to_json(points))
    report = kept_report(workspace, asked)
    advice = report.advice
    path = report_path or workspace.settings.reports / f"{asked.name}.html"
    write_report([report], path, lang=language())
    kept = path.with_suffix(".json")
    kept.write_text(json.dumps(found.to_json(), ensure_ascii=False, indent=1), "utf-8")
    if as_json:
        summary = {key: value for key, value in found.to_json().items() if key not in ("cases", "schema")}
        advised = advice.to_json(language())
        emit("compare/1", {**summary, **_costs(found), "advice": advised, "report": path, "cases_file": kept})
        return
    print_comparison(found)
    print_advice(advice)
    click.echo()
    click.echo(t("Report: {path}", path=path))


def _costs(found: Comparison) -> dict[str, Any]:
    """What each arm costs, in money (null where a price is unknown) and in hours of this machine."""
    from groundtune.comparison.costs import break_evens, machine_hours, money

    return {
        "costs": {
            arm.name: {
                "money": money(arm, found.prices, found.needs),
                "machine_hours": machine_hours(arm, found.prices, found.needs),
            }
            for arm in found.arms
        },
        "break_even": break_evens(found),
    }


def kept_report(workspace: Workspace, task: Task) -> Report:
    """The report on the last comparison of `task`, with the advice that its needs give now. Raises UsageError."""
    from groundtune.advisor import advise
    from groundtune.comparison.curve import points_from_json, with_whole
    from groundtune.comparison.report import Report

    found = latest_comparison(workspace, task)
    changed = latest_freshness(workspace, task)
    advice = advise(task.needs, found, prices=task.prices, freshness=changed)
    learning = with_whole(points_from_json(workspace.results.latest_finding(task.name, "learning")), found)
    options = (" --facts" if changed else "") + (" --curve" if learning else "")
    repeat = (f"groundtune compare {task.path}{options}", f"groundtune advise {task.path}")
    return Report(found, advice, changed, learning, repeat)


def latest_comparison(workspace: Workspace, task: Task) -> Comparison:
    """What the last comparison of `task` found; raises UsageError when there was none."""
    from groundtune.comparison.result import Comparison
    from groundtune.errors import UsageError

    kept = workspace.results.latest_finding(task.name, "comparison")
    if kept is None:
        raise UsageError(
            t("“{task}” has not been compared yet. Run `groundtune compare {path}`.", task=task.name, path=task.path)
        )
    return Comparison.from_json(kept)


def latest_freshness(workspace: Workspace, task: Task) -> Freshness | None:
    """What the last experiment with changed facts found, if there was one."""
    from groundtune.comparison.freshness import Freshness

    kept = workspace.results.latest_finding(task.name, "freshness")
    return None if kept is None else Freshness.from_json(kept)


def print_comparison(found: Comparison) -> None:
    """One table per language, best first."""
    from groundtune.comparison.report_base import main_slices, ranked
    from groundtune.comparison.wording import METRICS, slice_name

    for part in main_slices(found):
        click.echo()
        click.echo(f"{slice_name(part.language, part.n)} · {METRICS[found.metric]}")
        width = max(len(score.arm) for score in part.arms)
        for score in ranked(part):
            click.echo(f"  {score.arm:{width}}  {_figures(found, score)}")
    for arm in found.arms:
        reasons = Counter(o.error for case in found.cases for name, o in case.outcomes.items() if name == arm.name)
        reasons.pop(None, None)
        for reason in [reason for reason, _ in reasons.most_common(1)]:
            click.echo(
                t(
                    "{arm}: {n} of {all} calls failed, mostly with: {reason}",
                    arm=arm.name,
                    n=arm.failures,
                    all=arm.calls,
                    reason=reason,
                )
            )


def _figures(found: Comparison, score: ArmScore) -> str:
    from groundtune.comparison.wording import milliseconds, percent, span

    if score.primary is None:
        return t("not applicable")
    figures = f"{percent(score.primary.value):>6} [{span(score.primary)}]"
    if "wrong" in score.others:
        figures += "  " + t("{share} wrong", share=percent(score.others["wrong"].value))
    if found.arm(score.arm).latency_p50_ms is not None:
        figures += f"  p50 {milliseconds(found.arm(score.arm).latency_p50_ms)} ms"
    return figures + ("  " + t("{n} failed", n=score.failures) if score.failures else "")


def print_advice(advice: Advice) -> None:
    """The verdict of each language with its reasons, then the rules of thumb."""
    from groundtune.comparison.wording import STATUSES, language_name, slice_name

    for verdict in advice.verdicts:
        click.echo()
        click.echo(click.style(f"{slice_name(verdict.language, verdict.cases)}: {verdict.headline}", bold=True))
        for reason in verdict.reasons:
            click.echo(f"  · {reason}")
        if verdict.flips:
            click.echo("  " + t("What would change it"))
            for flip in verdict.flips:
                click.echo(f"    · {flip}")
    click.echo()
    click.echo(t("The field's rules of thumb"))
    for prior in advice.priors:
        click.echo(f"  {prior.rule} — {STATUSES[prior.status]}")
        for finding in prior.findings:
            where = f"{language_name(finding.language)}: " if finding.language else ""
            click.echo(f"    {where}{finding.figures}")
    for note in advice.notes:
        click.echo(f"  {note}")
