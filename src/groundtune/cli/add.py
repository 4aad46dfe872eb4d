"""`groundtune add`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from groundtune.cli.output import emit, json_option, open_workspace, workspace_option
from groundtune.i18n import t

if TYPE_CHECKING:
    from groundtune.knowledge.add import AddReport

F = TypeVar("F", bound=Callable[..., Any])

_NAMED = 20


def allow_empty_option(command: F) -> F:
    return click.option(
        "--allow-empty",
        is_flag=True,
        help=t("Remove them also where a place holds nothing at all any more."),
    )(command)


def allow_host_option(command: F) -> F:
    return click.option(
        "--allow-host",
        "allowed_hosts",
        multiple=True,
        metavar="HOST[:PORT]",
        help=t("Let an address lead to this host though it is this machine itself; may be given several times."),
    )(command)


@click.command("add")
@click.argument("places", nargs=-1, required=True)
@click.option("--prune", is_flag=True, help=t("Remove documents that came from these places and are there no more."))
@allow_empty_option
@allow_host_option
@json_option
@workspace_option
def add_command(
    places: tuple[str, ...],
    prune: bool,
    allow_empty: bool,
    allowed_hosts: tuple[str, ...],
    as_json: bool,
    workspace_path: Path | None,
) -> None:
    """Add or update documents: files and folders of Markdown, text, HTML, PDF, Office, Hangul, EPUB, mail and JSONL.

    A place may be an address, too: https://HOST/FILE, s3://BUCKET/FOLDER, or a page that ends in a slash and lists
    files.
    """
    from groundtune.errors import Stopped
    from groundtune.progress import Bar, stoppable

    workspace = open_workspace(workspace_path)
    before = workspace.store.last_change()
    with stoppable() as stop:
        report = workspace.add(
            places, prune=prune, allow_empty=allow_empty, allowed_hosts=allowed_hosts, progress=Bar(), stop=stop
        )
    doubtful = workspace.answers.doubtful_since(before)
    if as_json:
        emit("add/1", {"report": report, "doubtful_answers": doubtful})
    else:
        _print_report(report)
        print_doubtful(doubtful)
    if report.stopped:
        raise Stopped("groundtune add")
    if report.refused:
        raise click.exceptions.Exit(3)


def _print_report(report: AddReport) -> None:
    click.echo(
        t(
            "{added} {added:|document|documents} added, {updated} updated, {unchanged} unchanged, {removed} removed; "
            "{revisions} new {revisions:|revision|revisions}, {passages} new {passages:|passage|passages}.",
            revisions=report.revisions,
            added=len(report.added),
            updated=len(report.updated),
            unchanged=len(report.unchanged),
            removed=len(report.removed),
            passages=report.passages,
        )
    )
    if report.passed_over:
        click.echo(
            t(
                "{count} {count:|file of another kind was|files of other kinds were} passed over:",
                count=len(report.passed_over),
            )
        )
    for path in report.passed_over[:_NAMED]:
        click.echo(f"  {path}")
    more = len(report.passed_over) - _NAMED
    if more > 0:
        click.echo("  " + t("and {count} more; --json lists them all.", count=more))
    if report.refused:
        click.secho(t("{count} {count:|was|were} refused:", count=len(report.refused)), fg="yellow", err=True)
    for refusal in report.refused[:_NAMED]:
        where = f"{refusal.path}:{refusal.line}" if refusal.line else refusal.path
        click.echo(f"  {where}: {refusal.reason}", err=True)
    more = len(report.refused) - _NAMED
    if more > 0:
        click.echo("  " + t("and {count} more; --json lists them all.", count=more), err=True)
    if report.notices:
        click.secho(t("{count} {count:|notice|notices}:", count=len(report.notices)), fg="yellow", err=True)
    for notice in report.notices[:_NAMED]:
        click.echo(f"  {notice.path}: {notice.notice}", err=True)
    more = len(report.notices) - _NAMED
    if more > 0:
        click.echo("  " + t("and {count} more; --json lists them all.", count=more), err=True)


def print_doubtful(count: int) -> None:
    """That a change has made past answers doubtful."""
    if count:
        click.echo(
            t("{count} past {count:|answer is|answers are} doubtful now: groundtune answers doubtful", count=count)
        )
