"""`groundtune watch`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from groundtune.cli.add import allow_empty_option, allow_host_option
from groundtune.cli.output import json_option, open_workspace, plain, workspace_option
from groundtune.i18n import t

if TYPE_CHECKING:
    from groundtune.workspace.telling import Event


@click.command("watch")
@click.argument("places", nargs=-1, required=True)
@click.option(
    "--every",
    "every_seconds",
    type=click.FloatRange(min=1.0),
    default=60.0,
    metavar=t("SECONDS"),
    help=t("How often addresses are asked; folders are looked at a few times a second. By default 60."),
)
@click.option(
    "--prune/--no-prune",
    default=True,
    help=t("Remove documents that are there no more (by default), or keep them."),
)
@allow_empty_option
@allow_host_option
@json_option
@workspace_option
def watch_command(
    places: tuple[str, ...],
    every_seconds: float,
    prune: bool,
    allow_empty: bool,
    allowed_hosts: tuple[str, ...],
    as_json: bool,
    workspace_path: Path | None,
) -> None:
    """Follow folders and addresses until Ctrl-C: what is saved there is found at once, what is deleted is gone.

    It begins by catching up with what happened while nobody watched, and prints a line for each change.
    """
    from groundtune.progress import Bar, stoppable
    from groundtune.workspace.watching import watch

    workspace = open_workspace(workspace_path)
    with stoppable() as stop:
        watch(
            workspace,
            places,
            prune=prune,
            allow_empty=allow_empty,
            allowed_hosts=allowed_hosts,
            every_seconds=every_seconds,
            stop=stop,
            tell=_tell_programs if as_json else _tell_people,
            progress=Bar(),
        )


def _tell_programs(event: Event) -> None:
    """One JSON object a line."""
    click.echo(json.dumps({"schema": "groundtune.watch/1", **plain(event)}, ensure_ascii=False))


def _tell_people(event: Event) -> None:
    words = {
        "added": t("added"),
        "updated": t("updated"),
        "removed": t("removed"),
        "refused": t("not taken"),
        "notice": t("notice"),
        "trouble": t("trouble"),
        "watching": t("Watching. Ctrl-C ends it."),
        "ended": t("Ended."),
    }
    where = f"{event.source}:{event.line}" if event.line else event.source or event.document
    said = ": ".join(part for part in (where, event.reason) if part)
    line = f"{event.at.astimezone():%Y-%m-%d %H:%M:%S}  {words[event.kind]}" + (f"  {said}" if said else "")
    click.echo(line, err=event.kind in ("refused", "notice", "trouble"))
