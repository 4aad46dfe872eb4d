"""Cuts a stretch of a document into the pieces that an answer may quote: sentences, list items and table rows, Korean
and English, each with its exact place in the text.

A piece that means little alone brings its lead along: an item the line that introduces its list, a row the header of
its table. A piece is whole even where a passage's border runs through it. Knows markup, not meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

REACH = 3000
"""How far beyond a passage, in characters, its first and last piece are completed and a list's lead is looked for."""

_HEADING = re.compile(
    r"#{1,6}\s+\S|제\d+(?:편|장|절|관|조)(?:의\d+)?\s*(?:\([^)]*\))?\s*$|(\*\*|__)[^*_]{1,80}\1:?\s*$"
    r"|[\[<(【]\s*(?:별표|별지|부록|annex|appendix|schedule)\s*(?:제?\s*\d+[^\])>】]{0,12})?\s*[\])>】][^.|:：]{0,60}$",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*(?:[-*_=]\s*){3,}$|\s*```.*$|\s*~~~.*$|\s*<!--.*-->\s*$")
_ROW = re.compile(r"\s*\|.*\|?\s*$")
_SEPARATOR = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
_ITEM = re.compile(
    r"\s*(?:>\s*)?(?:[-*+•◦▪○●·‣]|\(?\d{1,2}(?:의\d+)?\\?[.)]|\(?[가나다라마바사아자차카타파하]\\?[.)]|\(?[a-zA-Z]\))\s+"
)
_CLAUSE_MARK = re.compile(r"\s*\**[①-⑳]\**\s*")
_BOLD = r"(?:\*{2,3}|__)?"
_ARTICLE_MARK = re.compile(
    rf"\s*{_BOLD}제\s?\d+\s?조(?:의\s?\d+)*{_BOLD}\s*[(（\[【][^()（）\[\]【】\n]{{1,80}}[)）\]】]{_BOLD}(?:\s+|(?=[①-⑳])|$)"
)
_FIELD = re.compile(r"\s*(?:\*\*)?[^\s:：|][^:：|.]{0,24}[:：](?:\*\*)?\s")
_ANSWER_MARK = re.compile(r"\s*(?:[AQ답문][:.]\s+)")
_REPEALED = re.compile(r"(?:삭제|deleted|repealed)\s*(?:<[^<>]*>)?\W*$", re.IGNORECASE)
_CLAUSE = re.compile(r"(?<=\S)\s+(?=\**[①-⑳])")
_END = re.compile(r"[.!?。…]+[\"'”’)\]」』*_]*(?=\s|$)(?:[ \t]*<[^<>\n]{2,80}>)?")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|no|nos|art|sec|fig|mr|mrs|ms|dr|prof|st|inc|ltd|co|corp|dept|est"
    r"|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec|a\.m|p\.m|u\.s|u\.k)|\b[A-Za-z])\.$",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"(?:[:：]|(?:다음|아래)(?:을 |의 것을 |과 같|와 같|의? ?(?:각|표|항목|경우|사항|기준|서류|절차|순서))[^.]{0,30}"
    r"|following|as follows|below)[\s.*]*$",
    re.IGNORECASE,
)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|\[([^\]]*)\]\[[^\]]*\]")
_MARKS = re.compile(
    r"\*\*|__|`|~~|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)|</?[a-zA-Z][^<>]*>|\\(?=[.)\-*_#|])|\{\{[^{}]*\}\}"
)
_NOTE = re.compile(
    r"\s*<(?:개정|신설|전문개정|제목개정|본조신설|시행일|삭제)[^<>]*>|\s*\[(?:전문개정|본조신설|제목개정|종전)[^\]]*\]"
)
"""Notes on amendments, as statutes carry them: "<개정 2012.2.1>"."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What an answer may quote: `text[start:end]`, to the letter. `words` is the same without markup, for a reader."""

    start: int
    end: int
    kind: Literal["sentence", "item", "row"]
    words: str
    lead: tuple[int, int] | None = None
    """Where the line stands that introduces the piece: its list's lead or its table's header."""
    lead_words: str = ""
    introduces: bool = False
    """It announces what follows and says little by itself ("… as follows:")."""

    @property
    def full_words(self) -> str:
        """With what introduces it, for one who meets it alone."""
        if self.kind == "item" and self.lead_words:
            return f"{self.lead_words} {self.words}"
        return self.words


def pieces(text: str, start: int = 0, end: int | None = None) -> list[Piece]:
    """The pieces of `text` that overlap `start:end`, in order of reading. Headings and rules are none."""
    end = len(text) if end is None else end
    first, last = _section(text, start, end)
    return [piece for piece in _walk(text, first, last) if piece.start < end and piece.end > start]


def readable(quote: str) -> str:
    """Without Markdown's marks, links' targets, notes on amendments and line breaks."""
    words = _NOTE.sub("", _LINK.sub(lambda m: m.group(1) or m.group(2) or "", quote))
    return re.sub(r"\s+", " ", _MARKS.sub("", words)).strip()


@dataclass(slots=True)
class _Line:
    start: int
    end: int
    indent: int


def _section(text: str, start: int, end: int) -> tuple[int, int]:
    """`start:end` widened to whole paragraphs, back to the nearest heading, at most REACH characters to either side."""
    floor = max(0, start - REACH)
    first = text.rfind("\n", 0, start) + 1
    while first > floor and not _HEADING.match(text, first, _line_end(text, first)):
        first = text.rfind("\n", 0, max(0, first - 1)) + 1
    last = _line_end(text, max(start, end - 1))
    while last < min(len(text), end + REACH):
        following = _line_end(text, last + 1)
        if not text[last + 1 : following].strip():
            break
        last = following
    return first, min(last, len(text))


def _line_end(text: str, position: int) -> int:
    found = text.find("\n", position)
    return len(text) if found < 0 else found


def _walk(text: str, first: int, last: int) -> Iterator[Piece]:
    paragraph: list[_Line] = []
    kind: Literal["sentence", "item"] = "sentence"
    header: _Line | None = None
    awaiting: _Line | None = None
    leads: list[tuple[int, Piece]] = []

    def flush() -> list[Piece]:
        """The paragraph's pieces. Remembers as a lead what ends like one; a paragraph that doesn't ends all lists."""
        nonlocal paragraph
        if not paragraph:
            return []
        indent = paragraph[0].indent
        if kind == "sentence" and indent == 0:
            leads.clear()
        while leads and (leads[-1][0] > indent or (leads[-1][0] == indent and leads[-1][1].kind == "item" == kind)):
            leads.pop()
        lead = leads[-1][1] if leads and kind == "item" else None
        found = list(_sentences(text, paragraph[0].start, paragraph[-1].end, kind, lead))
        if found and found[-1].introduces:
            leads.append((indent, found[-1]))
        paragraph = []
        return found

    position = first
    while position < last:
        stop = min(_line_end(text, position), last)
        body = text[position:stop]
        line = _Line(position, stop, len(body) - len(body.lstrip()))
        position = stop + 1
        if _ROW.match(body) and body.count("|") > 1:
            yield from flush()
            if _SEPARATOR.match(body):
                header, awaiting = awaiting, None
                continue
            if awaiting is not None:
                yield from _row(text, awaiting, header)
            awaiting = line
            continue
        if awaiting is not None:
            yield from _row(text, awaiting, header)
        header = awaiting = None
        if not body.strip():
            yield from flush()
        elif _HEADING.match(body) or _RULE.match(body):
            yield from flush()
            leads.clear()
        elif _ITEM.match(body):
            yield from flush()
            kind, paragraph = "item", [line]
        else:
            if paragraph and any(mark.match(body) for mark in (_CLAUSE_MARK, _ARTICLE_MARK, _FIELD)):
                yield from flush()
            if not paragraph:
                kind = "sentence"
            paragraph.append(line)
    if awaiting is not None:
        yield from _row(text, awaiting, header)
    yield from flush()


def _sentences(
    text: str, start: int, end: int, kind: Literal["sentence", "item"], lead: Piece | None
) -> Iterator[Piece]:
    """The sentences of one paragraph or item; each clause ①, ②, … begins a new one."""
    begin = start
    for mark in (_ITEM, _ARTICLE_MARK, _CLAUSE_MARK, _ANSWER_MARK):
        marker = mark.match(text, begin, end)
        begin = marker.end() if marker else begin
    cuts = [match.end() for match in _CLAUSE.finditer(text, begin, end)] + [end]
    first = True
    for cut in cuts:
        inner = _CLAUSE_MARK.match(text, begin, cut) if not first else None
        begin = inner.end() if inner else begin
        for left, right in _stops(text, begin, cut):
            words = readable(text[left:right])
            if not any(letter.isalnum() for letter in words) or _REPEALED.match(words):
                continue
            introduces = bool(_LEAD.search(words)) and right >= cut - 1
            own = lead if kind == "item" and first and lead is not None else None
            yield Piece(
                left,
                right,
                kind,
                words,
                (own.start, own.end) if own else None,
                own.full_words if own else "",
                introduces,
            )
            first = False
        begin = cut


def _stops(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    for match in _END.finditer(text, start, end):
        if match.end() < end and not _ends_sentence(text, begin, match, end):
            continue
        yield from _trimmed(text, begin, match.end())
        begin = match.end()
    yield from _trimmed(text, begin, end)


def _ends_sentence(text: str, begin: int, match: re.Match[str], end: int) -> bool:
    """Not after "2024. 1." nor "e.g." nor "J.", and not before a small letter."""
    sign = match.group()
    if sign[0] != ".":
        return True
    before = text[begin : match.start() + 1]
    following = text[match.end() : min(end, match.end() + 3)].lstrip()
    if _ABBREVIATION.search(before) and not re.search(r"[ap]\.m\.$", before, re.IGNORECASE):
        return False
    if before[-2:-1].isdigit() and (following[:1].isdigit() or len(before.strip()) <= 4):
        return False
    return not following[:1].islower()


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and (text[start].isspace() or text[start] == ">"):
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end > start:
        yield start, end


def _row(text: str, line: _Line, header: _Line | None) -> Iterator[Piece]:
    cells = _cells(text[line.start : line.end])
    names = _cells(text[header.start : header.end]) if header else []
    parts = []
    for index, cell in enumerate(cells):
        if cell:
            name = names[index] if index < len(names) else ""
            parts.append(f"{name}: {cell}" if name else cell)
    if not parts:
        return
    for start, end in _trimmed(text, line.start, line.end):
        lead = next(_trimmed(text, header.start, header.end)) if header else None
        yield Piece(start, end, "row", "; ".join(parts), lead, " ".join(names))


def _cells(row: str) -> list[str]:
    return [readable(cell) for cell in re.split(r"(?<!\\)\|", row.strip().removeprefix("|").removesuffix("|"))]
