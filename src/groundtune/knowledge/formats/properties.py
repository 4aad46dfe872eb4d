"""What a file states beside its text: HTML meta elements, custom properties of Office files, entries of a PDF.

Runs in the process that reads. Does not judge what they mean.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from groundtune.errors import BadDocument
from groundtune.knowledge.formats.front_matter import split_front_matter
from groundtune.knowledge.formats.plain import decode_bytes
from groundtune.knowledge.formats.reading import Unreadable

_CUSTOM = "docProps/custom.xml"
_PDF_ENTRIES = (
    *("readers", "Readers", "READERS", "reader", "Reader"),
    *("effective_from", "EffectiveFrom", "Effective From", "effective_to", "EffectiveTo", "Effective To"),
    *("열람그룹", "열람 그룹", "열람자", "시행일", "시행일자", "폐지일", "폐지일자"),
)
"""pdfium gives entries by their names alone, so these are asked for."""


def properties_of(kind: str, path: str) -> dict[str, str]:
    """Names and values as the file has them; empty for a kind that has none. The libraries may raise anything."""
    if kind == "html":
        return _of_html(path)
    if kind == "zip":
        return _of_office(path)
    if kind == "pdf":
        return _of_pdf(path)
    return {}


def _of_html(path: str) -> dict[str, str]:
    from selectolax.lexbor import LexborHTMLParser

    text = decode_bytes(Path(path).read_bytes())
    try:
        entries, _ = split_front_matter(text, Path(path))  # as site generators have it
    except BadDocument as error:
        raise Unreadable(error.reason) from error
    found = {entry.key: entry.value if isinstance(entry.value, str) else ", ".join(entry.value) for entry in entries}
    for node in LexborHTMLParser(text).css("meta[name]"):
        found[node.attributes.get("name") or ""] = node.attributes.get("content") or ""
    return found


def _of_office(path: str) -> dict[str, str]:
    from groundtune.knowledge.formats.safe_xml import parse_xml

    with zipfile.ZipFile(path) as archive:
        if _CUSTOM not in archive.namelist():
            return {}
        root = parse_xml(archive.read(_CUSTOM))
    found = {}
    for node in root:
        kind = node[0].tag.rpartition("}")[2] if len(node) else ""
        value = "".join(node.itertext()).strip()
        found[node.get("name", "")] = value[:10] if kind in ("filetime", "date") else value
    return found


def _of_pdf(path: str) -> dict[str, str]:
    import pypdfium2

    pdf = pypdfium2.PdfDocument(path)
    values = {name: pdf.get_metadata_value(name).strip() for name in _PDF_ENTRIES}
    return {name: value for name, value in values.items() if value}
