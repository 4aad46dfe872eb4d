"""What a file is, told from its bytes before its name. Reads the first bytes and a ZIP's list of names, no more."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Literal

from groundtune.errors import BadDocument
from groundtune.i18n import t

Kind = Literal["markdown", "text", "html", "pdf", "docx", "jsonl"]

BY_SUFFIX: dict[str, Kind] = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".text": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
"""The names that are taken from a folder."""

_FOREIGN = (
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"\x7fELF", "ELF"),
    (b"MZ", "Windows"),
    (b"\x1f\x8b", "gzip"),
    (b"SQLite format 3\0", "SQLite"),
    (b"7z\xbc\xaf", "7-Zip"),
    (b"Rar!", "RAR"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOOKED_AT = 4096


def sniff(path: Path) -> Kind:
    """The kind of `path`. Raises BadDocument for what is no document that we read, with the reason."""
    with path.open("rb") as file:
        head = file.read(_LOOKED_AT)
    named = BY_SUFFIX.get(path.suffix.lower())
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise BadDocument(t("The file is empty."), path=path)
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return _packed(path)
    if head.startswith(_OLE):
        return _compound(path)
    for magic, name in _FOREIGN:
        if head.startswith(magic):
            raise BadDocument(t("This is a {name} file, not a document that can be read.", name=name), path=path)
    if named in ("pdf", "docx"):
        raise BadDocument(t("The file is named {suffix} but isn't one: it is damaged.", suffix=path.suffix), path=path)
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadDocument(t("This is binary data, not text."), path=path)
    if named:
        return named
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:15].lower()
    return "html" if start.startswith((b"<!doctype html", b"<html")) else "text"


def _packed(path: Path) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            encrypted = any(entry.flag_bits & 1 for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise BadDocument(t("The file is damaged: {error}", error=error), path=path) from error
    if encrypted:
        raise BadDocument(t("The file is encrypted. Remove its password first."), path=path)
    if "word/document.xml" in names:
        return "docx"
    raise BadDocument(t("This is a ZIP archive, but no DOCX file. Unpack it, or save it as DOCX or PDF."), path=path)


def _compound(path: Path) -> Kind:
    with path.open("rb") as file:
        start = file.read(1 << 20)
    if "EncryptedPackage".encode("utf-16-le") in start:
        raise BadDocument(t("The file is encrypted. Remove its password first."), path=path)
    raise BadDocument(t("This is an old Office or HWP file. Save it as DOCX or PDF."), path=path)
