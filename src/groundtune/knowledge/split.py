"""A document to the spans that are searched: structure first, length second, exact offsets always.

A section is a heading with what follows it, up to the next heading; a heading without words of its own goes with the
section below it. Only a section that is longer than a passage may be is cut, at the best place that there is: a
paragraph (①), a numbered item (1.), a lettered item (가.), a line, a sentence, a word. Spans never overlap, and
together they hold every character that isn't blank. Knows nothing of files, models or storage.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from groundtune.knowledge.structure import ARTICLE_LEVEL, Heading, Table, header_row, headings, tables
from groundtune.types import Document, Span

CountTokens = Callable[[Sequence[str]], list[int]]

TARGET_TOKENS = 480
"""A passage's text is cut when it is longer than this, or than the window leaves. Shorter ones were found less well."""

_HEADER_CHARACTERS = 240
_SPARE_TOKENS = 8
"""What joining texts may add to the sum of their counts."""

_BREAKS = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"\n[ \t]*\n\s*(?=\S)",  # blank line: paragraphs
        r"\n(?=[ \t]*(?:\*\*)?[①-⑳㉑-㉟])",  # 항
        r"\n(?=[ \t]*\d+(?:의\d+)?\\?\.\s)",  # 호
        r"\n(?=[ \t]*[가-하]\\?\.\s)",  # 목
        r"\n",
        r"(?<=[.!?。…])[\"'”’)\]]*\s+(?=\S)",
        r"\s+(?=\S)",
    )
)


def split(document: Document, *, count_tokens: CountTokens, window: int) -> list[Span]:
    """The document's spans, in order. With its context header none is longer than `window` tokens.

    An empty document has none.
    """
    text = document.text
    marks = headings(text)
    found_tables = tables(text)
    spans: list[Span] = []
    for start, end, path in _sections(text, marks, document.title):
        header = count_tokens([context_header(document.title, path, "")])[0]
        for piece_start, piece_end in _pieces(text, start, end, path, header, count_tokens, window, found_tables):
            prefix = header_row(text, piece_start, found_tables) or ""
            spans.append(Span(piece_start, piece_end, path, prefix))
    return spans


def context_header(title: str, heading_path: Sequence[str], prefix: str) -> str:
    """The words that a passage is searched with besides its own: where it stands, and what it inherits."""
    parts: list[str] = []
    for part in (title, *heading_path):
        if part and (not parts or parts[-1] != part):
            parts.append(part)
    place = " > ".join(parts)
    if len(place) > _HEADER_CHARACTERS:
        place = "… " + place[-_HEADER_CHARACTERS:]
    return "\n".join(part for part in (place, prefix[:_HEADER_CHARACTERS]) if part)


def body(text: str, heading_path: Sequence[str]) -> str:
    """A passage's text without the lines at its start that its path already names."""
    named = {_plain(heading) for heading in heading_path}
    while True:
        line, newline, rest = text.partition("\n")
        if not newline or _plain(line) not in named:
            return text
        text = rest.lstrip("\n")


def _plain(words: str) -> str:
    return re.sub(r"[\s*#_]", "", words)


def _sections(text: str, marks: list[Heading], title: str) -> list[tuple[int, int, tuple[str, ...]]]:
    """Start, end and heading path of each section that has words; blank ends are trimmed off."""
    sections: list[tuple[int, int, tuple[str, ...]]] = []
    stack: list[Heading] = []
    begin = 0
    for i in range(-1, len(marks)):
        if i >= 0:
            mark = marks[i]
            while stack and stack[-1].level >= mark.level:
                stack.pop()
            stack.append(mark)
        own_end = marks[i].end if i >= 0 else 0
        end = marks[i + 1].start if i + 1 < len(marks) else len(text)
        alone = i >= 0 and i + 1 < len(marks) and not text[own_end:end].strip()
        if alone and marks[i].level != ARTICLE_LEVEL:
            continue  # it goes with the section below it; an article without words was repealed, and stands alone
        trimmed = _trim(text, begin, end)
        if trimmed:
            sections.append((*trimmed, tuple(mark.text for mark in stack if mark.text != title)))
        begin = end
    return sections


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    words = text[start:end]
    left = len(words) - len(words.lstrip())
    right = len(words.rstrip())
    return (start + left, start + right) if right > left else None


def _pieces(
    text: str,
    start: int,
    end: int,
    path: tuple[str, ...],
    header_tokens: int,
    count_tokens: CountTokens,
    window: int,
    found_tables: list[Table],
) -> list[tuple[int, int]]:
    inherited = max(
        (
            count_tokens([text[table.start : table.body][:_HEADER_CHARACTERS]])[0]
            for table in found_tables
            if start <= table.start < end
        ),
        default=0,
    )
    room = max(window - header_tokens - inherited - _SPARE_TOKENS, window // 4, 1)
    budget = min(room, TARGET_TOKENS)
    if count_tokens([body(text[start:end], path)])[0] <= budget:
        return [(start, end)]  # the heading lines, which the header repeats, don't count
    return _cut(text, start, end, 0, budget, count_tokens)


def _cut(text: str, start: int, end: int, level: int, budget: int, count_tokens: CountTokens) -> list[tuple[int, int]]:
    """`text[start:end]` in pieces of at most `budget` tokens, cut at the coarsest breaks that suffice."""
    total = count_tokens([text[start:end]])[0]
    if total <= budget or end - start <= 1:
        return [(start, end)]
    if level == len(_BREAKS):
        middle = (start + end) // 2
        halves = [_trim(text, start, middle), _trim(text, middle, end)]
        return [p for half in halves if half for p in _cut(text, *half, level, budget, count_tokens)]
    bounds = [start, *(m.end() for m in _BREAKS[level].finditer(text, start, end) if start < m.end() < end), end]
    parts = [part for a, b in pairwise(bounds) if (part := _trim(text, a, b))]
    if len(parts) == 1:
        return _cut(text, *parts[0], level + 1, budget, count_tokens)
    counts = count_tokens([text[a:b] for a, b in parts])
    even = total / -(-total // budget)
    """What each piece holds when all are alike; a piece is closed once it has that, so that no stub is left."""
    pieces: list[tuple[int, int]] = []
    held = 0
    for (a, b), count in zip(parts, counts, strict=True):
        if count > budget:
            if 0 < held <= budget // 4:  # a heading or a lead: it goes with the beginning of what follows
                a = pieces.pop()[0]
            pieces.extend(_cut(text, a, b, level + 1, budget, count_tokens))
            held = budget
        elif held and held + count + 1 <= budget and held + count / 2 <= even:
            pieces[-1] = (pieces[-1][0], b)
            held += count + 1
        else:
            pieces.append((a, b))
            held = count
    return pieces


__all__ = ["ARTICLE_LEVEL", "TARGET_TOKENS", "CountTokens", "body", "context_header", "split"]
