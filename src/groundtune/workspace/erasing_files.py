"""The files of a workspace that name a person, and how the name leaves them. Knows no database but as bytes.

Texts are rewritten in place: read, written beside and put in place by one rename. What can't be rewritten without
harming it (PDF, Office, pictures) is named for a person to mend. A copy of a database goes whole. Files of registered
models are never changed. Outside of the workspace nothing is touched.
"""

from __future__ import annotations

import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from groundtune.errors import BadDocument
from groundtune.i18n import t
from groundtune.knowledge.formats.plain import decode_bytes
from groundtune.knowledge.formats.reading import Unreadable
from groundtune.knowledge.formats.sniff import BY_SUFFIX
from groundtune.knowledge.load import load
from groundtune.privacy import Finder
from groundtune.settings import Settings

Action = Literal["redact", "delete", "by hand", "kept"]
Spared: TypeAlias = Mapping[Path, set[int] | None]
"""Files that mean somebody else: whole, or some of their lines."""
_TEXT = ("markdown", "text", "jsonl", "html", "mail")
_ENCODED = ("html", "mail")
"""Texts that may spell a word otherwise than a person reads it."""
_LARGEST_TEXT = 200 << 20
_AROUND = 28
_BESIDE = ".groundtune-erasing"
"""Ends the name of a file that is being written beside another."""
_SQLITE = b"SQLite format 3\0"
_LARGEST_MEMBER = 500 << 20
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError)
"""What reading a zip archive raises: damaged, encrypted (RuntimeError), packed by an unknown method."""


@dataclass(frozen=True, slots=True)
class Line:
    """Where a text names somebody, from 1, with the words around. `None` for a place that has no line."""

    number: int | None
    context: str


@dataclass(frozen=True, slots=True)
class FoundFile:
    path: Path
    action: Action
    lines: tuple[Line, ...]


def lines_of(text: str, finder: Finder) -> list[Line]:
    """Each mention in `text` with its line."""
    return [Line(text.count("\n", 0, start) + 1, _context(text, start, end)) for start, end in finder.mentions(text)]


def _context(text: str, start: int, end: int) -> str:
    first = max(text.rfind("\n", 0, start) + 1, start - _AROUND)
    stop = text.find("\n", end)
    last = min(len(text) if stop < 0 else stop, end + _AROUND)
    return " ".join(text[first:last].split())


def own_files(settings: Settings) -> Iterator[Path]:
    """Every file of the workspace but the database, what is derived from it, and unfinished runs."""
    database = {f"{settings.database}{end}" for end in ("", "-wal", "-shm", "-journal")}
    left_out = (settings.derived, settings.models / ".runs")
    for path in sorted(settings.root.rglob("*")):
        inside = any(folder in path.parents for folder in left_out)
        if path.is_file() and not path.is_symlink() and not inside and str(path) not in database:
            yield path


def find(settings: Settings, finder: Finder, spare: Spared) -> Iterator[FoundFile]:
    """The workspace's files that name the person, in their text, their bytes or their own name."""
    for path in own_files(settings):
        left_out = spare.get(path, set())
        if left_out is None:
            continue
        registered = settings.models in path.parents
        named = [Line(None, str(path.relative_to(settings.root)))]
        named = named if finder.names(str(path.relative_to(settings.root))) else []
        found = _look(path, finder, left_out)
        if found is not None or named:
            action, lines = found or ("redact", [])
            yield FoundFile(path, "kept" if registered else action, (*named, *lines))


def _look(path: Path, finder: Finder, left_out: set[int]) -> tuple[Action, list[Line]] | None:
    text = _text_of(path)
    kind = BY_SUFFIX.get(path.suffix.lower(), "text")
    if text is not None:
        lines = [line for line in lines_of(text, finder) if line.number not in left_out]
        if lines or kind not in _ENCODED:
            return ("redact", lines) if lines else None
    with path.open("rb") as file:
        is_database = file.read(len(_SQLITE)) == _SQLITE
    places = [f"{path.name} @{offset} ({form})" for offset, form in finder.bytes_found(path.read_bytes())]
    lines = [Line(None, place) for place in (*places, *places_in_archive(path, finder))]
    if not lines and (kind in _ENCODED or kind not in _TEXT):
        lines = [line for words in _read_as_document(path) for line in lines_of(words, finder)]
    return ("delete" if is_database else "by hand", lines) if lines else None


def _read_as_document(path: Path) -> Iterator[str]:
    try:
        for found in load(path, document_id=path.name):
            if not isinstance(found, BadDocument):
                yield "\n".join((found.title, found.text, *found.metadata.values()))
    except BadDocument:  # no reader knows it: its bytes were all that could be looked at
        return


def places_in_archive(path: Path, finder: Finder) -> Iterator[str]:
    """Members of `path`, where it is a zip archive, that name somebody in their name or bytes, and those that can't be
    looked into: encrypted, damaged, too large. Whether these name somebody nobody knows."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                place = f"{path.name}!{member.filename}"
                try:
                    if finder.names(member.filename) or any(finder.bytes_found(_bytes_of(archive, member))):
                        yield place
                except _UNREADABLE:
                    yield t("{place} (can't be looked into)", place=place)
    except _UNREADABLE:
        yield t("{place} (can't be looked into)", place=path.name)


def _bytes_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    if member.file_size > _LARGEST_MEMBER:
        raise OSError("too large")
    return archive.read(member)


def redact(path: Path, finder: Finder, spare: Spared) -> None:
    """Takes the name out of the file's text, where it is one."""
    if _text_of(path) is not None:
        text, encoding = _decoded(path)
        left_out = spare.get(path) or set()
        if left_out:
            rows = enumerate(text.split("\n"), start=1)
            clean = "\n".join(row if number in left_out else finder.redacted(row) for number, row in rows)
        else:
            clean = finder.redacted(text)
        if clean != text:
            write(path, clean.encode(encoding))


def without_row(path: Path, line: int) -> None:
    """Empties a line of a file of rows, so that those behind it keep their numbers."""
    rows = path.read_bytes().split(b"\n")
    if line <= len(rows):
        rows[line - 1] = b""
        write(path, b"\n".join(rows))


def rename(settings: Settings, finder: Finder, spare: Spared) -> None:
    """Gives files and folders that are named after the person another name, the deepest first."""
    for path in sorted(settings.root.rglob("*"), key=lambda path: -len(path.parts)):
        if not finder.names(path.name) or settings.models in path.parents or path in spare:
            continue
        wanted = path.with_name(finder.redacted(path.name))
        number = 1
        while wanted.exists():
            number += 1
            wanted = wanted.with_stem(f"{finder.redacted(path.stem)}-{number}")
        path.rename(wanted)


def write(path: Path, data: bytes) -> None:
    """Replaces the file's bytes; a process that dies meanwhile leaves the old ones or the new."""
    beside = path.with_name(path.name + _BESIDE)
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    shutil.copymode(path, beside)
    beside.replace(path)


def sweep(settings: Settings) -> None:
    """Removes what a killed process left beside a file."""
    for path in settings.root.rglob(f"*{_BESIDE}"):
        path.unlink(missing_ok=True)


def _text_of(path: Path) -> str | None:
    if path.stat().st_size > _LARGEST_TEXT:
        return None
    try:
        decode_bytes(path.read_bytes())
    except Unreadable:
        return None
    return _decoded(path)[0]


def _decoded(path: Path) -> tuple[str, str]:
    """The text as it stands, not normalised, and its encoding; a mark at its beginning stays part of it."""
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16-le" if data.startswith(b"\xff\xfe") else "utf-16-be"
        return data.decode(encoding), encoding
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("cp949"), "cp949"
