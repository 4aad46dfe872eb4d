"""EPUB to text: its pages in the order in which they are read, each through the reader of HTML."""

from __future__ import annotations

import posixpath
import zipfile
from urllib.parse import unquote
from xml.etree import ElementTree

from groundtune.i18n import t
from groundtune.knowledge.formats.html import read_html
from groundtune.knowledge.formats.plain import decode_bytes
from groundtune.knowledge.formats.reading import Reading, Unreadable
from groundtune.knowledge.formats.safe_xml import parse_xml

_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")


def read_epub(path: str) -> Reading:
    """Raises Unreadable for a damaged or protected book. Nothing is unpacked to disk; names lead nowhere else."""
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_protected(archive)
            package_name = _package_name(archive)
            package = parse_xml(archive.read(package_name))
            pages = _pages(archive, package, posixpath.dirname(package_name))
    except KeyError as error:
        raise Unreadable(t("The file is damaged: {error}", error=error.args[0])) from error
    parts = tuple(part for page in pages for part in page.parts if part.text)
    if not parts:
        raise Unreadable(t("There is no text in it."))
    title = package.findtext(".//{*}metadata/{*}title")
    return Reading(parts, (title or "").strip() or None, tuple(notice for page in pages for notice in page.notices))


def _package_name(archive: zipfile.ZipFile) -> str:
    container = parse_xml(archive.read("META-INF/container.xml"))
    root = container.find(".//{*}rootfile")
    if root is None:
        raise Unreadable(t("The file is damaged: {error}", error="META-INF/container.xml"))
    return root.get("full-path", "")


def _pages(archive: zipfile.ZipFile, package: ElementTree.Element, folder: str) -> list[Reading]:
    files = {item.get("id"): item.get("href", "") for item in package.iterfind(".//{*}manifest/{*}item")}
    pages = []
    for entry in package.iterfind(".//{*}spine/{*}itemref"):
        name = files.get(entry.get("idref"))
        if name is not None and entry.get("linear") != "no":
            member = posixpath.normpath(posixpath.join(folder, unquote(name.partition("#")[0])))
            pages.append(read_html(decode_bytes(archive.read(member))))
    return pages


def _refuse_protected(archive: zipfile.ZipFile) -> None:
    if "META-INF/encryption.xml" not in archive.namelist():
        return
    encryption = parse_xml(archive.read("META-INF/encryption.xml"))
    methods = [method.get("Algorithm") for method in encryption.iterfind(".//{*}EncryptionMethod")]
    if any(method not in _FONTS for method in methods):
        raise Unreadable(t("The file is encrypted. Remove its password first."))
