"""XML from strangers: no entities of its own, nothing fetched."""

from __future__ import annotations

from typing import NoReturn
from xml.etree import ElementTree
from xml.parsers import expat

from groundtune.i18n import t
from groundtune.knowledge.formats.reading import Unreadable


def parse_xml(data: bytes) -> ElementTree.Element:
    """Raises Unreadable for XML that declares entities, or is none."""
    check = expat.ParserCreate()
    check.EntityDeclHandler = _refuse
    try:
        check.Parse(data, True)
        return ElementTree.fromstring(data)
    except (expat.ExpatError, ElementTree.ParseError) as error:
        raise Unreadable(t("The file is damaged: {error}", error=error)) from error


def _refuse(*_: object) -> NoReturn:
    raise Unreadable(t("The file is damaged: {error}", error=t("its XML declares entities")))
