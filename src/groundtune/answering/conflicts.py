"""Quotes that answer one question differently: where they contradict each other, and where their scopes explain it.

Two pieces contradict each other when they say nearly the same with another amount, date or hour in it, or one allows
what the other forbids, and neither's passage states the other's amount besides. Careful rather than complete: a false
conflict between consistent documents costs trust, so a paraphrase far from the quote is passed over. Which document is
right is not decided here. Knows documents' authority and scope as they are stated, and no law.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from groundtune.answering.candidates import Candidate
from groundtune.answering.differences import agree, comparable, differ, same_kind
from groundtune.answering.retrieve import Retrieved
from groundtune.answering.scope import stated_scope
from groundtune.answering.values import read_values
from groundtune.answering.weighing import Ranked
from groundtune.knowledge.standing import authority_of, rank_of, scopes_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MOST = 2
"""Contrasts of one answer."""
PLAUSIBLE = 0.003
"""The least share, of the best piece's, of a piece that is compared with what is quoted."""
ALIKE = {"ko": 0.915, "en": 0.903}
"""The least cosine of two pieces, their amounts left out, that speak of the same, by the question's language. Chosen,
with the numbers below, on every second example of the sample and case of the ferry, beside which a guide was put."""
_LACKING = 0.1
"""What is added for the words of the question, by their weight, that the quoted piece covers and the other doesn't,"""
_FOREIGN = 0.25
"""… from which weight on the other is about something else, however alike the two are."""
_BESIDES = 0.05
"""What is added for the words of the question that only the other covers,"""
_BOUND = 0.01
"""and for a bound ("at most") that only one of them has."""
_COVERED = 0.67
_ALIKE_WITHIN = 0.985
"""… of two places of one document, which seldom contradicts itself and often says the like of different things."""
_FEW_WORDS = 4
_COMPARED = 10
"""Pieces that are embedded for one that is quoted."""

Embed = Callable[[Sequence[str]], "npt.NDArray[np.float32]"]
"""Texts to (n, dimension) float32 of unit length."""


@dataclass(frozen=True)
class Pair:
    """What is quoted and what says otherwise."""

    quoted: Candidate
    other: Candidate
    words: tuple[str, str]
    """What each says, by which they differ: “15 days”, a name, or the sentence that allows or forbids."""

    @property
    def scopes(self) -> tuple[str, str] | None:
        """In what their scopes differ, as “site: Seoul” or in their own words, "" for a document without; `None` where
        in nothing. An annex holds for something of its own, whatever it is called."""
        revisions = self.quoted.revision, self.other.revision
        one, other = (scopes_of(revision.metadata.get("scope")) for revision in revisions)
        if one or other:
            keys = [key for key in {**one, **other} if one.get(key) != other.get(key)]
            if one and other:
                keys = [key for key in keys if key in one and key in other]
            said = [", ".join(f"{key}: {scope[key]}" for key in keys if key in scope) for scope in (one, other)]
            return (said[0], said[1]) if keys else None
        stated = stated_scope(revisions[0]), stated_scope(revisions[1])
        annexes = {bool(_ANNEX.search(revision.title)) for revision in revisions}
        return stated if stated[0] != stated[1] or len(annexes) == 2 else None

    @property
    def other_counts_for_more(self) -> bool:
        return _counts_for_more(self.other, self.quoted)


def higher_first(ranked: Sequence[Ranked], found: Retrieved, embed: Embed) -> Sequence[Ranked]:
    """The pieces with one that says the same as the best, or contradicts it, before it where it counts for more."""
    if not ranked:
        return ranked
    best = ranked[0].candidate
    higher = [one for one in _counterparts(best, ranked, found, embed) if _counts_for_more(one.candidate, best)]
    if not higher:
        return ranked
    first = min(higher, key=lambda one: _rank(one.candidate) or 0)
    in_its_place = replace(first, score=ranked[0].score, share=ranked[0].share)
    return [in_its_place, *(entry for entry in ranked if entry is not first)]


def contrasts(quoted: Sequence[Candidate], ranked: Sequence[Ranked], found: Retrieved, embed: Embed) -> list[Pair]:
    """What contradicts the quoted pieces, at most one of each document."""
    pairs: dict[int, Pair] = {}
    for one in quoted:
        for entry in _counterparts(one, ranked, found, embed):
            words = differ(one, entry.candidate, found.asked, ranked)
            if words is not None:
                pairs.setdefault(entry.candidate.revision.id, Pair(one, entry.candidate, words))
    return list(pairs.values())[:MOST]


def _counterparts(one: Candidate, ranked: Sequence[Ranked], found: Retrieved, embed: Embed) -> list[Ranked]:
    """Of each document the piece that speaks of the same as this one: the nearest to it, amounts left out."""
    by_revision: dict[int, list[Ranked]] = {}
    floor = PLAUSIBLE * max((entry.share for entry in ranked), default=0.0)
    for entry in ranked:
        if entry.share >= floor and entry.candidate is not one and comparable(one, entry.candidate):
            by_revision.setdefault(entry.candidate.revision.id, []).append(entry)
    worth = [
        entry
        for some in by_revision.values()
        if any(_relate(one, e.candidate, found, ranked) for e in some)
        for entry in some
        if same_kind(one, entry.candidate, found.asked)
    ]
    worth = sorted(worth, key=lambda entry: -entry.share)[:_COMPARED]
    if not worth:
        return []
    vectors = embed([_frame(candidate) for candidate in (one, *(entry.candidate for entry in worth))])
    best: dict[int, tuple[float, Ranked]] = {}
    for cosine, entry in zip((vectors[1:] @ vectors[0]).tolist(), worth, strict=True):
        revision = entry.candidate.revision.id
        if cosine >= _bar(one, entry.candidate, found) and cosine > best.get(revision, (0.0,))[0]:
            best[revision] = cosine, entry
    return [entry for _, entry in sorted(best.values(), key=lambda pair: -pair[0])]


def _relate(one: Candidate, other: Candidate, found: Retrieved, ranked: Sequence[Ranked]) -> bool:
    return agree(one, other, found.asked) or differ(one, other, found.asked, ranked) is not None


def _bar(one: Candidate, other: Candidate, found: Retrieved) -> float:
    """How near two pieces must be: nearer where a word of the question is covered by one of them alone."""
    if one.revision.id == other.revision.id:
        return _ALIKE_WITHIN
    lacking = besides = 0.0
    for term in found.terms:
        ours, theirs = (max(term.covered(c.tokens), term.covered(c.context)) >= _COVERED for c in (one, other))
        lacking += term.weight * (ours and not theirs)
        besides += term.weight * (theirs and not ours)
    if lacking >= _FOREIGN:
        return math.inf
    bounds = read_values(one.piece.full_words).bounds != read_values(other.piece.full_words).bounds
    alike = ALIKE.get(found.asked.language, ALIKE["en"])
    return alike + _LACKING * lacking + _BESIDES * besides + _BOUND * bounds


def _frame(candidate: Candidate) -> str:
    """The piece's words, amounts left out; with its heading where they say little, as in “Q: …? A: 10 days.”"""
    frame = read_values(candidate.piece.full_words).frame
    if len(_WORD.findall(frame)) >= _FEW_WORDS or not candidate.hit.passage.heading_path:
        return frame
    return f"{candidate.hit.passage.heading_path[-1]} {frame}"


def _rank(candidate: Candidate) -> int | None:
    return rank_of(authority_of(candidate.revision.metadata.get("authority")))


def _counts_for_more(one: Candidate, other: Candidate) -> bool:
    rank, below = _rank(one), _rank(other)
    return rank is not None and below is not None and rank < below


_WORD = re.compile(r"[^\W\d_]{2,}")
_ANNEX = re.compile(r"\b(?:annex|addendum|supplement|rider)\b|부속|별첨|부록|특례", re.IGNORECASE)
