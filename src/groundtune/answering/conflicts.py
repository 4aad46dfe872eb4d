"""Quotes that answer one question differently: where they contradict each other, and where their scopes explain it.

Two pieces contradict each other when they say nearly the same with another amount, date or hour in it, or one allows
what the other forbids, and neither's passage states the other's amount besides. Careful rather than complete: a false
conflict between consistent documents costs trust, so a paraphrase far from the quote is passed over. Which document is
right is not decided here. Knows documents' authority and scope as they are stated, and no law.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from groundtune.answering.asked import Asked, language_of
from groundtune.answering.candidates import Candidate
from groundtune.answering.retrieve import Retrieved
from groundtune.answering.values import LENGTHS, MOMENTS, MONEY, Stated, Value, read_values
from groundtune.answering.weighing import Ranked
from groundtune.knowledge.standing import authority_of, rank_of, scopes_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MOST = 2
"""Contrasts of one answer."""
PLAUSIBLE = 0.003
"""The least share, of the best piece's, of a piece that is compared with what is quoted."""
ALIKE = 0.91
"""The least cosine of two pieces, their amounts left out, that speak of the same. Fitted, with the three numbers below,
on every second example of the sample and case of the ferry, beside which a guide was put."""
_LACKING = 0.02
"""… and what is added for each word of the question that the quoted piece covers and the other doesn't,"""
_BESIDES = 0.01
"""for each that only the other covers, and for a bound ("at most") that only one of them has."""
_COVERED = 0.5
_ALIKE_WITHIN = 0.985
"""… of two places of one document, which seldom contradicts itself and often says the like of different things."""
_FEW_WORDS = 4

Embed = Callable[[Sequence[str]], "npt.NDArray[np.float32]"]
"""Texts to (n, dimension) float32 of unit length."""


@dataclass(frozen=True)
class Pair:
    """What is quoted and what says otherwise."""

    quoted: Candidate
    other: Candidate
    values: tuple[Value | None, Value | None]
    """What each says, by which they differ; `None` where one allows and the other forbids."""

    @property
    def scopes(self) -> tuple[str, str] | None:
        """In what the documents' scopes differ, as “site: Seoul”, "" for one without; `None` where in nothing.

        An annex holds for something of its own, whatever it is called.
        """
        one, other = (scopes_of(c.revision.metadata.get("scope")) for c in (self.quoted, self.other))
        if (
            not one
            and not other
            and bool(_ANNEX.search(self.quoted.hit.passage.title)) != bool(_ANNEX.search(self.other.hit.passage.title))
        ):
            return "", ""
        if one and other:
            keys = [key for key in one if key in other and one[key] != other[key]]
        else:
            keys = [*one, *other]
        if not keys:
            return None
        said = [", ".join(f"{key}: {scope[key]}" for key in keys if key in scope) for scope in (one, other)]
        return said[0], said[1]

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
    return [first, *(entry for entry in ranked if entry is not first)]


def contrasts(quoted: Sequence[Candidate], ranked: Sequence[Ranked], found: Retrieved, embed: Embed) -> list[Pair]:
    """What contradicts the quoted pieces, at most one of each document."""
    pairs: dict[int, Pair] = {}
    for one in quoted:
        for entry in _counterparts(one, ranked, found, embed):
            values = _differ(one, entry.candidate, found.asked, ranked)
            if values is not None:
                pairs.setdefault(entry.candidate.revision.id, Pair(one, entry.candidate, values))
    return list(pairs.values())[:MOST]


def _counterparts(one: Candidate, ranked: Sequence[Ranked], found: Retrieved, embed: Embed) -> list[Ranked]:
    """Of each document the piece that speaks of the same as this one: the nearest to it, amounts left out."""
    by_revision: dict[int, list[Ranked]] = {}
    floor = PLAUSIBLE * max((entry.share for entry in ranked), default=0.0)
    for entry in ranked:
        if entry.share >= floor and entry.candidate.piece != one.piece and _comparable(one, entry.candidate):
            by_revision.setdefault(entry.candidate.revision.id, []).append(entry)
    worth = [
        entry
        for some in by_revision.values()
        if any(_relate(one, e.candidate, found, ranked) for e in some)
        for entry in some
    ]
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
    return _agree(one, other, found.asked) or _differ(one, other, found.asked, ranked) is not None


def _bar(one: Candidate, other: Candidate, found: Retrieved) -> float:
    """How near two pieces must be: nearer where a word of the question is covered by one of them alone."""
    if one.revision.id == other.revision.id:
        return _ALIKE_WITHIN
    ours, theirs = (
        {term.word for term in found.terms if max(term.covered(c.tokens), term.covered(c.context)) >= _COVERED}
        for c in (one, other)
    )
    bounds = read_values(one.piece.full_words).bounds != read_values(other.piece.full_words).bounds
    return ALIKE + _LACKING * len(ours - theirs) + _BESIDES * (len(theirs - ours) + bounds)


def _frame(candidate: Candidate) -> str:
    """The piece's words, amounts left out; with its heading where they say little, as in “Q: …? A: 10 days.”"""
    frame = read_values(candidate.piece.full_words).frame
    if len(_WORD.findall(frame)) >= _FEW_WORDS or not candidate.hit.passage.heading_path:
        return frame
    return f"{candidate.hit.passage.heading_path[-1]} {frame}"


def spoken(words: str, value: Value) -> str:
    """The words that state a value, as they stand: “15 days”, “3만 원”."""
    tokens = words.split()
    for length in range(1, 5):
        for first in range(len(tokens) - length + 1):
            part = " ".join(tokens[first : first + length]).strip(",.;:()[]“”\"'")
            if value in read_values(part).values:
                while part and "가" <= part[-1] <= "힣" and value in read_values(part[:-1]).values:
                    part = part[:-1]
                return part
    return words


def _differ(
    one: Candidate, other: Candidate, asked: Asked, ranked: Sequence[Ranked]
) -> tuple[Value | None, Value | None] | None:
    """The amounts by which two pieces that may speak of the same differ; `None` where they don't, or it isn't sure."""
    if not _comparable(one, other):
        return None
    first, second = read_values(one.piece.full_words), read_values(other.piece.full_words)
    if not first.values and not second.values:
        return (None, None) if _yes_and_no(one, other, asked) else None
    if (first.per and second.per and first.per != second.per) or {*first.bounds} ^ {*second.bounds} == _BOTH_BOUNDS:
        return None
    ours, theirs = _answering(first, asked) - second.values, _answering(second, asked) - first.values
    kinds = {value.kind for value in ours} & {value.kind for value in theirs}
    ours, theirs = (frozenset(value for value in some if value.kind in kinds) for some in (ours, theirs))
    if not kinds or min(len(ours), len(theirs)) > 1:
        return None
    aside = [{v for v in stated.values if v.kind not in kinds} for stated in (first, second)]
    if not (aside[0] <= aside[1] or aside[1] <= aside[0]):
        return None  # what is said of the case differs as well
    beside = [] if one.revision.id == other.revision.id else ranked
    if theirs & _stated_nearby(one, beside) or ours & _stated_nearby(other, beside):
        return None  # for another case, that document says the same
    kind = sorted(kinds)[0]
    return tuple(min((v for v in some if v.kind == kind), key=lambda v: v.amount) for some in (ours, theirs))  # type: ignore[return-value]


def _stated_nearby(candidate: Candidate, ranked: Sequence[Ranked]) -> frozenset[Value]:
    """What the candidate's passage states, and the other pieces of its document that were read."""
    pieces = [entry.candidate for entry in ranked if entry.candidate.revision.id == candidate.revision.id]
    stated = [read_values(candidate.hit.passage.text), *(read_values(one.piece.words) for one in pieces)]
    return frozenset().union(*(one.values for one in stated))


def _agree(one: Candidate, other: Candidate, asked: Asked) -> bool:
    """Whether both state an amount of the kind that was asked for, the same one."""
    if not _comparable(one, other):
        return False
    first, second = read_values(one.piece.full_words), read_values(other.piece.full_words)
    return bool(_answering(first, asked) & _answering(second, asked))


def _comparable(one: Candidate, other: Candidate) -> bool:
    words, others = one.piece.words, other.piece.words
    if language_of(words) != language_of(others):
        return False
    if one.revision.id != other.revision.id:
        return True
    rows = "row" in (one.piece.kind, other.piece.kind)
    return not rows and one.hit.passage.id != other.hit.passage.id and _frame_words(words) == _frame_words(others)


def _frame_words(words: str) -> frozenset[str]:
    return frozenset(_WORD.findall(read_values(words).frame))


def _answering(stated: Stated, asked: Asked) -> frozenset[Value]:
    """The amounts of the kind that the question asks for; all where there is none of it."""
    kinds = _KINDS.get(asked.kind)
    if kinds is None:
        return stated.values
    return stated.of(kinds | LENGTHS if asked.kind == "time" else kinds) or stated.values


def _yes_and_no(one: Candidate, other: Candidate, asked: Asked) -> bool:
    """Whether one allows what the other forbids, both without an exception."""
    words = one.piece.words, other.piece.words
    if asked.kind != "whether" or any(_EXCEPTION.search(some) for some in words):
        return False
    forbid = [bool(_FORBIDS.search(some)) for some in words]
    allow = [not no and bool(_ALLOWS.search(some)) for no, some in zip(forbid, words, strict=True)]
    return (forbid[0] and allow[1]) or (allow[0] and forbid[1])


def _rank(candidate: Candidate) -> int | None:
    return rank_of(authority_of(candidate.revision.metadata.get("authority")))


def _counts_for_more(one: Candidate, other: Candidate) -> bool:
    rank, below = _rank(one), _rank(other)
    return rank is not None and below is not None and rank < below


_WORD = re.compile(r"[^\W\d_]{2,}")
_BOTH_BOUNDS = {"most", "least"}
_KINDS = {"duration": LENGTHS, "time": MOMENTS | {"time"}, "money": MONEY}
_ANNEX = re.compile(r"\b(?:annex|addendum|supplement|rider)\b|부속|별첨|부록|특례", re.IGNORECASE)
_EXCEPTION = re.compile(
    r"\b(?:except|unless|without|only|however|other than)\b|다만|제외|없이|외에는|한하여|만 ", re.IGNORECASE
)
_FORBIDS = re.compile(
    r"\b(?:not|cannot|never|no|nobody|forbidden|prohibited|banned)\b|n['’]t\b"
    r"|할 수 없|[을를지] 수 없|불가|금지|아니 [한된]다|아니[한하]|않[는습은]|안 [되됩된]|못 ?[한하합]",
    re.IGNORECASE,
)
_ALLOWS = re.compile(
    r"\b(?:may|can|allowed|permitted|entitled|eligible|welcome|free to|possible)\b"
    r"|수 있|가능|허용|[해어아]도 [된됩되]|인정",
    re.IGNORECASE,
)
