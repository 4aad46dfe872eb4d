"""A Word file without the text that nobody sees: hidden, below a point, or in the colour of what lies behind it.

The file is written anew without those runs, in memory, and then read as any other. What is behind a run is its own
shading or highlight, its paragraph's, its cell's, else white paper; inside a table style or a drawn shape that is not
known, and no colour is doubted there. Deletions of tracked changes go as well: they are not what the document says.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from groundtune.i18n import t
from groundtune.knowledge.formats.in_memory import repacked
from groundtune.knowledge.formats.safe_xml import parse_xml
from groundtune.knowledge.formats.seen import WHITE, Colour, alike, hex_colour, left_out_notice

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PARTS = re.compile(r"word/(?:document|footnotes|endnotes|header\d*|footer\d*)\.xml$")
_COMMENT_MARKS = frozenset({f"{_W}commentRangeStart", f"{_W}commentRangeEnd", f"{_W}commentReference"})
_SMALLEST_HALF_POINTS = 2
_PLAIN_TABLES = frozenset({"TableGrid", "TableNormal", "a3", "a1"})
"""Table styles without shading; Korean Word names them a1 and a3."""
_HIGHLIGHTS = {"black": (0, 0, 0), "darkBlue": (0, 0, 128), "blue": (0, 0, 255), "darkRed": (128, 0, 0)}


@dataclass(frozen=True, slots=True)
class _Look:
    """What decides whether a run is seen; `None` where nothing is said."""

    vanishes: bool | None = None
    colour: Colour | None = None
    half_points: float | None = None
    behind: Colour | None = None

    def under(self, above: _Look) -> _Look:
        """With what `above` leaves unsaid taken from this."""
        return _Look(
            self.vanishes if above.vanishes is None else above.vanishes,
            above.colour or self.colour,
            self.half_points if above.half_points is None else above.half_points,
            above.behind or self.behind,
        )


def seen_alone(path: str) -> tuple[bytes | None, list[str]]:
    """The file without what nobody sees, and notices of it; no file when there is nothing to take out."""
    notices: list[str] = []
    changed: dict[str, bytes] = {}
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        styles = _styles(parse_xml(archive.read("word/styles.xml"))) if "word/styles.xml" in names else {}
        for name in filter(_PARTS.match, names):
            data = archive.read(name)
            root = parse_xml(data)
            words = list(_take_out(root, styles))
            deleted = _take_out_deletions(root)
            if words:
                notices.append(left_out_notice("", " ".join(words)))
            comments = _take_out_comments(root)
            if deleted:
                notices.append(t("{count} tracked {count:|deletion was|deletions were} left out.", count=deleted))
            if comments:
                notices.append(t("{count} {count:|comment was|comments were} left out.", count=comments))
            if words or deleted or comments:
                changed[name] = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
        return (repacked(archive, changed) if changed else None), notices


def _take_out(root: ElementTree.Element, styles: Mapping[str, _Look]) -> Iterator[str]:
    """Removes runs that nobody sees, and gives their words."""
    base = styles.get("", _Look())
    waiting: list[tuple[ElementTree.Element, _Look, bool]] = [(root, base, True)]
    while waiting:
        element, look, known = waiting.pop()
        for child in list(element):
            here, sure = look, known
            if child.tag == f"{_W}p":
                properties = child.find(f"{_W}pPr")
                here = _named(properties, "pStyle", styles, look).under(_look(properties, own=False))
            elif child.tag == f"{_W}tc":
                here = look.under(_look(child.find(f"{_W}tcPr"), own=False))
            elif child.tag == f"{_W}tbl":
                style = child.find(f"{_W}tblPr/{_W}tblStyle")
                sure = known and (style is None or style.get(f"{_W}val") in _PLAIN_TABLES)
            elif child.tag == f"{_W}txbxContent":
                sure = False
            elif child.tag == f"{_W}r":
                properties = child.find(f"{_W}rPr")
                run = _named(properties, "rStyle", styles, look).under(_look(properties, own=True))
                words = "".join(text.text or "" for text in child.iter(f"{_W}t"))
                if words.strip() and _is_unseen(run, known):
                    element.remove(child)
                    yield words
                    continue
            waiting.append((child, here, sure))


def _is_unseen(look: _Look, background_known: bool) -> bool:
    if look.vanishes:
        return True
    if look.half_points is not None and look.half_points <= _SMALLEST_HALF_POINTS:
        return True
    if look.colour is None or not (background_known or look.behind):
        return False
    return alike(look.colour, look.behind or WHITE)


def _look(properties: ElementTree.Element | None, own: bool) -> _Look:
    """What a run (`own`), or a paragraph or cell for its runs, says itself."""
    if properties is None:
        return _Look()
    shade = properties.find(f"{_W}shd")
    behind = hex_colour(shade.get(f"{_W}fill")) if shade is not None else None
    if not own:
        return _Look(behind=behind)
    mark = properties.find(f"{_W}highlight")
    if mark is not None and mark.get(f"{_W}val") != "none":
        behind = _HIGHLIGHTS.get(mark.get(f"{_W}val", ""), (255, 255, 0))
    colour, size = properties.find(f"{_W}color"), properties.find(f"{_W}sz")
    vanish = properties.find(f"{_W}vanish")
    return _Look(
        None if vanish is None else vanish.get(f"{_W}val", "1") not in ("0", "false", "off"),
        None if colour is None else hex_colour(colour.get(f"{_W}val")),
        None if size is None else _number(size.get(f"{_W}val")),
        behind,
    )


def _named(properties: ElementTree.Element | None, kind: str, styles: Mapping[str, _Look], otherwise: _Look) -> _Look:
    style = properties.find(f"{_W}{kind}") if properties is not None else None
    return otherwise.under(styles.get(style.get(f"{_W}val", ""), _Look())) if style is not None else otherwise


def _styles(root: ElementTree.Element) -> dict[str, _Look]:
    """The look of each style with what it is based on; that of the document's defaults under ""."""
    own, based = {}, {}
    for style in root.iter(f"{_W}style"):
        name = style.get(f"{_W}styleId", "")
        paragraph = _look(style.find(f"{_W}pPr"), own=False)
        own[name] = paragraph.under(_look(style.find(f"{_W}rPr"), own=True))
        parent = style.find(f"{_W}basedOn")
        based[name] = parent.get(f"{_W}val", "") if parent is not None else ""
    found = {"": _look(root.find(f"{_W}docDefaults/{_W}rPrDefault/{_W}rPr"), own=True)}
    for name in own:
        chain = [name]
        while based.get(chain[-1]) and based[chain[-1]] not in chain:
            chain.append(based[chain[-1]])
        look = _Look()
        for ancestor in reversed(chain):
            look = look.under(own.get(ancestor, _Look()))
        found[name] = look
    return found


def _take_out_deletions(root: ElementTree.Element) -> int:
    count = 0
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{_W}del", f"{_W}moveFrom") and next(child.iter(f"{_W}r"), None) is not None:
                parent.remove(child)
                count += 1
    return count


def _take_out_comments(root: ElementTree.Element) -> int:
    """The marks that lead to comments, which stand in a part of their own; returns how many comments."""
    count = 0
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in _COMMENT_MARKS:
                parent.remove(child)
                count += child.tag == f"{_W}commentReference"
    return count


def _number(value: str | None) -> float | None:
    try:
        return float(value or "")
    except ValueError:
        return None
