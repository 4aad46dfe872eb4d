"""A file to documents: told apart by its bytes, decoded, with the dates and readers that it states.

Markdown, text and JSONL rows are read here; whatever needs a parser is read in a process of its own, with limits. Knows
nothing of passages or of what is already stored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from groundtune.errors import BadDocument
from groundtune.i18n import t
from groundtune.knowledge.formats.plain import decode, normal, split_front_matter
from groundtune.knowledge.formats.reading import Limits, Reading
from groundtune.knowledge.formats.sniff import sniff
from groundtune.types import Document, Location

MAX_BYTES = 200 << 20
"""Larger files are refused unread."""

_FIELDS = {"제목": "title", "시행일자": "effective_from", "시행일": "effective_from", "폐지일자": "effective_to"}
"""Korean names of what front matter may state."""
_OWN = frozenset({"id", "title", "text", "language", "effective_from", "effective_to", "readers"})


def load(
    path: Path, *, document_id: str, max_bytes: int = MAX_BYTES, limits: Limits | None = None
) -> Iterator[Document | BadDocument]:
    """The documents of one file; `document_id` names a document that states no id of its own.

    A row that cannot be taken comes as the BadDocument that it is, so that the rows beside it go in. Raises BadDocument
    when the file as a whole can't be read.
    """
    try:
        size = path.stat().st_size
        if size > max_bytes:
            reason = t(
                "The file has {size} MB; files above {limit} MB are not read.", size=size >> 20, limit=max_bytes >> 20
            )
            raise BadDocument(reason, path=path)
        kind = sniff(path)
        if kind == "jsonl":
            yield from _rows(path)
            return
        if kind not in ("markdown", "text"):
            from groundtune.knowledge.formats import bounded

            yield _read(path, document_id, bounded.read(kind, path, limits))
            return
        text = decode(path.read_bytes(), path)
    except OSError as error:
        raise BadDocument(t("The file can't be read: {error}", error=error.strerror or error), path=path) from error
    if kind == "markdown":
        front, words = split_front_matter(text)
        stated = {_FIELDS.get(key, key): value for key, value in front.values.items()}
        lines = {_FIELDS.get(key, key): line for key, line in front.lines.items()}
        yield _document(path, document_id, stated, lines, words, _first_heading(words))
    else:
        yield _document(path, document_id, {}, {}, text, None)


def _read(path: Path, document_id: str, reading: Reading) -> Document:
    """The document of a file that was read in parts, with the place in its text at which each part begins."""
    text, locations = "", []
    for part in reading.parts:
        words = normal(part.text).strip("\n").rstrip()
        if not words.strip():
            continue
        text = f"{text}\n\n{words}" if text else words
        if part.kind is not None:
            locations.append(Location(len(text) - len(words), part.kind, normal(part.name)))
    document = _document(path, document_id, {}, {}, text, reading.title or _first_heading(text))
    return replace(document, locations=tuple(locations), notices=reading.notices)


def _rows(path: Path) -> Iterator[Document | BadDocument]:
    empty = True
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            if not raw.strip():
                continue
            empty = False
            try:
                yield _row(path, number, raw)
            except BadDocument as error:
                yield error
    if empty:
        raise BadDocument(t("The file is empty."), path=path)


def _row(path: Path, number: int, raw: bytes) -> Document:
    try:
        row = json.loads(decode(raw, path))
    except BadDocument as error:
        raise BadDocument(error.reason, path=path, line=number) from error
    except (ValueError, RecursionError) as error:
        raise BadDocument(t("This row is not valid JSON: {error}", error=error), path=path, line=number) from error
    if not isinstance(row, dict):
        raise BadDocument(t("A row must be a JSON object."), path=path, line=number)
    for name in ("id", "text"):
        if not isinstance(row.get(name), str) or not row[name].strip():
            raise BadDocument(t("A row needs “{name}”, a text that isn't empty.", name=name), path=path, line=number)
    lines = dict.fromkeys(row, number)
    document = _document(path, row["id"], row, lines, normal(row["text"]), None, source=f"{path}:{number}")
    return document


def _document(
    path: Path,
    document_id: str,
    stated: Mapping[str, Any],
    lines: Mapping[str, int],
    text: str,
    heading: str | None,
    source: str | None = None,
) -> Document:
    text = text.strip("\n").rstrip()
    if not text.strip():
        raise BadDocument(t("There is no text in it."), path=path)
    language = _word(stated.get("language"))
    return Document(
        id=_word(stated.get("id")) or document_id,
        title=normal(_word(stated.get("title")) or heading or path.stem),
        text=text,
        source=source or str(path),
        language=language or detect_language(text),
        effective_from=_day(stated.get("effective_from"), "effective_from", path, lines),
        effective_to=_day(stated.get("effective_to"), "effective_to", path, lines),
        readers=_readers(stated.get("readers"), path, lines),
        metadata={key: _word(value) or "" for key, value in stated.items() if key not in _OWN and value is not None},
    )


def _word(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, (list, tuple)):
        return ", ".join(str(part) for part in value) or None
    if isinstance(value, (dict, bool)):
        return json.dumps(value, ensure_ascii=False)
    return str(value).strip() or None


def _day(value: object, name: str, path: Path, lines: Mapping[str, int]) -> date | None:
    word = _word(value)
    if word is None:
        return None
    try:
        return date.fromisoformat(word.replace(".", "-").strip("-"))
    except ValueError as error:
        reason = t("{name}: “{value}” is not a date; write it as 2026-11-22.", name=name, value=word)
        raise BadDocument(reason, path=path, line=lines.get(name)) from error


def _readers(value: object, path: Path, lines: Mapping[str, int]) -> frozenset[str] | None:
    """Groups as a list or separated by commas. A key that names none is an error: it would show to nobody or to all."""
    if value is None:
        return None
    groups: Sequence[object] = value if isinstance(value, (list, tuple)) else str(value).split(",")
    names = frozenset(str(group).strip() for group in groups if str(group).strip())
    if not names:
        raise BadDocument(
            t("“readers” names no group. Leave it out where everybody may read."), path=path, line=lines.get("readers")
        )
    return names


def _first_heading(text: str) -> str | None:
    match = re.search(r"^#{1,2}[ \t]+(\S.*?)[ \t#]*$", text, re.MULTILINE)
    return match.group(1).strip("* ") if match else None


def detect_language(text: str) -> str | None:
    """ "ko" or "en", from the script of the first 4,000 characters; `None` for any other."""
    sample = text[:4000]
    hangul = len(re.findall(r"[가-힣]", sample))
    latin = len(re.findall(r"[A-Za-z]", sample))
    letters = sum(letter.isalpha() for letter in sample)
    if not letters:
        return None
    if hangul / letters >= 0.2:
        return "ko"
    return "en" if latin / letters >= 0.8 else None
