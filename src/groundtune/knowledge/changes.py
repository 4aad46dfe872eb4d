"""What changed between two revisions of a document: clause by clause, paragraph by paragraph, word by word.

Paragraphs that are alike to the letter, spaces and emphasis aside, are unchanged wherever they stand in order; of the
rest those are paired that share a clause or most of their words. What moved is removed here and added there. Knows no
storage.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Literal

from groundtune.knowledge.clauses import above, clauses_in
from groundtune.knowledge.numbering import is_numbered, parts
from groundtune.knowledge.structure import headings, lines
from groundtune.types import Revision

_ALIKE = 0.6
"""The share of words that two paragraphs of different places have in common when one became the other."""
_ALIKE_HERE = 0.3
"""… and two of the same clause."""
_MOST_PAIRS = 20_000
"""Pairs of paragraphs compared in one stretch; beyond that only those of one clause are."""
_MOST_WORDS = 1_000_000
"""Pairs of words compared in their order in one stretch; beyond that, words are counted whatever their order."""
_WORD = re.compile(r"\s+|\d+(?:[.,]\d+)*|[^\W\d]+|.", re.DOTALL)
_BULLET = re.compile(r"[ \t]*[-*+•·○□]\s")
_DECORATION = re.compile(r"\*\*|^#{1,6}\s+|\\(?=[.)])")


@dataclass(frozen=True, slots=True)
class Words:
    """A run of words of a changed paragraph: in both revisions, in the first only, or in the second only."""

    kind: Literal["same", "removed", "added"]
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One paragraph that is not the same in both revisions. Place and clause are the later one's, where it has one."""

    kind: Literal["added", "removed", "changed"]
    heading_path: tuple[str, ...]
    clause: str | None
    before: str | None
    after: str | None
    words: tuple[Words, ...] = ()
    """Of a changed paragraph, all of it in order; empty for others."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A clause's own words, an item, a table's row, a heading or a paragraph, without decoration."""

    text: str
    heading_path: tuple[str, ...]
    clause: str | None


def changes(before: Revision, after: Revision) -> list[Change]:
    """In the order of the later revision; what was removed stands where it was."""
    old, new = paragraphs(before), paragraphs(after)
    matcher = SequenceMatcher(None, [part.text for part in old], [part.text for part in new], autojunk=False)
    found: list[Change] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind != "equal":
            found.extend(_rewritten(old[a:b], new[c:d]))
    return found


def paragraphs(revision: Revision) -> list[Paragraph]:
    text, marks = revision.text, headings(revision.text)
    clause_of = clauses_in(text)
    found = []
    bounds = [(0, 0, 0), *((mark.start, mark.end, i + 1) for i, mark in enumerate(marks)), (len(text), len(text), 0)]
    for (start, own_end, upto), (stop, _, _) in pairwise(bounds):
        path = tuple(mark.text for mark in above(marks[:upto]) if mark.text != revision.title)
        for a, b in ((start, own_end), *_stretches(text, own_end, stop)):
            words = " ".join(_DECORATION.sub("", text[a:b].strip()).split())
            if words:
                found.append(Paragraph(words, path, clause_of(a, b)))
    return found


def _stretches(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """The paragraphs of a section: cut at blank lines, at marks and bullets, and at a table's rows."""
    cuts = {begin, end} | {part.start for part in parts(text, begin, end) if part.opens}
    after_blank = True
    for start, stop in lines(text, begin, end):
        line = text[start:stop]
        if not line.strip():
            after_blank = True
            continue
        if after_blank or is_numbered(line) or _BULLET.match(line):
            cuts.add(start)
        after_blank = False
    yield from pairwise(sorted(cuts))


def _rewritten(old: Sequence[Paragraph], new: Sequence[Paragraph]) -> Iterator[Change]:
    """A stretch that was rewritten: pairs that became one another, the rest removed and added."""
    source = _pairs(old, new)
    kept = set(source.values())
    told = 0
    for j, part in enumerate(new):
        i = source.get(j)
        if i is None:
            yield Change("added", part.heading_path, part.clause, None, part.text)
            continue
        yield from _removed(old, range(told, i), kept)
        told = max(told, i + 1)
        yield Change("changed", part.heading_path, part.clause, old[i].text, part.text, _words(old[i].text, part.text))
    yield from _removed(old, range(told, len(old)), kept)


def _removed(old: Sequence[Paragraph], where: range, kept: set[int]) -> Iterator[Change]:
    for i in where:
        if i not in kept:
            yield Change("removed", old[i].heading_path, old[i].clause, old[i].text, None)


def _pairs(old: Sequence[Paragraph], new: Sequence[Paragraph]) -> dict[int, int]:
    """Which of `old` each of `new` was before; the likest are paired first, those of one clause before others."""
    scored = []
    few = len(old) * len(new) <= _MOST_PAIRS
    old_words, new_words = ([_words_of(part) for part in side] for side in (old, new))
    in_order = sum(map(len, old_words)) * sum(map(len, new_words)) <= _MOST_WORDS
    matcher: SequenceMatcher[str] = SequenceMatcher(None, autojunk=False)
    for j, there in enumerate(new):
        matcher.set_seq2(new_words[j])
        for i, here in enumerate(old):
            same = here.clause is not None and (here.heading_path, here.clause) == (there.heading_path, there.clause)
            if not (few or same):
                continue
            least = _ALIKE_HERE if same else _ALIKE
            matcher.set_seq1(old_words[i])
            if matcher.real_quick_ratio() >= least and matcher.quick_ratio() >= least:
                alike = matcher.ratio() if in_order else matcher.quick_ratio()
                if alike >= least:
                    scored.append((alike + same * (_ALIKE - _ALIKE_HERE), -abs(i - j), i, j))
    found: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, i, j in sorted(scored, reverse=True):
        if i not in taken and j not in found:
            found[j] = i
            taken.add(i)
    return found


def _words_of(part: Paragraph) -> list[str]:
    return [word for word in _WORD.findall(part.text) if not word.isspace()]


def _words(before: str, after: str) -> tuple[Words, ...]:
    """One text to the other; a space between two changed words belongs to the change."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    runs: list[tuple[bool, str, str]] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = "".join(old[a:b]), "".join(new[c:d])
        same = kind == "equal" and not (gone.isspace() and runs)
        if runs and not same and not runs[-1][0]:
            runs[-1] = (False, runs[-1][1] + gone, runs[-1][2] + come)
        else:
            runs.append((kind == "equal", gone, come))
    found = []
    for same, gone, come in runs:
        if same:
            found.append(Words("same", gone))
            continue
        if gone:
            found.append(Words("removed", gone))
        if come:
            found.append(Words("added", come))
    return tuple(found)
