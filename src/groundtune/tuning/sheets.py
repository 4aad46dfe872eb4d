"""Rows of cells from CSV and Excel files, each with its line. Knows nothing of what the cells mean."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from groundtune.errors import BadData, MissingExtra
from groundtune.i18n import t


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    """Where it starts, from 1; a spreadsheet's row."""
    cells: tuple[str, ...]
    problem: str | None = None
    """Why it can't be read, for the reader; there are no cells then."""


def decoded(path: Path) -> str:
    """UTF-8, with or without a mark, else cp949. Raises BadData with the line."""
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        try:
            return raw.decode("cp949")
        except UnicodeDecodeError:
            line = raw[: error.start].count(b"\n") + 1
            raise BadData(t("This is neither UTF-8 nor cp949. Save the file as UTF-8."), path=path, line=line) from None


def csv_rows(path: Path) -> Iterator[Row]:
    """The rows of a file separated by comma, semicolon or tab, as its first line is.

    A row whose quotes don't fit costs its first line; reading goes on at the next.
    """
    text = decoded(path)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    lines = io.StringIO(text, newline="").readlines()
    start = 0
    while start < len(lines):
        reader = csv.reader(islice(lines, start, None), delimiter=delimiter, strict=True)
        begun, line = start, start
        try:
            for cells in reader:
                yield Row(line + 1, tuple(cells))
                line = begun + reader.line_num
            return
        except csv.Error as error:
            detail = t(
                'The quotes don\'t fit ({error}). Close the quote that opens here, or write "" for one within a cell.',
                error=error,
            )
            yield Row(line + 1, (), detail)
            start = line + 1


def sheet_rows(path: Path) -> Iterator[Row]:
    """The rows of a workbook's first sheet. Raises BadData, or MissingExtra."""
    try:
        import openpyxl  # type: ignore[import-untyped]
    except ImportError as error:
        raise MissingExtra("openpyxl", "tuning") from error
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        raise BadData(t("This Excel file can't be read: {error}", error=error), path=path) from error
    for number, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), start=1):
        yield Row(number, tuple("" if cell is None else str(cell) for cell in cells))
    book.close()
