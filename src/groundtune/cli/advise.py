"""`groundtune advise`."""

from __future__ import annotations

from pathlib import Path

import click

from groundtune.cli.output import emit, json_option, open_workspace, workspace_option
from groundtune.i18n import language


@click.command("advise")
@click.argument("task", type=click.Path(dir_okay=False, path_type=Path))
@json_option
@workspace_option
def advise_command(task: Path, as_json: bool, workspace_path: Path | None) -> None:
    """Recommend an approach to TASK (a TOML file) from its last comparison and the needs that the file states now."""
    from groundtune.cli.compare import print_advice
    from groundtune.comparison.tasks import read_task
    from groundtune.workspace.comparing import kept_report

    report = kept_report(open_workspace(workspace_path), read_task(task))
    if as_json:
        emit("advise/1", {"compared_at": report.comparison.compared_at, **report.advice.to_json(language())})
        return
    print_advice(report.advice)
