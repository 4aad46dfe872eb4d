"""Which letters of a PDF's page a person can't see: the page is rendered, and asked whether they are there.

A letter is unseen when it is off the page, below a point in size, or when its place shows no contrast: white on white,
under a box, transparent, clipped, on a layer that is off. Where letters lie on each other, the page is rendered
without the one in doubt; it is unseen when nothing changes. Letters that are never painted, as text recognition lays
them over a scan, count as seen on a picture that fills the page. Colours and sizes as the file states them are not
believed. Not caught: a font whose glyphs look like other letters.
"""

from __future__ import annotations

import ctypes
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from groundtune.knowledge.formats.seen import CONTRAST

_PIXELS_PER_POINT = 2.0
_MOST_PIXELS = 16_000_000
_SMALLEST = 1.0
"""Points."""
_NARROWEST = 0.1
_OVERLAP = 0.5
"""Share of the smaller letter that lies under another."""
_MOST_DOUBTS = 60
"""Texts of one page that are rendered without; further ones on a page of overlaid text are taken as seen."""
_PICTURE = 0.5
"""Share of the page that a scan covers."""

_Box = tuple[float, float, float, float]
"""Left, bottom, right, top, in points of the page's own space."""


@dataclass(frozen=True, slots=True)
class _Letter:
    index: int
    letter: str
    box: _Box
    text: int
    """Address of the text object that draws it."""


def unseen(page: Any, textpage: Any) -> set[int]:
    """Indices of the letters of `textpage` that nobody sees on `page`."""
    import pypdfium2.raw as raw

    letters, gone = _letters(page, textpage)
    if letters:
        gone |= _not_shown(page, letters)
    says_something = any(chr(raw.FPDFText_GetUnicode(textpage, i)).isalnum() for i in gone)
    return gone if says_something else set()


def _not_shown(page: Any, letters: list[_Letter]) -> set[int]:
    gone: set[int] = set()
    seen = _Picture(page)
    unpainted = _unpainted(letters, page)
    rest = []
    for word in _words(letters):
        over_scan = word[0].index in unpainted.scan
        if word[0].index in unpainted.bare or not _most(word, seen.shows, widened=over_scan):
            gone.update(one.index for one in word)
        elif not over_scan:
            rest.extend(word)
    return gone | _covered(page, rest, seen)


def _words(letters: Iterable[_Letter]) -> Iterator[list[_Letter]]:
    """Letters side by side in one text. They are judged together: one of a substituted font may lie beside its box."""
    word: list[_Letter] = []
    for one in letters:
        if word and (one.text != word[-1].text or one.index != word[-1].index + 1):
            yield word
            word = []
        word.append(one)
    if word:
        yield word


def _most(word: Sequence[_Letter], is_seen: Callable[[_Box], bool], widened: bool = False) -> bool:
    """Whether at least half of the word's letters are seen. Marks alone carry no message, and may lie beside theirs."""
    telling = [one.box for one in word if one.letter.isalnum()]
    return 2 * sum(is_seen(_widened(box) if widened else box) for box in telling) >= len(telling)


def _letters(page: Any, textpage: Any) -> tuple[list[_Letter], set[int]]:
    """Those that may be seen, and the indices of those that are off the page or too small."""
    import pypdfium2.raw as raw

    left, bottom, right, top = page.get_bbox()
    sides = [ctypes.c_double() for _ in range(4)]
    loose = raw.FS_RECTF()
    letters, gone = [], set()
    for i in range(textpage.count_chars()):
        letter = chr(raw.FPDFText_GetUnicode(textpage, i))
        if letter.isspace() or raw.FPDFText_IsGenerated(textpage, i) == 1 or not letter.isprintable():
            continue
        if not raw.FPDFText_GetCharBox(textpage, i, *map(ctypes.byref, sides)):
            continue
        box = (sides[0].value, sides[2].value, sides[1].value, sides[3].value)
        raw.FPDFText_GetLooseCharBox(textpage, i, ctypes.byref(loose))
        high, wide = abs(loose.top - loose.bottom), abs(loose.right - loose.left)
        small = max(high, wide) < _SMALLEST or min(high, wide) < _NARROWEST
        if small or box[2] <= left or box[0] >= right or box[3] <= bottom or box[1] >= top:
            gone.add(i)
            continue
        if box[2] > box[0] and box[3] > box[1]:
            text = ctypes.addressof(raw.FPDFText_GetTextObject(textpage, i).contents)
            letters.append(_Letter(i, letter, box, text))
    return letters, gone


@dataclass(frozen=True, slots=True)
class _Unpainted:
    """Letters that are never painted, by their indices."""

    bare: frozenset[int] = frozenset()
    scan: frozenset[int] = frozenset()
    """Over a picture that fills the page, as text recognition lays them."""


def _unpainted(letters: Iterable[_Letter], page: Any) -> _Unpainted:
    """By the rendering mode that paints nothing."""
    import pypdfium2.raw as raw

    objects = {one.text for one in letters}
    modes = {text: raw.FPDFTextObj_GetTextRenderMode(_object(text)) for text in objects}
    hidden = {text for text, mode in modes.items() if mode == raw.FPDF_TEXTRENDERMODE_INVISIBLE}
    if not hidden:
        return _Unpainted()
    width, height = page.get_size()
    pictures = []
    for found in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]):
        a, b, c, d = found.get_bounds()
        if (c - a) * (d - b) >= _PICTURE * width * height:
            pictures.append((a, b, c, d))
    bare: set[int] = set()
    scan: set[int] = set()
    for one in letters:
        if one.text in hidden:
            over = any(_shared(one.box, picture) >= _OVERLAP for picture in pictures)
            (scan if over else bare).add(one.index)
    return _Unpainted(frozenset(bare), frozenset(scan))


def _widened(box: _Box) -> _Box:
    """With its neighbourhood: recognised letters don't lie exactly on the printed ones."""
    side = max(box[2] - box[0], box[3] - box[1])
    return box[0] - side, box[1] - side / 2, box[2] + side, box[3] + side / 2


def _covered(page: Any, letters: list[_Letter], seen: _Picture) -> set[int]:
    """Letters under others that the page looks the same without."""
    import pypdfium2.raw as raw

    doubted = list(dict.fromkeys(one.text for pair in _overlapping(letters) for one in pair))
    drawn: dict[int, list[_Letter]] = defaultdict(list)
    for one in letters:
        drawn[one.text].append(one)
    gone: set[int] = set()
    for text in doubted[:_MOST_DOUBTS]:
        if not raw.FPDFPageObj_SetIsActive(_object(text), False):
            continue
        without = _Picture(page)
        raw.FPDFPageObj_SetIsActive(_object(text), True)
        for word in _words(drawn[text]):
            if not _most(word, partial(seen.differs, without)):
                gone.update(one.index for one in word)
    return gone


def _overlapping(letters: list[_Letter]) -> Iterator[tuple[_Letter, _Letter]]:
    """Pairs of two texts that lie on each other. The same letter twice is print in bold, and hides nothing."""
    cells: dict[tuple[int, int], list[_Letter]] = defaultdict(list)
    side = 12.0
    for one in letters:
        middle = (one.box[0] + one.box[2]) / 2, (one.box[1] + one.box[3]) / 2
        x, y = int(middle[0] // side), int(middle[1] // side)
        near = (other for dx in (-1, 0, 1) for dy in (-1, 0, 1) for other in cells.get((x + dx, y + dy), ()))
        for other in near:
            if other.text != one.text and other.letter != one.letter and _shared(one.box, other.box) >= _OVERLAP:
                yield other, one
        cells[x, y].append(one)


def _shared(one: _Box, other: _Box) -> float:
    """What the two have in common, as a share of the smaller."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / min((b[2] - b[0]) * (b[3] - b[1]) for b in (one, other))


def _object(address: int) -> Any:
    import pypdfium2.raw as raw

    return ctypes.cast(ctypes.c_void_p(address), raw.FPDF_PAGEOBJECT)


class _Picture:
    """A rendered page, asked by places in points."""

    def __init__(self, page: Any) -> None:
        width, height = page.get_size()
        scale = min(_PIXELS_PER_POINT, (_MOST_PIXELS / max(width * height, 1)) ** 0.5)
        self._bitmap = page.render(scale=scale, may_draw_forms=False)
        self._pixels = bytes(self._bitmap.buffer)
        self._left, self._bottom, self._right, self._top = page.get_bbox()
        self._turned = page.get_rotation()

    def shows(self, box: _Box) -> bool:
        """Whether anything stands out there."""
        return any(max(row) - min(row) >= CONTRAST for row in self._colours(box))

    def differs(self, other: _Picture, box: _Box) -> bool:
        """Whether the two pictures look different there."""
        pairs = zip(self._colours(box), other._colours(box), strict=True)
        return any(abs(a - b) >= CONTRAST for mine, theirs in pairs for a, b in zip(mine, theirs, strict=True))

    def _colours(self, box: _Box) -> Iterator[bytes]:
        """Blue, green and red of the pixels there, each as one string."""
        x0, y0, x1, y1 = self._pixels_of(box)
        channels, stride = self._bitmap.n_channels, self._bitmap.stride
        for channel in range(min(channels, 3)):
            yield b"".join(
                self._pixels[y * stride + x0 * channels + channel : y * stride + x1 * channels : channels]
                for y in range(y0, y1)
            )

    def _pixels_of(self, box: _Box) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in pixels, at least one pixel wide and high, with a pixel around."""
        width, height = self._right - self._left, self._top - self._bottom
        left, right = (box[0] - self._left) / width, (box[2] - self._left) / width
        top, bottom = (self._top - box[3]) / height, (self._top - box[1]) / height
        if self._turned == 90:
            left, top, right, bottom = 1 - bottom, left, 1 - top, right
        elif self._turned == 180:
            left, top, right, bottom = 1 - right, 1 - bottom, 1 - left, 1 - top
        elif self._turned == 270:
            left, top, right, bottom = top, 1 - right, bottom, 1 - left
        across, down = self._bitmap.width, self._bitmap.height
        x0, y0 = max(int(left * across), 0), max(int(top * down), 0)
        x1, y1 = min(int(right * across) + 1, across), min(int(bottom * down) + 1, down)
        return min(x0, across - 1), min(y0, down - 1), max(x1, min(x0, across - 1) + 1), max(y1, min(y0, down - 1) + 1)
