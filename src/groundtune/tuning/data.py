"""Reads labelled data from JSONL, CSV and Excel, and says what is wrong with it, line by line.

Knows nothing of models: whoever has a tokenizer hands in `count_tokens`. Nothing here changes a file.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from groundtune.errors import BadData
from groundtune.i18n import t
from groundtune.tuning.duplicates import near_duplicates
from groundtune.tuning.sheets import Row, csv_rows, decoded, sheet_rows

_NAMED = 3
"""Problems that an error names; `groundtune data check` names all."""

MINIMUM_PER_CLASS = 3
"""A class needs as many texts that may stand on different sides, or it can't be trained, validated and tested."""

ProblemKind = Literal[
    "malformed", "empty", "over_long", "duplicate", "near_duplicate", "conflicting_labels", "class_too_small"
]


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns (or JSON keys) are called in the file."""

    text: str = "text"
    label: str = "label"
    """Empty when rows need no label."""
    group: str | None = None
    """`None` takes a column called "group" where there is one."""


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


@dataclass(frozen=True, slots=True)
class LabelledData:
    """A file's examples and its problems. `examples` are those that training may use, in file order."""

    path: Path
    rows: int
    examples: tuple[Example, ...]
    problems: tuple[Problem, ...]
    near_pairs: tuple[tuple[int, int], ...]
    """Positions in `examples` of texts that are nearly the same."""
    data_hash: str
    """Of texts, labels and groups in order: the same rows in another format hash the same."""

    @property
    def classes(self) -> dict[str, int]:
        """Examples of each label, most frequent first."""
        counts = Counter(example.label for example in self.examples)
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def read_labelled(
    path: Path,
    columns: Columns | None = None,
    *,
    count_tokens: Callable[[Sequence[str]], list[int]] | None = None,
    window: int | None = None,
) -> LabelledData:
    """Reads and checks `path` (.jsonl, .csv, .tsv, .xlsx; UTF-8 or cp949).

    As `examine`, for whoever needs examples: raises BadData also when none is left, naming the first problems.
    """
    data = examine(path, columns, count_tokens=count_tokens, window=window)
    if not data.examples:
        first = data.problems[:_NAMED]
        told = [t("line {line}: {detail}", line=problem.lines[0], detail=problem.detail) for problem in first]
        more = len(data.problems) - len(told)
        if more:
            told.append(t("and {count} more", count=more))
        reason = t("No row can be used. {problems}", problems=" · ".join(told) or t("The file is empty."))
        raise BadData(reason, path=path, line=first[0].lines[0] if first else None)
    return data


def examine(
    path: Path,
    columns: Columns | None = None,
    *,
    count_tokens: Callable[[Sequence[str]], list[int]] | None = None,
    window: int | None = None,
) -> LabelledData:
    """Reads `path` and says what is wrong with it, row by row.

    Left out of `examples`: malformed and empty rows, repeated texts (the first one stays), and all rows of a text that
    has several labels. Texts of more than `window` tokens stay and are named. Raises BadData when the file can't be
    read at all.
    """
    columns = columns or Columns()
    rows: list[Example] = []
    problems: list[Problem] = []
    count = 0
    for row in _rows(path, columns):
        count += 1
        if isinstance(row, Problem):
            problems.append(row)
        elif not row.text.strip():
            problems.append(Problem("empty", (row.line,), t("The text is empty."), fatal=True))
        else:
            rows.append(row)
    examples, repeated = _without_repeats(rows)
    problems += repeated
    if count_tokens is not None and window is not None:
        problems += _over_long(examples, count_tokens, window)
    near = near_duplicates([example.text for example in examples])
    for a, b in near:
        lines = (examples[a].line, examples[b].line)
        detail = t("Lines {a} and {b} have nearly the same text; they stay on one side.", a=lines[0], b=lines[1])
        if examples[a].label != examples[b].label:
            detail = t(
                "Lines {a} and {b} have nearly the same text, but the labels “{label_a}” and “{label_b}”.",
                a=lines[0],
                b=lines[1],
                label_a=examples[a].label,
                label_b=examples[b].label,
            )
        problems.append(Problem("near_duplicate", lines, detail, fatal=False))
    problems += _small_classes(examples)
    problems.sort(key=lambda problem: problem.lines)
    return LabelledData(path, count, tuple(examples), tuple(problems), tuple(near), data_hash(examples))


def read_texts(path: Path, column: str = "text") -> list[tuple[int, str]]:
    """(line, text) of each row of a file without labels, in any of the formats; a .txt file has a text a line.

    Raises BadData at the first row without a text: a prediction left out would shift all that follow.
    """
    if path.suffix.lower() == ".txt" and path.is_file():
        lines = enumerate(decoded(path).split("\n"), start=1)
        return [(number, line.strip()) for number, line in lines if line.strip()]
    found = []
    for row in _rows(path, Columns(column, "")):
        if isinstance(row, Problem):
            raise BadData(row.detail, path=path, line=row.lines[0])
        if not row.text.strip():
            raise BadData(t("The text is empty."), path=path, line=row.line)
        found.append((row.line, row.text))
    return found


def data_hash(examples: Sequence[Example]) -> str:
    digest = hashlib.sha256()
    for example in examples:
        digest.update(json.dumps([example.text, example.label, example.group], ensure_ascii=False).encode())
        digest.update(b"\n")
    return digest.hexdigest()


def normalised(text: str) -> str:
    """The text as duplicates are compared: NFKC, one space for any white space."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _without_repeats(rows: Sequence[Example]) -> tuple[list[Example], list[Problem]]:
    by_text: dict[str, list[Example]] = defaultdict(list)
    for row in rows:
        by_text[normalised(row.text)].append(row)
    kept: list[Example] = []
    problems: list[Problem] = []
    for same in by_text.values():
        lines = tuple(row.line for row in same)
        labels = sorted({row.label for row in same})
        if len(labels) > 1:
            detail = t("The same text has the labels {labels}; all are left out.", labels=", ".join(labels))
            problems.append(Problem("conflicting_labels", lines, detail, fatal=True))
            continue
        if len(same) > 1:
            detail = t("The same text as line {line}; only that one is used.", line=lines[0])
            problems.append(Problem("duplicate", lines[1:], detail, fatal=True))
        kept.append(same[0])
    return sorted(kept, key=lambda row: row.line), problems


def _over_long(
    examples: Sequence[Example], count_tokens: Callable[[Sequence[str]], list[int]], window: int
) -> Iterator[Problem]:
    for example, tokens in zip(examples, count_tokens([example.text for example in examples]), strict=True):
        if tokens > window:
            detail = t("{tokens} tokens; only the first {window} are read.", tokens=tokens, window=window)
            yield Problem("over_long", (example.line,), detail, fatal=False)


def _small_classes(examples: Sequence[Example]) -> Iterator[Problem]:
    lines: dict[str, list[int]] = defaultdict(list)
    for example in examples:
        lines[example.label].append(example.line)
    for label, where in lines.items():
        if len(where) < MINIMUM_PER_CLASS:
            detail = t(
                "The label “{label}” has {count} {count:|example|examples}; a split into three needs {minimum}.",
                label=label,
                count=len(where),
                minimum=MINIMUM_PER_CLASS,
            )
            yield Problem("class_too_small", tuple(where), detail, fatal=False)


# --- Formats ---------------------------------------------------------------------------------------------------------


def _rows(path: Path, columns: Columns) -> Iterator[Example | Problem]:
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
