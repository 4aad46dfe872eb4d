"""`groundtune judge`: people or a chat model on top of the scorer."""

from __future__ import annotations

from pathlib import Path

import click

from groundtune.cli.output import emit, json_option, open_workspace, table, workspace_option
from groundtune.i18n import language, t

_TASK = click.argument("task", type=click.Path(dir_okay=False, path_type=Path))
_ARMS = click.option("--arm", "arms", multiple=True, help=t("Judge this approach; may be given several times."))
_CASES = click.option("--cases", "per_language", type=click.IntRange(1), help=t("So many cases per language."))
_SEED = click.option("--seed", type=int, default=0, show_default=True, help=t("Which cases, and in which order."))


@click.group("judge")
def judge_command() -> None:
    """Let people or a chat model judge a comparison's answers, blind, and see how far they agree with the scorer."""


@judge_command.command("sheet")
@_TASK
@click.argument("sheet", type=click.Path(dir_okay=False, path_type=Path))
@_ARMS
@_CASES
@_SEED
@json_option
@workspace_option
def sheet_command(
    task: Path,
    sheet: Path,
    arms: tuple[str, ...],
    per_language: int | None,
    seed: int,
    as_json: bool,
    workspace_path: Path | None,
) -> None:
    """Write the answers to SHEET, a CSV file without the approaches' names, with columns to fill in: yes or no."""
    from groundtune.comparison.tasks import read_task
    from groundtune.workspace.judging import write_judging_sheet

    workspace = open_workspace(workspace_path)
    n = write_judging_sheet(workspace, read_task(task), sheet, arms=arms, per_language=per_language, seed=seed)
    if as_json:
        emit("judge-sheet/1", {"sheet": sheet, "answers": n})
        return
    click.echo(t("{n} {n:|answer|answers} to judge: {path}", n=n, path=sheet))
    click.echo(
        t(
            "Fill in “right”, “relevant” and “supported”, then: groundtune judge read {task} {path} --name YOU",
            task=task,
            path=sheet,
        )
    )


@judge_command.command("read")
@_TASK
@click.argument("sheet", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", required=True, help=t("Who judged."))
@json_option
@workspace_option
def read_command(task: Path, sheet: Path, name: str, as_json: bool, workspace_path: Path | None) -> None:
    """Take in the verdicts that a person wrote into SHEET."""
    from groundtune.comparison.tasks import read_task
    from groundtune.workspace.judging import read_judging_sheet

    workspace = open_workspace(workspace_path)
    n = read_judging_sheet(workspace, read_task(task), sheet, name)
    if as_json:
        emit("judge-read/1", {"judge": name, "verdicts": n})
        return
    click.echo(t("{n} {n:|verdict|verdicts} of {judge} kept.", n=n, judge=name))


@judge_command.command("model")
@_TASK
@click.option("--model", required=True, metavar="NAME", help=t("The chat model that judges."))
@_ARMS
@_CASES
@_SEED
@json_option
@workspace_option
def model_command(
    task: Path,
    model: str,
    arms: tuple[str, ...],
    per_language: int | None,
    seed: int,
    as_json: bool,
    workspace_path: Path | None,
) -> None:
    """Let a chat model judge; run again, it goes on. It favours models of its own family, and says less than people."""
    from groundtune.comparison.tasks import read_task
    from groundtune.progress import Bar, stoppable
    from groundtune.workspace.judging import judge_by_model

    workspace = open_workspace(workspace_path)
    with stoppable() as stop:
        n, unread = judge_by_model(
            workspace,
            read_task(task),
            model,
            arms=arms,
            per_language=per_language,
            seed=seed,
            progress=Bar(),
            stop=stop,
        )
    if as_json:
        emit("judge-read/1", {"judge": model, "verdicts": n, "unreadable": unread})
        return
    click.echo(t("{n} {n:|verdict|verdicts} of {judge} kept.", n=n, judge=model))
    if unread:
        click.echo(t("{n} of its replies {n:|was|were} no verdict and {n:|is|are} not counted.", n=unread))


@judge_command.command("show")
@_TASK
@json_option
@workspace_option
def show_command(task: Path, as_json: bool, workspace_path: Path | None) -> None:
    """What the judges say of each approach, and how far they agree; the report shows it as well."""
    from groundtune.comparison.judging import SCORER
    from groundtune.comparison.report import write_report
    from groundtune.comparison.report_judging import QUESTIONS
    from groundtune.comparison.tasks import read_task
    from groundtune.comparison.wording import language_name, percent, span
    from groundtune.errors import UsageError
    from groundtune.workspace.comparing import kept_report, report_path

    workspace = open_workspace(workspace_path)
    report = kept_report(workspace, read_task(task))
    found = report.judgement
    if found is None:
        raise UsageError(t("Nobody has judged “{task}” yet.", task=report.comparison.task))
    path = write_report([report], report_path(workspace, report.comparison), lang=language())
    if as_json:
        emit("judge/1", {"shares": found.shares, "agreements": found.agreements, "report": path})
        return
    head = [t("Approach"), t("Judge"), t("Question"), t("Language"), t("Answers"), t("Yes"), t("The scorer says")]
    rows = [
        [
            share.arm,
            share.judge,
            str(QUESTIONS[share.question]),
            str(language_name(share.language)),
            str(share.n),
            f"{percent(share.yes.value)} [{span(share.yes)}]",
            "" if share.scorer is None else percent(share.scorer),
        ]
        for share in found.shares
    ]
    table(head, rows)
    click.echo()
    for one in found.agreements:
        names = [t("the scorer") if name == SCORER else name for name in (one.one, one.other)]
        click.echo(
            t(
                "{one} and {other}, {question}, {language}: the same verdict on {share} [{span}] of {n}",
                one=names[0],
                other=names[1],
                question=QUESTIONS[one.question],
                language=language_name(one.language),
                share=percent(one.same.value),
                span=span(one.same),
                n=one.n,
            )
            + ("" if one.kappa is None else f", κ {one.kappa:.2f}")
        )
    click.echo(t("Report: {path}", path=path))
