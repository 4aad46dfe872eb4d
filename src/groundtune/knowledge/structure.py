"""Where a text's headings, articles and tables stand: Markdown headings, Korean statutes and rulebooks, pipe tables.

Reads lines, not meaning. Knows nothing of tokens or of how long a passage may be.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_MARKS = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_FENCE = re.compile(r"^ {0,3}(```|~~~)")
_SETEXT = re.compile(r"^ {0,3}(=+|-{3,})\s*$")
_NUMBER = r"\d+(?:의\d+)*"
_BOLD = r"(?:\*{2,3}|__)?"
_ARTICLE = re.compile(
    rf"^{_BOLD}제\s?(?P<n>\d+)\s?조(?P<sub>(?:의\s?\d+)*)(?![^\W_]){_BOLD}\s*"
    rf"(?:(?P<title>[(（\[【][^)）\]】\n]{{1,80}}[)）\]】]){_BOLD}|(?=(?:삭제|생략)\b)|(?=<|$))"
)
_DIVISION = re.compile(rf"^제\s?{_NUMBER}\s?(?P<kind>편|장|절|관)(?:의\s?\d+)*(?:\s+(?P<title>\S.{{0,60}}))?$")
_SUPPLEMENT = re.compile(r"^부\s{0,4}칙\s*(?:[(（<〈\[].*)?$")
_ANNEX = re.compile(
    r"^(?:■[^\[]{0,60}(?=\[))?[\[<〈【(]?\s*(?:별표|별지|붙임|서식)\s*(?:제?\s?\d+(?:호|의\s?\d+)*)?\s*(?:서식)?\s*[\]>〉】)]?(?:\s|$)"
)
_DELIMITER = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*$")

_DIVISION_LEVEL = {"편": 11, "장": 12, "절": 13, "관": 14}
SUPPLEMENT_LEVEL = 10
"""Of 부칙 and 별표, whose articles and items are numbered anew."""
ARTICLE_LEVEL = 15


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that begins a section. `level` orders them: a heading ends all sections at its level or below."""

    start: int
    end: int
    """Just after the heading's own words; an article's text may follow on the same line."""
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """A pipe table: its header stands in `text[start:body]`, its rows in `text[body:end]`."""

    start: int
    body: int
    end: int


def lines(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Start and end of each line of `text[start:end]`, line breaks not included."""
    stop = len(text) if end is None else end
    while start < stop:
        line_end = text.find("\n", start, stop)
        if line_end < 0:
            line_end = stop
        yield start, line_end
        start = line_end + 1


def headings(text: str) -> list[Heading]:
    """All headings in order. What stands in a code fence is none."""
    found: list[Heading] = []
    fence: str | None = None
    paragraph: tuple[int, int] | None = None
    """The line before, when it may turn out to be underlined."""
    for start, end in lines(text):
        line = text[start:end]
        mark = _FENCE.match(line)
        if mark and fence in (None, mark.group(1)):
            fence = None if fence else mark.group(1)
            paragraph = None
            continue
        if fence:
            continue
        heading = _heading(line, start, end)
        if heading is None and paragraph and _SETEXT.match(line):
            words = text[slice(*paragraph)].strip()
            heading = Heading(paragraph[0], end, 1 if "=" in line else 2, words)
        if heading is not None:
            found.append(heading)
        is_words = bool(line.strip()) and heading is None and not line.lstrip().startswith(("|", "-", "*", ">"))
        alone = paragraph is None and (start < 2 or not text[: start - 1].rpartition("\n")[2].strip())
        paragraph = (start, end) if is_words and alone else None
    return found


def _heading(line: str, start: int, end: int) -> Heading | None:
    marked = _MARKS.match(line)
    words = marked.group(2) if marked else line.strip()
    article = _ARTICLE.match(words)
    if article:
        name = f"제{article['n']}조" + re.sub(r"\s", "", article["sub"])
        title = (article["title"] or "").replace("*", "").strip()
        own = end if marked else start + line.index(words) + len(words[: article.end()].rstrip())
        return Heading(start, own, ARTICLE_LEVEL, f"{name}{title}" if title else name)
    if words.startswith(("**", "__")) and words.endswith(words[:2]):
        words = words.strip(words[0]).strip()
    if not words:
        return None
    division = _DIVISION.match(words)
    if division and not words.endswith((".", "다", ",")):
        return Heading(start, end, _DIVISION_LEVEL[division["kind"]], words)
    if _SUPPLEMENT.match(words) and len(words) <= 120:
        return Heading(start, end, SUPPLEMENT_LEVEL, re.sub(r"^부\s+칙", "부칙", words))
    if _ANNEX.match(words) and len(words) <= 80 and (marked or not words.endswith((".", "다"))):
        return Heading(start, end, SUPPLEMENT_LEVEL, words)
    if marked:
        return Heading(start, end, len(marked.group(1)), words)
    return None


def tables(text: str) -> list[Table]:
    """All pipe tables that have a header row and a line of dashes below it."""
    found: list[Table] = []
    rows = list(lines(text))
    i = 0
    while i + 1 < len(rows):
        head, dashes = text[slice(*rows[i])], text[slice(*rows[i + 1])]
        if "|" not in head or "|" not in dashes or not _DELIMITER.match(dashes):
            i += 1
            continue
        last = i + 1
        while last + 1 < len(rows) and "|" in text[slice(*rows[last + 1])]:
            last += 1
        found.append(Table(rows[i][0], min(rows[i + 1][1] + 1, rows[last][1]), rows[last][1]))
        i = last + 1
    return found


def header_row(text: str, start: int, found: Sequence[Table]) -> str | None:
    """The header of the table in whose rows `start` lies, as it stands there; `None` outside of all rows.

    `found` are the tables of `text`, in order.
    """
    i = bisect_right(found, start, key=lambda table: table.start) - 1
    if i < 0 or not found[i].body <= start < found[i].end:
        return None
    return text[found[i].start : found[i].body].partition("\n")[0].strip()
