"""A Hangul file (HWPX) without the text that nobody sees: a point or less, or in the colour of what lies behind it.

What is behind a run is its own shading, its paragraph's fill, its cell's or table's, the page's, else white paper. In
a drawn shape that is not known, and no colour is doubted there.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from groundtune.knowledge.formats.in_memory import repacked
from groundtune.knowledge.formats.safe_xml import parse_xml
from groundtune.knowledge.formats.seen import WHITE, Colour, alike, hex_colour, left_out_notice

_SECTION = re.compile(r"Contents/section\d+\.xml$")
_SMALLEST_HUNDREDTHS = 100
_SHAPES = frozenset({"drawText", "rect", "ellipse", "polygon", "container", "curve", "arc"})


@dataclass(frozen=True, slots=True)
class _Looks:
    """By their ids in the file's header; a fill of `None` lets through what lies behind."""

    small: frozenset[str]
    colours: Mapping[str, Colour]
    shades: Mapping[str, Colour | None]
    fills: Mapping[str, Colour | None]
    paragraphs: Mapping[str, Colour | None]


def seen_alone(path: str) -> tuple[bytes | None, list[str]]:
    """The file without what nobody sees, and notices of it; no file when there is nothing to take out."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if "Contents/header.xml" not in names:
            return None, []
        looks = _looks(parse_xml(archive.read("Contents/header.xml")))
        changed: dict[str, bytes] = {}
        notices = []
        for name in filter(_SECTION.match, names):
            root = parse_xml(archive.read(name))
            words = list(_take_out(root, looks))
            if words:
                notices.append(left_out_notice("", " ".join(words)))
                changed[name] = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
        return (repacked(archive, changed) if changed else None), notices


def _take_out(root: ElementTree.Element, looks: _Looks) -> Iterator[str]:
    """Removes the texts of runs that nobody sees, and gives their words."""
    page = next(
        (looks.fills.get(fill.get("borderFillIDRef", "")) for fill in root.iterfind(".//{*}pageBorderFill")), None
    )
    waiting: list[tuple[ElementTree.Element, Colour | None]] = [(root, page or WHITE)]
    while waiting:
        element, behind = waiting.pop()
        for child in list(element):
            tag, here = child.tag.rpartition("}")[2], behind
            if tag in ("tbl", "tc"):
                here = looks.fills.get(child.get("borderFillIDRef", "")) or behind
            elif tag == "p":
                here = looks.paragraphs.get(child.get("paraPrIDRef", "")) or behind
            elif tag in _SHAPES:
                here = None
            elif tag == "run" and _is_unseen(child.get("charPrIDRef", ""), looks, behind):
                texts = child.findall("{*}t")
                words = "".join("".join(text.itertext()) for text in texts)
                for text in texts:
                    child.remove(text)
                if words.strip():
                    yield words
            waiting.append((child, here))


def _is_unseen(look: str, looks: _Looks, behind: Colour | None) -> bool:
    if look in looks.small:
        return True
    colour, ground = looks.colours.get(look), looks.shades.get(look) or behind
    return colour is not None and ground is not None and alike(colour, ground)


def _looks(header: ElementTree.Element) -> _Looks:
    fills: dict[str, Colour | None] = {}
    for fill in header.iterfind(".//{*}borderFill"):
        brush = fill.find(".//{*}winBrush")
        fills[fill.get("id", "")] = hex_colour(brush.get("faceColor")) if brush is not None else None
    paragraphs: dict[str, Colour | None] = {}
    for paragraph in header.iterfind(".//{*}paraPr"):
        border = paragraph.find("{*}border")
        paragraphs[paragraph.get("id", "")] = (
            fills.get(border.get("borderFillIDRef", "")) if border is not None else None
        )
    small, colours, shades = set(), {}, {}
    for letters in header.iterfind(".//{*}charPr"):
        name = letters.get("id", "")
        height = letters.get("height", "")
        if height.isdigit() and int(height) <= _SMALLEST_HUNDREDTHS:
            small.add(name)
        colour = hex_colour(letters.get("textColor"))
        if colour is not None:
            colours[name] = colour
        shades[name] = hex_colour(letters.get("shadeColor"))
    return _Looks(frozenset(small), colours, shades, fills, paragraphs)
