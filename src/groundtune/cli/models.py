"""`groundtune models list | show | promote | rollback | clean`."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from groundtune.cli.figures import figure_rows, primary, state_name
from groundtune.cli.output import emit, json_option, open_workspace, table, workspace_option
from groundtune.i18n import t

if TYPE_CHECKING:
    from groundtune.storage.registry import Promotion
    from groundtune.storage.runs import Run


@click.group("models")
def models_command() -> None:
    """List, show, promote and roll back tuned models."""


@models_command.command("list")
@click.argument("name", required=False)
@json_option
@workspace_option
def list_models(name: str | None, as_json: bool, workspace_path: Path | None) -> None:
    """List the versions of every model, or of NAME."""
    versions = open_workspace(workspace_path).registry.list(name)
    if as_json:
        emit("models/1", {"models": versions})
        return
    if not versions:
        click.echo(t("No model was tuned yet. Next: groundtune tune TASK"))
        return
    rows = [
        [
            str(v),
            v.kind,
            ", ".join(v.aliases),
            state_name(v),
            primary(v),
            f"{v.bytes / 1e6:.0f} MB",
            v.created_at.date().isoformat(),
        ]
        for v in versions
    ]
    table([t("Model"), t("Kind"), t("Alias"), t("State"), t("Quality"), t("Size"), t("Made")], rows)


@models_command.command("show")
@click.argument("model")
@json_option
@workspace_option
def show(model: str, as_json: bool, workspace_path: Path | None) -> None:
    """Show MODEL (“NAME” or “NAME@VERSION”): where it comes from, its metrics, files and promotions."""
    registry = open_workspace(workspace_path).registry
    version = registry.get(*model.split("@", 1))
    log = registry.promotions(version.name)
    if as_json:
        emit("model/1", {"model": version, "promotions": log})
        return
    click.secho(str(version), bold=True)
    for label, value in (
        (t("State"), f"{state_name(version)} {version.state_note}".strip()),
        (t("Alias"), ", ".join(version.aliases) or "–"),
        (t("Parent"), f"{version.name}@{version.parent}" if version.parent else "–"),
        (t("Base model"), version.base_model),
        (t("Data"), version.data_hash),
        (t("Split"), version.split_hash),
        (t("Seed"), str(version.seed)),
        (t("Made"), version.created_at.isoformat()),
        (t("Libraries"), ", ".join(f"{name} {number}" for name, number in version.libraries.items())),
        (t("Folder"), str(version.folder)),
    ):
        click.echo(f"{label}: {value}")
    click.echo()
    table([t("Measure"), t("Value"), t("95 % interval")], figure_rows(version.metrics))
    click.echo()
    table([t("File"), "SHA-256", t("Size")], [[f.path, f.sha256, f"{f.bytes:,}"] for f in version.details])
    if log:
        click.echo()
        _print_log(log)


@models_command.command("promote")
@click.argument("model")
@click.option("--why", required=True, help=t("The reason, for the log."))
@click.option("--who", default=None, help=t("Who decided; by default the user who runs this."))
@json_option
@workspace_option
def promote(model: str, why: str, who: str | None, as_json: bool, workspace_path: Path | None) -> None:
    """Make MODEL (“NAME@VERSION”) the one that is used when NAME is asked for."""
    from groundtune.errors import UsageError

    name, _, version = model.partition("@")
    if not version:
        raise UsageError(t("Say which version: {name}@VERSION. `groundtune models list {name}` shows them.", name=name))
    line = open_workspace(workspace_path).registry.promote(name, version, who=who or getpass.getuser(), why=why)
    _print_line(line, as_json)


@models_command.command("rollback")
@click.argument("name")
@click.option("--why", required=True, help=t("The reason, for the log."))
@click.option("--who", default=None, help=t("Who decided; by default the user who runs this."))
@json_option
@workspace_option
def rollback(name: str, why: str, who: str | None, as_json: bool, workspace_path: Path | None) -> None:
    """Go back to the version of NAME that was used before the last promotion."""
    line = open_workspace(workspace_path).registry.rollback(name, who=who or getpass.getuser(), why=why)
    _print_line(line, as_json)


@models_command.command("clean")
@click.option("--yes", is_flag=True, help=t("Don't ask."))
@json_option
@workspace_option
def clean(yes: bool, as_json: bool, workspace_path: Path | None) -> None:
    """Remove what unfinished tuning runs left behind; they can't be continued any more. No version is touched."""
    registry = open_workspace(workspace_path).registry
    runs = registry.unfinished()
    if runs and not as_json:
        rows = [
            [r.name, f"{r.bytes / 1e6:.0f} MB", f"{r.changed_at.astimezone():%Y-%m-%d %H:%M}", _at(r)] for r in runs
        ]
        table([t("Model"), t("Size"), t("Last change"), t("Process")], rows)
    if not yes and any(run.holder is None for run in runs):
        click.confirm(t("Remove the runs that no process works on?"), abort=True, err=as_json)
    removed, half = registry.forget_unfinished(), registry.clear()
    if as_json:
        emit("models-clean/1", {"removed": removed, "half_versions": half})
        return
    size = f"{sum(run.bytes for run in removed) / 1e6:.0f}"
    click.echo(t("{count} unfinished {count:|run|runs} removed ({size} MB).", count=len(removed), size=size))


def _at(run: Run) -> str:
    return f"{run.holder.pid} @ {run.holder.host}" if run.holder else "–"


def _print_line(line: Promotion, as_json: bool) -> None:
    if as_json:
        emit("promotion/1", {"promotion": line})
        return
    before = "–" if line.previous is None else f"{line.name}@{line.previous}"
    now = f"{line.name}@{line.version}"
    click.echo(t("{name} is now {now} (before: {before}).", name=line.name, now=now, before=before))


def _print_log(log: tuple[Promotion, ...]) -> None:
    rows = [
        [
            p.at.isoformat(),
            t(p.kind),
            p.alias,
            "–" if p.previous is None else str(p.previous),
            str(p.version),
            p.who,
            p.why,
        ]
        for p in log
    ]
    table([t("When"), t("What"), t("Alias"), t("From"), t("To"), t("Who"), t("Why")], rows)
