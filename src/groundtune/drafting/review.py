"""A person goes through drafted cases in a file: accepts, edits or rejects. Who and when stand in the row from then on.

The file is written whole or not at all after each decision; rows that nobody decided on stay as they are, to the byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from groundtune.comparison.case_files import replace_whole
from groundtune.comparison.cases import json_rows, read_answer_cases
from groundtune.errors import BadData, UsageError
from groundtune.i18n import t


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file, and where it stands, from 1."""

    line: int
    values: Mapping[str, Any]

    @property
    def drafted(self) -> bool:
        return self.values.get("origin") == "drafted"


def drafted_rows(path: Path) -> list[Row]:
    """The rows that nobody has checked. Raises BadData for a file that isn't one of cases."""
    return [row for row in _rows(path) if row.drafted]


def accept(path: Path, lines: Sequence[int], *, who: str, changes: Mapping[str, Any] | None = None) -> list[str]:
    """Marks drafted rows as checked by `who`, now, with `changes` to their values; returns their ids.

    Raises UsageError for a line that holds no drafted row, BadData where `changes` make no case; then nothing changes.
    """
    if not who.strip():
        raise UsageError(t("Say who checked the cases: --who NAME."))
    rows = _named(path, lines)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    checked = {"origin": "reviewed", "reviewed_by": who.strip(), "reviewed_at": now}
    _write(path, {row.line: {**row.values, **(changes or {}), **checked} for row in rows})
    return [str(row.values["id"]) for row in rows]


def reject(path: Path, lines: Sequence[int]) -> list[str]:
    """Removes drafted rows; returns their ids. Raises UsageError for a line that holds none, and for all that there is:
    a file without cases is none."""
    rows = _named(path, lines)
    if len(rows) == len(_rows(path)):
        raise UsageError(t("These are all the cases of {path}. Delete the file instead.", path=path))
    _write(path, {row.line: None for row in rows})
    return [str(row.values["id"]) for row in rows]


def read_lines(text: str, path: Path) -> list[int]:
    """ "all", or lines such as "1,4-6". Raises UsageError for anything else."""
    if text.strip() == "all":
        return [row.line for row in drafted_rows(path)]
    lines: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,7})(?:-(\d{1,7}))?\s*", part)
        if match is None:
            raise UsageError(t("“{value}” names no lines; write them as 1,4-6, or all.", value=text))
        lines += range(int(match[1]), int(match[2] or match[1]) + 1)
    return sorted(set(lines))


def _rows(path: Path) -> list[Row]:
    read_answer_cases(path, today=date.today())
    return [Row(line, values) for line, values in json_rows(path)]


def _named(path: Path, lines: Sequence[int]) -> list[Row]:
    rows = {row.line: row for row in _rows(path)}
    for line in lines:
        if line not in rows:
            raise UsageError(t("{path} has no case in line {line}.", path=path, line=line))
        if not rows[line].drafted:
            raise UsageError(t("The case in line {line} is no draft: nothing is to be decided.", line=line))
    return [rows[line] for line in lines]


def _write(path: Path, changed: Mapping[int, Mapping[str, Any] | None]) -> None:
    """The file with these lines replaced, or left out where they are `None`."""
    before = path.read_bytes().decode("utf-8-sig").split("\n")
    after = [
        line if number not in changed else json.dumps(changed[number], ensure_ascii=False)
        for number, line in enumerate(before, start=1)
        if number not in changed or changed[number] is not None
    ]
    try:
        replace_whole(path, "\n".join(after), check=lambda beside: read_answer_cases(beside, today=date.today()))
    except BadData as error:
        raise BadData(error.reason, path=path, line=error.line) from error
