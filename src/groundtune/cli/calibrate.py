"""`groundtune calibrate`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from groundtune.cli.output import emit, json_option, open_workspace, workspace_option
from groundtune.i18n import language, t

if TYPE_CHECKING:
    from groundtune.comparison.risk import LanguageRisk
    from groundtune.workspace import Workspace
    from groundtune.workspace.calibration import Calibration


@click.command("calibrate")
@click.argument(
    "cases_path", metavar="[CASES]", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--tolerated-wrong",
    type=click.FloatRange(0.001, 0.5),
    help=t("Share of shown answers that may be wrong; by default that of groundtune.toml, else 0.05."),
)
@click.option(
    "--confidence",
    default=0.95,
    show_default=True,
    type=click.FloatRange(0.5, 0.999),
    help=t("How sure that share is to be kept."),
)
@click.option(
    "--model", metavar="NAME", help=t("A chat model, “chat” for the workspace's own, or “extractive” to quote only.")
)
@click.option("--drafted", is_flag=True, help=t("Also take drafted cases that nobody has checked as evidence."))
@click.option("--dry-run", is_flag=True, help=t("Report only; leave the bar as it is."))
@click.option("--drop", is_flag=True, help=t("Go back to the bar that comes with groundtune."))
@click.option(
    "--report",
    "report_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help=t("Where the report goes; by default into the workspace's reports."),
)
@json_option
@workspace_option
def calibrate_command(
    cases_path: Path | None,
    tolerated_wrong: float | None,
    confidence: float,
    model: str | None,
    drafted: bool,
    dry_run: bool,
    drop: bool,
    report_path: Path | None,
    as_json: bool,
    workspace_path: Path | None,
) -> None:
    """Find the bar for refusing at which a tolerated share of the shown answers is wrong, from the cases in CASES.

    Every case is answered and scored by the facts that it requires; the bar is tested on all of them, and what it does
    is reported on cases that it was not fitted on. From then on `groundtune ask` refuses by it.

    Without CASES it shows what is in use.
    """
    from groundtune.comparison.cases import read_answer_cases
    from groundtune.comparison.report_risk import write_calibration
    from groundtune.progress import Bar, stoppable
    from groundtune.workspace.calibrating import calibrate
    from groundtune.workspace.calibration import keep

    workspace = open_workspace(workspace_path)
    if drop:
        _drop(workspace, model, as_json)
        return
    if cases_path is None:
        _show(workspace, model, as_json)
        return
    cases = read_answer_cases(cases_path, today=date.today())
    with stoppable() as stop:
        found = calibrate(
            workspace,
            cases,
            model=model,
            tolerated_wrong=tolerated_wrong,
            confidence=confidence,
            with_drafted=drafted,
            progress=Bar(),
            stop=stop,
        )
    left_out = sum(case.drafted for case in cases) if not drafted else 0
    if not dry_run:
        keep(workspace, found)
    page = report_path or workspace.settings.reports / "calibration.html"
    write_calibration(
        found.languages,
        found.overall,
        page,
        answerer=found.answerer,
        tolerated=found.tolerated_wrong,
        confidence=found.confidence,
        drafted=found.origins["drafted"],
        day=found.made_at.date().isoformat(),
        lang=language(),
    )
    if as_json:
        _emit(calibration=found, kept=not dry_run, drafted_left_out=left_out, report=page)
        return
    _print(found, left_out, dry_run)
    click.echo(t("Report: {path}", path=page))


def _drop(workspace: Workspace, model: str | None, as_json: bool) -> None:
    from groundtune.workspace.calibration import drop

    dropped = drop(workspace, _answerer(workspace, model))
    if as_json:
        _emit(kept=False, dropped=dropped)
    else:
        click.echo(t("Dropped.") if dropped else t("There was no calibration to drop."))


def _show(workspace: Workspace, model: str | None, as_json: bool) -> None:
    """What is kept, and whether it is in use."""
    from groundtune.workspace.calibration import changes, kept

    found = kept(workspace, _answerer(workspace, model))
    changed = [] if found is None else [str(what) for what in changes(workspace, found)]
    if as_json:
        _emit(calibration=found, kept=found is not None, changed=changed)
        return
    if found is None:
        click.echo(t("Nothing was calibrated. Name a file of cases: groundtune calibrate CASES."))
        return
    click.echo(t("Calibrated on {day} ({answerer}).", day=found.made_at.date().isoformat(), answerer=found.answerer))
    if changed:
        told = t("Not in use, since this changed after it: {what}.", what=", ".join(changed))
        click.echo(click.style(told, bold=True))
    _print(found, 0, dry_run=False)


def _answerer(workspace: Workspace, model: str | None) -> str:
    from groundtune.settings import EXTRACTIVE
    from groundtune.workspace.calibration import answerer_name

    name = model or workspace.settings.answer_with
    return answerer_name(None if name == EXTRACTIVE else workspace.chat(None if name == "chat" else name))


def _emit(**known: object) -> None:
    """The keys are the same whatever was asked for; what has no meaning there is null."""
    keys = ("calibration", "kept", "drafted_left_out", "report", "dropped", "changed")
    emit("calibrate/1", {key: known.get(key) for key in keys})


def _print(found: Calibration, left_out: int, dry_run: bool) -> None:
    from groundtune.comparison.report_risk import promise, sketch
    from groundtune.comparison.wording import language_name, percent, span

    if found.origins["drafted"]:
        click.echo(click.style(str(sketch(found.origins["drafted"])), bold=True))
    if left_out:
        click.echo(t("{n} drafted {n:|case|cases} that nobody has checked {n:|is|are} left out.", n=left_out))
    if found.failures:
        click.echo(t("{n} {n:|call|calls} failed and {n:|shows|show} no answer.", n=found.failures))
    for part in found.languages:
        click.echo()
        click.echo(click.style(f"{language_name(part.language)}: {promise(part, found.tolerated_wrong)}", bold=True))
        for line in _lines(part):
            click.echo(f"  {line}")
    seen = found.overall
    if len(found.languages) > 1 and seen.risk is not None:
        click.echo()
        click.echo(
            t(
                "All languages, on cases that the bars were not fitted on: {coverage} answered [{span}], "
                "{risk} of the answers wrong [{risk_span}].",
                coverage=percent(seen.coverage.value),
                span=span(seen.coverage),
                risk=percent(seen.risk.value),
                risk_span=span(seen.risk),
            )
        )
    click.echo()
    if dry_run or not found.bars:
        click.echo(t("Nothing was kept: refusing stays as it is.") if dry_run else t("Refusing stays as it came."))


def _lines(part: LanguageRisk) -> list[str]:
    from groundtune.comparison.report_risk import as_it_came, on_unseen_cases, what_limits

    return [str(line) for line in (*on_unseen_cases(part), as_it_came(part), *what_limits(part))]
