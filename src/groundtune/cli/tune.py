"""`groundtune tune`."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from groundtune.cli.figures import figure_rows
from groundtune.cli.output import emit, json_option, open_workspace, table, workspace_option
from groundtune.i18n import language, t

if TYPE_CHECKING:
    from groundtune.storage.registry import ModelVersion
    from groundtune.workspace import Workspace


@click.command("tune")
@click.argument("task", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--data", "data_file", type=click.Path(path_type=Path), help=t("Labelled data, in place of a task."))
@click.option(
    "--pairs",
    "pair_files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=t("Questions with what answers them, in place of a task: tunes the retriever. May be repeated."),
)
@click.option("--any-date", is_flag=True, help=t("A pair without as_of asks any date, not today."))
@click.option("--name", help=t("The model's name; by default the task's, or the data file's."))
@click.option("--text-column", default="text", show_default=True, help=t("The column (or key) of the text."))
@click.option("--label-column", default="label", show_default=True, help=t("The column (or key) of the label."))
@click.option("--group-column", default=None, help=t("The column of what must stay on one side; by default “group”."))
@click.option("--seed", type=int, help=t("Decides the split and the training; by default the task's, or 0."))
@json_option
@workspace_option
def tune_command(
    task: Path | None,
    data_file: Path | None,
    pair_files: tuple[Path, ...],
    any_date: bool,
    name: str | None,
    text_column: str,
    label_column: str,
    group_column: str | None,
    seed: int | None,
    as_json: bool,
    workspace_path: Path | None,
) -> None:
    """Fine-tune a model for TASK (a TOML file), on labelled data or on pairs; the same command continues after a
    stop."""
    from dataclasses import replace

    from groundtune.comparison.tasks import RETRIEVE_TEST_SHARE, Columns, Data, Task, read_task
    from groundtune.errors import UsageError
    from groundtune.progress import Bar, stoppable
    from groundtune.storage.registry import check_name

    if sum(map(bool, (task, data_file, pair_files))) != 1:
        raise UsageError(t("Name either a task file, --data FILE or --pairs FILE."))
    workspace = open_workspace(workspace_path)
    if data_file is not None:
        columns = Columns(text=text_column, label=label_column, group=group_column)
        found = Task(data_file.stem, "classify", data_file, Data(labelled=data_file, columns=columns))
    elif pair_files:
        paired = Data(pairs=pair_files, any_date=any_date, test_share=RETRIEVE_TEST_SHARE)
        found = Task(pair_files[0].stem, "retrieve", pair_files[0], paired)
    else:
        assert task is not None
        found = read_task(task)
    if seed is not None:
        found = replace(found, seed=seed)
    check_name(name or found.name)
    with stoppable() as stop:
        version, new = workspace.tune(found, Bar(), stop, name=name)
    promoted = workspace.promote_first(version, who=getpass.getuser())
    if as_json:
        emit("tune/1", {"model": str(version), "new": new, "promoted": promoted, **_summary(version)})
        return
    _print(workspace, version, new, promoted)


def _summary(version: ModelVersion) -> dict[str, Any]:
    return {
        "state": version.state,
        "note": version.state_note,
        "folder": version.folder,
        "metrics": version.metrics,
        "data_hash": version.data_hash,
        "split_hash": version.split_hash,
        "kept_out": _kept_out(version),
    }


def _kept_out(version: ModelVersion) -> dict[str, list[int]] | None:
    """Lines kept out of training because they repeat held-out ones, by reason; `None` without a file of held-out rows.

    They stand with the version, so that they are known of one that was tuned before.
    """
    path = version.folder / "split.json"
    found: dict[str, list[int]] | None = json.loads(path.read_text("utf-8")).get("kept_out") if path.exists() else None
    return found


def _next_of_retriever(version: ModelVersion) -> None:
    gain = version.metrics["mrr_gain_held_out"]
    if gain.low is not None and gain.low > 0:
        click.echo(
            t(
                "It finds more than the embedder in use. To measure and switch: "
                "groundtune reindex --embedder {model} --cases FILE",
                model=version,
            )
        )
    else:
        click.echo(t("It finds no more than the embedder in use, beyond chance. Nothing was changed."))


def _print(workspace: Workspace, version: ModelVersion, new: bool, promoted: bool) -> None:
    if not new:
        click.echo(t("{model} was tuned on the same data with the same recipe already.", model=version))
    kept_out = _kept_out(version)
    if kept_out is not None:
        click.echo(
            t(
                "{count} {count:|row repeats|rows repeat} held-out ones and {count:|was|were} kept out of training: "
                "{same} with the same text, {near} with nearly the same, {group} of the same group, "
                "{connected} connected with one of these.",
                count=sum(map(len, kept_out.values())),
                same=len(kept_out["same_text"]),
                near=len(kept_out["near_text"]),
                group=len(kept_out["same_group"]),
                connected=len(kept_out["connected"]),
            )
        )
    table([t("Measure"), t("Value"), t("95 % interval")], figure_rows(version.metrics))
    card = version.folder / ("card.ko.md" if language() == "ko" else "card.md")
    click.echo(t("{model} is in {folder}; its card is {card}.", model=version, folder=version.folder, card=card.name))
    if version.state != "ready":
        click.secho(t("{model} must not be promoted: {why}", model=version, why=version.state_note), fg="red")
        return
    if version.kind == "retrieve":
        _next_of_retriever(version)
    elif promoted:
        click.echo(
            t("It was promoted, being the first. Next: groundtune predict {name} --input FILE", name=version.name)
        )
    elif workspace.registry.champion(version.name) != version.version:
        click.echo(t("To use it: groundtune models promote {model} --why “…”", model=version))
