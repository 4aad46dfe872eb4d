"""`groundtune erase`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from groundtune.cli.output import emit, json_option, open_workspace, workspace_option
from groundtune.i18n import t

if TYPE_CHECKING:
    from groundtune.workspace.erasing import Certificate
    from groundtune.workspace.erasing_files import Line
    from groundtune.workspace.erasing_look import Findings

LEFT = 6
"""The exit code when something is left."""
_SHOWN = 8
"""Places of one document, file or table that are printed; --json lists them all."""


@click.command("erase")
@click.option("--person", required=True, help=t("The person's whole name."))
@click.option("--also", multiple=True, help=t("Another name of the same person; may be repeated."))
@click.option("--email", "emails", multiple=True, help=t("An e-mail address; may be repeated."))
@click.option("--phone", "phones", multiple=True, help=t("A telephone number, however it is written; may be repeated."))
@click.option("--id", "ids", multiple=True, help=t("A personnel or other number; may be repeated."))
@click.option(
    "--documents",
    type=click.Choice(["auto", "redact", "delete"]),
    default="auto",
    show_default=True,
    help=t("Delete documents that name the person, redact them, or delete those alone that are about the person."),
)
@click.option(
    "--except",
    "excepted",
    multiple=True,
    help=t("A document, or a file of the workspace, that means somebody else; may be repeated."),
)
@click.option(
    "--task",
    "tasks",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=t("A task file outside of the workspace, for the models that are tuned on its data; may be repeated."),
)
@click.option("--dry-run", is_flag=True, help=t("Show what would go, and change nothing."))
@click.option("--yes", is_flag=True, help=t("Don't ask."))
@json_option
@workspace_option
def erase_command(
    person: str,
    also: tuple[str, ...],
    emails: tuple[str, ...],
    phones: tuple[str, ...],
    ids: tuple[str, ...],
    documents: Any,
    excepted: tuple[str, ...],
    tasks: tuple[Path, ...],
    dry_run: bool,
    yes: bool,
    as_json: bool,
    workspace_path: Path | None,
) -> None:
    """Erase a person from the workspace: documents, answers, cases, traces, indexes. Killed half-way, it continues."""
    from groundtune.privacy import Person
    from groundtune.progress import Bar
    from groundtune.workspace.erasing import erase, unfinished
    from groundtune.workspace.erasing_look import Request, look

    workspace = open_workspace(workspace_path)
    request = Request(Person((person, *also), emails, phones, ids), documents, excepted, tasks)
    found = look(workspace, request)
    begun = unfinished(workspace, request)
    if not as_json:
        _print_findings(found, workspace.settings.root)
    if dry_run:
        if as_json:
            emit("erase/1", {"done": False, "unfinished": begun, **_plain(found), "certificate": None})
        return
    if begun:
        click.echo(t("This erasure was interrupted; it goes on."), err=True)
    if not yes and found.to_do:
        click.confirm(t("Erase all this? It can't be undone."), abort=True, err=as_json)
    certificate = erase(workspace, request, found, Bar())
    if as_json:
        emit("erase/1", {"done": True, "unfinished": not certificate.whole, **_plain(found), **_proof(certificate)})
    else:
        _print_certificate(certificate, workspace.settings.root)
    if not certificate.whole:
        raise click.exceptions.Exit(LEFT)


def _plain(found: Findings) -> dict[str, Any]:
    return {
        "documents": [
            {
                "id": document.id,
                "action": document.action,
                "places": [
                    {"revision": revision, "line": line.number, "context": line.context}
                    for revision, line in document.lines
                ],
            }
            for document in found.documents
        ],
        "rows": [
            {"table": row.table, "column": row.column, "key": dict(row.key), "action": _row_action(row.goes_whole)}
            for row in found.rows
        ],
        "files": [
            {"path": file.path, "action": file.action, "places": [_place(line) for line in file.lines]}
            for file in found.files
        ],
        "outside": [{"path": path, "places": [_place(line) for line in lines]} for path, lines in found.outside],
        "models": found.models,
        "unfinished_runs": found.unfinished_runs,
    }


def _place(line: Line) -> dict[str, Any]:
    return {"line": line.number, "context": line.context}


def _row_action(goes_whole: bool) -> str:
    return "delete" if goes_whole else "redact"


def _proof(certificate: Certificate) -> dict[str, Any]:
    return {
        "certificate": {
            "documents_deleted": certificate.deleted,
            "documents_redacted": certificate.redacted,
            "rows": certificate.rows,
            "files": certificate.files,
            "scan": certificate.scan,
            "left": _plain(certificate.left),
            "models": certificate.models,
            "outside": certificate.outside,
        }
    }


def _print_findings(found: Findings, root: Path) -> None:
    actions = {
        "redact": t("the name is taken out"),
        "delete": t("deleted whole"),
        "by hand": t("to be mended by hand"),
        "kept": t("file of a registered model, kept"),
    }
    for document in found.documents:
        _head(document.id, t("document"), actions[document.action], len(document.lines))
        _lines([(f"{revision}:" if revision else "", line) for revision, line in document.lines])
    for (table, whole), rows in groupby(found.rows, lambda row: (row.table, row.goes_whole)):
        same = list(rows)
        _head(table, t("rows"), actions[_row_action(whole)], len(same))
    for file in found.files:
        _head(str(file.path.relative_to(root)), t("file"), actions[file.action], len(file.lines))
        _lines([("", line) for line in file.lines])
    for path, lines in found.outside:
        _head(path, t("file outside of the workspace"), t("not touched"), len(lines))
        _lines([("", line) for line in lines])
    for run in found.unfinished_runs:
        _head(run, t("unfinished run of tuning"), actions["delete"], 0)
    _models(found)
    if not (found.to_do or found.outside):
        click.echo(t("Nobody of this name is found in the workspace."))


def _head(name: str, kind: str, action: str, places: int) -> None:
    told = t("{count} {count:|place|places}", count=places) if places else None
    click.echo(" · ".join(filter(None, (click.style(name, bold=True), kind, told, action))))


def _lines(lines: Sequence[tuple[str, Line]]) -> None:
    for place, line in lines[:_SHOWN]:
        click.echo(f"    {place}{line.number if line.number else ''}  {line.context}")
    more = len(lines) - _SHOWN
    if more > 0:
        click.echo("    " + t("and {count} more; --json lists them all.", count=more))


def _models(found: Findings | Certificate) -> None:
    said = {
        "yes": t("it was tuned on rows that name the person"),
        "perhaps": t("it was tuned on an earlier state of data that name the person"),
        "unknown": t("no task here holds its data, so whether it knows the person can't be told"),
    }
    for model in found.models:
        click.echo(f"{click.style(model.model, bold=True)} · {t('model')} · {said[model.knows]}")
        if model.knows != "unknown" and model.task is not None:
            click.echo("    " + t("Tune it anew: groundtune tune {task}", task=model.task))


def _print_certificate(certificate: Certificate, root: Path) -> None:
    scan = certificate.scan
    click.echo()
    click.echo(
        t(
            "Erased: {deleted} {deleted:|document|documents} deleted, {redacted} redacted; {rows} {rows:|row|rows}, "
            "{files} {files:|file|files}.",
            deleted=certificate.deleted,
            redacted=certificate.redacted,
            rows=certificate.rows,
            files=certificate.files,
        )
    )
    told = t(
        "{bytes} bytes of {files} files were read again: {hits} {hits:|hit|hits}.",
        bytes=f"{scan.bytes:,}",
        files=scan.files,
        hits=len(scan.hits),
    )
    click.secho(told, bold=True)
    if not scan.by_bytes:
        click.echo(t("Not everything could be told by its bytes; all rows and texts were read instead."))
    for hit in scan.hits:
        click.echo(f"    {hit}", err=True)
    if certificate.left.to_do:
        click.echo(t("This is left:"), err=True)
        _print_findings(certificate.left, root)
    if any(file.action == "by hand" for file in certificate.left.files):
        click.echo(t("Mend or remove these files, then run the same command again."), err=True)
    for path in certificate.outside:
        click.echo(t("Not touched, outside of the workspace: {path}", path=path))
    _models(certificate)
