"""The pages of a PDF as paragraphs: pdfium's characters gathered into lines, and lines into what was written.

A PDF says where letters stand, not which lines belong together. Lines of one column are joined where the next one
continues the sentence; words that a line's end broke are made whole, in Korean too, where nothing marks the break; what
repeats at the top or bottom of pages, and page numbers, are left out. Knows no tables.
"""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from groundtune.knowledge.formats.reading import Alive

_MARGIN = 0.1
"""Share of the page's height at its top and bottom where running heads and page numbers stand."""
_LARGER = 1.2
"""A line so much higher than the text is a heading."""
_LONGEST_HEADING = 100
_LINES_OF_A_COLUMN = 3
"""A page with fewer lines doesn't tell where they end."""
_HYPHENS = "\u00ad\u2010-"
"""What stands at the end of a line whose last word goes on."""
_HYPHEN_AND_BREAK = "\x02\ufffe"
"""What pdfium writes for a hyphen at a line's end, and for the line's end with it."""
_PAGE_NUMBER = re.compile(r"(?:page|p\.|제|쪽|페이지|of|[-–—/|·\s\d])+", re.IGNORECASE)
_STARTS_ANEW = re.compile(
    r"(?:제\s?\d+\s?(?:조|장|절|편|관)(?:의\s?\d+)?(?=[\s(]|$)|[①-⑳]|\(?\d{1,2}[.)](?=\s)|\(?[가-하][.)](?=\s)"
    r"|[-•▪◦※○●■□◇◆·*](?=\s)|부\s?칙(?=[\s<(]|$))"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page. Places in points, from the page's lower left corner."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    first_word: float
    """Width of its first word."""

    @property
    def height(self) -> float:
        return self.top - self.bottom


Unseen = Callable[[Any, Any], set[int]]
"""Given a page and its textpage, the indices of letters that are left out."""


def pages_as_paragraphs(pdf: Any, alive: Alive = lambda: None, unseen: Unseen = lambda *_: set()) -> list[str]:
    """Each page of an open pypdfium2 document as Markdown paragraphs and headings; "" for a page without text."""
    found: list[tuple[list[Line], float]] = []
    for page in pdf:
        found.append(([line for line in _lines(page, unseen) if line.text], float(page.get_height())))
        alive()
    running = _running(found)
    pages = [[line for line in lines if not running(line, height)] for lines, height in found]
    if not any(pages):
        pages = [lines for lines, _ in found]
    text = [line for lines in pages for line in lines]
    if not text:
        return ["" for _ in pages]
    heights: Counter[float] = Counter()
    for line in text:
        heights[round(line.height, 1)] += len(line.text)
    words = Words(text)
    body = heights.most_common(1)[0][0]
    groups = [list(_groups(lines)) for lines in pages]
    _join_over_pages(groups, pages)
    return ["\n\n".join(_paragraph(group, body, words) for group in of_page) for of_page in groups]


# --- Lines -----------------------------------------------------------------------------------------------------------


def _lines(page: Any, unseen: Unseen) -> Iterator[Line]:
    """As pdfium tells lines apart, in the order in which the page draws them."""
    import pypdfium2.raw as raw

    textpage = page.get_textpage()
    box = raw.FS_RECTF()
    letters: list[tuple[str, float, float, float, float]] = []
    left_out = unseen(page, textpage)
    for i in range(textpage.count_chars()):
        if i in left_out:
            continue
        letter = chr(raw.FPDFText_GetUnicode(textpage, i))
        if letter in "\r\n":
            if letters:
                yield _line(letters)
            letters = []
        elif letter in _HYPHEN_AND_BREAK:
            if letters:
                yield _line([*letters, ("-", *letters[-1][1:])])
            letters = []
        elif raw.FPDFText_GetLooseCharBox(textpage, i, ctypes.byref(box)):
            letters.append((letter, box.left, box.right, box.bottom, box.top))
        elif letters:
            letters.append((letter, *letters[-1][1:]))
    if letters:
        yield _line(letters)


def _line(letters: list[tuple[str, float, float, float, float]]) -> Line:
    text = "".join(letter for letter, *_ in letters)
    seen = [one for one in letters if not one[0].isspace()] or letters
    start = len(text) - len(text.lstrip())
    end = next((i for i in range(start, len(text)) if text[i].isspace()), len(text))
    word = letters[start:end] or letters
    return Line(
        text=" ".join(text.split()),
        left=min(one[1] for one in seen),
        right=max(one[2] for one in seen),
        bottom=median(one[3] for one in seen),
        top=median(one[4] for one in seen),
        first_word=max(one[2] for one in word) - min(one[1] for one in word),
    )


def _running(pages: Sequence[tuple[Sequence[Line], float]]) -> Callable[[Line, float], bool]:
    """Whether a line is a running head or foot: a page number, or what most pages have in that place."""

    def in_margin(line: Line, height: float) -> bool:
        return line.bottom > height * (1 - _MARGIN) or line.top < height * _MARGIN

    def shape(line: Line) -> str:
        return re.sub(r"\d+", "#", line.text)

    seen: Counter[str] = Counter()
    for lines, height in pages:
        seen.update({shape(line) for line in lines if in_margin(line, height)})
    often = {text for text, count in seen.items() if count >= max(2, len(pages) / 3)}
    return lambda line, height: (
        in_margin(line, height)
        and (shape(line) in often or (any(map(str.isdigit, line.text)) and bool(_PAGE_NUMBER.fullmatch(line.text))))
    )


# --- Paragraphs ------------------------------------------------------------------------------------------------------


def _groups(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """The lines of each paragraph."""
    leading = _leading(lines)
    group: list[Line] = []
    for line in lines:
        if group and not _continues(group[-1], line, lines, leading):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _join_over_pages(groups: Sequence[list[list[Line]]], pages: Sequence[Sequence[Line]]) -> None:
    """Moves the rest of a sentence that a page's end broke to the page where it begins."""
    for lines, here, after in zip(pages, groups, groups[1:], strict=False):
        if len(lines) >= _LINES_OF_A_COLUMN and after and _is_unended(here[-1][-1], after[0][0], lines):
            here[-1] += after.pop(0)


def _leading(lines: Sequence[Line]) -> float:
    """The usual distance from one line's foot to the next one's."""
    steps = [a.bottom - b.bottom for a, b in pairwise(lines) if _below(a, b)]
    return median(steps) if steps else 0.0


def _below(upper: Line, lower: Line) -> bool:
    """Whether `lower` is the next line of the same column."""
    apart = upper.bottom - lower.bottom
    return 0 < apart < 3 * upper.height and lower.left < upper.right and upper.left < lower.right


def _continues(last: Line, line: Line, lines: Sequence[Line], leading: float) -> bool:
    """Whether `line` goes on with the paragraph of `last`, both of one page of `lines`."""
    if not _may_follow(last, line, lines):
        return False
    if _below(last, line):
        return last.bottom - line.bottom < 1.3 * leading and line.left < last.left + 1.5 * last.height
    return line.bottom > last.bottom and line.left > last.left and _is_unended(last, line, lines)  # the next column


def _may_follow(last: Line, line: Line, lines: Sequence[Line]) -> bool:
    if abs(last.height - line.height) > 0.15 * last.height or _STARTS_ANEW.match(line.text):
        return False
    had_room = last.right + line.first_word + 0.2 * last.height < _right_edge(last, lines)
    # With room for one more word the line was left short on purpose
    return not had_room or (line.text[0].islower() and not last.text.endswith((".", "!", "?", ":")))


def _is_unended(last: Line, line: Line, lines: Sequence[Line]) -> bool:
    """Whether a sentence of `last`, at the foot of a column or page, goes on in `line`, at the head of the next."""
    return _may_follow(last, line, lines) and not last.text.endswith((".", "!", "?", ":", "다", "|"))


def _right_edge(line: Line, lines: Sequence[Line]) -> float:
    """Where the lines of its column end."""
    return max(
        one.right
        for one in lines
        if abs(one.left - line.left) < 2 * line.height and abs(one.height - line.height) < 0.15 * line.height
    )


def _paragraph(group: Sequence[Line], body: float, words: Words) -> str:
    text = group[0].text
    for line in group[1:]:
        text = words.joined(text, line.text)
    text = text.strip("\u00ad ")
    if max(line.height for line in group) >= _LARGER * body and len(text) <= _LONGEST_HEADING:
        return f"{'#' if max(line.height for line in group) >= 1.5 * body else '##'} {text}"
    return text


class Words:
    """Joins lines. Knows the words of the whole document that no line's end breaks."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._whole = {word.strip(".,;:()") for line in lines for word in line.text.split()[1:-1]}

    def joined(self, above: str, below: str) -> str:
        last, first = above.split()[-1:], below.split()[:1]
        if not last or not first:
            return above or below
        if above[-1] in _HYPHENS and len(last[0]) > 1 and last[0][-2].isalpha() and first[0][0].islower():
            kept = "-" if f"{last[0][:-1]}-{first[0]}".strip(".,;:()") in self._whole else ""
            return above[:-1] + kept + below
        return above + (" " if self._apart(last[0], first[0]) else "") + below

    def _apart(self, last: str, first: str) -> bool:
        if _is_hangul(last[-1]) and first[0] in "([（":
            return False
        if not (_is_hangul(last[-1]) and _is_hangul(first[0])):
            return not (_is_hangul(first[0]) and (last[-1].isalnum() or last[-1] in ")]”’'\"") and _is_particle(first))
        if (last + first).strip(".,;:()") in self._whole:
            return False
        if last in self._whole and first.strip(".,;:()") in self._whole:
            return True
        return _space_is_likely(last[-1], first[0])


def _space_is_likely(last: str, first: str) -> bool:
    """Whether a space stands more often than not between two Hangul letters, as dochan counted; if unknown, yes."""
    try:
        from dochan.pdf.spacing import load_model
    except ImportError:  # no documented part of dochan
        return True
    return bool(load_model().joins_with_space(last, first))


def _is_hangul(letter: str) -> bool:
    return "가" <= letter <= "힣"


def _is_particle(word: str) -> bool:
    """Whether it can only stand at the end of a word: "2026년" breaks before 년, "(HRIS)에" before 에."""
    return bool(_PARTICLE.fullmatch(word.strip(".,;:()")))


_PARTICLE = re.compile(
    r"(?:년|월|일|명|원|개|회|조|항|호|시간|퍼센트|만|천|억)?"
    r"(?:은|는|이|가|을|를|의|에|에서|에게|로|으로|와|과|도|만|까지|부터|마다|이며|이고|간|이내|이상|이하)?"
)
