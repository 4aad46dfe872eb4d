"""What is asked again and again and never answered, and documents that are quoted though nobody has looked at them for
long or that have run out.

Two questions are the same where nearly all their content words are, or most of them and the embedder finds the two all
but equal. That joins spellings and small rewordings; the same wish in other words stays apart, and so do wishes that
differ in one word. Knows no database.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import numpy.typing as npt

from groundtune.answering.asked import read_question
from groundtune.answering.retrieve import Tokeniser
from groundtune.storage.kept import KeptAnswer
from groundtune.types import Hit

_SHARED, _NEAR = 0.65, 0.9
"""The share of content words (of those of both) and the likeness of near-equal questions …"""
_FEWER_SHARED, _NEARER = 0.5, 0.97
"""… or these. Tried on thirteen pairs of rewordings and ten that differ in one word, with the bundled embedder."""

Vectors = Callable[[Sequence[str]], npt.NDArray[np.float32]]
"""Questions to (n, dimension) float32 of unit length."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A question that people asked and that was never answered since it last was."""

    question: str
    """In its last wording."""
    ids: tuple[int, ...]
    """Of the refusals and of the answers that people called wrong or lacking, oldest first."""
    first_asked: datetime
    last_asked: datetime
    nearest: Hit | None
    """The passage that came nearest, the last time."""

    @property
    def count(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class StaleDocument:
    """A document that should be looked at: out of force without a successor, or unchanged for long and often quoted."""

    document_id: str
    title: str
    cause: str
    """ "ended" or "unchanged"."""
    since: date
    """The first day without it, or the day since which it is as it is."""
    quoted: int
    """Answers that quote it."""


def gaps(
    kept: Sequence[KeptAnswer], faulted: frozenset[int], tokeniser: Tokeniser, vectors: Vectors, *, at_least: int
) -> list[Gap]:
    """Of `kept`, oldest first: questions asked `at_least` so often without an answer, the most frequent first.

    `faulted` are answers that people called wrong or lacking: they count as none.
    """
    found = []
    for group in same_questions([one.question.text for one in kept], tokeniser, vectors):
        open_since = max((at for at in group if not kept[at].refused and kept[at].id not in faulted), default=-1)
        unanswered = [kept[at] for at in group if at > open_since]
        if len(unanswered) < at_least:
            continue
        last = unanswered[-1]
        near = last.answer.nearest[:1] if last.answer is not None else ()
        ids = tuple(one.id for one in unanswered)
        found.append(
            Gap(last.question.text, ids, unanswered[0].asked_at, last.asked_at, near[0] if near else None),
        )
    return sorted(found, key=lambda gap: (-gap.count, -gap.last_asked.timestamp()))


def same_questions(texts: Sequence[str], tokeniser: Tokeniser, vectors: Vectors) -> list[list[int]]:
    """Positions of questions that are the same, each group in order; each is compared with a group's first."""
    distinct = list(dict.fromkeys(texts))
    if not distinct:
        return []
    embedded = vectors(distinct)
    terms = [frozenset(tokeniser.tokens(" ".join(read_question(text).words))) for text in distinct]
    firsts: list[int] = []
    group_of: dict[str, int] = {}
    for at, text in enumerate(distinct):
        likeness = embedded[firsts] @ embedded[at] if firsts else np.empty(0, np.float32)
        alike = [
            (float(likeness[place]), place)
            for place, first in enumerate(firsts)
            if _alike(float(likeness[place]), terms[first], terms[at])
        ]
        if not alike:
            firsts.append(at)
        group_of[text] = max(alike)[1] if alike else len(firsts) - 1
    groups: list[list[int]] = [[] for _ in firsts]
    for at, text in enumerate(texts):
        groups[group_of[text]].append(at)
    return groups


def _alike(likeness: float, one: frozenset[str], other: frozenset[str]) -> bool:
    if not one or not other:
        return likeness >= _NEARER and one == other
    shared = len(one & other) / len(one | other)
    return (shared >= _SHARED and likeness >= _NEAR) or (shared >= _FEWER_SHARED and likeness >= _NEARER)
