"""Whether a later revision still says what was quoted of an earlier one, wherever it stands there; if not, what became
of it.

Spaces, line ends and emphasis are no change. A sentence that is there to the letter has changed all the same where
words now stand before it ("until May, …"), where it goes on, or where an exception follows that did not follow before.
Knows no storage.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from groundtune.knowledge.changes import Change, changes, paragraphs
from groundtune.types import Revision

_ENDED = re.compile(r"[.!?。][\s\])”’\"']*$")
"""A sentence has ended."""
_MARK = re.compile(r"(?:[①-⑳]|\d+[.)]|[가-하][.)]|\(?[a-z\d]+\)|[-*+•·○□])\s*$", re.IGNORECASE)
"""An item's mark, behind which its words begin."""
_EXCEPTION = re.compile(r"\s*\(?(?:다만|단[,\s]|그러나|however\b|except\b|unless\b|but\b)", re.IGNORECASE)


class Later:
    """Compares quotes with revisions. Each revision is read once, each pair compared once, as long as it lives."""

    def __init__(self) -> None:
        self._wordings: dict[int, _Wording] = {}
        self._changes: dict[tuple[int, int], list[Change]] = {}

    def says(self, quote: str, before: Revision, after: Revision) -> bool:
        """Whether `after` says what `before` says in `quote`, at least as many times."""
        if before.text == after.text:
            return True
        words = _squeezed(_plain(replace(before, text=quote)))
        if not words:
            return True
        was = self._wording(before).places(words)
        now = self._wording(after).places(words)
        if not was:  # the quote was split otherwise than its revision
            return _squeezed(quote) in _squeezed(after.text)
        return sum(any(place.stands_as(other) for other in was) for place in now) >= len(was)

    def became(self, quote: str, before: Revision, after: Revision) -> tuple[Change, ...]:
        """The paragraphs of the quote that are not the same any more; the quote itself where none of them is told."""
        pair = before.id, after.id
        if pair not in self._changes:
            self._changes[pair] = changes(before, after)
        parts = [_squeezed(part.text) for part in paragraphs(replace(before, text=quote))]
        found = tuple(
            change
            for change in self._changes[pair]
            if change.before is not None and _share(_squeezed(change.before), parts)
        )
        return found or (Change("removed", (), None, quote, None),)

    def _wording(self, revision: Revision) -> _Wording:
        if revision.id not in self._wordings:
            self._wordings[revision.id] = _Wording(_plain(revision))
        return self._wordings[revision.id]


@dataclass(frozen=True, slots=True)
class _Place:
    """How words stand in a text: as the beginning and the end of a sentence, and with an exception behind them."""

    opens: bool
    closes: bool
    excepted: bool

    def stands_as(self, other: _Place) -> bool:
        """Whether nothing was put before or behind them that was not there in `other`."""
        return (
            (self.opens or not other.opens)
            and (self.closes or not other.closes)
            and (other.excepted or not self.excepted)
        )


@dataclass(frozen=True)
class _Wording:
    """A revision's paragraphs, one a line."""

    text: str

    @cached_property
    def _letters(self) -> list[int]:
        """Where each letter stands that is no space."""
        return [place for place, letter in enumerate(self.text) if not letter.isspace()]

    @cached_property
    def _squeezed(self) -> str:
        return "".join(self.text[place] for place in self._letters)

    def places(self, words: str) -> list[_Place]:
        """`words` are squeezed. A match within a longer word or number is none."""
        return [_Place(*found) for found in self._found(words)]

    def _found(self, words: str) -> Iterator[tuple[bool, bool, bool]]:
        at = self._squeezed.find(words)
        while at >= 0:
            start, end = self._letters[at], self._letters[at + len(words) - 1] + 1
            before, behind = self.text[:start], self.text[end:]
            if not _within_a_word(before[-2:], words[0]) and not _within_a_word(words[-2:], behind[:1]):
                line = before[before.rfind("\n") + 1 :]
                opens = not line.strip() or _ENDED.search(line) is not None or _MARK.search(line) is not None
                closes = _ENDED.search(words) is not None or not behind.partition("\n")[0].strip()
                yield opens, closes, _EXCEPTION.match(behind) is not None
            at = self._squeezed.find(words, at + 1)


def _plain(revision: Revision) -> str:
    return "\n".join(part.text for part in paragraphs(revision))


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _within_a_word(before: str, behind: str) -> bool:
    """Whether a cut between these would go through a word, or through a number such as 1.5."""
    if before[-1:].isalnum() and behind.isalnum():
        return True
    return before[-1:] in (".", ",") and before[:1].isdigit() and behind.isdigit()


def _share(paragraph: str, parts: list[str]) -> bool:
    return any(part in paragraph or paragraph in part for part in parts if part)
