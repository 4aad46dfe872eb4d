"""Binds each sentence that a model wrote to the verbatim quotes that carry it, and drops it when none does.

Numbers, dates, names and negations are checked by rule: one that the quote doesn't have sinks the sentence, whatever
its likeness. The rest is overlap: the share of the sentence's words that the quote has, and the cosine of the two. A
better judge of the rest, such as an entailment model, is a `SupportScorer`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from groundtune.answering.asked import language_of
from groundtune.answering.extract import MOST, Quote, complete
from groundtune.answering.retrieve import Tokeniser
from groundtune.answering.weighing import Ranked
from groundtune.comparison.matching import normalise
from groundtune.models.protocols import Embedder

SUPPORTED = 0.5
"""The least support of a sentence that is shown."""


class SupportScorer(Protocol):
    """How far a quote carries a claim, 0 (not at all) to 1 (wholly)."""

    def score(self, claim: str, quote: str) -> float: ...


@dataclass(frozen=True)
class Bound:
    """A claim with the quotes that carry it."""

    claim: str
    quotes: tuple[Quote, ...]
    support: float
    """0 to 1."""


class OverlapScorer:
    """Half the share of the claim's terms that the quote has, half their cosine, stretched to 0–1.

    Across languages terms say nothing, and the cosine stands alone.
    """

    def __init__(self, analyser: Tokeniser, embedder: Embedder) -> None:
        self._analyser = analyser
        self._embedder = embedder

    def score(self, claim: str, quote: str) -> float:
        vectors = self._embedder.embed_passages([claim, quote])
        alike = min(1.0, max(0.0, (float(vectors[0] @ vectors[1]) - 0.8) / 0.15))
        if language_of(claim) != language_of(quote):
            return alike
        terms = set(self._analyser.tokens(claim)) - _COMMON
        kept = terms & set(self._analyser.tokens(quote))
        return 0.5 * alike + 0.5 * (len(kept) / len(terms) if terms else 1.0)


def verify(claims: Sequence[str], ranked: Sequence[Ranked], scorer: SupportScorer, question: str) -> list[Bound]:
    """The claims that a quote carries, each with the one that carries it best; none where nothing holds.

    A claim that a rule contradicts in one quote may still be carried by another. What says again what an earlier claim
    said, from the same quote, is left out.
    """
    bound: list[Bound] = []
    used: set[tuple[int, int]] = set()
    quotes = [complete(entry.candidate) for entry in ranked]
    for claim in claims:
        best: Bound | None = None
        for quote in quotes:
            context = " ".join(
                (quote.words, quote.candidate.hit.passage.title, *quote.candidate.hit.passage.heading_path)
            )
            if contradiction(claim, context, question):
                continue
            support = scorer.score(claim, quote.words)
            if support >= SUPPORTED and (best is None or support > best.support):
                best = Bound(claim, (quote,), support)
        place = (best.quotes[0].candidate.revision.id, best.quotes[0].start) if best else None
        if best is not None and place is not None and place not in used:
            used.add(place)
            bound.append(best)
    return bound[:MOST]


def contradiction(claim: str, quote: str, question: str = "") -> str | None:
    """What the claim states and the quote doesn't: "number 5", "name Kim", "negation"; `None` when the rules pass.

    What stands in the question may be repeated, but a number only beside one that the quote has.
    """
    there, asked = _numbers(quote), _numbers(question)
    stated = _numbers(claim)
    for number in sorted(stated - there - asked):
        return f"number {number}"
    if stated and there and not stated & there:
        return f"number {min(stated)}"
    names = _names(claim) - _words(quote) - _words(question)
    for name in sorted(names):
        return f"name {name}"
    if language_of(claim) == language_of(quote) and _denies(claim) != _denies(quote):
        return "negation"
    return None


def _numbers(text: str) -> set[str]:
    words = normalise(text)
    return set(_NUMBER.findall(words)) | {_ORDINALS[word] for word in re.findall(r"[a-z]+", words) if word in _ORDINALS}


def _names(text: str) -> set[str]:
    """Words with a capital inside a sentence, and all in capitals."""
    return {
        match.group().lower()
        for match in _NAME.finditer(text)
        if match.start() > 0 and text[: match.start()].rstrip()[-1:] not in (".", "!", "?", ":", "")
    }


def _words(text: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Za-z][A-Za-z0-9'’-]*", text)}


def _denies(text: str) -> bool:
    return bool(_NEGATION.search(text))


_NUMBER = re.compile(r"\d+(?:[.:]\d+)*")
_ORDINALS = {
    word: f"{number}."
    for number, word in enumerate(
        ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"), start=1
    )
}
_NAME = re.compile(r"(?<![\w'’])[A-Z][A-Za-z0-9]+")
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|neither|nor|without|cannot|except|unless|forbidden|prohibited)\b|n['’]t\b"
    r"|않|없[다는습어이음으]|못[하한해합]|아니[하한합다며]|아닙니다|안 (?:됩|되|돼)|불가|금지|제외",
    re.IGNORECASE,
)
_COMMON = frozenset(
    ("a", "an", "the", "of", "to", "in", "on", "at", "for", "by", "with", "from", "as", "and", "or", "is", "are", "be")
)
