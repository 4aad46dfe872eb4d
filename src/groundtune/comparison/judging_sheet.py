"""The sheet on which people judge: a CSV file that a spreadsheet opens, written blind and read strictly.

Knows columns and words for yes and no, not what is made of the verdicts.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from groundtune.comparison.judging import QUESTIONS, Item, Question, Verdict
from groundtune.errors import BadData
from groundtune.i18n import t

COLUMNS = ("id", "question", "as_of", "refused", "answer", "quotes", "must_state", *QUESTIONS, "note")
_YES = frozenset(("yes", "y", "1", "true", "예", "네", "o"))
_NO = frozenset(("no", "n", "0", "false", "아니요", "아니오", "x"))


def write_sheet(path: Path, listed: Iterable[Item]) -> None:
    """UTF-8 with a mark, so that Excel opens it; a cell that a spreadsheet would compute is set apart by a quote."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for item in listed:
            must = " | ".join(item.expected) or t("must be refused")
            cells = [item.id, item.question, item.as_of or "", "yes" if item.refused else "no", item.answer]
            writer.writerow([*map(_inert, [*cells, "\n".join(item.quotes), must]), *("" for _ in QUESTIONS), ""])


def read_sheet(path: Path, known: Iterable[str]) -> dict[str, Verdict]:
    """Verdicts by item id; a row whose three cells are empty is not judged yet.

    Raises BadData with the line for a missing column, an id that is none of `known` or comes twice, and a cell that is
    neither yes nor no.
    """
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadData(t("This is not UTF-8: save the sheet as “CSV UTF-8”."), path=path, line=1) from error
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=text.split("\n", 1)[0].count))
    missing = [name for name in ("id", *QUESTIONS) if name not in (reader.fieldnames or ())]
    if missing:
        raise BadData(t("The column “{column}” is missing.", column=missing[0]), path=path, line=1)
    ids, verdicts, seen = set(known), dict[str, Verdict](), set[str]()
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return verdicts
        except csv.Error as error:
            raise BadData(t("The row can't be read: {error}", error=error), path=path, line=line) from error
        id = (row["id"] or "").strip()
        if id not in ids:
            raise BadData(t("No answer of this comparison has the id “{id}”.", id=id), path=path, line=line)
        if id in seen:
            raise BadData(t("The id “{id}” comes twice.", id=id), path=path, line=line)
        seen.add(id)
        said = {question: _yes_or_no(row[question], question, path, line) for question in QUESTIONS}
        if any(value is not None for value in said.values()):
            verdicts[id] = Verdict(said["right"], said["relevant"], said["supported"], (row.get("note") or "").strip())


def _yes_or_no(cell: str | None, question: Question, path: Path, line: int) -> bool | None:
    word = (cell or "").strip().lower()
    if word in _YES or word in _NO:
        return word in _YES
    if word:
        raise BadData(
            t("“{column}” is {value}; write yes or no, or leave it empty.", column=question, value=repr(cell)),
            path=path,
            line=line,
        )
    return None


def _inert(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
