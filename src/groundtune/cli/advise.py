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
    from groundtune.advisor import advise
    from groundtune.cli.compare import latest_freshness, print_advice
    from groundtune.comparison.result import Comparison
    from groundtune.comparison.tasks import read_task
    from groundtune.errors import UsageError

    workspace = open_workspace(workspace_path)
    asked = read_task(task)
    kept = workspace.results.latest_finding(asked.name, "comparison")
    if kept is None:
        raise UsageError(
            t("“{task}” has not been compared yet. Run `groundtune compare {path}`.", task=asked.name, path=task)
        )
    found = Comparison.from_json(kept)
    advice = advise(asked.needs, found, prices=asked.prices, freshness=latest_freshness(workspace, asked))
    if as_json:
        emit("advise/1", {"compared_at": found.compared_at, **advice.to_json(language())})
        return
    print_advice(advice)
