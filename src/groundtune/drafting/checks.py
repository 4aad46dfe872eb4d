"""What a draft must stand before it is kept.

The answer stands in one passage to the letter, and the scorer finds it there; the question doesn't give it away and
asks for the kind of thing that it is; and nothing else that is in force answers the same question otherwise. That last
check reads what search finds for the question: another piece that covers as much of it, with another value of the same
kind, makes it ambiguous, unless their documents hold for different people, whom the question then names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Literal

from groundtune.answering.asked import read_question
from groundtune.answering.holds import holds
from groundtune.answering.retrieve import Search
from groundtune.answering.sentences import Piece, pieces
from groundtune.answering.terms import Term, coverage, read_terms
from groundtune.comparison.matching import states
from groundtune.drafting.drafts import Asked, Draft, Source
from groundtune.drafting.sentences import with_scope
from groundtune.drafting.values import values_of
from groundtune.i18n import Message, say
from groundtune.knowledge.analyse import question_weights
from groundtune.types import Hit, Passage, Reader

READ = 12
"""Passages that are looked through for another answer."""
_LESS = 0.05
"""A piece covers as much of a question where it covers no less than this below the answer's own."""

Reason = Literal["not_verbatim", "given_away", "misfit", "vague", "ambiguous", "duplicate"]
REASONS: dict[Reason, Message] = {
    "not_verbatim": say("the answer isn't in one passage to the letter"),
    "given_away": say("the question gives the answer away"),
    "misfit": say("the question asks for another kind of thing"),
    "vague": say("the question names too little"),
    "ambiguous": say("another passage answers otherwise"),
    "duplicate": say("the same question was drafted already"),
}


@dataclass(frozen=True)
class Checks:
    """The checks on one day, as one reader."""

    search: Search
    day: date
    reader: Reader
    scope_of: Callable[[Passage], str | None]

    def find(self, question: str) -> Sequence[Hit]:
        return self.search.search(question, k=READ, as_of=self.day, reader=self.reader)

    def tokens(self, text: str) -> frozenset[str]:
        """The terms of `text` but for words that only say how something is asked."""
        return frozenset(self.search.analyser.tokens(text)) - question_weights().keys()

    def stand(self, asked: Asked, source: Source) -> Draft | Reason:
        """The draft to keep, or why not."""
        words = source.piece.full_words
        if not all(fact.variants[0] in source.passage.text and states(words, fact) for fact in asked.facts):
            return "not_verbatim"
        if any(states(asked.question, fact) for fact in asked.facts):
            return "given_away"
        read = read_question(asked.question, source.language)
        if asked.how in ("amount", "chat") and holds(read, words) is False:
            return "misfit"
        if len(read.words) < 2:
            return "vague"
        return self._alone(asked, source)

    def _alone(self, asked: Asked, source: Source) -> Draft | Reason:
        terms = self._terms(asked.question, source.language)
        least = coverage(terms, self._said(source.passage, source.piece)) - _LESS
        also: list[str] = []
        scoped = False
        for hit in self.find(asked.question):
            for piece in pieces(hit.passage.text):
                own = hit.passage.id == source.passage.id and piece.words == source.piece.words
                if own or coverage(terms, self._said(hit.passage, piece)) < least:
                    continue
                if all(states(piece.full_words, fact) for fact in asked.facts):
                    also.append(hit.passage.name)
                elif self._answers_otherwise(asked, source, piece):
                    theirs = self.scope_of(hit.passage)
                    if source.scope is None or theirs is None or theirs == source.scope:
                        return "ambiguous"
                    scoped = True
        if scoped and source.scope is not None:
            asked = replace(asked, question=with_scope(asked.question, source.scope, source.language))
        return Draft(
            asked,
            source,
            relevant=tuple(dict.fromkeys([source.passage.name, *also])),
            as_of=self.day if source.revisions > 1 else None,
            groups=tuple(sorted(self.reader.groups)) if source.readers is not None else (),
        )

    def _answers_otherwise(self, asked: Asked, source: Source, piece: Piece) -> bool:
        """Whether a piece that covers the question holds another value of the kind that it asks for."""
        kinds = {value.kind for fact in asked.facts for value in values_of(fact.variants[0], source.language)}
        if not kinds:
            return piece.kind == source.piece.kind
        return any(value.kind in kinds for value in values_of(piece.words, source.language))

    def _terms(self, question: str, language: str) -> tuple[Term, ...]:
        rarity = partial(self.search.rarity, as_of=self.day, reader=self.reader)
        return read_terms(read_question(question, language), self.search.analyser.tokens, rarity)

    def _said(self, passage: Passage, piece: Piece) -> frozenset[str]:
        """The terms of a piece with those of what it stands under."""
        return self.tokens(" ".join((passage.title, *passage.heading_path, piece.lead_words, piece.words)))
