"""How much a piece promises to be the answer, and how likely it answers rightly: two small linear models over
the figures of `candidates`. Their numbers stand in `weights` and were fitted by `benchmarks/fit_answering.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import TYPE_CHECKING

from groundtune.answering import weights
from groundtune.answering.candidates import Candidate
from groundtune.answering.retrieve import Retrieved
from groundtune.answering.terms import coverage

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_GROUPS = {
    "duration": "amount",
    "count": "amount",
    "money": "amount",
    "time": "amount",
    "person": "name",
    "place": "name",
    "whether": "whether",
}
"""Kinds of questions whose answers look alike."""
_NEARLY = 0.05
"""The share of a question that two pieces may differ by and still be as good."""
_RIVAL = 0.3
"""The least share of a question that a piece of another scope must cover to be preferred."""
_EXCEPTIONS = ("다만", "단,", "단 ", "However", "Except", "Unless")


@dataclass(frozen=True)
class Ranked:
    """A candidate with its score; the shares of one question's candidates add up to 1."""

    candidate: Candidate
    score: float
    share: float


def rank(found: Sequence[Candidate]) -> list[Ranked]:
    """Best first: a conditional logit over the pieces of one question."""
    if not found:
        return []
    scores = [_dot(weights.PIECE, figures) for figures in piece_figures(found)]
    best = max(scores)
    total = sum(math.exp(score - best) for score in scores)
    ranked = [
        Ranked(candidate, score, math.exp(score - best) / total) for candidate, score in zip(found, scores, strict=True)
    ]
    return sorted(ranked, key=lambda entry: (-entry.score, entry.candidate.hit.rank, entry.candidate.piece.start))


def answerable(found: Retrieved, ranked: Sequence[Ranked]) -> float:
    """The probability, 0 to 1, that what would be quoted answers the question rightly."""
    if not ranked:
        return 0.0
    model = weights.ANSWERABLE if ranked[0].candidate.same_language else weights.ANSWERABLE_ACROSS
    return 1 / (1 + math.exp(-_dot(model, answer_figures(found, ranked))))


def piece_figures(found: Sequence[Candidate]) -> list[dict[str, float]]:
    """What the pieces of one question are weighed by, in their order."""
    nearest = max((candidate.hit.dense or 0.0 for candidate in found), default=0.0)
    return [_piece_figures(candidate, nearest, _outscoped(candidate, found)) for candidate in found]


def _outscoped(candidate: Candidate, found: Sequence[Candidate]) -> bool:
    """Whether another document answers as well whose scope the question means: the one that it names, else the one
    that holds for all."""
    if candidate.scope_named is True:
        return False
    meant = [other for other in found if other.scope_named is True]
    if candidate.scope_named is False and not meant:
        meant = [other for other in found if other.scope_named is None]
    return any(_as_good(other, candidate) for other in meant)


def _as_good(other: Candidate, candidate: Candidate) -> bool:
    """Whether a piece covers as much of the question, headings included, and holds what was asked for no less."""
    covers = other.covered_in_context >= max(candidate.covered_in_context - _NEARLY, _RIVAL)
    return covers and (other.fits is not False or candidate.fits is False)


def _piece_figures(candidate: Candidate, nearest: float, outscoped: bool) -> dict[str, float]:
    """`nearest` is the cosine of the passage that is nearest to the question."""
    length = len(candidate.piece.full_words)
    return {
        "likeness": _spread(candidate.likeness),
        "covered": candidate.covered,
        "in_headings": candidate.covered_in_context - candidate.covered,
        "nearby": candidate.covered_nearby - candidate.covered_in_context,
        "labelled": candidate.labelled,
        "behind": candidate.behind,
        "opening": candidate.opening,
        "outscoped": float(outscoped),
        "fits": float(candidate.fits is True),
        "unfit": float(candidate.fits is False),
        "in_range": float(candidate.in_range is True),
        "out_of_range": float(candidate.in_range is False),
        "passage": 20 * ((candidate.hit.dense or 0.0) - nearest),
        "rank": 1 / candidate.hit.rank,
        "same_language": float(candidate.same_language),
        "exception": float(candidate.piece.words.startswith(_EXCEPTIONS)),
        "length": min(math.log(max(length, 1) / 50), 1.0),
        "row": float(candidate.piece.kind == "row"),
    }


def answer_figures(found: Retrieved, ranked: Sequence[Ranked]) -> dict[str, float]:
    """What refusing is weighed by: how near and how well covered the best piece is, how far it stands out, and what of
    the question it lacks. A word that it lacks matters less where the likeness falls without that word: then the
    documents call the thing otherwise. Where the likeness rises, the word is foreign to the piece."""
    best = ranked[0].candidate
    cosines = sorted((hit.dense or 0.0 for hit in found.hits), reverse=True)
    everything = frozenset().union(*(found.tokens_of(hit) for hit in found.hits[:6]))
    drops = 20 * best.drops
    lacking = [
        (term, float(drop))
        for term, drop in zip(found.terms, drops, strict=True)
        if max(term.covered(best.tokens), term.covered(best.context)) < 0.5
    ]
    number = any(letter.isdigit() for letter in best.piece.words)
    group = _GROUPS.get(found.asked.kind, "thing")
    return {
        "intercept": 1.0,
        "likeness": _spread(best.likeness),
        "nearest": _spread(cosines[0]),
        "margin": 20 * (cosines[0] - fmean(cosines[3:])) if len(cosines) > 3 else 0.0,
        "covered": best.covered,
        "nearby": best.covered_nearby,
        "by_passage": coverage(found.terms, found.tokens_of(best.hit)),
        "by_all": coverage(found.terms, everything),
        "terms": len(found.terms) / 5,
        "lacking": sum(term.weight for term, _ in lacking),
        "lacking_drop": sum(term.weight * drop for term, drop in lacking),
        "lacking_most": max((drop for _, drop in lacking), default=0.0),
        "drop_least": float(drops.min()) if len(drops) else 0.0,
        "drop_rarest": _drop_of_rarest(found, drops),
        "unseen": _unseen(found),
        "absent": sum(term.weight for term in found.terms if term.rarity >= 0.999),
        "fits": float(best.fits is True),
        "unfit": float(best.fits is False),
        "in_range": float(best.in_range is True),
        "share": ranked[0].share,
        "one_document": sum(entry.share for entry in ranked if entry.candidate.revision.id == best.revision.id),
        "lead": ranked[0].score - median(entry.score for entry in ranked),
        "stands_out": 20 * (best.likeness - median(entry.candidate.likeness for entry in ranked)),
        "asks_amount": float(group == "amount"),
        "asks_name": float(group == "name"),
        "asks_whether": float(group == "whether"),
        "whether_number": float(number and group == "whether"),
        "thing_number": float(number and group == "thing"),
        "korean": float(found.asked.language == "ko"),
    }


def _drop_of_rarest(found: Retrieved, drops: npt.NDArray[np.float32]) -> float:
    """How much of the likeness hangs on the question's weightiest word."""
    if not found.terms:
        return 0.0
    return float(drops[max(range(len(found.terms)), key=lambda place: found.terms[place].weight)])


def _unseen(found: Retrieved) -> float:
    """The share of the question that no passage found covers."""
    everything = frozenset().union(*(found.tokens_of(hit) for hit in found.hits))
    return sum(term.weight for term in found.terms if term.covered(everything) < 0.5)


def _spread(cosine: float) -> float:
    """A cosine of the bundled embedder, whose texts all lie between .75 and .95, brought to about -1 to 1."""
    return 20 * cosine - 17


def _dot(model: Mapping[str, float], figures: Mapping[str, float]) -> float:
    return sum(weight * figures[name] for name, weight in model.items())
