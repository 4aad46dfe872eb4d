"""What a file states beside its text: meta elements of pages, custom properties of Office files, entries of a PDF.

Runs in the process that reads. Does not judge what they mean.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from groundtune.errors import BadDocument
from groundtune.i18n import t
from groundtune.knowledge.formats.front_matter import Entry, split_front_matter
from groundtune.knowledge.formats.plain import decode_bytes
from groundtune.knowledge.formats.reading import Property, Unreadable
from groundtune.knowledge.formats.seen import without_invisible

_CUSTOM = "docProps/custom.xml"
_PAGES = (".xhtml", ".html", ".htm")
_PDF_ENTRIES = (
    *("readers", "Readers", "READERS", "reader", "Reader"),
    *("effective_from", "EffectiveFrom", "Effective From", "effective_to", "EffectiveTo", "Effective To"),
    *("열람그룹", "열람 그룹", "열람자", "시행일", "시행일자", "폐지일", "폐지일자"),
)
"""pdfium gives entries by their names alone, so these are asked for."""


def properties_of(kind: str, path: str) -> tuple[Property, ...]:
    """Names and values as the file has them; empty for a kind that has none. The libraries may raise anything."""
    if kind == "html":
        return _of_html(path)
    if kind == "zip":
        return _of_packed(path)
    if kind == "pdf":
        return _of_pdf(path)
    return ()


def keys_of(kind: str, path: str) -> Iterator[str]:
    """Every key under which a file states something, at any depth. Raises Unreadable where that can't be told."""
    if kind == "jsonl":
        for line in decode_bytes(Path(path).read_bytes()).splitlines():
            yield from _keys_of_row(line) if line.strip() else ()
    elif kind in ("markdown", "text"):
        yield from _keys_above(decode_bytes(Path(path).read_bytes()))
    else:
        yield from (name for name, _ in properties_of(kind, path))


def _keys_of_row(line: str) -> list[str]:
    pairs: list[tuple[str, Any]] = []
    try:
        json.loads(line, object_pairs_hook=pairs.extend)
    except ValueError as error:
        raise Unreadable(t("This row is not valid JSON: {error}", error=error)) from error
    texts = [value for _, value in pairs if isinstance(value, str)]
    return [key for key, _ in pairs] + [key for text in texts for key in _keys_above(text)]


def _keys_above(text: str) -> list[str]:
    return [entry.key for entry in _split(without_invisible(text)[0])[0]]


def split_page(path: str) -> tuple[tuple[Entry, ...], str]:
    """The front matter of an HTML file, as site generators have it, and the page after it. Raises Unreadable."""
    return _split(decode_bytes(Path(path).read_bytes()))


def _split(text: str) -> tuple[tuple[Entry, ...], str]:
    try:
        return split_front_matter(text, Path())
    except BadDocument as error:
        raise Unreadable(error.reason) from error


def _of_html(path: str) -> tuple[Property, ...]:
    entries, page = split_page(path)
    stated = [(one.key, one.value if isinstance(one.value, str) else ", ".join(one.value)) for one in entries]
    return (*stated, *_metas(page))


def _metas(page: str) -> Iterator[Property]:
    from selectolax.lexbor import LexborHTMLParser

    for node in LexborHTMLParser(page).css("meta[name]"):
        yield node.attributes.get("name") or "", node.attributes.get("content") or ""


def _of_packed(path: str) -> tuple[Property, ...]:
    """Custom properties of an Office file; of a book, the meta elements of its pages."""
    from groundtune.knowledge.formats.safe_xml import parse_xml

    with zipfile.ZipFile(path) as archive:
        if _CUSTOM not in archive.namelist():
            pages = [name for name in archive.namelist() if name.lower().endswith(_PAGES)]
            return tuple(found for name in pages for found in _metas(decode_bytes(archive.read(name))))
        root = parse_xml(archive.read(_CUSTOM))
    found = []
    for node in root:
        kind = node[0].tag.rpartition("}")[2] if len(node) else ""
        value = "".join(node.itertext()).strip()
        found.append((node.get("name", ""), value[:10] if kind in ("filetime", "date") else value))
    return tuple(found)


def _of_pdf(path: str) -> tuple[Property, ...]:
    import pypdfium2

    pdf = pypdfium2.PdfDocument(path)
    values = ((name, pdf.get_metadata_value(name).strip()) for name in _PDF_ENTRIES)
    return tuple((name, value) for name, value in values if value)
