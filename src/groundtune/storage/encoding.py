"""Documents and passages into database values and back, checked on the way in. Knows columns, not statements."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache

import numpy as np

from groundtune.errors import BadDocument, StoreError
from groundtune.i18n import t
from groundtune.storage.rows import DocumentInfo, IndexFormat, NewPassage, PassageRow, Place
from groundtune.types import Document, Location, Passage, Reader, Revision, locations_between


def check_text(document: Document) -> None:
    """Raises BadDocument, naming the field, for what the database would not give back to the letter."""
    texts = [("id", document.id), ("title", document.title), ("text", document.text)]
    texts += [("language", document.language or ""), *(("readers", group) for group in document.readers or ())]
    texts += [(f"metadata.{name!r}", f"{name} {value}") for name, value in document.metadata.items()]
    for field, value in texts:
        place = value.find("\0")
        if place >= 0:
            reason = t("{field} holds a NUL character at position {place}. Remove it.", field=field, place=place)
            raise BadDocument(reason, path=document.source)
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            reason = t("{field} holds half a character at position {place}.", field=field, place=error.start)
            raise BadDocument(reason, path=document.source) from error


def passage_values(
    ordinal: int, passage: NewPassage, document: Document, format: IndexFormat | None
) -> tuple[object, ...]:
    """Ordinal, start, end, heading_path, prefix, tokens, vector: as the table has them."""
    span = passage.span
    if not 0 <= span.start < span.end <= len(document.text):
        raise StoreError(
            t(
                "Passage {ordinal} of {document} runs from {start} to {end}, but the text has {length} characters.",
                ordinal=ordinal,
                document=document.id,
                start=span.start,
                end=span.end,
                length=len(document.text),
            )
        )
    tokens = "\n".join(passage.tokens)
    if "" in passage.tokens or tokens.count("\n") != max(len(passage.tokens) - 1, 0):
        raise StoreError(
            t("Passage {ordinal} of {document} has an empty or broken term.", ordinal=ordinal, document=document.id)
        )
    blob: bytes | None = None
    if passage.vector is not None:
        dimension = None if format is None else format.dimension
        if passage.vector.shape != (dimension,) or not np.isfinite(passage.vector).all():
            raise StoreError(
                t(
                    "The vector of passage {ordinal} of {document} has shape {shape} or is not finite; "
                    "the index takes {dimension} numbers.",
                    ordinal=ordinal,
                    document=document.id,
                    shape=passage.vector.shape,
                    dimension=dimension,
                )
            )
        blob = passage.vector.astype("<f4").tobytes()
    headings = json.dumps(list(span.heading_path), ensure_ascii=False)
    return ordinal, span.start, span.end, headings, span.prefix, tokens, blob


def group_list(readers: frozenset[str] | None) -> str | None:
    return None if readers is None else json.dumps(sorted(readers), ensure_ascii=False)


def iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def now() -> str:
    return instant(datetime.now(UTC))


def instant(moment: datetime) -> str:
    """One spelling, so that instants compare as texts."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def may_read(reader: Reader | None, row: sqlite3.Row) -> bool:
    """The one rule of who is shown what; `None` is whoever administers the workspace. `row` holds `readers`."""
    return reader is None or reader.may_read(groups(row["readers"]))


@lru_cache(maxsize=4096)
def groups(readers: str | None) -> frozenset[str] | None:
    return None if readers is None else frozenset(json.loads(readers))


def day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def info(row: sqlite3.Row) -> DocumentInfo:
    return DocumentInfo(
        id=row["id"],
        title=row["title"],
        source=row["source"],
        language=row["language"],
        readers=groups(row["readers"]),
        revisions=row["revisions"],
        passages=row["passages"],
        effective_from=day(row["effective_from"]),
        effective_to=day(row["effective_to"]),
        added_at=datetime.fromisoformat(row["added_at"]),
        content_hash=row["content_hash"],
        metadata=json.loads(row["metadata"]),
        next_from=date.fromordinal(row["next_from"]) if row["next_from"] is not None else None,
    )


def revision(row: sqlite3.Row) -> Revision:
    return Revision(
        id=row["id"],
        document_id=row["document_id"],
        number=row["number"],
        title=row["title"],
        text=row["text"],
        content_hash=row["content_hash"],
        language=row["language"],
        effective_from=day(row["effective_from"]),
        effective_to=day(row["effective_to"]),
        added_at=datetime.fromisoformat(row["added_at"]),
        source=row["source"],
        metadata=json.loads(row["metadata"]),
        locations=locations(row["locations"]),
        notices=tuple(json.loads(row["notices"])),
        in_force_until=end_day(row["in_force_to"]),
    )


def end_day(ordinal: int) -> date | None:
    """The day that ends an interval; `None` where it goes on."""
    return None if ordinal > date.max.toordinal() else date.fromordinal(max(ordinal, 1))


def passage(row: sqlite3.Row) -> Passage:
    return Passage(
        id=row["id"],
        document_id=row["document_id"],
        revision_id=row["revision_id"],
        ordinal=row["ordinal"],
        text=row["text"],
        start=row["start"],
        end=row["end"],
        heading_path=_headings(row["heading_path"]),
        title=row["title"],
        revision_number=row["number"],
        effective_from=day(row["effective_from"]),
        effective_to=day(row["effective_to"]),
        language=row["language"],
        prefix=row["prefix"],
        locations=locations_between(locations(row["locations"]), row["start"], row["end"]),
        in_force_until=end_day(row["in_force_to"]),
    )


def place(row: sqlite3.Row) -> Place:
    return Place(row["id"], row["revision_id"], row["ordinal"], row["title"], _headings(row["heading_path"]))


def location_list(found: Sequence[Location]) -> str:
    return json.dumps([(at.start, at.kind, at.name) for at in found], ensure_ascii=False)


@lru_cache(maxsize=256)
def locations(stored: str) -> tuple[Location, ...]:
    return tuple(Location(*at) for at in json.loads(stored))


@lru_cache(maxsize=4096)
def _headings(stored: str) -> tuple[str, ...]:
    return tuple(json.loads(stored))


def passage_row(row: sqlite3.Row) -> PassageRow:
    passage_id, key, name, start, end, readers, tokens, vector = row
    return PassageRow(
        passage_id,
        key,
        name,
        start,
        end,
        groups(readers),
        tuple(tokens.split("\n")) if tokens else (),
        None if vector is None else np.frombuffer(vector, "<f4"),
    )
