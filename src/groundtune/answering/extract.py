"""The extractive answerer: the one to three pieces that answer best, quoted to the letter. Needs no chat model.

What was found is completed before it is shown: a list's item gets the line that introduces it, a line that introduces
a list gets its items, "in this case" gets the sentence before, an exception that follows is never cut off, and an
amount for one case ("during probation") that the question doesn't name gets the amounts for the others.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from groundtune.answering.asked import Asked
from groundtune.answering.candidates import Candidate
from groundtune.answering.evidence import evidence_at
from groundtune.answering.holds import holds
from groundtune.answering.scope import case_of, names_case
from groundtune.answering.sentences import Piece, pieces, readable
from groundtune.answering.weighing import Ranked
from groundtune.types import Evidence

MOST = 3
"""Sentences of one answer."""
_ENOUGH = 0.9
"""The share of the candidates' total that the chosen ones should have together."""
_WORTH = 0.2
"""… and the least share, of the first one's, that each has."""
_LONGEST = 700
"""Characters that one quote may have with what completes it."""
_REFERS_BACK = re.compile(
    r"(?:이 경우|이때|이 때|그 경우|이는|이를|그 밖|또한|그러나|그리고|이후|이와|본문|다만|단,|단 |전항"
    r"|however\b|this\b|these\b|those\b|they\b|it\b|in (?:this|that|such) case|otherwise\b|if so\b|then\b|but\b"
    r"|except\b)",
    re.IGNORECASE,
)
_EXCEPTION = re.compile(r"(?:다만|단,|그러나|however\b|except\b|unless\b|but\b)", re.IGNORECASE)
_AMOUNTS = ("duration", "count", "money", "time")


@dataclass(frozen=True)
class Quote:
    """A verbatim stretch of a revision, `text[start:end]`, and the words that are shown for it."""

    candidate: Candidate
    start: int
    end: int
    words: str


def extract(ranked: Sequence[Ranked], asked: Asked) -> list[Quote]:
    """One to three quotes of one document, in the order of their worth; none of nothing."""
    if not ranked:
        return []
    quotes: list[Quote] = []
    gathered = 0.0
    for entry in ranked:
        if len(quotes) == MOST or gathered >= _ENOUGH or entry.share < _WORTH * ranked[0].share:
            break
        if entry.candidate.revision.id != ranked[0].candidate.revision.id:
            continue
        if ranked[0].candidate.fits and entry.candidate.fits is False:
            continue
        gathered += entry.share
        quote = complete(entry.candidate, asked)
        if not any(_overlap(quote, other) for other in quotes):
            quotes.append(quote)
    return quotes


def evidence(quote: Quote) -> Evidence:
    return evidence_at(quote.candidate.hit.passage, quote.candidate.revision, quote.start, quote.end)


def complete(candidate: Candidate, asked: Asked | None = None) -> Quote:
    """The piece with what it needs to be understood alone; of a list the item, or all of it for a question that asks
    for no single amount, day or name.
    """
    whole_lists = asked is not None and asked.kind in ("thing", "means", "whether", "reason")
    piece, text = candidate.piece, candidate.revision.text
    if piece.kind == "row":
        return Quote(candidate, piece.start, piece.end, piece.words)
    passage = candidate.hit.passage
    around = pieces(text, passage.start, max(passage.end, piece.end + 1))
    place = next((i for i, other in enumerate(around) if other.start == piece.start), None)
    if place is None:
        return Quote(candidate, piece.start, piece.end, piece.words)
    if piece.introduces:
        return _with_items(candidate, around, place)
    if whole_lists and piece.lead is not None:
        lead = next((i for i, other in enumerate(around) if (other.start, other.end) == piece.lead), None)
        whole = None if lead is None else _with_items(candidate, around, lead)
        if whole is not None and whole.end >= piece.end:
            return whole
    first = last = place
    if _REFERS_BACK.match(piece.words) and place and _adjoin(text, around[place - 1], piece):
        first = place - 1
    if last + 1 < len(around) and _EXCEPTION.match(around[last + 1].words) and _adjoin(text, piece, around[last + 1]):
        last += 1
    if asked is not None and asked.kind in _AMOUNTS and _of_a_case_not_named(piece, asked):
        first, last = _with_other_cases(text, around, first, last, replace(asked, unit=None))
    start, end = around[first].start, around[last].end
    words = " ".join(other.words for other in around[first : last + 1])
    if first == place and piece.lead is not None and piece.end - piece.lead[0] <= _LONGEST:
        return Quote(candidate, piece.lead[0], end, f"{piece.lead_words} {words}")
    return Quote(candidate, start, end, words)


def _of_a_case_not_named(piece: Piece, asked: Asked) -> bool:
    """Whether the sentence holds for one case only, and the question names nothing of that case."""
    case = case_of(piece.words)
    return bool(case) and not names_case(asked.text, case)


def _with_other_cases(text: str, around: Sequence[Piece], first: int, last: int, asked: Asked) -> tuple[int, int]:
    """The stretch grown by the neighbours in its paragraph that hold what was asked for too, as far as they fit."""
    while (
        first
        and _adjoin(text, around[first - 1], around[first])
        and holds(asked, around[first - 1].words) is not False
        and around[last].end - around[first - 1].start <= _LONGEST
    ):
        first -= 1
    while (
        last + 1 < len(around)
        and _adjoin(text, around[last], around[last + 1])
        and holds(asked, around[last + 1].words) is not False
        and around[last + 1].end - around[first].start <= _LONGEST
    ):
        last += 1
    return first, last


def _with_items(candidate: Candidate, around: Sequence[Piece], place: int) -> Quote:
    """A line that introduces a list, with its items as far as they fit."""
    piece = around[place]
    items: list[Piece] = []
    for other in around[place + 1 :]:
        introduced = other.lead == (piece.start, piece.end) or (items and other.kind == "item" and other.lead is None)
        if not introduced or other.end - piece.start > _LONGEST:
            break
        items.append(other)
    if not items:
        return Quote(candidate, piece.start, piece.end, piece.words)
    words = f"{piece.words} " + "; ".join(item.words.rstrip(";,") for item in items)
    return Quote(candidate, piece.start, items[-1].end, words)


def _adjoin(text: str, left: Piece, right: Piece) -> bool:
    """Whether nothing but space (and a clause's mark) stands between two pieces of one paragraph."""
    between = text[left.end : right.start]
    return "\n\n" not in between and not readable(between).strip("*-•①②③④⑤⑥⑦⑧⑨⑩ ")


def _overlap(one: Quote, other: Quote) -> bool:
    if one.candidate.revision.id != other.candidate.revision.id:
        return one.words == other.words
    return one.start < other.end and other.start < one.end
