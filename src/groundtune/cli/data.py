"""`groundtune data check`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from groundtune.cli.output import emit, json_option, table
from groundtune.i18n import t

if TYPE_CHECKING:
    from groundtune.tuning.data import LabelledData
    from groundtune.tuning.labelled import Problem
    from groundtune.tuning.split import Split

_SHOWN = 12
"""Problems of one kind that are printed; JSON has all."""


@click.group("data")
def data_command() -> None:
    """Check labelled data and split it without leakage."""


@data_command.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--text-column", default="text", show_default=True, help=t("The column (or key) of the text."))
@click.option("--label-column", default="label", show_default=True, help=t("The column (or key) of the label."))
@click.option("--group-column", default=None, help=t("The column of what must stay on one side; by default “group”."))
@click.option("--seed", default=0, show_default=True, help=t("Decides the split."))
@click.option("--save-split", type=click.Path(dir_okay=False, path_type=Path), help=t("Write the split here, as JSON."))
@json_option
def check(
    file: Path,
    text_column: str,
    label_column: str,
    group_column: str | None,
    seed: int,
    save_split: Path | None,
    as_json: bool,
) -> None:
    """Say what is wrong with FILE (.jsonl, .csv, .tsv, .xlsx), line by line, and how it would be split.

    FILE may be a classify task (.toml): then its own columns, seed and held-out rows are taken.
    """
    from groundtune.comparison.tasks import Columns, read_task
    from groundtune.tuning.prepare import check_labelled, check_task

    if file.suffix == ".toml":
        data, parts, why_not = check_task(read_task(file))
    else:
        data, parts, why_not = check_labelled(file, Columns(text_column, label_column, group_column), seed=seed)
    if save_split is not None and parts is not None:
        parts.save(save_split, data)
    if as_json:
        emit("data-check/1", _report(data, parts, why_not))
    else:
        _print(data, parts, why_not)
    if parts is None:
        raise click.exceptions.Exit(3)


def _report(data: LabelledData, parts: Split | None, why_not: str | None) -> dict[str, Any]:
    from groundtune.tuning.split import SIDES

    return {
        "file": data.path,
        "rows": data.rows,
        "used": len(data.examples),
        "data_hash": data.data_hash,
        "problems": [
            {"kind": p.kind, "lines": p.lines, "detail": p.detail, "left_out": p.fatal} for p in data.problems
        ],
        "classes": data.classes,
        "split": None
        if parts is None
        else {
            "hash": parts.hash,
            "seed": parts.seed,
            "train_only": parts.train_only,
            "lines": {side: [data.examples[i].line for i in getattr(parts, side)] for side in SIDES},
        },
        "cannot_be_split": why_not,
    }


def _print(data: LabelledData, parts: Split | None, why_not: str | None) -> None:
    from groundtune.tuning.split import SIDES

    used = t(
        "{rows} {rows:|row|rows} read, {used} can be used, {labels} {labels:|label|labels}.",
        rows=data.rows,
        used=len(data.examples),
        labels=len(data.classes),
    )
    click.echo(f"{data.path}: {used}")
    by_kind: dict[str, list[Problem]] = {}
    for problem in data.problems:
        by_kind.setdefault(problem.kind, []).append(problem)
    for kind, problems in by_kind.items():
        click.secho(f"\n{t(kind)} ({len(problems)})", bold=True)
        for problem in problems[:_SHOWN]:
            lines = ", ".join(map(str, problem.lines[:6])) + (" …" if len(problem.lines) > 6 else "")
            click.echo(f"  {t('line')} {lines}: {problem.detail}")
        if len(problems) > _SHOWN:
            click.echo("  " + t("… and {count} more; --json names all.", count=len(problems) - _SHOWN))
    click.echo()
    sides = [] if parts is None else [Counter(data.examples[i].label for i in getattr(parts, side)) for side in SIDES]
    heads = [t("Label"), t("Texts"), *(t(side) for side in SIDES[: len(sides)])]
    rows = [[label, str(count), *(str(side[label]) for side in sides)] for label, count in data.classes.items()]
    table(heads, rows)
    click.echo()
    if parts is None:
        click.secho(why_not or "", fg="red")
        return
    if parts.train_only:
        click.echo(t("Trained on, but not tested at all: {labels}.", labels=", ".join(parts.train_only)))
    click.echo(
        t(
            "Split {hash} (seed {seed}), data {data_hash}.",
            hash=parts.hash[:12],
            seed=parts.seed,
            data_hash=data.data_hash[:12],
        )
    )
