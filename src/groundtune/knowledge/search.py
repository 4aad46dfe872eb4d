"""A question to the passages that may hold its answer: a lexical and a dense leg, fused, then weighed by document.

Date and reader filters act in the index before ranking; every hit is re-read from the store under the same rights
before it is given back. Knows nothing of answers.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt

from groundtune.knowledge.analyse import Analyser, reference_term, squeeze
from groundtune.knowledge.index import Legs, PassageIndex
from groundtune.knowledge.load import detect_language
from groundtune.knowledge.prepare import index_format
from groundtune.knowledge.synonyms import Synonyms
from groundtune.knowledge.wording import Seen, Wording, worded
from groundtune.models.protocols import Embedder
from groundtune.storage.documents import DocumentStore, Place, Position
from groundtune.types import EVERYBODY, Hit, Reader

LegNames = Literal["hybrid", "lexical", "dense"]

LEXICAL_WEIGHT = {"ko": 0.45, "en": 0.25}
"""By the question's language. Measured, like the three below: docs/decisions/0005-fusion.md."""
_REFERENCE_WEIGHT = 0.3
"""For each unit of ln(1 + passages that name the passage's document, as in 「근로기준법」)."""
_SUPPORT_WEIGHT = 1.0
"""For the share that passages under the same title have of the best fifty."""
_ASKED_FOR_WEIGHT = 8.0
"""For an article that the question names: it comes first."""
_DEPTH = 200
"""Candidates of each leg."""
_RERANKED = 100
"""Candidates whose titles are looked at; all, when the question names an article."""
_SUPPORTING = 50

_ARTICLE = re.compile(r"제\d+조(?:의\d+)*")

TODAY = date.min
"""Stands for the day on which the question is asked."""


class Searcher:
    """Searches one store through its index. `lexical_weight` None takes the default that was measured; `synonyms` are
    other words that questions are searched with."""

    def __init__(
        self,
        store: DocumentStore,
        index: PassageIndex,
        analyser: Analyser,
        embedder: Embedder,
        lexical_weight: float | None = None,
        synonyms: Synonyms | None = None,
    ) -> None:
        self._store = store
        self._index = index
        self._analyser = analyser
        self._embedder = embedder
        self._lexical_weight = lexical_weight
        self._synonyms = synonyms
        self._seen: tuple[tuple[Position, Reader, date | None], Seen] | None = None
        self._worded: tuple[str, Seen, Wording] | None = None

    def search(
        self,
        text: str,
        *,
        k: int = 10,
        as_of: date | None = TODAY,
        reader: Reader = EVERYBODY,
        legs: LegNames = "hybrid",
    ) -> list[Hit]:
        """The `k` best passages that `reader` may read on `as_of`, best first; `None` means any date.

        A passage without a word of the question and without likeness may be among them: rank is not relevance.
        """
        return self._search(text, None, k, as_of, reader, legs)[0]

    def search_by_weight(
        self,
        text: str,
        weights: Sequence[float],
        *,
        k: int = 10,
        as_of: date | None = TODAY,
        reader: Reader = EVERYBODY,
        legs: LegNames = "hybrid",
    ) -> list[list[Hit]]:
        """What `search` gives under each weight of the lexical leg; the question is read once."""
        return self._search(text, weights, k, as_of, reader, legs)

    def wording(self, text: str, *, as_of: date | None = TODAY, reader: Reader = EVERYBODY) -> Wording:
        """How a question of `reader` is searched: with misspelt words put right, and with other words for it."""
        self._index.catch_up()
        as_of = date.today() if as_of == TODAY else as_of
        asked = self._index.position, reader, as_of
        known = self._seen  # another thread may put another reader's in its place meanwhile
        if known is None or known[0] != asked:
            known = self._seen = asked, Seen(self._index, self._store, reader, as_of)
        last = self._worded  # whoever shows how a question was searched asks for it, and searches
        if last is None or last[:2] != (text, known[1]):
            last = self._worded = text, known[1], worded(text, self._analyser, self._embedder, known[1], self._synonyms)
        return last[2]

    def _search(
        self, text: str, weights: Sequence[float] | None, k: int, as_of: date | None, reader: Reader, legs: LegNames
    ) -> list[list[Hit]]:
        nothing: list[list[Hit]] = [[] for _ in ([None] if weights is None else weights)]
        if not text.strip() or k < 1:
            return nothing
        as_of = date.today() if as_of == TODAY else as_of
        self._index.catch_up()
        if not len(self._index):
            return nothing
        self._store.set_format(index_format(self._analyser, self._embedder))  # refuses another than the stored one
        asked = self.wording(text, as_of=as_of, reader=reader)
        found = self._index.legs(
            None if legs == "dense" else asked.tokens,
            None if legs == "lexical" else self._embedder.embed_queries([asked.text])[0],
            reader=reader,
            as_of=as_of,
            depth=max(_DEPTH, 2 * k),
            token_weights=asked.weights,
        )
        rerank = asked.text if legs == "hybrid" else None
        weights = [self.lexical_weight(asked.text)] if weights is None else weights
        return [self._hits(_candidates(found, weight), k, as_of, reader, rerank) for weight in weights]

    @property
    def analyser(self) -> Analyser:
        return self._analyser

    @property
    def embedder(self) -> Embedder:
        return self._embedder

    def rarity(
        self, terms: Sequence[str], *, as_of: date | None = TODAY, reader: Reader = EVERYBODY
    ) -> dict[str, float]:
        """Inverse document frequency of each term among the passages that `reader` may read on `as_of`, 0 to 1; 1 for
        a term that none of them has."""
        return self._index.rarity(terms, reader=reader, as_of=date.today() if as_of == TODAY else as_of)

    def _hits(
        self, candidates: Sequence[_Candidate], k: int, as_of: date | None, reader: Reader, asked: str | None
    ) -> list[Hit]:
        """The first `k` that may be shown, reranked for the question `asked` where one is given."""
        names_an_article = asked is not None and _ARTICLE.search(squeeze(asked)) is not None
        first = candidates if names_an_article else candidates[: max(_RERANKED if asked else 2 * k, k)]
        places = self._store.places([c.passage_id for c in first], reader=reader, as_of=as_of)
        ranked = [c for c in first if c.passage_id in places]
        if asked is not None:
            titles = {place.title for place in places.values()}
            terms = {title: reference_term(title) for title in titles}
            held = self._index.holding(list(terms.values()), reader=reader, as_of=as_of)
            named = {title: held[term] for title, term in terms.items()}
            ranked = self._reranked(ranked, [places[c.passage_id] for c in ranked], asked, named)
            ranked = _neighbours_last(ranked, places)
        passages = self._store.passages([c.passage_id for c in ranked[:k]], reader=reader, as_of=as_of)
        shown = [c for c in ranked[:k] if c.passage_id in passages]  # one may have gone in between
        return [Hit(passages[c.passage_id], rank, c.score, c.lexical, c.dense) for rank, c in enumerate(shown, start=1)]

    def lexical_weight(self, text: str) -> float:
        """The weight of the lexical leg for a question, 0 to 1."""
        if self._lexical_weight is not None:
            return self._lexical_weight
        return LEXICAL_WEIGHT.get(detect_language(text) or "en", LEXICAL_WEIGHT["en"])

    def _reranked(
        self, candidates: Sequence[_Candidate], places: Sequence[Place], question: str, named: Mapping[str, int]
    ) -> list[_Candidate]:
        """Adds what speaks for a candidate besides its words: that others name its document (`named`: how many, by
        title), that more of it was found, that the question names it.
        """
        titles = [place.title for place in places]
        scores = [
            c.score + _REFERENCE_WEIGHT * math.log1p(named[title]) for c, title in zip(candidates, titles, strict=True)
        ]
        least = min(sorted(scores, reverse=True)[:_SUPPORTING], default=0.0)
        support: dict[str, float] = defaultdict(float)
        for score, title in zip(scores, titles, strict=True):
            support[title] += max(score - least, 0.0)
        total = sum(support.values()) or 1.0
        squeezed = squeeze(question)
        article = _ARTICLE.search(squeezed) is not None
        scored = [
            _Candidate(
                c.passage_id,
                score
                + _SUPPORT_WEIGHT * support[place.title] / total
                + _ASKED_FOR_WEIGHT * (article and asks_for(squeezed, place.title, place.heading_path)),
                c.lexical,
                c.dense,
            )
            for c, score, place in zip(candidates, scores, places, strict=True)
        ]
        return sorted(scored, key=lambda c: -c.score)


def asks_for(squeezed_question: str, title: str, heading_path: Sequence[str]) -> bool:
    """Whether the question names the very article: the document's name and then the number, as in 근로기준법 제60조."""
    articles = _ARTICLE.findall(squeeze(" ".join([title, *heading_path])))
    name = _ARTICLE.split(squeeze(title), maxsplit=1)[0]
    if not articles or not name:
        return False
    return re.search(rf"{re.escape(name + articles[0])}(?!의?\d)", squeezed_question) is not None


@dataclass(frozen=True, slots=True)
class _Candidate:
    passage_id: int
    score: float
    lexical: float | None
    dense: float | None


def _candidates(found: Legs, lexical_weight: float) -> list[_Candidate]:
    """What both legs found, best first by their fused scores; a leg alone keeps its own."""
    if found.lexical is None or found.dense is None:
        scores = found.dense if found.lexical is None else found.lexical
        assert scores is not None
    else:
        scores = lexical_weight * _standard(found.lexical) + (1 - lexical_weight) * _standard(found.dense)
    order = np.argsort(-scores, kind="stable")
    unknown = [None] * len(order)
    lexical = unknown if found.lexical is None else found.lexical[order].tolist()
    dense = unknown if found.dense is None else found.dense[order].tolist()
    return list(map(_Candidate, found.passage_ids[order].tolist(), scores[order].tolist(), lexical, dense))


def _neighbours_last(candidates: Sequence[_Candidate], places: Mapping[int, Place]) -> list[_Candidate]:
    """Moves to the end what continues a better passage of the same section: it says less that is new."""
    first: list[_Candidate] = []
    last: list[_Candidate] = []
    taken: set[tuple[int, tuple[str, ...], int]] = set()
    for candidate in candidates:
        place = places[candidate.passage_id]
        section = place.revision_id, place.heading_path
        beside = any((*section, place.ordinal + step) in taken for step in (-1, 1))
        (last if beside else first).append(candidate)
        taken.add((*section, place.ordinal))
    return [*first, *last]


def _standard(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Scores less their mean, in units of their spread; all zero where there is no spread."""
    spread = float(scores.std()) if len(scores) else 0.0
    standard: npt.NDArray[np.float32] = (scores - scores.mean()) / spread if spread > 0 else np.zeros_like(scores)
    return standard
