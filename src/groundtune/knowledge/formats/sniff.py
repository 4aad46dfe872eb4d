"""What a file is, told from its first bytes before its name. Opens no archive: that is for the process that reads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from groundtune.errors import BadDocument
from groundtune.i18n import t

Kind = Literal["markdown", "text", "jsonl", "html", "mail", "pdf", "zip", "ole", "image"]
"""What the first bytes tell. A "zip" may be DOCX, PPTX, XLSX, HWPX or EPUB, an "ole" HWP."""

BY_SUFFIX: dict[str, Kind] = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".text": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".eml": "mail",
    ".pdf": "pdf",
    ".docx": "zip",
    ".pptx": "zip",
    ".xlsx": "zip",
    ".hwpx": "zip",
    ".epub": "zip",
    ".hwp": "ole",
}
"""The names that are taken from a folder. Pictures are read only when they are named themselves."""

OF_OTHER_OFFICES = frozenset((".doc", ".xls", ".ppt", ".rtf", ".odt", ".ods", ".odp", ".msg"))
"""Names of documents that are not read. They are taken from a folder all the same, so that each is refused by name."""

_FOREIGN = (
    (b"GIF8", "GIF"),
    (b"\x7fELF", "ELF"),
    (b"MZ", "Windows"),
    (b"\x1f\x8b", "gzip"),
    (b"SQLite format 3\0", "SQLite"),
    (b"7z\xbc\xaf", "7-Zip"),
    (b"Rar!", "RAR"),
    (b"{\\rtf", "Rich Text (RTF)"),
)
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD_HWP = b"HWP Document File V"
_HTML = re.compile(rb"(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_HEADER = re.compile(rb"^([A-Za-z][A-Za-z0-9-]*):[ \t]", re.MULTILINE)
_OF_A_MAIL = frozenset(
    {b"from", b"to", b"subject", b"date", b"message-id", b"received", b"mime-version", b"return-path"}
)
_OF_MAILS_ALONE = frozenset({b"message-id", b"received", b"mime-version", b"return-path"})
_LOOKED_AT = 4096


def sniff(path: Path, *, named: str | None = None) -> Kind:
    """The kind of `path`, `named` being its suffix where the path has none of its own.

    Raises BadDocument for what is no document that we read, with the reason.
    """
    with path.open("rb") as file:
        head = file.read(_LOOKED_AT)
    suffix = path.suffix if named is None else named
    by_name = BY_SUFFIX.get(suffix.lower())
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise BadDocument(t("The file is empty."), path=path)
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return "zip"
    if head.startswith(_OLE):
        return "ole"
    if head.startswith(_PICTURES) or (head.startswith(b"RIFF") and head[8:12] == b"WEBP"):
        return "image"
    if head.startswith(_OLD_HWP):
        raise BadDocument(t("This is an HWP file of before 2002. Save it as HWP 5 or HWPX."), path=path)
    for magic, name in _FOREIGN:
        if head.startswith(magic):
            raise BadDocument(t("This is a {name} file, not a document that can be read.", name=name), path=path)
    if by_name in ("pdf", "zip", "ole"):
        raise BadDocument(t("The file is named {suffix} but isn't one: it is damaged.", suffix=suffix), path=path)
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadDocument(t("This is binary data, not text."), path=path)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if _HTML.match(start):
        return "html"
    if _is_mail(start, surely=by_name != "mail"):
        return "mail"
    return by_name if by_name and by_name != "mail" else "text"


def _is_mail(start: bytes, surely: bool) -> bool:
    """Whether a text begins as mails do; `surely` asks for a header that no memo has."""
    block = re.split(rb"\r?\n\r?\n", start, maxsplit=1)[0]
    names = {name.lower() for name in _HEADER.findall(block)}
    return (
        _HEADER.match(start) is not None
        and len(names & _OF_A_MAIL) >= (3 if surely else 1)
        and (not surely or bool(names & _OF_MAILS_ALONE))
    )
