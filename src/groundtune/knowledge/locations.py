"""Where in its file a text stands, in words: “p. 12”, “slides 3–4”, “sheet “2026””. Knows no document."""

from __future__ import annotations

from collections.abc import Sequence

from groundtune.i18n import language, t_in
from groundtune.types import Location


def describe(locations: Sequence[Location], lang: str | None = None) -> str:
    """In `lang`, by default the reader's language; empty for a file that has no pages."""
    lang = lang or language()
    if not locations:
        return ""
    first, last = locations[0], locations[-1]
    if first.kind == "page":
        if first.name == last.name:
            return t_in(lang, "p. {page}", page=first.name)
        return t_in(lang, "pp. {first}–{last}", first=first.name, last=last.name)
    if first.kind == "slide":
        if first.name == last.name:
            return t_in(lang, "slide {slide}", slide=first.name)
        return t_in(lang, "slides {first}–{last}", first=first.name, last=last.name)
    names = ", ".join(f"“{location.name}”" for location in locations)
    return (
        t_in(lang, "sheet {names}", names=names)
        if first.kind == "sheet"
        else t_in(lang, "attachment {names}", names=names)
    )
