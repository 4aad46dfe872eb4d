"""`groundtune init`."""

from __future__ import annotations

from pathlib import Path

import click

from groundtune.cli.output import emit, json_option
from groundtune.i18n import t


@click.command("init")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option("--pack", default=None, help=t("The domain pack to use; by default the one that is installed."))
@json_option
def init_command(folder: Path, pack: str | None, as_json: bool) -> None:
    """Make FOLDER (by default this one) a workspace."""
    from groundtune.packs import installed_packs, open_pack
    from groundtune.workspace import Workspace

    if pack is None:
        pack = next(iter(sorted(installed_packs())), None)
    else:
        open_pack(pack)
    workspace = Workspace.create(folder.resolve(), pack=pack)
    if as_json:
        emit("init/1", {"workspace": workspace.settings.root, "pack": pack})
        return
    click.echo(t("Made the workspace {folder}.", folder=workspace.settings.root))
    click.echo(t("Next: groundtune add YOUR-DOCUMENTS --workspace {folder}", folder=folder))
