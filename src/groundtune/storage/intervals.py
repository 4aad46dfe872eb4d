"""From the dates that revisions state to the days on which each is in force. Knows days and numbers, nothing else.

Days are `date.toordinal()` integers, intervals half-open: `[start, end)`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

ALWAYS = 0
"""Before every date."""
FOREVER = 2**31 - 1
"""After every date; fits int32."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What one revision says of itself. `number` counts a document's revisions from 1."""

    number: int
    effective_from: date | None
    effective_to: date | None
    added_on: date


def resolve(revisions: Iterable[Stated]) -> dict[int, tuple[int, int]]:
    """Revision number → the days on which it is in force; no two revisions of one document share a day.

    A revision starts on `effective_from`; without one, the first revision has always been in force and a later one
    starts on the day it was added. It ends on `effective_to` or where the next one starts, whichever comes first. Of
    two that start on one day the later number holds, and the earlier gets an empty interval.
    """
    starts = sorted((_start(revision), revision.number, revision) for revision in revisions)
    intervals: dict[int, tuple[int, int]] = {}
    following = FOREVER
    for start, number, revision in reversed(starts):
        stated_end = revision.effective_to.toordinal() if revision.effective_to else FOREVER
        intervals[number] = (start, max(start, min(stated_end, following)))
        following = start
    return intervals


def _start(revision: Stated) -> int:
    if revision.effective_from is not None:
        return revision.effective_from.toordinal()
    return ALWAYS if revision.number == 1 else revision.added_on.toordinal()
