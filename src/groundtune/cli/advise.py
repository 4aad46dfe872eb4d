"""`groundtune advise`."""

from __future__ import annotations

from pathlib import Path

import click

from groundtune.cli.output import emit, open_workspace, workspace_option
from groundtune.i18n import language, t


@click.command("advise")
@click.argument("task", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help=t("Print JSON for programs."))
@workspace_option
def advise_command(task: Path, as_json: bool, workspace_path: Path | None) -> None:
    """Recommend an approach to TASK (a TOML file) from its last comparison and the needs that the file states now."""
    from groundtune.cli.compare import kept_report, print_advice
    from groundtune.comparison.tasks import read_task

    report = kept_report(open_workspace(workspace_path), read_task(task))
    if as_json:
        emit("advise/1", {"compared_at": report.comparison.compared_at, **report.advice.to_json(language())})
        return
    print_advice(report.advice)
