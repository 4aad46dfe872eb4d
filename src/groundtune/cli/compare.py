"""`groundtune compare`."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from groundtune.cli.output import emit, json_option, open_workspace, workspace_option
from groundtune.i18n import language, t

if TYPE_CHECKING:
    from groundtune.comparison.result import ArmScore, Comparison
    from groundtune.comparison.verdict import Advice


@click.command("compare")
@click.argument("task", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--cases", "per_language", type=click.IntRange(1), help=t("A first look on so many cases per language."))
@click.option("--facts", is_flag=True, help=t("Also change facts in a copy of the workspace and time each approach."))
@click.option(
    "--facts-arm", "facts_arms", multiple=True, help=t("With --facts: time this one; may be given several times.")
)
@click.option(
    "--retrain", is_flag=True, help=t("With --facts: tune the chat model anew on examples that know the changes.")
)
@click.option("--curve", is_flag=True, help=t("Also train on parts of the labelled rows, for a learning curve."))
@click.option("--retry-failures", is_flag=True, help=t("Try calls again that failed in an earlier run."))
@click.option(
    "--report",
    "report_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help=t("Where the report goes; by default into the workspace's reports."),
)
@json_option
@workspace_option
def compare_command(
    task: Path,
    per_language: int | None,
    facts: bool,
    facts_arms: tuple[str, ...],
    retrain: bool,
    curve: bool,
    retry_failures: bool,
    report_path: Path | None,
    as_json: bool,
    workspace_path: Path | None,
) -> None:
    """Measure every approach to TASK (a TOML file) on the same held-out cases; run again, it continues."""
    from groundtune.comparison.report import write_report
    from groundtune.comparison.tasks import read_task
    from groundtune.progress import Bar, stoppable
    from groundtune.workspace.comparing import Options, costs, run_comparison
    from groundtune.workspace.comparing import report_path as usual_path

    workspace = open_workspace(workspace_path)
    options = Options(per_language, facts, facts_arms, retrain, curve, retry_failures)
    with stoppable() as stop:
        report = run_comparison(workspace, read_task(task), options, Bar(), stop)
    found, advice = report.comparison, report.advice
    path = report_path or usual_path(workspace, found)
    write_report([report], path, lang=language())
    kept = path.with_suffix(".json")
    kept.write_text(json.dumps(found.to_json(), ensure_ascii=False, indent=1), "utf-8")
    if as_json:
        summary = {key: value for key, value in found.to_json().items() if key not in ("cases", "schema")}
        advised = advice.to_json(language())
        emit("compare/1", {**summary, **costs(found), "advice": advised, "report": path, "cases_file": kept})
        return
    print_comparison(found)
    print_advice(advice)
    click.echo()
    click.echo(t("Report: {path}", path=path))


def print_comparison(found: Comparison) -> None:
    """One table per language, best first; what nobody has checked stands apart, and is said to."""
    from groundtune.comparison.report_base import drafted_slices, main_slices, ranked
    from groundtune.comparison.wording import METRICS, slice_name

    for part in (*main_slices(found), *drafted_slices(found)):
        click.echo()
        apart = " · " + t("drafted, checked by nobody: a sketch") if part.part == "drafted" else ""
        click.echo(f"{slice_name(part.language, part.n)} · {METRICS[found.metric]}{apart}")
        width = max(len(score.arm) for score in part.arms)
        for score in ranked(part):
            click.echo(f"  {score.arm:{width}}  {_figures(found, score, timed=part.part == found.main_part)}")
    for arm in found.arms:
        reasons = Counter(o.error for case in found.counted for name, o in case.outcomes.items() if name == arm.name)
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


def _figures(found: Comparison, score: ArmScore, *, timed: bool) -> str:
    from groundtune.comparison.wording import milliseconds, percent, span

    if score.primary is None:
        return t("not applicable")
    figures = f"{percent(score.primary.value):>6} [{span(score.primary)}]"
    if "wrong" in score.others:
        figures += "  " + t("{share} wrong", share=percent(score.others["wrong"].value))
    if timed and found.arm(score.arm).latency_p50_ms is not None:
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
    if advice.priors:
        click.echo(t("The field's rules of thumb"))
    for prior in advice.priors:
        click.echo(f"  {prior.rule} — {STATUSES[prior.status]}")
        for finding in prior.findings:
            where = f"{language_name(finding.language)}: " if finding.language else ""
            click.echo(f"    {where}{finding.figures}")
    for note in advice.notes:
        click.echo(f"  {note}")
