"""The words of a question, weighed by how rare they are in the documents, and how far a text covers them.

A Korean word is covered by its morphemes or by its bigrams, whichever covers more: particles and endings don't count.
Knows the analyser's terms, not passages or models.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from groundtune.answering.asked import Asked

Tokens = Callable[[str], Sequence[str]]
"""A text to its lexical terms, as the index has them."""
Rarity = Callable[[Sequence[str]], Mapping[str, float]]
"""Terms to their inverse document frequency among the passages, 0 to 1; 1 where no passage has the term."""


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a question."""

    word: str
    """As it stands in the question."""
    weight: float
    """Its share of the question, by rarity; the weights of a question's terms add up to 1."""
    rarity: float
    """0 to 1; 1 where no passage has it."""
    morphemes: frozenset[str]
    bigrams: frozenset[str]

    def covered(self, tokens: frozenset[str]) -> float:
        """0 to 1: how much of the word stands in a text with these terms."""
        shares = [len(keys & tokens) / len(keys) for keys in (self.morphemes, self.bigrams) if keys]
        return max(shares, default=0.0)


def read_terms(asked: Asked, tokens: Tokens, rarity: Rarity) -> tuple[Term, ...]:
    """The question's content words; empty where it has none."""
    keys = [_keys(word, tokens) for word in asked.words]
    rare = rarity([key for morphemes, bigrams in keys for key in (*morphemes, *bigrams)])
    found: list[tuple[str, float, frozenset[str], frozenset[str]]] = []
    for word, (morphemes, bigrams) in zip(asked.words, keys, strict=True):
        if not morphemes and not bigrams:
            continue
        scores = [max(rare.get(key, 1.0) for key in group) for group in (morphemes, bigrams) if group]
        found.append((word, min(scores), morphemes, bigrams))
    total = sum(score for _, score, _, _ in found) or 1.0
    return tuple(
        Term(word, score / total, score, morphemes, bigrams) for word, score, morphemes, bigrams in found if score > 0
    )


def coverage(terms: Sequence[Term], tokens: frozenset[str]) -> float:
    """0 to 1: the share of the question that a text with these terms covers, by rarity. 1 for a question without."""
    return sum(term.weight * term.covered(tokens) for term in terms) if terms else 1.0


def _keys(word: str, tokens: Tokens) -> tuple[frozenset[str], frozenset[str]]:
    """The word's morphemes (an English word: its stem) and its bigrams, the one that holds the particle left out."""
    terms = tokens(word)
    bigrams = [term for term in terms if term.startswith("_")]
    if len(bigrams) > 1:
        bigrams = bigrams[:-1]
    return frozenset(term for term in terms if not term.startswith("_")), frozenset(bigrams)
