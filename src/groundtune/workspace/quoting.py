"""What measurements and their reports still quote of documents that are gone: taken out of them.

An outcome that quotes such a document goes whole, for it can be measured again. A finding keeps its figures and loses
the words. A report is a page made from a finding; the same command makes it anew. Answers that people were given are
looked after by the tables themselves.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundtune.privacy import MARK

if TYPE_CHECKING:
    import sqlite3

    from groundtune.workspace.opening import Workspace

_OUTCOMES_OF_THE_GONE = """
DELETE FROM outcomes WHERE EXISTS (
    SELECT 1 FROM json_each(output, '$.evidence') AS quote
    WHERE json_extract(quote.value, '$.revision_id') NOT IN (SELECT id FROM revisions)
)
"""


def forget_quotes(workspace: Workspace) -> tuple[Path, ...]:
    """Takes out every quote of a revision that is not there; returns the reports that were removed for one."""
    with workspace.database.transaction() as connection:
        connection.execute(_OUTCOMES_OF_THE_GONE)
        living = _Living(connection)
        gone: set[str] = set()
        for row in connection.execute("SELECT id, finding FROM findings").fetchall():
            finding = json.loads(row["finding"])
            dead = [outcome for outcome in _quoting(finding) if not living.holds_all(outcome["quotes"])]
            for outcome in dead:
                gone |= {quote["quote"] for quote in outcome["quotes"]}
                outcome.update(text=MARK, quotes=[])
            if dead:
                told = json.dumps(finding, ensure_ascii=False)
                connection.execute("UPDATE findings SET finding = ? WHERE id = ?", (told, row["id"]))
    removed = tuple(path for path in _reports(workspace.settings.reports) if _quotes_one_of(path, gone))
    for path in removed:
        path.unlink()
    return removed


class _Living:
    """The texts of the revisions that are there, by title and number."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._texts: dict[tuple[str, int], list[str]] = {}

    def holds_all(self, quotes: list[dict[str, Any]]) -> bool:
        return all(self._holds(quote["title"], quote["revision"], quote["quote"]) for quote in quotes)

    def _holds(self, title: str, number: int, quote: str) -> bool:
        if (title, number) not in self._texts:
            rows = self._connection.execute(
                "SELECT text FROM revisions WHERE title = ? AND number = ?", (title, number)
            )
            self._texts[title, number] = [row["text"] for row in rows]
        return any(quote in text for text in self._texts[title, number])


def _quoting(value: Any) -> Iterator[dict[str, Any]]:
    """Every outcome in a finding that quotes something."""
    if isinstance(value, dict):
        if value.get("quotes"):
            yield value
        for item in value.values():
            yield from _quoting(item)
    elif isinstance(value, list):
        for item in value:
            yield from _quoting(item)


def _reports(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in (".html", ".json"):
            yield path


def _quotes_one_of(path: Path, quotes: set[str]) -> bool:
    text = path.read_text("utf-8", "replace") if quotes else ""
    plain = html.unescape(text) if path.suffix == ".html" else text
    return any(quote in plain or json.dumps(quote, ensure_ascii=False)[1:-1] in plain for quote in quotes)
