"""`groundtune answers gaps`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from groundtune.cli.kept import days_ago
from groundtune.cli.output import emit, json_option, open_workspace, place, reader_option, workspace_option
from groundtune.i18n import t

if TYPE_CHECKING:
    from groundtune.answering.gaps import Gap, StaleDocument
    from groundtune.types import Reader


@click.command("gaps")
@click.option("--days", default=90, show_default=True, type=click.IntRange(1), help=t("How many days back."))
@click.option(
    "--times",
    default=2,
    show_default=True,
    type=click.IntRange(1),
    help=t("How often a question was asked at least, or a document quoted."),
)
@click.option(
    "--months",
    default=12,
    show_default=True,
    type=click.IntRange(1),
    help=t("For how long a document is unchanged at least."),
)
@reader_option
@json_option
@workspace_option
def gaps_command(
    days: int, times: int, months: int, reader: Reader | None, as_json: bool, workspace_path: Path | None
) -> None:
    """List questions that are asked and never answered, and documents that should be looked at again."""
    from groundtune.workspace.attention import open_questions, stale_documents

    workspace = open_workspace(workspace_path)
    since, today = days_ago(days), date.today()
    gaps = open_questions(workspace, reader, since=since, at_least=times)
    stale = stale_documents(workspace, reader, since=since, at_least=times, months=months, today=today)
    if as_json:
        emit("gaps/1", {"gaps": [_plain(gap) for gap in gaps], "stale": stale})
        return
    for gap in gaps:
        _print(gap)
    click.echo(t("{count} {count:|question|questions} without an answer.", count=len(gaps)))
    for document in stale:
        click.echo(f"  {document.title} ({document.document_id}): {_said(document)}")
    click.echo(t("{count} {count:|document|documents} to look at.", count=len(stale)))


def _print(gap: Gap) -> None:
    click.secho(gap.question, bold=True)
    day = f"{gap.last_asked.astimezone():%Y-%m-%d}"
    click.echo("  " + t("asked {count} {count:|time|times}, last on {day}", count=gap.count, day=day))
    if gap.nearest is not None:
        passage = gap.nearest.passage
        where = f"{place(passage.title, passage.heading_path)} ({passage.name})"
        click.echo("  " + t("nearest: {place}", place=where))


def _said(document: StaleDocument) -> str:
    if document.cause == "ended":
        said = t("not in force since {day}, and nothing in its place", day=document.since)
    else:
        said = t("unchanged since {day}", day=document.since)
    return said + ", " + t("quoted {count} {count:|time|times}", count=document.quoted)


def _plain(gap: Gap) -> dict[str, Any]:
    passage = None if gap.nearest is None else gap.nearest.passage
    return {
        "question": gap.question,
        "count": gap.count,
        "first_asked": gap.first_asked,
        "last_asked": gap.last_asked,
        "answers": gap.ids,
        "nearest": None if passage is None else {"passage": passage.name, "title": passage.title},
    }
