"""Takes out of a page what nobody sees on it, by its attributes, its styles and its own style sheet.

No browser is asked: style sheets elsewhere and scripts are not known. So white text is doubted only on a page that
says nothing of its background.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from groundtune.knowledge.formats.seen import WHITE, Colour, alike

_SMALLEST_PIXELS = 1.5
_FAR = 400
"""Pixels off the page's edge."""
_DECLARATION = re.compile(r"([\w-]+)\s*:\s*([^;]+)")
_AT_BLOCK = re.compile(r"@[^{};]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}|@[^{};]*;")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_LENGTH = re.compile(r"(-?\d*\.?\d+)\s*(px|pt|em|rem|ex|%|vw|vh|cm|mm|in)?")
_PIXELS = {"px": 1.0, "pt": 4 / 3, "em": 16.0, "rem": 16.0, "ex": 8.0, "cm": 37.8, "mm": 3.78, "in": 96.0}
_PIXELS |= {"%": 0.16, "vw": 10.0, "vh": 8.0}
"""What a length comes to, roughly; enough to tell none from some."""
_NAMED = {"white": (255, 255, 255), "black": (0, 0, 0), "snow": (255, 250, 250), "ivory": (255, 255, 240)}
_MOST_RULES = 2000


def take_out_unseen(page: Any, counts: Callable[[Any], bool]) -> list[str]:
    """Removes from a selectolax page the elements that nobody sees; returns the words of those that `counts` names.

    The page as a whole stays: many hide it until a script has run.
    """
    hidden: dict[int, Any] = {node.mem_id: node for node in _by_style_sheet(page)}
    plain = page.css_first("style, link[rel=stylesheet]") is None
    for node in page.css("[style], [hidden], font[color]"):
        if "hidden" in node.attributes or _hides(_declared(node)) or _is_without_contrast(node, plain):
            hidden[node.mem_id] = node
    hidden = {identity: node for identity, node in hidden.items() if node.tag not in ("html", "body")}
    decoration = {node.mem_id: node for node in page.css('body [aria-hidden="true"]')}
    words, outermost = [], []
    for identity, node in (decoration | hidden).items():
        if not any(above.mem_id in hidden or above.mem_id in decoration for above in above_of(node)):
            text = " ".join(node.text(separator=" ").split())
            if identity in hidden and text and counts(node):
                words.append(text)
            outermost.append(node)
    for node in outermost:
        node.decompose()
    return words


def above_of(node: Any) -> Iterator[Any]:
    """The elements that hold `node`, the nearest first."""
    while (node := node.parent) is not None:
        yield node


def _by_style_sheet(page: Any) -> list[Any]:
    """Elements that a rule of the page's own sheet hides, and that no other rule shows."""
    hidden: dict[int, Any] = {}
    shown: set[int] = set()
    sheet = "\n".join(node.text() for node in page.css("style"))
    sheet = _AT_BLOCK.sub("", re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL))
    for selectors, body in _RULE.findall(sheet)[:_MOST_RULES]:
        declared = _declarations(body)
        hides = _hides(declared)
        shows = declared.get("display", "none") != "none" or declared.get("visibility") == "visible"
        for selector in selectors.split(",") if hides or shows else ():
            if ":" in selector:
                continue
            try:
                found = page.css(selector.strip())
            except Exception:  # a selector that this parser doesn't know hides nothing
                continue
            for node in found:
                if hides:
                    hidden[node.mem_id] = node
                else:
                    shown.add(node.mem_id)
    return [node for identity, node in hidden.items() if identity not in shown]


def _declared(node: Any) -> dict[str, str]:
    return _declarations(node.attributes.get("style") or "")


def _declarations(body: str) -> dict[str, str]:
    return {
        name.lower(): value.strip().lower().removesuffix("!important").strip()
        for name, value in _DECLARATION.findall(body)
    }


def _hides(style: dict[str, str]) -> bool:
    if not style:
        return False
    size = _pixels(style.get("font-size"))
    opacity = _pixels(style.get("opacity"))
    cut = style.get("overflow", "").startswith(("hidden", "clip"))
    sides = [_pixels(style.get(side)) for side in ("width", "height", "max-height", "max-width")]
    placed = style.get("position") in ("absolute", "fixed")
    away = [_pixels(style.get(name)) for name in ("left", "top", "right", "bottom")] if placed else []
    away += [_pixels(style.get(name)) for name in ("text-indent", "margin-left", "margin-top")]
    return (
        style.get("display") == "none"
        or style.get("visibility") in ("hidden", "collapse")
        or (size is not None and size < _SMALLEST_PIXELS)
        or (opacity is not None and opacity < 0.05)
        or (cut and any(side is not None and side <= 1 for side in sides))
        or any(length is not None and length <= -_FAR for length in away)
        or re.search(r"scale[xy]?\(\s*0?\.?0*\s*[,)]|translate[xy]?\(\s*-\d{4,}", style.get("transform", ""))
        is not None
        or re.match(r"rect\(\s*([01])(px)?[\s,]+\1", style.get("clip", "")) is not None
        or re.match(r"inset\(\s*(?:50|100)%|circle\(\s*0", style.get("clip-path", "")) is not None
        or style.get("color") == "transparent"
    )


def _is_without_contrast(node: Any, plain_page: bool) -> bool:
    """Whether the text has the colour of its own background, or is white on a page that has no other."""
    style = _declared(node)
    colour = _colour(style.get("color") or node.attributes.get("color"))
    if colour is None:
        return False
    behind = style.get("background-color") or style.get("background")
    if behind is not None:
        ground = _colour(behind)
        return ground is not None and alike(colour, ground)
    if not plain_page or any(_has_background(above) for above in above_of(node)):
        return False
    return alike(colour, WHITE)


def _has_background(node: Any) -> bool:
    style = node.attributes.get("style") or ""
    return "background" in style.lower() or "bgcolor" in node.attributes or "background" in node.attributes


def _pixels(value: str | None) -> float | None:
    match = _LENGTH.match(value) if value else None
    return float(match[1]) * _PIXELS.get(match[2] or "px", 1.0) if match else None


def _colour(value: str | None) -> Colour | None:
    value = (value or "").strip().lower()
    if value in _NAMED:
        return _NAMED[value]
    if match := re.match(r"#([0-9a-f]{3}|[0-9a-f]{6})\b", value):
        digits = match[1] if len(match[1]) == 6 else "".join(2 * digit for digit in match[1])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if match := re.match(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})", value):
        return int(match[1]), int(match[2]), int(match[3])
    return None
