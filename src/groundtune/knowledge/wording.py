"""A question as it is searched: misspelt words put right, lost spaces put back, first consonants spelt out, other words
beside its own.

Knows words and their weights, not how passages are ranked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from groundtune.knowledge.analyse import Analyser, question_weights
from groundtune.knowledge.index import PassageIndex
from groundtune.knowledge.initials import Names, runs
from groundtune.knowledge.spacing import spaced
from groundtune.knowledge.spelling import corrected
from groundtune.knowledge.synonyms import Synonyms
from groundtune.models.protocols import Embedder
from groundtune.storage.documents import DocumentStore
from groundtune.types import Reader

SYNONYM_WEIGHT = 0.7
"""Of a term that only other words for the question have. Measured: docs/decisions/0014-wording.md."""


@dataclass(frozen=True, slots=True)
class Wording:
    text: str
    """What is embedded, and what a person is told was searched."""
    tokens: tuple[str, ...]
    """The text's terms, duplicates kept, then those of other words for the same, each once."""
    weights: Mapping[str, float]
    """Of the terms that don't weigh 1."""


class Seen:
    """The words of what one reader may see on one day, until a document changes."""

    def __init__(self, index: PassageIndex, store: DocumentStore, reader: Reader, as_of: date | None) -> None:
        self._index, self._store = index, store
        self._reader, self._as_of = reader, as_of

    def held(self, terms: Sequence[str]) -> Mapping[str, int]:
        """In how many passages each term stands."""
        return self._index.holding(terms, reader=self._reader, as_of=self._as_of)

    def unheld(self, terms: Sequence[str]) -> set[str]:
        """The terms that stand in none."""
        return self._index.unheld(terms, reader=self._reader, as_of=self._as_of)

    @cached_property
    def names(self) -> Names:
        """Titles and headings. Reads a row for each passage: a second or two where there are 100,000."""
        ids = self._index.passage_ids(reader=self._reader, as_of=self._as_of)
        places = self._store.places(ids, reader=self._reader, as_of=self._as_of).values()
        return Names(name for place in places for name in (place.title, *place.heading_path))


def worded(
    question: str, analyser: Analyser, embedder: Embedder, seen: Seen, synonyms: Synonyms | None = None
) -> Wording:
    """How `question` is searched. What is put right is put right with words that the reader may see."""
    text = seen.names.spelt_out(question) if runs(question) else question
    text = spaced(text, analyser)
    text = corrected(text, analyser, seen.unheld, seen.held, embedder.count_tokens)
    tokens = analyser.tokens(text)
    if synonyms is None:
        return Wording(text, tokens, question_weights())
    added = synonyms.terms(text, tokens)
    return Wording(text, (*tokens, *added), {**question_weights(), **dict.fromkeys(added, SYNONYM_WEIGHT)})
