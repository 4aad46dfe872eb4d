"""Rows of tables and labelled lines (“신청 기한: 3일 전”) to questions: what the column gives for the row.

The row's first cell names what it is about. What the table's words leave open, its heading says.
"""

from __future__ import annotations

import re

from groundtune.answering.sentences import Piece
from groundtune.drafting import english, korean
from groundtune.drafting.drafts import Asked, Source
from groundtune.drafting.values import Value, values_of
from groundtune.types import Fact

_NOTHING = re.compile(r"[-–—.]*|없음|불가|해당 ?없음|none|n/?a|no|yes|예|아니오|[oOxX○×]", re.IGNORECASE)
_BARE = re.compile(r"[\d.,]{1,2}")
"""A small number alone: too much else states it."""
_LABELLED = re.compile(r"(?P<label>[^\s:：|][^:：|]{1,24}?)\s?[:：]\s+(?P<value>[^:：].{0,58})")
_NOUN = re.compile(
    r"(?:[a-z]+[ -]){0,2}(?:fee|fare|price|cost|rate|charge|period|length|duration|deadline|limit|amount|allowance"
    r"|gift|bonus|deposit|premium|refund|share|quota|size|weight|capacity|loan|budget|grant|salary|wage|rent|fine|notice|distance)",
    re.IGNORECASE,
)
"""A column's name that may stand behind “the”."""
_NO_LABEL = re.compile(r"after that|others?|total|all|sum|합계|소계|계|기타|그 밖|비고|이후|그 외", re.IGNORECASE)
_RANGE = re.compile(r"(?:이상|이하|미만|초과)$")
_LONGEST_CELL = 40
_LONGEST_LABELLED = 24
_IN_PLACE = {
    "money": "얼마인가요",
    "percent": "몇 퍼센트인가요",
    "date": "언제인가요",
    "monthday": "며칠인가요",
    "day": "며칠인가요",
    "time": "몇 시인가요",
}


def of_row(source: Source) -> list[Asked]:
    """One question for each cell that says something, behind the first."""
    cells = [cell.partition(": ") for cell in source.piece.words.split("; ")]
    if len(cells) < 2 or not all(sign for _, sign, _ in cells):
        return []
    (first, _, label), *others = cells
    if _NO_LABEL.fullmatch(label):
        return []
    asked = []
    for name, _, cell in others:
        if _NOTHING.fullmatch(cell) or _BARE.fullmatch(cell) or max(len(cell), len(label)) > _LONGEST_CELL:
            continue
        if not _is_name(name):
            continue
        value = _whole(cell, source.language)
        if source.language == "ko":
            question = _korean_cell(source, first, label, name, value)
        else:
            question = _english_cell(source, label, name)
        if question is not None:
            asked.append(Asked(question, (value.fact if value is not None else Fact((cell,)),), "table"))
    return asked


def of_label(source: Source) -> list[Asked]:
    """A line that names a thing and says what it is, behind a colon."""
    match = _LABELLED.fullmatch(source.piece.words.rstrip("."))
    if match is None or not _is_name(match["label"]) or not any(c.isdigit() for c in match["value"]):
        return []
    values = values_of(match["value"], source.language)
    if not values or len(values) > 2 or len(match["value"]) > _LONGEST_LABELLED:
        return []
    facts = tuple(value.fact for value in values)
    label = match["label"].strip()
    if source.language == "ko":
        topic = korean.topic_of(source.topic) or korean.topic_of(source.passage.title)
        if topic is None or korean.topic_of(label) is None:
            return []
        return [Asked(f"{topic}에서 {korean.particled(label, ('은', '는'))} 어떻게 되나요?", facts, "label")]
    topic = english.topic_of(source.topic)
    return [] if topic is None else [Asked(f"Under “{topic}”, what is given for “{label}”?", facts, "label")]


def of_heading(source: Source, asked_for: Piece | None) -> list[Asked]:
    """A heading that is a question, with the one sentence below it that holds what it asks for."""
    heading = source.topic.strip()
    if asked_for is None or not heading.endswith(("?", "？")) or len(heading) < 8:
        return []
    values = values_of(asked_for.words, source.language)
    return [Asked(heading, tuple(value.fact for value in values[:1]), "heading")] if len(values) == 1 else []


def _korean_cell(source: Source, first: str, label: str, name: str, value: Value | None) -> str | None:
    if not re.search(r"[가-힣]", name) or name.endswith(("다", "요")):
        return None
    ends = "무엇인가요" if value is None else _IN_PLACE.get(value.kind, f"{value.ask}인가요")
    asked = f"{korean.particled(name, ('은', '는'))} {ends}?"
    where = _where(source, f"{label} {name}")
    if where is None:
        return None
    if _RANGE.search(label):
        if not _is_name(first):
            return None
        return f"{where}{korean.particled(first, ('이', '가'))} {label}이면 {asked}"
    return f"{where}{label}의 {asked}"


def _where(source: Source, words: str) -> str | None:
    """ "도서관에서 ", or nothing where the question names it already; `None` where nothing can name it."""
    topic = korean.topic_of(source.passage.title) or korean.topic_of(source.topic)
    if topic is None:
        return None
    return "" if topic in words else f"{topic}에서 "


def _english_cell(source: Source, label: str, name: str) -> str | None:
    topic = english.topic_of(source.passage.title)
    if topic is None or not re.search(r"[A-Za-z]", name):
        return None
    dated = bool(re.search(r"\d (?:[A-Z][a-z]+)|\d[:.]\d", source.piece.words))
    if not dated and _NOUN.fullmatch(name):
        return f"Under “{topic}”, what is the {name.lower()} for “{label}”?"
    return f"Under “{topic}”, what is given as “{name}” for “{label}”?"


def _is_name(text: str) -> bool:
    return 1 < len(text) <= 24 and any(c.isalpha() for c in text) and not text.endswith(("?", ".", "다"))


def _whole(cell: str, language: str) -> Value | None:
    """The value that the cell is, and nothing besides."""
    values = values_of(cell, language)
    if len(values) != 1:
        return None
    outside = cell[: values[0].start] + cell[values[0].end :]
    return values[0] if len(outside.strip(" .()")) <= 2 else None
