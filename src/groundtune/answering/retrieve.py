"""Question to passages: what the question asks for, the passages that may answer it, and its words weighed by rarity.

Date and reader are respected because search respects them. Knows nothing of sentences or models that write.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Protocol

import numpy as np
import numpy.typing as npt

from groundtune.answering.asked import Asked, language_of, read_question
from groundtune.answering.terms import Term, read_terms
from groundtune.models.protocols import Embedder
from groundtune.types import Hit, Passage, Question, Reader

DEPTH = 12
"""Passages that are retrieved; the best few of them are read sentence by sentence."""
MORE = 18
"""Passages behind those, looked through for further ones of the best documents."""


class Tokeniser(Protocol):
    def tokens(self, text: str, language: str | None = None) -> Sequence[str]: ...


class Worded(Protocol):
    @property
    def text(self) -> str: ...


class Search(Protocol):
    """What answering asks of a search: `knowledge.search.Searcher` is one."""

    @property
    def analyser(self) -> Tokeniser: ...

    @property
    def embedder(self) -> Embedder: ...

    def search(self, text: str, *, k: int, as_of: date | None, reader: Reader) -> list[Hit]: ...

    def rarity(self, terms: Sequence[str], *, as_of: date | None, reader: Reader) -> Mapping[str, float]: ...

    def wording(self, text: str, *, as_of: date | None, reader: Reader) -> Worded: ...


@dataclass(frozen=True)
class Retrieved:
    """A question with its passages, best first. It is read as it is searched, with misspelt words put right."""

    asked: Asked
    terms: tuple[Term, ...]
    hits: tuple[Hit, ...]
    vector: npt.NDArray[np.float32]
    """(dimension,) of unit length: the question's."""
    without: npt.NDArray[np.float32]
    """(terms, dimension) of unit length: the question's without each of its terms."""
    more: tuple[Hit, ...]
    """The passages that come next: what they may add is more of the same documents."""
    tokens: Mapping[int, frozenset[str]]
    """Each passage's terms with those of its headings, by the passage's id."""

    def tokens_of(self, hit: Hit) -> frozenset[str]:
        return self.tokens[hit.passage.id]


def retrieve(question: Question, search: Search, hits: Sequence[Hit] | None = None) -> Retrieved:
    """Searches, unless `hits` are given."""
    text = search.wording(question.text, as_of=question.as_of, reader=question.reader).text
    asked = read_question(text, question.language or language_of(question.text))
    if hits is None:
        hits = search.search(question.text, k=DEPTH + MORE, as_of=question.as_of, reader=question.reader)
    rarity = partial(search.rarity, as_of=question.as_of, reader=question.reader)
    terms = read_terms(asked, search.analyser.tokens, rarity)
    first, more = tuple(hits[:DEPTH]), tuple(hits[DEPTH:])
    tokens = {hit.passage.id: frozenset(search.analyser.tokens(_with_headings(hit.passage))) for hit in hits}
    texts = [text, *(_without(text, term.word) for term in terms)]
    vectors = search.embedder.embed_queries(texts)
    return Retrieved(asked, terms, first, vectors[0], vectors[1:], more, tokens)


def _without(text: str, word: str) -> str:
    """The question less one of its words; as it is where nothing else would be left."""
    rest = " ".join(text.replace(word, " ", 1).split())
    return rest if any(letter.isalnum() for letter in rest) else text


def _with_headings(passage: Passage) -> str:
    return " ".join((passage.title, *passage.heading_path, passage.prefix, passage.text))
