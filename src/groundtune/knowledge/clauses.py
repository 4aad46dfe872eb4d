"""Which clause a stretch of a text stands in: “제60조 제1항 제2호 가목”, “별표 1 제3호”, “Section 4.2(b)”.

A clause is named as the text numbers it. Where a numbering is unclear, as with two lists that begin with 1, the name
stops at what is sure. What stands in several clauses has the name of the one that holds them all. Knows no document.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import takewhile

from groundtune.knowledge.numbering import Name, parts
from groundtune.knowledge.structure import ARTICLE_LEVEL, SUPPLEMENT_LEVEL, Heading, headings

_ARTICLE = re.compile(r"제\s?(\d+)\s?조((?:의\s?\d+)*)(?!\w)")
ANNEX = re.compile(r"(별표|별지|붙임|서식)\s*(제?\s?\d+\s?호?(?:의\s?\d+)*)?(\s*서식)?")
_SECTION = re.compile(r"(?:(section|article|clause)\s+|§\s*)?(\d{1,3}(?:\.\d{1,3})*)([.):]?)(?=\s|$)", re.IGNORECASE)
_HANGUL = re.compile(r"[가-힣]")


def clause_at(text: str, start: int, end: int) -> str | None:
    """The clause that holds `text[start:end]` whole; `None` where none does, or the text is not numbered.

    `text` is the whole text of a revision: which clause it is, what stands before tells.
    """
    return clauses_in(text)(start, end)


def clauses_in(text: str) -> Callable[[int, int], str | None]:
    """`clause_at` for many places of one text, whose headings are read once."""
    marks = _headings(text)
    return lambda start, end: _clause(text, marks, start, end)


def place_of(text: str, clause: Sequence[str]) -> tuple[int, int] | None:
    """Where a clause stands, named by its parts: ("제60조", "제1항"), ("별표 2",), ("Section 4.2", "(b)").

    `None` where the text has no such clause, or several: 제43조의2 is never taken for 제43조.
    """
    marks = _headings(text)
    path: list[Heading] = []
    found: list[tuple[int, int]] = []
    for at, mark in enumerate(marks):
        while path and path[-1].level >= mark.level:
            path.pop()
        path.append(mark)
        if clause[0].startswith("제") and not (mark.level == ARTICLE_LEVEL and mark.text.startswith(clause[0])):
            continue  # what most headings of a statute are told apart by
        whole, decimal = _is_the(clause[0], path)
        if not whole:
            continue
        section = _SECTION.match(mark.text)
        korean = mark.level in (ARTICLE_LEVEL, SUPPLEMENT_LEVEL)
        wanted = (*decimal, *clause[1:])
        last = at + 1
        if not wanted:
            while last < len(marks) and marks[last].level > mark.level:
                last += 1
        stop = marks[last].start if last < len(marks) else len(text)
        if not wanted:
            found.append((mark.end, stop))
            continue
        number = None if korean or section is None else section[2]
        found.extend(_parts_named(text, mark.end, stop, wanted, number))
    return found[0] if len(found) == 1 else None


def _is_the(name: str, path: Sequence[Heading]) -> tuple[bool, Name]:
    """Whether the last heading of `path` is that of the clause `name`, or of the section in which a part, named too,
    is it: 4.2 may stand below the heading 4."""
    mark = path[-1]
    section = re.fullmatch(r"Section (\d+(?:\.\d+)*)", name)
    if section is None:
        annexed = re.match(rf"{re.escape(name)}(?!\w)", mark.text, re.IGNORECASE)
        return (bool(annexed) if name.isascii() else _of_article(path) == name), ()
    own = _SECTION.match(mark.text)
    if own is None or mark.level in (ARTICLE_LEVEL, SUPPLEMENT_LEVEL):
        return False, ()
    if not (own[3] or "." in own[2] or mark.text[: own.start(2)].strip()):
        return False, ()
    if own[2] == section[1]:
        return True, ()
    above, _, last = section[1].rpartition(".")
    return own[2] == above, (f".{last}",)


def _parts_named(text: str, begin: int, stop: int, name: Name, section: str | None) -> Iterator[tuple[int, int]]:
    """Where parts of this name begin and end within one article or section."""
    found = list(parts(text, begin, stop, section=section))
    for at, part in enumerate(found):
        if part.opens and part.name == name:
            after = (other.start for other in found[at + 1 :] if other.name[: len(name)] != name or other.name == name)
            yield part.start, next(after, stop)


@lru_cache(maxsize=8)
def _headings(text: str) -> tuple[Heading, ...]:
    """One text is asked about for each of its quotes and references."""
    return tuple(headings(text))


def _clause(text: str, marks: Sequence[Heading], start: int, end: int) -> str | None:
    at = bisect_right(marks, start, key=lambda mark: mark.start) - 1
    while at + 1 < len(marks) and marks[at + 1].start < end:
        if text[start if at < 0 else max(start, marks[at].end) : marks[at + 1].start].strip():
            return None
        at += 1
    if at < 0:
        return None
    path = above(marks[: at + 1])
    begin = marks[at].end
    stop = marks[at + 1].start if at + 1 < len(marks) else len(text)
    article = _of_article(path)
    if article is not None:
        return " ".join((article, *_within(text, begin, stop, start, end, None)))
    section = _SECTION.match(path[-1].text)
    if section is None or not (section[3] or "." in section[2] or path[-1].text[: section.start(2)].strip()):
        return None
    name = section[2] if _HANGUL.search(path[-1].text) else f"{(section[1] or 'Section').capitalize()} {section[2]}"
    return name + "".join(_within(text, begin, stop, start, end, section[2]))


def beyond_headings(clause: str | None, heading_path: Sequence[str]) -> str | None:
    """The clause where it says more than the last heading does, which shows its own number."""
    if clause is None or not heading_path:
        return clause
    heading, own = heading_path[-1], clause.rpartition(" ")[2]
    said = clause in heading or re.match(rf"{re.escape(own)}(?![\w.])", heading)
    return None if said else clause


def above(marks: Sequence[Heading]) -> list[Heading]:
    """The headings that the last of `marks` stands below, itself included, outermost first."""
    path: list[Heading] = []
    for mark in marks:
        while path and path[-1].level >= mark.level:
            path.pop()
        path.append(mark)
    return path


def _of_article(path: Sequence[Heading]) -> str | None:
    """The article's name, with the 부칙 or 별표 that it stands in: these number theirs anew."""
    frame = next((heading.text for heading in path if heading.level == SUPPLEMENT_LEVEL), "")
    annex = ANNEX.search(frame) if not frame.startswith("부칙") else None
    if annex:
        words = [annex[1], re.sub(r"\s", "", (annex[2] or "") + (annex[3] or ""))]
        frame = " ".join(filter(None, words))
    article = _ARTICLE.match(path[-1].text)
    if article:
        own = f"제{article[1]}조" + re.sub(r"\s", "", article[2])
        return f"{frame} {own}".strip()
    return frame if path[-1].level == SUPPLEMENT_LEVEL else None


def _within(text: str, begin: int, stop: int, start: int, end: int, section: str | None) -> Name:
    """What all parts of the article that `text[start:end]` touches share of their names."""
    found = list(parts(text, begin, stop, section=section))
    last = start + len(text[start:end].rstrip())
    first = max(last - len(text[start:last].lstrip()), begin)
    at = max(bisect_right(found, first, key=lambda part: part.start) - 1, 0)
    touched = [found[at].name, *(part.name for part in found[at + 1 :] if part.start < last)]
    shared = [names[0] for names in takewhile(lambda names: len(set(names)) == 1, zip(*touched, strict=False))]
    times = Counter(part.name for part in found if part.opens)
    sure = takewhile(lambda depth: times[tuple(shared[:depth])] == 1, range(1, len(shared) + 1))
    return tuple(shared[: max(sure, default=0)])
