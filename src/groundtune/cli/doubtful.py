"""`groundtune answers doubtful`: past answers whose ground has changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from groundtune.cli.diff import print_change
from groundtune.cli.kept import days_ago, heading, summary
from groundtune.cli.output import emit, json_option, open_workspace, place, reader_option, workspace_option
from groundtune.i18n import t

if TYPE_CHECKING:
    from groundtune.answering.doubt import Doubt, Doubtful
    from groundtune.storage.kept import KeptAnswer
    from groundtune.types import Answer, Reader


@click.command("doubtful")
@click.option("--document", "document_id", default=None, metavar="ID", help=t("Only answers that show this document."))
@click.option("--refused", is_flag=True, help=t("Ask what was refused again, and show what is answered now."))
@click.option(
    "--days",
    default=30,
    show_default=True,
    type=click.IntRange(1),
    help=t("With --refused: how many days back."),
)
@reader_option
@json_option
@workspace_option
def doubtful_command(
    document_id: str | None,
    refused: bool,
    days: int,
    reader: Reader | None,
    as_json: bool,
    workspace_path: Path | None,
) -> None:
    """List past answers that a change since makes doubtful, with what changed.

    For the day that was asked about, and for today. A quote that still stands makes no doubt.
    """
    answers = open_workspace(workspace_path).answers
    found = answers.doubtful(reader, document_id=document_id)
    answered = answers.answerable_now(days_ago(days), reader) if refused else []
    if as_json:
        emit(
            "doubtful/1", {"answers": list(map(_plain, found)), "refusals": [_plain_refusal(*one) for one in answered]}
        )
        return
    for doubtful in found:
        click.secho(heading(doubtful.kept), bold=True)
        _print(doubtful.for_its_day, t("for its day"))
        _print(doubtful.for_today, t("for today"))
        click.echo()
    click.echo(t("{count} {count:|answer is|answers are} doubtful.", count=len(found)))
    for kept, answer in answered:
        click.secho(f"\n{heading(kept)}", bold=True)
        click.echo("  " + t("Refused then, answered now: {text}", text=answer.text))
    if refused:
        click.echo(t("{count} {count:|refusal|refusals} would be answered now.", count=len(answered)))


def _print(doubts: Sequence[Doubt], when: str) -> None:
    for doubt in doubts:
        click.echo(f"  {when}: {_said(doubt)}")
        for change in doubt.changes:
            print_change(change, "    ")


def _said(doubt: Doubt) -> str:
    quote = doubt.evidence
    if quote is None:
        day = f"{doubt.at:%Y-%m-%d}" if doubt.at is not None else t("unknown")
        return t("a document that it showed was deleted ({day})", day=day)
    where = place(quote.title, quote.heading_path)
    if doubt.cause == "not_readable":
        return t("{place}: whoever asked may not read it any more", place=where)
    if doubt.cause == "erased":
        return t("{place}: the words that it quotes were erased", place=where)
    if doubt.now is None:
        return t("{place}: no revision is in force on that day", place=where)
    return t(
        "{place}: revision {now} holds in place of {then}",
        place=where,
        now=doubt.now.number,
        then=quote.revision_number,
    )


def _plain(doubtful: Doubtful) -> dict[str, Any]:
    doubts = [("its_day", doubt) for doubt in doubtful.for_its_day] + [("today", doubt) for doubt in doubtful.for_today]
    return summary(doubtful.kept) | {"doubts": [{"for": when, **_plain_doubt(doubt)} for when, doubt in doubts]}


def _plain_doubt(doubt: Doubt) -> dict[str, Any]:
    quote = doubt.evidence
    return {
        "cause": doubt.cause,
        "document": None if quote is None else quote.document_id,
        "revision": None if quote is None else quote.revision_number,
        "passage": None if quote is None else quote.passage,
        "clause": None if quote is None else quote.clause,
        "quote": None if quote is None else quote.quote,
        "revision_now": None if doubt.now is None else doubt.now.number,
        "changes": doubt.changes,
        "deleted_at": doubt.at,
    }


def _plain_refusal(kept: KeptAnswer, answer: Answer) -> dict[str, Any]:
    from groundtune.cli.ask import answer_for_programs

    return summary(kept) | {"answer_now": answer_for_programs(answer)}
