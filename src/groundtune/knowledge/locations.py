"""Where in its file a text stands, in words: “p. 12”, “slides 3–4”, “sheet “2026””. Knows no document."""

from __future__ import annotations

from collections.abc import Sequence

from groundtune.i18n import t
from groundtune.types import Location


def describe(locations: Sequence[Location]) -> str:
    """In the reader's language; empty for a file that has no pages."""
    if not locations:
        return ""
    first, last = locations[0], locations[-1]
    if first.kind == "page":
        if first.name == last.name:
            return t("p. {page}", page=first.name)
        return t("pp. {first}–{last}", first=first.name, last=last.name)
    if first.kind == "slide":
        if first.name == last.name:
            return t("slide {slide}", slide=first.name)
        return t("slides {first}–{last}", first=first.name, last=last.name)
    names = ", ".join(f"“{location.name}”" for location in locations)
    return t("sheet {names}", names=names) if first.kind == "sheet" else t("attachment {names}", names=names)
