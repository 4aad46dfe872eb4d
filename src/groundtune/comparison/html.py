"""HTML that can't be broken by its content: every text is escaped unless it was made here."""

from __future__ import annotations

from html import escape

_VOID = frozenset(("br", "meta", "input", "col", "line", "circle", "rect", "path"))


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


Child = str | None
"""Plain texts are escaped, `Html` is not, `None` and "" vanish."""


def h(name: str, /, *children: Child, **attributes: str | float | bool | None) -> Html:
    """An element. Attribute names lose their trailing underscore, and inner ones become hyphens; a value of `None` or
    False leaves the attribute out, True gives it without a value."""
    written = "".join(_attribute(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    if name in _VOID:
        return Html(f"<{name}{written}>" if name not in ("line", "circle", "rect", "path") else f"<{name}{written}/>")
    return Html(f"<{name}{written}>{join(*children)}</{name}>")


def join(*children: Child) -> Html:
    return Html("".join(child if isinstance(child, Html) else escape(child) for child in children if child))


def _attribute(name: str, value: str | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return f" {name}"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return f' {name}="{escape(text)}"'
