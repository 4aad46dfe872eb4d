"""What every command prints for programs, and how every command finds its workspace."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from groundtune.i18n import t

if TYPE_CHECKING:
    from groundtune.types import Reader
    from groundtune.workspace import Workspace

F = TypeVar("F", bound=Callable[..., Any])


def emit(schema: str, payload: dict[str, Any]) -> None:
    """Prints one JSON object; `schema` is its name and version, such as "search/1". Documented in docs/cli.md."""
    click.echo(json.dumps({"schema": f"groundtune.{schema}", **plain(payload)}, ensure_ascii=False, indent=2))


def plain(value: Any) -> Any:
    """Dataclasses, dates, paths and sets as JSON knows them."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        return value.item()
    return value


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints columns that line up, Hangul counted as two columns wide."""
    widths = [max(map(columns, column)) for column in zip(header, *rows, strict=True)]
    for number, row in enumerate((header, *rows)):
        line = "  ".join(cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        click.echo(click.style(line, bold=True) if number == 0 else line)


def columns(text: str) -> int:
    """How wide a text is on a terminal."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def place(title: str, heading_path: Sequence[str]) -> str:
    """Title › headings; what repeats the part before it is said once."""
    return " › ".join(part for part, _ in groupby(filter(None, (title, *heading_path))))


def workspace_option(command: F) -> F:
    """Adds --workspace/-w: the folder, or the nearest one at or above the current folder."""
    return click.option(
        "--workspace",
        "-w",
        "workspace_path",
        type=click.Path(file_okay=False, path_type=Path),
        default=None,
        envvar="GROUNDTUNE_WORKSPACE",
        help=t("The workspace's folder; without it, the nearest one at or above this folder."),
    )(command)


def json_option(command: F) -> F:
    """Adds --json, which prints one object for programs."""
    return click.option("--json", "as_json", is_flag=True, help=t("Print JSON for programs."))(command)


def open_workspace(path: Path | None) -> Workspace:
    from groundtune.settings import find_root, load_settings
    from groundtune.workspace import Workspace

    root = path if path is not None else find_root(Path.cwd())
    return Workspace(load_settings(root))


class Groups(click.ParamType[frozenset[str]]):
    """Names of groups, separated by commas as in a document's `readers`."""

    name = "group"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> frozenset[str]:
        if isinstance(value, frozenset):
            return value
        return frozenset(name.strip() for name in value.split(",") if name.strip())


def reader_of(named: Iterable[frozenset[str]]) -> Reader:
    """Who is in all the groups that were named."""
    from groundtune.types import Reader

    return Reader(frozenset(name for names in named for name in names))


def reader_option(command: F) -> F:
    """Adds --group, and hands over `reader`: one in these groups, or `None` for whoever administers the workspace."""

    def made(context: click.Context, parameter: click.Parameter, named: tuple[frozenset[str], ...]) -> Reader | None:
        return reader_of(named) if named else None

    return click.option(
        "--group",
        "reader",
        type=Groups(),
        multiple=True,
        callback=made,
        help=t("Look as a reader of this group, who is shown what he or she may see; may be repeated."),
    )(command)


class Day(click.ParamType[date]):
    """A date as YYYY-MM-DD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(t("“{value}” is not a date; write it as 2026-11-22.", value=value), param, ctx)
