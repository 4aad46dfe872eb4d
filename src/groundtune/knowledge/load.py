"""A file to documents: told apart by its bytes, decoded, with the dates and readers that it states.

Markdown, text and JSONL rows are read here; whatever needs a parser is read in a process of its own, with limits. Knows
nothing of passages or of what is already stored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from groundtune.errors import BadDocument
from groundtune.i18n import t
from groundtune.knowledge.formats.front_matter import split_front_matter
from groundtune.knowledge.formats.plain import decode, normal
from groundtune.knowledge.formats.reading import Limits, Reading
from groundtune.knowledge.formats.seen import carriers_notice, printable, without_invisible
from groundtune.knowledge.formats.sniff import sniff
from groundtune.knowledge.stated import Stated, is_guarded, stated_in, stated_in_properties, stated_in_row, word
from groundtune.types import Document, Location

MAX_BYTES = 200 << 20
"""Larger files are refused unread."""
_LATE_LINES = 20
"""How far down front matter is looked for that isn't where it belongs."""


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
        text, carriers = without_invisible(decode(path.read_bytes(), path))
    except OSError as error:
        raise BadDocument(t("The file can't be read: {error}", error=error.strerror or error), path=path) from error
    entries, words = split_front_matter(text, path)
    if not entries:
        _refuse_late_readers(text, path)
    heading = _first_heading(words) if kind == "markdown" else None
    yield _noting(carriers, _document(path, document_id, stated_in(entries, path), words, heading))


def _read(path: Path, document_id: str, reading: Reading) -> Document:
    """The document of a file that was read in parts, with the place in its text at which each part begins."""
    text, locations, carriers = "", [], 0
    for part in reading.parts:
        words, carried = without_invisible(normal(part.text).strip("\n").rstrip())
        carriers += carried
        if not words.strip():
            continue
        text = f"{text}\n\n{words}" if text else words
        if part.kind is not None:
            locations.append(Location(len(text) - len(words), part.kind, printable(normal(part.name))))
    stated = stated_in_properties(reading.properties, path)
    document = _document(path, document_id, stated, text, reading.title or _first_heading(text))
    return _noting(carriers, replace(document, locations=tuple(locations), notices=reading.notices))


def _noting(carriers: int, document: Document) -> Document:
    if not carriers:
        return document
    return replace(document, notices=(*document.notices, carriers_notice(carriers)))


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
        row = json.loads(decode(raw, path), object_pairs_hook=_each_key_once)
    except BadDocument as error:
        raise BadDocument(error.reason, path=path, line=number) from error
    except (ValueError, RecursionError) as error:
        raise BadDocument(t("This row is not valid JSON: {error}", error=error), path=path, line=number) from error
    if not isinstance(row, dict):
        raise BadDocument(t("A row must be a JSON object."), path=path, line=number)
    stated = stated_in_row(row, path, number)
    for name in ("id", "text"):
        value = stated.values.get(name)
        if not isinstance(value, str) or not value.strip():
            raise BadDocument(t("A row needs “{name}”, a text that isn't empty.", name=name), path=path, line=number)
    text, carriers = without_invisible(normal(stated.values["text"]))
    _refuse_hidden_readers(text, path, number)
    document = _document(path, stated.values["id"], stated, text, None, source=f"{path}:{number}")
    return _noting(carriers, document)


def _refuse_hidden_readers(text: str, path: Path, line: int) -> None:
    """A row's text is text; front matter in it would say to nobody who may read."""
    try:
        entries, _ = split_front_matter(text, path)
    except BadDocument as error:
        raise BadDocument(error.reason, path=path, line=line) from error
    for entry in entries:
        if is_guarded(entry.key):
            reason = t("The text has front matter with “{key}”. Make it a key of the row.", key=entry.key)
            raise BadDocument(reason, path=path, line=line)


def _refuse_late_readers(text: str, path: Path) -> None:
    """What looks like front matter below a title or a comment is text, and would say to nobody who may read."""
    lines = text.split("\n")
    for number, line in enumerate(lines[:_LATE_LINES]):
        if line.rstrip() != "---":
            continue
        try:
            entries, _ = split_front_matter("\n".join(lines[number:]), path)
        except BadDocument:
            continue
        for entry in entries:
            if is_guarded(entry.key):
                reason = t(
                    "Front matter with “{key}” must begin on the first line: here it is not read.",
                    key=entry.key,
                )
                raise BadDocument(reason, path=path, line=number + entry.line)


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(t("it holds {name} twice", name=next(key for key in keys if keys.count(key) > 1)))
    return found


def _document(
    path: Path, document_id: str, stated: Stated, text: str, heading: str | None, source: str | None = None
) -> Document:
    text = text.strip("\n").rstrip()
    if not text.strip():
        raise BadDocument(t("There is no text in it."), path=path)
    effective_from, effective_to = stated.days()
    return Document(
        id=stated.word("id") or document_id,
        title=normal(stated.word("title") or heading or path.stem),
        text=text,
        source=source or str(path),
        language=stated.word("language") or detect_language(text),
        effective_from=effective_from,
        effective_to=effective_to,
        readers=stated.readers(),
        metadata={key: word(value) or "" for key, value in stated.others.items() if value is not None}
        | stated.standing(),
    )


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
