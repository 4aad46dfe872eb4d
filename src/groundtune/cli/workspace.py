"""`groundtune init`."""

from __future__ import annotations

from pathlib import Path

import click

from groundtune.cli.output import emit, json_option
from groundtune.i18n import t


@click.command("init")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option("--pack", default=None, help=t("The domain pack to use; by default the one that is installed."))
@click.option(
    "--sample",
    "with_sample",
    is_flag=True,
    help=t("Copy the pack's sample into it: documents, tasks, and the cases and labelled rows that these name."),
)
@json_option
def init_command(folder: Path, pack: str | None, with_sample: bool, as_json: bool) -> None:
    """Make FOLDER (by default this one) a workspace."""
    from groundtune.errors import UsageError
    from groundtune.packs import installed_packs, open_pack
    from groundtune.workspace import Workspace
    from groundtune.workspace.sample import check_room, copy_sample

    if pack is None:
        pack = next(iter(sorted(installed_packs())), None)
    opened = open_pack(pack) if pack is not None else None
    sample = opened.sample if opened is not None and with_sample else None
    if sample is not None:
        check_room(sample, folder.resolve())
    elif with_sample:
        raise UsageError(t("No installed pack has a sample to show."))
    workspace = Workspace.create(folder.resolve(), pack=pack)
    root = workspace.settings.root
    documents, tasks = copy_sample(sample, root) if sample is not None else (None, None)
    if as_json:
        emit("init/1", {"workspace": root, "pack": pack, "documents": documents, "tasks": tasks})
        return
    click.echo(t("Made the workspace {folder}.", folder=root))
    if documents is not None and tasks is not None:
        click.echo(t("Copied the sample to {documents} and {tasks}.", documents=documents, tasks=tasks))
        click.echo(
            t("Next: groundtune add {documents} --workspace {folder}", documents=folder / documents.name, folder=folder)
        )
    else:
        click.echo(t("Next: groundtune add YOUR-DOCUMENTS --workspace {folder}", folder=folder))
