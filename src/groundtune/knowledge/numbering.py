"""How the numbered parts of one article or section nest: 항 ①, 호 1., 목 가., 1), 가); in English .1, (a), (i), (1).

A mark counts when it begins its list or follows the one before it; a line that only looks like one ends what was open,
for a clause too coarse is true and one too fine may not be. Knows nothing of headings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from groundtune.knowledge.structure import lines

Name = tuple[str, ...]
"""Of a part, outermost first: ("제1항", "제2호", "가목")."""

_CIRCLED = "①-⑳㉑-㉟㊱-㊿"
_LEAD = r"[ \t>]*(?:[-*+][ \t]+)?(?:\*\*)?"
_KOREAN = re.compile(
    rf"{_LEAD}(?:(?P<paragraph>[{_CIRCLED}])"
    r"|(?P<item>\d{1,3}(?:의\d+)?)\\?\.(?=\s)(?!\s*\d{1,2}\s?\.)"
    r"|(?P<letter>[가-힣](?:의\d+)?)\\?\.(?=\s)"
    r"|(?P<lesser>\d{1,2})\\?\)(?=\s)"
    r"|(?P<least>[가-힣])\\?\)(?=\s))"
)
_ENGLISH = re.compile(
    rf"{_LEAD}(?:(?P<decimal>\d+(?:\.\d+)+)\.?(?=\s)|\((?P<roman>[ivx]+)\)(?=\s)|\((?P<small>[a-z])\)(?=\s)"
    r"|\((?P<number>\d{1,2})\)(?=\s))"
)
_LIKE_A_MARK = re.compile(rf"{_LEAD}\(?(?:\d+(?:\.\d+)*(?:의\d+)?|[가-힣](?:의\d+)?|[a-zA-Z]|[ivx]+)\\?[.)]|[ \t]*\|")
_NOTE = re.compile(r"[ \t]*\[시행일")
"""Begins the dates that a publisher adds behind an article; their numbers are none of its items."""
_INLINE = re.compile(rf"(?<=[.>)\]])[ \t]+(?=[{_CIRCLED}])")
"""Before a paragraph mark within a line, behind the end of a sentence."""

_SYLLABLES = "가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허고노도로모보소오조초코토포호"
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv")
_DEPTH = {"paragraph": 0, "item": 1, "letter": 2, "lesser": 3, "least": 4, "decimal": 0}
"""How Korean kinds nest, whichever are there. English ones in brackets nest in the order in which they first appear."""
_GAP = 3
"""How far a number may be from the one before it: parts that were repealed may be missing."""


@dataclass(frozen=True, slots=True)
class Part:
    """From `start` on, up to the next part, a text belongs to the part `name`."""

    start: int
    name: Name
    opens: bool
    """Whether a mark stands there; else what was open ended."""


def parts(text: str, begin: int, end: int, *, section: str | None = None) -> Iterator[Part]:
    """The parts of the article whose words are `text[begin:end]`, in order; the first has no name.

    `section` is the number of an English section, such as "4.2", and `None` for a Korean article.
    """
    reader = _Reader(section)
    yield Part(begin, (), False)
    after_blank = False
    for start, stop in lines(text, begin, end):
        line = text[start:stop]
        if not line.strip():
            after_blank = True
            continue
        if section is None and _NOTE.match(line):
            yield Part(start, (), False)
            return
        if reader.opens(line):
            yield Part(start, reader.name, True)
        elif (after_blank or _LIKE_A_MARK.match(line)) and reader.closes():
            yield Part(start, reader.name, False)
        after_blank = False
        for gap in _INLINE.finditer(line) if section is None else ():
            if reader.opens(line[gap.end() :], follows=True):
                yield Part(start + gap.end(), reader.name, True)


def is_numbered(line: str) -> bool:
    """Whether a line looks as if a numbered part or a table's row began there."""
    return bool(_LIKE_A_MARK.match(line) or _KOREAN.match(line))


class _Reader:
    """What is open at a place, and the last number of each list."""

    def __init__(self, section: str | None) -> None:
        self._section = section
        self._open: list[tuple[str, str]] = []
        self._last: dict[tuple[Name, str], tuple[int, int]] = {}

    @property
    def name(self) -> Name:
        return tuple(name for _, name in self._open)

    def opens(self, line: str, *, follows: bool = False) -> bool:
        """Whether a part begins with this line; with `follows` only the next one of a list does."""
        found = (_KOREAN if self._section is None else _ENGLISH).match(line)
        if found is None or found.lastgroup is None:
            return False
        kind, mark = self._kind(found.lastgroup, found[found.lastgroup])
        read = self._order(kind, mark)
        if read is None:
            return False
        order, name = read
        depth = self._depth(kind)
        parent = self.name[:depth]
        last = self._last.get((parent, kind))
        first = order[0] == 1 or (kind == "paragraph" and last is None)
        next_ones = last is not None and last < order and order[0] <= last[0] + (1 if follows else _GAP)
        if not next_ones and (follows or not first):
            return False
        self._open = [*self._open[:depth], (kind, name)]
        self._last[parent, kind] = order
        for key in [key for key in self._last if key[0][: depth + 1] == self.name]:
            del self._last[key]
        return True

    def closes(self) -> bool:
        """Ends all but the paragraph (or decimal) that is open; whether anything was."""
        kept = self._open[:1] if self._open and self._open[0][0] in ("paragraph", "decimal") else []
        ended = len(kept) < len(self._open)
        self._open = kept
        return ended

    def _kind(self, kind: str, mark: str) -> tuple[str, str]:
        """An i is a letter behind an h, else a numeral; v and x likewise."""
        if kind == "roman" and len(mark) == 1:
            for depth in range(len(self._open), -1, -1):
                last = self._last.get((self.name[:depth], "small"))
                if last is not None and last[0] + 1 == ord(mark) - ord("a") + 1:
                    return "small", mark
        return kind, mark

    def _depth(self, kind: str) -> int:
        """How many open parts remain outside of a part of this kind."""
        if kind in _DEPTH:
            return sum(_DEPTH.get(other, 9) < _DEPTH[kind] for other, _ in self._open)
        kinds = [other for other, _ in self._open]
        if kind in kinds:
            return kinds.index(kind)
        for depth in range(len(kinds), -1, -1):
            if (self.name[:depth], kind) in self._last:
                return depth
        return len(kinds)

    def _order(self, kind: str, mark: str) -> tuple[tuple[int, int], str] | None:
        """A mark's place in its list and the part's name."""
        digits, _, more = mark.partition("의")
        after = int(more) if more else 0
        behind = f"의{after}" if after else ""
        if kind == "paragraph":
            number = _circled(mark)
            return (number, 0), f"제{number}항"
        if kind == "item":
            return (int(digits), after), f"제{int(digits)}호{behind}"
        if kind in ("letter", "least"):
            syllable = _SYLLABLES.find(digits) + 1
            name = f"{digits}목{behind}" if kind == "letter" else f"{digits})"
            return ((syllable, after), name) if syllable else None
        if kind == "lesser":
            return (int(mark), 0), f"{mark})"
        if kind == "decimal":
            above, _, last = mark.rpartition(".")
            return ((int(last), 0), f".{last}") if above == self._section else None
        if kind == "roman":
            return ((_ROMAN.index(mark) + 1, 0), f"({mark})") if mark in _ROMAN else None
        place = int(mark) if kind == "number" else ord(mark) - ord("a") + 1
        return (place, 0), f"({mark})"


def _circled(mark: str) -> int:
    for first, number in (("①", 1), ("㉑", 21), ("㊱", 36)):
        if 0 <= ord(mark) - ord(first) < 20:
            return ord(mark) - ord(first) + number
    raise ValueError(mark)
