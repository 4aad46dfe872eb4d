"""`groundtune diff`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from groundtune.cli.output import Groups, emit, json_option, open_workspace, place, reader_of, workspace_option
from groundtune.i18n import t

if TYPE_CHECKING:
    from groundtune.knowledge.changes import Change, Words
    from groundtune.types import Revision


@click.command("diff")
@click.argument("document_id", metavar="DOCUMENT")
@click.option(
    "--from",
    "before",
    type=click.IntRange(1),
    default=None,
    help=t("The earlier revision's number; by default the one before."),
)
@click.option(
    "--to",
    "after",
    type=click.IntRange(1),
    default=None,
    help=t("The later revision's number; by default the last to take effect."),
)
@click.option(
    "--group", "groups", type=Groups(), multiple=True, help=t("Read as a reader of this group; may be repeated.")
)
@json_option
@workspace_option
def diff_command(
    document_id: str,
    before: int | None,
    after: int | None,
    groups: tuple[frozenset[str], ...],
    as_json: bool,
    workspace_path: Path | None,
) -> None:
    """Show what changed between two revisions of DOCUMENT, clause by clause."""
    from groundtune.workspace.documents import difference

    workspace = open_workspace(workspace_path)
    found = difference(workspace, document_id, before=before, after=after, reader=reader_of(groups))
    count = Counter(change.kind for change in found.changes)
    if as_json:
        ends = {"from": _plain(found.before), "to": _plain(found.after)}
        emit("diff/1", {"document": document_id, **ends, "changes": found.changes})
        return
    click.secho(f"{found.after.title} ({document_id})", bold=True)
    for revision in (found.before, found.after):
        click.echo(f"  {revision.number}. {_force(revision)}")
    shown: str | None = None
    for change in found.changes:
        where = _where(change)
        if where != shown:
            click.secho(f"\n{where}" if where else "", bold=True)
            shown = where
        print_change(change)
    click.echo(
        "\n"
        + t(
            "{changed} changed, {added} added, {removed} removed.",
            changed=count["changed"],
            added=count["added"],
            removed=count["removed"],
        )
    )


def _where(change: Change) -> str:
    from groundtune.knowledge.clauses import beyond_headings

    deeper = beyond_headings(change.clause, change.heading_path)
    return " · ".join(filter(None, (place("", change.heading_path), deeper)))


def print_change(change: Change, indent: str = "  ") -> None:
    if change.kind == "changed":
        click.echo(f"{indent}~ {''.join(map(_marked, change.words))}")
    elif change.kind == "added":
        click.secho(f"{indent}+ {change.after}", fg="green")
    else:
        click.secho(f"{indent}- {change.before}", fg="red")


def _marked(words: Words) -> str:
    """As `git diff --word-diff` marks them, so that it reads without colours too."""
    if words.kind == "removed":
        return click.style(f"[-{words.text}-]", fg="red")
    return click.style(f"{{+{words.text}+}}", fg="green") if words.kind == "added" else words.text


def _force(revision: Revision) -> str:
    since = t("in force from {day}", day=revision.effective_from) if revision.effective_from else t("undated")
    until = t("before {day}", day=revision.effective_to) if revision.effective_to else None
    return ", ".join(filter(None, (since, until))) + f" · {t('added')}: {revision.added_at:%Y-%m-%d %H:%M}"


def _plain(revision: Revision) -> dict[str, Any]:
    return {
        "number": revision.number,
        "title": revision.title,
        "effective_from": revision.effective_from,
        "effective_to": revision.effective_to,
        "added_at": revision.added_at,
    }
