"""A file of held-out questions, read strictly: a row that can't be taken is an error with its line, never skipped.

Knows the format (`docs/data.md`), not how a case is scored.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal, cast

from groundtune.errors import BadData
from groundtune.i18n import t
from groundtune.storage.codec import to_json
from groundtune.types import Case, Fact, Origin, Question, Reader

_ANSWER_KEYS = frozenset(
    ("id", "language", "question", "kind", "as_of", "groups", "facts", "forbidden", "relevant", "group", "fact_ids")
) | {"origin", "drafted_from", "reviewed_by", "reviewed_at"}
_KINDS = ("answerable", "off_topic", "near_topic")
_ORIGINS = ("human", "reviewed", "drafted")


def read_answer_cases(path: Path, *, today: date) -> list[Case]:
    """Cases of an `answer` task, one JSON object a line. A case without `as_of` asks about `today`.

    Raises BadData with the line for a malformed row, an unknown key, an id that is used twice, or an answerable case
    that requires no fact (nothing could tell whether its answer is right).
    """
    return _unique(path, ((line, _answer_case(row, path, line, today)) for line, row in json_rows(path)))


def input_hash(case: Case) -> str:
    """Names what an arm is shown, and nothing else; an outcome is kept under it."""
    return _digest(to_json(case.input))


def case_hash(case: Case) -> str:
    """Names the whole case, with what is expected of an answer; who made it is no part of it."""
    return _digest({key: value for key, value in to_json(case).items() if key != "origin"})


def cases_hash(cases: Iterable[Case]) -> str:
    """Names a test set, in whatever order its cases come."""
    return _digest(sorted(case_hash(case) for case in cases))


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:32]


def _answer_case(row: dict[str, Any], path: Path, line: int, today: date) -> Case:
    def bad(reason: str) -> BadData:
        return BadData(reason, path=path, line=line)

    unknown = sorted(set(row) - _ANSWER_KEYS)
    if unknown:
        raise bad(t("Unknown key “{key}”. Known here: {known}.", key=unknown[0], known=", ".join(sorted(_ANSWER_KEYS))))
    question = _text(row, "question", bad)
    kind = row.get("kind", "answerable")
    if kind not in _KINDS:
        raise bad(t("“kind” is {value}; it must be one of {names}.", value=repr(kind), names=", ".join(_KINDS)))
    required = _facts(row, "facts", bad)
    if kind == "answerable" and not required:
        raise bad(t("An answerable case needs “facts”: what a right answer must state."))
    if kind != "answerable" and required:
        raise bad(t("A case that must be refused can't require facts; use “forbidden”."))
    language = _optional_text(row, "language", bad)
    try:
        as_of = date.fromisoformat(row["as_of"]) if "as_of" in row else today
    except (TypeError, ValueError) as error:
        raise bad(t("“{value}” is not a date; write it as 2026-11-22.", value=row["as_of"])) from error
    reader = Reader(frozenset(_names(row, "groups", bad)))
    return Case(
        id=_text(row, "id", bad),
        input=Question(text=question, as_of=as_of, reader=reader, language=language),
        language=language,
        group=_optional_text(row, "group", bad),
        kind=cast(Literal["answerable", "off_topic", "near_topic"], kind),
        required=required,
        forbidden=_facts(row, "forbidden", bad),
        relevant=_names(row, "relevant", bad),
        fact_ids=_names(row, "fact_ids", bad),
        origin=origin_of(row, path, line),
    )


def origin_of(row: Mapping[str, Any], path: Path, line: int) -> Origin:
    """Who made a row; one that doesn't say was written by a person. Raises BadData for what can't be."""
    origin = row.get("origin", "human")
    if origin not in _ORIGINS:
        reason = t("“origin” is {value}; it must be one of {names}.", value=repr(origin), names=", ".join(_ORIGINS))
        raise BadData(reason, path=path, line=line)
    if origin == "reviewed" and not row.get("reviewed_by"):
        reason = t("A reviewed case says in “reviewed_by” who checked it: groundtune cases review.")
        raise BadData(reason, path=path, line=line)
    return cast(Origin, origin)


def _text(row: dict[str, Any], key: str, bad: Callable[[str], BadData]) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise bad(t("“{key}” must be a text that isn't empty; it is {value}.", key=key, value=repr(value)))
    return value


def _optional_text(row: dict[str, Any], key: str, bad: Callable[[str], BadData]) -> str | None:
    value = row.get(key)
    return None if value is None or value == "" else _text(row, key, bad)


def _names(row: dict[str, Any], key: str, bad: Callable[[str], BadData]) -> tuple[str, ...]:
    value = row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise bad(t("“{key}” must be a list of texts; it is {value}.", key=key, value=repr(value)))
    return tuple(value)


def _facts(row: dict[str, Any], key: str, bad: Callable[[str], BadData]) -> tuple[Fact, ...]:
    value = row.get(key, [])
    well_formed = isinstance(value, list) and all(
        isinstance(variants, list) and variants and all(isinstance(v, str) and v.strip() for v in variants)
        for variants in value
    )
    if not well_formed:
        raise bad(t('“{key}” must be a list of facts, each a list of variants such as [["25일", "25 days"]].', key=key))
    return tuple(Fact(tuple(variants)) for variants in value)


def _unique(path: Path, cases: Iterator[tuple[int, Case]]) -> list[Case]:
    seen: dict[str, int] = {}
    taken: list[Case] = []
    for line, case in cases:
        if case.id in seen:
            raise BadData(
                t("The id “{id}” was used in line {line} already.", id=case.id, line=seen[case.id]),
                path=path,
                line=line,
            )
        seen[case.id] = line
        taken.append(case)
    if not taken:
        raise BadData(t("The file holds no cases."), path=path)
    return taken


def json_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, content in enumerate(_content(path).split("\n"), start=1):
        if not content.strip():
            continue
        try:
            row = json.loads(content)
        except json.JSONDecodeError as error:
            raise BadData(t("This is not valid JSON: {error}", error=error), path=path, line=line) from error
        if not isinstance(row, dict):
            raise BadData(t("Each line must be a JSON object."), path=path, line=line)
        yield line, row


def _content(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadData(t("The file is not UTF-8."), path=path) from error
