"""Labelled rows from JSONL, CSV and Excel, each as an example or as what is wrong with it. Knows one row at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from groundtune.comparison.tasks import Columns
from groundtune.errors import BadData
from groundtune.i18n import t
from groundtune.tuning.sheets import Row, csv_rows, decoded, sheet_rows

ProblemKind = Literal[
    "malformed", "empty", "over_long", "duplicate", "near_duplicate", "conflicting_labels", "class_too_small"
]


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text. Examples of one group (a person, a posting) stay on one side of a split."""

    line: int
    """Where it stands in its file, from 1; a spreadsheet's row."""
    text: str
    label: str
    group: str | None = None
    id: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    kind: ProblemKind
    lines: tuple[int, ...]
    detail: str
    """For the reader, in the reader's language."""
    fatal: bool
    """Whether the lines are left out of training."""


def rows_of(path: Path, columns: Columns) -> Iterator[Example | Problem]:
    """Every row that is not blank, as an example or as what is wrong with it. An empty `columns.label` asks for none.

    Raises BadData when the file can't be read at all, or has no column of a name that was given.
    """
    kind = path.suffix.lower()
    if path.is_dir():
        raise BadData(t("This is a folder. Name a file in it."), path=path)
    if not path.is_file():
        raise BadData(t("There is no such file."), path=path)
    if kind in (".xlsx", ".xlsm"):
        yield from _table_rows(path, sheet_rows(path), columns)
    elif kind in (".csv", ".tsv"):
        yield from _table_rows(path, csv_rows(path), columns)
    elif kind in (".jsonl", ".ndjson", ".json"):
        yield from _jsonl_rows(path, columns)
    else:
        raise BadData(t("Labelled data is .jsonl, .csv, .tsv or .xlsx; this is “{kind}”.", kind=kind), path=path)


def read_texts(path: Path, column: str = "text") -> list[tuple[int, str]]:
    """(line, text) of each row of a file without labels, in any of the formats; a .txt file has a text a line.

    Raises BadData at the first row without a text: a prediction left out would shift all that follow.
    """
    if path.suffix.lower() == ".txt" and path.is_file():
        lines = enumerate(decoded(path).split("\n"), start=1)
        return [(number, line.strip()) for number, line in lines if line.strip()]
    found = []
    for row in rows_of(path, Columns(column, "")):
        if isinstance(row, Problem):
            raise BadData(row.detail, path=path, line=row.lines[0])
        if not row.text.strip():
            raise BadData(t("The text is empty."), path=path, line=row.line)
        found.append((row.line, row.text))
    return found


def _jsonl_rows(path: Path, columns: Columns) -> Iterator[Example | Problem]:
    # Split at newlines alone: a text may hold U+2028, which `splitlines` would break at.
    keys: set[str] = set()
    for number, line in enumerate(decoded(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            yield Problem("malformed", (number,), t("Not valid JSON: {error}", error=error), fatal=True)
            continue
        if not isinstance(row, dict):
            yield Problem("malformed", (number,), t("A row is a JSON object with text and label."), fatal=True)
            continue
        keys.update(row)
        yield _example(number, row, columns)
    if columns.group and keys and columns.group not in keys:
        raise BadData(
            t(
                "No row has the key “{wanted}”. Keys: {names}. Rows of one group would stand on different sides.",
                wanted=columns.group,
                names=", ".join(sorted(keys)),
            ),
            path=path,
        )


def _table_rows(path: Path, rows: Iterator[Row], columns: Columns) -> Iterator[Example | Problem]:
    header = next(rows, Row(1, ()))
    if header.problem is not None:
        raise BadData(header.problem, path=path, line=1)
    names = [name.strip() for name in header.cells]
    for wanted in (columns.text, columns.label, columns.group):
        if wanted and wanted not in names:
            raise BadData(
                t(
                    "There is no column “{wanted}”. Columns: {names}. Name yours with --text-column, --label-column "
                    "and --group-column.",
                    wanted=wanted,
                    names=", ".join(name for name in names if name) or "–",
                ),
                path=path,
                line=1,
            )
    for row in rows:
        if row.problem is not None:
            yield Problem("malformed", (row.line,), row.problem, fatal=True)
        elif len(row.cells) > len(names):
            detail = t("{cells} cells under {names} columns.", cells=len(row.cells), names=len(names))
            yield Problem("malformed", (row.line,), detail, fatal=True)
        elif any(cell.strip() for cell in row.cells):
            yield _example(row.line, dict(zip(names, row.cells, strict=False)), columns)


def _example(line: int, row: Mapping[str, Any], columns: Columns) -> Example | Problem:
    text, label = row.get(columns.text), row.get(columns.label)
    if not isinstance(text, str):
        detail = t("“{column}” is missing or not a text.", column=columns.text)
        return Problem("malformed", (line,), detail, fatal=True)
    if not columns.label:
        label = "-"
    if isinstance(label, bool) or not isinstance(label, str | int) or not str(label).strip():
        detail = t("“{column}” is missing or not a label.", column=columns.label)
        return Problem("malformed", (line,), detail, fatal=True)
    return Example(
        line,
        text,
        str(label).strip(),
        _optional(row, columns.group or "group"),
        _optional(row, "id"),
        _optional(row, "language"),
    )


def _optional(row: Mapping[str, Any], column: str) -> str | None:
    value = row.get(column)
    return None if value is None or not str(value).strip() else str(value)
