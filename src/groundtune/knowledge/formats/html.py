"""HTML to text with Markdown headings, lists and tables. Navigation, scripts, forms and footers are left out."""

from __future__ import annotations

import re
from typing import Any

from groundtune.knowledge.formats.reading import Part, Reading
from groundtune.knowledge.formats.seen import left_out_notice
from groundtune.knowledge.formats.seen_html import above_of, take_out_unseen

_LEFT_OUT = frozenset(
    {"script", "style", "noscript", "template", "nav", "footer", "aside", "form", "button", "select"}
    | {"svg", "iframe", "head", "dialog", "object"}
)
_LEFT_OUT_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "complementary"})
_BLOCKS = frozenset(
    {"p", "div", "section", "article", "main", "body", "html", "ul", "ol", "dl", "dt", "dd", "blockquote", "figure"}
    | {"figcaption", "address", "details", "summary", "header", "fieldset", "center"}
)


def read_html(text: str) -> Reading:
    """Title and text of a page, without what nobody sees on it. A page without text has one part, which is empty."""
    from selectolax.lexbor import LexborHTMLParser

    page = LexborHTMLParser(text)
    title_node = page.css_first("title")
    title = (_squeeze(title_node.text()) if title_node else None) or None
    first = _root(page)
    unseen = take_out_unseen(page, lambda node: first is not None and _is_text_of(node, first.mem_id))
    root = _root(page)
    if root is None:
        return Reading((Part(""),), title)
    parts: list[str] = []
    _walk(root, parts, inline=False)
    words = re.sub(r"[ \t]*\n[ \t]*", "\n", "".join(parts))
    words = re.sub(r"\n{3,}", "\n\n", words).strip()
    return Reading((Part(words),), title, (left_out_notice("", " ".join(unseen)),) if unseen else ())


def _root(page: Any) -> Any:
    return page.css_first("main") or page.css_first("article") or page.body


def _is_text_of(node: Any, root: int) -> bool:
    """Whether the element would be read if it were seen."""
    around = [node, *above_of(node)]
    return any(one.mem_id == root for one in around) and not any(map(_is_left_out, around))


def _is_left_out(node: Any) -> bool:
    return node.tag in _LEFT_OUT or node.attributes.get("role") in _LEFT_OUT_ROLES


def _walk(node: Any, parts: list[str], inline: bool) -> None:
    for child in node.iter(include_text=True):
        tag = child.tag
        if tag in ("-text", "_text"):
            parts.append(re.sub(r"\s+", " ", child.text(deep=False) or ""))
        elif _is_left_out(child):
            continue
        elif re.fullmatch(r"h[1-6]", tag or ""):
            parts.append(f"\n\n{'#' * int(tag[1])} {_squeeze(child.text())}\n\n")
        elif tag == "table":
            parts.append(f"\n\n{_table(child)}\n\n")
        elif tag == "br":
            parts.append("\n")
        elif tag == "pre":
            parts.append(f"\n\n```\n{child.text()}\n```\n\n")
        elif tag == "li":
            parts.append("\n- ")
            _walk(child, parts, inline=True)
        elif tag in _BLOCKS:
            edge = "\n" if inline else "\n\n"
            parts.append(edge if tag != "p" or not inline else "")
            _walk(child, parts, inline=inline and tag not in ("ul", "ol"))
            parts.append(edge)
        else:
            _walk(child, parts, inline)


def _table(table: Any) -> str:
    rows = [
        [_squeeze(cell.text(separator=" ")).replace("|", "\\|") for cell in row.iter() if cell.tag in ("td", "th")]
        for row in table.css("tr")
    ]
    rows = [row for row in rows if any(row)]
    if not rows:
        return ""
    width = max(map(len, rows))
    lines = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])


def _squeeze(words: str) -> str:
    return re.sub(r"\s+", " ", words).strip()
