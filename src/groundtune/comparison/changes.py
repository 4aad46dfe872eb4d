"""A file of changes for the freshness experiment: what to edit in which document, and how to ask for it.

The format is in `docs/data.md`. Knows how to make the new text, not how documents are stored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, cast

from groundtune.comparison.freshness import Change, Probe
from groundtune.errors import BadData
from groundtune.i18n import t
from groundtune.types import Case, Fact, Question

_KINDS = ("update", "add", "delete")
_KEYS = frozenset(("id", "kind", "document", "language", "find", "replace", "probes", "before", "after"))


@dataclass(frozen=True, slots=True)
class Edit:
    """`find` is replaced by `replace`; an empty `find` appends."""

    document_id: str
    find: str
    replace: str

    def apply(self, text: str) -> str:
        """The new text. Raises BadData when `find` doesn't stand in it exactly once."""
        if not self.find:
            return text.rstrip() + "\n\n" + self.replace.strip() + "\n"
        if text.count(self.find) != 1:
            raise BadData(
                t(
                    "“{find}” stands {n} times in {document}; an edit needs it exactly once.",
                    find=self.find,
                    n=text.count(self.find),
                    document=self.document_id,
                )
            )
        return text.replace(self.find, self.replace)


@dataclass(frozen=True, slots=True)
class Changes:
    edits: tuple[Edit, ...]
    probes: tuple[Probe, ...]


def read_changes(path: Path, cases: Sequence[Case], *, today: date) -> Changes:
    """The edits and the probes; `untouched` in the file names cases that must stay right. Raises BadData."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BadData(t("This is not valid JSON: {error}", error=error), path=path) from error
    if not isinstance(found, dict) or not isinstance(found.get("changes"), list) or not found["changes"]:
        raise BadData(t("“changes” must be a list that isn't empty."), path=path)
    edits: list[Edit] = []
    probes: list[Probe] = []
    for number, change in enumerate(found["changes"], start=1):
        edit, asked = _change(change, number, path, today)
        edits.append(edit)
        probes += asked
    by_id = {case.id: case for case in cases}
    for name in found.get("untouched", []):
        if name not in by_id:
            raise BadData(t("“untouched” names {id}, which is not among the cases.", id=name), path=path)
        probes.append(Probe(name, "untouched", by_id[name], by_id[name]))
    return Changes(tuple(edits), tuple(probes))


def _change(row: Any, number: int, path: Path, today: date) -> tuple[Edit, list[Probe]]:
    if not isinstance(row, dict) or set(row) - _KEYS or row.get("kind") not in _KINDS:
        raise BadData(
            t(
                "Change {number} must be an object with {keys}; its kind is one of {names}.",
                number=number,
                keys=", ".join(sorted(_KEYS)),
                names=", ".join(_KINDS),
            ),
            path=path,
        )
    kind = cast(Change, row["kind"])
    before, after = _facts(row, "before"), _facts(row, "after")
    complete = all(isinstance(row.get(key), str) for key in ("id", "document", "find", "replace"))
    if not complete or not row.get("probes") or bool(before) != (kind != "add") or bool(after) != (kind != "delete"):
        raise BadData(
            t(
                "Change {number} ({kind}) needs id, document, find, replace and probes; an update states facts before "
                "and after, an addition only after, a deletion only before.",
                number=number,
                kind=kind,
            ),
            path=path,
        )
    probes = []
    for place, question in enumerate(row["probes"], start=1):
        case = _case(f"{row['id']}/{place}", question, row.get("language"), today)
        old = replace(case, required=before, kind=_kind(before))
        new = replace(case, required=after, kind=_kind(after))
        probes.append(Probe(row["id"], kind, old, new))
    return Edit(row["document"], row["find"], row["replace"]), probes


def _case(name: str, question: str, language: str | None, today: date) -> Case:
    return Case(id=name, input=Question(question, today, language=language), language=language)


def _kind(facts: tuple[Fact, ...]) -> Any:
    """Without a fact there is nothing to answer, and the question must be refused."""
    return "answerable" if facts else "near_topic"


def _facts(row: Mapping[str, Any], key: str) -> tuple[Fact, ...]:
    return tuple(Fact(tuple(variants)) for variants in row.get(key, []))
