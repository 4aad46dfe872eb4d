"""`groundtune documents`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from groundtune.cli.add import print_doubtful
from groundtune.cli.output import emit, json_option, open_workspace, table, workspace_option
from groundtune.i18n import t

if TYPE_CHECKING:
    from groundtune.storage.documents import DocumentInfo
    from groundtune.types import Revision


@click.group("documents", invoke_without_command=True)
@click.pass_context
def documents_command(context: click.Context) -> None:
    """List, show and delete documents and their revisions."""
    if context.invoked_subcommand is None:
        context.invoke(list_command, workspace_path=None, as_json=False)


@documents_command.command("list")
@json_option
@workspace_option
def list_command(as_json: bool, workspace_path: Path | None) -> None:
    """List all documents, each as the revision in force today has it."""
    from groundtune.knowledge.standing import describe

    documents = open_workspace(workspace_path).store.documents(as_of=date.today())
    if as_json:
        emit("documents/1", {"documents": documents})
        return
    rows = [
        (
            info.id,
            info.title,
            str(info.revisions),
            str(info.passages),
            _since(info),
            ", ".join(sorted(info.readers)) if info.readers is not None else t("everybody"),
            describe(info.metadata),
        )
        for info in documents
    ]
    table(
        (t("id"), t("title"), t("revisions"), t("passages"), t("in force from"), t("readers"), t("authority, scope")),
        rows,
    )
    click.echo(t("{count} {count:|document|documents}.", count=len(rows)))


@documents_command.command("refused")
@json_option
@workspace_option
def refused_command(as_json: bool, workspace_path: Path | None) -> None:
    """List the files and rows that did not go in when they were last added, each with the reason."""
    refused = open_workspace(workspace_path).store.refusals.all()
    if as_json:
        emit("refused/1", {"refused": refused})
        return
    for row in refused:
        where = f"{row.path}:{row.line}" if row.line else row.path
        click.echo(f"{click.style(where, bold=True)} ({row.refused_at:%Y-%m-%d %H:%M})\n    {row.reason}")
    click.echo(
        t("{count} {count:|was|were} refused. One that is mended goes in when it is added again.", count=len(refused))
    )


@documents_command.command("show")
@click.argument("document_id")
@click.option("--text/--no-text", "with_text", default=False, help=t("Print the whole text."))
@json_option
@workspace_option
def show_command(document_id: str, with_text: bool, as_json: bool, workspace_path: Path | None) -> None:
    """Show a document's revisions."""
    from groundtune.knowledge.standing import describe
    from groundtune.workspace.documents import known

    workspace = open_workspace(workspace_path)
    known(workspace, [document_id])
    revisions = workspace.store.revisions(document_id)
    if as_json:
        emit("document/1", {"id": document_id, "revisions": [_plain_revision(r, with_text) for r in revisions]})
        return
    for revision in revisions:
        click.secho(f"{revision.number}. {revision.title}", bold=True)
        click.echo(f"   {_force(revision)}")
        click.echo(f"   {t('added')}: {revision.added_at:%Y-%m-%d %H:%M} · {revision.source}")
        counts = describe(revision.metadata)
        if counts:
            click.echo(f"   {counts}")
        for notice in revision.notices:
            click.echo(f"   {notice}")
        if with_text:
            click.echo(f"\n{revision.text}\n")


@documents_command.command("delete")
@click.argument("document_ids", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help=t("Don't ask."))
@json_option
@workspace_option
def delete_command(document_ids: tuple[str, ...], yes: bool, as_json: bool, workspace_path: Path | None) -> None:
    """Delete documents with all their revisions; they are gone from every answer at once."""
    from groundtune.workspace.documents import delete_with_reports, known

    workspace = open_workspace(workspace_path)
    known(workspace, document_ids)
    if not yes:
        count = len(set(document_ids))
        click.confirm(
            t("Delete {count} {count:|document|documents} with all revisions?", count=count), abort=True, err=as_json
        )
    before = workspace.store.last_change()
    gone = delete_with_reports(workspace, document_ids)
    deleted, reports = gone.ids, gone.reports
    doubtful = workspace.answers.doubtful_since(before)
    if as_json:
        emit("delete/1", {"deleted": deleted, "doubtful_answers": doubtful, "reports_removed": reports})
    else:
        click.echo(t("Deleted: {ids}.", ids=", ".join(deleted)))
        for path in reports:
            click.echo(t("It quoted them and was removed; `groundtune compare` makes it anew: {path}", path=path))
        print_doubtful(doubtful)


def _since(info: DocumentInfo) -> str:
    since = str(info.effective_from or "–")
    return since if info.next_from is None else t("{day}, next {next}", day=since, next=info.next_from)


def _force(revision: Revision) -> str:
    first, end = revision.effective_from, revision.in_force_until
    since = t("in force from {day}", day=first) if first else t("undated")
    return f"{since}, {t('before {day}', day=end)}" if end else since


def _plain_revision(revision: Any, with_text: bool) -> dict[str, Any]:
    plain = {
        "number": revision.number,
        "title": revision.title,
        "language": revision.language,
        "effective_from": revision.effective_from,
        "effective_to": revision.effective_to,
        "in_force_until": revision.in_force_until,
        "added_at": revision.added_at,
        "source": revision.source,
        "metadata": dict(revision.metadata),
        "notices": revision.notices,
        "locations": revision.locations,
        "content_hash": revision.content_hash,
    }
    return plain | ({"text": revision.text} if with_text else {})
