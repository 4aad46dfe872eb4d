"""How much a piece promises to be the answer, and how likely the documents answer at all: two small linear models over
the figures of `candidates`. Their numbers stand in `weights` and were fitted by `benchmarks/fit_answering.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from groundtune.answering import weights
from groundtune.answering.candidates import Candidate
from groundtune.answering.retrieve import Retrieved
from groundtune.answering.terms import coverage

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
    nearest = max(candidate.hit.dense or 0.0 for candidate in found)
    scores = [_dot(weights.PIECE, piece_figures(candidate, nearest)) for candidate in found]
    best = max(scores)
    total = sum(math.exp(score - best) for score in scores)
    ranked = [
        Ranked(candidate, score, math.exp(score - best) / total) for candidate, score in zip(found, scores, strict=True)
    ]
    return sorted(ranked, key=lambda entry: (-entry.score, entry.candidate.hit.rank, entry.candidate.piece.start))


def answerable(found: Retrieved, ranked: Sequence[Ranked]) -> float:
    """The probability, 0 to 1, that the best piece answers the question."""
    if not ranked:
        return 0.0
    model = weights.ANSWERABLE if ranked[0].candidate.same_language else weights.ANSWERABLE_ACROSS
    return 1 / (1 + math.exp(-_dot(model, answer_figures(found, ranked))))


def piece_figures(candidate: Candidate, nearest: float) -> dict[str, float]:
    """What a piece is weighed by; `nearest` is the cosine of the passage that is nearest to the question."""
    length = len(candidate.piece.full_words)
    return {
        "likeness": _spread(candidate.likeness),
        "covered": candidate.covered,
        "in_headings": candidate.covered_in_context - candidate.covered,
        "nearby": candidate.covered_nearby - candidate.covered_in_context,
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
    """What refusing is weighed by: how near and how well covered the best piece is, and how far it stands out."""
    best = ranked[0].candidate
    cosines = sorted((hit.dense or 0.0 for hit in found.hits), reverse=True)
    everything = frozenset().union(*(found.tokens_of(hit) for hit in found.hits[:6]))
    return {
        "intercept": 1.0,
        "likeness": _spread(best.likeness),
        "nearest": _spread(cosines[0]),
        "margin": 20 * (cosines[0] - fmean(cosines[3:])) if len(cosines) > 3 else 0.0,
        "covered": best.covered,
        "nearby": best.covered_nearby,
        "by_passage": coverage(found.terms, found.tokens_of(best.hit)),
        "by_all": coverage(found.terms, everything),
        "absent": sum(term.weight for term in found.terms if term.rarity >= 0.999),
        "fits": float(best.fits is True),
        "unfit": float(best.fits is False),
        "in_range": float(best.in_range is True),
        "share": ranked[0].share,
        "one_document": sum(entry.share for entry in ranked if entry.candidate.revision.id == best.revision.id),
        "lead": ranked[0].score - median(entry.score for entry in ranked),
        "stands_out": 20 * (best.likeness - median(entry.candidate.likeness for entry in ranked)),
        "korean": float(found.asked.language == "ko"),
    }


def _spread(cosine: float) -> float:
    """A cosine of the bundled embedder, whose texts all lie between .75 and .95, brought to about -1 to 1."""
    return 20 * cosine - 17


def _dot(model: Mapping[str, float], figures: Mapping[str, float]) -> float:
    return sum(weight * figures[name] for name, weight in model.items())
